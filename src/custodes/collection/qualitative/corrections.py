"""A corrected transcript: excerpts of the old version move to the new one by difference, and those that cannot are listed."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from custodes.collection.qualitative.transcripts import Excerpt, Transcript, check_excerpt, excerpt_at

SENTENCES = re.compile(r"[^.!?…؟۔।。！？]*[.!?…؟۔।。！？]+\s*|[^.!?…؟۔।。！？]+")
WORDS = re.compile(r"\s+|\w+|[^\w\s]")
# Two passages of more letters than this have too little in common for single letters to tell where a word went.
MOST_LETTERS = 400
# Pieces of one passage times those of the other, beyond which nothing is looked for: the passage was written anew.
MOST_COMPARED = 1_000_000


class Fate(StrEnum):
    """What became of an excerpt: its words stand unchanged, some in its middle changed, or its beginning or end is gone."""

    KEPT = "kept"
    REWORDED = "reworded"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class MovedExcerpt:
    """An excerpt before and after; `after` is None where it was lost, and then a person places it anew."""

    before: Excerpt
    after: Excerpt | None
    fate: Fate


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters [old, old + size) that stand unchanged at [new, new + size)."""

    old: int
    new: int
    size: int


@dataclass(frozen=True, slots=True)
class _Chain:
    """An anchor and the one before it."""

    old: int
    new: int
    before: "_Chain | None"


def move_excerpts(excerpts: Iterable[Excerpt], *, old: Transcript, new: Transcript) -> tuple[MovedExcerpt, ...]:
    """Each excerpt of the old version in the new one, in the order given.

    An excerpt moves where its first and its last character still stand in the text; where something between them changed it is reworded,
    and a person should look at it. Where its first or last character was corrected away, or more than half of it, it is lost. Nothing is
    searched for elsewhere: the same words said by another person are not the same excerpt.

    Refuses ExcerptMismatch for an excerpt that is not of the old version.
    """
    runs = tuple(_runs(old.text, new.text))
    starts = [run.old for run in runs]
    moved = []
    for excerpt in excerpts:
        check_excerpt(excerpt, transcript=old)
        first, last = _place(excerpt.start, runs, starts), _place(excerpt.end - 1, runs, starts)
        if first is None or last is None or _kept(excerpt, runs, starts) * 2 < excerpt.end - excerpt.start:
            moved.append(MovedExcerpt(excerpt, None, Fate.LOST))
            continue
        after = excerpt_at(new, start=first, end=last + 1)
        moved.append(MovedExcerpt(excerpt, after, Fate.KEPT if after.text == excerpt.text else Fate.REWORDED))
    return tuple(moved)


def _place(offset: int, runs: Sequence[_Run], starts: Sequence[int]) -> int | None:
    index = bisect_right(starts, offset) - 1
    if index < 0 or offset >= runs[index].old + runs[index].size:
        return None
    return runs[index].new + offset - runs[index].old


def _kept(excerpt: Excerpt, runs: Sequence[_Run], starts: Sequence[int]) -> int:
    """How many characters of an excerpt stand unchanged."""
    low, high = bisect_right(starts, excerpt.start) - 1, bisect_right(starts, excerpt.end - 1)
    overlaps = (min(run.old + run.size, excerpt.end) - max(run.old, excerpt.start) for run in runs[max(low, 0) : high])
    return sum(max(0, overlap) for overlap in overlaps)


def _runs(old: str, new: str) -> Iterator[_Run]:
    """Unchanged characters in order: equal lines, within changed lines equal sentences, within these equal words, and letters."""
    shorter = min(len(old), len(new))
    head = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    rest = shorter - head
    tail = next((place for place in range(rest) if old[-1 - place] != new[-1 - place]), rest)
    if head:
        yield _Run(0, 0, head)
    yield from _within(old, new, _Run(head, head, 0), ends=(len(old) - tail, len(new) - tail), parts=_LINES)
    if tail:
        yield _Run(len(old) - tail, len(new) - tail, tail)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


_LINES = (_lines, SENTENCES.findall, WORDS.findall, list)


def _within(
    old: str, new: str, at: _Run, *, ends: tuple[int, int], parts: Sequence[Callable[[str], list[str]]]
) -> Iterator[_Run]:
    """The runs between two places of each text, cut by the first of `parts` and, where that differs, by the next."""
    split, *finer = parts
    before, after = old[at.old : ends[0]], new[at.new : ends[1]]
    if not before or not after or (not finer and max(len(before), len(after)) > MOST_LETTERS):
        return
    pieces = split(before), split(after)
    places = [_places(at.old, pieces[0]), _places(at.new, pieces[1])]
    low, new_low = 0, 0
    for block in (*_equal(*pieces, 0, 0), _Run(len(pieces[0]), len(pieces[1]), 0)):
        if finer:
            gap = _Run(places[0][low], places[1][new_low], 0)
            yield from _within(old, new, gap, ends=(places[0][block.old], places[1][block.new]), parts=finer)
        low, new_low = block.old + block.size, block.new + block.size
        if block.size:
            yield _Run(places[0][block.old], places[1][block.new], places[0][low] - places[0][block.old])


def _equal(before: list[str], after: list[str], old: int, new: int) -> Iterator[_Run]:
    """Equal pieces in order, counted from `old` and `new`: those that occur once in each anchor the rest, so that long texts take little time."""
    anchors = _anchors(before, after)
    if not anchors:
        if len(before) * len(after) <= MOST_COMPARED:
            for block in SequenceMatcher(None, before, after).get_matching_blocks()[:-1]:
                yield _Run(old + block.a, new + block.b, block.size)
        return
    low, new_low = 0, 0
    for place, new_place in (*anchors, (len(before), len(after))):
        yield from _equal(before[low:place], after[new_low:new_place], old + low, new + new_low)
        if place < len(before):
            yield _Run(old + place, new + new_place, 1)
        low, new_low = place + 1, new_place + 1


def _anchors(before: list[str], after: list[str]) -> list[tuple[int, int]]:
    """Places of the pieces that occur once in each text, as many of them as stand in the same order."""
    counts, places = Counter(before), {piece: place for place, piece in enumerate(after)}
    once = {piece for piece, number in Counter(after).items() if number == 1 and counts[piece] == 1}
    # Longest increasing subsequence: the last place of the best chain of each length, and what came before it.
    ends: list[int] = []
    chains: list[_Chain] = []
    for place, piece in enumerate(before):
        if piece in once:
            length = bisect_left(ends, places[piece])
            chain = _Chain(place, places[piece], chains[length - 1] if length else None)
            ends[length : length + 1] = [places[piece]]
            chains[length : length + 1] = [chain]
    found, last = [], chains[-1] if chains else None
    while last is not None:
        found.append((last.old, last.new))
        last = last.before
    return found[::-1]


def _places(start: int, pieces: Sequence[str]) -> list[int]:
    """Where each piece starts, and where the last one ends."""
    places = [start]
    for piece in pieces:
        places.append(places[-1] + len(piece))
    return places
