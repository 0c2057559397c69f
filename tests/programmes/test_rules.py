"""Pure checks: reference sheet, targets, path, states, difference."""

from datetime import date

import pytest

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.types import Direction, PathShape
from custodes.programmes.errors import (
    BreakNotDeclared,
    PathNotChosen,
    PlanStateNotAllowed,
    ReasonRequired,
    SheetIncomplete,
    TargetNotAllowed,
)
from custodes.programmes.rules.plan import PLAN_STATES, check_reason, exact, next_state, plan_difference
from custodes.programmes.rules.sheets import check_break, check_sheet, sheet_remarks
from custodes.programmes.rules.targets import (
    DatedValue,
    agrees_with_direction,
    check_path,
    check_targets,
    indicator_remarks,
)
from custodes.programmes.rules.tree import check_place_in_tree
from tests.programmes.conftest import sheet

BEFORE, AFTER = date(2022, 11, 30), date(2026, 11, 30)
BASELINE = DatedValue(BEFORE, 0.4)


@pytest.mark.parametrize(
    ("direction", "baseline", "target", "agrees"),
    [
        (Direction.UP, 0.3, 0.4, True),
        (Direction.UP, 0.4, 0.3, False),
        (Direction.UP, 0.3, 0.3, False),
        (Direction.DOWN, 9.8, 8.0, True),
        (Direction.DOWN, 8.0, 9.8, False),
        (Direction.BAND, 0.0, 5.0, True),
        (Direction.BAND, 5.0, 11.0, False),
        (Direction.NONE, 1.0, 2.0, False),
    ],
)
def test_direction_and_target_agree(direction, baseline, target, agrees):
    assert agrees_with_direction(baseline=baseline, target=target, direction=direction, band=(2.0, 10.0)) is agrees


def targets_of(*values, confirmed=False, baseline=BASELINE, direction=Direction.UP):
    return check_targets(
        baseline=baseline, targets=values, direction=direction, confirmed=confirmed, indicator="TRU-01"
    )


def test_target_on_the_day_of_the_baseline_is_refused():
    with pytest.raises(TargetNotAllowed, match="not after its baseline"):
        targets_of(DatedValue(BEFORE, 0.5), confirmed=True)


def test_i05_target_without_baseline_is_refused():
    with pytest.raises(TargetNotAllowed, match="no baseline"):
        targets_of(DatedValue(AFTER, 0.5), baseline=None)


@pytest.mark.parametrize(
    ("direction", "value", "agrees"),
    [
        (Direction.UP, 0.5, True), (Direction.UP, 0.4, False), (Direction.UP, 0.3, False), (Direction.DOWN, 0.3, True),
        (Direction.DOWN, 0.4, False), (Direction.DOWN, 0.5, False), (Direction.BAND, 0.45, True), (Direction.BAND, 0.7, False),
        (Direction.NONE, 0.5, False),
    ],
)  # fmt: skip
def test_i05_target_on_the_wrong_side_stands_on_a_persons_word_only(direction, value, agrees):
    asked = {
        "baseline": BASELINE, "targets": [DatedValue(AFTER, value)], "direction": direction, "band": (0.4, 0.6), "indicator": "X",
    }  # fmt: skip
    if agrees:
        assert check_targets(**asked, confirmed=False) is False
    else:
        with pytest.raises(TargetNotAllowed, match="good side"):
            check_targets(**asked, confirmed=False)
        assert check_targets(**asked, confirmed=True) is True


def test_two_targets_on_one_day_are_refused():
    with pytest.raises(TargetNotAllowed, match="same date"):
        targets_of(DatedValue(AFTER, 0.5), DatedValue(AFTER, 0.6))


def test_milestone_against_the_direction_needs_confirmation():
    values = (DatedValue(date(2024, 1, 1), 0.3), DatedValue(AFTER, 0.5))
    with pytest.raises(TargetNotAllowed, match="good side"):
        targets_of(*values)
    assert targets_of(*values, confirmed=True) is True
    assert targets_of(values[1], confirmed=True) is False


@pytest.mark.parametrize(
    ("level", "shape", "reason", "allowed"),
    [
        ("impact", PathShape.NONE, "", True),
        ("outcome", PathShape.NONE, "", False),
        ("output", PathShape.NONE, "  ", False),
        ("outcome", PathShape.NONE, "A rise can mean trust.", True),
        ("output", PathShape.LINEAR, "", True),
        ("output", PathShape.STEP, "", False),
    ],
)
def test_path_is_chosen_or_its_absence_explained(level, shape, reason, allowed):
    arguments = {"level": level, "shape": shape, "step_on": None, "path_reason": reason, "indicator": "X"}
    if allowed:
        check_path(**arguments)
    else:
        with pytest.raises(PathNotChosen):
            check_path(**arguments)


@pytest.mark.parametrize("name", ["name", "wording", "unit", "estimator", "source_kind", "numerator", "denominator"])
def test_sheet_without_a_needed_field_is_refused(name):
    with pytest.raises(SheetIncomplete):
        check_sheet(sheet(**{name: " "}))


def test_i03_rate_without_denominator_is_refused():
    with pytest.raises(SheetIncomplete) as problem:
        check_sheet(sheet(estimator="administrative_rate", denominator=""))
    assert problem.value.where == "denominator"
    check_sheet(sheet(estimator="distinct_persons", numerator="", denominator=""))


@pytest.mark.parametrize(("over_time", "over_place"), [("sum", "distinct"), ("distinct", "sum"), ("mean", "none")])
def test_i19_sheet_that_adds_up_persons_is_refused(over_time, over_place):
    counted = {"estimator": "distinct_persons", "numerator": "", "denominator": ""}
    with pytest.raises(SheetIncomplete, match="never added up"):
        check_sheet(sheet(**counted, over_time=over_time, over_place=over_place))
    check_sheet(sheet(**counted, over_time="none", over_place="distinct"))


def test_band_without_its_ends_is_refused():
    with pytest.raises(SheetIncomplete):
        check_sheet(sheet(direction=Direction.BAND, band_low=3.0, band_high=3.0))
    check_sheet(sheet(direction=Direction.BAND, band_low=3.0, band_high=4.0))


def test_smart_check_names_two_ideas_and_direction_words():
    remarks = sheet_remarks(sheet(name="Increased trust and safety"))
    assert [remark.where for remark in remarks] == ["name", "name"]
    assert "“and”" in remarks[0].text
    assert "increased" in remarks[1].text
    assert sheet_remarks(sheet(name="Andean officers trained, 28 days or less")) == ()


def test_smart_check_asks_for_baseline_and_date():
    remarks = indicator_remarks(baseline=None, targets=(), shape=PathShape.LINEAR)
    assert [remark.where for remark in remarks] == ["baseline", "targets"]
    whole = indicator_remarks(baseline=DatedValue(BEFORE, 1), targets=(DatedValue(AFTER, 2),), shape=PathShape.LINEAR)
    assert whole == ()


@pytest.mark.parametrize(("day", "reason"), [(None, "New form"), (AFTER, " ")])
def test_break_without_date_or_reason_is_refused(day, reason):
    with pytest.raises(BreakNotDeclared):
        check_break(break_on=day, break_reason=reason, code="TRU-01")


def test_states_allow_exactly_the_table():
    allowed = {(state, act): target for state, acts in PLAN_STATES.items() for act, target in acts.items()}
    for state in PLAN_STATES:
        for act in ("change", "submit", "approve", "return", "close"):
            if (state, act) in allowed:
                assert next_state(state, act) == allowed[state, act]
            else:
                with pytest.raises(PlanStateNotAllowed):
                    next_state(state, act)


def test_reason_is_needed_after_the_first_approval_only():
    check_reason("", approved_before=False)
    with pytest.raises(ReasonRequired):
        check_reason(" ", approved_before=True)


@pytest.mark.parametrize(
    ("level", "parent", "allowed"),
    [
        ("impact", None, True),
        ("impact", "outcome", False),
        ("outcome", "impact", True),
        ("outcome", "output", False),
        ("output", None, False),
        ("output", "outcome", True),
        ("output", "impact", False),
    ],
)
def test_place_in_tree(level, parent, allowed):
    if allowed:
        check_place_in_tree(level=level, parent_level=parent, code="X")
    else:
        with pytest.raises(ArgumentInvalid):
            check_place_in_tree(level=level, parent_level=parent, code="X")


def test_exact_writes_every_figure_as_text():
    assert exact({"a": [0.1, 2, True], "b": {"c": 1.0}}) == {"a": ["0.1", 2, True], "b": {"c": "1.0"}}


def snapshot(**indicator):
    row = {
        "code": "TRU-01", "result": "O1", "name": "Trust", "path": "linear", "baseline": None,
        "targets": [{"on": "2026-11-30", "value": "0.48"}],
    } | indicator  # fmt: skip
    return {
        "programme": {"title": "Reform"},
        "results": [{"code": "O1", "level": "outcome", "statement": "Fair"}],
        "indicators": [row],
        "partners": [],
    }


def test_difference_of_equal_plans_is_empty():
    assert plan_difference(snapshot(), snapshot()) == []


def test_difference_names_target_path_and_baseline():
    new = snapshot(
        path="late", targets=[{"on": "2026-11-30", "value": "0.45"}, {"on": "2025-01-01", "value": "0.4"}],
        baseline={"value": "0.385", "on": "2022-11-30", "source": "R1"},
    )  # fmt: skip
    assert plan_difference(snapshot(), new) == [
        "Indicator TRU-01: path changed from “linear” to “late”.",
        "Indicator TRU-01: the baseline changed from – to 0.385 (2022-11-30, R1).",
        "Indicator TRU-01: a target of 0.4 by 2025-01-01 was added.",
        "Indicator TRU-01: the target for 2026-11-30 changed from 0.48 to 0.45.",
    ]


def test_difference_names_added_and_removed_rows():
    new = snapshot()
    new["results"] = [{"code": "O2", "level": "outcome", "statement": "Safe"}]
    new["partners"] = [{"organisation": "Northmark", "role": "1", "amount": "12.00", "currency": "EUR"}]
    assert plan_difference(snapshot(), new) == [
        "Result O2 was added: Safe.",
        "Result O1 was removed: Fair.",
        "Partner added: Northmark (1, 12.00 EUR).",
    ]
