"""Who may bring data in, and who sees how it came in."""

from custodes.people.permissions import Visitor, grant_or_none
from custodes.people.rules import Role

EXPORTS_FORMS = (Role.ANALYST, Role.ME_OFFICER)
SEES_IMPORTS = (Role.ME_OFFICER, Role.ANALYST, Role.PROGRAMME_MANAGER, Role.VERIFIER)


def can_import(account: Visitor) -> bool:
    """Whether any live grant lets the account import for some programme."""
    return account.is_authenticated and any(grant.role == Role.ME_OFFICER for grant in account.live_grants)


def can_answer(account: Visitor, *, programme: str, sensitivity: int) -> bool:
    """Whether the account may answer the questions of an import."""
    return grant_or_none(account, Role.ME_OFFICER, programme=programme, sensitivity=sensitivity) is not None


def can_change_form(account: Visitor, *, programme: str, sensitivity: int) -> bool:
    """Whether the account may make, publish, open and close forms of a programme."""
    return grant_or_none(account, Role.ME_OFFICER, programme=programme, sensitivity=sensitivity) is not None


def can_export(account: Visitor, *, programme: str, sensitivity: int) -> bool:
    """Whether the account may take the records of a form away."""
    return grant_or_none(account, *EXPORTS_FORMS, programme=programme, sensitivity=sensitivity) is not None
