"""Codings: codes that coders laid on excerpts, each citing the version of the codebook by which it was made."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from custodes.collection.errors import CodebookChangeRefused
from custodes.collection.qualitative.codebook import Codebook
from custodes.collection.qualitative.transcripts import Excerpt


@dataclass(frozen=True, slots=True)
class Coding:
    """One code on one excerpt by one coder. transcript, code and coder are guids; codebook_version: the version that the coder read."""

    guid: str
    transcript: str
    excerpt: Excerpt
    code: str
    coder: str
    codebook_version: int


@dataclass(frozen=True, slots=True)
class CarriedForward:
    """Codings by the newest version of a codebook, and those for which a person must decide."""

    codings: tuple[Coding, ...]
    undecided: tuple[Coding, ...]


def check_coding(coding: Coding, *, codebook: Codebook) -> None:
    """Refuse a coding by a code that the cited version did not know, had retired, or uses as a heading."""
    code = codebook.code(coding.code)
    where = f"coding {coding.guid}, version {coding.codebook_version}"
    if coding.codebook_version > codebook.version:
        raise CodebookChangeRefused(
            "The codebook has no such version yet.", where=where, remedy="Cite a version that exists."
        )
    added = next(
        (change.version for change in codebook.history if not change.before and code.guid in change.into), None
    )
    split = next((c.version for c in codebook.history if c.kind == "split" and code.guid in c.into), None)
    since = added or split or 1
    if coding.codebook_version < since:
        raise CodebookChangeRefused(
            f"“{code.name}” came in version {since}.", where=where, remedy="Code by the version that has it."
        )
    if code.retired_in is not None and coding.codebook_version >= code.retired_in:
        raise CodebookChangeRefused(
            f"“{code.name}” was retired in version {code.retired_in}.", where=where, remedy="Choose a code in use."
        )
    if not code.is_codable:
        raise CodebookChangeRefused(f"“{code.name}” is a heading.", where=where, remedy="Choose a code below it.")


def carried_forward(codings: Iterable[Coding], *, codebook: Codebook) -> CarriedForward:
    """Codings of any version as codings by this one: codes that stayed or were merged move, those split or retired are undecided."""
    moved, undecided = [], []
    for coding in codings:
        match codebook.successors(coding.code, since=coding.codebook_version):
            case (code,):
                moved.append(replace(coding, code=code, codebook_version=codebook.version))
            case _:
                undecided.append(coding)
    return CarriedForward(tuple(moved), tuple(undecided))
