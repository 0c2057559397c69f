"""Where a figure stands on the way that was promised: reached only where its whole interval is."""

from dataclasses import replace
from datetime import date

import pytest

from custodes.evidence.progress import LightThresholds
from custodes.evidence.types import Direction, PathShape
from custodes.indicators.rules.lights import standing
from custodes.programmes.rules.targets import DatedValue, ExpectedPath
from tests.indicators.test_protection import figure

START, END = date(2024, 1, 1), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("baseline", "target", "value", "interval", "is_reached"),
    [
        (0.40, 0.48, 0.482, (0.450, 0.515), False), (0.40, 0.48, 0.52, (0.481, 0.56), True), (0.40, 0.48, 0.48, None, True),
        (0.40, 0.48, 0.479, None, False), (0.40, 0.30, 0.29, (0.25, 0.33), False), (0.40, 0.30, 0.27, (0.25, 0.29), True),
    ],
)  # fmt: skip
def test_target_is_reached_where_the_whole_interval_is_at_it_or_beyond(baseline, target, value, interval, is_reached):
    plan = ExpectedPath(
        "I", DatedValue(START, baseline), (DatedValue(END, target),), PathShape.LINEAR, step_on=None, version=1
    )
    low, high = interval or (None, None)
    shown = replace(figure(1, 0), value=value, low=low, high=high)
    direction = Direction.UP if target > baseline else Direction.DOWN

    found = standing(
        shown, plan=plan, direction=direction, band=None, is_ordinal=False, breaks=(), thresholds=LightThresholds()
    )

    assert found.is_reached is is_reached
    assert found.progress == pytest.approx((value - baseline) / (target - baseline))


def test_nothing_is_reached_across_a_break_or_without_a_figure():
    plan = ExpectedPath(
        "I", DatedValue(START, 0.4), (DatedValue(END, 0.48),), PathShape.LINEAR, step_on=None, version=1
    )
    asked = {
        "plan": plan,
        "direction": Direction.UP,
        "band": None,
        "is_ordinal": False,
        "thresholds": LightThresholds(),
    }
    assert not standing(None, **asked, breaks=()).is_reached
    assert not standing(replace(figure(1, 0), value=0.6), **asked, breaks=[date(2025, 1, 1)]).is_reached
    assert standing(replace(figure(1, 0), value=0.6), **asked, breaks=()).is_reached
