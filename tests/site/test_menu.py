"""The menu marks one entry: the one whose address is the longest part of the page's."""

from django.test import RequestFactory
from django.urls import resolve

from custodes.people.rules import Role
from custodes.site.menu import menu_for
from tests.factories import make_account


def labels_of_current(path: str, account) -> list[str]:
    request = RequestFactory().get(path)
    request.user, request.resolver_match = account, resolve(path)
    return [item.label for item in menu_for(request) if item.current]


def test_menu_marks_one_entry(db):
    officer = make_account(Role.ME_OFFICER)

    assert labels_of_current("/en/measure/work/", officer) == ["My work"]
    assert labels_of_current("/en/measure/", officer) == ["Measure"]
    assert labels_of_current("/en/measure/accountability/TRU-01/", officer) == ["Measure"]
    assert labels_of_current("/en/", officer) == ["Programmes"]


def test_menu_offers_only_what_the_roles_open(db):
    request = RequestFactory().get("/en/measure/work/")
    request.user, request.resolver_match = make_account(Role.DONOR), resolve("/en/measure/work/")

    assert "People" not in {item.label for item in menu_for(request)}
    assert "Collect" not in {item.label for item in menu_for(request)}
