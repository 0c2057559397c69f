"""A sample collapsed for a regression: one line for each domain, unit of the sample and combination of predictor values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from custodes.evidence.domain_sums import BoolArray, KeyedRows, keyed_rows, keyed_table
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.predictors import COUNTED, OUTCOME, ModelRows
from custodes.evidence.replicates import check_room
from custodes.evidence.survey import FloatArray, IntArray
from custodes.evidence.types import Design

MOST_LINES = 30_000_000  # held in memory at once, with a number for each predictor


@dataclass(frozen=True, slots=True)
class Lines:
    """K lines, of which those of `chosen` have counted rows.

    units    of each line at each stage that counts, from the first down.
    numbers  predictor to its values; codes: predictor to the place of each category in `levels`.
    weight, outcome  Σw and Σw·y over counted rows; n: how many there are; total: Σy; rows: with those that lack an answer.
    replicates  (2, R, K) of Σw and Σw·y under each given replicate weight, where there are some.
    """

    units: tuple[IntArray, ...]
    numbers: Mapping[str, FloatArray]
    codes: Mapping[str, IntArray]
    levels: Mapping[str, tuple[str, ...]]
    weight: FloatArray
    outcome: FloatArray
    total: FloatArray
    n: IntArray
    rows: IntArray
    replicates: FloatArray | None = None

    def chosen(self, which: BoolArray) -> "Lines":
        """Some of the lines, in the order of their units."""
        place = np.flatnonzero(which)
        place = place[np.argsort(self.units[-1][place], kind="stable")]
        return replace(
            self,
            units=tuple(unit[place] for unit in self.units),
            numbers={name: values[place] for name, values in self.numbers.items()},
            codes={name: codes[place] for name, codes in self.codes.items()},
            weight=self.weight[place],
            outcome=self.outcome[place],
            total=self.total[place],
            n=self.n[place],
            rows=self.rows[place],
            replicates=None if self.replicates is None else self.replicates[:, :, place],
        )

    def reweighted(self, weight: FloatArray, outcome: FloatArray) -> "Lines":
        """Those lines that count under another weight, with its sums."""
        counts = weight != 0
        return replace(self, weight=weight, outcome=outcome, replicates=None).chosen(counts)


def collapsed_lines(rows: ModelRows, *, design: Design, given: Sequence[Any] = ()) -> tuple[KeyedRows, Lines]:
    """The one grouped aggregation of a regression, with the domain and the units of each line.

    given    replicate weights, as expressions over the rows.
    Refuses  ArgumentInvalid where the lines would not fit into memory.
    """
    table = rows.table
    counted, outcome = table[COUNTED], table[OUTCOME]
    weight = None if design.weight is None else table[design.weight].cast("float64")
    values = {held: counted.ifelse(table[held], None) for held in rows.columns.values()}
    _check_room(table, values, design)
    terms = {
        "w": table.count(where=counted).cast("float64") if weight is None else weight.sum(where=counted).fill_null(0.0),
        "wy": (outcome if weight is None else weight * outcome).sum(where=counted).fill_null(0.0),
        "y": outcome.sum(where=counted).fill_null(0.0),
        "n": table.count(where=counted),
        "rows": table.count(),
    }
    for number, each in enumerate(given):
        terms[f"w@{number}"] = each.sum(where=counted).fill_null(0.0)
        terms[f"wy@{number}"] = (each * outcome).sum(where=counted).fill_null(0.0)
    grouped = keyed_table(table, terms, design=design, by=rows.domain, values=values)
    keys = keyed_rows(grouped, design=design, by=rows.domain)
    sums = {name: grouped.column(name).to_numpy().astype(np.float64) for name in terms}
    numbers, codes, levels = {}, {}, {}
    for name, held in rows.columns.items():
        column = grouped.column(held)
        if name in rows.factors:
            encoded = column.combine_chunks().dictionary_encode()
            codes[name] = encoded.indices.fill_null(-1).to_numpy().astype(np.int64)
            levels[name] = tuple(encoded.dictionary.to_pylist())
        else:
            numbers[name] = column.fill_null(0.0).to_numpy().astype(np.float64)
    n, everybody = sums["n"].astype(np.int64), sums["rows"].astype(np.int64)
    replicates = None
    if given:
        check_room(2 * len(given), grouped.num_rows)
        replicates = np.array([[sums[f"{kind}@{number}"] for number in range(len(given))] for kind in ("w", "wy")])
    units = (keys.cluster, *keys.units)
    lines = Lines(units, numbers, codes, levels, sums["w"], sums["wy"], sums["y"], n, everybody, replicates)
    return keys, lines


def _check_room(table: Any, values: Mapping[str, Any], design: Design) -> None:
    if int(table.count().to_pyarrow().as_py()) <= MOST_LINES:
        return
    kept = [design.strata, design.clusters] if design.clusters else []
    if kept:
        lines = table.select(**values, **{f"_key_{i}": table[name] for i, name in enumerate(kept) if name}).distinct()
        if int(lines.count().to_pyarrow().as_py()) <= MOST_LINES:
            return
    raise ArgumentInvalid(
        f"Clusters and predictors have more than {MOST_LINES:,} combinations, which do not fit into memory.",
        where="predictors",
        remedy="Round numbers to fewer values, or group them first.",
    )
