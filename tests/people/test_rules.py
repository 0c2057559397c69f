"""Which duties exclude each other: the whole table, over programmes and days."""

from datetime import date
from itertools import combinations

import pytest

from custodes.people.rules import ApiScope, GrantTerms, Role, grants_exclude, institution_path, scopes_allowed

EXCLUDING = {
    ("administrator", "intake_officer"),
    ("administrator", "investigator"),
    ("administrator", "custodian"),
    ("administrator", "director"),
    ("programme_manager", "approver"),
    ("investigator", "custodian"),
    ("investigator", "director"),
    ("custodian", "director"),
}
JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


def terms(role, programme="", starts=JANUARY[0], ends=JANUARY[1]):
    return GrantTerms(role, programme, starts, ends)


@pytest.mark.parametrize(("first", "second"), list(combinations(Role.values, 2)))
def test_roles_exclude_each_other_exactly_as_in_the_domain(first, second):
    expected = (first, second) in EXCLUDING or (second, first) in EXCLUDING
    assert grants_exclude(terms(first), terms(second)) is expected
    assert grants_exclude(terms(second), terms(first)) is expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("", "", True), ("", "a", True), ("a", "", True), ("a", "a", True), ("a", "b", False)],
)
def test_grants_exclude_over_a_common_programme_only(first, second, expected):
    manager, approver = terms("programme_manager", first), terms("approver", second)
    assert grants_exclude(manager, approver) is expected


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (date(2025, 12, 1), date(2025, 12, 31), False),
        (date(2025, 12, 1), date(2026, 1, 1), True),
        (date(2026, 1, 31), None, True),
        (date(2026, 2, 1), None, False),
        (date(2026, 1, 10), date(2026, 1, 12), True),
        (date(2025, 1, 1), None, True),
    ],
)
def test_grants_exclude_on_a_common_day_only(starts, ends, expected):
    held = terms("investigator")
    assert grants_exclude(terms("custodian", "", starts, ends), held) is expected
    assert grants_exclude(held, terms("custodian", "", starts, ends)) is expected


def test_scopes_follow_the_roles():
    assert scopes_allowed(frozenset()) == ()
    assert scopes_allowed(frozenset({Role.DONOR})) == (ApiScope.READ,)
    assert scopes_allowed(frozenset({Role.ME_OFFICER})) == tuple(ApiScope)


def test_institution_path_is_a_prefix_of_its_subtree():
    ministry = institution_path("interior")
    assert ministry == "/interior/"
    assert institution_path("police", ministry) == "/interior/police/"
