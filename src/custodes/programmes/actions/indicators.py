"""Indicators: a definition applied to a result, with its baseline, its targets and the path between them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.types import Direction, MissingPolicy, PathShape
from custodes.ledger.models import Sensitivity
from custodes.ledger.rules import decimal_text
from custodes.people.models import Account, Institution, RoleGrant
from custodes.programmes.actions.changes import note_change, open_plan
from custodes.programmes.errors import CodeTaken
from custodes.programmes.models import Baseline, Definition, Indicator, Result, Target
from custodes.programmes.queries import dated_baseline, dated_targets
from custodes.programmes.rules.plan import exact
from custodes.programmes.rules.targets import DatedValue, check_path, check_targets


@transaction.atomic
def add_indicator(
    result: Result,
    *,
    definition: Definition,
    by: Account,
    path: PathShape = PathShape.NONE,
    path_reason: str = "",
    step_on: date | None = None,
    code: str = "",
    institution: Institution | None = None,
    owner: str = "",
    frequency: str = "",
    missing_policy: MissingPolicy = MissingPolicy.EXCLUDE,
    arguments: Mapping[str, Any] | None = None,
    source: str = "",
    sensitivity: int = Sensitivity.PUBLIC,
    is_public: bool = True,
    position: int = 0,
    reason: str = "",
) -> Indicator:
    """Apply a definition to a result. An outcome or output chooses a path or says why it has none. Writes `indicator.add`.

    code  the definition's, unless the programme uses one definition twice.
    """
    programme = result.programme
    grant = open_plan(programme, by=by, reason=reason)
    code = code or definition.code
    check_path(level=result.level, shape=PathShape(path), step_on=step_on, path_reason=path_reason, indicator=code)
    if Indicator.objects.filter(programme=programme, code=code).exists():
        raise CodeTaken(
            _("There is an indicator with the code “%(code)s”.") % {"code": code},
            where="code",
            remedy=_("Choose another code, such as the definition's with the institution."),
        )
    indicator = Indicator.objects.create(
        code=code, result=result, programme=programme, definition=definition, institution=institution, owner=owner,
        frequency=frequency or definition.current.frequency, missing_policy=MissingPolicy(missing_policy).value,
        arguments=dict(arguments or {}), source=source, path=PathShape(path).value, path_reason=path_reason, step_on=step_on,
        sensitivity=sensitivity, is_public=is_public, position=position, created_by=by.reference,
    )  # fmt: skip
    _note(indicator, "indicator.add", by=by, grant=grant, reason=reason, what=_facts(indicator))
    return indicator


@transaction.atomic
def edit_indicator(
    indicator: Indicator,
    *,
    result: Result,
    institution: Institution | None,
    owner: str,
    frequency: str,
    missing_policy: MissingPolicy,
    arguments: Mapping[str, Any],
    source: str,
    is_public: bool,
    by: Account,
    reason: str = "",
) -> Indicator:
    """Change whose an indicator is, how it is read and where it hangs. Writes `indicator.edit` to the ledger."""
    grant = open_plan(indicator.programme, by=by, reason=reason)
    if result.programme_id != indicator.programme_id:
        raise ArgumentInvalid(
            _("The result belongs to another programme."), where="result", remedy=_("Choose one of this programme.")
        )
    check_path(
        level=result.level, shape=PathShape(indicator.path), step_on=indicator.step_on,
        path_reason=indicator.path_reason, indicator=indicator.code,
    )  # fmt: skip
    indicator.result, indicator.institution, indicator.owner = result, institution, owner
    indicator.frequency, indicator.missing_policy = frequency, MissingPolicy(missing_policy).value
    indicator.arguments, indicator.source, indicator.is_public = dict(arguments), source, is_public
    indicator.save()
    _note(indicator, "indicator.edit", by=by, grant=grant, reason=reason, what=_facts(indicator))
    return indicator


@transaction.atomic
def read_together(indicator: Indicator, *, others: Sequence[Indicator], by: Account, reason: str = "") -> Indicator:
    """Name the indicators without which this one misleads; each page shows them side by side. Writes `indicator.read-together`."""
    grant = open_plan(indicator.programme, by=by, reason=reason)
    if any(other.programme_id != indicator.programme_id or other.pk == indicator.pk for other in others):
        raise ArgumentInvalid(
            _("Only other indicators of the same programme are read together."),
            where="others",
            remedy=_("Choose others of this programme."),
        )
    indicator.read_with.set(others)
    _note(
        indicator, "indicator.read-together", by=by, grant=grant, reason=reason,
        what={"indicator": indicator.code, "others": sorted(other.code for other in others)},
    )  # fmt: skip
    return indicator


@transaction.atomic
def set_baseline(
    indicator: Indicator,
    *,
    value: float,
    on: date,
    source: str,
    by: Account,
    confirmed: bool = False,
    reason: str = "",
) -> Baseline:
    """Set the value before the reform; targets already set must still agree with it (I5). Writes `baseline.set`."""
    grant = open_plan(indicator.programme, by=by, reason=reason)
    if not source.strip():
        raise ArgumentInvalid(
            _("A baseline without a source cannot be checked."), where="source", remedy=_("Name its source.")
        )
    _keep_confirmation(indicator, DatedValue(on, value), dated_targets(indicator), confirmed=confirmed, by=by)
    baseline, _created = Baseline.objects.update_or_create(
        indicator=indicator,
        defaults={"value": value, "on": on, "source": source},
        create_defaults={"value": value, "on": on, "source": source, "created_by": by.reference},
    )
    indicator.baseline = baseline
    _note(
        indicator, "baseline.set", by=by, grant=grant, reason=reason, row=baseline,
        what={"indicator": indicator.code, "value": decimal_text(value), "on": on.isoformat(), "source": source},
    )  # fmt: skip
    return baseline


@transaction.atomic
def set_targets(
    indicator: Indicator,
    *,
    targets: Sequence[DatedValue],
    by: Account,
    confirmed: bool = False,
    reason: str = "",
) -> tuple[Target, ...]:
    """Replace the targets: the last by date is the target, the earlier ones are milestones. Writes `target.set`.

    Refuses a target that is not after the baseline, or against the direction unless `confirmed` (I5); who confirmed is kept.
    """
    grant = open_plan(indicator.programme, by=by, reason=reason)
    wanted = sorted(targets)
    _keep_confirmation(indicator, dated_baseline(indicator), wanted, confirmed=confirmed, by=by)
    indicator.targets.all().delete()
    rows = tuple(
        Target.objects.create(indicator=indicator, value=target.value, on=target.on, created_by=by.reference)
        for target in wanted
    )
    _note(
        indicator, "target.set", by=by, grant=grant, reason=reason,
        what={
            "indicator": indicator.code, "confirmed_against_direction": bool(indicator.direction_confirmed_by),
            "targets": [{"value": decimal_text(target.value), "on": target.on.isoformat()} for target in wanted],
        },
    )  # fmt: skip
    return rows


@transaction.atomic
def set_path(
    indicator: Indicator,
    *,
    path: PathShape,
    by: Account,
    step_on: date | None = None,
    path_reason: str = "",
    reason: str = "",
) -> Indicator:
    """Choose the shape of the way from baseline to target, or say why there is none. Writes `path.set`."""
    grant = open_plan(indicator.programme, by=by, reason=reason)
    shape = PathShape(path)
    step_on = step_on if shape is PathShape.STEP else None
    check_path(
        level=indicator.result.level, shape=shape, step_on=step_on, path_reason=path_reason, indicator=indicator.code
    )
    indicator.path, indicator.step_on, indicator.path_reason = shape.value, step_on, path_reason
    indicator.save(update_fields=["path", "step_on", "path_reason"])
    _note(
        indicator, "path.set", by=by, grant=grant, reason=reason,
        what={
            "indicator": indicator.code, "path": shape.value, "why_none": path_reason,
            "step_on": step_on.isoformat() if step_on else "",
        },
    )  # fmt: skip
    return indicator


def _keep_confirmation(
    indicator: Indicator,
    baseline: DatedValue | None,
    targets: Sequence[DatedValue],
    *,
    confirmed: bool,
    by: Account,
) -> None:
    sheet = indicator.definition.current
    needed = check_targets(
        baseline=baseline, targets=targets, direction=Direction(sheet.direction), band=(sheet.band_low, sheet.band_high),
        confirmed=confirmed, indicator=indicator.code,
    )  # fmt: skip
    indicator.direction_confirmed_by = by.reference if needed else ""
    indicator.save(update_fields=["direction_confirmed_by"])


def _facts(indicator: Indicator) -> dict[str, Any]:
    return {
        "code": indicator.code, "result": indicator.result.code, "definition": indicator.definition.code,
        "institution": indicator.institution.code if indicator.institution else "", "path": indicator.path,
        "missing_policy": indicator.missing_policy, "arguments": exact(indicator.arguments),
        "source": indicator.source, "is_public": indicator.is_public,
    }  # fmt: skip


def _note(
    indicator: Indicator,
    act: str,
    *,
    by: Account,
    grant: RoleGrant,
    reason: str,
    what: Mapping[str, Any],
    row: Baseline | None = None,
) -> None:
    note_change(
        indicator.programme, act=act, subject=f"indicator:{indicator.pk}", row=row or indicator, by=by, grant=grant,
        reason=reason, what=what,
    )  # fmt: skip
