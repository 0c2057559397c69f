"""Pages need no manifest of static files, and passwords need not be slow."""

import pytest
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
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # slow ones keep thieves busy, not tests
    with translation.override("en"):  # a request for /ar/ leaves its language behind
        yield
