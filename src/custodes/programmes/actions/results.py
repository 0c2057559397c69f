"""The results tree: impact, outcomes and outputs, and why one is thought to follow from another."""

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.evidence.errors import ArgumentInvalid
from custodes.people.models import Account
from custodes.programmes.actions.changes import note_change, open_plan
from custodes.programmes.errors import CodeTaken, StillInUse
from custodes.programmes.models import Programme, Result
from custodes.programmes.rules.tree import check_place_in_tree


@transaction.atomic
def add_result(
    programme: Programme,
    *,
    level: str,
    code: str,
    statement: str,
    by: Account,
    parent: Result | None = None,
    actor: str = "",
    because: str = "",
    assumptions: str = "",
    position: int = 0,
    reason: str = "",
) -> Result:
    """Add an intended change to the tree. Writes `result.add` to the ledger."""
    grant = open_plan(programme, by=by, reason=reason)
    _check_parent(programme, parent)
    check_place_in_tree(level=level, parent_level=parent.level if parent else None, code=code)
    if Result.objects.filter(programme=programme, code=code).exists():
        raise CodeTaken(
            _("There is a result with the code “%(code)s”.") % {"code": code},
            where="code",
            remedy=_("Choose another code."),
        )
    result = Result.objects.create(
        programme=programme, parent=parent, level=level, code=code, statement=statement, actor=actor, because=because,
        assumptions=assumptions, position=position, created_by=by.reference,
    )  # fmt: skip
    _note(result, act="result.add", by=by, grant=grant, reason=reason)
    return result


@transaction.atomic
def edit_result(
    result: Result,
    *,
    statement: str,
    by: Account,
    parent: Result | None,
    actor: str = "",
    because: str = "",
    assumptions: str = "",
    position: int | None = None,
    reason: str = "",
) -> Result:
    """Change a result or its place in the tree; its code and level stay. Writes `result.edit` to the ledger."""
    programme = result.programme
    grant = open_plan(programme, by=by, reason=reason)
    _check_parent(programme, parent)
    check_place_in_tree(level=result.level, parent_level=parent.level if parent else None, code=result.code)
    result.statement, result.parent = statement, parent
    result.actor, result.because, result.assumptions = actor, because, assumptions
    result.position = result.position if position is None else position
    result.save()
    _note(result, act="result.edit", by=by, grant=grant, reason=reason)
    return result


@transaction.atomic
def remove_result(result: Result, *, by: Account, reason: str = "") -> None:
    """Take a result out of the tree, if nothing stands on it. Writes `result.remove` to the ledger."""
    programme = result.programme
    grant = open_plan(programme, by=by, reason=reason)
    if result.children.exists() or result.indicators.exists():
        raise StillInUse(
            _("Other results or indicators stand on it."),
            where=result.code,
            remedy=_("Move them to another result first."),
        )
    subject, code, statement = f"result:{result.pk}", result.code, result.statement
    result.delete()
    note_change(
        programme, act="result.remove", subject=subject, row=None, by=by, grant=grant, reason=reason,
        what={"code": code, "statement": statement},
    )  # fmt: skip


def _check_parent(programme: Programme, parent: Result | None) -> None:
    if parent is not None and parent.programme_id != programme.pk:
        raise ArgumentInvalid(
            _("The result above it belongs to another programme."),
            where="parent",
            remedy=_("Choose one of this programme."),
        )


def _note(result: Result, *, act: str, by: Account, grant, reason: str) -> None:  # type: ignore[no-untyped-def]
    note_change(
        result.programme, act=act, subject=f"result:{result.pk}", row=result, by=by, grant=grant, reason=reason,
        what={
            "code": result.code, "level": result.level, "statement": result.statement,
            "parent": result.parent.code if result.parent else "",
        },
    )  # fmt: skip
