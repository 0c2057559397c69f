"""Definitions: what an indicator means. A verified reading freezes the version that it was made under (I6)."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.evidence.registry import estimator
from custodes.ledger.actions import record
from custodes.people.models import Account, RoleGrant
from custodes.programmes.actions.changes import note_change
from custodes.programmes.errors import CodeTaken
from custodes.programmes.models import Definition, DefinitionVersion, Indicator, Programme
from custodes.programmes.permissions import check_may_define
from custodes.programmes.queries import definition_is_in_use, latest_plan_version
from custodes.programmes.rules.plan import exact
from custodes.programmes.rules.sheets import ReferenceSheet, check_break, check_sheet


@transaction.atomic
def create_definition(
    code: str, *, sheet: ReferenceSheet, by: Account, is_from_library: bool = False
) -> DefinitionVersion:
    """Write the first version of a definition. Writes `definition.create` to the ledger."""
    grant = check_may_define(by)
    check_sheet(sheet)
    estimator(sheet.estimator)
    if Definition.objects.filter(code=code).exists():
        raise CodeTaken(
            _("There is a definition with the code “%(code)s”.") % {"code": code},
            where="code",
            remedy=_("Use it, or choose another code."),
        )
    definition = Definition.objects.create(code=code, is_from_library=is_from_library, created_by=by.reference)
    version = DefinitionVersion.objects.create(
        definition=definition, number=1, created_by=by.reference, **_columns(sheet)
    )
    _note(version, "definition.create", by=by, role=grant.role, why="", is_from_library=is_from_library)
    return version


@transaction.atomic
def edit_definition(
    definition: Definition,
    *,
    sheet: ReferenceSheet,
    by: Account,
    break_on: date | None = None,
    break_reason: str = "",
) -> DefinitionVersion:
    """Change what an indicator means; returns the version in force.

    Before the first verified reading the version is edited in place (`definition.edit`); afterwards a new version begins on
    `break_on` and the series breaks there (`definition.break`), and without a date and a reason it is refused (I6). Approved plans that measure
    by it then wait for approval (I29).
    """
    grant = check_may_define(by)
    check_sheet(sheet)
    estimator(sheet.estimator)
    Definition.objects.select_for_update().get(pk=definition.pk)
    current = definition.current
    if not definition_is_in_use(definition):
        for name, value in _columns(sheet).items():
            setattr(current, name, value)
        current.save()
        _note(current, "definition.edit", by=by, role=grant.role, why=break_reason)
        return current
    check_break(break_on=break_on, break_reason=break_reason, code=definition.code)
    version = DefinitionVersion.objects.create(
        definition=definition, number=current.number + 1, created_by=by.reference, valid_from=break_on, is_break=True,
        break_reason=break_reason, **_columns(sheet),
    )  # fmt: skip
    _note(version, "definition.break", by=by, role=grant.role, why=break_reason)
    _lay_before_approvers(version, by=by, grant=grant)
    return version


def _lay_before_approvers(version: DefinitionVersion, *, by: Account, grant: RoleGrant) -> None:
    """Every approved plan that measures by the definition has changed, and waits for approval (I29)."""
    using = Indicator.objects.filter(definition=version.definition).select_related("programme")
    for indicator in using.exclude(programme__status=Programme.Status.CLOSED).order_by("programme", "code"):
        programme = Programme.objects.select_for_update().get(pk=indicator.programme_id)
        if latest_plan_version(programme) is not None:
            note_change(
                programme, act="plan.definition", subject=f"indicator:{indicator.pk}", row=None, by=by, grant=grant,
                reason=version.break_reason, what={"indicator": indicator.code, "definition_version": version.number},
            )  # fmt: skip


def _columns(sheet: ReferenceSheet) -> dict[str, Any]:
    return {**asdict(sheet), "direction": sheet.direction.value, "dimensions": list(sheet.dimensions)}


def _note(
    version: DefinitionVersion, act: str, *, by: Account, role: str, why: str, is_from_library: bool = False
) -> None:
    code = version.definition.code
    columns = {name: getattr(version, name) for name in ReferenceSheet.__dataclass_fields__}
    entry = record(
        act, subject=f"definition:{code}", by=by.reference, role=role, why=why,
        what={
            "version": version.number, "from_library": is_from_library, "sheet": exact(columns),
            "valid_from": version.valid_from.isoformat() if version.valid_from else "",
        },
    )  # fmt: skip
    version.entry = entry.seq
    version.save(update_fields=["entry"])
    Definition.objects.filter(pk=version.definition_id).update(entry=entry.seq)
