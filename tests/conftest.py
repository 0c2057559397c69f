"""Shared arrangement: sockets reach loopback only, files go to a temporary folder, and real data are looked up or skipped."""

import os
from pathlib import Path

import pytest
from django.core.cache import caches
from hypothesis import settings as hypothesis_settings

hypothesis_settings.register_profile(
    "without_clock", parent=hypothesis_settings(), deadline=None
)  # a busy machine is no defect
hypothesis_settings.load_profile("without_clock")

DATABASE_FIXTURES = {"db", "transactional_db", "on_postgresql"}
REPOSITORY = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches the database; the rest need not run on each kind of it."""
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of real data, or a skip that says what is missing."""
    folder = Path(os.environ.get("CUSTODES_REFERENCE_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real data are absent: put them at ../shared/data or set CUSTODES_REFERENCE_DATA")
    return folder


@pytest.fixture(autouse=True)
def _media_in_temporary_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _nothing_kept():
    """What one test left in the cache is of a database that was rolled back."""
    for each in caches.all():
        each.clear()
