"""Who approves a plan, and what a change after its approval leaves behind."""

from datetime import date

import pytest

from custodes.evidence.types import MissingPolicy, PathShape
from custodes.ledger.models import Entry
from custodes.ledger.queries import checked_chain
from custodes.ledger.rules import value_hash
from custodes.people.errors import SeparationOfDuties
from custodes.people.rules import Role
from custodes.programmes import actions, queries
from custodes.programmes.errors import (
    PlanChangedMeanwhile,
    PlanIncomplete,
    PlanStateNotAllowed,
    ReasonRequired,
)
from custodes.programmes.models import Indicator, Programme, Result
from custodes.programmes.rules.plan import plan_difference
from custodes.programmes.rules.targets import DatedValue
from tests.factories import add_second_factor, make_account, make_grant
from tests.programmes.conftest import make_plan, sheet, verified_reading

END = date(2026, 11, 30)


def test_i07_approver_is_nobody_who_manages_submitted_or_changed_the_plan(programme, indicator, manager, approver):
    actions.submit_plan(programme, by=manager)
    make_grant(manager, Role.APPROVER)
    both = make_account(Role.APPROVER, Role.PROGRAMME_MANAGER)
    add_second_factor(manager)
    for account in (manager, both):
        with pytest.raises(SeparationOfDuties):
            actions.approve_plan(programme, by=account, reason="My own plan.")
    assert actions.approve_plan(programme, by=approver, reason="Agreed.").approved_by == approver.reference


def test_i07_who_changed_the_plan_does_not_approve_after_losing_the_role(programme, indicator, manager):
    actions.submit_plan(programme, by=manager)
    Programme.objects.filter(pk=programme.pk).update(submitted_by="account:999")
    manager.grants.all().delete()
    make_grant(manager, Role.APPROVER)
    add_second_factor(manager)
    with pytest.raises(SeparationOfDuties):
        actions.approve_plan(programme, by=manager, reason="Agreed.")


def test_i07_who_submitted_the_plan_does_not_approve_after_losing_the_role(programme, indicator):
    other = make_account(Role.PROGRAMME_MANAGER)
    actions.submit_plan(programme, by=other)
    other.grants.all().delete()
    make_grant(other, Role.APPROVER)
    add_second_factor(other)
    with pytest.raises(SeparationOfDuties):
        actions.approve_plan(programme, by=other, reason="Agreed.")


def test_i16_every_act_on_a_plan_is_in_the_ledger(programme, indicator, manager, approver):
    actions.submit_plan(programme, by=manager)
    actions.return_plan(programme, by=approver, reason="The baseline has no round.")
    actions.submit_plan(programme, by=manager)
    version = actions.approve_plan(programme, by=approver, reason="Agreed.")
    acts = list(Entry.objects.order_by("seq").values_list("act", "actor"))
    assert acts == [
        ("definition.create", manager.reference),
        ("result.add", manager.reference),
        ("indicator.add", manager.reference),
        ("baseline.set", manager.reference),
        ("target.set", manager.reference),
        ("plan.submit", manager.reference),
        ("plan.return", approver.reference),
        ("plan.submit", manager.reference),
        ("plan.approve", approver.reference),
    ]
    assert version.entry == checked_chain().seq == 9
    assert Entry.objects.latest("seq").what["sha256"] == version.sha256


def test_plan_without_indicator_or_target_is_not_submitted(programme, manager):
    with pytest.raises(PlanIncomplete):
        actions.submit_plan(programme, by=manager)
    indicator = make_plan(programme, manager)
    actions.set_targets(indicator, targets=[], by=manager)
    with pytest.raises(PlanIncomplete):
        actions.submit_plan(programme, by=manager)


def test_plan_is_approved_only_as_it_was_read(programme, indicator, manager, approver):
    actions.submit_plan(programme, by=manager)
    seen = queries.plan_fingerprint(programme)
    actions.set_targets(indicator, targets=[DatedValue(END, 0.9)], by=manager)
    with pytest.raises(PlanChangedMeanwhile):
        actions.approve_plan(programme, by=approver, reason="Agreed.", seen=seen)
    version = actions.approve_plan(programme, by=approver, reason="Agreed.", seen=queries.plan_fingerprint(programme))
    assert version.sha256 == value_hash(version.snapshot)


def test_draft_and_closed_plans_are_not_approved(programme, indicator, approver, manager):
    with pytest.raises(PlanStateNotAllowed):
        actions.approve_plan(programme, by=approver, reason="Agreed.")
    Programme.objects.filter(pk=programme.pk).update(status="closed")
    with pytest.raises(PlanStateNotAllowed):
        actions.add_result(programme, level="impact", code="I", statement="Safer", by=manager)


def _edit_programme(indicator, by, reason):
    plan = indicator.programme
    actions.edit_programme(
        plan, title=plan.title, summary=plan.summary, starts=plan.starts, ends=plan.ends, lead_institution=None,
        is_public=not plan.is_public, by=by, reason=reason,
    )  # fmt: skip


CHANGES = {
    "programme": _edit_programme,
    "result": lambda indicator, by, reason: actions.edit_result(
        indicator.result, statement="Changed", parent=None, by=by, reason=reason
    ),
    "indicator": lambda indicator, by, reason: actions.edit_indicator(
        indicator, result=indicator.result, institution=None, owner="Somebody else", frequency="", source="",
        missing_policy=MissingPolicy.EXCLUDE, arguments={}, is_public=True, by=by, reason=reason,
    ),
    "audience": lambda indicator, by, reason: actions.edit_indicator(
        indicator, result=indicator.result, institution=indicator.institution, owner=indicator.owner,
        frequency=indicator.frequency, source=indicator.source, missing_policy=MissingPolicy(indicator.missing_policy),
        arguments=indicator.arguments, is_public=False, by=by, reason=reason,
    ),
    "target": lambda indicator, by, reason: actions.set_targets(
        indicator, targets=[DatedValue(END, 0.42)], by=by, reason=reason
    ),
    "path": lambda indicator, by, reason: actions.set_path(indicator, path=PathShape.LATE, by=by, reason=reason),
    "baseline": lambda indicator, by, reason: actions.set_baseline(
        indicator, value=0.3, on=date(2022, 10, 1), source="R0", by=by, reason=reason
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
def test_i29_change_after_approval_needs_a_reason_and_makes_a_version(approved, indicator, manager, approver, kind):
    with pytest.raises(ReasonRequired):
        CHANGES[kind](indicator, manager, "  ")
    assert queries.pending_difference(approved) == []
    CHANGES[kind](indicator, manager, "The census moved.")
    approved.refresh_from_db()
    assert approved.status == "submitted"
    waiting = queries.pending_difference(approved)
    assert waiting
    if kind in ("programme", "audience"):
        assert len(waiting) == 1
        assert "shown to the public changed from" in waiting[0]
    version = actions.approve_plan(approved, by=approver)
    assert (version.number, version.reason) == (2, "The census moved.")
    assert [change.created_by for change in version.changes.all()] == [manager.reference]
    assert queries.pending_difference(approved) == []
    approved.refresh_from_db()
    assert approved.status == "approved"


def test_i29_target_that_waits_for_approval_moves_no_expectation(approved, indicator, manager, approver):
    CHANGES["target"](indicator, manager, "Easier to reach.")
    before = queries.expected_path_of(indicator)
    assert (before.target, before.version) == (DatedValue(END, 0.48), 1)
    actions.approve_plan(approved, by=approver, reason="Agreed.")
    after = queries.expected_path_of(indicator)
    assert (after.target, after.version) == (DatedValue(END, 0.42), 2)


def test_i29_returned_change_leaves_the_approved_version_in_force(approved, indicator, manager, approver):
    CHANGES["target"](indicator, manager, "Easier to reach.")
    with pytest.raises(ReasonRequired):
        actions.return_plan(approved, by=approver, reason="")
    actions.return_plan(approved, by=approver, reason="Not agreed with partners.")
    assert approved.status == "draft"
    assert queries.expected_path_of(indicator).target == DatedValue(END, 0.48)
    assert list(queries.public_programmes()) == [approved]


def test_i16_ledger_says_in_which_role_and_why_an_approved_plan_went_on(approved, indicator, manager, approver):
    actions.set_targets(indicator, targets=[DatedValue(END, 0.42)], by=manager, reason="The census moved.")
    actions.return_plan(approved, by=approver, reason="Not agreed with partners.")
    actions.submit_plan(approved, by=manager, note="Partners agree now.")
    actions.approve_plan(approved, by=approver, reason="Agreed.")
    told = list(Entry.objects.order_by("-seq").values_list("act", "role", "why")[:4])
    assert told[::-1] == [
        ("target.set", "programme_manager", "The census moved."),
        ("plan.return", "approver", "Not agreed with partners."),
        ("plan.submit", "programme_manager", "Partners agree now."),
        ("plan.approve", "approver", "Agreed."),
    ]


def test_i29_result_or_indicator_added_or_removed_needs_a_reason_and_makes_a_version(approved, indicator, manager, approver):  # fmt: skip
    steps = {
        "added: Spare": lambda reason: actions.add_result(
            approved, level="outcome", code="O9", statement="Spare", by=manager, reason=reason
        ),
        "TRU-01-B was added": lambda reason: actions.add_indicator(
            indicator.result, definition=indicator.definition, code="TRU-01-B", path_reason="For context.", by=manager,
            reason=reason,
        ),
        "removed: Spare": lambda reason: actions.remove_result(
            Result.objects.get(code="O9"), by=manager, reason=reason
        ),
    }  # fmt: skip
    for number, (words, step) in enumerate(steps.items(), start=2):
        with pytest.raises(ReasonRequired):
            step("  ")
        step("The census moved.")
        approved.refresh_from_db()
        assert approved.status == "submitted"
        assert any(words in sentence for sentence in queries.pending_difference(approved))
        version = actions.approve_plan(approved, by=approver)
        assert (version.number, version.reason) == (number, "The census moved.")
    with pytest.raises(ReasonRequired):
        actions.read_together(indicator, others=[Indicator.objects.get(code="TRU-01-B")], by=manager, reason=" ")


def test_i29_indicators_named_to_be_read_together_are_a_visible_difference(approved, indicator, manager, approver):
    other = actions.add_indicator(
        indicator.result, definition=indicator.definition, code="TRU-01-B", path_reason="For context.", by=manager,
        reason="Asked for by parliament.",
    )  # fmt: skip
    actions.approve_plan(approved, by=approver)
    actions.read_together(indicator, others=[other], by=manager, reason="One misleads without the other.")

    assert queries.pending_difference(approved) == [
        f"Indicator {indicator.code}: read together with changed from – to “TRU-01-B”.",
        f"Indicator TRU-01-B: read together with changed from – to “{indicator.code}”.",
    ]
    assert queries.pending_difference(approved, hidden=["TRU-01-B"]) == []
    assert actions.approve_plan(approved, by=approver).number == 3


def test_i29_field_that_an_older_version_did_not_freeze_is_told_once(approved, indicator):
    version = queries.latest_plan_version(approved)
    (row,) = version.snapshot["indicators"]
    row.pop("is_public")
    row.pop("read_with")
    assert plan_difference(version.snapshot, queries.plan_snapshot(approved)) == [
        f"Indicator {indicator.code}: shown to the public changed from – to Yes."
    ]


def test_i29_new_version_of_a_definition_lays_every_approved_plan_that_uses_it_before_approvers(
    approved, indicator, manager, approver, karuna
):
    verified_reading(indicator, karuna)
    actions.edit_definition(
        indicator.definition, sheet=sheet(wording="Counts threats too."), by=manager, break_on=date(2025, 1, 1),
        break_reason="New form",
    )  # fmt: skip

    approved.refresh_from_db()
    assert approved.status == "submitted"
    assert queries.plans_to_approve(approver) == [approved]
    assert queries.plans_to_approve(manager) == []
    make_grant(manager, Role.APPROVER)
    add_second_factor(manager)
    with pytest.raises(SeparationOfDuties):
        actions.approve_plan(approved, by=manager)
    assert actions.approve_plan(approved, by=approver).reason == "New form"
    assert queries.plans_to_approve(approver) == []


def test_plan_that_came_back_waits_for_those_who_manage_it(approved, indicator, manager, approver):
    actions.set_targets(indicator, targets=[DatedValue(END, 0.42)], by=manager, reason="The census moved.")
    assert queries.plans_returned_to(manager) == []
    actions.return_plan(approved, by=approver, reason="Not agreed with partners.")
    assert queries.plans_returned_to(manager) == [approved]
    assert queries.plans_returned_to(approver) == []
