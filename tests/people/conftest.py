"""Pages need no manifest of static files, and the counts of allauth's rate limits start anew with each test."""

import pytest
from django.core.cache import cache
from django.utils import translation


@pytest.fixture(autouse=True)
def _page_settings(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.DATA_DIR = tmp_path
    settings.DEMONSTRATION = False
    cache.clear()
    with translation.override("en"):  # a request for /ar/ leaves its language behind
        yield
