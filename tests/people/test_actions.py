"""Accounts, grants, bodies and tokens change only as allowed, and every change is in the ledger without a name."""

import hashlib
import json
import stat
from datetime import timedelta

import pytest
from django.utils import timezone

from custodes.ledger.models import Entry
from custodes.ledger.queries import checked_chain
from custodes.people import actions
from custodes.people.errors import EntryInvalid, HandOverRequired, NotAllowed, SeparationOfDuties, SetupClosed
from custodes.people.models import Account, ApiToken, Organisation, RoleGrant
from custodes.people.permissions import lacks_second_factor
from custodes.people.rules import OpenWork, Role
from custodes.people.signals import open_work_asked
from tests.factories import make_account, make_area, make_grant, make_institution, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return make_account(Role.ADMINISTRATOR, username="admin")


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def test_i16_every_change_of_people_stores_who_in_which_role_and_why_and_no_name(administrator):
    account = actions.create_account("amara", by=administrator, full_name="Amara Kollie", email="amara@example.org")
    grant = actions.grant_role(account, by=administrator, role=Role.ME_OFFICER, programme="reform", why="New officer")
    actions.end_grant(grant, by=administrator, why="Moved on")
    actions.deactivate_account(account, by=administrator, why="Left")
    actions.reactivate_account(account, by=administrator, why="Back")
    organisation = actions.create_organisation("Office", by=administrator, kind="10")
    body = actions.create_institution("police", by=administrator, name="Police", kind="police", country="LR")

    entries = list(Entry.objects.all())
    assert [entry.act for entry in entries] == [
        "account.create",
        "account.grant-role",
        "account.end-grant",
        "account.deactivate",
        "account.reactivate",
        "organisation.create",
        "institution.create",
    ]
    assert {(entry.actor, entry.role) for entry in entries} == {(administrator.reference, "administrator")}
    assert {entry.subject for entry in entries[:5]} == {account.reference}
    assert [entry.why for entry in entries[1:5]] == ["New officer", "Moved on", "Left", "Back"]
    assert (grant.entry, organisation.entry, body.entry) == (entries[2].seq, entries[5].seq, entries[6].seq)
    written = json.dumps([[entry.subject, entry.actor, entry.what] for entry in entries]).lower()
    for name in ("amara", "kollie", "example.org"):
        assert name not in written
    assert checked_chain().seq == 7


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_accounts_are_made_and_grants_given_by_administrators_only(role):
    other, target = make_account(role), make_account()
    with pytest.raises(NotAllowed):
        actions.create_account("new", by=other)
    with pytest.raises(NotAllowed):
        actions.grant_role(target, by=other, role=Role.DONOR)
    with pytest.raises(NotAllowed):
        actions.deactivate_account(target, by=other, why="No")
    assert not Account.objects.filter(username="new").exists()
    assert not RoleGrant.objects.filter(account=target).exists()
    assert not Entry.objects.exists()


def test_administrator_of_one_programme_grants_within_it_only():
    limited, target = make_account(Role.ADMINISTRATOR, programme="reform"), make_account()
    assert actions.grant_role(target, by=limited, role=Role.DONOR, programme="reform").programme == "reform"
    for programme in ("", "other"):
        with pytest.raises(NotAllowed):
            actions.grant_role(target, by=limited, role=Role.DONOR, programme=programme)


def test_account_name_and_email_are_unique_in_any_case(administrator):
    make_account(username="Amara", email="amara@example.org")
    with pytest.raises(EntryInvalid) as taken:
        actions.create_account("amara", by=administrator)
    assert taken.value.where == "username"
    with pytest.raises(EntryInvalid) as taken:
        actions.create_account("other", by=administrator, email="AMARA@example.org")
    assert taken.value.where == "email"


@pytest.mark.parametrize(("username", "password", "where"), [("a b", None, "username"), ("amara", "12345", "password")])
def test_account_with_a_bad_name_or_password_is_refused(administrator, username, password, where):
    with pytest.raises(EntryInvalid) as refused:
        actions.create_account(username, by=administrator, password=password)
    assert refused.value.where == where


def test_accounts_without_email_can_be_many(administrator):
    assert actions.create_account("one", by=administrator).email is None
    assert actions.create_account("two", by=administrator).email is None


def test_grant_to_oneself_is_refused(administrator):
    with pytest.raises(SeparationOfDuties):
        actions.grant_role(administrator, by=administrator, role=Role.DONOR)
    with pytest.raises(SeparationOfDuties):
        actions.end_grant(administrator.grants.get(), by=administrator)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (Role.ADMINISTRATOR, Role.INTAKE_OFFICER),
        (Role.CUSTODIAN, Role.ADMINISTRATOR),
        (Role.PROGRAMME_MANAGER, Role.APPROVER),
        (Role.INVESTIGATOR, Role.CUSTODIAN),
        (Role.DIRECTOR, Role.INVESTIGATOR),
    ],
)
def test_excluded_grant_is_refused_and_names_the_other(administrator, held, wanted):
    account = make_account(held, programme="reform")
    with pytest.raises(SeparationOfDuties) as refused:
        actions.grant_role(account, by=administrator, role=wanted)
    assert f"grant {account.grants.get().pk}: {held.label}, reform" in refused.value.where
    assert account.grants.count() == 1


def test_excluded_role_in_another_programme_or_after_the_end_is_given(administrator):
    account = make_account()
    make_grant(account, Role.PROGRAMME_MANAGER, programme="a", ends=in_days(10))
    actions.grant_role(account, by=administrator, role=Role.APPROVER, programme="b")
    actions.grant_role(account, by=administrator, role=Role.APPROVER, programme="a", starts=in_days(11))
    with pytest.raises(SeparationOfDuties):
        actions.grant_role(account, by=administrator, role=Role.APPROVER, programme="a", starts=in_days(10))


def test_grant_keeps_its_whole_scope(administrator):
    area, body = make_area("LR-1"), make_institution("police")
    grant = actions.grant_role(
        make_account(), by=administrator, role=Role.ANALYST, programme="reform", area=area, institution=body,
        sensitivity=2, starts=in_days(1), ends=in_days(2),
    )  # fmt: skip
    what = Entry.objects.get().what
    assert what["area"] == f"area:{area.pk}"
    assert what["institution"] == f"institution:{body.pk}"
    assert (what["sensitivity"], what["starts"], what["ends"]) == (2, str(in_days(1)), str(in_days(2)))
    assert RoleGrant.objects.get(pk=grant.pk).area == area


def test_grant_that_ends_before_it_starts_is_refused(administrator):
    with pytest.raises(EntryInvalid):
        actions.grant_role(make_account(), by=administrator, role=Role.DONOR, starts=in_days(2), ends=in_days(1))


def test_ended_grant_ends_at_once_and_cannot_be_made_longer(administrator):
    account = make_account(Role.DONOR)
    grant = account.grants.get()
    assert account.has_role(Role.DONOR)
    actions.end_grant(grant, by=administrator)
    assert not Account.objects.get(pk=account.pk).has_role(Role.DONOR)
    with pytest.raises(EntryInvalid):
        actions.end_grant(grant, by=administrator, last_day=in_days(5))


def test_leaver_with_open_work_is_not_deactivated_before_hand_over(administrator):
    leaver, other = make_account(Role.ME_OFFICER), make_account(Role.ME_OFFICER)

    def readings_of(sender, account, **_others):
        return [OpenWork("unverified readings", 3 if account == leaver else 0)]

    open_work_asked.connect(readings_of)
    try:
        with pytest.raises(HandOverRequired, match="unverified readings: 3"):
            actions.deactivate_account(leaver, by=administrator, why="Left")
        actions.deactivate_account(other, by=administrator, why="Left")
    finally:
        open_work_asked.disconnect(readings_of)
    leaver.refresh_from_db()
    other.refresh_from_db()
    assert (leaver.is_active, other.is_active) == (True, False)


def test_own_account_is_not_deactivated(administrator):
    with pytest.raises(SeparationOfDuties):
        actions.deactivate_account(administrator, by=administrator, why="Oops")


def test_reset_credentials_lets_in_again_without_the_lost_device(administrator):
    person = make_account(Role.VERIFIER, password="the forgotten phrase")
    actions.reset_credentials(person, by=administrator, password="nine calm harbours", why="Telephone lost")
    person = Account.objects.get(pk=person.pk)
    assert person.check_password("nine calm harbours")
    assert lacks_second_factor(person)
    entry = Entry.objects.get()
    assert (entry.act, entry.actor, entry.why) == (
        "account.reset-credentials",
        administrator.reference,
        "Telephone lost",
    )
    with pytest.raises(SeparationOfDuties):
        actions.reset_credentials(administrator, by=administrator, password="nine calm harbours", why="Mine")
    with pytest.raises(NotAllowed):
        actions.reset_credentials(person, by=make_account(Role.DONOR), password="nine calm harbours", why="Mischief")


def test_institution_stands_under_its_parent(administrator):
    ministry = actions.create_institution("interior", by=administrator, name="I", kind="ministry", country="LR")
    police = actions.create_institution(
        "police", by=administrator, name="P", kind="police", country="LR", parent=ministry
    )
    assert police.path == "/interior/police/"
    with pytest.raises(EntryInvalid):
        actions.create_institution("police", by=administrator, name="P", kind="police", country="LR")
    with pytest.raises(EntryInvalid):
        actions.create_institution("bad code", by=administrator, name="P", kind="police", country="LR")


def test_organisation_name_is_taken_once(administrator):
    make_organisation("Ministry")
    with pytest.raises(EntryInvalid):
        actions.create_organisation("ministry", by=administrator, kind="10")


def test_token_secret_is_stored_only_as_its_hash():
    officer = make_account(Role.ME_OFFICER)
    new = actions.create_api_token("Sync", by=officer, scopes=["read", "write:imports"], expires=in_days(365))
    stored = ApiToken.objects.get()
    assert stored.digest == hashlib.sha256(new.secret.encode()).hexdigest()
    assert new.secret not in json.dumps(list(ApiToken.objects.values()), default=str)
    assert new.secret not in json.dumps(list(Entry.objects.values()))
    assert stored.scopes == ["read", "write:imports"]


@pytest.mark.parametrize(
    ("role", "scopes", "days", "error"),
    [
        (Role.DONOR, ["read", "write:imports"], 30, NotAllowed),
        (None, ["read"], 30, NotAllowed),
        (Role.ME_OFFICER, [], 30, EntryInvalid),
        (Role.ME_OFFICER, ["read"], 366, EntryInvalid),
        (Role.ME_OFFICER, ["read"], -1, EntryInvalid),
    ],
)
def test_token_beyond_what_is_allowed_is_refused(role, scopes, days, error):
    account = make_account(*([role] if role else []))
    with pytest.raises(error):
        actions.create_api_token("Sync", by=account, scopes=scopes, expires=in_days(days))
    assert not ApiToken.objects.exists()


def test_token_is_revoked_by_its_holder_or_an_administrator_only(administrator):
    holder, other = make_account(Role.DONOR), make_account(Role.DONOR)
    token = actions.create_api_token("Sync", by=holder, scopes=["read"], expires=in_days(1)).token
    with pytest.raises(NotAllowed):
        actions.revoke_api_token(token, by=other)
    token.refresh_from_db()
    assert token.revoked_at is None
    actions.revoke_api_token(token, by=administrator, why="Lost laptop")
    assert Entry.objects.latest("seq").role == "administrator"
    assert token.revoked_at is not None


def test_first_administrator_is_made_once():
    first = actions.create_first_administrator(
        "chief", password="a long phrase of words", organisation_name="Reform office"
    )
    assert first.has_role(Role.ADMINISTRATOR)
    assert first.organisation == Organisation.objects.get(name="Reform office")
    assert Entry.objects.get().actor == "system"
    with pytest.raises(SetupClosed):
        actions.create_first_administrator("second", password="a long phrase of words", organisation_name="Other")


def test_setup_code_is_kept_privately_and_stays_the_same(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "var"
    code = actions.setup_code()
    file = settings.DATA_DIR / "setup_code"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert actions.setup_code() == code
    actions.check_setup_code(f" {code}\n")
    with pytest.raises(SetupClosed):
        actions.check_setup_code("guess")
    make_account()
    with pytest.raises(SetupClosed):
        actions.check_setup_code(code)
