"""Quantiles of a weighted distribution with Woodruff's intervals, from one grouped aggregation by domain, cluster and value."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from custodes.evidence.domain_sums import (
    BoolArray,
    DomainSums,
    degrees_of_freedom,
    grouped_keys,
    keyed_rows,
    lonely_domains,
    variances,
)
from custodes.evidence.intervals import t_quantile
from custodes.evidence.measures import EVERYBODY, Measures
from custodes.evidence.survey import FloatArray, IntArray
from custodes.evidence.types import Cell, Design

ANSWERED = 1
TIE = 1e-12  # shares that differ by less are the same: sums of weights carry rounding


@dataclass(frozen=True, slots=True)
class Quantile:
    """One quantile of one domain; se, low and high are None where the interval leaves the observed values."""

    cell: Cell
    share: float
    value: float
    variance: float  # of the share at or below the quantile
    se: float | None
    low: float | None
    high: float | None
    n: int
    missing: int
    missing_share: float
    df: int
    clusters: int
    lonely: str | None


@dataclass(frozen=True, slots=True)
class _Values:
    """The rows of the aggregation with a value: where each lies in the collapsed sample, and its weight, sorted by domain and value."""

    domain: IntArray
    place: IntArray
    value: FloatArray
    weight: FloatArray

    def cumulative(self, domains: int) -> "list[tuple[FloatArray, FloatArray]]":
        """The distinct order of values of each domain with the share of the weight at or below each."""
        ends = np.searchsorted(self.domain, np.arange(domains + 1))
        found = []
        for first, last in pairwise(ends.tolist()):
            added = np.cumsum(self.weight[first:last])
            found.append((self.value[first:last], added / added[-1] if len(added) else added))
        return found


def quantiles_of(
    table: Any, measures: Measures, *, shares: Sequence[float], design: Design, by: Sequence[str], coverage: float
) -> tuple[Quantile, ...]:
    """The smallest value below or at which at least the share of the weight lies, for each share and domain.

    Shapes   measures: of one variable. Returns by share, and within it by domain.
    Units    that of the variable.
    Returns  value; interval: that of the share at the value, by t with df = clusters − strata, carried back through the distribution;
             se = width of the interval ÷ (2·t). Where the interval of the share leaves 0 to 1 there is no interval.
    Refuses  nothing here; callers look at n, df and `lonely` first.
    Source   Woodruff (1952), doi:10.1080/01621459.1952.10483443; the rule is R's `math`, Hyndman & Fan's first.
    Checked  R survey 4.1 svyquantile(qrule = "math", df = degf(design)): tests/reference/analyst_api.toml, 1e-10.
    """
    sums, values = _collapsed(table, measures, design=design, by=by)
    df, clusters = degrees_of_freedom(sums)
    lonely = lonely_domains(sums)
    rows, weight = sums.by_domain(sums.count), sums.by_domain(sums.weight)
    distributions = values.cumulative(len(sums.cells))
    found = []
    for share in shares:
        points = np.array([_at(each, share) for each in distributions])
        below, variance = _share_below(sums, values, points)
        for domain, cell in enumerate(sums.cells):
            degrees = int(df[ANSWERED, domain])
            interval: tuple[float | None, float | None, float | None] = (None, None, None)
            if degrees >= 1:
                half = t_quantile(coverage, degrees)
                interval = _interval(distributions[domain], float(below[domain]), float(variance[domain]), half)
            found.append(
                Quantile(
                    cell,
                    share,
                    float(points[domain]),
                    float(variance[domain]),
                    *interval,
                    n=int(rows[ANSWERED, domain]),
                    missing=int(rows[EVERYBODY, domain] - rows[ANSWERED, domain]),
                    missing_share=float(1 - weight[ANSWERED, domain] / weight[EVERYBODY, domain]),
                    df=degrees,
                    clusters=int(clusters[ANSWERED, domain]),
                    lonely=lonely.get((ANSWERED, domain)),
                )
            )
    return tuple(found)


def _collapsed(table: Any, measures: Measures, *, design: Design, by: Sequence[str]) -> tuple[DomainSums, _Values]:
    """The collapsed sample with everybody and those who answered, and its values."""
    grouped = grouped_keys(table, design=design, by=by, value=measures.items[0].value)
    keys = keyed_rows(grouped, design=design, by=by)
    value = grouped.column("value").to_numpy().astype(np.float64)
    weights, counts = grouped.column("w").to_numpy(), grouped.column("n").to_numpy()
    answered = ~np.isnan(value)
    clusters = len(keys.frame.stratum)
    pairs, place = np.unique(keys.domain * clusters + keys.cluster, return_inverse=True)
    size = len(pairs)
    sums = DomainSums(
        keys.frame,
        keys.cells,
        pairs // clusters,
        pairs % clusters,
        value=np.zeros((1, size)),
        below=None,
        weight=np.stack([np.bincount(place, each, size) for each in (weights, weights * answered)]),
        count=np.stack([np.bincount(place, each, size).astype(np.int64) for each in (counts, counts * answered)]),
        squares=None,
    )
    order = np.lexsort((value, keys.domain))
    order = order[answered[order]]
    return sums, _Values(keys.domain[order], place[order], value[order], weights[order])


def _at(distribution: tuple[FloatArray, FloatArray], share: float) -> float:
    values, cumulative = distribution
    if not len(values):
        return float("nan")
    return float(values[min(int(np.searchsorted(cumulative, share - TIE)), len(values) - 1)])


def _share_below(sums: DomainSums, values: _Values, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The share at or below each domain's point, with its design variance."""
    is_below: BoolArray = values.value <= points[values.domain]
    added = np.bincount(values.place, values.weight * is_below, len(sums.domain))
    weight = sums.weight[ANSWERED]
    whole = sums.by_domain(weight)
    safe = np.where(whole > 0, whole, 1.0)
    share = sums.by_domain(added) / safe
    scores = (added - share[sums.domain] * weight) / safe[sums.domain]
    return share, variances(sums, scores[np.newaxis, :])[0]


def _interval(
    distribution: tuple[FloatArray, FloatArray], share: float, variance: float, t: float
) -> tuple[float | None, float | None, float | None]:
    """Standard error, low and high; an end that would lie outside the distribution is None, and so is the standard error then."""
    half = t * float(np.sqrt(variance))
    low = _at(distribution, share - half) if share - half >= 0 else None
    high = _at(distribution, share + half) if share + half <= 1 else None
    return (None if low is None or high is None else (high - low) / (2 * t)), low, high
