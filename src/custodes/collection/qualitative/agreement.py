"""How far coders agree on each code: codings of excerpts become a table of units × coders, drawn again by transcript."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from custodes.collection.qualitative.codings import Coding
from custodes.collection.qualitative.segments import Segment, Unit, segments
from custodes.collection.qualitative.transcripts import Transcript, check_excerpt
from custodes.evidence.agreement import Agreement, Bootstrap, cohen_kappa, krippendorff_alpha
from custodes.evidence.codings import MISSING, Codings, Level
from custodes.evidence.errors import ArgumentInvalid, NothingPairable

ABSENT, PRESENT = "absent", "present"


@dataclass(frozen=True, slots=True)
class CodedTranscript:
    """A transcript and the coders who have finished it: a unit that one of these left uncoded has not the code; of all others nothing is known."""

    transcript: Transcript
    coders: tuple[str, ...]
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitTable:
    """Units × coders for one code. transcripts: for each unit, the guid of its transcript. pairs: pairs of coders, summed over units."""

    codings: Codings
    transcripts: tuple[str, ...]

    @property
    def pairs(self) -> int:
        sizes = self.codings.counts.sum(axis=1)
        return int((sizes * (sizes - 1) // 2).sum())

    @property
    def prevalence(self) -> float:
        """The share of codes given by two or more coders to a unit that say the code is there."""
        counts = self.codings.counts
        counts = counts[counts.sum(axis=1) >= 2]
        return float(counts[:, self.codings.categories.index(PRESENT)].sum() / counts.sum())


@dataclass(frozen=True, slots=True)
class CodeAgreement:
    """The agreement on one code. kappa: Cohen's, where two coded; transcripts: those that two or more coded."""

    code: str
    unit: Unit
    alpha: Agreement
    kappa: Agreement | None
    transcripts: int
    pairs: int
    prevalence: float


def agreement_on_code(
    codings: Iterable[Coding], *, of: Sequence[CodedTranscript], code: str, unit: Unit, below: Collection[str] = (),
    coverage: float = 0.95, bootstrap: Bootstrap | None = None,
) -> CodeAgreement:  # fmt: skip
    """Krippendorff's alpha, and Cohen's kappa of two coders, on whether a code is there, unit by unit.

    Shapes   codings of any code and coder; only those by `code`, or by one of `below` (the codes under it), count.
    Units    a unit has the code for a coder where a coding of theirs covers at least one character of it that is no blank.
    Returns  CodeAgreement: both coefficients with intervals from drawing transcripts again, n of units and transcripts, pairs, prevalence.
    Refuses  SampleTooSmall for one coder or fewer than five transcripts coded by two; NothingPairable; OneCategory where all units or none
             have the code; ArgumentInvalid for codings by several versions of the codebook; ExcerptMismatch.
    Source   Krippendorff (2019), Content Analysis, 4th edition, ch. 12; Field & Welsh (2007), doi:10.1111/j.1467-9868.2007.00593.x.
    Checked  tests/collection/qualitative/test_agreement.py: unit by unit by hand; the coefficients: tests/reference/agreement.toml.
    """
    table = unit_table(codings, of=of, code=code, unit=unit, below=below)
    alpha = krippendorff_alpha(table.codings, coverage=coverage, bootstrap=bootstrap, clusters=table.transcripts)
    kappa = None
    if len(table.codings.coders) == 2:
        kappa = cohen_kappa(table.codings, coverage=coverage, bootstrap=bootstrap, clusters=table.transcripts)
    return CodeAgreement(code, unit, alpha, kappa, alpha.clusters or 0, table.pairs, table.prevalence)


def unit_table(
    codings: Iterable[Coding], *, of: Sequence[CodedTranscript], code: str, unit: Unit, below: Collection[str] = ()
) -> UnitTable:
    """The units × coders table of one code, for `custodes.evidence.agreement`; refusals as in `agreement_on_code`."""
    coders = tuple(sorted({coder for each in of for coder in each.coders}))
    counted = _counted(codings, of=of, codes={code, *below})
    blocks, names, transcripts = [], [], []
    for each in of:
        text = each.transcript.text
        found = segments(text, unit=unit, speakers=each.speakers)
        block = np.full((len(found), len(coders)), MISSING, dtype=np.int64)
        for coder in each.coders:
            block[:, coders.index(coder)] = _covered(text, found, counted.get((each.transcript.guid, coder), ()))
        blocks.append(block)
        names += [f"{each.transcript.guid} [{segment.start}, {segment.end})" for segment in found]
        transcripts += [each.transcript.guid] * len(found)
    if not names:
        raise NothingPairable("The transcripts have no units.", where="units", remedy="Choose other transcripts.")
    table = Codings(
        Level.NOMINAL, tuple(names), coders, (ABSENT, PRESENT), np.arange(2, dtype=np.float64), np.concatenate(blocks)
    )
    return UnitTable(table, tuple(transcripts))


def _counted(
    codings: Iterable[Coding], *, of: Sequence[CodedTranscript], codes: Collection[str]
) -> Mapping[tuple[str, str], list[Coding]]:
    """The codings of these codes by transcript and coder, each checked against the text."""
    known = {each.transcript.guid: each for each in of}
    if len(known) < len(of):
        raise ArgumentInvalid("A transcript is there twice.", where="transcripts", remedy="Give one version of each.")
    counted: dict[tuple[str, str], list[Coding]] = {}
    versions: set[int] = set()
    for coding in codings:
        place = known.get(coding.transcript)
        if place is None or coding.coder not in place.coders:
            continue
        versions.add(coding.codebook_version)
        if coding.code in codes:
            check_excerpt(coding.excerpt, transcript=place.transcript)
            counted.setdefault((coding.transcript, coding.coder), []).append(coding)
    if len(versions) > 1:
        raise ArgumentInvalid(
            f"The codings are by versions {', '.join(map(str, sorted(versions)))} of the codebook.",
            where="codebook_version",
            remedy="Carry them forward to one version first.",
        )
    return counted


def _covered(text: str, found: Sequence[Segment], codings: Iterable[Coding]) -> NDArray[np.int64]:
    """For each unit, 1 where a coding covers a character of it that is no blank, else 0."""
    marks = np.zeros(len(text) + 1, dtype=np.int64)
    for coding in codings:
        marks[coding.excerpt.start] += 1
        marks[coding.excerpt.end] -= 1
    is_blank = np.fromiter((letter.isspace() for letter in text), dtype=bool, count=len(text))
    covered = (np.cumsum(marks[:-1]) > 0) & ~is_blank
    before = np.concatenate(([0], np.cumsum(covered)))
    starts = np.array([segment.start for segment in found], dtype=np.int64)
    ends = np.array([segment.end for segment in found], dtype=np.int64)
    return np.asarray(before[ends] > before[starts], dtype=np.int64)
