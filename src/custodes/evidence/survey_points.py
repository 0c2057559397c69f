"""Values of measures with their variances, by whichever way a sample allows: linearised, by replicates, calibrated, or both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from custodes.evidence.calibrated_variance import calibrated_variances
from custodes.evidence.calibration import CALIBRATED, Calibrated, Calibration, calibrated
from custodes.evidence.columns import with_row_numbers
from custodes.evidence.domain_sums import DomainSums, domain_sums
from custodes.evidence.domain_variances import variances
from custodes.evidence.given_replicates import given_columns, given_degrees, given_scale, given_weights
from custodes.evidence.measures import Measure, Measures
from custodes.evidence.replicate_sums import (
    ReplicateSums,
    calibrated_sums_of_given,
    calibrated_sums_of_made,
    sums_of_given,
    sums_of_made,
)
from custodes.evidence.replicates import Around, ReplicateEstimates, ReplicatePlan, replicate_variance
from custodes.evidence.survey import FloatArray, IntArray
from custodes.evidence.types import Design, LonelyPolicy

WHOLE = "_whole"


@dataclass(frozen=True, slots=True)
class Points:
    """Every value with its variance: (M, D); `simple` is what a simple random sample would have, for the design effect.

    degrees  of freedom of each domain where replicate weights were given; None leaves them to the design.
    replicates  the same values under each replicate's weights, where the variance is their spread.
    """

    value: FloatArray
    variance: FloatArray
    simple: FloatArray | None
    degrees: IntArray | None = None
    replicates: ReplicateEstimates | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A table under its design, with what is done to the weights and to the variance.

    given    columns of replicate weights, where the plan names their prefix; known: the calibration, where one was asked for.
    """

    table: Any
    design: Design
    plan: ReplicatePlan | None
    calibration: Calibration | None
    known: Calibrated | None
    given: tuple[str, ...]

    def over(self, table: Any) -> "Sample":
        """The same sample, with columns that were added to its table."""
        return replace(self, table=table, known=None if self.known is None else replace(self.known, table=table))

    @property
    def weighed(self) -> Design:
        """The design whose weights estimates are made with."""
        design = self.design
        if self.given:  # they hold the design: what is left is one cluster
            design = Design(design.weight, clusters=WHOLE, lonely=LonelyPolicy.CERTAINTY)
        return design if self.known is None else replace(design, weight=CALIBRATED)


def sample_of(table: Any, design: Design, *, plan: ReplicatePlan | None, calibration: Calibration | None) -> Sample:
    """The sample, its weights calibrated. Refuses as `calibrated` and `given_columns` do."""
    given: tuple[str, ...] = ()
    if plan is not None and plan.prefix is not None:
        import ibis  # slow to import

        given = given_columns(table, plan, design=design)
        table = with_row_numbers(table).mutate(**{WHOLE: ibis.literal("all")})
    known = None if calibration is None else calibrated(table, calibration, design=design)
    return Sample(table if known is None else known.table, design, plan, calibration, known, given)


def sums_of(sample: Sample, measures: Measures, *, by: Sequence[str], design_effects: bool) -> DomainSums:
    """The sums of all measures, which are made of the columns of the sample's table. Refuses as `domain_sums` does."""
    return domain_sums(sample.table, measures, design=sample.weighed, by=by, design_effects=design_effects)


def points_of(sample: Sample, measures: Measures, sums: DomainSums, *, by: Sequence[str], is_total: bool) -> Points:
    """The total or the ratio of each measure with its variance. Refuses as `made_replicates`, `given_scale` and `solved` do."""
    points = _totals(measures.items, sums) if is_total else _ratios(measures.items, sums)
    if sample.plan is not None:
        found, degrees = _replicate_sums(sample, measures, sums, by=by)
        estimates = ReplicateEstimates(_estimates(found, measures.items, is_total=is_total), found.scale)
        centre = points.value if sample.plan.around is Around.ESTIMATE else None
        variance = replicate_variance(found.scale, estimates.value, centre=centre)
        points = replace(points, variance=variance, degrees=degrees, replicates=estimates)
    elif sample.known is not None:
        variance = calibrated_variances(sample.known, measures, sums, design=sample.weighed, by=by, is_total=is_total)
        points = replace(points, variance=variance)
    return points


def _replicate_sums(
    sample: Sample, measures: Measures, sums: DomainSums, *, by: Sequence[str]
) -> tuple[ReplicateSums, IntArray | None]:
    plan, known, calibration = sample.plan, sample.known, sample.calibration
    assert plan is not None  # the caller has looked
    if not sample.given:
        if known is None or calibration is None:
            return sums_of_made(sums, plan), None
        made = calibrated_sums_of_made(
            known, measures, sums, plan=plan, calibration=calibration, design=sample.design, by=by
        )
        return made, None
    scale = given_scale(plan, len(sample.given))
    weights = given_weights(sample.table, plan, sample.given, weight=str(sample.design.weight))
    degrees = given_degrees(sample.table, weights, by=by, cells=sums.cells)
    if known is None or calibration is None:
        return sums_of_given(sample.table, measures, sums, weights=weights, scale=scale, by=by), degrees
    found = calibrated_sums_of_given(
        known, measures, sums, weights=weights, scale=scale, calibration=calibration, by=by
    )
    return found, degrees


def _estimates(found: ReplicateSums, items: Sequence[Measure], *, is_total: bool) -> FloatArray:
    """Every measure in every domain under each replicate's weights; not a number where a replicate has nobody."""
    if is_total:
        return found.value
    x = found.weight[[item.counted for item in items]] if found.below is None else found.below
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x != 0, found.value / x, np.nan)


def _ratios(items: Sequence[Measure], sums: DomainSums) -> Points:
    """Σw·y ÷ Σw·x, where x is 1 for a mean: linearised as (y − r·x) ÷ Σw·x."""
    group = [item.counted for item in items]
    y = sums.by_domain(sums.value)
    x = sums.by_domain(sums.weight)[group] if sums.below is None else sums.by_domain(sums.below)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(x != 0, y / x, np.nan)
    safe = np.where(x != 0, x, 1.0)
    variance = variances(sums, _scores(sums, group, np.nan_to_num(value))) / (safe * safe)
    if sums.squares is None:
        return Points(value, variance, None)
    yy, xy, xx = sums.squares if sums.below is not None else (sums.squares[0], y, x)
    left = np.maximum(0.0, yy - 2 * value * xy + value * value * xx)
    weight, n = sums.by_domain(sums.weight)[group], sums.by_domain(sums.count)[group]
    with np.errstate(divide="ignore", invalid="ignore"):
        simple = left / weight * n / (n - 1) / n / (safe / weight) ** 2
    return Points(value, variance, _without_replacement(sums, simple, weight, n))


def _scores(sums: DomainSums, group: Sequence[int], ratios: FloatArray) -> Iterator[FloatArray]:
    """y − r·x of the collapsed rows, one measure after the other; the variance is divided by (Σw·x)² afterwards."""
    lengths = np.diff(np.r_[sums.starts, len(sums.domain)])
    for index, ratio in enumerate(ratios):
        below = sums.weight[group[index]] if sums.below is None else sums.below[index]
        yield sums.value[index] - np.repeat(ratio, lengths) * below


def _totals(items: Sequence[Measure], sums: DomainSums) -> Points:
    """Σw·y."""
    group = [item.counted for item in items]
    value = sums.by_domain(sums.value)
    variance = variances(sums, sums.value)
    if sums.squares is None:
        return Points(value, variance, None)
    weight, n = sums.by_domain(sums.weight)[group], sums.by_domain(sums.count)[group]
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.maximum(0.0, sums.squares[0] - value * value / weight)
        simple = left / weight * n / (n - 1) * weight**2 / n
    return Points(value, variance, _without_replacement(sums, simple, weight, n))


def _without_replacement(sums: DomainSums, simple: FloatArray, weight: FloatArray, n: Any) -> FloatArray:
    """Where the design declares its population, the design effect compares with a sample without replacement."""
    if not sums.frame.has_fpc:
        return simple
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > n, simple * (weight - n) / weight, simple)
