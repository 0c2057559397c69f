"""The equity gap: how far apart the best and the worst served groups are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.errors import SampleTooSmall
from custodes.evidence.intervals import t_quantile
from custodes.evidence.types import Cell, Direction, Estimate, Uncertainty

SMALLEST_GROUP = 30


@dataclass(frozen=True, slots=True)
class Gap:
    """Largest less smallest value, and worst ÷ best, with the groups they belong to.

    worst and best follow the direction; without one, best is the larger. left_out: groups too small or refused.
    The intervals speak of these two groups; they do not know that the two were picked for being extreme.
    """

    value: float
    ratio: float | None
    best: Cell
    worst: Cell
    groups: tuple[Cell, ...]
    left_out: tuple[Cell, ...]
    se: float | None = None
    low: float | None = None
    high: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    coverage: float | None = None


def equity_gap(
    estimates: Sequence[Estimate],
    *,
    covariance: NDArray[np.float64] | None = None,
    direction: Direction = Direction.UP,
    smallest_group: int = SMALLEST_GROUP,
    coverage: float = 0.95,
) -> Gap:
    """The gap over the groups that are large enough, with intervals by linearisation.

    Shapes   estimates of one crossing; covariance: `Crossing.covariance()` in the same order, None for independent groups.
    Units    the estimates' unit; the ratio has none (its interval is symmetric on the log scale).
    Refuses  SampleTooSmall where fewer than two groups are large enough.
    Source   domain.md §5; Lumley (2010), Complex Surveys, ch. 2 (linear combination and delta method).
    Checked  against change() and R survey's by-group covariance; tests/evidence/test_gaps_and_changes.py.
    """
    named = [index for index, each in enumerate(estimates) if each.value is not None and each.n >= smallest_group]
    left_out = tuple(each.cell for index, each in enumerate(estimates) if index not in named)
    if len(named) < 2:
        raise SampleTooSmall(
            f"{len(named)} groups have {smallest_group} answers or more; a gap needs two.",
            where="gap",
            remedy="Join groups, or look at a longer period.",
        )
    values = {index: estimates[index].value or 0.0 for index in named}
    largest, smallest = max(named, key=lambda index: values[index]), min(named, key=lambda index: values[index])
    best, worst = (smallest, largest) if direction is Direction.DOWN else (largest, smallest)
    gap = values[largest] - values[smallest]
    ratio = values[worst] / values[best] if values[best] else None
    known = Gap(
        value=gap,
        ratio=ratio,
        best=estimates[best].cell,
        worst=estimates[worst].cell,
        groups=tuple(estimates[index].cell for index in named),
        left_out=left_out,
    )
    first, second = estimates[worst], estimates[best]
    if first.uncertainty is not Uncertainty.DESIGN or first.se is None or second.se is None:
        return known
    shared = 0.0 if covariance is None else float(covariance[worst, best])
    return _with_intervals(known, first, second, shared, coverage)


def _with_intervals(gap: Gap, worst: Estimate, best: Estimate, shared: float, coverage: float) -> Gap:
    df = None if worst.df is None or best.df is None else min(worst.df, best.df)
    t = t_quantile(coverage, df)
    first, second = (worst.se or 0.0) ** 2, (best.se or 0.0) ** 2
    se = math.sqrt(max(0.0, first + second - 2 * shared))
    a, b = worst.value or 0.0, best.value or 0.0
    ratio_low = ratio_high = None
    if gap.ratio is not None and gap.ratio > 0:
        log_se = math.sqrt(max(0.0, first / a**2 + second / b**2 - 2 * shared / (a * b)))
        ratio_low, ratio_high = gap.ratio * math.exp(-t * log_se), gap.ratio * math.exp(t * log_se)
    return Gap(
        gap.value,
        gap.ratio,
        gap.best,
        gap.worst,
        gap.groups,
        gap.left_out,
        se,
        gap.value - t * se,
        gap.value + t * se,
        ratio_low,
        ratio_high,
        coverage,
    )
