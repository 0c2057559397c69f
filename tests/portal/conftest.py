"""Pages need no manifest of static files, and nothing is kept from one test to the next."""

import pytest
from django.core.cache import cache
from django.utils import translation

from tests.portal.planting import PublicCountry, plant_country


@pytest.fixture(autouse=True)
def _page_settings(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.DEMONSTRATION = False
    cache.clear()
    with translation.override("en"):
        yield
    cache.clear()


@pytest.fixture
def country(db) -> PublicCountry:
    return plant_country()
