"""What the public may see of one indicator: small counts withheld, and whatever a subtraction would tell (I20)."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from custodes.evidence.disclosure import (
    CountedCell,
    CountedSum,
    DisclosurePolicy,
    Withholding,
    cells_told_by_sums,
    counts_of,
    withhold_small_cells,
)
from custodes.evidence.types import Cell, Uncertainty
from custodes.indicators.rules.figures import Figure, FigureState, reliable, without_numbers

Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Protection:
    """What a definition says of its subject, and the installation's thresholds."""

    policy: DisclosurePolicy
    counts_people: bool
    is_sensitive: bool
    overlapping: frozenset[str] = frozenset()  # declared to overlap; any other dimension covers everybody once

    @property
    def is_of_people(self) -> bool:
        """Whether a small count can point at somebody, so that all figures must be judged together."""
        return self.counts_people or self.is_sensitive

    @property
    def threshold(self) -> int:
        return self.policy.min_sensitive if self.is_sensitive else self.policy.min_people


def protected(
    figures: Iterable[Figure], protection: Protection, *, withheld: Mapping[int, str] | None = None
) -> tuple[Figure, ...]:
    """The figures of one indicator as the public may see them: unreliable ones and small cells withheld, refusals without numbers.

    Give every published figure of the indicator: what must be withheld follows from all sums among them; or any of them, with what was found
    `withheld` among all. Several indicators are protected apart.
    """
    figures = reliable(figures, protection.policy)
    if not protection.is_of_people:
        return figures
    if withheld is None:
        withheld = withheld_among(figures, protection)
    return tuple(_as_shown(figure, withheld.get(figure.pk, "")) for figure in figures)


def _as_shown(figure: Figure, reason: str) -> Figure:
    if figure.state is FigureState.REFUSED:
        return without_numbers(figure, FigureState.REFUSED, figure.reason)
    return without_numbers(figure, FigureState.SUPPRESSED, reason) if reason else figure


def withheld_among(figures: Sequence[Figure], protection: Protection) -> dict[int, str]:
    """Which of an indicator's published figures, whole and reliable, must be withheld, by their keys, with the reason."""
    counted = {figure.pk: each for figure in figures if (each := _counted(figure)) is not None}
    keys = {each.cell: pk for pk, each in counted.items()}
    small = withhold_small_cells(
        tuple(counted.values()), policy=protection.policy, is_sensitive=protection.is_sensitive, is_exhaustive=False
    )
    if not small:
        return {}
    found = {keys[cell]: reason.value for cell, reason in small.items()}
    counts = {pk: counts_of(each) for pk, each in counted.items()}
    sums = _sums_among([each for each in figures if each.pk in counts], counts, protection)
    told = cells_told_by_sums(counts, sums, found, threshold=protection.threshold)
    return found | dict.fromkeys(told, Withholding.COMPLEMENT.value)


MEDIAN = "administrative_median"


def _counted(figure: Figure) -> CountedCell | None:
    """The count behind a figure; None for a survey estimate, and where nothing was counted.

    A refused figure counts too: the total tells what stands behind it as soon as all others are shown.
    """
    if figure.uncertainty is Uncertainty.DESIGN or figure.state not in (FigureState.SHOWN, FigureState.REFUSED):
        return None
    count: float | None
    if figure.method == MEDIAN:
        count = figure.n or None  # the records behind it: its value is a length of time, not a count
    elif figure.state is FigureState.REFUSED:
        count = figure.numerator if figure.numerator is not None else figure.n or None
    else:
        count = figure.numerator if figure.denominator is not None else figure.value
    return None if count is None else CountedCell(Cell((("_figure", str(figure.pk)),)), count, _people_below(figure))


def _people_below(figure: Figure) -> float | None:
    """The denominator where it counts the same kind of thing as the numerator, so that the rest is a count too."""
    is_share = figure.denominator is not None and figure.value is not None and 0 <= figure.value <= 1
    return figure.denominator if is_share else None


Place = tuple[str, int, Span, str, tuple[tuple[str, str], ...]]
Groups = dict[tuple[Place, Hashable], list[int]]


def _place(figure: Figure) -> Place:
    """Where a figure stands: source, version, period, area, categories."""
    return figure.source, figure.definition_version, (figure.start, figure.end), _path(figure), figure.categories


def _path(figure: Figure) -> str:
    return figure.area_path or f"/{figure.area_code}/"


def _sums_among(
    figures: Sequence[Figure], counts: Mapping[int, tuple[float, ...]], protection: Protection
) -> list[CountedSum[int]]:
    """Every sum that the published figures of one source and version hold.

    Total to split and margin to crossing; area to the areas below it of one level; period to the periods of one kind that lie in it. The total of
    a split, and a whole country, must be taken as known even where they are not published.
    """
    places = {_place(each): each.pk for each in figures}
    sums = []
    for (parent, _by), children in (_by_category(figures, protection.overlapping) | _by_area(figures)).items():
        is_whole = not parent[4] or parent[3].count("/") == 2
        if parent in places or is_whole:
            sums.append(CountedSum(places.get(parent), tuple(children)))
    days = {each.pk: (each.end - each.start).days + 1 for each in figures}
    for (parent, _by), children in _by_period(figures, places).items():
        whole = places[parent]
        elsewhere = counts[whole][0] - sum(counts[child][0] for child in children)
        # Some months of a year tell nothing of each other, unless next to nothing fell into the months that are not published.
        if sum(days[child] for child in children) >= days[whole] or elsewhere < protection.threshold + len(children):
            sums.append(CountedSum(whole, tuple(children)))
    return sums


def _by_category(figures: Sequence[Figure], overlapping: frozenset[str]) -> Groups:
    """By what is left when one or more columns are added up."""
    groups: Groups = defaultdict(list)
    for figure in figures:
        source, version, span, path, categories = _place(figure)
        for number in range(1, len(categories) + 1):
            for away in combinations(categories, number):
                columns = tuple(column for column, _ in away)
                if not overlapping.intersection(columns):
                    kept = tuple(each for each in categories if each not in away)
                    groups[(source, version, span, path, kept), columns].append(figure.pk)
    return groups


def _by_area(figures: Sequence[Figure]) -> Groups:
    """By each area above, level by level."""
    groups: Groups = defaultdict(list)
    for figure in figures:
        source, version, span, path, categories = _place(figure)
        codes = path.strip("/").split("/")
        for number in range(1, len(codes)):
            above = "/" + "/".join(codes[:number]) + "/"
            groups[(source, version, span, above, categories), figure.area_level].append(figure.pk)
    return groups


def _by_period(figures: Sequence[Figure], places: Mapping[Place, int]) -> Groups:
    """By each published period that holds them, kind by kind."""
    around = _spans_around({(each.start, each.end) for each in figures})
    groups: Groups = defaultdict(list)
    for figure in figures:
        source, version, span, path, categories = _place(figure)
        for whole in around[span]:
            parent = (source, version, whole, path, categories)
            if parent in places:
                groups[parent, figure.period_kind].append(figure.pk)
    return groups


def _spans_around(spans: set[Span]) -> dict[Span, list[Span]]:
    """Of each span those that hold it and more; a day holds nothing."""
    longer = [span for span in spans if span[0] < span[1]]
    return {
        span: [each for each in longer if each[0] <= span[0] and span[1] <= each[1] and each != span] for span in spans
    }
