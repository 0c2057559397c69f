"""Colours, faces and signs of every chart: readable without colour, in print and from right to left."""

from typing import Any

from custodes.figures.rules.numbers import SIGNS, base_language, is_percent, is_right_to_left

INK = "#0b3c46"
TEXT = "#14232a"
MUTED = "#4a5a61"
LINE = "#c3ced0"
GRID = "#e6ecec"
AMBER = "#b8730a"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
FACES = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans Arabic', Arial, sans-serif"
WIDTH = 640


def configuration(language: str) -> dict[str, Any]:
    """Vega-Lite's `config` for a language: faces, grid, signs of numbers and names of months."""
    start = "right" if is_right_to_left(language) else "left"
    text = {"labelFont": FACES, "titleFont": FACES, "labelFontSize": 14, "titleFontSize": 14, "labelColor": TEXT}
    return {
        "aria": False,
        "background": "#ffffff",
        "font": FACES,
        "view": {"stroke": None},
        "padding": 6,
        "title": {"anchor": "end" if start == "right" else "start", "fontSize": 17, "color": INK, "offset": 14},
        "axis": {
            **text,
            "titleColor": MUTED,
            "titleFontWeight": "normal",
            "gridColor": GRID,
            "domainColor": MUTED,
            "tickColor": MUTED,
            "labelPadding": 6,
        },
        "axisY": {"orient": start, "domain": False, "ticks": False},
        "text": {"font": FACES, "fontSize": 14, "color": TEXT},
        "locale": {"number": number_locale(language), "time": time_locale(language)},
    }


def number_locale(language: str) -> dict[str, Any]:
    """Signs of numbers as d3-format wants them."""
    signs = SIGNS[base_language(language)] if base_language(language) in SIGNS else SIGNS["en"]
    return {
        "decimal": signs.decimal,
        "thousands": signs.group,
        "grouping": [3],
        "currency": ["", ""],
        "minus": "\u2212",
    }


def time_locale(language: str) -> dict[str, Any]:
    """Names of months and days as d3-time-format wants them."""
    from babel import Locale  # 0.1 s that a command's start need not pay

    locale = Locale.parse(base_language(language))
    months, days = locale.months["stand-alone"], locale.days["stand-alone"]
    by_sunday = [6, 0, 1, 2, 3, 4, 5]
    return {
        "dateTime": "%x %X",
        "date": "%d/%m/%Y",
        "time": "%H:%M",
        "periods": ["AM", "PM"],
        "days": [days["wide"][day] for day in by_sunday],
        "shortDays": [days["abbreviated"][day] for day in by_sunday],
        "months": [months["wide"][month] for month in range(1, 13)],
        "shortMonths": [months["abbreviated"][month] for month in range(1, 13)],
    }


def value_axis(unit: str, *, language: str, title: str = "") -> dict[str, Any]:
    """An axis of values; shares are labelled per cent."""
    label = "format(datum.value * 100, ',~f') + ' %'" if is_percent(unit) else "format(datum.value, ',~f')"
    axis: dict[str, Any] = {"labelExpr": label, "tickCount": 5, "title": title or None}
    if title:
        # The heading of a value axis stands above it, so that nobody has to tilt the head.
        axis |= {
            "titleAngle": 0,
            "titleY": -14,
            "titleAlign": "right" if is_right_to_left(language) else "left",
            "titleAnchor": "start",
            "titleX": 0,
        }
    return axis
