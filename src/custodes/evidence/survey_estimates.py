"""The analyst's face of the survey core: several variables, any crossing of domains, one call; no web platform needed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from custodes.evidence.calibration import Calibration
from custodes.evidence.columns import MEMBER, with_row_numbers
from custodes.evidence.design_columns import checked_weight
from custodes.evidence.domain_sums import DomainSums
from custodes.evidence.domain_variances import degrees_of_freedom, lonely_domains
from custodes.evidence.errors import (
    ArgumentInvalid,
    DenominatorZero,
    LonelyStratum,
    NothingObserved,
    Refusal,
    SampleTooSmall,
)
from custodes.evidence.intervals import Interval, ProportionInterval, proportion, t_quantile
from custodes.evidence.measures import EVERYBODY, Measure, Measures, Statistic, measures_of
from custodes.evidence.quantiles import Quantiles, quantiles_of
from custodes.evidence.replicates import ReplicatePlan
from custodes.evidence.survey import stratum_words, too_small
from custodes.evidence.survey_points import Points, Sample, points_of, sample_of, sums_of
from custodes.evidence.types import Cell, Design, Estimate, MissingPolicy, Uncertainty


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a sample.

    variables    columns of numbers; columns of text are taken level by level, and a proportion takes every column so.
    denominator  the column below the line, for a ratio alone; quantiles: shares between 0 and 1, for quantiles alone.
    interval     how the interval of a proportion is made; a mean of a text column keeps the symmetric one.
    replicates   replicate weights to make or to take, instead of linearisation.
    calibration  known totals that the weights are made to meet, and those of every replicate.
    """

    statistic: Statistic
    variables: tuple[str, ...]
    denominator: str | None = None
    quantiles: tuple[float, ...] = (0.25, 0.5, 0.75)
    by: tuple[str, ...] = ()
    coverage: float = 0.95
    missing: MissingPolicy = MissingPolicy.EXCLUDE
    missing_codes: tuple[str, ...] = ()
    interval: ProportionInterval = ProportionInterval.LOGIT
    design_effects: bool = True
    replicates: ReplicatePlan | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True)
class SurveyEstimate:
    """One answer: the number of one variable, or of one of its levels or quantiles, in one domain."""

    statistic: Statistic
    variable: str
    level: str
    estimate: Estimate

    @property
    def cv(self) -> float | None:
        """The coefficient of variation: standard error ÷ value."""
        return self.estimate.relative_standard_error


def estimate_survey(table: Any, question: Question, *, design: Design) -> tuple[SurveyEstimate, ...]:
    """Means, totals, proportions, ratios or quantiles of several variables, for every domain of a crossing.

    Shapes   table: one row per respondent. The answers come by variable and level, and within them by domain.
    Units    those of the variables; proportions are 0 to 1. Weights are inverse inclusion probabilities, above zero.
    Returns  value, se, low, high, df = clusters − strata, n, missing, design effect; t intervals, for proportions the one asked for.
    Refuses  LonelyStratum, SampleTooSmall, NothingObserved, DenominatorZero, answer by answer; InputProblem for the whole.
    Source   Lumley (2010), Complex Surveys, ch. 2; Woodruff (1952), doi:10.1080/01621459.1952.10483443.
    Checked  R survey svymean(), svytotal(), svyratio(), svyciprop(), svyquantile(), svyby(): tests/reference/analyst_*.toml, 1e-10.
    """
    _check(question)
    if MEMBER in table.columns:
        raise ArgumentInvalid(
            "The rows are marked by a filter of the platform.", where=MEMBER, remedy="Cross by the column instead."
        )
    if design.clusters is None:
        table = with_row_numbers(table)  # each row is a cluster of its own
    sample = sample_of(table, design, plan=question.replicates, calibration=question.calibration)
    if question.statistic is Statistic.QUANTILE:
        return tuple(each for variable in question.variables for each in _quantiles(sample, question, variable))
    measures, sums = _finite_sums(sample, question)
    points = points_of(sample, measures, sums, by=question.by, is_total=question.statistic is Statistic.TOTAL)
    return _answers(question, measures.items, sums, points, None)


@dataclass(frozen=True, slots=True)
class SurveySums:
    """All answers of one question, by measure and within it by domain, with what they and their covariances follow from."""

    question: Question
    answers: tuple[SurveyEstimate, ...]
    sample: Sample
    measures: Measures
    sums: DomainSums
    points: Points

    @property
    def items(self) -> tuple[Measure, ...]:
        return self.measures.items


def estimates_with_sums(table: Any, question: Question, *, design: Design) -> SurveySums:
    """The answers of `estimate_survey` and what covariances need; for means, totals, proportions and ratios."""
    _check(question)
    if question.statistic is Statistic.QUANTILE:
        raise ArgumentInvalid(
            "Quantiles have no covariances here.",
            where="statistic",
            remedy="Compare means, totals, proportions or ratios, such as the share below a threshold.",
        )
    if design.clusters is None:
        table = with_row_numbers(table)  # each row is a cluster of its own
    sample = sample_of(table, design, plan=question.replicates, calibration=question.calibration)
    measures, sums = _finite_sums(sample, question)
    points = points_of(sample, measures, sums, by=question.by, is_total=question.statistic is Statistic.TOTAL)
    answers = _answers(question, measures.items, sums, points, None)
    return SurveySums(question, answers, sample, measures, sums, points)


def _finite_sums(sample: Sample, question: Question) -> tuple[Measures, DomainSums]:
    measures, sums = _added_up(sample, question, careful=False)
    if not (np.isfinite(sums.value).all() and (sums.below is None or np.isfinite(sums.below).all())):
        measures, sums = _added_up(sample, question, careful=True)
    return measures, sums


def _added_up(sample: Sample, question: Question, *, careful: bool) -> tuple[Measures, DomainSums]:
    """The sums of the question's measures. A careful look at every value costs as much as the sums, and is rarely needed."""
    measures = _measures(sample.table, question, question.variables, careful=careful)
    return measures, sums_of(sample, measures, by=question.by, design_effects=question.design_effects)


def _quantiles(sample: Sample, question: Question, variable: str) -> tuple[SurveyEstimate, ...]:
    measures = _measures(sample.table, question, [variable], careful=True)
    weight = checked_weight(sample.table, sample.weighed)
    found = quantiles_of(sample.table, measures, shares=question.quantiles, weight=weight, by=question.by)
    sample = sample.over(found.table)
    sums = sums_of(sample, found.measures, by=question.by, design_effects=False)
    points = points_of(sample, found.measures, sums, by=question.by, is_total=False)
    return _answers(question, found.measures.items, sums, points, found)


def _measures(table: Any, question: Question, variables: Sequence[str], *, careful: bool) -> Measures:
    return measures_of(
        table,
        variables,
        statistic=question.statistic,
        denominator=question.denominator,
        missing=question.missing,
        missing_codes=question.missing_codes,
        careful=careful,
    )


def _check(question: Question) -> None:
    if not 0.5 <= question.coverage < 1:
        raise ArgumentInvalid(
            f"A coverage of {question.coverage} makes no interval.",
            where="coverage",
            remedy="Give a number from 0.5 up to, not including, 1.",
        )
    if question.statistic is Statistic.QUANTILE:
        for share in question.quantiles:
            if not 0 < share < 1:
                raise ArgumentInvalid(
                    f"There is no quantile {share:g}.", where="quantiles", remedy="Give shares between 0 and 1."
                )
        if not question.quantiles:
            raise ArgumentInvalid("No quantile was asked for.", where="quantiles", remedy="Give shares, such as 0.5.")


def _answers(
    question: Question, items: Sequence[Measure], sums: DomainSums, points: Points, quantiles: Quantiles | None
) -> tuple[SurveyEstimate, ...]:
    df, clusters = degrees_of_freedom(sums)
    strata = (clusters - df).tolist()
    if points.degrees is not None:
        df = np.minimum(points.degrees, sums.by_domain(sums.count) - 1)
    lonely = lonely_domains(sums)
    # Lists: there are thousands of answers, and a number out of an array costs ten times as much.
    rows, degrees, units = sums.by_domain(sums.count).tolist(), df.tolist(), clusters.tolist()
    weight = sums.by_domain(sums.weight)
    silent = (1 - weight / weight[EVERYBODY]).tolist()
    nothing = [None] * len(sums.cells)
    found = []
    for index, item in enumerate(items):
        group, answered = item.counted, item.answered
        simple = nothing if points.simple is None else points.simple[index].tolist()
        numbers = zip(points.value[index].tolist(), points.variance[index].tolist(), simple, strict=True)
        for domain, (cell, point) in enumerate(zip(sums.cells, numbers, strict=True)):
            known = _Known(
                cell=cell,
                n=rows[group][domain],
                missing=rows[EVERYBODY][domain] - rows[answered][domain],
                missing_share=silent[answered][domain],
                df=degrees[group][domain],
            )
            refusal = _refusal_or_none(
                known,
                observed=rows[answered][domain],
                clusters=units[group][domain],
                strata=strata[group][domain],
                stratum=lonely.get((group, domain)),
                is_given=points.degrees is not None,
            ) or _no_value_or_none(question, known, point)
            if refusal is not None:
                estimate = known.refused(refusal, question)
            elif quantiles is not None:
                estimate = _quantile(question, known, point, quantiles, index, domain)
            else:
                estimate = _estimate(question, known, point)
            found.append(SurveyEstimate(question.statistic, item.variable, item.level, estimate))
    return tuple(found)


_Point = tuple[float, float, float | None]  # value, variance, and that of a simple random sample


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a domain before anything is estimated."""

    cell: Cell
    n: int
    missing: int
    missing_share: float
    df: int

    @property
    def place(self) -> str:
        return self.cell.key or "total"

    def refused(self, refusal: Refusal, question: Question) -> Estimate:
        return Estimate(
            cell=self.cell,
            value=None,
            unit="",
            method=question.statistic,
            n=self.n,
            missing=self.missing,
            missing_share=self.missing_share,
            refusal=refusal.code,
            refusal_text=str(refusal),
            uncertainty=Uncertainty.DESIGN,
        )


def _refusal_or_none(
    known: _Known, *, observed: int, clusters: int, strata: int, stratum: str | None, is_given: bool
) -> Refusal | None:
    """As `survey.refusal_or_none`, from counts."""
    if observed == 0:
        return NothingObserved("Every answer is missing.", where=known.place, remedy="Check the missing codes.")
    if known.n >= 2 and stratum is not None:
        return LonelyStratum(
            f"{stratum_words(stratum)} has one cluster, so its variance cannot be estimated.",
            where=known.place,
            remedy="Join it with a stratum that is alike, or choose a policy for strata with one cluster.",
        )
    if is_given and known.n > 1 and known.df < 1:
        return SampleTooSmall(
            f"The replicate weights of {known.n} answers leave no degree of freedom.",
            where=known.place,
            remedy="Join it with another category or area.",
        )
    if known.n < 2 or known.df < 1:
        return too_small(known.n, clusters=clusters, strata=strata, where=known.place)
    return None


def _no_value_or_none(question: Question, known: _Known, point: _Point) -> Refusal | None:
    value, variance, _ = point
    if not math.isfinite(value):
        return DenominatorZero(
            "The denominator adds up to zero.", where=known.place, remedy="Choose another denominator."
        )
    if math.isnan(variance):
        if question.replicates is not None:
            return SampleTooSmall(
                "A replicate leaves nobody in the domain.",
                where=known.place,
                remedy="Join it with another, or use jkn.",
            )
        return LonelyStratum("Every stratum has one cluster.", where=known.place, remedy="Join strata that are alike.")
    return None


def _quantile(
    question: Question, known: _Known, point: _Point, quantiles: Quantiles, index: int, domain: int
) -> Estimate:
    """Of a quantile, from the share at or below it: that has the point's value and variance."""
    share, variance, _ = point
    t = quantile_of_t(question.coverage, known.df)
    interval = quantiles.distributions[domain].interval(share, math.sqrt(variance), t=t)
    notes = () if interval.se is not None else ("An end of the interval lies beyond the observed values.",)
    return replace(
        _estimate(question, known, (float(quantiles.points[index, domain]), variance, None)),
        se=interval.se,
        low=interval.low,
        high=interval.high,
        notes=notes,
    )


def _estimate(question: Question, known: _Known, point: _Point) -> Estimate:
    value, variance, simple = point
    se = math.sqrt(variance)
    interval = _interval(question, known, value, se)
    return Estimate(
        cell=known.cell,
        value=value,
        unit="",
        method=question.statistic,
        n=known.n,
        se=se,
        low=interval.low,
        high=interval.high,
        coverage=question.coverage,
        uncertainty=Uncertainty.DESIGN,
        missing=known.missing,
        missing_share=known.missing_share,
        df=float(known.df),
        design_effect=variance / simple if simple is not None and simple > 0 else None,
    )


def _interval(question: Question, known: _Known, value: float, se: float) -> Interval:
    if question.statistic is Statistic.PROPORTION:
        share = min(1.0, max(0.0, value))
        return proportion(share, se, n=known.n, df=known.df, coverage=question.coverage, method=question.interval)
    half = quantile_of_t(question.coverage, known.df) * se
    return Interval(value - half, value + half)


@lru_cache(maxsize=4096)
def quantile_of_t(coverage: float, df: int) -> float:
    """As `intervals.t_quantile`, kept: thousands of answers share a few degrees of freedom."""
    return t_quantile(coverage, df)
