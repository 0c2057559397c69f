"""What an installation sets anew, every cache hears of."""

from dataclasses import replace

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_raised_threshold_reaches_a_cached_page(client, country, settings):
    address = reverse("portal-csv", args=["reform", "ACC-01"])
    first = client.get(address)
    disclosure = replace(settings.CONFIG.disclosure, min_sensitive=1000)
    settings.CONFIG = replace(settings.CONFIG, disclosure=disclosure)

    again = client.get(address, headers={"if-none-match": first.headers["ETag"]})

    assert again.status_code == 200
    assert b"648" in first.content
    assert b"648" not in again.content


def test_changed_light_reaches_a_cached_page(client, country, settings):
    address = reverse("portal-programme", args=["reform"])
    first = client.get(address)
    settings.CONFIG = replace(settings.CONFIG, lights=replace(settings.CONFIG.lights, on_track=0.99))

    assert client.get(address, headers={"if-none-match": first.headers["ETag"]}).status_code == 200
