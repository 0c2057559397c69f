"""The frame of a sample: what there is to draw from, read from a table, checked, and sorted so that the order of rows does not matter."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from custodes.evidence.columns import ROW, category, check_not_empty, numeric, with_row_numbers
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.sampling.plan import Columns

BETWEEN = " / "  # between the categories of a crossed stratum
EVERYTHING = "all"  # the one stratum of a frame without strata


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that can be drawn. group: its stratum, or at the second stage its cluster; number: how many units were listed in it, or persons
    are eligible in it, where that is known."""

    key: str
    group: str
    size: float
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """First-stage units, and where rows lie within them, second-stage units; each in the order in which they are drawn from.

    sha256   of what was read, whatever the order of rows and the kind of file.
    """

    first: tuple[Unit, ...]
    second: tuple[Unit, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Row:
    row: int
    key: str
    cluster: str
    stratum: str
    size: float
    number: int | None
    order: tuple[Any, ...]


def frame_from_table(table: Any, columns: Columns) -> Frame:
    """Read and check a frame.

    Refuses  TableEmpty; ColumnMissing; ColumnNotNumeric; ArgumentInvalid that names the row of an empty or doubled key, an empty stratum, a size that
             is not above 0, a number of units that is not whole, or a cluster that lies in two strata.
    """
    check_not_empty(table)
    rows = _rows(with_row_numbers(table), columns)
    rows.sort(key=lambda each: (each.order, each.cluster, each.key))
    _check_unique(rows, columns)
    if columns.cluster is None:
        first = tuple(Unit(each.key, each.stratum, each.size, each.number) for each in rows)
        second: tuple[Unit, ...] = ()
    else:
        first = _clusters(rows, columns.cluster)
        second = tuple(Unit(each.key, each.cluster, each.size, each.number) for each in rows)
    return Frame(first, second, len(rows), _fingerprint(rows))


def _rows(table: Any, columns: Columns) -> list[_Row]:
    texts = {"key": columns.unit, "cluster": columns.cluster}
    texts |= {f"stratum_{place}": name for place, name in enumerate(columns.strata)}
    numbers = {"size": columns.size, "number": columns.eligible or columns.listed}
    asked = {name: category(table, column, where="frame").strip() for name, column in texts.items() if column}
    asked |= {name: numeric(table, column, where="frame") for name, column in numbers.items() if column}
    for place, name in enumerate(columns.order):
        asked[f"order_{place}"] = _sorting(table, name)
    read = table.select(row=table[ROW], **asked).order_by("row").to_pyarrow().to_pydict()
    found = []
    for place, row in enumerate(read["row"]):
        line = {name: values[place] for name, values in read.items()}
        for name, column in texts.items():
            if column and not line[name]:
                _refuse("The cell is empty.", row, column, "Fill it: every unit needs a name and a stratum.")
        if columns.size and not (line["size"] is not None and line["size"] > 0):
            _refuse(
                "The size is not above 0, so that nobody there could be drawn.", row, columns.size,
                "Give the unit its size, or leave it out of the frame and say so.",
            )  # fmt: skip
        number = _whole_or_none(line.get("number"), row, numbers["number"])
        stratum = BETWEEN.join(line[f"stratum_{each}"] for each in range(len(columns.strata))) or EVERYTHING
        # An empty cell sorts first.
        order = tuple((value is not None, value) for value in (line[f"order_{i}"] for i in range(len(columns.order))))
        found.append(_Row(row, line["key"], line.get("cluster") or "", stratum, line.get("size") or 1.0, number, order))
    return found


def _sorting(table: Any, name: str) -> Any:
    """Numbers sort as numbers, everything else as text."""
    text = category(table, name, where="frame, order")
    kind = table[name].type()
    return numeric(table, name, where="frame, order") if kind.is_numeric() and not kind.is_boolean() else text


def _whole_or_none(number: float | None, row: int, column: str | None) -> int | None:
    if number is None:
        return None
    if number < 1 or not number.is_integer():
        _refuse(
            f"{number:g} is not a number of units.",
            row,
            str(column),
            "Give a whole number from 1 up, or leave it empty.",
        )
    return int(number)


def _check_unique(rows: Sequence[_Row], columns: Columns) -> None:
    seen: dict[tuple[str, str], int] = {}
    for each in sorted(rows, key=lambda each: each.row):
        place = (each.cluster, each.key)
        if place in seen:
            _refuse(
                f"“{each.key}” stands in row {seen[place]} too.", each.row, columns.unit, "Keep one row for each unit."
            )
        seen[place] = each.row


def _clusters(rows: Sequence[_Row], column: str) -> tuple[Unit, ...]:
    """Clusters in the order of their first rows, with the sizes of their rows added up."""
    members: dict[str, list[_Row]] = {}
    for each in rows:
        members.setdefault(each.cluster, []).append(each)
    for name, those in members.items():
        stray = next((each for each in those if each.stratum != those[0].stratum), None)
        if stray is not None:
            _refuse(
                f"The cluster “{name}” lies in the strata “{those[0].stratum}” and “{stray.stratum}”.", stray.row, column,
                "Give clusters of two strata two names.",
            )  # fmt: skip
    return tuple(
        Unit(name, those[0].stratum, math.fsum(each.size for each in those), len(those))
        for name, those in sorted(members.items(), key=lambda item: (item[1][0].order, item[0]))
    )


def _fingerprint(rows: Sequence[_Row]) -> str:
    digest = hashlib.sha256()
    for each in rows:
        number = "" if each.number is None else each.number
        line = (
            each.cluster,
            each.key,
            each.stratum,
            repr(each.size),
            str(number),
            *(repr(value) for _, value in each.order),
        )
        digest.update("".join(f"{len(word)}:{word}" for word in line).encode() + b"\n")
    return digest.hexdigest()


def _refuse(what: str, row: int, column: str, remedy: str) -> None:
    raise ArgumentInvalid(what, where=f"row {row}, column {column}", remedy=remedy)
