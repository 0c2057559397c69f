"""The analyst's face of the survey core: several variables, any crossing of domains, one call; no web platform needed."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from custodes.evidence.calibrated_variance import calibrated_variances
from custodes.evidence.calibration import CALIBRATED, Calibration, calibrated
from custodes.evidence.columns import MEMBER, with_row_numbers
from custodes.evidence.domain_sums import DomainSums, degrees_of_freedom, domain_sums, lonely_domains, variances
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
from custodes.evidence.quantiles import Quantile, quantiles_of
from custodes.evidence.replicates import ReplicatePlan, made_replicates, replicate_variance, replicated
from custodes.evidence.survey import FloatArray
from custodes.evidence.types import Cell, Design, Estimate, MissingPolicy, Uncertainty


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a sample.

    variables    columns of numbers; columns of text are taken level by level, and a proportion takes every column so.
    denominator  the column below the line, for a ratio alone; quantiles: shares between 0 and 1, for quantiles alone.
    interval     how the interval of a proportion is made; a mean of a text column keeps the symmetric one.
    replicates   replicate weights to make, instead of linearisation; calibration: known totals that the weights are made to meet.
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
    if question.statistic is Statistic.QUANTILE:
        return _quantiles(table, question, design)
    known = None if question.calibration is None else calibrated(table, question.calibration, design=design)
    if known is not None:
        table, design = known.table, replace(design, weight=CALIBRATED)
    measures, sums = _finite_sums(table, question, design)
    points = _points(question, measures.items, sums)
    if known is not None:
        is_total = question.statistic is Statistic.TOTAL
        variance = calibrated_variances(known, measures, sums, design=design, by=question.by, is_total=is_total)
        points = replace(points, variance=variance)
    return _answers(question, measures.items, sums, points)


@dataclass(frozen=True, slots=True)
class SurveySums:
    """All answers of one question, by measure and within it by domain, with the sums that they and their covariances follow from."""

    answers: tuple[SurveyEstimate, ...]
    items: tuple[Measure, ...]
    sums: DomainSums


def estimates_with_sums(table: Any, question: Question, *, design: Design) -> SurveySums:
    """The answers of `estimate_survey` and what covariances need; for means, totals, proportions and ratios under the weights as given."""
    _check(question)
    if question.statistic is Statistic.QUANTILE or question.replicates or question.calibration:
        raise ArgumentInvalid(
            "Quantiles, replicates and calibrated weights have no covariances here.",
            where="statistic",
            remedy="Compare linearised means, totals, proportions or ratios.",
        )
    if design.clusters is None:
        table = with_row_numbers(table)  # each row is a cluster of its own
    measures, sums = _finite_sums(table, question, design)
    points = _points(question, measures.items, sums)
    return SurveySums(_answers(question, measures.items, sums, points), measures.items, sums)


def _finite_sums(table: Any, question: Question, design: Design) -> tuple[Measures, DomainSums]:
    measures, sums = _added_up(table, question, design, careful=False)
    if not (np.isfinite(sums.value).all() and (sums.below is None or np.isfinite(sums.below).all())):
        measures, sums = _added_up(table, question, design, careful=True)
    return measures, sums


def _added_up(table: Any, question: Question, design: Design, *, careful: bool) -> tuple[Measures, DomainSums]:
    """The sums of the question's measures. A careful look at every value costs as much as the sums, and is rarely needed."""
    measures = measures_of(
        table,
        question.variables,
        statistic=question.statistic,
        denominator=question.denominator,
        missing=question.missing,
        missing_codes=question.missing_codes,
        careful=careful,
    )
    effects = question.design_effects
    return measures, domain_sums(table, measures, design=design, by=question.by, design_effects=effects)


def _check(question: Question) -> None:
    if not 0.5 <= question.coverage < 1:
        raise ArgumentInvalid(
            f"A coverage of {question.coverage} makes no interval.",
            where="coverage",
            remedy="Give a number from 0.5 up to, not including, 1.",
        )
    if question.calibration is not None and (question.replicates or question.statistic is Statistic.QUANTILE):
        raise ArgumentInvalid(
            "Calibrated weights go with linearised means, totals, proportions and ratios.",
            where="calibration",
            remedy="Leave out the replicates, or choose another statistic.",
        )
    if question.statistic is Statistic.QUANTILE:
        for share in question.quantiles:
            if not 0 < share < 1:
                raise ArgumentInvalid(
                    f"There is no quantile {share:g}.", where="quantiles", remedy="Give shares between 0 and 1."
                )
        if question.replicates is not None:
            raise ArgumentInvalid(
                "Quantiles have Woodruff's interval, not replicates.", where="replicates", remedy="Leave them out."
            )
        if not question.quantiles:
            raise ArgumentInvalid("No quantile was asked for.", where="quantiles", remedy="Give shares, such as 0.5.")


@dataclass(frozen=True, slots=True)
class _Points:
    """Every value with its variance: (M, D); `simple` is what a simple random sample would have, for the design effect."""

    value: FloatArray
    variance: FloatArray
    simple: FloatArray | None


def _points(question: Question, items: Sequence[Measure], sums: DomainSums) -> _Points:
    is_total = question.statistic is Statistic.TOTAL
    points = _totals(items, sums) if is_total else _ratios(items, sums)
    if question.replicates is None:
        return points
    return replace(points, variance=_replicate_variances(question.replicates, items, sums, is_total=is_total))


def _answers(
    question: Question, items: Sequence[Measure], sums: DomainSums, points: _Points
) -> tuple[SurveyEstimate, ...]:
    df, clusters = degrees_of_freedom(sums)
    rows, weight = sums.by_domain(sums.count), sums.by_domain(sums.weight)
    lonely = lonely_domains(sums)
    found = []
    for index, item in enumerate(items):
        for domain, cell in enumerate(sums.cells):
            group = item.counted
            observed, everybody = int(rows[item.answered, domain]), int(rows[EVERYBODY, domain])
            known = _Known(
                cell=cell,
                n=int(rows[group, domain]),
                missing=everybody - observed,
                missing_share=float(1 - weight[item.answered, domain] / weight[EVERYBODY, domain]),
                df=int(df[group, domain]),
            )
            refusal = _refusal_or_none(
                known, observed=observed, clusters=int(clusters[group, domain]), stratum=lonely.get((group, domain))
            ) or _no_value_or_none(question, known, points, index, domain)
            estimate = (
                _estimate(question, item, known, points, index, domain)
                if refusal is None
                else known.refused(refusal, question)
            )
            found.append(SurveyEstimate(question.statistic, item.variable, item.level, estimate))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a domain before anything is estimated."""

    cell: Cell
    n: int
    missing: int
    missing_share: float
    df: int

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


def _refusal_or_none(known: _Known, *, observed: int, clusters: int, stratum: str | None) -> Refusal | None:
    """As `survey.refusal_or_none`, from counts."""
    place = known.cell.key or "total"
    if observed == 0:
        return NothingObserved("Every answer is missing.", where=place, remedy="Check the missing codes.")
    if known.n >= 2 and stratum is not None:
        return LonelyStratum(
            f"The stratum “{stratum}” has one cluster, so its variance cannot be estimated.",
            where=place,
            remedy="Join it with a stratum that is alike, or choose a policy for strata with one cluster.",
        )
    if known.n < 2 or known.df < 1:
        return SampleTooSmall(
            f"{known.n} answers in {clusters} clusters say nothing of uncertainty.",
            where=place,
            remedy="Join it with another category or area.",
        )
    return None


def _no_value_or_none(question: Question, known: _Known, points: _Points, index: int, domain: int) -> Refusal | None:
    place = known.cell.key or "total"
    if not math.isfinite(points.value[index, domain]):
        return DenominatorZero("The denominator adds up to zero.", where=place, remedy="Choose another denominator.")
    if math.isnan(points.variance[index, domain]):
        if question.replicates is not None:
            return SampleTooSmall(
                "A replicate leaves nobody in the domain.", where=place, remedy="Join it with another, or use jkn."
            )
        return LonelyStratum("Every stratum has one cluster.", where=place, remedy="Join strata that are alike.")
    return None


def _estimate(question: Question, item: Measure, known: _Known, points: _Points, index: int, domain: int) -> Estimate:
    value = float(points.value[index, domain])
    variance = float(points.variance[index, domain])
    se = math.sqrt(variance)
    simple = float(points.simple[index, domain]) if points.simple is not None else 0.0
    if question.statistic is Statistic.PROPORTION:
        share = min(1.0, max(0.0, value))
        interval = proportion(share, se, n=known.n, df=known.df, coverage=question.coverage, method=question.interval)
    else:
        half = quantile_of_t(question.coverage, known.df) * se
        interval = Interval(value - half, value + half)
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
        design_effect=variance / simple if simple > 0 else None,
    )


@lru_cache(maxsize=4096)
def quantile_of_t(coverage: float, df: int) -> float:
    """As `intervals.t_quantile`, kept: thousands of answers share a few degrees of freedom."""
    return t_quantile(coverage, df)


def _ratios(items: Sequence[Measure], sums: DomainSums) -> _Points:
    """Σw·y ÷ Σw·x, where x is 1 for a mean: linearised as (y − r·x) ÷ Σw·x."""
    group = [item.counted for item in items]
    y = sums.by_domain(sums.value)
    x = sums.by_domain(sums.weight)[group] if sums.below is None else sums.by_domain(sums.below)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(x != 0, y / x, np.nan)
    safe = np.where(x != 0, x, 1.0)
    variance = variances(sums, _scores(sums, group, np.nan_to_num(value))) / (safe * safe)
    if sums.squares is None:
        return _Points(value, variance, None)
    yy, xy, xx = sums.squares if sums.below is not None else (sums.squares[0], y, x)
    left = np.maximum(0.0, yy - 2 * value * xy + value * value * xx)
    weight, n = sums.by_domain(sums.weight)[group], sums.by_domain(sums.count)[group]
    with np.errstate(divide="ignore", invalid="ignore"):
        simple = left / weight * n / (n - 1) / n / (safe / weight) ** 2
    return _Points(value, variance, _without_replacement(sums, simple, weight, n))


def _scores(sums: DomainSums, group: Sequence[int], ratios: FloatArray) -> Iterator[FloatArray]:
    """y − r·x of the collapsed rows, one measure after the other; the variance is divided by (Σw·x)² afterwards."""
    lengths = np.diff(np.r_[sums.starts, len(sums.domain)])
    for index, ratio in enumerate(ratios):
        below = sums.weight[group[index]] if sums.below is None else sums.below[index]
        yield sums.value[index] - np.repeat(ratio, lengths) * below


def _totals(items: Sequence[Measure], sums: DomainSums) -> _Points:
    """Σw·y."""
    group = [item.counted for item in items]
    value = sums.by_domain(sums.value)
    variance = variances(sums, sums.value)
    if sums.squares is None:
        return _Points(value, variance, None)
    weight, n = sums.by_domain(sums.weight)[group], sums.by_domain(sums.count)[group]
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.maximum(0.0, sums.squares[0] - value * value / weight)
        simple = left / weight * n / (n - 1) * weight**2 / n
    return _Points(value, variance, _without_replacement(sums, simple, weight, n))


def _replicate_variances(
    plan: ReplicatePlan, items: Sequence[Measure], sums: DomainSums, *, is_total: bool
) -> FloatArray:
    """The variance of every measure in every domain as the spread of its replicates."""
    replicates = made_replicates(sums.frame, plan)
    y = replicated(sums, replicates, sums.value)
    if is_total:
        return replicate_variance(replicates, y)
    group = [item.counted for item in items]
    x = (
        replicated(sums, replicates, sums.weight)[group]
        if sums.below is None
        else replicated(sums, replicates, sums.below)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return replicate_variance(replicates, np.where(x != 0, y / x, np.nan))


def _without_replacement(sums: DomainSums, simple: FloatArray, weight: FloatArray, n: Any) -> FloatArray:
    """Where the design declares its population, the design effect compares with a sample without replacement."""
    if not sums.frame.has_fpc:
        return simple
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > n, simple * (weight - n) / weight, simple)


def _quantiles(table: Any, question: Question, design: Design) -> tuple[SurveyEstimate, ...]:
    found = []
    for variable in question.variables:
        measures = measures_of(
            table,
            [variable],
            statistic=question.statistic,
            denominator=question.denominator,
            missing=question.missing,
            missing_codes=question.missing_codes,
        )
        answers = quantiles_of(
            table,
            measures,
            shares=question.quantiles,
            design=design,
            by=question.by,
            coverage=question.coverage,
        )
        found += [_quantile(question, variable, each) for each in answers]
    return tuple(found)


def _quantile(question: Question, variable: str, found: Quantile) -> SurveyEstimate:
    known = _Known(found.cell, found.n, found.missing, found.missing_share, found.df)
    refusal = _refusal_or_none(known, observed=found.n, clusters=found.clusters, stratum=found.lonely)
    if refusal is None and math.isnan(found.variance):
        refusal = LonelyStratum("Every stratum has one cluster.", where=found.cell.key or "total")
    if refusal is not None:
        estimate = known.refused(refusal, question)
    else:
        estimate = Estimate(
            cell=known.cell,
            value=found.value,
            unit="",
            method=question.statistic,
            n=known.n,
            se=found.se,
            low=found.low,
            high=found.high,
            coverage=question.coverage,
            uncertainty=Uncertainty.DESIGN,
            missing=known.missing,
            missing_share=known.missing_share,
            df=float(known.df),
            notes=() if found.se is not None else ("An end of the interval lies beyond the observed values.",),
        )
    return SurveyEstimate(question.statistic, variable, f"{found.share:g}", estimate)
