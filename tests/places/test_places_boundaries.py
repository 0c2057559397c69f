"""Boundaries come in four formats, whole or not at all."""

import json
import zipfile
from datetime import date

import numpy as np
import pyogrio
import pytest
import shapely

from custodes.evidence.errors import ColumnMissing, FileUnreadable
from custodes.ledger.models import Entry
from custodes.places.actions import import_boundaries
from custodes.places.errors import AreaConflict, BoundariesInvalid, CountryNotSynthetic, PlacesNotAllowed
from custodes.places.models import Area, AreaName
from tests.places.conftest import square


def _write_layer(path, crs, boxes, driver):
    pyogrio.raw.write(
        path, geometry=shapely.to_wkb(np.array(boxes)), geometry_type="Polygon", crs=crs, driver=driver,
        field_data=[np.array([f"ZZ{i}" for i in range(len(boxes))], object), np.array([f"Area {i}" for i in range(len(boxes))], object)],
        fields=["code", "name"],
    )  # fmt: skip


def test_import_boundaries_topojson_of_central_african_republic_gives_17_prefectures(officer, reference_data):
    result = import_boundaries(
        reference_data / "admin" / "caf_adm1.topo.json", by=officer, country="CF", country_name="Central African Republic",
        level=1, code_field="id", name_field="name", valid_from=date(1990, 1, 1), source="Natural Earth",
    )  # fmt: skip
    areas = Area.objects.filter(country="CF", level=1)
    assert len(result.created) == areas.count() == 17
    assert areas.get(code="CF.HS").name == "Mambéré-Kadéï"
    assert areas.get(code="CF.HS").path == "/CF/CF.HS/"
    assert all(shapely.from_wkb(bytes(area.geometry)).is_valid and area.outline for area in areas)
    assert AreaName.objects.get(area__code="CF.HS").folded == "mambere kadei"


@pytest.mark.parametrize("country", ["ken", "lbr", "mli"])
def test_import_boundaries_code_that_stands_twice_names_both_rows(import_areas, reference_data, country):
    with pytest.raises(BoundariesInvalid) as caught:
        import_areas(reference_data / "admin" / f"{country}_adm1.topo.json", code_field="id")
    assert "stands twice: in row" in caught.value.what
    assert "row" in caught.value.where
    assert caught.value.remedy
    assert not Area.objects.exists()


def test_import_boundaries_placeholder_code_is_refused_with_remedy(import_areas, reference_data):
    with pytest.raises(BoundariesInvalid, match="-99") as caught:
        import_areas(reference_data / "admin" / "kos_adm1.topo.json", code_field="id")
    assert "row 1 (Peć)" in caught.value.where
    assert not Area.objects.exists()


def test_import_boundaries_geopackage_in_metres_is_brought_to_wgs84(import_areas, tmp_path):
    path = tmp_path / "areas.bin"  # the name says nothing; the content decides
    _write_layer(tmp_path / "areas.gpkg", "EPSG:3857", [shapely.box(0, 0, 111319.490793, 111325.142866)], "GPKG")
    (tmp_path / "areas.gpkg").rename(path)
    import_areas(path)
    bounds = shapely.from_wkb(bytes(Area.objects.get(code="ZZ0").geometry)).bounds
    assert bounds == pytest.approx((0, 0, 1, 1), abs=1e-6)


def _zipped_shapefile(tmp_path, *, without=()):
    _write_layer(tmp_path / "a.shp", "EPSG:4326", [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], "ESRI Shapefile")
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as stream:
        for suffix in {".shp", ".shx", ".dbf", ".prj"} - set(without):
            stream.write(tmp_path / f"a{suffix}", f"folder/a{suffix}")
    return archive


def test_import_boundaries_zipped_shapefile_is_read(import_areas, tmp_path):
    assert import_areas(_zipped_shapefile(tmp_path)).created == ("ZZ0", "ZZ1")


@pytest.mark.parametrize(("part", "problem"), [(".prj", BoundariesInvalid), (".dbf", FileUnreadable)])
def test_import_boundaries_shapefile_without_a_part_is_refused(import_areas, tmp_path, part, problem):
    with pytest.raises(problem):
        import_areas(_zipped_shapefile(tmp_path, without=(part,)))
    assert not Area.objects.exists()


def test_import_boundaries_invalid_shape_is_repaired_and_said(import_areas, geojson):
    bow_tie = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    result = import_areas(geojson(("Z1", "Bow", bow_tie), ("Z2", "Square", square(3, 0))))
    assert result.repaired == ("Bow",)
    assert shapely.from_wkb(bytes(Area.objects.get(code="Z1").geometry)).is_valid


def test_import_boundaries_line_is_refused_and_nothing_is_written(import_areas, geojson):
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    with pytest.raises(BoundariesInvalid) as caught:
        import_areas(geojson(("Z1", "Square", square(0, 0)), ("Z2", "Line", line)))
    assert "row 2 (Line)" in caught.value.where
    assert not Area.objects.exists()
    assert not Entry.objects.exists()


def test_import_boundaries_two_areas_of_one_name_are_named_with_their_rows(import_areas, geojson):
    result = import_areas(geojson(("Z1", "Western", square(0, 0)), ("Z2", "Western Province", square(1, 0))))
    assert result.same_names == (("Western", (1, 2)),)
    assert len(result.created) == 2


def test_import_boundaries_same_file_twice_changes_nothing(import_areas, geojson):
    path = geojson(("Z1", "One", square(0, 0)), ("Z2", "Two", square(1, 0)))
    import_areas(path)
    entries = Entry.objects.count()
    again = import_areas(path)
    assert (again.created, again.unchanged) == ((), ("Z1", "Z2"))
    assert Entry.objects.count() == entries
    assert Area.objects.filter(level=1).count() == 2


def test_import_boundaries_later_shape_ends_the_earlier_the_day_before(import_areas, geojson):
    import_areas(geojson(("Z1", "One", square(0, 0))))
    import_areas(geojson(("Z1", "One", square(0, 0, 2))), valid_from=date(2025, 1, 1))
    assert list(Area.objects.filter(code="Z1").order_by("valid_from").values_list("valid_to", flat=True)) == [
        date(2024, 12, 31),
        None,
    ]


def test_import_boundaries_other_shape_on_the_same_day_is_a_conflict(import_areas, geojson):
    import_areas(geojson(("Z1", "One", square(0, 0))))
    with pytest.raises(AreaConflict):
        import_areas(geojson(("Z1", "One", square(0, 0, 2))))


def test_import_boundaries_missing_field_names_the_nearest(import_areas, geojson):
    with pytest.raises(ColumnMissing, match="Did you mean “code”") as caught:
        import_areas(geojson(("Z1", "One", square(0, 0))), code_field="cod")
    assert caught.value.where == "areas.geojson"


@pytest.mark.parametrize("content", [b"", b"{", b"hello", b'{"type": "Other"}', b"PK\x03\x04broken"])
def test_import_boundaries_foreign_file_is_refused(import_areas, tmp_path, content):
    path = tmp_path / "areas.geojson"
    path.write_bytes(content)
    with pytest.raises(FileUnreadable) as caught:
        import_areas(path)
    assert caught.value.remedy


def test_import_boundaries_metres_without_a_declared_system_are_refused(import_areas, geojson):
    with pytest.raises(BoundariesInvalid, match="outside the globe"):
        import_areas(geojson(("Z1", "One", square(500_000, 400_000, 1000))))


@pytest.mark.parametrize(("country", "synthetic"), [("QR", False), ("CF", True)])
def test_i27_import_boundaries_invented_areas_stand_under_qr_only(import_areas, geojson, country, synthetic):
    with pytest.raises(CountryNotSynthetic):
        import_areas(geojson(("Z1", "One", square(0, 0))), country=country, synthetic=synthetic)
    assert not Area.objects.exists()


def test_import_boundaries_without_a_grant_is_refused(import_areas, geojson, stranger):
    with pytest.raises(PlacesNotAllowed):
        import_areas(geojson(("Z1", "One", square(0, 0))), by=stranger)


def test_import_boundaries_parent_must_be_an_area_of_the_level_above(import_areas, geojson):
    import_areas(geojson(("Z1", "One", square(0, 0)), ("Z2", "Two", square(1, 0))))
    with pytest.raises(BoundariesInvalid, match="no area of the level above"):
        import_areas(geojson(("Z1a", "Part", square(0, 0, 0.5)), name="b.geojson"), level=2, parent_field="parent")


def test_import_boundaries_collection_of_surfaces_and_lines_keeps_surfaces(import_areas, tmp_path):
    shape = {"type": "GeometryCollection", "geometries": [square(0, 0), {"type": "Point", "coordinates": [5, 5]}]}
    feature = {"type": "Feature", "properties": {"code": "Z1", "name": "One"}, "geometry": shape}
    path = tmp_path / "mixed.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    import_areas(path)
    assert shapely.from_wkb(bytes(Area.objects.get(code="Z1").geometry)).geom_type == "Polygon"


def test_import_boundaries_file_of_several_levels_is_taken_level_by_level(import_areas, tmp_path):
    areas = [
        ("ZZ", "Zedland", 0, "", square(0, 0, 2)),
        ("Z1", "One", 1, "ZZ", square(0, 0)),
        ("Z2", "Two", 1, "ZZ", square(1, 0)),
    ]
    features = [
        {"type": "Feature", "properties": {"code": code, "name": name, "lvl": level, "up": up}, "geometry": shape}
        for code, name, level, up, shape in areas
    ]
    path = tmp_path / "all.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    for level in (0, 1):
        import_areas(path, level=level, level_field="lvl", parent_field="up", country_name="")
    assert list(Area.objects.order_by("path").values_list("path", flat=True)) == ["/ZZ/", "/ZZ/Z1/", "/ZZ/Z2/"]
