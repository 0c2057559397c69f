"""Staff pages of measuring: who sees what, what each act answers, and how many queries a page takes."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from custodes.indicators.actions import publish_readings, submit_readings, verify_readings
from custodes.indicators.models import Computation, DataQualityCheck, Reading
from custodes.indicators.queries.readings import visible_indicator_or_none
from custodes.people.rules import Role
from custodes.programmes.models import Programme
from tests.factories import make_account, make_definition_version, make_indicator, make_institution
from tests.indicators.conftest import END, START


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def computed_and_published(country, indicator=None):
    country.compute(indicator=indicator, crossings=[["sex"], ["area:1"]])
    readings = list(Reading.objects.filter(indicator=indicator or country.indicator))
    submit_readings(readings, by=country.officer)
    verify_readings(readings, by=country.verifier)
    publish_readings(readings, by=country.publisher)


def pages(country) -> list[str]:
    code = country.programme.code
    computation = Computation.objects.latest("pk")
    return [
        reverse("work-queue"), reverse("board-list"), reverse("programme-board", args=[code]),
        reverse("indicator-page", args=[code, "TRU-01"]), reverse("computation-new", args=[code, "TRU-01"]),
        reverse("computation-detail", args=[computation.pk]), reverse("reading-detail", args=[country.total().pk]),
        reverse("quality-check-new", args=[code, "TRU-01"]),
    ]  # fmt: skip


def test_pages_open_for_staff_and_lead_strangers_to_sign_in(country, client):
    computed_and_published(country)
    for address in pages(country):
        assert client.get(address).status_code == 302, address
    client.force_login(country.officer)
    for address in pages(country):
        assert client.get(address).status_code == 200, address


def test_i25_pages_of_another_programme_do_not_exist_for_an_account(country, client):
    computed_and_published(country)
    client.force_login(make_account(Role.ME_OFFICER, programme="another"))
    for address in pages(country)[2:]:
        assert client.get(address).status_code == 404, address
    assert "TRU-01" not in client.get(reverse("work-queue")).content.decode()


def test_i25_board_page_and_api_hide_the_same_indicators(country, client):
    police, prisons = make_institution("police"), make_institution("prisons")
    Programme.objects.update(lead_institution=police)
    country.programme.refresh_from_db()
    for code, fields in {"LEAD-1": {}, "ELSE-1": {"institution": prisons}, "SEC-99": {"sensitivity": 2}}.items():
        more = make_indicator(country.programme, definition=make_definition_version(code).definition, **fields)
        country.indicator.read_with.add(more)
    code = country.programme.code

    def shown(account) -> list[set[str]]:
        client.force_login(account)
        codes = {"TRU-01", "LEAD-1", "ELSE-1", "SEC-99"}
        pages = [reverse(name, args=[code]) for name in ("programme-board", "programme-detail")]
        beside = reverse("indicator-page", args=[code, "TRU-01"])
        lists = [{each for each in codes if each in client.get(page).content.decode()} for page in (*pages, beside)]
        opened = {each for each in codes if client.get(reverse("indicator-page", args=[code, each])).status_code == 200}
        return [*lists, opened, {each for each in codes if visible_indicator_or_none(account, code, each)}]

    of_police = make_account(Role.FOCAL_POINT, institution=police, sensitivity=2)
    assert shown(of_police) == [{"TRU-01", "LEAD-1", "SEC-99"}] * 5
    assert shown(make_account(Role.DONOR, sensitivity=1)) == [{"TRU-01", "LEAD-1", "ELSE-1"}] * 5
    assert shown(make_account(Role.DONOR, sensitivity=2)) == [{"TRU-01", "LEAD-1", "ELSE-1", "SEC-99"}] * 5


def test_i25_title_and_provenance_of_a_data_set_need_a_grant_that_opens_it(country, client):
    computed_and_published(country)
    addresses = pages(country)[5:7]
    facts = {"Register", "Made for a test.", "CC0-1.0"}

    def told(account) -> list[set[str]]:
        client.force_login(account)
        texts = [client.get(address).content.decode() for address in addresses]
        assert all(country.survey.sha256[:12] in text for text in texts)
        return [{fact for fact in facts if fact in text} for text in texts]

    assert told(make_account(Role.DONOR, sensitivity=1)) == [set(), set()]
    assert told(make_account(Role.DONOR, sensitivity=2)) == [{"Register"}, facts]


def queries_of(client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_pages_take_at_most_15_queries_however_many_rows(country, client):
    computed_and_published(country)
    client.force_login(country.officer)
    before = {address: queries_of(client, address) for address in pages(country)}
    for number in range(3):
        version = make_definition_version(f"MORE-{number}", arguments={"column": "trust", "positive": ["2", "3"]})
        more = make_indicator(country.programme, definition=version.definition)
        computed_and_published(country, more)
        country.indicator.read_with.add(more)
    for source in ("panel", "diary"):
        country.compute(source=source)

    for address, count in before.items():
        after = queries_of(client, address)
        assert after <= 15, (address, after)
        assert after <= count + 1, (address, count, after)


def test_computation_form_asks_for_what_is_missing_and_computes(country, client, django_capture_on_commit_callbacks):
    client.force_login(country.officer)
    address = reverse("computation-new", args=[country.programme.code, "TRU-01"])

    wrong = client.post(
        address,
        {
            "source": "survey",
            "start": "2025-11-30",
            "end": "2025-11-01",
            "period_kind": "round",
            "missing_policy": "exclude",
        },
    )
    assert wrong.status_code == 400
    assert "before the first" in wrong.content.decode()

    done = client.post(
        address,
        {
            "datasets": [country.survey.pk], "source": "survey", "start": START, "end": END, "period_kind": "round",
            "missing_policy": "denominator", "splits": ["sex"], "crossed": "area:1, sex",
        },
    )  # fmt: skip
    computation = Computation.objects.get()
    assert done.url == reverse("computation-detail", args=[computation.pk])
    assert computation.crossings == [["sex"], ["area:1", "sex"]]
    assert computation.missing_policy == "denominator"


def test_enterer_is_offered_no_verification_and_a_forced_one_is_refused(country, client):
    both = make_account(Role.ME_OFFICER, Role.VERIFIER)
    country.officer = both
    computation = country.compute()
    submit_readings(country.total(), by=both)
    client.force_login(both)

    page = client.get(reverse("computation-detail", args=[computation.pk])).content.decode()
    assert 'value="verify"' not in page
    forced = client.post(
        reverse("readings-act"),
        {"act": "verify", "readings": [country.total().pk], "back": "/en/measure/work/"},
        follow=True,
    )
    assert "somebody else must check it" in forced.content.decode()
    assert country.total().status == "submitted"


def test_return_needs_a_reason_and_the_officer_sees_it(country, client):
    country.compute()
    submit_readings(country.total(), by=country.officer)
    client.force_login(country.verifier)
    act = {"act": "return", "readings": [country.total().pk], "back": "/en/measure/work/"}

    assert "Say why" in client.post(reverse("readings-act"), act, follow=True).content.decode()
    client.post(reverse("readings-act"), act | {"reason": "Which weights?"})

    client.force_login(country.officer)
    assert "Which weights?" in client.get(reverse("work-queue")).content.decode()


@pytest.mark.parametrize("elsewhere", ["//elsewhere.example/", "/\\elsewhere.example/", "https://elsewhere.example/"])
def test_back_address_stays_on_this_site(country, client, elsewhere):
    client.force_login(country.officer)
    answer = client.post(reverse("readings-act"), {"act": "submit", "back": elsewhere})
    assert answer.url == reverse("work-queue")


def test_quality_check_is_recorded(country, client):
    client.force_login(country.officer)
    answers = dict.fromkeys(("validity", "integrity", "precision", "reliability"), "yes") | {"timeliness": "partly"}
    client.post(
        reverse("quality-check-new", args=[country.programme.code, "TRU-01"]),
        {"source": "survey", "on": "2026-01-15", "note": "late", **answers},
    )
    check = DataQualityCheck.objects.get()
    assert (check.timeliness, check.entry is not None) == ("partly", True)


def ticked(page) -> set[int]:
    boxes = re.findall(r'name="readings" value="([0-9]+)" id="reading-[0-9]+"( checked)?', page.content.decode())
    return {int(number) for number, tick in boxes if tick}


def test_what_was_ticked_stays_ticked_when_an_act_is_refused(country, client):
    country.compute(crossings=[["sex"]])
    readings = list(Reading.objects.order_by("pk"))
    submit_readings(readings, by=country.officer)
    client.force_login(country.verifier)
    address = reverse("computation-detail", args=[Computation.objects.get().pk])
    assert ticked(client.get(address)) == {reading.pk for reading in readings}

    wrong = readings[1].pk
    answer = client.post(
        reverse("readings-act"), {"act": "return", "readings": [wrong], "reason": "", "back": address}, follow=True
    )
    assert Reading.objects.filter(status="returned").count() == 0
    assert ticked(answer) == {wrong}

    client.post(reverse("readings-act"), {"act": "return", "readings": [wrong], "reason": "Weights?", "back": address})
    assert ticked(client.get(address)) == {reading.pk for reading in readings} - {wrong}
