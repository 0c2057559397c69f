"""What may not leave does not leave, in whatever form it is asked for (I9, I20, I21)."""

import csv
import io
import json
import re
from datetime import date
from html import unescape

import pytest
from django.conf import settings as project_settings
from django.core.cache import cache
from django.db import transaction
from django.urls import reverse

from custodes.figures.rules.numbers import estimate_words
from custodes.indicators.actions import withdraw_readings
from custodes.indicators.models import Reading
from custodes.indicators.queries.readings import published_readings
from custodes.ledger.actions import record
from custodes.people.rules import Role
from custodes.portal.queries.indicators import public_indicator_or_none
from tests.factories import make_dataset
from tests.portal.planting import plant_count, plant_reading, plant_survey_reading

pytestmark = pytest.mark.django_db
NUMBERS = ("value", "low", "high", "se", "n", "missing", "design_effect", "df")


def cells_of_csv(client, code="ACC-01") -> dict[int, dict]:
    text = client.get(reverse("portal-csv", args=["reform", code])).content.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return {
        int(row["reading"]): {
            name: (float(row[name]) if row[name] else None) if name in NUMBERS else row[name] for name in row
        }
        for row in rows
    }


def cells_of_json(client, code="ACC-01") -> dict[int, dict]:
    rows = client.get(reverse("portal-json", args=["reform", code])).json()["figures"]
    return {row["reading"]: row for row in rows}


def cells_of_api(client, code="ACC-01") -> dict[int, dict]:
    rows = client.get(f"/api/v1/public/programmes/reform/indicators/{code}/figures?limit=1000").json()["items"]
    return {row["reading"]: row for row in rows}


def test_i20_page_csv_json_and_api_show_one_protected_cell(client, country):
    plant_count(country.complaints, 9.0, area=country.county_a, period=(date(2025, 1, 1), date(2025, 12, 31)))
    plant_count(country.complaints, 639.0, area=country.county_b, period=(date(2025, 1, 1), date(2025, 12, 31)))
    for code in ("ACC-01", "TRU-01"):
        from_csv, from_json, from_api = (
            cells_of_csv(client, code),
            cells_of_json(client, code),
            cells_of_api(client, code),
        )
        assert from_json == from_api
        assert from_csv.keys() == from_json.keys()
        for key, row in from_json.items():
            for name in (*NUMBERS, "missing_policy", "status", "result_hash", "note", "categories_label"):
                assert from_csv[key][name] == row[name], (code, key, name)
            one = client.get(f"/api/v1/public/figures/{key}").json()
            assert one == row
            page = unescape(client.get(reverse("portal-reading", args=[key])).content.decode())
            if row["status"] == "shown":
                shown = f"{row['value'] * 100:.1f} %" if row["unit"] == "proportion" else f"{row['value']:,.0f}"
                assert shown in page, (code, row)
            else:
                assert {row[name] for name in NUMBERS if name not in ("n", "missing")} == {None}
                assert row["note"] in page


def test_i20_withheld_cell_and_its_complement_are_in_no_output(client, country):
    rows = cells_of_csv(client)
    statuses = {row["categories"]: row["status"] for row in rows.values()}
    assert statuses == {"": "shown", "sex=female": "suppressed", "sex=male": "suppressed"}
    small = Reading.objects.get(indicator=country.complaints, cell_key="sex=female")
    large = Reading.objects.get(indicator=country.complaints, cell_key="sex=male")
    for text in everything_public(client, country):
        assert not re.search(r"(?<![\d.])641(\.0)?(?![\d])", text)
        for reading in (small, large):
            assert reading.result_hash not in text


def test_withheld_cell_and_its_complement_look_alike(client, country):
    """Which of the two is the small one is itself worth withholding."""
    withheld = [row for row in cells_of_json(client).values() if row["status"] == "suppressed"]
    assert len(withheld) == 2
    assert {row["note"] for row in withheld} == {"withheld, so that nobody can be recognised"}
    told = [
        {name: row[name] for name in row if name not in ("categories", "categories_label", "reading")}
        for row in withheld
    ]
    assert told[0] == told[1]


def everything_public(client, country) -> list[str]:
    """Every public answer, with the charts that the pages draw."""
    readings = Reading.objects.filter(indicator=country.complaints).values_list("pk", flat=True)
    places = [
        reverse("portal-home"), reverse("portal-programme", args=["reform"]), reverse("portal-indicator", args=["reform", "ACC-01"]),
        reverse("portal-place", args=["XX"]), reverse("portal-data"), reverse("portal-csv", args=["reform", "ACC-01"]),
        reverse("portal-json", args=["reform", "ACC-01"]), "/api/v1/public/programmes", "/api/v1/public/programmes/reform/indicators",
        "/api/v1/public/programmes/reform/indicators/ACC-01/figures", "/api/v1/public/places/XX/figures",
        *(reverse("portal-reading", args=[pk]) for pk in readings), *(f"/api/v1/public/figures/{pk}" for pk in readings),
    ]  # fmt: skip
    texts = []
    for place in places:
        answer = client.get(place)
        assert answer.status_code == 200, place
        texts.append(answer.content.decode())
    folder = project_settings.MEDIA_ROOT / "figures"
    charts = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    assert charts
    return [*texts, *(json.dumps(chart) for chart in charts)]


def test_i09_kept_answers_hold_no_unprotected_cell(client, country):
    everything_public(client, country)
    kept = [cache.get(key.split(":", 2)[2]) for key in list(cache._cache)]  # the store of the cache in memory
    bodies = [each[1].decode() for each in kept if isinstance(each, tuple)]
    assert len(bodies) >= 10
    for body in bodies:
        assert not re.search(r"(?<![\d.])641(\.0)?(?![\d])", body)


def test_i09_answer_to_an_address_with_a_query_is_not_kept(client, country):
    address = reverse("portal-indicator", args=["reform", "ACC-01"])
    client.get(address)
    kept = set(cache._cache)  # the store of the cache in memory

    assert client.get(address, {"of": "a stranger"}).status_code == 200

    assert set(cache._cache) == kept


def test_i09_asking_for_one_area_or_period_undoes_no_suppression(client, country):
    base = "/api/v1/public/programmes/reform/indicators/ACC-01/figures"
    hidden = {key for key, row in cells_of_csv(client).items() if row["status"] == "suppressed"}
    assert len(hidden) == 2
    for query in ("area=XX", "period_from=2025-12-31", "period_to=2025-01-01", "limit=1&offset=1", "limit=1&offset=2"):
        items = client.get(f"{base}?{query}").json()["items"]
        assert {item["reading"] for item in items if item["value"] is None} == hidden & {
            item["reading"] for item in items
        }


def test_i09_withdrawn_figure_keeps_its_place_and_loses_its_number(client, country):
    from tests.factories import make_account

    reading = Reading.objects.get(indicator=country.trust, cell_key="", area=country.area, end=date(2025, 11, 30))
    withdraw_readings(reading, by=make_account(Role.PUBLISHER), reason="Weights were wrong")
    row = cells_of_csv(client, "TRU-01")[reading.pk]
    assert (row["status"], row["value"], row["n"], row["result_hash"]) == ("revision_pending", None, None, "")
    assert "under revision" in client.get(reverse("portal-reading", args=[reading.pk])).content.decode()
    for name in ("portal-indicator", "portal-csv", "portal-json"):
        assert "0.483" not in client.get(reverse(name, args=["reform", "TRU-01"])).content.decode()


def test_i09_reading_above_public_leaves_by_no_answer(client, country):
    secret = Reading.objects.get(indicator=country.trust, area=country.county_a)
    Reading.objects.filter(pk=secret.pk).update(sensitivity=1)

    for cells in (cells_of_csv, cells_of_json, cells_of_api):
        assert secret.pk not in cells(client, "TRU-01")
    for address in (reverse("portal-reading", args=[secret.pk]), f"/api/v1/public/figures/{secret.pk}"):
        assert client.get(address).status_code == 404


def test_i09_indicator_above_public_leaves_by_no_answer(client, country):
    reading = Reading.objects.get(indicator=country.trust, area=country.county_a)
    country.trust.sensitivity = 1
    country.trust.save()

    assert public_indicator_or_none("reform", "TRU-01") is None
    assert not published_readings().filter(indicator=country.trust).exists()
    for address in (
        reverse("portal-indicator", args=["reform", "TRU-01"]), reverse("portal-csv", args=["reform", "TRU-01"]),
        reverse("portal-reading", args=[reading.pk]), f"/api/v1/public/figures/{reading.pk}",
    ):  # fmt: skip
        assert client.get(address).status_code == 404


def test_i09_draft_leaves_by_no_answer(client, country):
    draft = plant_count(country.complaints, 99.0, period=(date(2024, 1, 1), date(2024, 12, 31)), status="draft")

    assert draft.pk not in cells_of_csv(client)
    assert client.get(f"/api/v1/public/figures/{draft.pk}").status_code == 404


YEAR = (date(2025, 1, 1), date(2025, 12, 31))
FINER = {
    "area": [(300.0, "county_a", YEAR), (341.0, "county_b", YEAR)],
    "period": [
        (300.0, "area", (date(2025, 1, 1), date(2025, 6, 30))),
        (341.0, "area", (date(2025, 7, 1), date(2025, 12, 31))),
    ],
}


def act_on_all() -> None:
    """Every reading written by an act, so that what protection finds is kept."""
    with transaction.atomic():
        entry = record("reading.publish", subject="computation:1", by="account:2", role="publisher")
        Reading.objects.update(entry=entry.seq)


@pytest.mark.parametrize("finer", FINER)
def test_i09_later_finer_release_undoes_no_suppression(client, country, finer):
    """641 men are withheld: two later figures that add up to them must not both be shown, though what was found before them is kept."""
    act_on_all()
    hidden = {key for key, row in cells_of_csv(client).items() if row["status"] == "suppressed"}
    assert len(hidden) == 2

    parts = [
        plant_count(country.complaints, count, area=getattr(country, area), period=period, categories={"sex": "male"}, kind="round").pk
        for count, area, period in FINER[finer]
    ]  # fmt: skip
    act_on_all()

    for cells in (cells_of_csv(client), cells_of_api(client)):
        assert hidden <= {key for key, row in cells.items() if row["value"] is None}
        assert None in [cells[part]["value"] for part in parts]


def test_i09_name_of_a_restricted_data_set_does_not_leave(client, country):
    secret = make_dataset(title="Informants of Alder", country="XX", sensitivity=2)
    known = make_dataset([{"area": "XA", "value": 2}], title="Register of Birch", country="XX", sensitivity=0)
    reading = plant_survey_reading(country.trust, 0.4, period=YEAR, dataset_hashes=[secret.sha256, known.sha256])

    page = client.get(reverse("portal-reading", args=[reading.pk])).content.decode()

    assert "Register of Birch" in page
    assert "Informants of Alder" not in page


def test_i21_true_zero_is_shown_and_a_missing_value_is_never_zero(client, country):
    zero = plant_reading(
        country.trust,
        0.0,
        period=(date(2024, 1, 1), date(2024, 1, 31)),
        source="register",
        numerator=0.0,
        denominator=400.0,
    )
    missing = plant_reading(
        country.trust, None, period=(date(2024, 2, 1), date(2024, 2, 29)), source="register", refusal="refused.nothing-observed",
        refusal_text="Every answer is missing.",
    )  # fmt: skip
    refused = plant_reading(
        country.trust, None, period=(date(2024, 3, 1), date(2024, 3, 31)), source="register", refusal="refused.lonely-stratum",
        refusal_text="A stratum has one cluster.",
    )  # fmt: skip
    rows = cells_of_csv(client, "TRU-01")
    assert (rows[zero.pk]["value"], rows[zero.pk]["status"]) == (0.0, "shown")
    assert (rows[missing.pk]["value"], rows[missing.pk]["status"]) == (None, "not_collected")
    assert (rows[refused.pk]["value"], rows[refused.pk]["status"]) == (None, "refused")
    assert cells_of_api(client, "TRU-01")[missing.pk]["value"] is None
    assert "Every answer is missing." in client.get(reverse("portal-reading", args=[missing.pk])).content.decode()


def test_csv_has_every_digit_and_the_declared_columns(client, country):
    exact = 0.1 + 0.2
    reading = plant_survey_reading(country.trust, exact, period=(date(2024, 1, 1), date(2024, 1, 31)))
    answer = client.get(reverse("portal-csv", args=["reform", "TRU-01"]))
    text = answer.content.decode()
    header = text.split("\r\n")[0]
    assert header == (
        "programme,indicator,definition_version,area_code,area_name,period_start,period_end,period_kind,categories,categories_label,"
        "source,value,low,high,se,n,missing,missing_policy,design_effect,df,unit,uncertainty,method,status,note,reading,result_hash"
    )
    assert "0.30000000000000004" in text
    assert answer["Content-Type"].startswith("text/csv; charset=utf-8")
    assert cells_of_csv(client, "TRU-01")[reading.pk]["value"] == exact


def test_csv_text_that_looks_like_a_formula_is_disarmed_and_numbers_are_not(client, country):
    country.county_a.name = '=HYPERLINK("http://example.org")'
    country.county_a.save()
    plant_reading(
        country.trust, -0.25, period=(date(2024, 1, 1), date(2024, 1, 31)), source="register", notes=["@SUM(A1)"]
    )
    rows = cells_of_csv(client, "TRU-01")
    assert {row["area_name"][:2] for row in rows.values() if row["area_code"] == "XA"} == {"'="}
    assert {row["note"] for row in rows.values() if row["value"] == -0.25} == {"'@SUM(A1)"}


def test_datapackage_describes_the_csv_byte_for_byte(client, country):
    from hashlib import sha256

    described = client.get(reverse("portal-datapackage", args=["reform", "TRU-01"])).json()["resources"][0]
    content = client.get(reverse("portal-csv", args=["reform", "TRU-01"])).content
    assert described["hash"] == f"sha256:{sha256(content).hexdigest()}"
    assert described["bytes"] == len(content)
    assert [field["name"] for field in described["schema"]["fields"]] == content.decode().split("\r\n")[0].split(",")
    types = {field["name"]: field["type"] for field in described["schema"]["fields"]}
    assert (types["value"], types["period_start"], types["n"], types["note"]) == ("number", "date", "integer", "string")


def test_i18_small_or_imprecise_survey_estimate_is_withheld_from_the_public(client, country):
    month = (date(2024, 1, 1), date(2024, 1, 31))
    small = plant_survey_reading(country.trust, 0.9, area=country.county_a, period=month, n=29)
    vague = plant_survey_reading(country.trust, 0.1, area=country.county_b, period=month, half=0.06)
    for cells in (cells_of_csv(client, "TRU-01"), cells_of_api(client, "TRU-01")):
        for reading, note in ((small, "too few answers"), (vague, "too imprecise")):
            row = cells[reading.pk]
            assert (row["status"], {row[name] for name in NUMBERS if name not in ("n", "missing")}) == (
                "suppressed",
                {None},
            )
            assert note in row["note"]


def test_i18_public_survey_estimate_shows_n_design_and_interval(client, country):
    women = Reading.objects.get(indicator=country.trust, cell_key="sex=female")
    for cells in (cells_of_csv(client, "TRU-01"), cells_of_api(client, "TRU-01")):
        row = cells[women.pk]
        assert (row["n"], row["low"], row["high"], row["uncertainty"]) == (610, women.low, women.high, "design")
        assert (row["se"], row["design_effect"], row["df"]) == (women.se, women.design_effect, women.df)
        assert women.design_effect
    page = unescape(client.get(reverse("portal-indicator", args=["reform", "TRU-01"])).content.decode())
    assert estimate_words(women.value, women.low, women.high, unit="proportion", language="en") in page


def test_i20_pages_and_api_of_places_and_programmes_show_the_same_cells(client, country):
    year, later = (date(2025, 1, 1), date(2025, 12, 31)), (date(2026, 1, 1), date(2026, 12, 31))
    plant_count(country.complaints, 9.0, area=country.county_a, period=year)
    plant_count(country.complaints, 639.0, area=country.county_b, period=year)
    plant_count(country.complaints, 7.0, period=later)
    cells = cells_of_api(client)
    names = (*NUMBERS, "status", "note", "result_hash")
    answers = [client.get(f"/api/v1/public/places/{code}/figures").json()["items"] for code in ("XA", "XB", "XX")]
    answers.append([row["latest"] for row in client.get("/api/v1/public/programmes/reform/indicators").json()])
    for rows in answers:
        (row,) = (row for row in rows if row["indicator"] == "ACC-01")
        assert row["status"] == "suppressed"
        assert [row[name] for name in names] == [cells[row["reading"]][name] for name in names]
    pages = [reverse("portal-place", args=[code]) for code in ("XA", "XB", "XX")]
    for page in (*pages, reverse("portal-programme", args=["reform"]), reverse("portal-home")):
        assert not re.search(r"(?<![\d.])639(?!\d)", client.get(page).content.decode())


def test_i22_two_sources_of_a_place_stand_side_by_side(client, country):
    rows = client.get("/api/v1/public/places/XA/figures").json()["items"]
    survey = {row["source"]: row["value"] for row in rows if row["indicator"] == "TRU-01"}
    assert survey == {"survey": 0.512}
    plant_survey_reading(country.trust, 0.7, area=country.county_a, half=0.1, n=110, source="panel")
    cache.clear()

    rows = client.get("/api/v1/public/places/XA/figures").json()["items"]

    assert {row["source"]: row["value"] for row in rows if row["indicator"] == "TRU-01"} == survey | {"panel": 0.7}
