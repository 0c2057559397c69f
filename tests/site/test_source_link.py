"""The licence lets every visitor ask for the source: where an installation says where it is, every page links to it."""

from dataclasses import replace

import pytest

ADDRESS = "https://code.example/custodes"


@pytest.mark.django_db
def test_footer_links_to_the_source_where_it_is_set(client, settings):
    without = client.get("/en/methods/").content.decode()
    settings.CONFIG = replace(settings.CONFIG, site=replace(settings.CONFIG.site, source_url=ADDRESS))
    linked = client.get("/en/data/").content.decode()

    assert "Source code" not in without
    assert f'href="{ADDRESS}"' in linked
    assert "Source code" in linked
