"""Maps and sparklines."""

import gzip
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from django.utils import translation
from shapely.geometry import box

from custodes.figures.rules.maps import CLASS_FILLS, MapArea, choropleth, class_thresholds
from custodes.figures.rules.series import SeriesPoint
from custodes.figures.rules.sparkline import sparkline

SVG = "{http://www.w3.org/2000/svg}"


def squares(values: list[float | None]) -> list[MapArea]:
    return [
        MapArea(f"QR{index:02d}", f"Area {index}", box(index, 0, index + 1, 1), value)
        for index, value in enumerate(values)
    ]


def fills(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [path.get("fill", "") for group in root.iter(f"{SVG}g") for path in group.iter(f"{SVG}path")]


def test_choropleth_names_every_area_and_its_value() -> None:
    drawn = choropleth(squares([1.0, 2.0, 3.0]), title="Deaths", unit="count", language="en")
    titles = [title.text for title in ElementTree.fromstring(drawn.svg).iter(f"{SVG}title")]
    assert titles == ["Deaths", "Area 0: 1", "Area 1: 2", "Area 2: 3"]


def test_choropleth_hatches_an_area_without_a_figure_and_says_so() -> None:
    drawn = choropleth(squares([0.0, 5.0, None]), title="Deaths", unit="count", language="en")
    first, _, hatched = fills(drawn.svg)
    assert first in CLASS_FILLS
    assert hatched.startswith("url(#")
    assert drawn.legend[-1].words == "no figure, or withheld"
    assert "Area 2: no figure, or withheld" in drawn.svg


def test_choropleth_has_at_most_four_classes_in_order_of_value() -> None:
    drawn = choropleth(squares([float(value) for value in range(17)]), title="Deaths", unit="count", language="en")
    used = list(dict.fromkeys(fills(drawn.svg)))
    assert used == list(CLASS_FILLS)
    assert len(drawn.legend) == 4


def test_choropleth_of_withheld_areas_only_draws() -> None:
    drawn = choropleth(squares([None, None]), title="Deaths", unit="count", language="en")
    assert [entry.words for entry in drawn.legend] == ["no figure, or withheld"]


def test_choropleth_escapes_names() -> None:
    area = MapArea("1", '<script>"&', box(0, 0, 1, 1), 1.0)
    drawn = choropleth([area], title='"quoted" <b>', unit="count", language="en")
    titles = [title.text for title in ElementTree.fromstring(drawn.svg).iter(f"{SVG}title")]
    assert titles == ['"quoted" <b>', '<script>"&: 1']


def test_choropleth_shows_north_above_south() -> None:
    areas = [
        MapArea("n", "North", box(0, 2, 1, 3), 1.0),
        MapArea("s", "South", box(0, 0, 1, 1), 2.0),
    ]
    root = ElementTree.fromstring(choropleth(areas, title="Map", unit="count", language="en").svg)
    paths = [path.get("d", "") for group in root.iter(f"{SVG}g") for path in group.iter(f"{SVG}path")]
    starts = [float(path[1:].split("l")[0].replace("-", " -").split()[1]) for path in paths]
    assert starts[0] < starts[1]


def test_class_thresholds_of_equal_values_are_none() -> None:
    assert class_thresholds([3.0, 3.0, None]) == ()
    assert class_thresholds([1.0, 2.0, 3.0, 4.0]) == (2.0, 3.0, 4.0)


@pytest.mark.parametrize("country", ["caf", "ken", "kos", "lbr", "mli", "sle"])
def test_choropleth_of_a_real_country_stays_small(country: str, reference_data: Path) -> None:
    """Six KB compressed, names and values included: the 17 prefectures of the Central African Republic are the largest."""
    import pyogrio
    from shapely import from_wkb

    meta, _, geometries, columns = pyogrio.raw.read(reference_data / "admin" / f"{country}_adm1.topo.json")
    names = columns[list(meta["fields"]).index("name")]
    areas = [
        MapArea(str(index), str(name), from_wkb(shape), None if index == 0 else float(index * 97 % 31))
        for index, (name, shape) in enumerate(zip(names, geometries, strict=True))
    ]
    svg = choropleth(areas, title="Deaths", unit="count", language="en").svg
    assert len(fills(svg)) == len(areas)
    assert all(
        path.get("d") for group in ElementTree.fromstring(svg).iter(f"{SVG}g") for path in group.iter(f"{SVG}path")
    )
    assert len(gzip.compress(svg.encode())) < 6_000


def test_sparkline_shows_interval_target_and_words(trust: list[SeriesPoint]) -> None:
    root = ElementTree.fromstring(sparkline(trust, title="Trust & order", target=0.48))
    assert root.findtext(f"{SVG}title") == "Trust & order"
    assert any(path.get("fill-opacity") for path in root.iter(f"{SVG}path"))
    assert any(path.get("stroke-dasharray") for path in root.iter(f"{SVG}path"))


def test_sparkline_of_one_reading_still_shows_its_interval(trust: list[SeriesPoint]) -> None:
    root = ElementTree.fromstring(sparkline(trust[:1], title="Trust"))
    assert any("V" in path.get("d", "") for path in root.iter(f"{SVG}path"))


def test_sparkline_leaves_a_gap_where_a_value_is_missing(trust: list[SeriesPoint]) -> None:
    whole = ElementTree.fromstring(sparkline(trust, title="Trust"))
    gap = [*trust[:2], SeriesPoint(date(2024, 5, 1), None), *trust[2:]]
    broken = ElementTree.fromstring(sparkline(gap, title="Trust"))
    lines = [
        [path for path in root.iter(f"{SVG}path") if path.get("stroke-width") == "1.6"] for root in (whole, broken)
    ]
    assert [len(each) for each in lines] == [1, 2]


def test_sparkline_without_readings_is_empty() -> None:
    assert sparkline([SeriesPoint(date(2025, 1, 1), None)], title="Trust") == ""


@pytest.mark.parametrize("language", ["en", "ar"])
def test_sparkline_runs_from_the_left_in_every_language_as_the_chart_does(
    trust: list[SeriesPoint], language: str
) -> None:
    with translation.override(language):
        svg = Template("{% load figures %}{% sparkline points 't' %}").render(Context({"points": trust}))
    circle = ElementTree.fromstring(svg).find(f"{SVG}circle")
    assert circle is not None
    assert float(circle.get("cx", "")) == 104.0
