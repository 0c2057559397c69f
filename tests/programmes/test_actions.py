"""What may be done to a plan, by whom, and what each act leaves behind."""

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from custodes.evidence.errors import ArgumentInvalid, EstimatorUnknown
from custodes.evidence.types import Direction, MissingPolicy, PathShape
from custodes.ledger.models import Entry
from custodes.people.errors import NotAllowed, SecondFactorRequired
from custodes.people.rules import Role
from custodes.programmes import actions, queries
from custodes.programmes.errors import (
    BreakNotDeclared,
    CodeTaken,
    PathNotChosen,
    StillInUse,
    TargetNotAllowed,
)
from custodes.programmes.models import Baseline, DefinitionVersion, Indicator, PlanVersion, Result
from custodes.programmes.rules.targets import DatedValue
from custodes.programmes.signals import definition_in_use_asked
from tests.factories import make_account, make_organisation, make_programme, make_result
from tests.programmes.conftest import make_plan, sheet, verified_reading

END = date(2026, 11, 30)


def act_as(role, programme):
    account = make_account(role)
    return lambda: actions.add_result(programme, level="impact", code="I", statement="Safer", by=account)


@pytest.mark.parametrize("role", Role)
def test_planning_truth_table(programme, role):
    act = act_as(role, programme)
    if role is Role.PROGRAMME_MANAGER:
        act()
        assert Result.objects.count() == 1
    else:
        with pytest.raises(NotAllowed):
            act()
        assert not Result.objects.exists()


@pytest.mark.parametrize("role", Role)
def test_approving_truth_table(programme, indicator, manager, role):
    actions.submit_plan(programme, by=manager)
    account = make_account(role)
    if role is Role.APPROVER:
        assert actions.approve_plan(programme, by=account, reason="Agreed.").number == 1
    else:
        with pytest.raises(NotAllowed):
            actions.approve_plan(programme, by=account, reason="Agreed.")
        assert not PlanVersion.objects.exists()


def test_approving_without_second_factor_is_refused(programme, indicator, manager):
    actions.submit_plan(programme, by=manager)
    account = make_account(Role.APPROVER, second_factor=False)
    with pytest.raises(SecondFactorRequired):
        actions.approve_plan(programme, by=account, reason="Agreed.")


def test_manager_of_another_programme_changes_nothing(programme, karuna):
    other = make_account(Role.PROGRAMME_MANAGER, programme="border-reform")
    with pytest.raises(NotAllowed):
        actions.add_result(programme, level="impact", code="I", statement="Safer", by=other)


def test_programme_is_created_and_edited_with_entries(karuna, manager):
    programme = actions.create_programme(
        "reform", title="Reform", starts=date(2023, 1, 1), ends=date(2026, 12, 31), country_area=karuna, by=manager
    )
    actions.edit_programme(
        programme, title="Police reform", summary="", starts=programme.starts, ends=programme.ends,
        lead_institution=None, is_public=True, by=manager,
    )  # fmt: skip
    programme.refresh_from_db()
    assert (programme.title, programme.status, programme.is_public) == ("Police reform", "draft", True)
    assert list(Entry.objects.values_list("act", flat=True)) == ["programme.create", "programme.edit"]
    assert programme.entry == 2
    with pytest.raises(CodeTaken):
        actions.create_programme(
            "reform", title="Again", starts=date(2023, 1, 1), ends=END, country_area=karuna, by=manager
        )


def test_programme_that_ends_before_it_starts_is_refused(karuna, manager):
    with pytest.raises(ArgumentInvalid):
        actions.create_programme(
            "reform", title="R", starts=date(2026, 1, 1), ends=date(2025, 1, 1), country_area=karuna, by=manager
        )


def test_result_is_moved_and_removed_only_when_nothing_stands_on_it(programme, manager):
    top = actions.add_result(programme, level="impact", code="I", statement="Safer", by=manager)
    outcome = actions.add_result(programme, level="outcome", code="O1", statement="Fair", parent=top, by=manager)
    with pytest.raises(StillInUse):
        actions.remove_result(top, by=manager)
    actions.edit_result(outcome, statement="Fairer treatment", parent=None, by=manager)
    actions.remove_result(top, by=manager)
    assert list(Result.objects.values_list("code", "statement")) == [("O1", "Fairer treatment")]


def test_result_below_another_programmes_is_refused(programme, manager, karuna):
    foreign = make_result(make_programme(country_area=karuna), level="impact")
    with pytest.raises(ArgumentInvalid):
        actions.add_result(programme, level="outcome", code="O1", statement="Fair", parent=foreign, by=manager)


def test_partner_with_amount_needs_a_currency(programme, manager):
    donor = make_organisation()
    with pytest.raises(ArgumentInvalid):
        actions.add_partner(programme, organisation=donor, role="1", amount=Decimal("12000000"), by=manager)
    row = actions.add_partner(
        programme, organisation=donor, role="1", amount=Decimal("12000000"), currency="EUR", by=manager
    )
    with pytest.raises(CodeTaken):
        actions.add_partner(programme, organisation=donor, role="1", by=manager)
    actions.remove_partner(row, by=manager)
    assert not programme.partner_roles.exists()


def test_indicator_of_outcome_without_path_needs_a_reason(programme, manager):
    version = actions.create_definition("ACC-01", sheet=sheet(direction=Direction.NONE), by=manager)
    result = actions.add_result(programme, level="outcome", code="O1", statement="Fair", by=manager)
    with pytest.raises(PathNotChosen):
        actions.add_indicator(result, definition=version.definition, by=manager)
    stated = actions.add_indicator(
        result, definition=version.definition, path_reason="A rise can mean trust.", by=manager
    )
    assert stated.path == "none"
    with pytest.raises(CodeTaken):
        actions.add_indicator(result, definition=version.definition, path=PathShape.LINEAR, by=manager)


def test_indicator_edit_and_path_leave_entries(programme, indicator, manager):
    actions.edit_indicator(
        indicator, result=indicator.result, institution=None, owner="Statistics Bureau", frequency="yearly",
        missing_policy=MissingPolicy.DENOMINATOR, arguments={"positive": ["3"]}, source="", is_public=False, by=manager,
    )  # fmt: skip
    actions.set_path(indicator, path=PathShape.STEP, step_on=date(2024, 7, 1), by=manager)
    row = Indicator.objects.get()
    assert (row.owner, row.missing_policy, row.path, row.is_public) == (
        "Statistics Bureau",
        "denominator",
        "step",
        False,
    )
    assert list(Entry.objects.order_by("-seq").values_list("act", flat=True)[:2]) == ["path.set", "indicator.edit"]


def test_indicators_are_read_together_within_a_programme_only(programme, indicator, manager, karuna):
    other = make_plan(programme, manager, code="TRU-02")
    actions.read_together(indicator, others=[other], by=manager)
    assert list(other.read_with.all()) == [indicator]
    foreign = make_plan(make_programme(country_area=karuna, status="draft"), manager, code="TRU-03")
    with pytest.raises(ArgumentInvalid):
        actions.read_together(indicator, others=[foreign], by=manager)


def test_i05_target_before_baseline_or_against_direction_is_refused(indicator, manager):
    for value, day in ((0.5, date(2022, 11, 30)), (0.5, date(2020, 1, 1)), (0.3, END)):
        with pytest.raises(TargetNotAllowed):
            actions.set_targets(indicator, targets=[DatedValue(day, value)], by=manager)
    assert [target.value for target in indicator.targets.all()] == [0.48]
    actions.set_targets(indicator, targets=[DatedValue(END, 0.3)], confirmed=True, by=manager)
    indicator.refresh_from_db()
    assert indicator.direction_confirmed_by == manager.reference
    assert Entry.objects.latest("seq").what["confirmed_against_direction"] is True
    actions.set_targets(indicator, targets=[DatedValue(END, 0.5)], confirmed=True, by=manager)
    assert indicator.direction_confirmed_by == ""


def test_i05_baseline_moved_past_its_target_is_refused(indicator, manager):
    for value, day in ((0.4, date(2027, 1, 1)), (0.6, date(2022, 11, 30))):
        with pytest.raises(TargetNotAllowed):
            actions.set_baseline(indicator, value=value, on=day, source="R1", by=manager)
    assert Baseline.objects.get().value == 0.385
    actions.set_baseline(indicator, value=0.39, on=date(2022, 12, 1), source="R1 revised", by=manager)
    assert (Baseline.objects.get().value, Baseline.objects.count()) == (0.39, 1)


def test_i05_plan_with_target_against_direction_is_not_submitted(programme, indicator, manager):
    turned = dataclasses.replace(sheet(), direction=Direction.DOWN)
    actions.edit_definition(indicator.definition, sheet=turned, by=manager)
    with pytest.raises(TargetNotAllowed):
        actions.submit_plan(programme, by=manager)
    programme.refresh_from_db()
    assert programme.status == "draft"


def test_i06_definition_is_edited_in_place_before_the_first_verified_reading(indicator, manager):
    version = actions.edit_definition(indicator.definition, sheet=sheet(name="Adults who trust"), by=manager)
    assert (version.number, version.name, version.is_break) == (1, "Adults who trust", False)
    assert DefinitionVersion.objects.count() == 1
    assert Entry.objects.latest("seq").act == "definition.edit"


def test_i06_definition_with_verified_reading_breaks_the_series(indicator, manager, karuna):
    verified_reading(indicator, karuna)
    changed = sheet(wording="Counts threats too.")
    for day, reason in ((None, "New form"), (date(2025, 1, 1), "")):
        with pytest.raises(BreakNotDeclared):
            actions.edit_definition(indicator.definition, sheet=changed, by=manager, break_on=day, break_reason=reason)
    version = actions.edit_definition(
        indicator.definition, sheet=changed, by=manager, break_on=date(2025, 1, 1), break_reason="New form"
    )
    first = DefinitionVersion.objects.get(number=1)
    assert (version.number, version.is_break, version.valid_from) == (2, True, date(2025, 1, 1))
    assert (first.wording, first.is_break) == ("Share of adults.", False)
    entry = Entry.objects.latest("seq")
    assert (entry.act, entry.why) == ("definition.break", "New form")


def test_i06_database_keeps_no_break_without_date_and_reason(indicator):
    versions = DefinitionVersion.objects.filter(definition=indicator.definition)
    for day, reason in ((None, "New form"), (date(2025, 1, 1), "")):
        with pytest.raises(IntegrityError), transaction.atomic():
            versions.update(is_break=True, valid_from=day, break_reason=reason)
    versions.update(is_break=True, valid_from=date(2025, 1, 1), break_reason="New form")


def test_i06_definition_counts_as_in_use_when_nobody_answers(indicator):
    receivers, definition_in_use_asked.receivers = definition_in_use_asked.receivers, []
    definition_in_use_asked.sender_receivers_cache.clear()
    try:
        assert queries.definition_is_in_use(indicator.definition) is True
    finally:
        definition_in_use_asked.receivers = receivers
        definition_in_use_asked.sender_receivers_cache.clear()
    assert queries.definition_is_in_use(indicator.definition) is False


def test_definition_with_unknown_estimator_is_refused(manager):
    with pytest.raises(EstimatorUnknown):
        actions.create_definition("XXX-01", sheet=sheet(estimator="survey_proportions"), by=manager)
