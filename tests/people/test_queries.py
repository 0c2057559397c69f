"""What an account sees of people and bodies; rows are planted that could leak."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from custodes.ledger.actions import note_action
from custodes.people import queries, signals
from custodes.people.rules import Role
from tests.factories import make_account, make_grant, make_institution, make_organisation

pytestmark = pytest.mark.django_db


def test_i25_lists_of_people_return_nothing_to_an_account_without_a_grant():
    make_account(Role.DONOR, full_name="Could Leak")
    make_organisation("Could leak")
    make_institution("could-leak")
    for visitor in (AnonymousUser(), make_account(), make_account(Role.ADMINISTRATOR, is_active=False)):
        assert list(queries.accounts_for(visitor)) == []
        assert list(queries.accounts_for(visitor, text="leak")) == []
        assert list(queries.organisations_for(visitor)) == []
        assert list(queries.institutions_for(visitor)) == []


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_i25_accounts_are_listed_to_administrators_only(role):
    make_account(Role.DONOR, full_name="Could Leak")
    assert list(queries.accounts_for(make_account(role))) == []


def test_i25_institutions_are_those_within_the_grant():
    interior = make_institution("interior")
    police = make_institution("police", parent=interior)
    make_institution("interior-other")
    focal_point = make_account(Role.FOCAL_POINT, institution=interior)
    assert list(queries.institutions_for(focal_point)) == [interior, police]


def test_accounts_are_found_by_a_part_of_name_email_or_organisation():
    administrator = make_account(Role.ADMINISTRATOR, username="chief")
    office = make_organisation("Ombuds Office")
    amara = make_account(username="amara", full_name="Amara Kollie", email="ak@example.org", organisation=office)
    for text in ("KOLL", "amar", "ak@", "ombuds"):
        assert list(queries.accounts_for(administrator, text=text)) == [amara]


def test_demonstration_accounts_are_one_per_role_in_the_order_of_roles():
    verifier = make_account(Role.VERIFIER, is_demonstration=True)
    make_account(Role.VERIFIER, is_demonstration=True)
    administrator = make_account(Role.ADMINISTRATOR, is_demonstration=True)
    make_account(Role.DONOR)
    make_account(Role.ANALYST, is_demonstration=True, is_active=False)
    assert [(row.pk, row.role) for row in queries.demonstration_accounts()] == [
        (administrator.pk, "Administrator"),
        (verifier.pk, "Verifier"),
    ]


def test_history_tells_entries_as_sentences_newest_first():
    administrator, person = make_account(full_name="Ada Admin"), make_account()
    what = {"role": "verifier", "programme": "reform"}
    for act in ("account.create", "account.grant-role"):
        note_action(act, subject=person.reference, by=administrator.reference, role="administrator", why="w", what=what)
    note_action("account.create", subject=administrator.reference, by="system", role="system")
    assert [line.sentence for line in queries.history_of(person)] == [
        "Ada Admin gave the role “Verifier” (reform).",
        "Ada Admin made the account.",
    ]


def test_every_act_on_accounts_has_a_sentence():
    people = Path(signals.__file__).parent
    sources = [people / "signals.py", *sorted((people / "actions").glob("*.py"))]
    written = {act for source in sources for act in re.findall(r'"(account\.[a-z-]+)"', source.read_text("utf-8"))}
    assert len(written) > 15
    assert written == set(queries.SENTENCES)


def test_account_is_called_by_user_name_or_email_in_any_case():
    amara = make_account(username="Amara", email="amara@example.org")
    for typed in ("amara", " AMARA ", "Amara@Example.org"):
        assert queries.account_called_or_none(typed) == amara
    for typed in ("", "nobody", "a\0b"):
        assert queries.account_called_or_none(typed) is None


def test_i25_grant_that_has_not_begun_opens_nothing():
    make_organisation("Could leak")
    make_institution("could-leak")
    visitor = make_account()
    make_grant(visitor, Role.ADMINISTRATOR, starts=timezone.localdate() + timedelta(days=1))
    for rows in (queries.accounts_for, queries.organisations_for, queries.institutions_for):
        assert list(rows(visitor)) == []
