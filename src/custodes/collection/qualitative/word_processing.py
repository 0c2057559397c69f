"""The text of .docx and .odt: read from their XML, because tables, insertions and links are text too, and a table's rows stay rows."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import normpath
from xml.etree.ElementTree import Element

from custodes.collection.errors import FileProtected, FileTooLarge
from custodes.collection.qualitative.archives import Archive
from custodes.collection.qualitative.markup import local_name, parsed_xml
from custodes.evidence.errors import FileUnreadable

MOST_CHARACTERS = 5_000_000
DOCX_MARKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad", "ptab": "\t"}
# Deleted and moved-away words are not what the document says; field codes and the second form of a drawing are not words.
DOCX_SKIPPED = frozenset(
    {"del", "moveFrom", "instrText", "delText", "Fallback", "pPr", "rPr", "sectPr", "tblPr", "tcPr", "trPr"}
)
DOCX_COUNTED = {
    "drawing": "pictures", "pict": "pictures", "footnoteReference": "footnotes", "endnoteReference": "endnotes",
    "commentReference": "comments", "del": "deleted passages", "object": "embedded files", "sym": "characters of symbol fonts",
}  # fmt: skip
ODT_SKIPPED = frozenset(
    {"tracked-changes", "annotation", "note", "sequence-decls", "forms", "ruby-text", "desc", "title"}
)
ODT_MARKS = {"tab": "\t", "line-break": "\n", "soft-page-break": ""}
BLANKS = re.compile(r"[ \t\n\r]+")
ODT_COUNTED = {
    "image": "pictures",
    "note": "footnotes",
    "annotation": "comments",
    "deletion": "deleted passages",
    "object": "embedded files",
}


class _Reading:
    """What one document has besides words, and how many characters were read, so that none grows without end."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.besides: Counter[str] = Counter()
        self.length = 0

    def counted(self, text: str) -> str:
        self.length += len(text)
        if self.length > MOST_CHARACTERS:
            raise FileTooLarge(
                f"It has more than {MOST_CHARACTERS:,} characters.", where=self.where, remedy="Split it."
            )
        return text

    @property
    def left_out(self) -> tuple[str, ...]:
        return tuple(f"{what}: {number}" for what, number in sorted(self.besides.items()))


def docx_text(archive: Archive) -> tuple[str, tuple[str, ...]]:
    """The text of a .docx: a line for each paragraph, a line for each row of a table with tabs between its cells."""
    part = _main_part(archive)
    root = parsed_xml(archive.read(part), where=f"{archive.where}, {part}")
    body = next((child for child in root if local_name(child) == "body"), None)
    if body is None:
        raise FileUnreadable("It is no Word document.", where=archive.where, remedy="Save it as .docx.")
    return _text(body, _DOCX, where=archive.where)


def odt_text(archive: Archive) -> tuple[str, tuple[str, ...]]:
    """The text of an .odt, line by line as of a .docx."""
    if "META-INF/manifest.xml" in archive.names:
        manifest = parsed_xml(archive.read("META-INF/manifest.xml"), where=archive.where)
        if any(local_name(each) == "encryption-data" for each in manifest.iter()):
            raise FileProtected(
                "The document opens with a password only.", where=archive.where, remedy="Save it without a password."
            )
    root = parsed_xml(archive.read("content.xml"), where=f"{archive.where}, content.xml")
    body = next((each for each in root.iter() if local_name(each) == "text" and "office" in each.tag), None)
    if body is None:
        raise FileUnreadable("It is no text document.", where=archive.where, remedy="Save it as .odt.")
    return _text(body, _ODT, where=archive.where)


def _main_part(archive: Archive) -> str:
    root = parsed_xml(archive.read("_rels/.rels"), where=f"{archive.where}, _rels/.rels")
    for each in root:
        if each.get("Type", "").endswith("/officeDocument") and each.get("TargetMode") != "External":
            return normpath(each.get("Target", "").lstrip("/"))
    raise FileUnreadable("It names no document.", where=archive.where, remedy="Save it as .docx again.")


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How one of the two formats names things. words: the words of a paragraph."""

    words: Callable[[Element, _Reading], Iterator[str]]
    row: str
    cell: str
    skipped: frozenset[str]
    counted: Mapping[str, str]

    def count(self, element: Element, reading: _Reading) -> None:
        """Note an element that is no text; of the changes that a document remembers, each."""
        name = local_name(element)
        for each in element.iter() if name == "tracked-changes" else (element,):
            if what := self.counted.get(local_name(each)):
                reading.besides[what] += 1


def _text(body: Element, dialect: _Dialect, *, where: str) -> tuple[str, tuple[str, ...]]:
    reading = _Reading(where)
    return "".join(_lines(body, dialect, reading)), reading.left_out


def _lines(element: Element, dialect: _Dialect, reading: _Reading) -> Iterator[str]:
    """Each paragraph with a line feed after it; the cells of a row with tabs between them."""
    for child in element:
        name = local_name(child)
        if name in ("p", "h"):
            yield "".join(dialect.words(child, reading)) + "\n"
        elif name == dialect.row:
            cells = ("".join(_lines(cell, dialect, reading)).rstrip("\n") for cell in _cells(child, dialect.cell))
            yield "\t".join(cells) + "\n"
        else:
            dialect.count(child, reading)
            if name not in dialect.skipped:
                yield from _lines(child, dialect, reading)


def _cells(row: Element, name: str) -> Iterator[Element]:
    """The cells of a row, also those within a content control, and not those of a table within a cell."""
    for child in row:
        if local_name(child) == name:
            yield child
        else:
            yield from _cells(child, name)


def _docx_words(element: Element, reading: _Reading) -> Iterator[str]:
    for child in element:
        name = local_name(child)
        if name == "t":
            yield reading.counted(child.text or "")
        elif name in DOCX_MARKS:
            yield reading.counted(DOCX_MARKS[name])
        else:
            _DOCX.count(child, reading)
            if name not in DOCX_SKIPPED:
                yield from _docx_words(child, reading)
                if name == "p":  # of a text box
                    yield "\n"


def _odt_words(element: Element, reading: _Reading) -> Iterator[str]:
    yield reading.counted(BLANKS.sub(" ", element.text or ""))
    for child in element:
        name = local_name(child)
        if name == "s":
            yield reading.counted(" " * _spaces(child))
        elif name in ODT_MARKS:
            yield reading.counted(ODT_MARKS[name])
        else:
            _ODT.count(child, reading)
            if name not in ODT_SKIPPED:
                yield from _odt_words(child, reading)
                if name in ("p", "h"):  # of a text box
                    yield "\n"
        yield reading.counted(BLANKS.sub(" ", child.tail or ""))


def _spaces(element: Element) -> int:
    """How many blanks stand here; a number that is none, or that would fill the memory, counts as what fits."""
    given = next((value for key, value in element.attrib.items() if key.endswith("}c")), "1")
    return min(int(given), MOST_CHARACTERS + 1) if given.isdecimal() and len(given) < 10 else 1


_DOCX = _Dialect(_docx_words, "tr", "tc", DOCX_SKIPPED, DOCX_COUNTED)
_ODT = _Dialect(_odt_words, "table-row", "table-cell", ODT_SKIPPED, ODT_COUNTED)
