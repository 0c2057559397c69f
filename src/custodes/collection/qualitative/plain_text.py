"""Bytes of a text file as characters: by its byte order mark, by what the person says, or by what can be proved; never by a guess."""

import codecs

from custodes.collection.errors import EncodingUnknown
from custodes.collection.qualitative.transcripts import NO_TEXT
from custodes.evidence.errors import ArgumentInvalid, FileUnreadable

# The longer mark first: that of UTF-32 begins like that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# UTF-7 hides markup from whoever looks at bytes; the others are notations of programs, not encodings of texts.
NEVER = frozenset({"utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined", "mbcs", "oem"})
SAY_WHICH = "Say which encoding it is (windows-1252 for Western European, windows-1256 for Arabic, for example), or save it as UTF-8."


def decoded(content: bytes, *, encoding: str, where: str, keeps_controls: bool = False) -> tuple[str, str]:
    """The text, its byte order mark kept out, and the encoding by which it was read.

    A byte order mark decides; then the encoding that the person declared; then UTF-8, which other encodings almost never are by accident;
    then UTF-16 without a mark, where zero bytes stand on one side only. An encoding of one byte a character cannot be proved: it is asked for.
    Control characters tell that a file is no text, unless it is known to be one (`keeps_controls`).
    """
    text, name = _decoded(content, encoding=encoding, where=where)
    return (text if keeps_controls else _checked(text, where=where)), name


def _decoded(content: bytes, *, encoding: str, where: str) -> tuple[str, str]:
    for mark, name in MARKS:
        if content.startswith(mark):
            return _strict(content[len(mark) :], name, where=where), name
    if encoding:
        name = _known(encoding)
        return _strict(content, name, where=where), name
    if b"\0" in content:
        return _without_mark(content, where=where)
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise EncodingUnknown(
            f"The text is not UTF-8: byte {content[error.start]:#04x} in line {line} is none of its characters.",
            where=where,
            remedy=SAY_WHICH,
        ) from error


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name.replace("_", "-")
        b"any".decode(name, "replace")  # refuses those that are no encodings of text, such as base64
    except (LookupError, ValueError) as error:
        raise ArgumentInvalid(
            f"“{encoding}” is no encoding.", where="encoding", remedy="Name one such as utf-8."
        ) from error
    if name in NEVER:
        raise ArgumentInvalid(f"“{encoding}” is not read.", where="encoding", remedy="Save the file as UTF-8.")
    return name


def _strict(content: bytes, name: str, *, where: str) -> str:
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        raise EncodingUnknown(
            f"The text is not {name}: its byte {error.start + 1:,} is none of its characters.", where=where, remedy=SAY_WHICH
        ) from error  # fmt: skip


def _without_mark(content: bytes, *, where: str) -> tuple[str, str]:
    even, odd = content[::2].count(0), content[1::2].count(0)
    name = "utf-16-le" if odd and not even else "utf-16-be" if even and not odd else ""
    try:
        if name:
            return content.decode(name), name
    except UnicodeDecodeError:
        pass  # said below, with what to do
    raise FileUnreadable(
        "This is no text: it has zero bytes.", where=where, remedy="Choose a .txt, .html, .docx, .odt or .pdf file."
    )


def _checked(text: str, *, where: str) -> str:
    """Refuse what decodes but is no text: control characters, and code points that never are characters."""
    if found := NO_TEXT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise FileUnreadable(
            f"Line {line} has the control character U+{ord(found.group()):04X}.",
            where=where,
            remedy="Take it out, choose another file, or say which encoding it is.",
        )
    return text
