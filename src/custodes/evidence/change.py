"""The change between two figures of one series, and whether it is more than chance."""

import math
from dataclasses import dataclass
from datetime import date

from custodes.evidence.errors import ArgumentInvalid, BreakInSeries, NothingObserved
from custodes.evidence.intervals import symmetric
from custodes.evidence.types import Estimate, Period, Uncertainty


@dataclass(frozen=True, slots=True)
class Change:
    """after − before. is_established: the interval leaves out zero; None where nothing was sampled, so that no interval exists."""

    value: float
    unit: str
    se: float | None
    low: float | None
    high: float | None
    coverage: float | None
    df: float | None
    is_established: bool | None


def change(
    before: Estimate,
    after: Estimate,
    *,
    covariance: float = 0.0,
    before_period: Period | None = None,
    after_period: Period | None = None,
    breaks: tuple[date, ...] = (),
    coverage: float = 0.95,
) -> Change:
    """The difference between two estimates, with its uncertainty.

    Shapes   covariance: from clusters that both share (`Crossing.covariance`), 0 for independent samples.
    Returns  se² = s₁² + s₂² − 2·cov; t interval, degrees of freedom by Satterthwaite where independent, else the smaller of the two.
    Refuses  BreakInSeries where a break lies between the periods (I6); NothingObserved where one has no value; ArgumentInvalid for two methods.
    Source   Lumley (2010), Complex Surveys, ch. 2; Satterthwaite (1946), doi:10.2307/3002019.
    Checked  R survey svycontrast(), methods.md §1, in tests/evidence/test_gaps_and_changes.py.
    """
    if (before.method, before.unit) != (after.method, after.unit):
        raise ArgumentInvalid(
            f"{before.method} in {before.unit} and {after.method} in {after.unit} are not one series.",
            where="change",
            remedy="Compare readings of one indicator.",
        )
    _check_no_break(before_period, after_period, breaks)
    if before.value is None or after.value is None:
        missing = before if before.value is None else after
        raise NothingObserved(f"One of the two has no value: {missing.refusal_text}", where="change")
    value = after.value - before.value
    if before.uncertainty is not Uncertainty.DESIGN or before.se is None or after.se is None:
        return Change(value, after.unit, None, None, None, None, None, None)
    variance = before.se**2 + after.se**2 - 2 * covariance
    if variance < -1e-12 * (before.se**2 + after.se**2):
        raise ArgumentInvalid("The covariance is larger than the variances allow.", where="change, covariance")
    se, df = math.sqrt(max(0.0, variance)), _degrees_of_freedom(before, after, covariance)
    interval = symmetric(value, se, coverage=coverage, df=df)
    is_established = not interval.low <= 0 <= interval.high
    return Change(value, after.unit, se, interval.low, interval.high, coverage, df, is_established)


def _check_no_break(before: Period | None, after: Period | None, breaks: tuple[date, ...]) -> None:
    if breaks and (before is None or after is None):
        raise ArgumentInvalid("A series with a break needs the periods.", where="change", remedy="Give both periods.")
    if before is None or after is None:
        return
    first, last = sorted((before, after))
    for day in sorted(breaks):
        if first.start < day <= last.end:
            raise BreakInSeries(
                f"The series broke on {day.isoformat()}; figures before and after it are not comparable.",
                where="change",
                remedy="Compare periods on one side of it.",
            )


def _degrees_of_freedom(before: Estimate, after: Estimate, covariance: float) -> float | None:
    if before.df is None or after.df is None:
        return None
    if covariance or not (before.se and after.se):
        return min(before.df, after.df)
    first, second = (before.se or 0.0) ** 2, (after.se or 0.0) ** 2
    return (first + second) ** 2 / (first**2 / before.df + second**2 / after.df)
