"""Frames made for tests of sampling: a small country of districts, villages and households, read through the library's own door."""

from typing import Any

from custodes.evidence.sampling.frame import Frame, Unit, frame_from_table
from custodes.evidence.sampling.plan import Columns
from tests.evidence.samples import table_of

HOUSEHOLD_COLUMNS = Columns("household", "village", ("district",), eligible="adults")
VILLAGE_COLUMNS = Columns("village", strata=("district",), size="people")


def household_rows() -> list[dict[str, Any]]:
    """Two districts with 6 and 4 villages of 3 to 40 households; the largest of the south is certain in any draw by size."""
    rows = []
    for district, sizes in (("north", (8, 5, 12, 7, 9, 3)), ("south", (40, 4, 6, 5))):
        for village, size in enumerate(sizes):
            rows += [
                {
                    "district": district,
                    "village": f"{district[0]}{village}",
                    "household": f"h{number:02}",
                    "adults": 1 + (village + number) % 4,
                    "income": float(10 * village + number),
                }
                for number in range(size)
            ]
    return rows


def village_rows() -> list[dict[str, Any]]:
    counts: dict[tuple[str, str], int] = {}
    for row in household_rows():
        key = row["district"], row["village"]
        counts[key] = counts.get(key, 0) + 1
    return [{"district": d, "village": v, "people": float(n)} for (d, v), n in counts.items()]


def household_frame() -> Frame:
    return frame_from_table(table_of(household_rows()), HOUSEHOLD_COLUMNS)


def village_frame() -> Frame:
    return frame_from_table(table_of(village_rows()), VILLAGE_COLUMNS)


def frame_of(groups: dict[str, list[float]]) -> Frame:
    """A frame of single units with their sizes, by stratum."""
    units = tuple(
        Unit(f"{name}{place}", name, size) for name, sizes in sorted(groups.items()) for place, size in enumerate(sizes)
    )
    return Frame(units, (), len(units), "0" * 64)
