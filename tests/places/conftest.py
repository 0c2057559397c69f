"""An M&E officer, a visitor without a grant, and small boundary files."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation

from custodes.people.models import Account, RoleGrant


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


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


def square(west: float, south: float, side: float = 1.0) -> dict:
    ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def geojson(tmp_path):
    """Write a GeoJSON file of (code, name, geometry)."""

    def write(*areas: tuple, name: str = "areas.geojson") -> Path:
        features = [
            {"type": "Feature", "properties": {"code": code, "name": label, "parent": "ZZ"}, "geometry": shape}
            for code, label, shape in areas
        ]
        path = tmp_path / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return path

    return write


@pytest.fixture
def import_areas(officer):
    """Import a file under the country ZZ with the usual fields."""
    from custodes.places.actions import import_boundaries

    def run(path: Path, **changes):
        arguments = {
            "by": officer, "country": "ZZ", "country_name": "Zedland", "level": 1, "code_field": "code",
            "name_field": "name", "valid_from": date(2000, 1, 1), "source": "a test",
        }  # fmt: skip
        return import_boundaries(path, **(arguments | changes))

    return run
