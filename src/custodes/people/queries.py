"""What an account may see, as a filter on any table; and who is who."""

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from custodes.people.models import Account
from custodes.people.permissions import Visitor
from custodes.people.rules import Role

M = TypeVar("M", bound=Model)


def rows_within(
    rows: QuerySet[M],
    account: Visitor,
    *,
    programme: str | None = "programme__code",
    area: str | None = None,
    institution: str | None = None,
    sensitivity: str | None = "sensitivity",
    roles: Sequence[Role] = (),
) -> QuerySet[M]:
    """The rows that one live grant covers as a whole (I25); none at all for an account without a grant.

    programme, area, institution, sensitivity name the lookups on `rows` for the programme's code, the area's path, the institution's path and
    the level; None where the table has no such thing, and then a grant restricted in that respect gives nothing.
    """
    if not account.is_authenticated:
        return rows.none()
    allowed = Q(pk__in=[])
    for grant in account.live_grants:
        if roles and grant.role not in roles:
            continue
        condition = _scope_condition(grant, programme, area, institution, sensitivity)
        if condition is not None:
            allowed |= condition
    return rows.filter(allowed)


def _scope_condition(grant, programme, area, institution, sensitivity) -> Q | None:  # type: ignore[no-untyped-def]
    condition = Q(**{f"{sensitivity}__lte": grant.sensitivity}) if sensitivity else Q()
    restrictions = (
        (grant.programme, programme, ""),
        (grant.area and grant.area.path, area, "__startswith"),
        (grant.institution and grant.institution.path, institution, "__startswith"),
    )
    for value, lookup, comparison in restrictions:
        if not value:
            continue
        if lookup is None:
            return None
        exact = Q(**{f"{lookup}{comparison}": value})
        condition &= exact | Q(**{lookup: ""}) if lookup == "programme" else exact
    return condition if condition else Q(pk__isnull=False)


def account_name(reference: str) -> str:
    """The name behind `account:7`, for pages of signed-in staff; the reference itself for the system or a removed account."""
    kind, _, pk = reference.partition(":")
    if kind != "account":
        return reference
    account = Account.objects.filter(pk=pk).first()
    return str(account) if account else reference


def account_names(references: Sequence[str]) -> dict[str, str]:
    """The names behind many references, in one query."""
    keys = {reference.partition(":")[2] for reference in references if reference.startswith("account:")}
    found = {account.reference: str(account) for account in Account.objects.filter(pk__in=keys)}
    return {reference: found.get(reference, reference) for reference in references}
