"""Readings in plain NumPy, apart from the library under test: weighted shares with Taylor standard errors, and sums of reports."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

DONT_KNOW = 9


@dataclass(frozen=True)
class Share:
    value: float
    se: float
    n: int
    deff: float

    def differs_from(self, other: "Share") -> bool:
        """Whether two independent samples differ by more than two standard errors of their difference."""
        return abs(self.value - other.value) > 1.96 * float(np.hypot(self.se, other.se))


def column(table: pa.Table, name: str) -> np.ndarray:
    """A column as an array; an empty number is nan."""
    values = table[name].to_pylist()
    if all(value is None or isinstance(value, int | float) for value in values):
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    return np.array(values)


def survey_share(
    table: pa.Table,
    name: str,
    positive: tuple[int, ...],
    *,
    unknown_counts: bool = False,
    among: np.ndarray | None = None,
) -> Share:
    """The weighted share of positive answers, with the standard error of the design (strata, clusters, with replacement)."""
    answers, weight = column(table, name), column(table, "weight")
    counted = ~np.isnan(answers) & (np.ones(len(answers), bool) if among is None else among)
    if not unknown_counts:
        counted &= answers != DONT_KNOW
    good = np.isin(answers, positive) & counted
    below = float((weight * counted).sum())
    value = float((weight * good).sum()) / below
    scores = weight * counted * (good - value) / below
    variance = 0.0
    strata, clusters = column(table, "stratum"), column(table, "area")
    for stratum in np.unique(strata):
        inside = strata == stratum
        _, which = np.unique(clusters[inside], return_inverse=True)
        sums = np.bincount(which, scores[inside])
        variance += len(sums) / (len(sums) - 1) * float(((sums - sums.mean()) ** 2).sum())
    n = int(counted.sum())
    return Share(value, variance**0.5, n, variance / (value * (1 - value) / n))


def total(table: pa.Table, name: str, where: Callable[[dict[str, object]], bool] = lambda row: True) -> float:
    """The sum of a column over the rows that count."""
    return float(sum(row[name] for row in table.to_pylist() if where(row)))
