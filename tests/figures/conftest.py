"""Figures are kept in a folder of the test; pages link unhashed static files, so that no build is needed."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from custodes.figures.rules.series import SeriesPoint


@pytest.fixture(autouse=True)
def own_media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.ROOT_URLCONF = "tests.figures.urls"
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    return tmp_path


@pytest.fixture
def trust() -> list[SeriesPoint]:
    """Trust in the police of domain.md §10, T01, with its intervals."""
    rounds = [(0.385, 0.351, 0.420), (0.399, 0.365, 0.433), (0.438, 0.404, 0.472), (0.483, 0.449, 0.517)]
    return [
        SeriesPoint(date(2022 + index, 11, 15), value, low, high, period=f"November {2022 + index}")
        for index, (value, low, high) in enumerate(rounds)
    ]
