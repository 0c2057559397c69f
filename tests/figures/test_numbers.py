"""Numbers in words in four languages."""

import pytest

from custodes.figures.rules.numbers import (
    decimal_words,
    difference_words,
    estimate_words,
    interval_words,
    is_right_to_left,
    sample_words,
    value_words,
)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "14,948.5"), ("fr", "14\u202f948,5"), ("es", "14.948,5"), ("ar", "14,948.5"), ("en-gb", "14,948.5")],
)
def test_decimal_words_by_language(language: str, words: str) -> None:
    assert decimal_words(14948.5, language=language, decimals=1) == words


@pytest.mark.parametrize(
    ("language", "words"), [("en", "48.3 %"), ("fr", "48,3 %"), ("es", "48,3 %"), ("ar", "48.3 %")]
)
def test_value_words_of_a_proportion_are_per_cent(language: str, words: str) -> None:
    assert value_words(0.483, unit="proportion", language=language) == words


def test_value_words_of_a_count_has_no_decimals() -> None:
    assert value_words(14948.0, unit="count", language="en") == "14,948"


def test_value_words_without_a_value_is_a_dash_and_never_zero() -> None:
    assert value_words(None, unit="proportion", language="en") == "–"
    assert value_words(0.0, unit="proportion", language="en") == "0.0 %"


def test_decimal_words_of_a_rounded_zero_has_no_minus() -> None:
    assert decimal_words(-0.04, language="en", decimals=1) == "0.0"


def test_decimal_words_of_a_negative_number_has_a_true_minus() -> None:
    assert decimal_words(-2.63, language="en", decimals=2) == "\u22122.63"


def test_estimate_words_with_interval() -> None:
    words = estimate_words(0.483, 0.449, 0.517, unit="proportion", language="en")
    assert words == "48.3 % (44.9 to 51.7)"


def test_estimate_words_without_interval_shows_the_value_alone() -> None:
    assert estimate_words(6140, None, None, unit="persons", language="en") == "6,140"


def test_interval_words_needs_both_ends() -> None:
    assert interval_words(0.4, None, unit="proportion", language="en") == ""


def test_difference_words_of_shares_are_points_with_a_sign() -> None:
    assert difference_words(0.098, unit="proportion", language="en") == "+9.8 points"
    assert difference_words(-2.63, unit="rate", language="en", decimals=2) == "\u22122.63"


def test_sample_words_state_the_missing() -> None:
    assert sample_words(1751, 49, language="en") == "n 1,751; 49 without an answer"


@pytest.mark.parametrize(("language", "expected"), [("ar", True), ("ar-eg", True), ("en", False), ("fr", False)])
def test_is_right_to_left(language: str, expected: bool) -> None:
    assert is_right_to_left(language) is expected
