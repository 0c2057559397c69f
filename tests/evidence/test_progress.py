"""Progress, expected value, pace and the traffic light, against the rules of domain.md §5."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.progress import (
    Band,
    LightReason,
    Milestone,
    Path,
    expected_value,
    light,
    pace,
    progress,
)
from custodes.evidence.types import Direction, Light, PathShape

START, END, HALF = date(2024, 1, 1), date(2026, 1, 1), date(2025, 1, 1)  # 731 days, 366 of them gone at HALF
ON, RISK, OFF, UNKNOWN = Light.ON_TRACK, Light.AT_RISK, Light.OFF_TRACK, Light.CANNOT_TELL


def _path(shape: PathShape, **more) -> Path:
    return Path(shape, baseline=40.0, target=60.0, start=START, end=END, **more)


@pytest.mark.parametrize(("value", "target", "share"), [(50, 60, 0.5), (30, 20, 0.5), (40, 40, None), (30, 60, -0.5)])
def test_progress_serves_both_directions(value, target, share):
    assert progress(value, baseline=40, target=target) == share


@pytest.mark.parametrize(
    ("shape", "share"),
    [
        (PathShape.LINEAR, 366 / 731),
        (PathShape.BACK_LOADED, (366 / 731) ** 2),
        (PathShape.FRONT_LOADED, 1 - (365 / 731) ** 2),
        (PathShape.LATE, 0.0),
    ],
)
def test_expected_value_half_way_follows_the_shape(shape, share):
    assert expected_value(_path(shape), HALF) == pytest.approx(40 + 20 * share, rel=1e-14)
    assert expected_value(_path(shape), START) == 40
    assert expected_value(_path(shape), END) == 60
    assert expected_value(_path(shape), date(2030, 1, 1)) == 60
    assert expected_value(_path(shape), date(2020, 1, 1)) == 40


def test_expected_value_of_a_step_changes_on_its_day():
    path = _path(PathShape.STEP, step_on=HALF)

    assert expected_value(path, date(2024, 12, 31)) == 40
    assert expected_value(path, HALF) == 60


def test_expected_value_between_milestones_is_a_line_or_a_stair():
    milestones = (Milestone(HALF, 44.0),)
    line, stair = (
        _path(PathShape.MILESTONES, milestones=milestones),
        _path(PathShape.MILESTONES, milestones=milestones, is_ordinal=True),
    )
    quarter = date(2024, 7, 2)  # 183 of 366 days

    assert expected_value(line, quarter) == 42
    assert expected_value(stair, quarter) == 40
    assert expected_value(line, HALF) == expected_value(stair, HALF) == 44
    assert expected_value(line, END) == expected_value(stair, END) == 60


def test_path_of_no_shape_expects_nothing():
    assert expected_value(_path(PathShape.NONE), HALF) is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Path(PathShape.LINEAR, 40, 60, END, START),
        lambda: _path(PathShape.STEP),
        lambda: _path(PathShape.MILESTONES, milestones=(Milestone(date(2030, 1, 1), 50.0),)),
    ],
)
def test_path_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(ArgumentInvalid, match="path"):
        wrong()


def test_pace_is_undefined_while_nothing_is_expected():
    assert pace(45, baseline=40, expected=40) is None
    assert pace(45, baseline=40, expected=None) is None
    assert pace(45, baseline=40, expected=50) == 0.5
    assert pace(35, baseline=40, expected=30) == 0.5


@pytest.mark.parametrize(
    ("low", "high", "expected_light", "possible"),
    [
        (49, 52, ON, (ON,)),  # h = 49: the bound itself is on track
        (48.99, 52, UNKNOWN, (ON, RISK)),
        (47, 48.9, RISK, (RISK,)),  # l = 47
        (46.9, 48.9, UNKNOWN, (RISK, OFF)),
        (46, 52, UNKNOWN, (ON, RISK, OFF)),
        (40, 46.9, OFF, (OFF,)),
        (40, 47, UNKNOWN, (RISK, OFF)),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_light_follows_the_interval_in_both_directions(low, high, expected_light, possible, sign):
    verdict = light(
        sign * (low + high) / 2,
        direction=Direction.UP if sign == 1 else Direction.DOWN,
        baseline=sign * 40,
        expected=sign * 50,
        low=min(sign * low, sign * high),
        high=max(sign * low, sign * high),
    )

    assert (verdict.light, verdict.possible) == (expected_light, possible)
    assert verdict.reason is (LightReason.SETTLED if len(possible) == 1 else LightReason.INTERVAL_SPANS)


@pytest.mark.parametrize(("value", "expected_light"), [(49.0, ON), (48.9, RISK), (47.0, RISK), (46.9, OFF)])
def test_light_of_a_value_without_interval_is_that_of_a_point(value, expected_light):
    assert light(value, direction=Direction.UP, baseline=40, expected=50).light is expected_light


def test_light_at_the_threshold_is_not_moved_by_the_rounding_of_floats():
    # 0.1 + 0.9 · (0.3 − 0.1) is 0.28 only up to its last digit
    assert light(0.28, direction=Direction.UP, baseline=0.1, expected=0.3).light is ON
    assert light(0.24, direction=Direction.UP, baseline=0.1, expected=0.3).light is RISK


@pytest.mark.parametrize(
    ("low", "high", "expected_light"), [(10, 20, ON), (9, 15, UNKNOWN), (5, 25, UNKNOWN), (21, 25, OFF), (1, 9, OFF)]
)
def test_light_of_a_band(low, high, expected_light):
    verdict = light(15, direction=Direction.BAND, low=low, high=high, band=Band(10, 20))

    assert verdict.light is expected_light
    assert RISK not in verdict.possible


@given(
    baseline=st.floats(-100, 100),
    step=st.floats(0.1, 50),
    low=st.floats(-200, 200),
    width=st.floats(0, 100),
    up=st.booleans(),
)
def test_light_is_grey_exactly_where_several_lights_remain_possible(baseline, step, low, width, up):
    direction, expected = (Direction.UP, baseline + step) if up else (Direction.DOWN, baseline - step)
    asked = {"direction": direction, "baseline": baseline, "expected": expected}
    verdict = light(low, low=low, high=low + width, **asked)
    ends = {light(low, **asked).light, light(low + width, **asked).light}

    assert (verdict.light is UNKNOWN) == (len(ends) > 1)
    assert ends <= set(verdict.possible)


def test_path_against_the_direction_takes_the_expected_value_as_the_line():
    asked = {"direction": Direction.UP, "baseline": 50, "expected": 40}

    assert light(40, **asked).light is ON
    assert light(39, **asked).light is OFF
