"""First set-up: open with the printed code while no account exists, and never again."""

import pytest
from django.urls import reverse

from custodes.people.actions import setup_code
from custodes.people.models import Account, Organisation
from custodes.people.rules import Role
from tests.factories import make_account

pytestmark = pytest.mark.django_db


def form(**changes):
    return {
        "code": setup_code(),
        "organisation_name": "Reform office",
        "organisation_kind": "10",
        "username": "chief",
        "password": "seven quiet rivers",
        "password_again": "seven quiet rivers",
    } | changes


def test_staff_pages_lead_to_set_up_while_no_account_exists(client):
    for name in ("account-list", "own-account"):
        answer = client.get(reverse(name), follow=True)
        assert answer.redirect_chain[-1][0] == reverse("first-setup")
        assert answer.status_code == 200


def test_set_up_makes_the_office_and_leads_to_the_second_factor(client, settings):
    answer = client.post(reverse("first-setup"), form())
    assert answer.url == reverse("second-factor-needed")
    chief = Account.objects.get()
    assert chief.has_role(Role.ADMINISTRATOR)
    assert chief.organisation == Organisation.objects.get(name="Reform office", kind="10")
    assert client.get(answer.url).status_code == 200
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert client.get(reverse("account-list")).status_code == 403  # not before the second factor


def test_set_up_code_is_destroyed_after_use(client, settings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("first-setup"), form())
    assert not (settings.DATA_DIR / "setup_code").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "guess"}, "code"),
        ({"password_again": "other"}, "password_again"),
        ({"password": "short", "password_again": "short"}, "password"),
        ({"username": "a b"}, "username"),
        ({"organisation_name": ""}, "organisation_name"),
    ],
)
def test_set_up_with_a_mistake_makes_nothing_and_names_the_field(client, changes, field):
    answer = client.post(reverse("first-setup"), form(**changes))
    assert answer.status_code == 400
    assert f'href="#id_{field}"' in answer.content.decode()
    assert not Account.objects.exists()
    assert not Organisation.objects.exists()


def test_set_up_is_closed_once_an_account_exists(client):
    values = form()
    make_account()
    assert client.get(reverse("first-setup")).url == reverse("account_login")
    assert client.post(reverse("first-setup"), values).url == reverse("account_login")
    assert Account.objects.count() == 1
    assert client.get(reverse("account_login")).status_code == 200
