"""When a row speaks of: dates and periods as offices write them. An ambiguous date is never guessed."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

DATE_ORDERS = ("dmy", "mdy", "ymd")
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTHS_OF = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_PART = re.compile(r"^(\d{4})[-\s]?(Q[1-4]|H[12]|S[12])$", re.IGNORECASE)
_NUMERIC = re.compile(r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$")
_WORDS = re.compile(r"^(\d{1,2})[ -]([A-Za-z]{3,9})[ -](\d{4})$")
_MONTH_WORD = re.compile(r"^([A-Za-z]{3,9})[ -](\d{4})$")
_YEAR_MONTH = re.compile(r"^(\d{4})[-/](\d{1,2})$")


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day."""

    start: date
    end: date


@lru_cache(maxsize=50_000)
def span_or_none(text: str, date_order: str = "", period_kind: str = "") -> Span | None:
    """The days that a text means: 2023, 2023-05, 2023-Q2, 2023-H1, 2023-05-07, with a time, 7 May 2023, May 2023; None where it means none.

    period_kind widens a single day to the month, quarter, half-year or year that holds it.
    Days like 03/04/2023 need the order that a person declared; without it they are None, unless one number is above 12.
    """
    span = _span_or_none(text.strip(), date_order)
    return _widened(span, period_kind) if span and span.start == span.end and period_kind else span


def covered_span(starts: date | None, ends: date | None, released: str) -> Span | None:
    """What a list of events from the first to the last covers: a source that is released by whole months or years is silent for none of them."""
    if starts is None or ends is None:
        return None
    first, last = Span(starts, starts), Span(ends, ends)
    return Span(_widened(first, released).start, _widened(last, released).end)


def _widened(span: Span, period_kind: str) -> Span:
    months = _MONTHS_OF.get(period_kind)
    if months is None:
        return span
    return _months(span.start.year, (span.start.month - 1) // months * months + 1, months)


def _span_or_none(text: str, date_order: str) -> Span | None:
    try:
        if len(text) == 4 and text.isdecimal():
            return Span(date(int(text), 1, 1), date(int(text), 12, 31))
        if found := _YEAR_MONTH.match(text):
            return _months(int(found[1]), int(found[2]), 1)
        if found := _PART.match(text):
            number, months = int(found[2][1]), 3 if found[2][0] in "qQ" else 6
            return _months(int(found[1]), (number - 1) * months + 1, months)
        if found := _NUMERIC.match(text):
            return _numeric(int(found[1]), int(found[2]), int(found[3]), date_order)
        if found := _WORDS.match(text):
            return _day(int(found[3]), _MONTHS.get(found[2].lower(), 0), int(found[1]))
        if found := _MONTH_WORD.match(text):
            return _months(int(found[2]), _MONTHS.get(found[1].lower(), 0), 1)
        moment = datetime.fromisoformat(text).date()
        return Span(moment, moment)
    except ValueError:
        return None


def is_ambiguous_date(text: str) -> bool:
    """Whether day and month could be exchanged: 03/04/2023."""
    found = _NUMERIC.match(text.strip())
    return bool(found and int(found[1]) <= 12 and int(found[2]) <= 12 and found[1] != found[2])


def _numeric(first: int, second: int, year: int, date_order: str) -> Span | None:
    if date_order == "mdy":
        return _day(year, first, second)
    if date_order == "dmy" or first > 12 or first == second:
        return _day(year, second, first)
    return _day(year, first, second) if second > 12 else None


def _day(year: int, month: int, day: int) -> Span:
    return Span(date(year, month, day), date(year, month, day))


def _months(year: int, month: int, count: int) -> Span:
    last = month + count - 1
    return Span(date(year, month, 1), date(year, last, monthrange(year, last)[1]))
