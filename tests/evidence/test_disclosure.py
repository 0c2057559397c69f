"""Small figures are withheld, and the first cell cannot be read off the total."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.evidence.disclosure import CountedCell, DisclosurePolicy, Withholding, withhold_small_cells
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
        ((4, 1, 40), False, [SMALL, SMALL, SHOWN]),
        ((5, 9, 40), True, [SMALL, SMALL, SHOWN]),
        ((9, 10, 40), True, [SMALL, COVER, SHOWN]),
        ((0, 9, 40), False, [SHOWN, SHOWN, SHOWN]),
        ((4, 0, 40), False, [SMALL, SHOWN, COVER]),
        ((4, None, 40), False, [SMALL, SHOWN, COVER]),
    ],
)
def test_small_counts_are_withheld_with_one_complement(counts, sensitive, reasons):
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
