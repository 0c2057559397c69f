"""What one public page withholds, no other shows (I20)."""

from datetime import date

import pytest
from django.urls import reverse

from tests.portal.planting import plant_count, plant_reading
from tests.portal.test_invariants import cells_of_api, cells_of_csv, cells_of_json

pytestmark = pytest.mark.django_db
YEAR = (date(2025, 1, 1), date(2025, 12, 31))


def test_total_withheld_for_a_sum_elsewhere_is_withheld_on_every_page(client, country):
    """A county's total that must go because of its own crossing: the place page reads totals only, and must withhold it even so."""
    shown = plant_count(country.complaints, 11, area=country.county_a, period=YEAR)
    plant_count(country.complaints, 637, area=country.county_b, period=YEAR)
    for sex, count in (("female", 6), ("male", 5)):
        plant_count(country.complaints, count, area=country.county_a, period=YEAR, categories={"sex": sex})

    for cells in (cells_of_csv(client), cells_of_json(client), cells_of_api(client)):
        assert cells[shown.pk]["status"] == "suppressed"
        assert cells[shown.pk]["value"] is None
    assert client.get(f"/api/v1/public/figures/{shown.pk}").json()["value"] is None
    for address in (reverse("portal-place", args=["XA"]), reverse("portal-reading", args=[shown.pk])):
        assert "withheld, so that nobody can be recognised" in client.get(address).content.decode()


def test_refused_cell_of_a_count_of_people_has_no_number_in_any_output(client, country):
    refused = plant_reading(
        country.complaints, None, area=country.county_a, period=YEAR, source="register", kind="year", n=1, missing=3,
        refusal="population-unknown", refusal_text="1 person of an unknown population",
    )  # fmt: skip

    for cells in (cells_of_csv(client), cells_of_json(client), cells_of_api(client)):
        row = cells[refused.pk]
        assert row["status"] == "refused"
        assert (row["value"], row["n"], row["missing"]) == (None, None, None)
        assert "1 person" not in row["note"]


def test_figure_under_revision_still_covers_what_it_covered(client, country):
    rows = {row.cell_key: row for row in country.complaints.readings.all()}
    small, cover = rows["sex=female"], rows["sex=male"]
    small.status = "draft"
    small.verified_by = ""
    small.save()

    cells = cells_of_json(client)

    assert cells[small.pk]["status"] == "revision_pending"
    assert cells[cover.pk]["status"] == "suppressed"
