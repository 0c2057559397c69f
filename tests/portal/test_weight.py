"""The first load of a public page stays within its budget: HTML, style sheet and every picture, compressed, and nothing else."""

import gzip
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as project_settings
from django.urls import reverse

from tests.portal.planting import approve, plant_survey_reading, plant_trust

pytestmark = pytest.mark.django_db
BUDGET_BYTES = 60_000
SHEET = Path(project_settings.PACKAGE) / "static" / "dist" / "app.css"
needs_sheet = pytest.mark.skipif(
    not SHEET.exists(), reason="the front end is not built: cd frontend && npm ci && node build.mjs"
)


def square(number: int) -> bytes:
    """The outline of a made-up county with as many corners as a simplified one has."""
    import shapely

    ring = shapely.Point(30 + number % 5, 5 + number // 5).buffer(0.5, quad_segs=12)
    return shapely.to_wkb(ring)


@pytest.fixture
def full_country(country):
    """Twenty-four indicators, fifteen counties, five rounds, three splits: a page as heavy as it gets."""
    from tests.factories import make_area

    counties = [
        make_area(f"XC{number:02d}", name=f"County {number}", parent=country.area, country="XX") for number in range(15)
    ]
    for number, county in enumerate([*counties, country.county_a, country.county_b]):
        county.outline = square(number)
        county.save()
    for number in range(2, 25):
        other = plant_trust(
            country.programme, f"IND-{number:02d}", name=f"The share of people who say so of matter {number}"
        )
        for year in range(2022, 2027):
            plant_survey_reading(
                other, 0.30 + year % 10 / 100 + number / 200, period=(date(year, 3, 1), date(year, 3, 31))
            )
    approve(country.programme)
    latest = (date(2026, 6, 1), date(2026, 6, 30))
    plant_survey_reading(country.trust, 0.507, period=latest)
    for number, county in enumerate(counties):
        plant_survey_reading(country.trust, 0.40 + number / 77, area=county, half=0.097, n=100 + number, period=latest)
    for column, codes in (
        ("sex", ("female", "male")),
        ("urban", ("rural", "urban")),
        ("age", ("15-24", "25-39", "40-59", "60+")),
    ):
        for number, code in enumerate(codes):
            plant_survey_reading(country.trust, 0.45 + number / 31, categories={column: code}, n=500, period=latest)
    return country


def loaded(client, address: str) -> dict[str, int]:
    """Compressed size of the page and of everything that it names as style sheet, picture or script."""
    page = client.get(address).content.decode()
    sizes = {address: len(gzip.compress(page.encode()))}
    for source in re.findall(r'<(?:img|script)[^>]+src="([^"]+)"', page) + re.findall(
        r'<link[^>]+href="([^"]+)"', page
    ):
        if source.startswith(project_settings.STATIC_URL):
            content = (
                Path(project_settings.PACKAGE) / "static" / source.removeprefix(project_settings.STATIC_URL)
            ).read_bytes()
        else:
            content = client.get(source).content
        sizes[source] = len(gzip.compress(content))
    return sizes


@needs_sheet
@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(
    ("name", "args"),
    [("portal-home", []), ("portal-programme", ["reform"]), ("portal-indicator", ["reform", "TRU-01"]), ("portal-place-list", []),
     ("portal-place", ["XX"]), ("portal-data", []), ("portal-methods", [])],
)  # fmt: skip
def test_first_load_of_a_public_page_stays_within_60_kb(client, full_country, name, args, language):
    sizes = loaded(client, reverse(name, args=args).replace("/en/", f"/{language}/", 1))
    assert any("app" in source and source.endswith(".css") for source in sizes)
    assert not any(source.endswith(".js") for source in sizes)
    assert sum(sizes.values()) <= BUDGET_BYTES, sizes
