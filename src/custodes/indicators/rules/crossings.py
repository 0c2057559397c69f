"""Which splits of a figure were asked for: `area:2` is the area of level 2, anything else a category column."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.types import Period, PeriodKind

_AREA = re.compile(r"area:([0-9])$")
Crossing = tuple[str, ...]


def area_level_or_none(column: str) -> int | None:
    """2 for `area:2`, None for a category column."""
    found = _AREA.match(column)
    return int(found[1]) if found else None


def levels_in(crossings: Iterable[Sequence[str]]) -> tuple[int, ...]:
    """The levels of area that any of the crossings asks for."""
    levels = {area_level_or_none(column) for crossing in crossings for column in crossing}
    return tuple(sorted(level for level in levels if level is not None))


def crossings_from_text(text: str) -> tuple[Crossing, ...]:
    """`sex; sex, urban; area:2` as crossings, each once. Raises ArgumentInvalid where one names two levels of area or a column twice."""
    crossings: list[Crossing] = []
    for part in text.replace("\n", ";").split(";"):
        columns = tuple(sorted(piece.strip() for piece in part.split(",") if piece.strip()))
        if not columns or columns in crossings:
            continue
        if len(levels_in([columns])) > 1 or len(set(columns)) < len(columns):
            raise ArgumentInvalid(
                f"“{part.strip()}” names an area or a column twice.",
                where="split by",
                remedy="Write each column once, and one level of area, as in: area:2, sex",
            )
        crossings.append(columns)
    return tuple(crossings)


def text_from_crossings(crossings: Iterable[Sequence[str]]) -> str:
    """The opposite of `crossings_from_text`."""
    return "; ".join(", ".join(crossing) for crossing in crossings)


def periods_between(start: date, end: date, every: PeriodKind) -> tuple[Period, ...]:
    """The whole months, quarters, years or days that lie between two days, both included; the span itself where nothing else is asked for."""
    lengths = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}
    if every is PeriodKind.DAY:
        return tuple(
            Period(start + timedelta(days=day), start + timedelta(days=day), every)
            for day in range((end - start).days + 1)
        )
    months = lengths[every]
    first = start.year * 12 + start.month - 1
    first += 0 if start.day == 1 else 1
    periods: list[Period] = []
    position = -(-first // months) * months
    while True:
        opening, following = _first_day(position), _first_day(position + months)
        if following - timedelta(days=1) > end:
            return tuple(periods)
        periods.append(Period(opening, following - timedelta(days=1), every))
        position += months


def _first_day(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


def period_label(period: Period) -> str:
    """The text by which `evidence.tables.with_period` calls a period: 2025-03-09, 2025-03, 2025-Q1, 2025."""
    day = period.start
    match period.kind:
        case PeriodKind.DAY:
            return day.isoformat()
        case PeriodKind.MONTH:
            return f"{day.year}-{day.month:02d}"
        case PeriodKind.QUARTER:
            return f"{day.year}-Q{(day.month - 1) // 3 + 1}"
        case _:
            return str(day.year)
