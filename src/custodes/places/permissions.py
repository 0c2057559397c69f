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

    def lacks_factor_for(self, role: str) -> bool: ...


def grant_over_places(account: Any, *, area_path: str = "", may_be_of_one_programme: bool = False) -> Any | None:
    """The live grant by which an account may change places under a path, or None. A grant for one area covers its subtree.

    Areas and populations are shared, so a grant for one programme does not cover them: the denominators of all the others hang on them.
    """
    for role in MAY_CHANGE_PLACES:
        for grant in getattr(account, "live_grants", ()):
            covers = grant.area is None or (area_path and area_path.startswith(grant.area.path))
            is_shared = may_be_of_one_programme or not grant.programme
            if grant.role == role and grant.institution is None and covers and is_shared:
                return grant
    return None


def check_may_change_places(account: Actor, *, area_path: str = "", may_be_of_one_programme: bool = False) -> str:
    """The role, or PlacesNotAllowed: no covering grant, or none of the second factor that its role needs."""
    grant = grant_over_places(account, area_path=area_path, may_be_of_one_programme=may_be_of_one_programme)
    if grant is None:
        raise PlacesNotAllowed(
            _("Changing areas and populations needs the role of an M&E officer or an administrator."),
            remedy=_("Ask an administrator for a grant that covers this area."),
        )
    if account.lacks_factor_for(grant.role):
        raise PlacesNotAllowed(
            _("The role “%(role)s” needs a second factor.") % {"role": grant.get_role_display()},
            remedy=_("Set up an authenticator app or a security key under “Your account”."),
        )
    return str(grant.role)


def can_see_places(account: Any) -> bool:
    """Whether any live grant opens the lists of places; none without one (I25)."""
    return bool(getattr(account, "is_authenticated", False) and account.live_grants)
