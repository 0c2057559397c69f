"""What must not be shown: survey figures that say too little, and counts of people so small that they point at someone."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

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
    Complement: in an exhaustive partition beside its total, further cells until what is withheld can be neither subtracted nor nearly so
    (`cells_told_by_sums`).
    """
    threshold = policy.min_sensitive if is_sensitive else policy.min_people
    withheld = {each.cell: Withholding.SMALL_CELL for each in cells if _is_small(each, threshold, policy)}
    if is_exhaustive and total_is_shown:
        counts = {each.cell: counts_of(each) for each in cells if each.count is not None}
        told = cells_told_by_sums(counts, [CountedSum(None, tuple(counts))], withheld, threshold=threshold)
        withheld |= dict.fromkeys(told, Withholding.COMPLEMENT)
    return withheld


def counts_of(each: CountedCell) -> tuple[float, ...]:
    """What can be subtracted: the count, and the rest of a share."""
    count = each.count or 0.0
    return (count,) if each.denominator is None else (count, each.denominator - count)


Key = TypeVar("Key", bound=Any)  # what a cell is called by: hashable, and in an order


@dataclass(frozen=True, slots=True)
class CountedSum(Generic[Key]):
    """Cells that add up to another one; parent None: to a total that stands in no cell but must be taken as known."""

    parent: Key | None
    children: tuple[Key, ...]


def cells_told_by_sums(
    counts: Mapping[Key, tuple[float, ...]], sums: Iterable[CountedSum[Key]], withheld: Iterable[Key], *, threshold: int
) -> set[Key]:
    """Further cells to withhold, so that no single sum tells a withheld one.

    Where the parent is shown, the withheld children must be two at least and count the threshold and one for each of them together: as little as
    one person may stand behind each, so the range left for any of them is no narrower than the threshold. Otherwise the next smallest shown child
    is withheld too, and the parent where none is left. Where the parent is withheld, a child must be. Each withheld cell opens its other sums again.
    This answers each sum by itself, not several solved together, and is not optimal: that is full disclosure control.
    """
    hidden = set(withheld)
    added: set[Key] = set()
    rows = [_Row(each, counts, threshold) for each in sums]
    below: dict[Key, list[_Row[Key]]] = defaultdict(list)
    above: dict[Key, list[_Row[Key]]] = defaultdict(list)
    for row in rows:
        for child in row.children:
            below[child].append(row)
            if child in hidden:
                row.hide(counts[child])
        if row.parent is not None:
            above[row.parent].append(row)
    waiting = deque(rows)
    while waiting:
        row = waiting.popleft()
        while (chosen := row.next_to_withhold(hidden)) is not None:
            hidden.add(chosen)
            added.add(chosen)
            for other in below[chosen]:
                other.hide(counts[chosen])
            waiting.extend(below[chosen])
            waiting.extend(above[chosen])
    return added


class _Row(Generic[Key]):
    """One sum while cells of it are withheld, one after the other."""

    def __init__(self, each: CountedSum[Key], counts: Mapping[Key, tuple[float, ...]], threshold: int) -> None:
        self.parent, self.children, self.threshold = each.parent, each.children, threshold
        # A zero is the weakest cover: whoever subtracts reads the other cell off at once.
        self.shown = sorted(each.children, key=lambda cell: (counts[cell][0] == 0, counts[cell][0], cell), reverse=True)
        self.hidden, self.people, self.rest, self.guards_rest = 0, 0.0, 0.0, False
        # What belongs to the parent and to no published child covers too, where nothing better is left.
        everybody = 0.0 if each.parent is None else counts[each.parent][0]
        self.unpublished = max(0.0, everybody - sum(counts[child][0] for child in each.children))

    def hide(self, counts: tuple[float, ...]) -> None:
        self.hidden += 1
        self.people += counts[0]
        rest = counts[1] if len(counts) > 1 else float(self.threshold)
        self.rest += rest
        self.guards_rest = self.guards_rest or 0 < rest < self.threshold

    def next_to_withhold(self, hidden: set[Key]) -> Key | None:
        """The cell that must go next, or None where this sum tells nothing."""
        parent_is_hidden = self.parent in hidden
        if not self._tells(parent_is_hidden):
            return None
        while self.shown and self.shown[-1] in hidden:
            self.shown.pop()
        if self.shown:
            return self.shown[-1]
        # One withheld child alone is covered only by enough people whom no published child counts.
        is_covered = self._covers(self.unpublished) and (self.hidden > 1 or self.unpublished >= self.threshold)
        return None if parent_is_hidden or is_covered else self.parent

    def _tells(self, parent_is_hidden: bool) -> bool:
        if parent_is_hidden or self.hidden < 2:
            return parent_is_hidden != (self.hidden > 0)
        return not self._covers(0.0)

    def _covers(self, unpublished: float) -> bool:
        needed = self.threshold + self.hidden
        return self.people + unpublished >= needed and (not self.guards_rest or self.rest >= needed)


def _is_small(each: CountedCell, threshold: int, policy: DisclosurePolicy) -> bool:
    if each.count is None:
        return False
    if each.count == 0:
        return each.denominator is not None and each.denominator < policy.min_zero_denominator
    if each.count < threshold:
        return True
    rest = threshold if each.denominator is None else each.denominator - each.count
    return 0 < rest < threshold
