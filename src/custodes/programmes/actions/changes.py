"""What every change of a plan has in common: the programme is locked, the reason asked for, the change noted for approval (I29)."""

from collections.abc import Mapping
from typing import Any

from custodes.ledger.actions import record
from custodes.ledger.models import Recorded
from custodes.people.models import Account, RoleGrant
from custodes.programmes.models import PlanChange, Programme
from custodes.programmes.permissions import check_may_plan
from custodes.programmes.queries import latest_plan_version
from custodes.programmes.rules.plan import check_reason, next_state


def open_plan(programme: Programme, *, by: Account, reason: str) -> RoleGrant:
    """Lock the programme and check role, state and reason before a change; returns the grant acted under."""
    grant = check_may_plan(by, programme)
    programme.status = Programme.objects.select_for_update().values_list("status", flat=True).get(pk=programme.pk)
    next_state(programme.status, "change")
    check_reason(reason, approved_before=latest_plan_version(programme) is not None)
    return grant


def note_change(
    programme: Programme,
    *,
    act: str,
    subject: str,
    row: Recorded | None,
    by: Account,
    grant: RoleGrant,
    reason: str,
    what: Mapping[str, Any],
) -> None:
    """Write the ledger entry and the change that waits for approval; an approved plan becomes submitted again."""
    entry = record(
        act, subject=subject, by=by.reference, role=grant.role, why=reason, what={"programme": programme.code, **what}
    )
    PlanChange.objects.create(
        programme=programme, act=act, subject=subject, reason=reason, created_by=by.reference, entry=entry.seq
    )
    if row is not None:
        row.entry = entry.seq
        row.save(update_fields=["entry"])
    following = next_state(programme.status, "change")
    if following != programme.status:
        programme.status = following
        programme.submitted_by = by.reference
    programme.entry = entry.seq
    programme.save(update_fields=["status", "submitted_by", "entry"])
