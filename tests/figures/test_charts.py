"""Charts: specifications and the SVG drawn from them."""

from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from custodes.figures.actions import draw_specification
from custodes.figures.errors import SpecificationReachesOut
from custodes.figures.rules.bars import Bar, ReferenceLine, bars_with_intervals
from custodes.figures.rules.series import (
    BenchmarkLine,
    BreakMark,
    DatedValue,
    SeriesPoint,
    monthly_series,
    series_chart,
    series_finding,
)
from custodes.figures.rules.specification import check_specification_is_self_contained, specification_name

SVG = "{http://www.w3.org/2000/svg}"
GROUPS = [Bar("Karun", 0.520, 0.480, 0.560), Bar("Ossari", 0.371, 0.310, 0.430), Bar("Other", None)]


def rows_of(specification: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The rows of every layer of one kind of mark."""
    return [row for layer in specification["layer"] if layer["mark"]["type"] == kind for row in layer["data"]["values"]]


def trust_chart(points: list[SeriesPoint], **options: Any) -> dict[str, Any]:
    return series_chart(points, title="Trust reached 48.3 %", unit="proportion", **({"language": "en"} | options))


def test_series_chart_draws_every_interval(trust: list[SeriesPoint]) -> None:
    intervals = rows_of(trust_chart(trust), "errorbar")
    assert [(row["low"], row["high"]) for row in intervals] == [(point.low, point.high) for point in trust]


def test_series_chart_joins_nothing_across_a_break(trust: list[SeriesPoint]) -> None:
    whole = {row["part"] for row in rows_of(trust_chart(trust), "line")}
    broken = trust_chart(trust, breaks=[BreakMark(date(2024, 3, 1))])
    parts = [row["part"] for row in rows_of(broken, "line")]
    assert len(whole) == 1
    assert parts[0] == parts[1] != parts[2] == parts[3]
    assert [row["words"] for row in rows_of(broken, "rule")] == ["break"]


def test_series_chart_leaves_a_gap_where_a_value_is_missing(trust: list[SeriesPoint]) -> None:
    with_gap = [trust[0], SeriesPoint(date(2023, 11, 15), None), *trust[2:]]
    rows = rows_of(trust_chart(with_gap), "point")
    assert len(rows) == 3
    assert rows[0]["part"] != rows[1]["part"]


def test_series_chart_marks_baseline_target_path_and_benchmark(trust: list[SeriesPoint]) -> None:
    chart = trust_chart(
        trust,
        path=[DatedValue(date(2022, 11, 15), 0.385), DatedValue(date(2026, 11, 15), 0.48)],
        baseline=DatedValue(date(2022, 11, 15), 0.385),
        target=DatedValue(date(2026, 11, 15), 0.48),
        benchmark=BenchmarkLine(0.43, "Regional mean"),
    )
    drawn = "".join(ElementTree.fromstring(draw_specification(chart)).itertext())
    for words in ("baseline 38.5 %", "target 48.0 %", "Regional mean", "50 %"):
        assert words in drawn


def test_drawn_chart_is_valid_svg_with_title_and_description(trust: list[SeriesPoint]) -> None:
    root = ElementTree.fromstring(draw_specification(trust_chart(trust)))
    assert root.findtext(f"{SVG}title") == "Trust reached 48.3 %"
    description = root.findtext(f"{SVG}desc") or ""
    assert "4 readings" in description
    assert "48.3 % (44.9 to 51.7) in November 2025" in description
    assert (root.get("width"), root.get("height")) == ("640", "320")


def test_drawn_chart_needs_no_inline_style(trust: list[SeriesPoint]) -> None:
    drawn = draw_specification(trust_chart(trust))
    assert "style=" not in drawn
    assert "<script" not in drawn


def test_drawn_chart_escapes_its_title(trust: list[SeriesPoint]) -> None:
    chart = series_chart(trust, title="<script>alert(1)</script>", unit="proportion", language="en")
    root = ElementTree.fromstring(draw_specification(chart))
    assert root.findtext(f"{SVG}title") == "<script>alert(1)</script>"
    assert list(root.iter(f"{SVG}script")) == []


def test_series_chart_in_arabic_has_its_values_on_the_right_and_time_as_chosen(trust: list[SeriesPoint]) -> None:
    arabic, english = trust_chart(trust, language="ar"), trust_chart(trust)
    assert arabic["config"]["axisY"]["orient"] == "right"
    assert english["config"]["axisY"]["orient"] == "left"
    assert arabic["encoding"]["x"]["scale"]["reverse"] is False
    assert trust_chart(trust, language="ar", time_from_right=True)["encoding"]["x"]["scale"]["reverse"] is True


def test_monthly_series_names_months_in_the_language() -> None:
    months = [SeriesPoint(date(2025, month, 1), float(month)) for month in range(1, 9)]
    chart = monthly_series(months, title="Deaths", unit="count", language="fr")
    assert "févr." in "".join(ElementTree.fromstring(draw_specification(chart)).itertext())


def test_monthly_series_shades_silent_months_and_draws_no_zero() -> None:
    """T13: a station that sent nothing from March to August is missing, not at zero."""
    months = [
        SeriesPoint(date(2025, month, 1), None if 3 <= month <= 8 else 30.0, 28.0, 33.0) for month in range(1, 13)
    ]
    chart = monthly_series(months, title="Theft", unit="rate", language="en")
    assert rows_of(chart, "rect") == [{"day": "2025-03-01", "until": "2025-09-01"}]
    assert {row["value"] for row in rows_of(chart, "line")} == {30.0}
    assert len(rows_of(chart, "area")) == 6


def test_bars_with_intervals_draw_each_interval_and_say_withheld() -> None:
    chart = bars_with_intervals(
        GROUPS,
        title="Gap",
        unit="proportion",
        language="en",
        reference=ReferenceLine(0.483, "Karuna 48.3 %"),
    )
    assert [(row["low"], row["high"]) for row in rows_of(chart, "errorbar")] == [(0.480, 0.560), (0.310, 0.430)]
    drawn = "".join(ElementTree.fromstring(draw_specification(chart)).itertext())
    assert "withheld" in drawn
    assert "Karuna 48.3 %" in drawn


def test_bars_with_intervals_run_from_the_right_in_arabic() -> None:
    assert bars_with_intervals(GROUPS, title="", unit="proportion", language="ar")["encoding"]["x"]["scale"]["reverse"]


def test_bars_with_intervals_of_withheld_groups_only_draws() -> None:
    chart = bars_with_intervals([Bar("Other", None)], title="Gap", unit="proportion", language="en")
    assert "withheld" in "".join(ElementTree.fromstring(draw_specification(chart)).itertext())


def test_series_chart_without_readings_draws_and_says_so() -> None:
    chart = series_chart([], title="No reading yet", unit="proportion", language="en")
    assert ElementTree.fromstring(draw_specification(chart)).findtext(f"{SVG}desc") == "No reading yet"


def test_series_finding_states_latest_value_and_baseline(trust: list[SeriesPoint]) -> None:
    words = series_finding(trust, unit="proportion", language="en", baseline=DatedValue(date(2022, 11, 15), 0.385))
    assert words == "48.3 % (44.9 to 51.7) in November 2025; baseline 38.5 %"


def test_specification_that_names_an_address_is_refused(trust: list[SeriesPoint]) -> None:
    chart = trust_chart(trust)
    check_specification_is_self_contained(chart)
    chart["layer"][0]["data"] = {"url": "https://example.org/rows.csv"}
    with pytest.raises(SpecificationReachesOut):
        draw_specification(chart)


def test_specification_name_depends_on_content_and_not_on_order(trust: list[SeriesPoint]) -> None:
    chart = trust_chart(trust)
    assert specification_name(chart) == specification_name(dict(reversed(chart.items())))
    assert specification_name(chart) != specification_name(trust_chart(trust[:3]))
