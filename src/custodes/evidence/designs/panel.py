"""A panel for an impact design: which unit had which outcome when, and from when on it was treated."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.columns import ROW, check_column, check_not_empty, numeric
from custodes.evidence.errors import ArgumentInvalid, SampleTooSmall

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


TREATMENT = "--treated, --first-treated"
NEVER = ("", "0", "0.0", "nan", "inf", "infinity")
SAY_SINCE = "Mark the rows under treatment alone, or say with --since when it began."


@dataclass(frozen=True, slots=True)
class Panel:
    """Units by periods.

    Shapes   outcome: units × periods, NaN where nothing was observed. first: index of each unit's first treated period; len(times) or more
             where it is not treated within the panel. clusters: index of the cluster of each unit.
    treatment  the option that said who is treated, for whoever has to mend it.
    """

    units: tuple[str, ...]
    times: tuple[str, ...]
    outcome: FloatArray
    first: IntArray
    clusters: IntArray
    name: str
    notes: tuple[str, ...] = ()
    treatment: str = TREATMENT

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
    if panel.is_ever_treated.any() and not panel.is_ever_treated[whole].any():
        raise SampleTooSmall(
            "No treated unit has an outcome in every period.",
            where=f"column {panel.name}",
            remedy="Fill the gaps, or leave out the periods in which many are missing.",
        )
    return panel.of(
        whole, note=f"Left out for want of an outcome in some period: {int((~whole).sum())} of {len(whole)} units."
    )


def check_treated(panel: Panel) -> None:
    """SampleTooSmall unless some unit comes under the measure after the first period: no change could be seen."""
    if not panel.is_ever_treated.any():
        raise SampleTooSmall(
            "No unit is treated within the periods of the file.",
            where=panel.treatment,
            remedy="Check that column, and that the periods go on past the first start.",
        )
    if not any(panel.cohorts):
        everybody = "Every unit" if panel.is_ever_treated.all() else "Every treated unit"
        raise SampleTooSmall(
            f"{everybody} is treated from the first period on, so that nothing was seen before.",
            where=panel.treatment,
            remedy="Give earlier periods."
            if panel.treatment == "--first-treated"
            else f"Give earlier periods. {SAY_SINCE}",
        )


def without_always_treated(panel: Panel) -> Panel:
    """The units that were observed before their treatment: of the others no change can be seen."""
    check_treated(panel)
    seen = np.asarray(panel.first > 0)
    if seen.all():
        return panel
    return panel.of(
        seen, note=f"Left out as treated from the first period on: {int((~seen).sum())} of {len(seen)} units."
    )


def panel_of_table(
    table: Any,
    *,
    unit: str | None,
    time: str,
    outcome: str,
    treated: str | None = None,
    first_treated: str | None = None,
    since: str | None = None,
    cluster: str | None = None,
) -> Panel:
    """A panel from a long table with one row per unit and period.

    Shapes   table: Ibis, with `_row`. treated: 1 in the rows in which a unit is treated; with `since`, 1 in every row of a treated unit.
             first_treated: the first treated period, the same in all rows of a unit; 0, empty or Inf where never. unit: None where
             all rows are one series.
    Returns  Panel, units and periods in their own order.
    Refuses  ColumnMissing, ColumnNotNumeric; ArgumentInvalid, with row and column, where a unit has two rows in a period, treatment ends
             again, or a unit has two first periods; SampleTooSmall where nobody is treated within the periods.
    """
    if (treated is None) == (first_treated is None):
        raise ArgumentInvalid(
            "Who is treated is given twice or not at all.",
            where="--treated, --first-treated",
            remedy="Give one of the two.",
        )
    check_not_empty(table)
    columns = {"time": time} | ({"unit": unit} if unit else {}) | ({"cluster": cluster} if cluster else {})
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
        if option in rows:
            _check_filled(rows, option, names)
    units, place = _ordered(rows.get("unit", ["the series"] * len(rows["row"])))
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
    if (first >= len(times)).all():
        raise _nobody_treated(rows, times, names)
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
        treatment="--first-treated" if "first" in rows else "--treated",
    )


def _nobody_treated(rows: Mapping[str, list[Any]], times: list[Any], names: Mapping[str, str]) -> SampleTooSmall:
    if "first" not in rows:
        return SampleTooSmall(
            f"Nobody is treated: the column “{names['treated']}” is 0 in every row.",
            where="--treated",
            remedy="Write 1 in the rows under treatment, or name another column.",
        )
    starts = [_text(value) for value in rows["first"] if not _is_never(value)]
    if not starts:
        return SampleTooSmall(
            f"Nobody is treated: the column “{names['first']}” is empty or 0 in every row.",
            where="--first-treated",
            remedy="Write there the first treated period of each treated unit, or name another column.",
        )
    return SampleTooSmall(
        f"Every start lies after the last period, {_text(times[-1])}; one of them is {starts[0]}.",
        where="--first-treated",
        remedy="Give later periods, or check that starts are written like periods.",
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
            if "unit" not in names:
                raise ArgumentInvalid(
                    f"The series has this period twice, first in row {seen[unit, time]}.",
                    where=f"row {row}, column {names['time']}",
                    remedy="Keep one row for each period; where the file holds several series, keep the rows of one.",
                )
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
    index: dict[Any, int] = {}
    shapes = {_shape(time) for time in times if isinstance(time, str)}
    for row, value in zip(rows["row"], rows["first"], strict=True):
        if value not in index:
            index[value] = _index_of_start(value, times, shapes=shapes, where=f"row {row}, column {names['first']}")
    cleaned = [None if value != value else value for value in rows["first"]]
    found = _one_per_unit(rows, place, cleaned, names["first"], int(place.max()) + 1)
    return np.array([len(times) if value is None else index[value] for value in found], dtype=np.int64)


def _is_never(value: Any) -> bool:
    """Whether a start says that there is none: R's files write Inf or NaN for it."""
    return value is None or str(value).strip().lower() in NEVER


def _shape(text: str) -> str:
    """A text with 9 for each digit: what is not written like a period cannot be put in its order."""
    return re.sub(r"\d", "9", text.strip())


def _index_of_start(value: Any, times: list[Any], *, shapes: Collection[str], where: str) -> int:
    """How many periods lie before the start; no start, or one past the panel, is never."""
    if _is_never(value):
        return len(times)
    try:
        start = _read_like(value, times[0])
        if shapes and _shape(start) not in shapes:
            raise ValueError(value)
        return sum(1 for time in times if time < start)
    except (TypeError, ValueError) as error:
        raise ArgumentInvalid(
            f"“{value}” is not a period as in the column of time, such as “{_text(times[0])}”.",
            where=where,
            remedy="Write starts as periods are written; leave the cell empty or write 0 where a unit is never treated.",
        ) from error


def _read_like(value: Any, period: Any) -> Any:
    """A text as what periods are: one word such as NA makes texts of all the numbers or dates of a column. Raises ValueError."""
    if isinstance(value, str) and isinstance(period, int | float):
        return float(value)
    if isinstance(value, str) and isinstance(period, date):
        return type(period).fromisoformat(value.strip())
    return value


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
