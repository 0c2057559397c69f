"""Series over time as Vega-Lite: readings with intervals, the path to the target, breaks, benchmarks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from custodes.figures.rules.numbers import estimate_words, is_right_to_left, value_words
from custodes.figures.rules.specification import Specification
from custodes.figures.rules.style import AMBER, GRID, INK, MUTED, SCHEMA, TEXT, WIDTH, configuration, value_axis


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One reading on the time axis; `value` None is a period without an answer, which stays a gap."""

    day: date
    value: float | None
    low: float | None = None
    high: float | None = None
    period: str = ""


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value expected or promised for a day: a corner of the path, the baseline, the target."""

    day: date
    value: float


@dataclass(frozen=True, slots=True)
class BreakMark:
    """The day from which a series is not comparable with what stood before."""

    day: date
    words: str = ""


@dataclass(frozen=True, slots=True)
class BenchmarkLine:
    """A level to compare with, and what it is called."""

    value: float
    words: str


def series_chart(
    points: Sequence[SeriesPoint],
    *,
    title: str,
    unit: str,
    language: str,
    axis_title: str = "",
    description: str = "",
    path: Sequence[DatedValue] = (),
    baseline: DatedValue | None = None,
    target: DatedValue | None = None,
    breaks: Sequence[BreakMark] = (),
    benchmark: BenchmarkLine | None = None,
    time_from_right: bool = False,
    height: int = 320,
) -> Specification:
    """Readings with their intervals against the path promised, as Vega-Lite.

    `title` states the finding. The line is cut at every break and at every missing value. `time_from_right` turns the
    time axis, for offices that read time from right to left.
    """
    rows = _rows(points, breaks)
    layers: list[dict[str, Any]] = []
    if path:
        layers.append(_path_layer(path))
    if benchmark:
        layers += _benchmark_layers(benchmark, language=language)
    layers += _break_layers(breaks, language=language)
    layers += _reading_layers(rows)
    layers += _promise_layers(baseline, target, unit=unit, language=language)
    return {
        "$schema": SCHEMA,
        "title": title,
        "description": description or _described(points, unit=unit, language=language),
        "width": WIDTH,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "config": configuration(language),
        "encoding": {
            "x": _time_axis(points, path, time_from_right=time_from_right),
            "y": {
                "type": "quantitative",
                "axis": value_axis(unit, language=language, title=axis_title),
                "scale": {"zero": False, "nice": True, "padding": 18},
            },
        },
        "layer": layers,
    }


def monthly_series(
    months: Sequence[SeriesPoint],
    *,
    title: str,
    unit: str,
    language: str,
    axis_title: str = "",
    description: str = "",
    breaks: Sequence[BreakMark] = (),
    benchmark: BenchmarkLine | None = None,
    time_from_right: bool = False,
    height: int = 280,
) -> Specification:
    """Many months as a line with a band from low to high; months without a report are shaded, never drawn as zero."""
    rows = _rows(months, breaks)
    missing = _missing_spans(months)
    known = {"values": [row for row in rows if row["value"] is not None]}
    layers: list[dict[str, Any]] = []
    if missing:
        layers.append(
            {
                "data": {"values": missing},
                "mark": {"type": "rect", "color": GRID},
                "encoding": {"x": _day("day"), "x2": {"field": "until"}, "y": {"value": 0}, "y2": {"value": "height"}},
            }
        )
    if any(row.get("low") is not None for row in rows):
        layers.append(
            {
                "data": {"values": [row for row in rows if row.get("low") is not None]},
                "mark": {"type": "area", "color": INK, "opacity": 0.22},
                "encoding": {
                    "y": {"field": "low", "type": "quantitative"},
                    "y2": {"field": "high"},
                    "detail": {"field": "part"},
                },
            }
        )
    layers.append(
        {
            "data": known,
            "mark": {"type": "line", "color": INK, "strokeWidth": 1.6, "interpolate": "linear"},
            "encoding": {"y": {"field": "value", "type": "quantitative"}, "detail": {"field": "part"}},
        }
    )
    if benchmark:
        layers += _benchmark_layers(benchmark, language=language)
    layers += _break_layers(breaks, language=language)
    return {
        "$schema": SCHEMA,
        "title": title,
        "description": description or _described(months, unit=unit, language=language),
        "width": WIDTH,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "config": configuration(language),
        "encoding": {
            "x": _time_axis(months, (), time_from_right=time_from_right),
            "y": {
                "type": "quantitative",
                "axis": value_axis(unit, language=language, title=axis_title),
                "scale": {"zero": True, "nice": True},
            },
        },
        "layer": layers,
    }


def series_finding(
    points: Sequence[SeriesPoint], *, unit: str, language: str, baseline: DatedValue | None = None
) -> str:
    """A plain sentence on the latest reading: `48.3 % (44.9 to 51.7) in November 2025; baseline 38.5 %`."""
    latest = _latest(points)
    with translation.override(language):
        if latest is None:
            return str(gettext("No reading yet"))
        words = {
            "value": estimate_words(latest.value, latest.low, latest.high, unit=unit, language=language),
            "period": latest.period,
        }
        sentence = gettext("%(value)s in %(period)s") % words if latest.period else words["value"]
        if baseline is None:
            return sentence
        start = value_words(baseline.value, unit=unit, language=language)
        return str(gettext("%(sentence)s; baseline %(baseline)s") % {"sentence": sentence, "baseline": start})


def _rows(points: Sequence[SeriesPoint], breaks: Sequence[BreakMark]) -> list[dict[str, Any]]:
    """Rows of data; `part` changes at every break and gap, so that no line joins what is not comparable."""
    rows: list[dict[str, Any]] = []
    gaps = 0
    for point in sorted(points, key=lambda each: each.day):
        if point.value is None:
            gaps += 1
            continue
        part = gaps + sum(1 for each in breaks if each.day <= point.day) * len(points)
        row: dict[str, Any] = {"day": point.day.isoformat(), "value": point.value, "part": part}
        if point.low is not None and point.high is not None:
            row |= {"low": point.low, "high": point.high}
        rows.append(row)
    return rows


def _reading_layers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with_interval = [row for row in rows if "low" in row]
    layers: list[dict[str, Any]] = []
    if with_interval:
        span = {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
        layers.append(
            {
                "data": {"values": with_interval},
                "mark": {
                    "type": "errorbar",
                    "ticks": {"size": 10, "thickness": 2},
                    "rule": {"strokeWidth": 2},
                    "color": INK,
                },
                "encoding": {"y": span["y"] | {"title": None}, "y2": span["y2"]},
            }
        )
    value = {"y": {"field": "value", "type": "quantitative"}}
    data = {"values": rows}
    layers.append(
        {
            "data": data,
            "mark": {"type": "line", "color": INK, "strokeWidth": 2.5},
            "encoding": value | {"detail": {"field": "part"}},
        }
    )
    layers.append(
        {
            "data": data,
            "mark": {"type": "point", "filled": True, "color": INK, "size": 70, "opacity": 1},
            "encoding": value,
        }
    )
    return layers


def _path_layer(path: Sequence[DatedValue]) -> dict[str, Any]:
    rows = [{"day": each.day.isoformat(), "value": each.value} for each in path]
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "color": AMBER, "strokeWidth": 2, "strokeDash": [6, 4]},
        "encoding": {"y": {"field": "value", "type": "quantitative"}},
    }


def _promise_layers(
    baseline: DatedValue | None, target: DatedValue | None, *, unit: str, language: str
) -> list[dict[str, Any]]:
    """Hollow marks with their words: the baseline a circle, the target a diamond."""
    with translation.override(language):
        marks = [(baseline, gettext("baseline %(value)s"), "circle"), (target, gettext("target %(value)s"), "diamond")]
    layers: list[dict[str, Any]] = []
    for promise, template, shape in marks:
        if promise is None:
            continue
        words = template % {"value": value_words(promise.value, unit=unit, language=language)}
        data = {"values": [{"day": promise.day.isoformat(), "value": promise.value, "words": words}]}
        place = {"y": {"field": "value", "type": "quantitative"}}
        mark = {
            "type": "point",
            "shape": shape,
            "size": 150,
            "stroke": AMBER,
            "strokeWidth": 2.5,
            "fill": "#fff",
            "opacity": 1,
        }
        layers.append({"data": data, "mark": mark, "encoding": place})
        layers += _words_beside(data, place, at_end=shape == "diamond", rtl=is_right_to_left(language))
    return layers


def _words_beside(data: dict[str, Any], place: dict[str, Any], *, at_end: bool, rtl: bool) -> list[dict[str, Any]]:
    """Words above the last mark or below the first, on a white edge that keeps them legible over lines."""
    text: dict[str, Any] = {
        "type": "text",
        "align": "right" if at_end else "left",
        "baseline": "bottom" if at_end else "top",
        "dx": 8 if at_end else 12,
        "dy": -12 if at_end else 14,
        "fontWeight": "bold",
    }
    if rtl:
        text["dir"] = "rtl"
    encoding = place | {"text": {"field": "words"}}
    edge = text | {"color": "#fff", "stroke": "#fff", "strokeWidth": 5, "strokeJoin": "round"}
    return [
        {"data": data, "mark": edge, "encoding": encoding},
        {"data": data, "mark": text | {"color": "#7a4a00"}, "encoding": encoding},
    ]


def _break_layers(breaks: Sequence[BreakMark], *, language: str) -> list[dict[str, Any]]:
    if not breaks:
        return []
    with translation.override(language):
        word = gettext("break")
    rows = [{"day": each.day.isoformat(), "words": each.words or word} for each in breaks]
    return [
        {"data": {"values": rows}, "mark": {"type": "rule", "color": MUTED, "strokeDash": [2, 3], "strokeWidth": 1.5}},
        {
            "data": {"values": rows},
            "mark": {
                "type": "text",
                "align": "left",
                "baseline": "top",
                "dx": 5,
                "y": 2,
                "color": MUTED,
                "fontSize": 13,
            },
            "encoding": {"text": {"field": "words"}, "y": {"value": 2}},
        },
    ]


def _benchmark_layers(benchmark: BenchmarkLine, *, language: str) -> list[dict[str, Any]]:
    data = {"values": [{"value": benchmark.value, "words": benchmark.words}]}
    level = {"y": {"field": "value", "type": "quantitative"}}
    end = "left" if is_right_to_left(language) else "right"
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": TEXT, "strokeDash": [1, 3], "strokeWidth": 1.5},
            "encoding": level | {"x": None},
        },
        {
            "data": data,
            "mark": {"type": "text", "align": end, "baseline": "bottom", "dy": -4, "color": TEXT, "fontSize": 13},
            "encoding": level | {"x": {"value": 0 if end == "left" else "width"}, "text": {"field": "words"}},
        },
    ]


def _time_axis(points: Sequence[SeriesPoint], path: Sequence[DatedValue], *, time_from_right: bool) -> dict[str, Any]:
    days = sorted([each.day for each in points] + [each.day for each in path])
    years = (days[-1] - days[0]).days / 365.25 if days else 0
    axis: dict[str, Any] = {"title": None, "grid": False, "labelOverlap": "greedy"}
    axis |= {"format": "%Y", "tickCount": "year"} if years > 2 else {"format": "%b %Y", "tickCount": 6}
    if years > 12:
        axis["tickCount"] = 8
    return _day("day") | {
        "axis": axis,
        "scale": {"type": "utc", "reverse": time_from_right, "padding": 22 if years <= 12 else 4},
    }


def _day(field: str) -> dict[str, Any]:
    return {"field": field, "type": "temporal", "timeUnit": "utcyearmonthdate"}


def _missing_spans(months: Sequence[SeriesPoint]) -> list[dict[str, str]]:
    """Stretches of months without a report, each from its first day to the day after its last."""
    spans: list[dict[str, str]] = []
    for month in sorted(months, key=lambda each: each.day):
        if month.value is not None:
            continue
        start, until = month.day.isoformat(), _next_month(month.day).isoformat()
        if spans and spans[-1]["until"] == start:
            spans[-1]["until"] = until
        else:
            spans.append({"day": start, "until": until})
    return spans


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _latest(points: Sequence[SeriesPoint]) -> SeriesPoint | None:
    known = [each for each in points if each.value is not None]
    return max(known, key=lambda each: each.day) if known else None


def _described(points: Sequence[SeriesPoint], *, unit: str, language: str) -> str:
    """What the picture shows, for those who hear it: first and latest reading, and how many there are."""
    known = sorted((each for each in points if each.value is not None), key=lambda each: each.day)
    with translation.override(language):
        if not known:
            return str(gettext("No reading yet"))
        words = {
            "count": len(known),
            "first": estimate_words(known[0].value, known[0].low, known[0].high, unit=unit, language=language),
            "first_period": known[0].period or str(known[0].day.year),
            "latest": estimate_words(known[-1].value, known[-1].low, known[-1].high, unit=unit, language=language),
            "latest_period": known[-1].period or str(known[-1].day.year),
        }
        return str(
            gettext("%(count)s readings, from %(first)s in %(first_period)s to %(latest)s in %(latest_period)s.")
            % words
        )
