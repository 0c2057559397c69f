"""The staff pages: who may open them, what they change, and that their queries do not grow with rows."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from custodes.ledger.models import Entry
from custodes.people import actions
from custodes.people.models import Account, ApiToken, Institution, Organisation, RoleGrant
from custodes.people.rules import Role
from tests.factories import make_account, make_area, make_grant, make_institution, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    account = make_account(Role.ADMINISTRATOR, username="admin", password="seven quiet rivers")
    client.force_login(account)
    return account


def address(name, *arguments):
    return reverse(name, args=arguments)


def test_staff_pages_lead_a_visitor_to_sign_in(client):
    person = make_account(Role.DONOR)
    names = [
        ("account-list",), ("account-new",), ("account-detail", person.pk), ("grant-new", person.pk),
        ("grant-end", person.grants.get().pk), ("account-deactivate", person.pk), ("account-reset-credentials", person.pk), ("organisation-list",),
        ("organisation-new",), ("institution-list",), ("institution-new",), ("own-account",), ("token-new",),
        ("second-factor-needed",),
    ]  # fmt: skip
    for name in names:
        answer = client.get(address(*name))
        assert answer.status_code == 302, name
        assert answer.url.startswith(address("account_login")), name


def test_pages_of_accounts_are_refused_to_others_than_administrators(client):
    person = make_account(Role.DONOR, username="could-leak")
    client.force_login(make_account(*(role for role in Role if role != Role.ADMINISTRATOR)))
    for name in (
        ("account-list",), ("account-new",), ("account-detail", person.pk), ("grant-new", person.pk),
        ("grant-end", person.grants.get().pk), ("account-deactivate", person.pk), ("account-reset-credentials", person.pk),
    ):  # fmt: skip
        answer = client.get(address(*name))
        assert answer.status_code == 403, name
        assert b"could-leak" not in answer.content


def fill(rows):
    for _row in range(rows):
        person = make_account(Role.DONOR, Role.VERIFIER, organisation=make_organisation(), area=make_area())
        make_institution(parent=make_institution())
    return person


@pytest.mark.parametrize("name", ["account-list", "organisation-list", "institution-list"])
def test_list_queries_are_the_same_for_one_row_and_for_three(client, administrator, name):
    counts = []
    for rows in (1, 2):
        fill(rows)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address(name)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def test_account_page_queries_are_the_same_for_one_row_and_for_three(client, administrator):
    person, counts = make_account(), []
    for rows in (1, 2):
        for _row in range(rows):
            actions.grant_role(
                person, by=administrator, role=Role.DONOR, area=make_area(), institution=make_institution()
            )
            actions.create_api_token("T", by=person, scopes=["read"], expires=timezone.localdate())
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address("account-detail", person.pk)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def test_account_list_finds_and_pages(client, administrator):
    for number in range(60):
        make_account(username=f"officer-{number:02}")
    assert client.get(address("account-list")).content.count(b'scope="row"') == 50
    second = client.get(address("account-list"), {"q": "officer", "page": "2"}).content.decode()
    assert second.count('scope="row"') == 10
    assert "?q=officer&amp;page=1" in second or "?q=officer&page=1" in second
    assert "No account is called so" in client.get(address("account-list"), {"q": "zzz"}).content.decode()


def test_new_account_shows_its_password_once_and_can_sign_in(client, administrator):
    answer = client.post(address("account-new"), {"username": "amara", "language": "en", "full_name": "Amara K"})
    password = re.search(r'<code dir="ltr">([^<]+)</code>', answer.content.decode()).group(1)
    amara = Account.objects.get(username="amara")
    assert amara.check_password(password)
    assert password not in client.get(address("account-detail", amara.pk)).content.decode()


def test_new_account_with_a_taken_name_says_so_at_the_field(client, administrator):
    answer = client.post(address("account-new"), {"username": "ADMIN", "language": "en"})
    assert answer.status_code == 400
    assert 'href="#id_username"' in answer.content.decode()
    assert "Another account has this user name. Choose another one." in answer.content.decode()


def grant_form(**changes):
    today = timezone.localdate()
    return {"role": "analyst", "sensitivity": "2", "starts": str(today), "why": "New post"} | changes


def test_grant_form_gives_a_role_in_its_scope(client, administrator):
    person, area = make_account(), make_area("LR-7")
    answer = client.post(address("grant-new", person.pk), grant_form(programme="reform", area_code="LR-7"))
    assert answer.url == address("account-detail", person.pk)
    grant = RoleGrant.objects.get(account=person)
    assert (grant.role, grant.programme, grant.area, grant.sensitivity) == ("analyst", "reform", area, 2)
    shown = client.get(answer.url).content.decode()
    assert "admin gave the role “Analyst” (reform)." in shown
    assert "New post" in shown


def test_grant_form_refuses_excluded_roles_and_unknown_areas(client, administrator):
    manager = make_account(Role.PROGRAMME_MANAGER)
    refused = client.post(address("grant-new", manager.pk), grant_form(role="approver"))
    assert refused.status_code == 400
    assert f"grant {manager.grants.get().pk}: Programme manager, all programmes" in refused.content.decode()
    assert client.post(address("grant-new", manager.pk), grant_form(area_code="XX")).status_code == 400
    own = client.post(address("grant-new", administrator.pk), grant_form())
    assert "Nobody changes their own rights." in own.content.decode()
    assert RoleGrant.objects.count() == 2


def test_grant_is_ended_with_a_reason(client, administrator):
    grant = make_grant(make_account(), Role.DONOR)
    assert client.get(address("grant-end", grant.pk)).status_code == 200
    assert client.post(address("grant-end", grant.pk), {"why": ""}).status_code == 400
    client.post(address("grant-end", grant.pk), {"why": "Contract over"})
    grant.refresh_from_db()
    assert grant.ends == timezone.localdate() - timedelta(days=1)


def test_deactivated_account_is_out_at_once(client, administrator):
    person = make_account(Role.DONOR)
    theirs = type(client)()
    theirs.force_login(person)
    assert theirs.get(address("own-account")).status_code == 200
    client.post(address("account-deactivate", person.pk), {"why": "Left"})
    assert theirs.get(address("own-account")).status_code == 302
    client.post(address("account-reactivate", person.pk), {"why": "Back"})
    assert Account.objects.get(pk=person.pk).is_active


def test_new_password_is_shown_once_and_ends_the_sessions(client, administrator):
    person = make_account(Role.DONOR, password="the forgotten phrase")
    theirs = type(client)()
    theirs.force_login(person)
    answer = client.post(address("account-reset-credentials", person.pk), {"why": "Forgotten"})
    password = re.search(r'<code dir="ltr">([^<]+)</code>', answer.content.decode()).group(1)
    assert Account.objects.get(pk=person.pk).check_password(password)
    assert theirs.get(address("own-account")).status_code == 302
    assert client.post(address("account-reset-credentials", administrator.pk), {"why": "Mine"}).status_code == 400


def test_bodies_are_entered_by_form(client, administrator):
    interior = make_institution("interior")
    client.post(address("organisation-new"), {"name": "Mission", "kind": "40"})
    client.post(
        address("institution-new"),
        {"name": "Police", "code": "police", "kind": "police", "country": "LR", "parent": interior.pk},
    )
    assert Organisation.objects.get(name="Mission").kind == "40"
    assert Institution.objects.get(code="police").path == "/interior/police/"
    assert b"/interior/police/" in client.get(address("institution-list")).content


def test_own_account_changes_name_and_language(client):
    person = make_account(Role.DONOR)
    client.force_login(person)
    client.post(address("own-account"), {"full_name": "New Name", "language": "ar"})
    person.refresh_from_db()
    assert (person.full_name, person.language) == ("New Name", "ar")
    assert Entry.objects.latest("seq").act == "account.edit-own"


def test_token_secret_is_on_the_answer_and_nowhere_else(client):
    person = make_account(Role.DONOR)
    client.force_login(person)
    form = {"name": "Sync", "scopes": ["read"], "expires": str(timezone.localdate())}
    made = client.post(address("token-new"), form)
    secret = re.search(r"custodes_[\w-]+", made.content.decode()).group()
    assert "no-store" in made["Cache-Control"]
    assert secret not in client.get(address("own-account")).content.decode()
    token = ApiToken.objects.get()
    client.post(address("token-revoke", token.pk), {"why": "Done"})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_token_of_another_account_is_not_revoked(client):
    token = actions.create_api_token(
        "T", by=make_account(Role.DONOR), scopes=["read"], expires=timezone.localdate()
    ).token
    client.force_login(make_account(Role.DONOR))
    assert client.post(address("token-revoke", token.pk), {"why": "Mischief"}).status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_pages_have_one_heading_and_no_inline_script_or_style(client, administrator, language):
    person = fill(1)
    for name in (
        ("account-list",), ("account-new",), ("account-detail", person.pk), ("grant-new", person.pk),
        ("organisation-list",), ("organisation-new",), ("institution-list",), ("institution-new",), ("own-account",),
        ("token-new",), ("mfa_index",), ("account_email",), ("account_change_password",), ("account_logout",),
    ):  # fmt: skip
        page = client.get(address(*name).replace("/en/", f"/{language}/", 1)).content.decode()
        assert page.count("<h1") == 1, name
        assert not re.search(r"<script(?![^>]*(src=|application/json))|<style|\sstyle=|\son[a-z]+=", page), name
