"""Roles, which of them exclude each other, which need a second factor, and what an API token may be allowed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What an account may be, as in the domain's §4."""

    ADMINISTRATOR = "administrator", _("Administrator")
    PROGRAMME_MANAGER = "programme_manager", _("Programme manager")
    APPROVER = "approver", _("Approver")
    ME_OFFICER = "me_officer", _("M&E officer")
    VERIFIER = "verifier", _("Verifier")
    PUBLISHER = "publisher", _("Publisher")
    ENUMERATOR = "enumerator", _("Enumerator")
    ANALYST = "analyst", _("Analyst")
    EVALUATOR = "evaluator", _("Evaluator")
    MISSION_LEADERSHIP = "mission_leadership", _("Mission leadership")
    FOCAL_POINT = "focal_point", _("Institution focal point")
    DONOR = "donor", _("Donor")
    PARLIAMENT_MEMBER = "parliament_member", _("Parliament member")
    MONITOR = "monitor", _("Civil-society monitor")
    INTAKE_OFFICER = "intake_officer", _("Intake officer")
    INVESTIGATOR = "investigator", _("Investigator")
    CUSTODIAN = "custodian", _("Custodian")
    DIRECTOR = "director", _("Director of the complaints body")
    MODERATOR = "moderator", _("Moderator")
    FACILITATOR = "facilitator", _("Facilitator")


OVERSIGHT_ROLES = frozenset({Role.INTAKE_OFFICER, Role.INVESTIGATOR, Role.CUSTODIAN, Role.DIRECTOR})
SECOND_FACTOR_ROLES = frozenset({Role.ADMINISTRATOR, Role.APPROVER, Role.VERIFIER, Role.PUBLISHER}) | OVERSIGHT_ROLES

# Pairs that one account may never hold at the same time over the same programme. The four-eyes rule (I7) is checked per row besides.
EXCLUSIVE_PAIRS = frozenset(
    {frozenset({Role.ADMINISTRATOR, role}) for role in OVERSIGHT_ROLES}
    | {
        frozenset({Role.PROGRAMME_MANAGER, Role.APPROVER}),
        frozenset({Role.INVESTIGATOR, Role.CUSTODIAN}),
        frozenset({Role.INVESTIGATOR, Role.DIRECTOR}),
        frozenset({Role.CUSTODIAN, Role.DIRECTOR}),
    }
)


class ApiScope(TextChoices):
    """What an API token may do, at most what its account may."""

    READ = "read", _("Read")
    WRITE_IMPORTS = "write:imports", _("Send files to import")
    WRITE_FORMS = "write:forms", _("Send, publish, open and close forms")
    WRITE_READINGS = "write:readings", _("Compute and submit readings")


# Who may hold a token with a scope; the token then acts with the account's own grants, never with more.
SCOPE_ROLES: Mapping[ApiScope, frozenset[Role]] = {
    ApiScope.READ: frozenset(Role),
    ApiScope.WRITE_IMPORTS: frozenset({Role.ME_OFFICER}),
    ApiScope.WRITE_FORMS: frozenset({Role.ME_OFFICER}),
    ApiScope.WRITE_READINGS: frozenset({Role.ME_OFFICER}),
}
LONGEST_TOKEN_DAYS = 365
ACCOUNT_HOLDER = "account_holder"  # the role in the ledger of what everybody may do with their own account


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """What decides whether two grants of one account exclude each other."""

    role: str
    programme: str
    starts: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Work of one kind that an account has not finished: the words for it, and how much."""

    what: str
    count: int


def grants_exclude(first: GrantTerms, second: GrantTerms) -> bool:
    """Whether one account may not hold both: an exclusive pair of roles, over a common programme, on a common day."""
    return (
        frozenset({first.role, second.role}) in EXCLUSIVE_PAIRS
        and _share_programme(first.programme, second.programme)
        and _share_day(first, second)
    )


def _share_programme(first: str, second: str) -> bool:
    return not first or not second or first == second


def _share_day(first: GrantTerms, second: GrantTerms) -> bool:
    return (second.ends is None or first.starts <= second.ends) and (first.ends is None or second.starts <= first.ends)


def scopes_allowed(roles: frozenset[str]) -> tuple[ApiScope, ...]:
    """The scopes that an account with these roles may give to a token."""
    return tuple(scope for scope in ApiScope if roles & SCOPE_ROLES[scope])


def institution_path(code: str, parent_path: str = "") -> str:
    """`/interior/police/`: the parent's path and the code, so that a subtree is a prefix."""
    return f"{parent_path or '/'}{code}/"
