"""Baseline, target and path: what may stand together (I5), and which path a result of each level may have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from custodes.evidence.types import Direction, PathShape
from custodes.programmes.errors import PathNotChosen, TargetNotAllowed
from custodes.programmes.rules.sheets import Remark


@dataclass(frozen=True, slots=True, order=True)
class DatedValue:
    """A value on a day: a baseline, a milestone or a target."""

    on: date
    value: float


@dataclass(frozen=True, slots=True)
class ExpectedPath:
    """The way from baseline to target as it was approved; before the first approval as it stands.

    targets  by date; the last is the target, the earlier ones are milestones.
    version  number of the approved plan version that it comes from; None before the first approval.
    """

    indicator: str
    baseline: DatedValue | None
    targets: tuple[DatedValue, ...]
    shape: PathShape
    step_on: date | None
    version: int | None

    @property
    def target(self) -> DatedValue | None:
        return self.targets[-1] if self.targets else None


def agrees_with_direction(
    *, baseline: float, target: float, direction: Direction, band: tuple[float | None, float | None] = (None, None)
) -> bool:
    """Whether a target lies on the good side of its baseline; with no direction at all, none does (I5)."""
    match direction:
        case Direction.UP:
            return target > baseline
        case Direction.DOWN:
            return target < baseline
        case Direction.BAND:
            low, high = band
            return low is not None and high is not None and low <= target <= high
        case Direction.NONE:
            return False


def check_targets(
    *,
    baseline: DatedValue | None,
    targets: Sequence[DatedValue],
    direction: Direction,
    band: tuple[float | None, float | None] = (None, None),
    confirmed: bool,
    indicator: str,
) -> bool:
    """Whether the targets needed a person's word to stand (I5). Raises TargetNotAllowed.

    Every target is dated after the baseline and one a day; one against the direction stands only if `confirmed`.
    """
    if not targets:
        return False
    if baseline is None:
        raise TargetNotAllowed(
            _("There is no baseline to start from."), where=indicator, remedy=_("Set the baseline first.")
        )
    if len({target.on for target in targets}) != len(targets):
        raise TargetNotAllowed(
            _("Two targets have the same date."), where=indicator, remedy=_("Keep one value for each date.")
        )
    for target in targets:
        if target.on <= baseline.on:
            raise TargetNotAllowed(
                _("The target of %(target)s is not after its baseline of %(baseline)s.")
                % {"target": target.on.isoformat(), "baseline": baseline.on.isoformat()},
                where=indicator,
                remedy=_("Give a later date for the target, or an earlier one for the baseline."),
            )
    against = [
        target
        for target in targets
        if not agrees_with_direction(baseline=baseline.value, target=target.value, direction=direction, band=band)
    ]
    if against and not confirmed:
        raise TargetNotAllowed(
            _("The target %(target)s does not lie on the good side of the baseline %(baseline)s.")
            % {"target": f"{against[0].value:g}", "baseline": f"{baseline.value:g}"},
            where=indicator,
            remedy=_("Correct the value, or confirm that it is meant; your name is kept with it."),
        )
    return bool(against)


def check_path(*, level: str, shape: PathShape, step_on: date | None, path_reason: str, indicator: str) -> None:
    """An impact may go without a path; an outcome or output chooses one, or says why it has none. Raises PathNotChosen."""
    if shape is PathShape.STEP and step_on is None:
        raise PathNotChosen(
            _("A step needs the day on which it is taken."), where=indicator, remedy=_("Give the date of the step.")
        )
    if shape is PathShape.NONE and level != "impact" and not path_reason.strip():
        raise PathNotChosen(
            _("An outcome or output has a path from baseline to target."),
            where=indicator,
            remedy=_("Choose a path, or write why there is none."),
        )


def indicator_remarks(
    *, baseline: DatedValue | None, targets: Sequence[DatedValue], shape: PathShape
) -> tuple[Remark, ...]:
    """What the SMART check says of the way to the target: a baseline, a target, a date."""
    remarks = []
    if baseline is None:
        remarks.append(Remark("baseline", _("There is no baseline: nobody could tell whether anything changed.")))
    if shape is not PathShape.NONE and not targets:
        remarks.append(Remark("targets", _("There is a path but no target with a date.")))
    if shape is PathShape.MILESTONES and len(targets) == 1:
        remarks.append(Remark("targets", _("The path goes by milestones, but there is only one target.")))
    return tuple(remarks)
