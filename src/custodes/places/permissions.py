"""Who may change places. The account comes from the layer above, so it is asked, never imported."""

from collections.abc import Sequence
from typing import Any, Protocol

from django.utils.translation import gettext as _

from custodes.places.errors import PlacesNotAllowed

MAY_CHANGE_PLACES = ("me_officer", "administrator")


class Actor(Protocol):
    """An account, as this layer sees it."""

    @property
    def reference(self) -> str: ...

    @property
    def live_grants(self) -> Sequence[Any]: ...


def role_over_places(account: Any, *, area_path: str = "") -> str:
    """The role in which an account may change places under a path, or the empty text. A grant for one area covers its subtree."""
    for role in MAY_CHANGE_PLACES:
        for grant in getattr(account, "live_grants", ()):
            covers = grant.area is None or (area_path and area_path.startswith(grant.area.path))
            if grant.role == role and grant.institution is None and covers:
                return role
    return ""


def check_may_change_places(account: Any, *, area_path: str = "") -> str:
    """The role, or PlacesNotAllowed."""
    role = role_over_places(account, area_path=area_path)
    if not role:
        raise PlacesNotAllowed(
            _("Changing areas and populations needs the role of an M&E officer or an administrator."),
            remedy=_("Ask an administrator for a grant that covers this area."),
        )
    return role


def can_see_places(account: Any) -> bool:
    """Whether any live grant opens the lists of places; none without one (I25)."""
    return bool(getattr(account, "is_authenticated", False) and account.live_grants)
