"""The dated check of a source on the five standards."""

from datetime import date

from django.db import transaction

from custodes.indicators.models import DataQualityCheck
from custodes.ledger.actions import record
from custodes.people.models import Account
from custodes.people.permissions import check_role
from custodes.people.rules import Role
from custodes.programmes.models import Indicator

STANDARDS = ("validity", "integrity", "precision", "reliability", "timeliness")


@transaction.atomic
def record_quality_check(
    indicator: Indicator, *, by: Account, source: str, on: date, answers: dict[str, str], note: str = ""
) -> DataQualityCheck:
    """Enter a data-quality check; `answers` holds yes, partly or no for each of the five standards. Writes `quality-check.record`."""
    grant = check_role(by, Role.ME_OFFICER, Role.VERIFIER, Role.ANALYST, programme=indicator.programme.code)
    check = DataQualityCheck.objects.create(
        indicator=indicator, source=source, on=on, note=note, created_by=by.reference, **{name: answers[name] for name in STANDARDS}
    )  # fmt: skip
    entry = record(
        "quality-check.record", subject=f"quality-check:{check.pk}", by=by.reference, role=grant.role,
        what={"indicator": indicator.code, "source": source, "on": on.isoformat(), "answers": answers},
    )  # fmt: skip
    check.entry = entry.seq
    check.save(update_fields=["entry"])
    return check
