"""A transcript cut into the units on which coders are compared: turns, sentences or characters, by rules fixed beforehand."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

# A speaker's label: at most four words without the marks that end a sentence, after a time code perhaps, then a colon (Latin or full width).
LABEL = re.compile(
    r"^[^\S\n]*(?:[\[(]?\d{1,2}(?::\d{2}){1,2}(?:[.,]\d+)?[\])]?[^\S\n]+)?"
    r"(?P<speaker>[^\W\d_][^\s:：.!?;,؛،؟]*(?:[^\S\n]+[^\s:：.!?;,؛،؟]+){0,3})[^\S\n]*[:：](?=\s|$)",
    re.MULTILINE,
)
LONGEST_LABEL = 40
# What ends a sentence, with the quotation marks and brackets that close after it. A line end always does.
SENTENCE_END = re.compile(r"(?:[.!?…؟۔।。！？]+[\"'”’»)\]]*(?=\s)|[。！？]+)|\n")
BLANK = re.compile(r"\s+")


class Unit(StrEnum):
    """What is compared: everything one person said at a time, a sentence, or single characters."""

    TURN = "turn"
    SENTENCE = "sentence"
    CHARACTER = "character"


@dataclass(frozen=True, slots=True)
class Segment:
    """One unit of a text: code points [start, end), without blanks at either end."""

    start: int
    end: int


def segments(text: str, *, unit: Unit, speakers: Collection[str] = ()) -> tuple[Segment, ...]:
    """The units of a text in order; they do not overlap, and only blanks stand between them.

    turn       begins at a line that starts with a speaker's label and a colon ("Awa:", "[00:12] Interviewer 2:", "المحاور:") and lasts to
               the next such line. Where `speakers` are named only those are labels. What stands before the first label is a turn. A text
               without labels is cut at blank lines, and one without these at line ends.
    sentence   ends after . ! ? … ؟ ۔ । 。 ！ ？ and what closes after it, where a blank follows (none is needed after 。 ！ ？), and at
               each line end; not before a small letter, so that "e.g. this" is one. Abbreviations before a capital letter are cut.
    character  one code point that is no blank.
    """
    match unit:
        case Unit.TURN:
            bounds = _turns(text, speakers)
        case Unit.SENTENCE:
            bounds = _sentences(text)
        case Unit.CHARACTER:
            return tuple(Segment(place, place + 1) for place, letter in enumerate(text) if not letter.isspace())
    return tuple(segment for start, end in bounds if (segment := _trimmed(text, start, end)) is not None)


def _turns(text: str, speakers: Collection[str]) -> Iterator[tuple[int, int]]:
    named = {name.strip().casefold() for name in speakers}
    cuts = [
        label.start()
        for label in LABEL.finditer(text)
        if len(speaker := BLANK.sub(" ", label["speaker"])) <= LONGEST_LABEL
        and (not named or speaker.casefold() in named)
    ]
    if not cuts:
        cuts = [gap.end() for gap in re.finditer(r"\n[^\S\n]*\n", text)] or [
            gap.end() for gap in re.finditer(r"\n", text)
        ]
    return _between([0, *cuts, len(text)])


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    cuts = [0]
    for end in SENTENCE_END.finditer(text):
        follows = text[end.end() : end.end() + 40].lstrip()[:1]
        if end.group() == "\n" or not follows.islower():
            cuts.append(end.end())
    return _between([*cuts, len(text)])


def _between(cuts: list[int]) -> Iterator[tuple[int, int]]:
    return pairwise(cuts)


def _trimmed(text: str, start: int, end: int) -> Segment | None:
    passage = text[start:end]
    left = len(passage) - len(passage.lstrip())
    return Segment(start + left, start + len(passage.rstrip())) if left < len(passage) else None
