"""Numbers in words, by language. Proportions are 0 to 1 inside and become per cent only here.

Digits are 0–9 in every language, so that a figure on an Arabic page is the figure in the CSV; the decimal sign and the
grouping follow the language.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.utils import translation
from django.utils.translation import gettext, ngettext

RTL_LANGUAGES = frozenset({"ar", "fa", "he", "ur"})
PERCENT_UNITS = frozenset({"proportion", "percent", "percentage", "share"})
WHOLE_UNITS = frozenset({"count", "persons", "events", "deaths", "stage", "deaths per event"})
MINUS = "\u2212"
LEFT_TO_RIGHT_MARK = "\u200e"  # keeps a sign on the left of its number inside right-to-left text


@dataclass(frozen=True, slots=True)
class NumberSigns:
    """The decimal and grouping signs of a language."""

    decimal: str
    group: str


SIGNS = {
    "en": NumberSigns(".", ","),
    "fr": NumberSigns(",", "\u202f"),
    "es": NumberSigns(",", "."),
    "ar": NumberSigns(".", ","),
}


def is_right_to_left(language: str) -> bool:
    """Whether pages in this language read from right to left."""
    return base_language(language) in RTL_LANGUAGES


def base_language(language: str) -> str:
    """`fr` from `fr-sn`; English where we have no signs for the language."""
    base = language.replace("_", "-").split("-")[0].lower()
    return base if base in SIGNS or base in RTL_LANGUAGES else "en"


def is_percent(unit: str) -> bool:
    """Whether values of this unit are stored as 0 to 1 and shown per cent."""
    return unit in PERCENT_UNITS


def default_decimals(unit: str) -> int:
    """Decimals that a unit is shown with when nobody asks for others."""
    return 0 if unit in WHOLE_UNITS else 1


@lru_cache(maxsize=10_000)
def decimal_words(value: float, *, language: str, decimals: int = 1) -> str:
    """`12,345.7`, with the signs of the language, a true minus, and no minus before a rounded zero.

    Kept, because one page writes the same few hundred numbers again for every reader, and that was a third of its time.
    """
    from babel.numbers import format_decimal  # 0.1 s that a command's start need not pay

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    rounded = round(value, decimals)
    words = format_decimal(
        rounded or 0.0,
        format=pattern,
        locale=_babel_locale(language),
        numbering_system="latn",
        decimal_quantization=True,
    )
    return _signed(words.removeprefix("-"), MINUS, language) if words.startswith("-") else words


def _signed(number: str, sign: str, language: str) -> str:
    return f"{LEFT_TO_RIGHT_MARK if is_right_to_left(language) else ''}{sign}{number}"


def _babel_locale(language: str) -> str:
    return base_language(language)


def value_words(value: float | None, *, unit: str, language: str, decimals: int | None = None) -> str:
    """A value as it stands on a page: `48.3 %`, `2.6`, `14,948`; a dash where there is none, which is never zero."""
    if value is None:
        return "–"
    places = default_decimals(unit) if decimals is None else decimals
    if is_percent(unit):
        return f"{decimal_words(value * 100, language=language, decimals=places)} %"
    return decimal_words(value, language=language, decimals=places)


def interval_words(
    low: float | None, high: float | None, *, unit: str, language: str, decimals: int | None = None
) -> str:
    """`44.9 to 51.7`: the two ends of an interval, without the sign of the unit; empty where there is none."""
    if low is None or high is None:
        return ""
    places = default_decimals(unit) if decimals is None else decimals
    scale = 100 if is_percent(unit) else 1
    ends = [decimal_words(end * scale, language=language, decimals=places) for end in (low, high)]
    with translation.override(language):
        return str(gettext("%(low)s to %(high)s") % {"low": ends[0], "high": ends[1]})


def estimate_words(
    value: float | None,
    low: float | None,
    high: float | None,
    *,
    unit: str,
    language: str,
    decimals: int | None = None,
) -> str:
    """`48.3 % (44.9 to 51.7)`: a value with its interval, or the value alone where nothing was sampled."""
    words = value_words(value, unit=unit, language=language, decimals=decimals)
    interval = interval_words(low, high, unit=unit, language=language, decimals=decimals)
    return f"{words} ({interval})" if interval and value is not None else words


def difference_words(difference: float, *, unit: str, language: str, decimals: int | None = None) -> str:
    """`+9.8 points` for shares, `−2.6` for anything else."""
    places = default_decimals(unit) if decimals is None else decimals
    scale = 100 if is_percent(unit) else 1
    number = decimal_words(difference * scale, language=language, decimals=places)
    signed = number if difference <= 0 else _signed(number, "+", language)
    if not is_percent(unit):
        return signed
    with translation.override(language):
        return str(gettext("%(number)s points") % {"number": signed})


def sample_words(n: int, missing: int | None = None, *, language: str) -> str:
    """`n 1,751; 49 without an answer`."""
    with translation.override(language):
        words = gettext("n %(n)s") % {"n": decimal_words(n, language=language, decimals=0)}
        if missing is None:
            return str(words)
        without = ngettext("%(count)s without an answer", "%(count)s without an answer", missing) % {
            "count": decimal_words(missing, language=language, decimals=0)
        }
        return f"{words}{gettext('; ')}{without}"
