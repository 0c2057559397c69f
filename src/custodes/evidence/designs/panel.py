"""A panel for an impact design: which unit had which outcome when, and from when on it was treated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.columns import ROW, check_column, check_not_empty, numeric
from custodes.evidence.errors import ArgumentInvalid, SampleTooSmall

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Panel:
    """Units by periods.

    Shapes   outcome: units × periods, NaN where nothing was observed. first: index of each unit's first treated period; len(times) or more
             where it is not treated within the panel. clusters: index of the cluster of each unit.
    """

    units: tuple[str, ...]
    times: tuple[str, ...]
    outcome: FloatArray
    first: IntArray
    clusters: IntArray
    name: str
    notes: tuple[str, ...] = ()

    @property
    def is_ever_treated(self) -> BoolArray:
        return np.asarray(self.first < len(self.times))

    @property
    def cohorts(self) -> tuple[int, ...]:
        """The periods at which somebody's treatment begins, as indices."""
        return tuple(int(each) for each in np.unique(self.first[self.is_ever_treated]))

    def of(self, kept: BoolArray, *, note: str = "") -> "Panel":
        """The panel of some of its units, with a note that says why."""
        return replace(
            self,
            units=tuple(unit for unit, keep in zip(self.units, kept, strict=True) if keep),
            outcome=self.outcome[kept],
            first=self.first[kept],
            clusters=np.unique(self.clusters[kept], return_inverse=True)[1].astype(np.int64),
            notes=(*self.notes, note) if note else self.notes,
        )


def balanced(panel: Panel) -> Panel:
    """The units that were observed in every period; how many were left out stands in the notes."""
    whole = np.asarray(~np.isnan(panel.outcome).any(axis=1), dtype=np.bool_)
    if whole.all():
        return panel
    if whole.sum() < 2:
        raise SampleTooSmall(
            "Fewer than two units have an outcome in every period.",
            where=f"column {panel.name}",
            remedy="Fill the gaps, or leave out the periods in which many are missing.",
        )
    return panel.of(
        whole, note=f"Left out for want of an outcome in some period: {int((~whole).sum())} of {len(whole)} units."
    )


def without_always_treated(panel: Panel) -> Panel:
    """The units that were observed before their treatment: of the others no change can be seen."""
    seen = np.asarray(panel.first > 0)
    if seen.all():
        return panel
    if not seen.any():
        raise SampleTooSmall(
            "Every unit is treated from the first period on.",
            where="treatment",
            remedy="Give periods before the treatment; where the column only marks who is treated, say --since when.",
        )
    return panel.of(
        seen, note=f"Left out as treated from the first period on: {int((~seen).sum())} of {len(seen)} units."
    )


def panel_of_table(
    table: Any,
    *,
    unit: str,
    time: str,
    outcome: str,
    treated: str | None = None,
    first_treated: str | None = None,
    since: str | None = None,
    cluster: str | None = None,
) -> Panel:
    """A panel from a long table with one row per unit and period.

    Shapes   table: Ibis, with `_row`. treated: 1 in the rows in which a unit is treated; with `since`, 1 in every row of a treated unit.
             first_treated: the first treated period, the same in all rows of a unit; 0 or empty where never.
    Returns  Panel, units and periods in their own order.
    Refuses  ColumnMissing, ColumnNotNumeric; ArgumentInvalid, with row and column, where a unit has two rows in a period, treatment ends
             again, or a unit has two first periods.
    """
    if (treated is None) == (first_treated is None):
        raise ArgumentInvalid(
            "Who is treated is given twice or not at all.",
            where="--treated, --first-treated",
            remedy="Give one of the two.",
        )
    check_not_empty(table)
    columns = {"unit": unit, "time": time}
    columns |= {"cluster": cluster} if cluster else {}
    for option, column in columns.items():
        check_column(table, column, where=f"--{option}")
    chosen = {"row": table[ROW], "outcome": numeric(table, outcome, where="--outcome")}
    chosen |= {option: table[column] for option, column in columns.items()}
    if treated is not None:
        chosen["treated"] = numeric(table, treated, where="--treated")
    if first_treated is not None:
        check_column(table, first_treated, where="--first-treated")
        chosen["first"] = table[first_treated]
    rows = table.select(**chosen).order_by("row").to_pyarrow()
    names = {**columns, "outcome": outcome, "treated": treated or "", "first": first_treated or ""}
    return _panel({name: rows[name].to_pylist() for name in rows.column_names}, names, since=since)


def _panel(rows: Mapping[str, list[Any]], names: Mapping[str, str], *, since: str | None) -> Panel:
    for option in ("unit", "time"):
        _check_filled(rows, option, names)
    units, place = _ordered(rows["unit"])
    times, period = _ordered(rows["time"])
    _check_once(rows, place, period, names)
    matrix = np.full((len(units), len(times)), np.nan)
    matrix[place, period] = [np.nan if value is None else value for value in rows["outcome"]]
    if "first" in rows:
        first = _first_from_column(rows, place, times, names)
    else:
        first = _first_from_state(
            rows, place, period, shape=(len(units), len(times)), times=times, since=since, names=names
        )
    clusters = np.arange(len(units))
    if "cluster" in rows:
        _check_filled(rows, "cluster", names)
        labels, codes = _ordered(rows["cluster"])
        named = _one_per_unit(rows, place, [labels[code] for code in codes], names["cluster"], len(units))
        clusters = np.unique([str(each) for each in named], return_inverse=True)[1]
    return Panel(
        units=tuple(_text(each) for each in units),
        times=tuple(_text(each) for each in times),
        outcome=matrix,
        first=first,
        clusters=np.asarray(clusters, dtype=np.int64),
        name=names["outcome"],
    )


def _ordered(values: Sequence[Any]) -> tuple[list[Any], IntArray]:
    """The distinct values in their order, and the place of each."""
    distinct = sorted(set(values))
    index = {value: number for number, value in enumerate(distinct)}
    return distinct, np.array([index[value] for value in values], dtype=np.int64)


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _check_filled(rows: Mapping[str, list[Any]], option: str, names: Mapping[str, str]) -> None:
    for row, value in zip(rows["row"], rows[option], strict=True):
        if value is None or value != value:
            raise ArgumentInvalid(
                f"The {option} is empty.",
                where=f"row {row}, column {names[option]}",
                remedy="Fill the cell, or leave the row out.",
            )


def _check_once(rows: Mapping[str, list[Any]], place: IntArray, period: IntArray, names: Mapping[str, str]) -> None:
    seen: dict[tuple[int, int], int] = {}
    for row, unit, time in zip(rows["row"], place.tolist(), period.tolist(), strict=True):
        if (unit, time) in seen:
            raise ArgumentInvalid(
                f"The unit has this period twice, first in row {seen[unit, time]}.",
                where=f"row {row}, columns {names['unit']} and {names['time']}",
                remedy="Keep one row for each unit and period, or name a finer unit.",
            )
        seen[unit, time] = row


def _one_per_unit(
    rows: Mapping[str, list[Any]], place: IntArray, values: Sequence[Any], column: str, units: int
) -> list[Any]:
    found: list[Any] = [None] * units
    known = [False] * units
    for row, unit, value in zip(rows["row"], place.tolist(), values, strict=True):
        if known[unit] and found[unit] != value:
            raise ArgumentInvalid(
                f"The unit has “{value}” here and “{found[unit]}” before.",
                where=f"row {row}, column {column}",
                remedy="Give one value for all rows of a unit.",
            )
        found[unit], known[unit] = value, True
    return found


def _first_from_column(
    rows: Mapping[str, list[Any]], place: IntArray, times: list[Any], names: Mapping[str, str]
) -> IntArray:
    cleaned = [None if value != value else value for value in rows["first"]]
    found = _one_per_unit(rows, place, cleaned, names["first"], int(place.max()) + 1)
    return np.array([_index_of_start(value, times, column=names["first"]) for value in found], dtype=np.int64)


def _index_of_start(value: Any, times: list[Any], *, column: str) -> int:
    """How many periods lie before the start; a zero, an empty cell or a start past the panel is never."""
    if value is None or str(value).strip() in ("", "0", "0.0"):
        return len(times)
    try:
        return sum(1 for time in times if time < value)
    except TypeError as error:
        raise ArgumentInvalid(
            f"“{value}” is not a period as in the column of time, such as “{_text(times[0])}”.",
            where=f"column {column}",
            remedy="Write both in the same way.",
        ) from error


def _first_from_state(
    rows: Mapping[str, list[Any]],
    place: IntArray,
    period: IntArray,
    *,
    shape: tuple[int, int],
    times: list[Any],
    since: str | None,
    names: Mapping[str, str],
) -> IntArray:
    periods = shape[1]
    state = np.full(shape, np.nan)
    for row, unit, time, value in zip(rows["row"], place, period, rows["treated"], strict=True):
        if value not in (0, 1):
            raise ArgumentInvalid(
                f"“{value}” is neither 0 nor 1." if value is not None else "Nothing says whether the unit is treated.",
                where=f"row {row}, column {names['treated']}",
                remedy="Write 1 where the unit is treated, else 0.",
            )
        state[unit, time] = value
    if since is not None:
        start = start_of(since, times)
        return np.where(np.nanmax(state, axis=1) == 1, start, periods).astype(np.int64)
    first = np.array([np.argmax(line == 1) if (line == 1).any() else periods for line in state], dtype=np.int64)
    for row, unit, time, value in zip(rows["row"], place, period, rows["treated"], strict=True):
        if value == 0 and time > first[unit]:
            raise ArgumentInvalid(
                "The treatment ends again; these designs know only measures that stay.",
                where=f"row {row}, column {names['treated']}",
                remedy="Leave out the periods after the end, or mark the unit as treated from its start on.",
            )
    return first


def start_of(since: str, times: Sequence[Any]) -> int:
    """The index of the period named on the command line, or ArgumentInvalid that shows how periods are written."""
    labels = [_text(time) for time in times]
    if since not in labels:
        raise ArgumentInvalid(
            f"“{since}” is not a period of the file.",
            where="--since",
            remedy=f"Write it as there: the periods run from “{labels[0]}” to “{labels[-1]}”.",
        )
    return labels.index(since)
