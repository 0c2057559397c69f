"""Groups side by side, each with its interval; what is withheld says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from custodes.figures.rules.numbers import estimate_words, is_percent, is_right_to_left
from custodes.figures.rules.specification import Specification
from custodes.figures.rules.style import AMBER, INK, MUTED, SCHEMA, TEXT, WIDTH, configuration, value_axis

ROW_HEIGHT = 38
ROOM = 18  # a reader's own font may be wider than the one by which the labels were measured


@dataclass(frozen=True, slots=True)
class Bar:
    """One group: its name, its value with interval, or why there is none."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class ReferenceLine:
    """The value that groups are compared with, such as that of the whole country."""

    value: float
    words: str


def bars_with_intervals(
    bars: Sequence[Bar],
    *,
    title: str,
    unit: str,
    language: str,
    description: str = "",
    axis_title: str = "",
    reference: ReferenceLine | None = None,
) -> Specification:
    """One bar for each group in the order given, its interval drawn over it; from the right in Arabic."""
    rtl = is_right_to_left(language)
    known = [_row(bar) for bar in bars if bar.value is not None]
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": known},
            "mark": {"type": "bar", "color": "#9cc7c4", "height": {"band": 0.62}},
            "encoding": {"x": {"field": "value", "type": "quantitative"}},
        },
        *_interval_layers([row for row in known if "low" in row]),
        {
            "data": {"values": known},
            "mark": {"type": "point", "filled": True, "color": INK, "size": 60, "opacity": 1},
            "encoding": {"x": {"field": "value", "type": "quantitative"}},
        },
        *_withheld_layers(bars, rtl=rtl, language=language),
        *_reference_layers(reference, bars, rtl=rtl),
    ]
    return {
        "$schema": SCHEMA,
        "title": title,
        "description": description or _described(bars, unit=unit, language=language),
        "width": WIDTH,
        "height": len(bars) * ROW_HEIGHT + 70,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": {"left": ROOM, "right": ROOM, "top": 5, "bottom": 5},
        "config": configuration(language),
        "encoding": {
            "x": {
                "type": "quantitative",
                "axis": value_axis(unit, language=language) | {"title": axis_title or None},
                "scale": {"zero": True, "reverse": rtl, "nice": True} | _top(bars, unit),
            },
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": [bar.label for bar in bars],
                "scale": {"domain": [bar.label for bar in bars]},
                "axis": {"title": None, "labelLimit": 230},
            },
        },
        "layer": layers,
    }


def _row(bar: Bar) -> dict[str, Any]:
    row: dict[str, Any] = {"label": bar.label, "value": bar.value}
    if bar.low is not None and bar.high is not None:
        row |= {"low": bar.low, "high": bar.high}
    return row


def _interval_layers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    return [
        {
            "data": {"values": rows},
            "mark": {
                "type": "errorbar",
                "ticks": {"size": 12, "thickness": 2},
                "rule": {"strokeWidth": 2.5},
                "color": INK,
            },
            "encoding": {"x": {"field": "low", "type": "quantitative", "title": None}, "x2": {"field": "high"}},
        }
    ]


def _withheld_layers(bars: Sequence[Bar], *, rtl: bool, language: str) -> list[dict[str, Any]]:
    with translation.override(language):
        word = gettext("withheld")
    rows = [{"label": bar.label, "words": bar.withheld or word} for bar in bars if bar.value is None]
    if not rows:
        return []
    return [
        {
            "data": {"values": rows},
            "mark": {
                "type": "text",
                "align": "right" if rtl else "left",
                "dx": -6 if rtl else 6,
                "fontStyle": "italic",
                "color": MUTED,
            },
            "encoding": {"x": {"value": "width" if rtl else 0}, "text": {"field": "words"}},
        }
    ]


def _reference_layers(reference: ReferenceLine | None, bars: Sequence[Bar], *, rtl: bool) -> list[dict[str, Any]]:
    if reference is None:
        return []
    data = {"values": [{"value": reference.value, "words": reference.words}]}
    place = {"x": {"field": "value", "type": "quantitative"}}
    # Words run towards the side with more room.
    furthest = max([reference.value, *(end for bar in bars for end in (bar.value, bar.high) if end is not None)])
    to_right = (reference.value < furthest / 2) != rtl
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": AMBER, "strokeWidth": 2, "strokeDash": [6, 4]},
            "encoding": place | {"y": None},
        },
        {
            "data": data,
            "mark": {
                "type": "text",
                "align": "left" if to_right else "right",
                "dx": 6 if to_right else -6,
                "dy": -8,
                "color": TEXT,
                "fontSize": 13,
            },
            "encoding": place | {"y": {"value": 0}, "text": {"field": "words"}},
        },
    ]


def _top(bars: Sequence[Bar], unit: str) -> dict[str, Any]:
    """Shares never run past 100 %, and an axis with nothing on it still has a length."""
    ends = [end for bar in bars for end in (bar.value, bar.high) if end is not None]
    if not ends:
        return {"domain": [0, 1]}
    return {"domainMax": 1} if is_percent(unit) and max(ends) > 0.9 else {}


def _described(bars: Sequence[Bar], *, unit: str, language: str) -> str:
    with translation.override(language):
        word = gettext("withheld")
        parts = [
            f"{bar.label}: {estimate_words(bar.value, bar.low, bar.high, unit=unit, language=language)}"
            if bar.value is not None
            else f"{bar.label}: {bar.withheld or word}"
            for bar in bars
        ]
        return str(gettext("; ").join(parts))
