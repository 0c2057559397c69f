"""Submit, verify, return, publish, withdraw: each on one reading or many of one programme, whole or not at all."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from custodes.indicators.actions.revisions import keep_revisions
from custodes.indicators.errors import ReasonMissing, TransitionNotAllowed
from custodes.indicators.models import Reading
from custodes.indicators.permissions import BLOCKERS, check_may
from custodes.indicators.rules.review import step
from custodes.ledger.actions import record
from custodes.people.errors import NotAllowed, SeparationOfDuties
from custodes.people.models import Account, RoleGrant

Readings = Reading | Sequence[Reading]
CHANGED = {
    "submit": ("return_reason",),
    "verify": ("verified_by",),
    "return": ("verified_by", "return_reason"),
    "publish": ("published_at",),
    "withdraw": ("verified_by", "return_reason"),
}
_ERRORS = {"transition": TransitionNotAllowed, "own-work": SeparationOfDuties, "reason": ReasonMissing}


def submit_readings(readings: Readings, *, by: Account, note: str = "") -> tuple[Reading, ...]:
    """Hand drafts, or returned readings, to a verifier."""
    return _act("submit", readings, by=by, why=note)


def verify_readings(readings: Readings, *, by: Account, note: str = "") -> tuple[Reading, ...]:
    """Confirm submitted readings that somebody else entered (I7)."""
    return _act("verify", readings, by=by, why=note)


def return_readings(readings: Readings, *, by: Account, reason: str) -> tuple[Reading, ...]:
    """Send readings back with a reason that their officer sees."""
    return _act("return", readings, by=by, why=reason)


def publish_readings(readings: Readings, *, by: Account, note: str = "") -> tuple[Reading, ...]:
    """Show verified readings to the public. The seam for the transparency log: it will hang on `reading.publish`."""
    return _act("publish", readings, by=by, why=note)


def withdraw_readings(readings: Readings, *, by: Account, reason: str) -> tuple[Reading, ...]:
    """Take published readings back, with the reason; their place in public says that a revision is pending."""
    return _act("withdraw", readings, by=by, why=reason)


@transaction.atomic
def _act(act: str, readings: Readings, *, by: Account, why: str) -> tuple[Reading, ...]:
    keys = [readings.pk] if isinstance(readings, Reading) else [reading.pk for reading in readings]
    rows = tuple(
        Reading.objects.select_for_update(of=("self",))
        .select_related("indicator__programme", "indicator__institution", "area", "definition_version")
        .filter(pk__in=keys)
        .order_by("pk")
    )
    if not rows:
        raise TransitionNotAllowed(_("No reading was chosen."), remedy=_("Tick at least one."))
    grant, now = _checked_grant(act, rows, by), timezone.now()
    for reading in rows:
        _advance(reading, act, by=by, why=why, now=now)
    entry = record(
        f"reading.{act}",
        subject=f"reading:{rows[0].pk}" if len(rows) == 1 else f"indicator:{rows[0].indicator_id}",
        by=by.reference,
        role=grant.role,
        why=why,
        what={"readings": {str(reading.pk): reading.result_hash for reading in rows}},
    )
    for reading in rows:
        reading.entry = entry.seq
    changed = {name: getattr(rows[0], name) for name in ("status", "entry", *CHANGED[act])}  # the same for all of them
    Reading.objects.filter(pk__in=keys).update(revision=F("revision") + 1, **changed)
    keep_revisions(rows, entry=entry)
    return rows


def _checked_grant(act: str, rows: Sequence[Reading], by: Account) -> RoleGrant:
    grants: dict[tuple[int, str], RoleGrant] = {}
    for reading in rows:
        key = (reading.indicator_id, reading.area.path)
        if key not in grants:
            grants[key] = check_may(by, act, reading.indicator, area_path=reading.area.path)
    if len({reading.indicator.programme_id for reading in rows}) > 1:
        raise NotAllowed(_("The readings belong to several programmes."), remedy=_("Act on one programme at a time."))
    return next(iter(grants.values()))


def _advance(reading: Reading, act: str, *, by: Account, why: str, now: datetime) -> None:
    outcome = step(act, status=reading.status, entered_by=reading.entered_by, actor=by.reference, why=why)
    if outcome.blocker:
        raise _ERRORS[outcome.blocker](
            BLOCKERS[outcome.blocker](act, reading),
            where=f"{reading.indicator.code} {reading.end} {reading.cell_key}".strip(),
        )
    reading.status = outcome.next_status
    reading.revision += 1
    if act == "verify":
        reading.verified_by = by.reference
    if act in ("return", "withdraw"):
        reading.verified_by, reading.return_reason = "", why
    if act == "submit":
        reading.return_reason = ""
    if act == "publish":
        reading.published_at = now
