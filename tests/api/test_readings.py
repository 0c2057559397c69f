"""Readings and computations by token: what may be seen, made and submitted."""

from datetime import date

import pytest

from custodes.indicators.models import Computation, Reading
from custodes.jobs.actions import work_on
from custodes.people.rules import Role
from tests.factories import make_dataset, make_programme
from tests.indicators.conftest import SURVEY_SCHEMA, survey_rows
from tests.portal.planting import plant_survey_reading, plant_trust

pytestmark = pytest.mark.django_db
WRITE = ("read", "write:readings")


def request_body(dataset, **changes) -> dict:
    body = {
        "programme": "reform", "indicator": "TRU-01", "datasets": [dataset.sha256], "source": "survey", "start": "2026-11-01",
        "end": "2026-11-30", "period_kind": "round", "crossings": [["sex"]], "arguments": {"column": "trust", "positive": ["2", "3"]},
    }  # fmt: skip
    return body | changes


@pytest.fixture
def survey(country):
    return make_dataset(
        survey_rows(year=2026), kind="survey", source="survey", series="people-survey", country="XX", schema=SURVEY_SCHEMA,
        starts=date(2026, 11, 1), ends=date(2026, 11, 30),
    )  # fmt: skip


def test_i25_token_without_a_grant_sees_nothing_and_does_nothing(country, caller, survey):
    reading = plant_survey_reading(country.trust, 0.7, period=(date(2024, 1, 1), date(2024, 1, 31)), status="draft")
    assert caller(Role.ME_OFFICER).get("/readings").json()["count"] == Reading.objects.count()
    nobody = caller(scopes=WRITE)
    assert nobody.get("/readings").json() == {"items": [], "count": 0}
    assert nobody.get(f"/readings/{reading.pk}").status_code == 404
    assert nobody.post("/readings/submit", {"readings": [reading.pk]}).status_code == 404
    assert nobody.post("/computations", request_body(survey)).status_code == 404
    assert (Computation.objects.count(), Reading.objects.get(pk=reading.pk).status) == (0, "draft")


def test_i25_token_of_another_programme_area_or_sensitivity_sees_nothing_of_this_one(country, caller):
    secret = plant_survey_reading(country.trust, 0.7, period=(date(2024, 1, 1), date(2024, 1, 31)), sensitivity=3)
    make_programme("other")
    assert caller(Role.ANALYST, programme="other").get("/readings").json()["count"] == 0
    county = caller(Role.ANALYST, area=country.county_a).get("/readings").json()
    assert [item["area"] for item in county["items"]] == ["XA"]
    everything = caller(Role.ANALYST).get("/readings?limit=500").json()
    assert secret.pk not in [item["id"] for item in everything["items"]]
    assert len(everything["items"]) == Reading.objects.count() - 1


def test_readings_are_filtered_and_paged(country, caller):
    officer = caller(Role.ME_OFFICER)
    plant_survey_reading(country.trust, 0.6, period=(date(2026, 11, 1), date(2026, 11, 30)), status="draft")
    for query, count in (
        ("indicator=TRU-01", 7), ("indicator=ACC-01", 3), ("area=XB", 1), ("status=draft", 1), ("programme=other", 0),
        ("period_to=2023-12-31", 1), ("period_from=2026-01-01", 1), ("source=register", 3),
    ):  # fmt: skip
        assert officer.get(f"/readings?{query}").json()["count"] == count, query
    first = officer.get("/readings?limit=4").json()
    second = officer.get("/readings?limit=4&offset=4").json()
    keys = [item["id"] for item in first["items"] + second["items"]]
    assert (len(keys), len(set(keys)), first["count"]) == (8, 8, 10)


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "offset=-1", "status=secret", "period_from=yesterday"])
def test_filter_out_of_range_is_refused_with_its_place(country, caller, query):
    answer = caller(Role.ME_OFFICER).get(f"/readings?{query}")
    assert answer.status_code == 422
    assert query.split("=")[0] in answer.json()["where"]


def test_unreliable_survey_reading_has_no_number_even_for_staff(country, caller):
    weak = plant_survey_reading(country.trust, 0.7, n=12, period=(date(2024, 1, 1), date(2024, 1, 31)))
    body = caller(Role.ME_OFFICER).get(f"/readings/{weak.pk}").json()
    assert (body["state"], body["reason"], body["value"], body["low"], body["result_hash"]) == (
        "suppressed", "small-sample", None, None, "",
    )  # fmt: skip


def test_computation_is_queued_made_and_submitted_by_token(country, caller, survey):
    officer = caller(Role.ME_OFFICER, scopes=WRITE)
    asked = officer.post("/computations", request_body(survey))
    assert asked.status_code == 202, asked.content
    number = asked.json()["id"]
    assert asked["Location"] == f"/api/v1/computations/{number}"
    work_on("indicators.computation", number)
    done = officer.get(f"/computations/{number}").json()
    assert (done["state"], done["readings"], done["problem"]) == ("done", 3, None)
    drafts = officer.get("/readings?status=draft").json()["items"]
    submitted = officer.post(
        "/readings/submit", {"readings": [each["id"] for each in drafts], "note": "Round 5"}
    ).json()
    assert {each["status"] for each in submitted} == {"submitted"}
    detail = officer.get(f"/readings/{drafts[0]['id']}").json()
    assert detail["dataset_hashes"] == [survey.sha256]
    assert detail["arguments"]["column"] == "trust"
    assert [(each["act"], each["by"]) for each in detail["revisions"]] == [
        ("computation.finish", officer.account.reference), ("reading.submit", officer.account.reference),
    ]  # fmt: skip


def test_token_that_may_only_read_changes_nothing(country, caller, survey):
    reader = caller(Role.ME_OFFICER)
    draft = plant_survey_reading(country.trust, 0.6, period=(date(2026, 11, 1), date(2026, 11, 30)), status="draft")
    for path, body in (("/computations", request_body(survey)), ("/readings/submit", {"readings": [draft.pk]})):
        assert reader.post(path, body).status_code == 403
    assert (Computation.objects.count(), Reading.objects.get(pk=draft.pk).status) == (0, "draft")


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"datasets": ["f" * 64]}, 422, "ffff"),
        ({"datasets": []}, 422, "data set"),
        ({"indicator": "NONE-1"}, 404, ""),
        ({"period_kind": "fortnight"}, 422, "period_kind"),
        ({"source": "two words"}, 422, "source"),
        ({"crossings": [["sex", "sex"]]}, 400, "sex"),
        ({"start": "2026-13-01"}, 422, "start"),
    ],
)
def test_computation_that_cannot_be_is_refused_with_place_and_remedy(country, caller, survey, changes, status, word):
    answer = caller(Role.ME_OFFICER, scopes=WRITE).post("/computations", request_body(survey, **changes))
    body = answer.json()
    assert (answer.status_code, Computation.objects.count()) == (status, 0), body
    assert word in body["what"] + body["where"]
    assert body["remedy"]


def test_period_that_ends_before_it_starts_is_refused(country, caller, survey):
    answer = caller(Role.ME_OFFICER, scopes=WRITE).post("/computations", request_body(survey, end="2026-10-01"))
    assert answer.status_code == 422
    assert Computation.objects.count() == 0


def test_body_that_is_no_json_is_refused(country, caller):
    answer = caller(Role.ME_OFFICER, scopes=WRITE).post("/readings/submit", "{not json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "input.invalid"


def test_submitting_twice_is_refused_and_changes_nothing(country, caller):
    officer = caller(Role.ME_OFFICER, scopes=WRITE)
    draft = plant_survey_reading(country.trust, 0.6, period=(date(2026, 11, 1), date(2026, 11, 30)), status="draft")
    fresh = plant_survey_reading(country.trust, 0.6, period=(date(2026, 12, 1), date(2026, 12, 31)), status="draft")
    assert officer.post("/readings/submit", {"readings": [draft.pk]}).status_code == 200
    again = officer.post("/readings/submit", {"readings": [fresh.pk, draft.pk]})
    assert (again.status_code, again.json()["code"]) == (409, "indicators.transition-not-allowed")
    assert Reading.objects.get(pk=fresh.pk).status == "draft"


def test_queries_of_the_list_do_not_grow_with_rows(country, caller, django_assert_max_num_queries):
    officer = caller(Role.ME_OFFICER)
    officer.get("/readings?limit=1")
    for number in range(5):
        other = plant_trust(country.programme, f"TRU-1{number}")
        plant_survey_reading(other, 0.5)
    with django_assert_max_num_queries(8):
        assert len(officer.get("/readings?limit=500").json()["items"]) == 14
