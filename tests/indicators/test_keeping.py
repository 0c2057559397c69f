"""What is kept of staff pages: only for whom it was made, only as long as the record stands still, never while a job runs (I25)."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from custodes.indicators.actions import publish_readings, submit_readings, verify_readings, withdraw_readings
from custodes.indicators.models import Computation, Reading
from custodes.ledger.actions import SYSTEM, record
from custodes.people.models import RoleGrant
from custodes.people.rules import Role
from tests.factories import make_account, make_definition_version, make_indicator

FIGURES = 'indicators_reading"."value'


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def measured(country):
    """The country with a published series."""
    country.compute(crossings=[["sex"], ["area:1"]])
    readings = list(Reading.objects.all())
    submit_readings(readings, by=country.officer)
    verify_readings(readings, by=country.verifier)
    publish_readings(readings, by=country.publisher)
    return country


def addresses(country) -> dict[str, str]:
    code = country.programme.code
    return {
        "board": reverse("programme-board", args=[code]),
        "story": reverse("indicator-page", args=[code, "TRU-01"]),
        "readings": reverse("computation-detail", args=[Computation.objects.get().pk]),
    }


def answer(client, address: str) -> tuple[str, bool]:
    """The page, and whether figures were read for it."""
    with CaptureQueriesContext(connection) as captured:
        page = client.get(address)
    assert page.status_code == 200, address
    return page.content.decode(), any(FIGURES in query["sql"] for query in captured)


def act_on_anything() -> None:
    with transaction.atomic():
        record("place.correct", subject="area:nowhere", by=SYSTEM, role=SYSTEM)


@pytest.mark.parametrize("name", ["board", "story"])
def test_what_nothing_changed_is_answered_without_reading_a_figure_again(measured, client, name):
    client.force_login(measured.officer)
    first, was_read = answer(client, addresses(measured)[name])
    again, was_read_again = answer(client, addresses(measured)[name])
    assert was_read
    assert not was_read_again
    assert content_of(again) == content_of(first)
    act_on_anything()
    assert answer(client, addresses(measured)[name])[1]


def content_of(page: str) -> str:
    """The page without its frame, whose tokens differ from answer to answer."""
    return page.split("<main", 1)[1].split("</main>", 1)[0]


@pytest.mark.parametrize("name", ["board", "story", "readings"])
def test_i25_what_is_kept_for_one_account_is_shown_to_no_other(measured, client, name):
    hidden = make_definition_version("SEC-99", name="What only few may know")
    make_indicator(measured.programme, definition=hidden.definition, sensitivity=2)
    measured.indicator.read_with.add(measured.programme.indicators.get(code="SEC-99"))
    client.force_login(measured.officer)
    mine, _ = answer(client, addresses(measured)[name])
    client.force_login(make_account(Role.DONOR, sensitivity=1))
    theirs, _ = answer(client, addresses(measured)[name])
    assert ("SEC-99" in mine) == (name != "readings")
    assert "SEC-99" not in theirs


def test_i25_a_grant_that_ended_takes_what_was_kept_with_it(measured, client):
    reader = make_account(Role.DONOR)
    client.force_login(reader)
    answer(client, addresses(measured)["board"])
    RoleGrant.objects.filter(account=reader).update(ends=timezone.localdate() - timedelta(days=1))
    assert client.get(addresses(measured)["board"]).status_code == 404


def test_an_act_is_seen_at_once(measured, client):
    client.force_login(measured.officer)
    address = addresses(measured)["story"]
    assert "Published" in answer(client, address)[0]
    withdraw_readings(list(Reading.objects.all()), by=measured.publisher, reason="A column was misread.")
    assert "No verified reading yet" in answer(client, address)[0]


def test_the_readings_of_a_running_computation_are_never_kept(measured, client):
    client.force_login(measured.officer)
    address = addresses(measured)["readings"]
    Computation.objects.update(state="running")
    answer(client, address)
    Reading.objects.filter(cell_key="").update(text="as it came to be")
    assert "as it came to be" in answer(client, address)[0]


def test_each_language_has_its_own(measured, client):
    client.force_login(measured.officer)
    english = client.get(addresses(measured)["board"]).content.decode()
    with translation.override("fr"):
        address = addresses(measured)["board"]
    assert content_of(client.get(address).content.decode()) != content_of(english)
