"""Codes of the standard and ours: a code there has one description, ours says when to use it and when not."""

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.etree.ElementTree import Element

from custodes.collection.qualitative.codebook import Code, Codebook
from custodes.collection.qualitative.refi.parts import Part
from custodes.collection.qualitative.refi.written import add, guid, text
from custodes.evidence.errors import ArgumentInvalid

USE_WHEN, USE_NOT_WHEN, EXAMPLE, RETIRED = "Use when", "Do not use when", "Example", "Retired in version"
SECTION = re.compile(rf"(?:^|\n\n)({USE_WHEN}|{USE_NOT_WHEN}|{EXAMPLE}|{RETIRED}): ")
COLOUR = re.compile(r"#(?:[A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})")


def read_codes(part: Part, *, parent: str = "", notes: dict[str, tuple[str, ...]]) -> Iterator[Code]:
    """The codes below an element, each before those below it; `notes` collects the memos on them."""
    for each in part.children("Code"):
        code = _code(each, parent)
        if on_it := each.references("NoteRef"):
            notes[code.guid] = on_it
        yield code
        yield from read_codes(each, parent=code.guid, notes=notes)
        each.close()


def codebook_of(codes: Iterable[Code]) -> Codebook:
    """Codes as a codebook; its version is that of the last retirement, since the standard knows no versions."""
    found = tuple(codes)
    return Codebook(found, max((code.retired_in or 1 for code in found), default=1))


def add_codes(below: Element, codebook: Codebook, *, parent: str = "", notes: Mapping[str, tuple[str, ...]]) -> None:
    """Write the codes under `parent` below an element."""
    for code in codebook.children(parent):
        where = f"code “{code.name}”"
        element = add(below, "Code", guid=guid(code.guid, where))
        element.set("name", text(code.name, where))
        element.set("isCodable", "true" if code.is_codable else "false")
        if code.colour:
            element.set("color", _colour(code.colour, where))
        if description := described(code):
            add(element, "Description").text = text(description, where)
        for note in notes.get(code.guid, ()):
            add(element, "NoteRef", targetGUID=guid(note, where))
        add_codes(element, codebook, parent=code.guid, notes=notes)


def described(code: Code) -> str:
    """What a code means, as one text with a paragraph for each thing that is said."""
    sections = ((USE_WHEN, code.use_when), (USE_NOT_WHEN, code.use_not_when), (EXAMPLE, code.example))
    said = [code.definition, *(f"{label}: {words}" for label, words in sections if words)]
    if code.retired_in is not None:
        said.append(f"{RETIRED}: {code.retired_in}")
    return "\n\n".join(words for words in said if words)


def _colour(colour: str, where: str) -> str:
    if COLOUR.fullmatch(colour) is None:
        raise ArgumentInvalid(f"“{colour[:20]}” is no colour.", where=where, remedy="Write it as #rrggbb.")
    return colour


def _code(part: Part, parent: str) -> Code:
    definition, *rest = SECTION.split(part.text("Description"))
    said = dict(zip(rest[::2], rest[1::2], strict=True))
    colour = part.attribute("color").strip()
    if colour and not COLOUR.fullmatch(colour):
        part.listing.add("attribute color", part.path, why=f"“{colour[:20]}” is no colour")
        colour = ""
    retired = said.get(RETIRED, "")
    return Code(
        guid=part.guid(), name=part.attribute("name"), parent=parent, definition=definition, use_when=said.get(USE_WHEN, ""),
        use_not_when=said.get(USE_NOT_WHEN, ""), example=said.get(EXAMPLE, ""), colour=colour,
        is_codable=part.attribute("isCodable").strip() not in ("false", "0"),
        retired_in=int(retired) if retired.isdecimal() and len(retired) < 10 else None,
    )  # fmt: skip
