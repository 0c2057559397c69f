"""Any document an interview comes in, as a text: told by content, never by name; what is not text is counted, never dropped in silence."""

import hashlib
from dataclasses import dataclass

from custodes.collection.errors import FileProtected, FileTooLarge, TextAbsent
from custodes.collection.qualitative.archives import open_archive
from custodes.collection.qualitative.pdf import pdf_text
from custodes.collection.qualitative.plain_text import decoded
from custodes.collection.qualitative.transcripts import normalised, without_controls
from custodes.collection.qualitative.web_page import looks_like_html, web_page_text
from custodes.collection.qualitative.word_processing import docx_text, odt_text
from custodes.evidence.errors import FileUnreadable

LARGEST_FILE = 20_000_000
MOST_CHARACTERS = 5_000_000
OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
RICH_TEXT = b"{\\rtf"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read.

    text         line feeds only, no byte order mark at its start, otherwise as written.
    kind         txt, html, docx, odt or pdf. encoding: of a txt or html.
    file_sha256  of the file's bytes; text_sha256: of the text in UTF-8.
    left_out     what the file has besides its text, in words: pictures, footnotes, comments.
    """

    text: str
    kind: str
    encoding: str
    file_sha256: str
    left_out: tuple[str, ...] = ()

    @property
    def text_sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_document(content: bytes, *, name: str, encoding: str = "") -> Document:
    """The text of a .txt, .html, .docx, .odt or .pdf file. encoding: that of a .txt or .html, where it is known and not declared in it.

    Refuses FileTooLarge, FileProtected, FileUnsafe, FileUnreadable, EncodingUnknown, and TextAbsent for a scan or an empty file.
    """
    if len(content) > LARGEST_FILE:
        raise FileTooLarge(
            f"The file has {len(content) / 1e6:,.0f} MB; {LARGEST_FILE / 1e6:,.0f} MB are allowed.",
            where=name,
            remedy="Take pictures out, or split it.",
        )
    kind, found_encoding, raw, left_out = _read(content, name=name, encoding=encoding)
    if len(raw) > MOST_CHARACTERS:
        raise FileTooLarge(
            f"The text has {len(raw):,} characters; {MOST_CHARACTERS:,} are allowed.", where=name, remedy="Split it."
        )
    text, replaced = without_controls(normalised(raw).text)
    if replaced:
        left_out = (*left_out, f"characters without meaning, now U+FFFD: {replaced}")
    if not text.strip():
        raise TextAbsent("The file has no text.", where=name, remedy=_remedy_without_text(kind))
    return Document(text, kind, found_encoding, hashlib.sha256(content).hexdigest(), left_out)


def _read(content: bytes, *, name: str, encoding: str) -> tuple[str, str, str, tuple[str, ...]]:
    if content.startswith(OLD_OFFICE):
        # Word puts a document with a password into the container of its old format.
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise FileProtected(
                "The document opens with a password only.", where=name, remedy="Save it without a password."
            )
        raise FileUnreadable("This is the old Word format (.doc).", where=name, remedy="Save it as .docx.")
    if content.startswith(RICH_TEXT):
        raise FileUnreadable("This is rich text (.rtf).", where=name, remedy="Save it as .docx or .txt.")
    if b"%PDF-" in content[:1024]:
        text, left_out = pdf_text(content, where=name)
        return "pdf", "", text, left_out
    if content.startswith(b"PK"):
        return _read_archive(content, name=name)
    if looks_like_html(content):
        text, found, left_out = web_page_text(content, encoding=encoding, where=name)
        return "html", found, text, left_out
    text, found = decoded(content, encoding=encoding, where=name)
    return "txt", found, text, ()


def _read_archive(content: bytes, *, name: str) -> tuple[str, str, str, tuple[str, ...]]:
    with open_archive(content, where=name) as archive:
        names = archive.names
        if "[Content_Types].xml" in names:
            text, left_out = docx_text(archive)
            return "docx", "", text, left_out
        if "content.xml" in names:
            text, left_out = odt_text(archive)
            return "odt", "", text, left_out
    raise FileUnreadable(
        "It is a zip, but no .docx or .odt.",
        where=name,
        remedy="Import a .qdpx as a project, other archives file by file.",
    )


def _remedy_without_text(kind: str) -> str:
    return (
        "Recognise its characters (OCR) and import the result." if kind == "pdf" else "Choose the file with the text."
    )
