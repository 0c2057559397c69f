"""The staff menu: the verbs of the work, each shown only to those who can use what is behind it."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from custodes.people.rules import Role

EVERYONE = frozenset(Role)
STAFF_MENU = (
    (gettext_noop("My work"), "work-queue", EVERYONE),
    (gettext_noop("Plan"), "programme-list", EVERYONE),
    (
        gettext_noop("Collect"),
        "import-list",
        frozenset({Role.ME_OFFICER, Role.ANALYST, Role.PROGRAMME_MANAGER, Role.VERIFIER}),
    ),
    (gettext_noop("Measure"), "board-list", EVERYONE),
    (gettext_noop("Places"), "area-list", EVERYONE),
    (gettext_noop("People"), "account-list", frozenset({Role.ADMINISTRATOR})),
    (gettext_noop("Public account"), "portal-home", EVERYONE),
)
PUBLIC_MENU = (
    (gettext_noop("Programmes"), "portal-home"),
    (gettext_noop("Places"), "portal-place-list"),
    (gettext_noop("Data"), "portal-data"),
    (gettext_noop("Methods"), "portal-methods"),
)


@dataclass(frozen=True, slots=True)
class MenuItem:
    label: str
    url: str
    current: bool


def menu_for(request: HttpRequest) -> tuple[MenuItem, ...]:
    """The entries of the page's menu: the public one unless the page is for staff and somebody is signed in."""
    account = getattr(request, "user", None)
    match = request.resolver_match
    on_public_page = match is None or (match.url_name or "").startswith("portal-")
    if on_public_page or account is None or not account.is_authenticated:
        entries = [(label, name) for label, name in PUBLIC_MENU]
    else:
        roles = {grant.role for grant in account.live_grants}
        entries = [(label, name) for label, name, allowed in STAFF_MENU if roles & allowed]
    return tuple(_items(entries, request.path))


def _items(entries: list[tuple[str, str]], path: str) -> list[MenuItem]:
    urls = [reverse(name) for _label, name in entries]
    holding = [url for url in urls if path == url or (url.count("/") > 2 and path.startswith(url))]
    current = max(holding, key=len, default="")
    return [MenuItem(_(label), url, url == current) for (label, _name), url in zip(entries, urls, strict=True)]
