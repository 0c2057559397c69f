"""Sums of many measures by domain, stratum and cluster from one grouped aggregation.

The analyst's counterpart of `survey.collapse`: same frame, same variance, for all variables and domains at once. The engine adds floats, which
may differ in the last digits between two runs; the platform's readings keep the exact sums of `survey.collapse`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.columns import ROW, check_column, numeric
from custodes.evidence.design_columns import check_design, weight_or_none
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.measures import Measures
from custodes.evidence.stages import (
    StageKeys,
    contributing_stages,
    with_later_stages,
)
from custodes.evidence.survey import Coded, FloatArray, Frame, IntArray, distinct, first_stage
from custodes.evidence.types import Cell, Design, Stage

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DomainSums:
    """The collapsed sample, sorted by domain, stratum and cluster. K collapsed rows, M measures, G groups of counted rows, D domains.

    units         the unit of each row at each later stage that counts, by which the rows are then collapsed: a cluster has several of them.
    value, below  (M, K) sums of w·y and, for ratios, w·x; weight: (G, K) sums of w; count: (G, K) rows.
    squares       (M, D), for ratios three of them: Σw·y², Σw·x·y, Σw·x²; None where no design effect was asked for.
    """

    frame: Frame
    cells: tuple[Cell, ...]
    domain: IntArray
    cluster: IntArray
    value: FloatArray
    below: FloatArray | None
    weight: FloatArray
    count: IntArray
    squares: tuple[FloatArray, ...] | None
    units: tuple[IntArray, ...] = ()

    @property
    def starts(self) -> IntArray:
        """Where each domain begins."""
        return np.searchsorted(self.domain, np.arange(len(self.cells))).astype(np.int64)

    def by_domain(self, sums: NDArray[Any]) -> NDArray[Any]:
        """(…, K) added up to (…, D)."""
        return np.asarray(np.add.reduceat(sums, self.starts, axis=-1))


@dataclass(frozen=True, slots=True)
class KeyedRows:
    """The domain and the cluster of each row of an aggregation, and its units at the later stages."""

    frame: Frame
    cells: tuple[Cell, ...]
    domain: IntArray
    cluster: IntArray
    units: tuple[IntArray, ...] = ()

    @property
    def last_unit(self) -> IntArray:
        return self.units[-1] if self.units else self.cluster

    @property
    def last_frame(self) -> Frame:
        return self.frame.later[-1] if self.frame.later else self.frame


def domain_sums(
    table: Any, measures: Measures, *, design: Design, by: Sequence[str], design_effects: bool
) -> DomainSums:
    """Add up all measures at once.

    Refuses  TableEmpty; ColumnMissing; ArgumentInvalid that names the row of an empty, zero or negative weight or an empty stratum or cluster.
    """
    weight = weight_or_none(table, design)
    terms = _terms(table, measures, weight) | _design_terms(table, design)
    grouped = table.group_by(**_keys(table, design, by)).aggregate(**terms).to_pyarrow()
    check_design(table, grouped, design, weight)
    keys = keyed_rows(grouped, design=design, by=by)
    order = np.argsort(keys.domain * len(keys.last_frame.stratum) + keys.last_unit, kind="stable")
    items, groups = range(len(measures.items)), range(len(measures.groups))
    is_ratio = measures.items[0].below is not None
    return DomainSums(
        keys.frame,
        keys.cells,
        keys.domain[order],
        keys.cluster[order],
        _stacked(grouped, [f"y_{index}" for index in items], order),
        _stacked(grouped, [f"x_{index}" for index in items], order) if is_ratio else None,
        _stacked(grouped, [f"w_{index}" for index in groups], order),
        _stacked(grouped, [f"n_{index}" for index in groups], order).astype(np.int64),
        _squares(table, measures, weight, by=by, cells=keys.cells) if design_effects else None,
        tuple(unit[order] for unit in keys.units),
    )


def grouped_sums(
    table: Any,
    measures: Measures,
    *,
    weights: Sequence[Any],
    design: Design | None,
    by: Sequence[str],
    also: Mapping[str, Any],
) -> Any:
    """As an Arrow table, the sums of the measures under each of several weights: y_0@0 is that of the first measure under the first weight.

    Grouped by domain, by the clusters of a design where one is given, and by further expressions.
    """
    terms = {} if design is None else _design_terms(table, design)
    for number, weight in enumerate(weights):
        terms |= {f"{name}@{number}": term for name, term in _terms(table, measures, weight).items()}
    keys = domain_keys(table, by) if design is None else _keys(table, design, by)
    grouped = table.group_by(**keys, **also) if keys or also else table
    return grouped.aggregate(**terms).to_pyarrow()


def domains_of(
    grouped: Any, by: Sequence[str], *, cells: Sequence[Cell] | None = None
) -> tuple[tuple[Cell, ...], IntArray]:
    """The domains, sorted or in the order of `cells`, and the index of each collapsed row's."""
    found, domain = _cells(grouped, tuple(by))
    if cells is None:
        return found, domain
    place = {cell: index for index, cell in enumerate(cells)}
    return tuple(cells), np.array([place[cell] for cell in found], dtype=np.int64)[domain]


def domain_keys(table: Any, by: Sequence[str]) -> dict[str, Any]:
    """What tells the domains apart, as the engine holds it. ColumnMissing, ArgumentInvalid."""
    for name in by:
        check_column(table, name, where="categories")
    if len(set(by)) != len(by):
        raise ArgumentInvalid("A column is crossed with itself.", where="categories", remedy="Name each column once.")
    return {f"category_{index}": _key(table[name]) for index, name in enumerate(by)}


def keyed_rows(grouped: Any, *, design: Design, by: Sequence[str]) -> KeyedRows:
    """Read the keys of an aggregation: they become text only where they are distinct and somebody reads them."""
    populations = {name: grouped.column(name).to_numpy() for name in ("fpc_low", "fpc_high") if design.fpc}
    strata = _coded(grouped, "stratum")
    clusters = _coded(grouped, "cluster") if design.stages else _ranked(grouped, "cluster")
    frame, cluster = first_stage(populations, design=design, stratum=strata, cluster=clusters)
    is_stratified = design.strata is not None
    frame, units = with_later_stages(
        frame, cluster, clusters, _stage_keys(grouped, design), is_stratified=is_stratified
    )
    cells, domain = _cells(grouped, tuple(by))
    return KeyedRows(frame, cells, domain, cluster, units)


def _stage_keys(grouped: Any, design: Design) -> list[StageKeys]:
    return [
        StageKeys(
            stage,
            _coded(grouped, f"stratum_{number}"),
            _coded(grouped, f"cluster_{number}"),
            *(grouped.column(f"{name}_{number}").to_numpy() for name in ("fpc_low", "fpc_high") if stage.fpc),
        )
        for number, stage in enumerate(contributing_stages(design), start=2)
    ]


def _design_terms(table: Any, design: Design) -> dict[str, Any]:
    """What shows, with the sums, whether populations are sound: an empty one is taken for the smallest number."""
    terms: dict[str, Any] = {}
    for ending, stage in _named_stages(design):
        if stage.fpc:
            column = table[stage.fpc]
            population = (
                column.cast("float64") if column.type().is_numeric() else numeric(table, stage.fpc, where="fpc")
            )
            terms |= {f"fpc_low{ending}": population.fill_null(0.0).min(), f"fpc_high{ending}": population.max()}
    return terms


def _named_stages(design: Design) -> list[tuple[str, Design | Stage]]:
    """The stages that count, each with the ending of its columns in an aggregation."""
    later = contributing_stages(design)
    return [("", design), *((f"_{number}", stage) for number, stage in enumerate(later, start=2))]


def _keys(table: Any, design: Design, by: Sequence[str]) -> dict[str, Any]:
    """What rows are grouped by, as the engine holds it; without clusters the table has `_row`."""
    import ibis  # slow to import

    constant = ibis.literal(0, type="int8")
    row = table[ROW] if ROW in table.columns else ibis.row_number()
    keys = domain_keys(table, by)
    for ending, stage in _named_stages(design):
        keys[f"stratum{ending}"] = _key(table[stage.strata]) if stage.strata else constant
        keys[f"cluster{ending}"] = _key(table[stage.clusters]) if stage.clusters else row
    return keys


def _key(column: Any) -> Any:
    if column.type().is_string():
        return column.fill_null("")
    if column.type().is_floating():
        return column.isnan().ifelse(None, column)
    return column if column.type().is_numeric() or column.type().is_boolean() else column.cast("string").fill_null("")


def _terms(table: Any, measures: Measures, weight: Any) -> dict[str, Any]:
    terms: dict[str, Any] = {}
    for index, item in enumerate(measures.items):
        terms[f"y_{index}"] = _times(weight, item.value).sum()
        if item.below is not None:
            terms[f"x_{index}"] = _times(weight, item.below).sum()
    for index, answered in enumerate(measures.groups):
        terms[f"w_{index}"] = _weight_sum(table, weight, answered)
        terms[f"n_{index}"] = table.count(where=answered)
    return terms


def _weight_sum(table: Any, weight: Any, answered: Any) -> Any:
    """Without a weight every row counts 1."""
    if weight is None:
        return table.count(where=answered).cast("float64")
    return weight.sum(where=answered)


def _times(weight: Any, value: Any) -> Any:
    return value if weight is None else weight * value


def _squares(
    table: Any, measures: Measures, weight: Any, *, by: Sequence[str], cells: Sequence[Cell]
) -> tuple[FloatArray, ...]:
    """Second moments are wanted by domain only, so that they are an aggregation of their own with few groups."""
    terms: dict[str, Any] = {}
    for index, item in enumerate(measures.items):
        weighted = _times(weight, item.value)
        terms[f"yy_{index}"] = weighted.sum() if item.is_level else (weighted * item.value).sum()
        if item.below is not None:
            terms[f"xy_{index}"] = (weighted * item.below).sum()
            terms[f"xx_{index}"] = (_times(weight, item.below) * item.below).sum()
    found = sums_by_domain(table, terms, by=by, cells=cells)
    kinds = ("yy", "xy", "xx") if measures.items[0].below is not None else ("yy",)
    return tuple(np.stack([found[f"{kind}_{index}"] for index in range(len(measures.items))]) for kind in kinds)


def sums_by_domain(
    table: Any, terms: Mapping[str, Any], *, by: Sequence[str], cells: Sequence[Cell]
) -> dict[str, FloatArray]:
    """Each aggregate for each of the cells, in their order."""
    keys = domain_keys(table, by)
    whole = {name: term.fill_null(0.0) for name, term in terms.items()}
    grouped = (table.group_by(**keys) if keys else table).aggregate(**whole).to_pyarrow()
    _, domain = domains_of(grouped, by, cells=cells)
    order = np.argsort(domain)
    return {name: grouped.column(name).to_numpy().astype(np.float64)[order] for name in terms}


def sums_by_cluster(table: Any, terms: Mapping[str, Any], *, design: Design) -> dict[str, FloatArray]:
    """Each aggregate for every cluster of the frame, or every unit of its last stage, in its order."""
    keys, found = keyed_sums(table, terms, design=design, by=())
    order = np.argsort(keys.last_unit)
    return {name: values[order] for name, values in found.items()}


def keyed_sums(
    table: Any, terms: Mapping[str, Any], *, design: Design, by: Sequence[str]
) -> tuple[KeyedRows, dict[str, FloatArray]]:
    """Each aggregate by domain, stratum and cluster, as the engine lists them, with the keys of its rows."""
    grouped = keyed_table(table, terms, design=design, by=by, values={})
    keys = keyed_rows(grouped, design=design, by=by)
    return keys, {name: grouped.column(name).to_numpy().astype(np.float64) for name in terms}


def keyed_table(
    table: Any,
    terms: Mapping[str, Any],
    *,
    design: Design,
    by: Sequence[str],
    values: Mapping[str, Any],
) -> Any:
    """Each aggregate by domain, stratum, cluster and the values named, as an Arrow table for `keyed_rows`."""
    named = {**terms, **_design_terms(table, design)}
    return table.group_by(**_keys(table, design, by), **values).aggregate(**named).to_pyarrow()


def _stacked(grouped: Any, names: Sequence[str], order: IntArray) -> FloatArray:
    """(names, K) in this order; the sum of no value at all is zero."""
    found = np.empty((len(names), len(order)))
    for place, name in enumerate(names):
        column = grouped.column(name)
        values = (column.fill_null(0.0) if column.null_count else column).to_numpy().astype(np.float64, copy=False)
        np.take(values, order, out=found[place])
    return found


def _coded(grouped: Any, name: str) -> Coded:
    """The key of each collapsed row; only its distinct values become text, as `columns.category` writes them."""
    encoded = grouped.column(name).combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy().astype(np.int64)
    texts = [_text(value) for value in encoded.dictionary.to_pylist()]
    names, place = np.unique(np.array([*texts, ""] if encoded.null_count else texts, dtype=str), return_inverse=True)
    return Coded(names, place.astype(np.int64)[codes])


def _ranked(grouped: Any, name: str) -> Coded:
    """The key of each collapsed row in the order of its values, whatever the engine's; there may be millions, and their names are left out."""
    import pyarrow.compute  # slow to import

    encoded = grouped.column(name).combine_chunks().dictionary_encode()
    place = np.empty(len(encoded.dictionary), dtype=np.int64)
    place[pyarrow.compute.array_sort_indices(encoded.dictionary).to_numpy()] = np.arange(len(place))
    return Coded(np.empty(len(place), dtype=str), place[encoded.indices.to_numpy()])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _cells(grouped: Any, by: tuple[str, ...]) -> tuple[tuple[Cell, ...], IntArray]:
    """The cells in their order, and the index of each collapsed row's cell."""
    if not by:
        return (Cell(),), np.zeros(grouped.num_rows, dtype=np.int64)
    code, labels = np.zeros(grouped.num_rows, dtype=np.int64), []
    for index in range(len(by)):
        labels.append(_coded(grouped, f"category_{index}"))
        code = code * len(labels[-1].names) + labels[-1].codes
    crossed, domain = distinct(code)
    parts: list[list[str]] = []
    for each in reversed(labels):
        crossed, here = np.divmod(crossed, len(each.names))
        parts.insert(0, each.names[here].tolist())
    cells = [Cell.of(dict(zip(by, texts, strict=True))) for texts in zip(*parts, strict=True)]
    rank = np.array(sorted(range(len(cells)), key=cells.__getitem__))
    place = np.empty(len(cells), dtype=np.int64)
    place[rank] = np.arange(len(cells))
    return tuple(cells[index] for index in rank), place[domain]
