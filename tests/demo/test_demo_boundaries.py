"""The invented map is whole, valid, in the open Atlantic, and shows Velda's move."""

from datetime import date

import pytest
import shapely
from shapely.geometry import Point, shape

from custodes.site.demo.boundaries import area_shapes, velda
from custodes.site.demo.country import karuna

BEFORE, AFTER = date(2024, 12, 31), date(2025, 1, 1)


@pytest.mark.parametrize("day", [BEFORE, AFTER])
def test_counties_are_valid_cover_the_country_and_do_not_overlap(day):
    shapes = area_shapes(karuna(), on=day)
    counties = [entry.geometry for entry in shapes if entry.level == 2]
    whole = shapes[0].geometry
    assert len(counties) == 15
    assert all(entry.geometry.is_valid and entry.geometry.geom_type == "Polygon" for entry in shapes)
    assert sum(part.area for part in counties) == pytest.approx(whole.area, rel=1e-5)
    assert shapely.union_all(counties).area == pytest.approx(whole.area, rel=1e-5)


def test_country_lies_in_the_open_atlantic():
    west, south, east, north = area_shapes(karuna(), on=AFTER)[0].geometry.bounds
    assert west >= -21.5
    assert east <= -18.5
    assert south >= -4.5
    assert north <= -2.5


def test_velda_is_18_percent_of_quessane_and_touches_pelwen():
    before = {entry.code: entry.geometry for entry in area_shapes(karuna(), on=BEFORE)}
    after = {entry.code: entry.geometry for entry in area_shapes(karuna(), on=AFTER)}
    strip = velda(karuna())
    assert strip.area / before["QR11"].area == pytest.approx(0.18, abs=0.001)
    assert strip.touches(before["QR08"]) or strip.intersects(before["QR08"])
    assert after["QR08"].area - before["QR08"].area == pytest.approx(strip.area, rel=0.001)
    assert before["QR11"].area - after["QR11"].area == pytest.approx(strip.area, rel=0.001)


def test_shapes_that_changed_say_from_when_to_when():
    before = {entry.code: entry for entry in area_shapes(karuna(), on=BEFORE)}
    after = {entry.code: entry for entry in area_shapes(karuna(), on=AFTER)}
    assert (before["QR11"].valid_to, after["QR11"].valid_from) == (date(2024, 12, 31), date(2025, 1, 1))
    assert before["QR01"] == after["QR01"]
    assert before["QR01"].valid_to is None


def test_every_incident_lies_in_its_county_of_that_day(karuna_made):
    maps = [
        {feature["properties"]["code"]: shape(feature["geometry"]) for feature in collection["features"]}
        for collection in (karuna_made.boundaries, karuna_made.boundaries_now)
    ]
    outside = [
        row["event"]
        for row in karuna_made.tables["incidents"].to_pylist()
        if not maps[row["day"] >= AFTER][row["county"]].contains(Point(row["longitude"], row["latitude"]))
    ]
    assert outside == []


def test_deaths_lie_between_low_and_high_and_the_export_has_the_best(karuna_made):
    own, export = karuna_made.tables["incidents"].to_pylist(), karuna_made.tables["incidents_acled"].to_pylist()
    assert all(row["deaths_low"] <= row["deaths_best"] <= row["deaths_high"] for row in own)
    assert [row["deaths_best"] for row in own] == [row["fatalities"] for row in export]
