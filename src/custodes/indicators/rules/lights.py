"""The traffic light of a figure against the approved way, and the sentence that says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from custodes.evidence.progress import (
    Band,
    LightReason,
    LightThresholds,
    Milestone,
    Path,
    Verdict,
    expected_value,
    light,
    pace,
    progress,
)
from custodes.evidence.types import Direction, PathShape
from custodes.indicators.rules.figures import Figure
from custodes.programmes.rules.targets import ExpectedPath


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a figure stands on its way: shares of the way, the value expected by its last day, and the light.

    is_reached   the whole interval is at the target or beyond; a value that only looks so is not counted as reached.
    """

    verdict: Verdict
    expected: float | None
    progress: float | None
    pace: float | None
    sentence: str
    is_reached: bool


def path_from_plan(plan: ExpectedPath, *, is_ordinal: bool) -> Path | None:
    """The plan's way as the library's; None where baseline or target is missing."""
    if plan.baseline is None or plan.target is None:
        return None
    earlier = [value for value in plan.targets[:-1] if plan.baseline.on < value.on < plan.target.on]
    has_milestones = bool(earlier) and plan.shape is not PathShape.NONE
    return Path(
        shape=PathShape.MILESTONES if has_milestones else plan.shape,
        baseline=plan.baseline.value,
        target=plan.target.value,
        start=plan.baseline.on,
        end=plan.target.on,
        step_on=plan.step_on,
        milestones=tuple(Milestone(value.on, value.value) for value in earlier),
        is_ordinal=is_ordinal,
    )


def standing(
    figure: Figure | None,
    *,
    plan: ExpectedPath,
    direction: Direction,
    band: Band | None,
    is_ordinal: bool,
    breaks: Sequence[date],
    thresholds: LightThresholds,
) -> Standing:
    """Where the latest figure stands; a withheld, refused or absent one cannot tell."""
    path = path_from_plan(plan, is_ordinal=is_ordinal)
    value = figure.value if figure else None
    on = figure.end if figure else None
    expected = expected_value(path, on) if path and on else None
    has_break = bool(plan.baseline and on and any(plan.baseline.on < day <= on for day in breaks))
    verdict = light(
        value,
        direction=direction,
        baseline=path.baseline if path else None,
        expected=expected,
        low=figure.low if figure else None,
        high=figure.high if figure else None,
        band=band,
        completeness=figure.completeness if figure else None,
        has_break=has_break,
        thresholds=thresholds,
    )
    if figure is None or value is None or path is None or has_break:
        return Standing(verdict, expected, None, None, reason_sentence(verdict), is_reached=False)
    shares = [
        progress(bound, baseline=path.baseline, target=path.target)
        for bound in (value, figure.low, figure.high)
        if bound is not None
    ]
    return Standing(
        verdict=verdict,
        expected=expected,
        progress=shares[0],
        pace=pace(value, baseline=path.baseline, expected=expected),
        sentence=reason_sentence(verdict),
        is_reached=all(share is not None and share >= 1 for share in shares),
    )


def reason_sentence(verdict: Verdict) -> str:
    """Why the light is what it is, where that needs saying."""
    match verdict.reason:
        case LightReason.INTERVAL_SPANS:
            return _("The interval spans a threshold, so more than one light is possible.")
        case LightReason.INCOMPLETE:
            return _("Too few of the expected reports came in.")
        case LightReason.NO_EXPECTED_VALUE:
            return _("There is no path from baseline to target, so nothing is expected by this date.")
        case LightReason.NO_VALUE:
            return _("There is no figure that could be compared.")
        case LightReason.BREAK:
            return _("The series broke between baseline and figure; they are not comparable.")
        case LightReason.NO_DIRECTION:
            return _("Neither a rise nor a fall is good in itself, so there is no light.")
    return ""
