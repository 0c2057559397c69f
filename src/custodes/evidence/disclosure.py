"""What must not be shown: survey figures that say too little, and counts of people so small that they point at someone."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from custodes.evidence.types import Cell, Estimate, Uncertainty


@dataclass(frozen=True, slots=True)
class DisclosurePolicy:
    """Thresholds; an installation sets its own.

    min_survey_n, max_rse  a survey figure needs so many answers and at most this relative standard error (I18).
    min_people             smallest count of people that is shown; min_sensitive: the same for complaints, violence, detention, force.
    min_zero_denominator   a zero is shown only where it stands for none of at least so many.
    """

    min_survey_n: int = 30
    max_rse: float = 0.30
    min_people: int = 5
    min_sensitive: int = 10
    min_zero_denominator: int = 50


class Withholding(StrEnum):
    """Why a figure is withheld; the empty value says that it may be shown."""

    SHOWN = ""
    SMALL_SAMPLE = "small-sample"
    IMPRECISE = "imprecise"
    SMALL_CELL = "small-cell"
    COMPLEMENT = "complement"


DEFAULT_POLICY = DisclosurePolicy()


def withholding_reason(estimate: Estimate, policy: DisclosurePolicy = DEFAULT_POLICY) -> Withholding:
    """Why a survey estimate is withheld (I18); SHOWN for one that may be shown, and for what is not a sample."""
    if estimate.uncertainty is not Uncertainty.DESIGN or estimate.value is None:
        return Withholding.SHOWN
    if estimate.n < policy.min_survey_n:
        return Withholding.SMALL_SAMPLE
    error = estimate.relative_standard_error
    return Withholding.IMPRECISE if error is not None and error > policy.max_rse else Withholding.SHOWN


@dataclass(frozen=True, slots=True)
class CountedCell:
    """A count of people, or a share of them with its denominator; count None is already missing and shows nothing."""

    cell: Cell
    count: float | None
    denominator: float | None = None


def withhold_small_cells(
    cells: Sequence[CountedCell],
    *,
    policy: DisclosurePolicy = DEFAULT_POLICY,
    is_sensitive: bool = False,
    is_exhaustive: bool = True,
    total_is_shown: bool = True,
) -> dict[Cell, Withholding]:
    """Which cells of one partition to withhold.

    Primary: a count, or the rest of a share (denominator − numerator), from 1 to below the threshold; a zero whose known denominator is too small.
    Complement: where exactly one cell of an exhaustive partition is withheld beside its total, subtraction would tell it, so the next smallest
    cell goes too. This protects one table at a time; protection across tables and releases is full disclosure control.
    """
    threshold = policy.min_sensitive if is_sensitive else policy.min_people
    withheld = {each.cell: Withholding.SMALL_CELL for each in cells if _is_small(each, threshold, policy)}
    if is_exhaustive and total_is_shown and len(withheld) == 1:
        others = [each for each in cells if each.cell not in withheld and each.count is not None]
        if others:
            # A zero is the weakest cover: whoever subtracts reads the other cell off at once.
            next_smallest = min(others, key=lambda each: (each.count == 0, each.count, each.cell))
            withheld[next_smallest.cell] = Withholding.COMPLEMENT
    return withheld


def _is_small(each: CountedCell, threshold: int, policy: DisclosurePolicy) -> bool:
    if each.count is None:
        return False
    if each.count == 0:
        return each.denominator is not None and each.denominator < policy.min_zero_denominator
    if each.count < threshold:
        return True
    rest = threshold if each.denominator is None else each.denominator - each.count
    return 0 < rest < threshold
