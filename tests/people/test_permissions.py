"""Who may act: deny by default, one covering grant, a second factor where the role needs one."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from custodes.people.errors import NotAllowed, SecondFactorRequired
from custodes.people.permissions import check_role, grant_or_none, lacks_second_factor
from custodes.people.rules import SECOND_FACTOR_ROLES, Role
from tests.factories import make_account, make_area, make_grant, make_institution

pytestmark = pytest.mark.django_db


def test_role_is_denied_to_a_visitor_and_to_an_account_without_grant():
    for visitor in (AnonymousUser(), make_account()):
        with pytest.raises(NotAllowed):
            check_role(visitor, *Role)


@pytest.mark.parametrize("held", list(Role))
def test_role_gives_itself_and_no_other(held):
    account = make_account(held)
    for asked in Role:
        assert (grant_or_none(account, asked) is not None) is (asked == held)


@pytest.mark.parametrize(
    ("scope", "asked", "expected"),
    [
        ({}, {}, True),
        ({}, {"programme": "a", "area_path": "/LR/", "institution_path": "/interior/"}, True),
        ({"programme": "a"}, {"programme": "a"}, True),
        ({"programme": "a"}, {"programme": "b"}, False),
        ({"programme": "a"}, {}, False),
        ({"area": True}, {"area_path": "/LR/"}, True),
        ({"area": True}, {"area_path": "/LR/LR01/"}, True),
        ({"area": True}, {"area_path": "/SL/"}, False),
        ({"area": True}, {"area_path": "/LRX/"}, False),
        ({"area": True}, {}, False),
        ({"institution": True}, {"institution_path": "/interior/police/"}, True),
        ({"institution": True}, {"institution_path": "/justice/"}, False),
        ({"institution": True}, {}, False),
        ({"sensitivity": 1}, {"sensitivity": 1}, True),
        ({"sensitivity": 1}, {"sensitivity": 2}, False),
        ({"programme": "a", "area": True}, {"programme": "a", "area_path": "/SL/"}, False),
    ],
)
def test_scope_covers_what_lies_within_it(scope, asked, expected):
    options = dict(scope)
    if options.pop("area", False):
        options["area"] = make_area("LR", country="LR")
    if options.pop("institution", False):
        options["institution"] = make_institution("interior")
    account = make_account(Role.ME_OFFICER, **options)
    assert (grant_or_none(account, Role.ME_OFFICER, **asked) is not None) is expected


def test_scopes_of_two_grants_are_not_mixed():
    account = make_account(Role.ME_OFFICER, programme="a", sensitivity=2)
    make_grant(account, Role.ME_OFFICER, programme="b", sensitivity=0)
    assert grant_or_none(account, Role.ME_OFFICER, programme="a", sensitivity=2)
    assert grant_or_none(account, Role.ME_OFFICER, programme="b", sensitivity=2) is None


@pytest.mark.parametrize(
    ("first_in", "last_in", "expected"), [(0, 0, True), (-9, None, True), (1, None, False), (-9, -1, False)]
)
def test_grant_counts_on_its_days_only(first_in, last_in, expected):
    today = timezone.localdate()
    account = make_account()
    ends = None if last_in is None else today + timedelta(days=last_in)
    make_grant(account, Role.DONOR, starts=today + timedelta(days=first_in), ends=ends)
    assert (grant_or_none(account, Role.DONOR) is not None) is expected


def test_inactive_account_holds_no_grant():
    assert grant_or_none(make_account(Role.DONOR, is_active=False), Role.DONOR) is None


@pytest.mark.parametrize("role", list(Role))
def test_role_needs_a_second_factor_where_it_administers_verifies_or_publishes(role):
    account = make_account(role, second_factor=False)
    if role in SECOND_FACTOR_ROLES:
        assert lacks_second_factor(account)
        with pytest.raises(SecondFactorRequired):
            check_role(account, role)
    else:
        assert not lacks_second_factor(account)
        assert check_role(account, role).role == role


def test_second_factor_is_excused_for_demonstration_accounts_in_demonstration_mode_only(settings):
    listed = make_account(Role.PUBLISHER, second_factor=False, is_demonstration=True)
    real = make_account(Role.PUBLISHER, second_factor=False)
    assert lacks_second_factor(listed)
    settings.DEMONSTRATION = True
    assert not lacks_second_factor(listed)
    assert lacks_second_factor(real)


def test_recovery_codes_alone_are_no_second_factor():
    from allauth.mfa.models import Authenticator

    account = make_account(Role.PUBLISHER, second_factor=False)
    Authenticator.objects.create(user=account, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert lacks_second_factor(account)
