"""Transcripts and excerpts: a text that never changes, and places in it that are checked against their words.

Places are Unicode code points, half-open: [start, end). The text has line feeds only and no byte order mark at its start; nothing else is
changed, so that letters and the marks on them stay as the person typed them.
"""

import hashlib
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from custodes.collection.errors import ExcerptMismatch, OffsetOutside
from custodes.evidence.errors import InputProblem

BYTE_ORDER_MARK = "\ufeff"
REPLACEMENT = "\ufffd"
FIRST_BEYOND_16_BITS = 0x10000
# Control characters, and code points that never are characters. Those of Latin-1 (80–9F) stay: texts of Windows that were once read as
# Latin-1 have them, and they are the writer's.
NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Transcript:
    """One version of the text of an interview or a document. guid: what other programs know it by; version: 1, and one more per correction."""

    guid: str
    name: str
    text: str
    version: int = 1

    def __post_init__(self) -> None:
        if "\r" in self.text or self.text.startswith(BYTE_ORDER_MARK):
            raise InputProblem(
                "The text has carriage returns or a byte order mark.", where=self.name, remedy="Pass it through `normalised`."
            )  # fmt: skip
        if found := NO_TEXT.search(self.text):
            line = self.text.count("\n", 0, found.start()) + 1
            raise InputProblem(
                f"Line {line} has the control character U+{ord(found.group()):04X}.",
                where=self.name,
                remedy="Take it out.",
            )
        try:
            self.text.encode()
        except UnicodeEncodeError as error:
            raise InputProblem(
                f"Character {error.start + 1} is half of a pair.", where=self.name, remedy="Read the file again."
            ) from error

    @property
    def sha256(self) -> str:
        """The hash of the text in UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage: code points [start, end) and the words that stood there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text with line feeds only and no byte order mark, and how places in the text as it came turn into places in it.

    dropped  the places, in the text as it came, of the characters that were taken out, in order.
    length   of the text as it came.
    """

    text: str
    dropped: tuple[int, ...]
    length: int

    def offset(self, raw: int) -> int:
        """A place in the text as it came, as a place in the normalised one. Between CR and LF it stands before the line feed."""
        if not 0 <= raw <= self.length:
            raise OffsetOutside(
                f"Place {raw} is outside a text of {self.length} characters.", where="offset", remedy="Read the text again."
            )  # fmt: skip
        return raw - bisect_left(self.dropped, raw)


def normalised(raw: str) -> Normalised:
    """The text with CRLF and CR as LF, without byte order marks at its start, otherwise unchanged."""
    # Every mark at the start goes: one that stayed would be taken for a byte order mark when the text is read again.
    marks = len(raw) - len(raw.lstrip(BYTE_ORDER_MARK))
    dropped = list(range(marks))
    place = raw.find("\r\n")
    while place >= 0:
        dropped.append(place)
        place = raw.find("\r\n", place + 2)
    return Normalised(raw[marks:].replace("\r\n", "\n").replace("\r", "\n"), tuple(dropped), len(raw))


def without_controls(text: str) -> tuple[str, int]:
    """The text with U+FFFD in place of each control character, so that no other moves, and how many there were."""
    return NO_TEXT.subn(REPLACEMENT, text)


@dataclass(frozen=True, slots=True)
class Utf16Places:
    """Places of one text in code points and in the UTF-16 units by which browsers count."""

    length: int
    # Code-point places of the characters that take two units, in order; and the unit at which each starts.
    _wide: tuple[int, ...] = field(default=(), repr=False)
    _wide_units: tuple[int, ...] = field(default=(), repr=False)

    def units(self, offset: int) -> int:
        """Code points to UTF-16 units."""
        if not 0 <= offset <= self.length:
            raise _outside(offset, self.length)
        return offset + bisect_left(self._wide, offset)

    def code_points(self, units: int) -> int:
        """UTF-16 units to code points; refuses OffsetOutside inside a pair."""
        total = self.length + len(self._wide)
        if not 0 <= units <= total:
            raise _outside(units, total)
        before = bisect_right(self._wide_units, units - 1)
        if before and self._wide_units[before - 1] == units - 1:
            raise OffsetOutside(
                f"Place {units} lies inside a character.", where="offset", remedy="Select whole characters."
            )
        return units - before


def utf16_places(text: str) -> Utf16Places:
    """How places of this text turn into UTF-16 units and back."""
    wide = tuple(place for place, character in enumerate(text) if ord(character) >= FIRST_BEYOND_16_BITS)
    return Utf16Places(len(text), wide, tuple(place + index for index, place in enumerate(wide)))


def _outside(offset: int, length: int) -> OffsetOutside:
    return OffsetOutside(
        f"Place {offset} is outside a text of {length}.", where="offset", remedy="Load the transcript again and select anew."
    )  # fmt: skip


def excerpt_at(transcript: Transcript, *, start: int, end: int) -> Excerpt:
    """The passage [start, end) of a transcript. Refuses OffsetOutside for nothing or a place outside the text."""
    if not 0 <= start < end <= len(transcript.text):
        raise OffsetOutside(
            f"[{start}, {end}) is no passage of a text of {len(transcript.text)} characters.",
            where=transcript.name,
            remedy="Select at least one character.",
        )
    return Excerpt(start, end, transcript.text[start:end])


def excerpt_at_utf16(transcript: Transcript, *, start: int, end: int) -> Excerpt:
    """The passage that a browser selected, its places in UTF-16 units."""
    places = utf16_places(transcript.text)
    return excerpt_at(transcript, start=places.code_points(start), end=places.code_points(end))


def check_excerpt(excerpt: Excerpt, *, transcript: Transcript) -> None:
    """Refuse ExcerptMismatch where the words of an excerpt do not stand in the transcript at its place."""
    if excerpt.start < 0 or transcript.text[excerpt.start : excerpt.end] != excerpt.text:
        raise ExcerptMismatch(
            f"The words at [{excerpt.start}, {excerpt.end}) are not those of the excerpt.",
            where=f"{transcript.name}, version {transcript.version}",
            remedy="Move the excerpts to this version of the transcript, or restore the version that they cite.",
        )
