"""Quantiles of a weighted distribution with Woodruff's intervals: the share at or below a quantile is a mean, whose interval is carried back."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from custodes.evidence.columns import with_row_numbers
from custodes.evidence.domain_sums import domain_keys, domains_of, grouped_sums
from custodes.evidence.measures import Measure, Measures
from custodes.evidence.survey import FloatArray, IntArray
from custodes.evidence.types import Cell

ANSWERED = 1
TIE = 1e-12  # shares that differ by less are the same: sums of weights carry rounding


@dataclass(frozen=True, slots=True)
class QuantileInterval:
    """An end that would lie outside the distribution is None, and so is the standard error then."""

    se: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """The observed values of one domain in their order, with the share of the weight at or below each."""

    values: FloatArray
    cumulative: FloatArray

    def at(self, share: float) -> float:
        """The smallest value at or below which at least the share lies."""
        if not len(self.values):
            return float("nan")
        return float(self.values[min(int(np.searchsorted(self.cumulative, share - TIE)), len(self.values) - 1)])

    def interval(self, share: float, se: float, *, t: float) -> QuantileInterval:
        """The interval of a quantile from that of the share at or below it."""
        low = self.at(share - t * se) if share - t * se >= 0 else None
        high = self.at(share + t * se) if share + t * se <= 1 else None
        return QuantileInterval(None if low is None or high is None else (high - low) / (2 * t), low, high)


@dataclass(frozen=True, slots=True)
class Quantiles:
    """The quantiles of one variable: points (S, D) with the distribution of each domain.

    table, measures  the share at or below each point, to be estimated as a mean over the rows that answered.
    """

    cells: tuple[Cell, ...]
    distributions: tuple[Distribution, ...]
    points: FloatArray
    table: Any
    measures: Measures


def quantiles_of(
    table: Any, measures: Measures, *, shares: Sequence[float], weight: Any, by: Sequence[str]
) -> Quantiles:
    """The smallest value at or below which at least the share of the weight lies, for each share and domain.

    Shapes   measures: of one variable; weight: an expression, None where every row counts 1. One aggregation by domain and value.
    Units    that of the variable.
    Returns  the points, and the mean whose variance gives Woodruff's interval: that of the share at the point, carried back through the
             distribution; se = width of the interval ÷ (2·t). Where the interval of the share leaves 0 to 1 there is no interval.
    Refuses  nothing here; callers look at n and df first.
    Source   Woodruff (1952), doi:10.1080/01621459.1952.10483443; the rule is R's `math`, Hyndman & Fan's first.
    Checked  R survey 4.1 svyquantile(qrule = "math", df = degf(design)): tests/reference/analyst_*.toml, 1e-10.
    """
    (item,) = measures.items
    table = with_row_numbers(table)
    grouped = grouped_sums(
        table, Measures((), (None,)), weights=[weight], design=None, by=by, also={"value": item.value}
    )
    cells, domain = domains_of(grouped, by)
    value = grouped.column("value").to_numpy().astype(np.float64)
    weights = grouped.column("w_0@0").to_numpy()
    order = np.lexsort((value, domain))
    order = order[~np.isnan(value[order])]
    ends = np.searchsorted(domain[order], np.arange(len(cells) + 1))
    distributions = tuple(
        _distribution(value[order[first:last]], weights[order[first:last]]) for first, last in pairwise(ends.tolist())
    )
    points = np.array([[each.at(share) for each in distributions] for share in shares])
    columns = {f"_point_{index}": row for index, row in enumerate(points)}
    joined = _with_columns(table.mutate(_value=item.value), grouped, domain, columns, by=by)
    answered = joined["_value"].notnull() & ~joined["_value"].isnan()
    items = tuple(
        Measure(
            item.variable,
            f"{share:g}",
            answered.ifelse((joined["_value"] <= joined[name]).ifelse(1.0, 0.0), None),
            ANSWERED,
            ANSWERED,
            is_level=True,
        )
        for share, name in zip(shares, columns, strict=True)
    )
    return Quantiles(cells, distributions, points, joined, Measures(items, (None, answered)))


def _distribution(values: FloatArray, weights: FloatArray) -> Distribution:
    added = np.cumsum(weights)
    return Distribution(values, added / added[-1] if len(added) else added)


def _with_columns(
    table: Any, grouped: Any, domain: IntArray, columns: dict[str, FloatArray], *, by: Sequence[str]
) -> Any:
    """The table with numbers of its domains beside each row; the keys are those that the engine gave, so that each row finds its own."""
    import ibis  # slow to import
    import pyarrow

    if not by:
        return table.mutate(**{name: ibis.literal(float(numbers[0])) for name, numbers in columns.items()})
    _, first = np.unique(domain, return_index=True)
    keys = {f"_at_{index}": grouped.column(f"category_{index}").take(first) for index in range(len(by))}
    beside = ibis.memtable(pyarrow.table(keys | {name: pyarrow.array(row) for name, row in columns.items()}))
    here = {f"_key_{index}": key for index, key in enumerate(domain_keys(table, by).values())}
    table = table.mutate(**here)
    same = [table[name].identical_to(beside[at]) for name, at in zip(here, keys, strict=True)]
    return table.join(beside, same)
