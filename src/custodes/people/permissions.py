"""Who may act: a role of a live grant whose scope covers the thing, with a second factor where the role demands one. Deny by default."""

from typing import TypeAlias

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from custodes.people.errors import NotAllowed, SecondFactorRequired
from custodes.people.models import Account, RoleGrant
from custodes.people.rules import SECOND_FACTOR_ROLES, Role

Visitor: TypeAlias = Account | AnonymousUser


def grant_or_none(
    account: Visitor,
    *roles: Role,
    programme: str = "",
    area_path: str = "",
    institution_path: str = "",
    sensitivity: int = 0,
) -> RoleGrant | None:
    """The first live grant that gives one of the roles over this programme, area and institution; empty text means "of no particular one"."""
    if not account.is_authenticated:
        return None
    for grant in account.live_grants:
        if grant.role in roles and covers(
            grant, programme=programme, area_path=area_path, institution_path=institution_path, sensitivity=sensitivity
        ):
            return grant
    return None


def covers(
    grant: RoleGrant, *, programme: str = "", area_path: str = "", institution_path: str = "", sensitivity: int = 0
) -> bool:
    """Whether a grant's scope holds a thing. A grant for one area or body does not cover a thing that is of no particular one."""
    return (
        grant.programme in ("", programme)
        and (grant.area is None or bool(area_path) and area_path.startswith(grant.area.path))
        and (
            grant.institution is None or bool(institution_path) and institution_path.startswith(grant.institution.path)
        )
        and sensitivity <= grant.sensitivity
    )


def check_role(
    account: Visitor,
    *roles: Role,
    programme: str = "",
    area_path: str = "",
    institution_path: str = "",
    sensitivity: int = 0,
) -> RoleGrant:
    """The covering grant, or NotAllowed; SecondFactorRequired where the grant's role needs one. Actions record `grant.role` as the role acted in."""
    grant = grant_or_none(
        account,
        *roles,
        programme=programme,
        area_path=area_path,
        institution_path=institution_path,
        sensitivity=sensitivity,
    )
    if grant is None:
        names = ", ".join(str(role.label) for role in roles)
        raise NotAllowed(
            _("This needs one of the roles: %(roles)s.") % {"roles": names},
            remedy=_("Ask an administrator for a grant that covers this programme and area."),
        )
    if account.lacks_factor_for(grant.role):
        raise SecondFactorRequired(
            _("The role “%(role)s” needs a second factor.") % {"role": grant.get_role_display()},
            remedy=_("Set up an authenticator app or a security key under “Your account”."),
        )
    return grant


def has_second_factor(account: Visitor) -> bool:
    """Whether an authenticator is set up; demonstration accounts are excused in demonstration mode only."""
    return account.is_authenticated and account.has_authenticator()


def lacks_second_factor(account: Visitor) -> bool:
    """Whether a live grant of the account needs a second factor that it has not set up."""
    if not account.is_authenticated:
        return False
    return any(grant.role in SECOND_FACTOR_ROLES for grant in account.live_grants) and not has_second_factor(account)
