"""How far an indicator has come, where it should be by now, and the traffic light. Pure: numbers and dates in, verdict out.

Source: domain.md §5. The curves are ours; “late” is profile C of the EU's OPSYS.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.types import Direction, Light, PathShape


@dataclass(frozen=True, slots=True)
class LightThresholds:
    """Pace from which an indicator is on track or at risk, and the share of expected reports below which there is no light."""

    on_track: float = 0.9
    at_risk: float = 0.7
    completeness: float = 0.8


class LightReason(StrEnum):
    """Why the light is what it is; SETTLED where nothing needs explaining."""

    SETTLED = "settled"
    INTERVAL_SPANS = "interval-spans"
    INCOMPLETE = "incomplete"
    NO_EXPECTED_VALUE = "no-expected-value"
    NO_VALUE = "no-value"
    BREAK = "break"
    NO_DIRECTION = "no-direction"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A light; the lights that remain possible where it cannot be told; the reason."""

    light: Light
    possible: tuple[Light, ...]
    reason: LightReason


@dataclass(frozen=True, slots=True, order=True)
class Milestone:
    """A value to reach on the way, by a date."""

    on: date
    value: float


@dataclass(frozen=True, slots=True)
class Path:
    """The way from baseline to target. step_on: when a step happens; is_ordinal: milestones are stairs, not straight lines."""

    shape: PathShape
    baseline: float
    target: float
    start: date
    end: date
    step_on: date | None = None
    milestones: tuple[Milestone, ...] = ()
    is_ordinal: bool = False

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ArgumentInvalid(
                f"The target of {self.end} is not after the baseline of {self.start}.",
                where="path",
                remedy="Date the target later.",
            )
        if self.shape is PathShape.STEP and self.step_on is None:
            raise ArgumentInvalid("A step has no date.", where="path", remedy="Say when the step happens.")
        outside = [each for each in self.milestones if not self.start < each.on < self.end]
        if outside:
            raise ArgumentInvalid(
                f"The milestone of {outside[0].on} is not between baseline and target.",
                where="path",
                remedy=f"Date it between {self.start} and {self.end}.",
            )


def progress(value: float, *, baseline: float, target: float) -> float | None:
    """Share of the way from baseline to target; None where they are equal."""
    return None if target == baseline else (value - baseline) / (target - baseline)


def pace(value: float, *, baseline: float, expected: float | None) -> float | None:
    """Progress ÷ expected progress; None while the expected value is still the baseline, or there is none."""
    return None if expected is None or expected == baseline else (value - baseline) / (expected - baseline)


def expected_value(path: Path, on: date) -> float | None:
    """The point of the path on a day; None where the indicator has no path. A target has no interval: it is a decision."""
    if path.shape is PathShape.NONE:
        return None
    if path.shape is PathShape.MILESTONES:
        return _between_milestones(path, on)
    x = min(1.0, max(0.0, (on - path.start).days / (path.end - path.start).days))
    return path.baseline + (path.target - path.baseline) * _share_of_way(path, on, x)


def _share_of_way(path: Path, on: date, x: float) -> float:
    match path.shape:
        case PathShape.BACK_LOADED:
            return x * x
        case PathShape.FRONT_LOADED:
            return 1 - (1 - x) ** 2
        case PathShape.LATE:
            return 1.0 if x >= 1 else 0.0
        case PathShape.STEP:
            return 1.0 if path.step_on is not None and on >= path.step_on else 0.0
        case _:
            return x


def _between_milestones(path: Path, on: date) -> float:
    points = [
        Milestone(path.start, path.baseline),
        *sorted(path.milestones),
        Milestone(path.end, path.target),
    ]
    if on <= path.start:
        return path.baseline
    for before, after in pairwise(points):
        if before.on <= on < after.on:
            if path.is_ordinal:
                return before.value
            return before.value + (after.value - before.value) * (on - before.on).days / (after.on - before.on).days
    return path.target


@dataclass(frozen=True, slots=True)
class Band:
    """The values that are good where the direction is to keep within a band; both ends included."""

    low: float
    high: float


def light(
    value: float | None,
    *,
    direction: Direction,
    baseline: float | None = None,
    expected: float | None = None,
    low: float | None = None,
    high: float | None = None,
    band: Band | None = None,
    completeness: float | None = None,
    has_break: bool = False,
    thresholds: LightThresholds = LightThresholds(),
) -> Verdict:
    """The traffic light of a value with its interval against the expected value, or why it cannot be told (I12).

    low and high are the interval; a value without one is a point. has_break: the series broke between baseline and value.
    """
    everything = (Light.ON_TRACK, Light.AT_RISK, Light.OFF_TRACK)
    if direction is Direction.NONE:
        return Verdict(Light.NO_LIGHT, (), LightReason.NO_DIRECTION)
    if value is None:
        return Verdict(Light.CANNOT_TELL, everything, LightReason.NO_VALUE)
    if has_break:
        return Verdict(Light.CANNOT_TELL, everything, LightReason.BREAK)
    low, high = (value if low is None else low), (value if high is None else high)
    if direction is Direction.BAND:
        if band is None:
            return Verdict(Light.CANNOT_TELL, everything, LightReason.NO_EXPECTED_VALUE)
        possible = _possible_in_band(low, high, band)
    elif baseline is None or expected is None:
        return Verdict(Light.CANNOT_TELL, everything, LightReason.NO_EXPECTED_VALUE)
    else:
        possible = _possible_on_way(low, high, direction, baseline, expected, thresholds)
    if completeness is not None and completeness < thresholds.completeness:
        return Verdict(Light.CANNOT_TELL, everything, LightReason.INCOMPLETE)
    if len(possible) == 1:
        return Verdict(possible[0], possible, LightReason.SETTLED)
    return Verdict(Light.CANNOT_TELL, possible, LightReason.INTERVAL_SPANS)


def _possible_in_band(low: float, high: float, band: Band) -> tuple[Light, ...]:
    inside = high >= band.low and low <= band.high
    outside = low < band.low or high > band.high
    return (Light.ON_TRACK,) * inside + (Light.OFF_TRACK,) * outside


def _possible_on_way(
    low: float, high: float, direction: Direction, baseline: float, expected: float, thresholds: LightThresholds
) -> tuple[Light, ...]:
    """The lights that some value of the interval would have; one light alone is settled."""
    sign = 1.0 if direction is Direction.UP else -1.0
    on_track = sign * (baseline + thresholds.on_track * (expected - baseline))
    at_risk = sign * (baseline + thresholds.at_risk * (expected - baseline))
    if (
        sign * expected < sign * baseline
    ):  # a path against the direction, confirmed by a person: what is expected is the line
        on_track = at_risk = sign * expected
    size = max(abs(baseline), abs(expected))
    worst, best = sorted(_on_line(sign * end, (on_track, at_risk), size) for end in (low, high))
    return (
        (Light.ON_TRACK,) * (best >= on_track)
        + (Light.AT_RISK,) * (best >= at_risk and worst < on_track and at_risk < on_track)
        + (Light.OFF_TRACK,) * (worst < at_risk)
    )


def _on_line(value: float, lines: Sequence[float], size: float) -> float:
    """The value, or the line that it misses only by the rounding of floats."""
    return next((line for line in lines if math.isclose(value, line, rel_tol=1e-12, abs_tol=1e-12 * size)), value)
