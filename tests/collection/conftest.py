"""An M&E officer, one call that imports a file with what every import needs, and the real forms, converted once."""

import json
from datetime import date
from pathlib import Path

import pytest

from custodes.collection.actions import import_file
from custodes.collection.models import ImportRun
from custodes.collection.xlsform.conversion import FormConversion, convert_form
from custodes.people.models import Account, RoleGrant
from custodes.places.actions import import_boundaries

WORDS = {"title": "A file", "series": "a-series", "licence": "CC BY 4.0", "provenance": "Sent by the office in a test"}


@pytest.fixture
def officer(db) -> Account:
    account = Account.objects.create(username="officer")
    RoleGrant.objects.create(
        account=account, role="me_officer", starts=date(2020, 1, 1), sensitivity=2, created_by="system"
    )
    return account


@pytest.fixture
def stranger(db) -> Account:
    return Account.objects.create(username="stranger")


@pytest.fixture
def write(tmp_path):
    """Write a file of text or bytes."""

    def make(content: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.fixture
def bring_in(officer):
    """Import a file in this process."""

    def run(path: Path, source: str, **changes) -> ImportRun:
        return import_file(path, by=changes.pop("by", officer), source=source, **(WORDS | changes))

    return run


@pytest.fixture
def prefectures(officer, reference_data):
    """The 17 prefectures of the Central African Republic."""
    return import_boundaries(
        reference_data / "admin" / "caf_adm1.topo.json", by=officer, country="CF", country_name="Central African Republic",
        level=1, code_field="id", name_field="name", valid_from=date(1989, 1, 1), source="Natural Earth",
    )  # fmt: skip


@pytest.fixture
def two_areas(officer, tmp_path):
    """Northern (0–1° E) and Southern (1–2° E) of the country ZZ."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[west, 0], [west + 1, 0], [west + 1, 1], [west, 1], [west, 0]]],
            },
        }
        for code, name, west in (("Z1", "Northern", 0), ("Z2", "Southern", 1))
    ]
    path = tmp_path / "two.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return import_boundaries(
        path, by=officer, country="ZZ", country_name="Zedland", level=1, code_field="code", name_field="name",
        valid_from=date(2000, 1, 1), source="a test",
    )  # fmt: skip


@pytest.fixture(scope="session")
def real_forms(reference_data) -> dict[str, FormConversion]:
    """The 20 examples of pyxform and three large forms from the field, by file name."""
    folder = reference_data / "xlsforms"
    if not folder.is_dir():
        pytest.skip("the real forms are absent: they belong into the folder xlsforms of the reference data")
    places = (*folder.glob("*.xls*"), *folder.glob("pyxform_examples/*.xls*"))
    return {place.name: convert_form(place.read_bytes(), file_name=place.name) for place in places}
