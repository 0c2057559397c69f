"""Who may plan and who may approve: roles of live grants that cover the programme. Deny by default."""

from typing import Any

from custodes.people.models import RoleGrant
from custodes.people.permissions import Visitor, check_role, grant_or_none, has_second_factor
from custodes.people.rules import SECOND_FACTOR_ROLES, Role
from custodes.programmes.models import Programme

PLANNERS = (Role.PROGRAMME_MANAGER,)
APPROVERS = (Role.APPROVER,)
DEFINERS = (Role.PROGRAMME_MANAGER, Role.ME_OFFICER)


def check_may_plan(account: Visitor, programme: Programme) -> RoleGrant:
    """The grant of a programme manager that covers the programme, or NotAllowed."""
    return check_role(account, *PLANNERS, **scope_of(programme))


def may_plan(account: Visitor, programme: Programme) -> bool:
    """Whether the page offers to change the plan."""
    return grant_or_none(account, *PLANNERS, **scope_of(programme)) is not None


def check_may_approve(account: Visitor, programme: Programme) -> RoleGrant:
    """The grant of an approver that covers the programme, or NotAllowed. Whose plan it is, the action checks (I7)."""
    return check_role(account, *APPROVERS, **scope_of(programme))


def may_approve(account: Visitor, programme: Programme) -> bool:
    """Whether the page offers to approve or return the plan."""
    grant = grant_or_none(account, *APPROVERS, **scope_of(programme))
    return grant is not None and (grant.role not in SECOND_FACTOR_ROLES or has_second_factor(account))


def check_may_define(account: Visitor) -> RoleGrant:
    """The grant for writing definitions: they belong to no programme, so that only a grant for all of them covers it."""
    return check_role(account, *DEFINERS)


def may_define(account: Visitor) -> bool:
    """Whether the page offers to write definitions."""
    return grant_or_none(account, *DEFINERS) is not None


def scope_of(programme: Programme) -> dict[str, Any]:
    """Where a programme lies, as `check_role` asks for it."""
    lead = programme.lead_institution
    return {
        "programme": programme.code,
        "area_path": programme.country_area.path,
        "institution_path": lead.path if lead else "",
        "sensitivity": programme.sensitivity,
    }
