"""Public pages: what they say, that they are the same for everybody, and what they cost."""

from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from custodes.indicators.models import Reading
from tests.portal.planting import approve, plant_reading, plant_survey_reading, plant_trust

pytestmark = pytest.mark.django_db
QUERY_LIMIT = 15


def addresses(country) -> list[str]:
    latest = Reading.objects.filter(indicator=country.trust, cell_key="", area=country.area).latest("end")
    keys = ["reform", "TRU-01"]
    return [
        reverse("portal-home"), reverse("portal-programme", args=["reform"]), reverse("portal-indicator", args=keys),
        reverse("portal-indicator", args=["reform", "ACC-01"]), reverse("portal-reading", args=[latest.pk]), reverse("portal-place-list"),
        reverse("portal-place", args=["XA"]), reverse("portal-place", args=["XX"]), reverse("portal-data"), reverse("portal-methods"),
        reverse("portal-csv", args=keys), reverse("portal-json", args=keys), reverse("portal-datapackage", args=keys),
    ]  # fmt: skip


def queries_of(client, address) -> int:
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def text_of(client, address) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_home_tells_promised_and_reached_of_each_public_programme(client, country):
    page = text_of(client, reverse("portal-home"))
    assert "Police reform" in page
    assert "Promised by 31 December 2027: 1 measured changes. Reached so far: 0." in page
    assert "Last figure published on 15 January 2026." in page


@pytest.mark.parametrize(("field", "value"), [("is_public", False), ("sensitivity", 1)])
def test_programme_that_is_not_public_has_no_page(client, country, field, value):
    setattr(country.programme, field, value)
    country.programme.save()
    assert "Police reform" not in text_of(client, reverse("portal-home"))
    for address in addresses(country)[1:5] + addresses(country)[6:8] + addresses(country)[10:]:
        assert client.get(address).status_code == 404, address


def test_indicator_that_is_not_public_has_no_page_and_stands_on_none(client, country):
    country.trust.is_public = False
    country.trust.save()
    assert client.get(reverse("portal-indicator", args=["reform", "TRU-01"])).status_code == 404
    for name, args in (
        ("portal-home", []),
        ("portal-programme", ["reform"]),
        ("portal-data", []),
        ("portal-place-list", []),
    ):
        assert "TRU-01" not in text_of(client, reverse(name, args=args))


def test_unpublished_reading_has_no_page_and_no_row(client, country):
    hidden = plant_survey_reading(
        country.trust, 0.7345, period=(date(2024, 11, 1), date(2024, 11, 30)), status="verified"
    )
    assert client.get(reverse("portal-reading", args=[hidden.pk])).status_code == 404
    for address in addresses(country):
        body = text_of(client, address)
        assert "0.7345" not in body
        assert "73.5 %" not in body


def test_indicator_page_shows_interval_sample_missing_policy_and_downloads(client, country):
    page = text_of(client, reverse("portal-indicator", args=["reform", "TRU-01"]))
    for words in ("48.3 %", "(45.3 to 51.3)", "1,200 people counted; 40 gave no answer.", "Excluded, and reported beside the figure",
                  "How this figure was made", "data.csv", "data.json"):  # fmt: skip
        assert words in page, words


def test_programme_page_says_promised_reached_and_why_nobody_can_tell(client, country):
    plant_survey_reading(country.trust, 0.47, period=(date(2025, 12, 1), date(2025, 12, 31)), half=0.09)
    page = text_of(client, reverse("portal-programme", args=["reform"]))
    assert "Promised: 55.0 % by 31 December 2027, from 38.5 % on 30 November 2022." in page
    assert "Reached: 47.0 % (38.0 to 56.0) in December 2025." in page
    assert "We cannot tell yet, because the true value may lie on either side of what was expected." in page


def test_programme_page_speaks_as_approved_and_not_as_planned_since(client, country):
    result = country.programme.results.get()
    result.statement = "A promise that nobody approved"
    result.save()
    assert "A promise that nobody approved" not in text_of(client, reverse("portal-programme", args=["reform"]))


def test_two_sources_stand_side_by_side_and_are_never_averaged(client, country):
    plant_survey_reading(country.trust, 0.683, source="panel")
    page = text_of(client, reverse("portal-indicator", args=["reform", "TRU-01"]))
    assert "Source: survey" in page
    assert "Source: panel" in page
    assert "48.3 %" in page
    assert "68.3 %" in page
    assert "58.3 %" not in page


def test_place_page_compares_with_the_country_and_ranks_nobody(client, country):
    page = text_of(client, reverse("portal-place", args=["XA"]))
    assert "51.2 %" in page
    assert "48.3 %" in page
    assert "+2.9 points; the intervals overlap, so no difference is established." in page


def test_place_page_says_not_comparable_where_definitions_differ(client, country):
    from tests.factories import make_definition_version

    newer = make_definition_version("TRU-01", number=2, name="Trust in the police")
    later = (date(2026, 11, 1), date(2026, 11, 30))
    plant_survey_reading(country.trust, 0.6, area=country.county_a, period=later, version=newer)
    plant_survey_reading(country.trust, 0.5, period=later, version=country.trust.definition.versions.get(number=1))
    assert "Not comparable: the two were measured under different definitions." in text_of(
        client, reverse("portal-place", args=["XA"])
    )


def test_reading_page_names_roles_and_never_people(client, country):
    from custodes.indicators.actions import publish_readings
    from custodes.people.rules import Role
    from tests.factories import make_account

    reading = plant_survey_reading(
        country.trust, 0.52, period=(date(2026, 11, 1), date(2026, 11, 30)), status="verified"
    )
    publisher = make_account(Role.PUBLISHER, full_name="Nora Quist", username="nora")
    publish_readings(reading, by=publisher, note="As agreed with Nora")
    page = text_of(client, reverse("portal-reading", args=[reading.pk]))
    assert "Published – Publisher" in page
    assert f"custodes reproduce {reading.pk}" in page
    assert reading.result_hash in page
    assert "ab" * 32 in page
    for private in ("Nora", "nora", publisher.reference, "account:1"):
        assert private not in page


def test_reading_page_names_a_data_set_only_where_its_sensitivity_allows(client, country):
    from tests.factories import make_dataset

    open_set = make_dataset([{"value": 1}], title="Open register", sensitivity=0)
    closed = make_dataset([{"value": 2}], title="Interviews of witnesses", sensitivity=2)
    reading = plant_reading(
        country.trust,
        0.5,
        period=(date(2024, 1, 1), date(2024, 1, 31)),
        dataset_hashes=[open_set.sha256, closed.sha256],
    )
    page = text_of(client, reverse("portal-reading", args=[reading.pk]))
    assert "Open register" in page
    assert "CC0-1.0" in page
    assert closed.sha256 in page
    assert "Interviews of witnesses" not in page


def test_public_answers_set_no_cookie_run_no_script_and_differ_for_nobody(client, country):
    from tests.factories import make_account

    signed_in = make_account(username="amara", full_name="Amara Dole")
    before = {address: text_of(client, address) for address in addresses(country)}
    cache.clear()
    client.force_login(signed_in)
    for address in addresses(country):
        answer = client.get(address)
        assert not answer.cookies, address
        assert "Cookie" not in answer.get("Vary", ""), address
        assert answer["Cache-Control"] == "public, max-age=60"
        assert "<script" not in answer.content.decode(), address
        assert "style=" not in answer.content.decode(), address
        assert answer.content.decode() == before[address], address


def test_unchanged_answer_is_304_by_one_query_and_a_published_figure_changes_it(client, country):
    from custodes.indicators.actions import publish_readings
    from custodes.people.rules import Role
    from tests.factories import make_account

    publisher = make_account(Role.PUBLISHER)
    waiting = plant_survey_reading(
        country.trust, 0.61, period=(date(2026, 11, 1), date(2026, 11, 30)), status="verified"
    )
    for address in addresses(country)[:3] + addresses(country)[10:]:
        mark = client.get(address)["ETag"]
        with CaptureQueriesContext(connection) as seen:
            again = client.get(address, headers={"If-None-Match": mark})
        assert (again.status_code, again.content, len(seen)) == (304, b"", 1)
    kept = client.get(reverse("portal-indicator", args=["reform", "TRU-01"]))
    publish_readings(waiting, by=publisher)
    answer = client.get(reverse("portal-indicator", args=["reform", "TRU-01"]), headers={"If-None-Match": kept["ETag"]})
    assert answer.status_code == 200
    assert "61.0 %" in answer.content.decode()


def test_address_with_a_query_is_never_kept_for_others(client, country):
    address = reverse("portal-home")
    client.get(f"{address}?from=someone-private")
    assert "someone-private" not in text_of(client, address)


def test_queries_stay_few_as_indicators_readings_and_sources_grow(client, country):
    few = {address: queries_of(client, address) for address in addresses(country)}
    for number in range(2, 5):
        other = plant_trust(country.programme, f"TRU-0{number}")
        for year in (2023, 2024):
            for area in (country.area, country.county_a, country.county_b):
                plant_survey_reading(other, 0.4 + number / 50, area=area, period=(date(year, 1, 1), date(year, 12, 31)))
        country.trust.read_with.add(other)
    approve(country.programme)
    for month in range(1, 13):
        for area in (country.area, country.county_a, country.county_b):
            plant_survey_reading(
                country.trust, 0.45, area=area, period=(date(2024, month, 1), date(2024, month, 28)), source="panel"
            )
    many = {address: queries_of(client, address) for address in addresses(country)}
    assert max(many.values()) <= QUERY_LIMIT, many
    # A second source and figures to read beside may bring a map and a batch of their own, once.
    assert {address: (few[address], many[address]) for address in few if many[address] > few[address] + 1} == {}


def test_queries_of_home_do_not_grow_with_programmes(client, country):
    from tests.factories import make_programme

    one = queries_of(client, reverse("portal-home"))
    for number in range(3):
        programme = make_programme(f"other-{number}", country_area=country.area)
        plant_survey_reading(plant_trust(programme, f"OTH-{number}"), 0.44)
        approve(programme)
    assert queries_of(client, reverse("portal-home")) == one


@pytest.mark.parametrize("language", ["fr", "es", "ar"])
def test_every_page_answers_in_every_language(client, country, language):
    for address in addresses(country):
        answer = client.get(f"/{language}/" + address.removeprefix("/en/"))
        assert answer.status_code == 200, address
    assert 'dir="rtl"' in text_of(client, "/ar/")
