"""Which figures make one series: of one source and of one kind of period. A month is not compared with a year."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from custodes.evidence.types import PeriodKind
from custodes.indicators.rules.figures import Figure

FREQUENCIES = {
    "daily": PeriodKind.DAY, "monthly": PeriodKind.MONTH, "quarterly": PeriodKind.QUARTER, "yearly": PeriodKind.YEAR,
    "annual": PeriodKind.YEAR, "annually": PeriodKind.YEAR,
}  # fmt: skip


class Dated(Protocol):
    """Anything that speaks of a period: a figure, or the newest period of a kind."""

    @property
    def period_kind(self) -> str: ...
    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date: ...


@dataclass(frozen=True, slots=True)
class NewestPeriod:
    """The newest period of one kind that a series has."""

    period_kind: str
    start: date
    end: date


def headline_kind(figures: Sequence[Dated], *, frequency: str) -> str:
    """The kind of period that speaks for an indicator: that of its stated frequency, or else that of the newest figure, the longest first."""
    kinds = {figure.period_kind for figure in figures}
    stated = FREQUENCIES.get(frequency.strip().lower())
    if stated in kinds:
        return str(stated)
    newest = max(figures, key=lambda figure: (figure.end, (figure.end - figure.start).days), default=None)
    return newest.period_kind if newest else ""


def headline_series(figures: Iterable[Figure], *, frequency: str) -> tuple[Figure, ...]:
    """The figures of the kind of period that speaks for the indicator, oldest first."""
    known = tuple(figures)
    kind = headline_kind(known, frequency=frequency)
    return in_order(figure for figure in known if figure.period_kind == kind)


def in_order(figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """Oldest first; of one period the earlier version of the definition first."""
    return tuple(sorted(figures, key=lambda figure: (figure.end, figure.definition_version)))


def by_kind(figures: Iterable[Figure]) -> dict[str, list[Figure]]:
    """Figures by kind of period."""
    found: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        found[figure.period_kind].append(figure)
    return dict(found)
