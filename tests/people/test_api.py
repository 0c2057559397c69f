"""Tokens of the API: which are taken, what they may do, and that they act with the account's grants of today."""

from datetime import timedelta

import pytest
from django.utils import timezone

from custodes.people import actions
from custodes.people.api import TokenAuth, check_scope
from custodes.people.errors import ScopeMissing
from custodes.people.models import ApiToken
from custodes.people.rules import ApiScope, Role
from tests.factories import make_account, make_area

pytestmark = pytest.mark.django_db
ME = "/api/v1/accounts/me"


@pytest.fixture
def officer():
    return make_account(Role.ME_OFFICER, programme="reform", username="amara", area=make_area("LR-1"))


def make_token(account, *scopes):
    return actions.create_api_token(
        "Sync", by=account, scopes=scopes or ["read"], expires=timezone.localdate() + timedelta(days=5)
    )


def ask(client, secret):
    return client.get(ME, headers={"Authorization": f"Bearer {secret}"})


def test_live_token_acts_for_its_account(client, officer):
    answer = ask(client, make_token(officer).secret)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["reference"], body["username"], body["scopes"]) == (officer.reference, "amara", ["read"])
    assert [(grant["role"], grant["programme"], grant["area"]) for grant in body["grants"]] == [
        ("me_officer", "reform", "LR-1")
    ]


def test_use_of_a_token_is_dated(client, officer):
    secret = make_token(officer).secret
    assert ApiToken.objects.get().last_used is None
    ask(client, secret)
    assert ApiToken.objects.get().last_used == timezone.localdate()


def test_expired_token_is_refused_from_the_day_after(client, officer):
    new = make_token(officer)
    new.token.expires = timezone.localdate()
    new.token.save()
    assert ask(client, new.secret).status_code == 200
    new.token.expires = timezone.localdate() - timedelta(days=1)
    new.token.save()
    assert ask(client, new.secret).status_code == 401


def test_revoked_token_is_refused(client, officer):
    new = make_token(officer)
    actions.revoke_api_token(new.token, by=officer)
    assert ask(client, new.secret).status_code == 401


def test_token_of_a_deactivated_account_is_refused(client, officer):
    secret = make_token(officer).secret
    actions.deactivate_account(officer, by=make_account(Role.ADMINISTRATOR), why="Left")
    assert ask(client, secret).status_code == 401


def test_unknown_or_absent_token_is_refused(client, officer):
    digest = make_token(officer).token.digest
    for secret in ("", "custodes_guess", digest):
        assert ask(client, secret).status_code == 401
    assert client.get(ME).status_code == 401
    client.force_login(officer)
    assert client.get(ME).status_code == 401  # a session is no token


def test_token_without_the_scope_is_refused(rf, officer):
    secret = make_token(officer, "write:imports").secret
    request = rf.get(ME)
    assert TokenAuth().authenticate(request, secret) == officer
    check_scope(request, ApiScope.WRITE_IMPORTS)
    for scope in (ApiScope.READ, ApiScope.WRITE_READINGS):
        with pytest.raises(ScopeMissing) as refused:
            check_scope(request, scope)
        assert refused.value.status == 403
        assert scope.value in refused.value.remedy
