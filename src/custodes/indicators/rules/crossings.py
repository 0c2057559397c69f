"""Which splits of a figure were asked for: `area:2` is the area of level 2, anything else a category column."""

import re
from collections.abc import Iterable, Sequence

from custodes.evidence.errors import ArgumentInvalid

_AREA = re.compile(r"area:([0-9])$")
Crossing = tuple[str, ...]


def area_level_or_none(column: str) -> int | None:
    """2 for `area:2`, None for a category column."""
    found = _AREA.match(column)
    return int(found[1]) if found else None


def area_column(level: int) -> str:
    """The column of the prepared table that holds the code of the area of one level."""
    return f"_area_{level}"


def table_column(column: str) -> str:
    """The column of the prepared table behind one part of a crossing."""
    level = area_level_or_none(column)
    return column if level is None else area_column(level)


def levels_in(crossings: Iterable[Sequence[str]]) -> tuple[int, ...]:
    """The levels of area that any of the crossings asks for."""
    levels = {area_level_or_none(column) for crossing in crossings for column in crossing}
    return tuple(sorted(level for level in levels if level is not None))


def crossings_from_text(text: str) -> tuple[Crossing, ...]:
    """`sex; sex, urban; area:2` as crossings, each once. Raises ArgumentInvalid where one names two levels of area or a column twice."""
    crossings: list[Crossing] = []
    for part in text.replace("\n", ";").split(";"):
        columns = tuple(sorted(piece.strip() for piece in part.split(",") if piece.strip()))
        if not columns or columns in crossings:
            continue
        if len(levels_in([columns])) > 1 or len(set(columns)) < len(columns):
            raise ArgumentInvalid(
                f"“{part.strip()}” names an area or a column twice.",
                where="split by",
                remedy="Write each column once, and one level of area, as in: area:2, sex",
            )
        crossings.append(columns)
    return tuple(crossings)


def text_from_crossings(crossings: Iterable[Sequence[str]]) -> str:
    """The opposite of `crossings_from_text`."""
    return "; ".join(", ".join(crossing) for crossing in crossings)
