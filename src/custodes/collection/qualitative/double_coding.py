"""Blind double coding: which transcripts two or more people code, drawn so that anybody can draw them again, and who sees what when."""

import hashlib
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from custodes.evidence.errors import ArgumentInvalid

DEFAULT_SHARE = 0.2
# Fewer than five transcripts give no interval of agreement (custodes.evidence.agreement).
FEWEST_FOR_AGREEMENT = 5


@dataclass(frozen=True, slots=True)
class Assignment:
    """One transcript and the coders who code it without seeing each other's work."""

    transcript: str
    coders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DoubleCodingDraw:
    """A draw, with all that is needed to draw it again: seed and share go to the ledger. notes: what it cannot give."""

    seed: str
    share: float
    of: int
    assignments: tuple[Assignment, ...]
    notes: tuple[str, ...] = ()


def draw_double_coding(
    transcripts: Collection[str],
    *,
    coders: Sequence[str],
    seed: str,
    share: float = DEFAULT_SHARE,
    coders_each: int = 2,
) -> DoubleCodingDraw:
    """Draw a share of the transcripts at random, rounded up, and give each to `coders_each` of the coders in turn.

    Transcripts are ranked by SHA-256 of seed and identifier and the first are taken, so that the draw depends on nothing else: not on the
    order of the list, the machine or the version of a library. A larger share with the same seed contains the smaller one. Coders are taken
    in rotation, so that no two of them differ by more than one transcript. Refuses ArgumentInvalid for no seed, a share outside (0, 1],
    a transcript or a coder named twice, and more coders each than there are.
    """
    _check(transcripts, coders=coders, seed=seed, share=share, coders_each=coders_each)
    ranked = sorted(transcripts, key=lambda name: (_rank(seed, name), name))
    # A share of 0.2 of 15 is 3, though 0.2 × 15 is a little more in binary.
    drawn = ranked[: math.ceil(round(share * len(ranked), 9))]
    order = sorted(coders, key=lambda name: (_rank(seed, f"coder {name}"), name))
    assignments = tuple(
        Assignment(name, tuple(order[(place * coders_each + turn) % len(order)] for turn in range(coders_each)))
        for place, name in enumerate(drawn)
    )
    notes: tuple[str, ...] = ()
    if len(drawn) < FEWEST_FOR_AGREEMENT:
        notes = (
            f"{len(drawn)} transcripts are too few for an interval of agreement: {FEWEST_FOR_AGREEMENT} are needed.",
        )
    return DoubleCodingDraw(seed, share, len(ranked), assignments, notes)


def may_see_codings(
    *, viewer: str, of: str, transcript: str, draw: DoubleCodingDraw, submitted: Collection[tuple[str, str]]
) -> bool:
    """Whether a person may see another's codings, counts or memos of a transcript.

    Everybody sees their own. Of a drawn transcript nobody sees another's until all who code it have submitted: that holds for those who
    code it, who would be led, and for all others, who could tell them. submitted: pairs of transcript and coder.
    """
    if viewer == of:
        return True
    assigned = next((each.coders for each in draw.assignments if each.transcript == transcript), ())
    return all((transcript, coder) in submitted for coder in assigned)


def _rank(seed: str, name: str) -> str:
    # The length of the seed keeps seed "a" with name "bc" apart from "ab" with "c".
    return hashlib.sha256(f"{len(seed)}:{seed}:{name}".encode()).hexdigest()


def _check(transcripts: Collection[str], *, coders: Sequence[str], seed: str, share: float, coders_each: int) -> None:
    if not seed:
        raise ArgumentInvalid("The draw has no seed.", where="seed", remedy="Give one and write it to the ledger.")
    if not 0 < share <= 1:
        raise ArgumentInvalid(f"{share:g} is no share.", where="share", remedy="Give a share such as 0.2.")
    for role, names in (("transcripts", list(transcripts)), ("coders", list(coders))):
        if len(set(names)) < len(names) or not all(names):
            raise ArgumentInvalid("A name is empty or stands twice.", where=role, remedy="Name each once.")
    if not transcripts:
        raise ArgumentInvalid("There is no transcript.", where="transcripts", remedy="Import the interviews first.")
    if not 2 <= coders_each <= len(coders):
        raise ArgumentInvalid(
            f"{coders_each} of {len(coders)} coders cannot code each transcript twice.",
            where="coders",
            remedy="Name two coders or more, and no more for each transcript than there are.",
        )
