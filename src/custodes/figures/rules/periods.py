"""Periods in words: `November 2025`, `Jan–Jun 2026`, by language."""

import calendar
from datetime import date
from functools import lru_cache

from django.utils import translation
from django.utils.translation import gettext

from custodes.evidence.types import Period, PeriodKind
from custodes.figures.rules.numbers import base_language


def period_words(period: Period, *, language: str) -> str:
    """What a reader calls the span of days: a day, a month, a quarter, a year, a fiscal year, or from–to."""
    start, end = period.start, period.end
    if start == end:
        return day_words(start, language=language)
    if period.kind is PeriodKind.FISCAL_YEAR and start.year != end.year:
        return f"{start.year}/{end.year % 100:02d}"
    if (start.year, start.month) == (end.year, end.month):
        return month_words(start, language=language)
    if _is_whole_months(start, end):
        if start.month == 1 and end.month == 12:
            return str(start.year) if start.year == end.year else f"{start.year}–{end.year}"
        if period.kind is PeriodKind.QUARTER:
            return _skeleton(start, "yQQQ", language)
    return _from_to(start, end, "yMMM" if _is_whole_months(start, end) else "yMMMd", language)


def month_words(day: date, *, language: str) -> str:
    """`November 2025`."""
    return _skeleton(day, "yMMMM", language)


def day_words(day: date, *, language: str) -> str:
    """`30 June 2026`."""
    from babel.dates import format_date  # slow to import, and not needed by every command

    pattern = "d MMMM y" if base_language(language) in {"en", "ar"} else "long"
    return str(format_date(day, format=pattern, locale=base_language(language)))


def as_of_words(day: date, *, language: str) -> str:
    """`on 30 June 2026`, for what is true on one day."""
    with translation.override(language):
        return str(gettext("on %(day)s") % {"day": day_words(day, language=language)})


def _is_whole_months(start: date, end: date) -> bool:
    return start.day == 1 and end.day == calendar.monthrange(end.year, end.month)[1]


@lru_cache(maxsize=4096)
def _skeleton(day: date, skeleton: str, language: str) -> str:
    from babel.dates import format_skeleton

    return str(format_skeleton(skeleton, day, locale=base_language(language)))


def _from_to(start: date, end: date, skeleton: str, language: str) -> str:
    from babel.dates import format_interval

    words = str(format_interval(start, end, skeleton, locale=base_language(language)))
    return words.replace("\u2009–\u2009", "–").replace(" – ", "–")
