"""Submitting, approving and returning a plan; an approval freezes it as a version (I29, I7)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from custodes.evidence.types import Direction, PathShape
from custodes.ledger.actions import record
from custodes.ledger.rules import value_hash
from custodes.people.errors import SeparationOfDuties
from custodes.people.models import Account
from custodes.programmes.errors import PlanChangedMeanwhile, PlanIncomplete, ReasonRequired
from custodes.programmes.models import Indicator, PlanVersion, Programme
from custodes.programmes.permissions import check_may_approve, check_may_plan, may_plan
from custodes.programmes.queries import (
    dated_baseline,
    dated_targets,
    indicators_of,
    latest_plan_version,
    pending_changes,
    plan_snapshot,
)
from custodes.programmes.rules.plan import next_state
from custodes.programmes.rules.targets import check_path, check_targets


@transaction.atomic
def submit_plan(programme: Programme, *, by: Account, note: str = "") -> Programme:
    """Hand the plan to an approver once every indicator can stand. Writes `plan.submit` to the ledger."""
    grant = check_may_plan(by, programme)
    _lock(programme)
    programme.status = next_state(programme.status, "submit")
    indicators = indicators_of(programme)
    if not indicators:
        raise PlanIncomplete(
            _("The plan has no indicator: nobody could tell whether it works."),
            where=programme.code,
            remedy=_("Add results and indicators first."),
        )
    for indicator in indicators:
        _check_indicator(indicator)
    entry = record("plan.submit", subject=f"programme:{programme.code}", by=by.reference, role=grant.role, why=note)
    programme.submitted_by, programme.entry = by.reference, entry.seq
    programme.save(update_fields=["status", "submitted_by", "entry"])
    return programme


def _check_indicator(indicator: Indicator) -> None:
    """An indicator of a submitted plan: a path that was chosen, targets that agree with baseline and direction (I5)."""
    shape, targets = PathShape(indicator.path), dated_targets(indicator)
    check_path(
        level=indicator.result.level, shape=shape, step_on=indicator.step_on, path_reason=indicator.path_reason,
        indicator=indicator.code,
    )  # fmt: skip
    check_targets(
        baseline=dated_baseline(indicator), targets=targets, direction=Direction(indicator.sheet.direction),
        band=(indicator.sheet.band_low, indicator.sheet.band_high), confirmed=bool(indicator.direction_confirmed_by),
        indicator=indicator.code,
    )  # fmt: skip
    if shape is not PathShape.NONE and not targets:
        raise PlanIncomplete(
            _("There is a path but nothing that it leads to."),
            where=indicator.code,
            remedy=_("Set a target with a date, or choose no path and say why."),
        )


@transaction.atomic
def approve_plan(programme: Programme, *, by: Account, reason: str = "", seen: str | None = None) -> PlanVersion:
    """Freeze the submitted plan as its next version, with its hash and reason. Writes `plan.approve` to the ledger.

    seen   `plan_fingerprint` of what the approver read; another plan is refused. None approves what stands.
    reason why it is approved; left empty, the reasons of the changes speak.
    Raises SeparationOfDuties if the account manages, submitted or changed the plan (I7).
    """
    grant = check_may_approve(by, programme)
    _lock(programme)
    following = next_state(programme.status, "approve")
    changes = list(pending_changes(programme))
    _check_other_hands(programme, by, {change.created_by for change in changes})
    snapshot = plan_snapshot(programme)
    sha256 = value_hash(snapshot)
    if seen is not None and seen != sha256:
        raise PlanChangedMeanwhile(
            _("The plan was changed after you opened it."),
            where=programme.code,
            remedy=_("Read it again, then decide."),
        )
    reason = reason.strip() or " ".join(dict.fromkeys(change.reason for change in changes if change.reason))
    if not reason:
        raise ReasonRequired(
            _("An approval says why."), where="reason", remedy=_("Write one sentence: what the approval rests on.")
        )
    previous = latest_plan_version(programme)
    number = previous.number + 1 if previous else 1
    entry = record(
        "plan.approve", subject=f"programme:{programme.code}", by=by.reference, role=grant.role, why=reason,
        what={"version": number, "sha256": sha256, "changes": len(changes)},
    )  # fmt: skip
    version = PlanVersion.objects.create(
        programme=programme, number=number, snapshot=snapshot, sha256=sha256, reason=reason, approved_by=by.reference,
        approved_at=timezone.now(), created_by=by.reference, entry=entry.seq,
    )  # fmt: skip
    pending_changes(programme).update(version=version)
    programme.entry = entry.seq
    programme.status = following
    programme.save(update_fields=["status", "entry"])
    return version


def _check_other_hands(programme: Programme, by: Account, authors: set[str]) -> None:
    if by.reference == programme.submitted_by or by.reference in authors or may_plan(by, programme):
        raise SeparationOfDuties(
            _("Who manages, changed or submitted a plan does not approve it."),
            where=programme.code,
            remedy=_("Ask another approver."),
        )


@transaction.atomic
def return_plan(programme: Programme, *, by: Account, reason: str) -> Programme:
    """Give a submitted plan back with a reason; the approved version, if any, stays in force. Writes `plan.return`."""
    grant = check_may_approve(by, programme)
    _lock(programme)
    following = next_state(programme.status, "return")
    if not reason.strip():
        raise ReasonRequired(
            _("A plan is returned with a reason."), where="reason", remedy=_("Say what has to change, and why.")
        )
    entry = record("plan.return", subject=f"programme:{programme.code}", by=by.reference, role=grant.role, why=reason)
    programme.status, programme.entry = following, entry.seq
    programme.save(update_fields=["status", "entry"])
    return programme


def _lock(programme: Programme) -> None:
    locked = Programme.objects.select_for_update().get(pk=programme.pk)
    programme.status, programme.submitted_by = locked.status, locked.submitted_by
