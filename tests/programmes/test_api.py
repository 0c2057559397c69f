"""Plans and definitions as JSON: with a token, within its account's grants, in the declared form."""

from datetime import timedelta

import pytest
from django.utils import timezone

from custodes.people.actions import create_api_token
from custodes.people.rules import Role
from custodes.programmes import actions
from tests.factories import make_account


def make_token(account) -> dict[str, str]:
    day = timezone.localdate() + timedelta(days=5)
    secret = create_api_token("Sync", by=account, scopes=["read"], expires=day).secret
    return {"Authorization": f"Bearer {secret}"}


def ask(client, account, path):
    return client.get(f"/api/v1/{path}", headers=make_token(account))


PATHS = ("programmes", "programmes/police-reform", "programmes/police-reform/results",
         "programmes/police-reform/indicators", "definitions", "definitions/TRU-01")  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_api_without_token_is_refused(client, approved, path):
    assert client.get(f"/api/v1/{path}").status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_i25_api_of_account_without_live_grant_returns_nothing(client, approved, path):
    leaver = make_account(Role.PROGRAMME_MANAGER)
    token = make_token(leaver)
    assert client.get(f"/api/v1/{path}", headers=token).json() != []
    leaver.grants.update(ends=timezone.localdate() - timedelta(days=1))
    answer = client.get(f"/api/v1/{path}", headers=token)
    assert (answer.status_code, answer.json()) == (200, []) or answer.status_code == 404


def test_programme_tells_its_approved_version(client, approved, manager):
    (row,) = ask(client, manager, "programmes").json()
    assert (row["code"], row["status"], row["country"], row["approved_version"]) == (
        "police-reform",
        "approved",
        "QR",
        1,
    )
    assert ask(client, manager, "programmes/police-reform").json() == row


def test_results_and_indicators_are_told_as_approved(client, approved, indicator, manager):
    actions.set_path(indicator, path="late", by=manager, reason="Survey came late.")
    (result,) = ask(client, manager, "programmes/police-reform/results").json()
    assert (result["code"], result["level"], result["parent"]) == ("O-TRU-01", "outcome", None)
    (row,) = ask(client, manager, "programmes/police-reform/indicators").json()
    assert (row["path"], row["plan_version"], row["result"]) == ("linear", 1, "O-TRU-01")
    assert row["baseline"] == {"on": "2022-11-30", "value": 0.385}
    assert row["targets"] == [{"on": "2026-11-30", "value": 0.48}]


def test_definitions_are_searched(client, manager):
    actions.load_indicator_library(by=manager, codes=["TRU-01", "SAF-02"])
    assert [row["code"] for row in ask(client, manager, "definitions?q=homicide").json()] == ["SAF-02"]
    sheet = ask(client, manager, "definitions/TRU-01").json()
    assert (sheet["version"], sheet["estimator"], sheet["is_break"]) == (1, "survey_proportion", False)


def test_restricted_indicator_is_not_told_to_a_lower_grant(client, programme, indicator):
    programme.indicators.update(sensitivity=2)
    low = make_account(Role.DONOR, sensitivity=0)
    assert ask(client, low, "programmes/police-reform/indicators").json() == []
