"""Small figures are withheld, and the first cell cannot be read off the total."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.evidence.disclosure import (
    CountedCell,
    CountedSum,
    DisclosurePolicy,
    Withholding,
    cells_told_by_sums,
    withhold_small_cells,
)
from custodes.evidence.types import Cell

POLICY = DisclosurePolicy()


def _cells(*counts: float | None, denominator: float | None = None) -> list[CountedCell]:
    return [CountedCell(Cell.of({"rank": f"r{i:02}"}), count, denominator) for i, count in enumerate(counts)]


def _reasons(cells: list[CountedCell], **asked) -> list[Withholding]:
    withheld = withhold_small_cells(cells, **asked)
    return [withheld.get(each.cell, Withholding.SHOWN) for each in cells]


SHOWN, SMALL, COVER = Withholding.SHOWN, Withholding.SMALL_CELL, Withholding.COMPLEMENT


@pytest.mark.parametrize(
    ("counts", "sensitive", "reasons"),
    [
        ((5, 9, 40), False, [SHOWN, SHOWN, SHOWN]),
        ((4, 9, 40), False, [SMALL, COVER, SHOWN]),
        ((4, 1, 40), False, [SMALL, SMALL, COVER]),  # together 5: each could only be 1 to 4
        ((4, 3, 40), False, [SMALL, SMALL, SHOWN]),
        ((5, 9, 40), True, [SMALL, SMALL, SHOWN]),
        ((9, 10, 40), True, [SMALL, COVER, SHOWN]),
        ((0, 9, 40), False, [SHOWN, SHOWN, SHOWN]),
        ((4, 0, 40), False, [SMALL, SHOWN, COVER]),
        ((4, None, 40), False, [SMALL, SHOWN, COVER]),
    ],
)
def test_small_counts_are_withheld_until_no_subtraction_tells_them(counts, sensitive, reasons):
    assert _reasons(_cells(*counts), is_sensitive=sensitive) == reasons


def test_complement_is_not_needed_without_total_or_partition():
    assert _reasons(_cells(4, 9, 40), total_is_shown=False) == [SMALL, SHOWN, SHOWN]
    assert _reasons(_cells(4, 9, 40), is_exhaustive=False) == [SMALL, SHOWN, SHOWN]


def test_share_is_withheld_where_numerator_or_rest_is_small():
    assert _reasons(_cells(3, 50, 97, denominator=100), is_exhaustive=False) == [SMALL, SHOWN, SMALL]


def test_zero_is_withheld_where_its_denominator_is_small():
    assert _reasons(_cells(0, denominator=49), is_exhaustive=False) == [SMALL]
    assert _reasons(_cells(0, denominator=50), is_exhaustive=False) == [SHOWN]


@given(counts=st.lists(st.integers(0, 60), min_size=2, max_size=12))
def test_withheld_cells_cannot_be_told_from_the_total(counts):
    cells = _cells(*counts)
    withheld = withhold_small_cells(cells)
    primary = [each for each in cells if withheld.get(each.cell) is SMALL]

    assert [each.count for each in primary] == [count for count in counts if 0 < count < POLICY.min_people]
    assert len(withheld) != 1
    hidden = [count for each, count in zip(cells, counts, strict=True) if each.cell in withheld]
    assert not hidden or sum(hidden) >= POLICY.min_people + len(hidden) or len(hidden) == len(cells)


def test_parent_goes_where_its_children_cannot_cover_each_other():
    counts = {"all": (2.0 + 40,), "region": (2.0,), "rest": (40.0,), "a": (1.0,), "b": (1.0,)}
    sums = [CountedSum("all", ("region", "rest")), CountedSum("region", ("a", "b"))]

    assert cells_told_by_sums(counts, sums, {"a", "b"}, threshold=5) == {"region", "rest"}


@pytest.mark.parametrize(("total", "told"), [(8.0, {"all"}), (12.0, {"all"}), (13.0, set())])
def test_lone_withheld_child_takes_its_parent_unless_enough_are_unpublished(total, told):
    counts = {"all": (total,), "only": (8.0,)}

    assert cells_told_by_sums(counts, [CountedSum("all", ("only",))], {"only"}, threshold=5) == told


def test_shares_whose_rest_is_small_are_covered_by_their_rests():
    cells = [CountedCell(Cell.of({"rank": f"r{i}"}), *each) for i, each in enumerate([(97, 100), (98, 100), (50, 90)])]

    assert _reasons(cells) == [SMALL, SMALL, COVER]
