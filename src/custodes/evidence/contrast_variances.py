"""The spread of contrasts of estimates: by linearisation at every stage, by the residuals of calibrated weights, or by replicates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from custodes.evidence.calibrated_variance import calibrated_residuals
from custodes.evidence.domain_sums import DomainSums
from custodes.evidence.domain_variances import degrees_of_freedom, lonely_domains, variances
from custodes.evidence.given_replicates import given_degrees, given_weights
from custodes.evidence.measures import Statistic
from custodes.evidence.replicates import Around, replicate_variance
from custodes.evidence.survey import FloatArray, IntArray
from custodes.evidence.survey_estimates import SurveySums
from custodes.evidence.types import Cell


@dataclass(frozen=True, slots=True)
class Part:
    """One estimate of a contrast, by the places of its measure and its domain, and what it is multiplied by."""

    measure: int
    domain: int
    factor: float


@dataclass(frozen=True, slots=True)
class Spread:
    """variance, df: of every contrast asked for, (C, A); lonely: the name of a stratum that stops one, by the same places."""

    variance: FloatArray
    df: IntArray
    lonely: Mapping[tuple[int, int], str]


def spread_of_domains(survey: SurveySums, asked: Sequence[Mapping[int, float]]) -> Spread:
    """Of contrasts of domains, each given as domain to factor: one line for each measure, one column for each contrast."""
    scores = None if _is_adjusted(survey) else _linearised(survey)
    joined = _joined(survey.sums, scores, asked)
    group = [item.counted for item in survey.items]
    parts = [
        [[Part(measure, domain, factor) for domain, factor in factors.items()] for factors in asked]
        for measure in range(len(survey.items))
    ]
    variance = variances(joined, joined.value) if scores is not None else _variances(survey, parts)
    df = degrees_of_freedom(joined)[0]
    if survey.sample.given:
        df = np.minimum(_given_degrees(survey, [tuple(factors) for factors in asked]), _counts(joined) - 1)
    stopped = lonely_domains(joined)
    lonely = {
        (measure, place): stopped[each, place]
        for measure, each in enumerate(group)
        for place in range(len(asked))
        if (each, place) in stopped
    }
    return Spread(variance, df[group], lonely)


def spread_of_items(survey: SurveySums, factors: Mapping[int, float]) -> Spread:
    """Of one contrast of measures, given as measure to factor, in every domain: one line."""
    sums = survey.sums
    groups = sorted({survey.items[index].counted for index in factors})
    counted = sums.count[groups].sum(axis=0)[np.newaxis, :]
    joined = replace(sums, value=np.zeros((1, len(sums.domain))), below=None, squares=None, count=counted)
    if _is_adjusted(survey):
        places = range(len(sums.cells))
        parts = [[[Part(index, domain, factor) for index, factor in factors.items()] for domain in places]]
        variance = _variances(survey, parts)
    else:
        combined = np.array(list(factors.values())) @ _linearised(survey)[list(factors)]
        joined = replace(joined, value=combined[np.newaxis, :])
        variance = variances(joined, joined.value)
    df = degrees_of_freedom(joined)[0]
    if survey.points.degrees is not None:
        most = sums.by_domain(sums.count[groups]).max(axis=0)
        df = np.minimum(survey.points.degrees, most - 1)[np.newaxis, :]
    return Spread(variance, df, lonely_domains(joined))


def _is_adjusted(survey: SurveySums) -> bool:
    """Whether replicates or calibrated weights, and not the linearised values as they stand, make the spread."""
    return survey.points.replicates is not None or survey.sample.known is not None


def _linearised(survey: SurveySums) -> FloatArray:
    """The influence of every collapsed row on every estimate: (M, K). Estimates without a value have none and are refused."""
    sums = survey.sums
    if survey.question.statistic is Statistic.TOTAL:
        return sums.value
    below = sums.weight[[item.counted for item in survey.items]] if sums.below is None else sums.below
    y, x = sums.by_domain(sums.value), sums.by_domain(below)
    safe = np.where(x != 0, x, 1.0)
    return np.asarray((sums.value - (y / safe)[:, sums.domain] * below) / safe[:, sums.domain])


def _variances(survey: SurveySums, asked: Sequence[Sequence[Sequence[Part]]]) -> FloatArray:
    """Of contrasts under replicates, or under calibrated weights."""
    found = survey.points.replicates
    if found is not None:
        is_centred = survey.question.replicates is not None and survey.question.replicates.around is Around.ESTIMATE
        values = [[_added(found.value, parts) for parts in line] for line in asked]
        centres = np.array([[_added(survey.points.value, parts) for parts in line] for line in asked])
        return replicate_variance(found.scale, np.array(values), centre=centres if is_centred else None)
    known = survey.sample.known
    assert known is not None  # the caller has looked
    residuals = calibrated_residuals(
        known,
        survey.measures,
        survey.sums,
        design=survey.sample.weighed,
        by=survey.question.by,
        is_total=survey.question.statistic is Statistic.TOTAL,
    )
    return np.array(
        [
            [
                residuals.variance(
                    np.sum([part.factor * residuals.of(part.measure, part.domain) for part in parts], axis=0)
                )
                for parts in line
            ]
            for line in asked
        ]
    )


def _added(values: FloatArray, parts: Sequence[Part]) -> FloatArray:
    """The contrast of (M, D, …) values: (…)."""
    return np.asarray(sum(part.factor * values[part.measure, part.domain] for part in parts))


def _given_degrees(survey: SurveySums, together: Sequence[Sequence[int]]) -> IntArray:
    """Of each contrast of domains: how many given replicate weights are independent among the rows of any of them, less one."""
    sample, plan = survey.sample, survey.question.replicates
    assert plan is not None  # weights were given
    weights = given_weights(sample.table, plan, sample.given, weight=str(sample.design.weight))
    return given_degrees(sample.table, weights, by=survey.question.by, cells=survey.sums.cells, together=together)


def _counts(joined: DomainSums) -> IntArray:
    return np.asarray(joined.by_domain(joined.count), dtype=np.int64)


def _joined(sums: DomainSums, scores: FloatArray | None, asked: Sequence[Mapping[int, float]]) -> DomainSums:
    """The collapsed sample with each contrast in the place of a domain: units that several of its domains share are added up."""
    ends = [*sums.starts.tolist(), len(sums.domain)]
    last = sums.units[-1] if sums.units else sums.cluster
    measures = 0 if scores is None else len(scores)
    value, weight, count, domain, first_rows = [np.zeros((measures, 0))], [], [], [], []
    for place, factors in enumerate(asked):
        rows = np.concatenate([np.arange(ends[each], ends[each + 1]) for each in factors])
        times = np.concatenate([np.full(ends[each + 1] - ends[each], factor) for each, factor in factors.items()])
        order = np.argsort(last[rows], kind="stable")
        rows, times = rows[order], times[order]
        _, first = np.unique(last[rows], return_index=True)
        if scores is not None:
            value.append(np.add.reduceat(scores[:, rows] * times, first, axis=1))
        weight.append(np.add.reduceat(sums.weight[:, rows], first, axis=1))
        count.append(np.add.reduceat(sums.count[:, rows], first, axis=1))
        domain.append(np.full(len(first), place))
        first_rows.append(rows[first])
    chosen = np.concatenate(first_rows)
    return DomainSums(
        sums.frame,
        tuple(Cell((("contrast", str(place)),)) for place in range(len(asked))),
        np.concatenate(domain),
        sums.cluster[chosen],
        np.concatenate(value, axis=1),
        None,
        np.concatenate(weight, axis=1),
        np.concatenate(count, axis=1),
        None,
        tuple(unit[chosen] for unit in sums.units),
    )
