"""Periods in words."""

from datetime import date

import pytest

from custodes.evidence.types import Light, Period, PeriodKind
from custodes.figures.rules.lights import MARKS, light_mark, light_words
from custodes.figures.rules.periods import as_of_words, period_words


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "November 2025"), ("fr", "novembre 2025"), ("es", "noviembre de 2025"), ("ar", "نوفمبر 2025")],
)
def test_period_words_of_a_month_by_language(language: str, words: str) -> None:
    assert period_words(Period(date(2025, 11, 1), date(2025, 11, 30), PeriodKind.MONTH), language=language) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Jan–Jun 2026"), ("fr", "janv.–juin 2026"), ("es", "ene–jun 2026"), ("ar", "يناير–يونيو 2026")],
)
def test_period_words_of_half_a_year_by_language(language: str, words: str) -> None:
    assert period_words(Period(date(2026, 1, 1), date(2026, 6, 30), PeriodKind.ROUND), language=language) == words


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(date(2025, 1, 1), date(2025, 12, 31), PeriodKind.YEAR), "2025"),
        (Period(date(2025, 7, 1), date(2026, 6, 30), PeriodKind.FISCAL_YEAR), "2025/26"),
        (Period(date(2025, 10, 1), date(2025, 12, 31), PeriodKind.QUARTER), "Q4 2025"),
        (Period(date(2026, 6, 30), date(2026, 6, 30), PeriodKind.DAY), "30 June 2026"),
        (Period(date(2025, 11, 3), date(2025, 11, 28), PeriodKind.ROUND), "November 2025"),
        (Period(date(2018, 1, 1), date(2022, 12, 31), PeriodKind.MANDATE), "2018–2022"),
    ],
)
def test_period_words_by_kind(period: Period, words: str) -> None:
    assert period_words(period, language="en") == words


def test_as_of_words_name_the_day() -> None:
    assert as_of_words(date(2026, 6, 30), language="en") == "on 30 June 2026"


def test_lights_have_a_mark_and_a_word_each_and_no_two_share_one() -> None:
    assert [light_mark(light) for light in Light] == ["●", "▲", "■", "○", "–"]
    assert len({light_words(light, language="en") for light in Light}) == len(MARKS)


def test_light_words_of_cannot_tell_name_what_is_still_possible() -> None:
    words = light_words(Light.CANNOT_TELL, possible=[Light.AT_RISK, Light.ON_TRACK], language="en")
    assert words == "cannot tell (at risk or on track)"
