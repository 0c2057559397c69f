"""The columns that tell how a sample was drawn: the weight as an expression, and whether every row has what the design needs."""

from typing import Any

import numpy as np

from custodes.evidence.columns import ROW, check_column, check_not_empty, numeric, remembered, with_row_numbers
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.stages import check_stages
from custodes.evidence.types import Design, Stage


def weight_or_none(table: Any, design: Design) -> Any:
    """The weight as an expression, None where every row counts 1; and no column of the design is absent."""
    check_stages(design)
    every: tuple[Design | Stage, ...] = (design, *design.stages)
    named = [("weight", design.weight)]
    for each in every:
        named += [("strata", each.strata), ("clusters", each.clusters), ("fpc", each.fpc)]
    for part, name in named:
        if name:
            check_column(table, name, where=f"design, {part}")
    if not design.weight:
        return None
    column = table[design.weight]
    if not column.type().is_numeric():
        column = numeric(table, design.weight, where="design, weight")
    return column.cast("float64")


def check_design(table: Any, grouped: Any, design: Design, weight: Any) -> None:
    """Look for the row of a wrong weight, stratum, cluster or population, where the sums or the keys show that there is one."""
    looked_at = [name for name in ("fpc_low", "fpc_high") if name in grouped.column_names]
    if weight is not None:
        looked_at.append("w_0")
    numbers = [grouped.column(name).to_numpy() for name in looked_at]
    if weight is not None:
        least = remembered(table, ("least weight", design.weight), weight.fill_null(0.0).min().to_pyarrow)
        numbers.append(np.array([least.as_py()]))
    keys = [grouped.column(key) for key, name in (("stratum", design.strata), ("cluster", design.clusters)) if name]
    is_sound = all(bool((np.isfinite(each) & (each > 0)).all()) for each in numbers)
    if design.stages or not is_sound or any(_has_empty(key) for key in keys):
        checked_weight(table, design)


def _has_empty(key: Any) -> bool:
    import pyarrow.compute  # slow to import
    import pyarrow.types

    if key.null_count or not (pyarrow.types.is_string(key.type) or pyarrow.types.is_large_string(key.type)):
        return bool(key.null_count)
    return "" in pyarrow.compute.utf8_trim_whitespace(key.unique()).to_pylist()


def checked_weight(table: Any, design: Design) -> Any:
    """The weight as an expression, None where every row counts 1, after every row's design has been found whole."""
    weight = weight_or_none(table, design)
    check_not_empty(table)
    wrong: list[tuple[str, Any, str]] = []
    if design.weight:
        is_sound = ((weight > 0) & (weight < float("inf"))).fill_null(False)
        wrong.append((design.weight, ~is_sound, "The weight is empty, zero, below zero or not finite."))
    every: tuple[Design | Stage, ...] = (design, *design.stages)
    for stage in every:
        for name, what in (
            (stage.strata, "The stratum is empty."),
            (stage.clusters, "The cluster is empty."),
            (stage.fpc, "The number of clusters in the population is empty."),
        ):
            if name:
                wrong.append((name, _is_empty(table[name]), what))
    if wrong:
        found = table.aggregate(**{f"wrong_{index}": each[1].any() for index, each in enumerate(wrong)})
        flags = found.to_pyarrow().to_pylist()[0]
        for index, (name, bad, what) in enumerate(wrong):
            if flags[f"wrong_{index}"]:
                raise ArgumentInvalid(
                    what,
                    where=f"row {_first_row(table, bad)}, column {name}",
                    remedy="Correct the row in the source, leave it out, or choose another design column.",
                )
    return weight


def _is_empty(column: Any) -> Any:
    if column.type().is_string():
        return (column.strip() == "").fill_null(True)
    return column.isnull() | column.isnan() if column.type().is_floating() else column.isnull()


def _first_row(table: Any, is_wrong: Any) -> int:
    numbered = with_row_numbers(table.mutate(_wrong=is_wrong))
    return int(numbered.filter(numbered["_wrong"])[ROW].min().to_pyarrow().as_py())
