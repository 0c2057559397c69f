"""The variances that follow from sums by domain, stratum and cluster, in NumPy: between clusters within strata, at every stage that counts."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from custodes.evidence.domain_sums import DomainSums
from custodes.evidence.stages import StageRows, rows_by_stage
from custodes.evidence.survey import FloatArray, Frame, IntArray
from custodes.evidence.types import LonelyPolicy


@dataclass(frozen=True, slots=True)
class _Strata:
    """Where each stratum of each domain begins among the collapsed rows, and where each domain among those."""

    starts: IntArray
    stratum: IntArray
    length: IntArray  # collapsed rows
    domain_starts: IntArray

    def by_domain(self, values: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(values, self.domain_starts))


def _strata_of(sums: DomainSums | StageRows) -> _Strata:
    stratum = sums.frame.stratum[sums.cluster]
    key = sums.domain * len(sums.frame.size) + stratum
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    domain_starts = np.searchsorted(sums.domain[starts], np.arange(len(sums.cells)))
    return _Strata(starts, stratum[starts], np.diff(np.r_[starts, len(key)]), domain_starts)


def variances(sums: DomainSums | StageRows, scores: Iterable[FloatArray]) -> FloatArray:
    """Design variance of every measure in every domain from its linearised cluster values; nan where every stratum is lonely under `average`.

    Shapes   scores: M times (K,) for the collapsed rows of `sums`, a matrix or one after the other, which stay in the processor's cache;
             returns (M, D). Clusters without members of a domain count as zero.
    Units    the square of the estimates' unit.
    Returns  per stratum (1 − f)·n/(n − 1)·Σ(z − z̄)², added up over strata; lonely strata by the frame's policy; stages are added up.
    Refuses  nothing here; callers look at `lonely_domains` first.
    Source   Lumley (2010), Complex Surveys, ch. 2; Binder (1983), doi:10.2307/1402588.
    Checked  equal to survey.covariance in tests/evidence/test_survey_estimates.py; R survey svyby(), 1e-10.
    """
    frame = sums.frame
    if isinstance(sums, DomainSums) and frame.later:
        units = (sums.cluster, *sums.units)
        stages = rows_by_stage(frame, sums.cells, sums.domain, units, np.stack(list(scores)))
        return np.asarray(sum(variances(rows, added) for rows, added in stages))
    strata = _strata_of(sums)
    scale = np.where(frame.size > 1, (1 - frame.fraction) * frame.size / np.maximum(frame.size - 1, 1), 0.0)
    return np.stack([_variance(frame, strata, score, scale[strata.stratum]) for score in scores])


def _variance(frame: Frame, strata: _Strata, score: FloatArray, scale: FloatArray) -> FloatArray:
    """Of one measure in every domain."""
    size = frame.size[strata.stratum]
    added = np.add.reduceat(score, strata.starts)
    means = added / size
    centred = score - np.repeat(means, strata.length)
    spread = np.add.reduceat(centred * centred, strata.starts) + (size - strata.length) * means * means
    result = strata.by_domain(spread * scale)
    lonely = frame.is_lonely
    if lonely.any() and frame.lonely is LonelyPolicy.CENTRED:
        grand = strata.by_domain(added) / len(frame.stratum)
        free = np.where(lonely, 1 - frame.fraction, 0.0)
        here = free[strata.stratum]
        off = added - np.repeat(grand, np.diff(np.r_[strata.domain_starts, len(added)]))
        absent = free.sum() - strata.by_domain(here)
        result = result + strata.by_domain(off * off * here) + absent * grand * grand
    elif lonely.any() and frame.lonely is LonelyPolicy.AVERAGE:
        used = np.logical_or.reduceat(score != 0, strata.starts)
        every = strata.by_domain(used.astype(np.float64))
        known = strata.by_domain((used & ~lonely[strata.stratum]).astype(np.float64))
        with np.errstate(divide="ignore", invalid="ignore"):
            result = np.where(known > 0, result * every / known, np.nan)
    return result


def degrees_of_freedom(sums: DomainSums) -> tuple[IntArray, IntArray]:
    """Clusters less strata among those with counted rows, for each group and domain; and how many of those clusters there are."""
    rows, counts = _first_stage_rows(sums)
    present, strata = counts > 0, _strata_of(rows)
    used = np.logical_or.reduceat(present, strata.starts, axis=1).astype(np.int64)
    starts = np.searchsorted(rows.domain, np.arange(len(rows.cells)))
    clusters = np.add.reduceat(present.astype(np.int64), starts, axis=1)
    return clusters - np.add.reduceat(used, strata.domain_starts, axis=1), clusters


def _first_stage_rows(sums: DomainSums) -> tuple[DomainSums | StageRows, IntArray]:
    """The collapsed rows of first-stage units, with how many rows of the file count in each."""
    if not sums.frame.later:
        return sums, sums.count
    return next(rows_by_stage(sums.frame, sums.cells, sums.domain, (sums.cluster, *sums.units), sums.count))


def lonely_domains(sums: DomainSums) -> dict[tuple[int, int], str]:
    """The name of a lonely stratum that stops each group and domain, where the policy is to refuse."""
    found: dict[tuple[int, int], str] = {}
    if sums.frame.lonely is not LonelyPolicy.REFUSE:
        return found
    for frame, unit in zip((sums.frame, *sums.frame.later), (sums.cluster, *sums.units), strict=True):
        if frame.is_lonely.any():
            stratum = frame.stratum[unit]
            group, row = np.nonzero((sums.count > 0) & frame.is_lonely[stratum])
            for each, place in zip(group.tolist(), row.tolist(), strict=True):
                found.setdefault((each, int(sums.domain[place])), frame.strata[int(stratum[place])])
    return found
