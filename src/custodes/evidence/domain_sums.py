"""Sums of many measures by domain, stratum and cluster from one grouped aggregation, and the variances that follow from them in NumPy.

The analyst's counterpart of `survey.collapse`: same frame, same variance, for all variables and domains at once. The engine adds floats, which
may differ in the last digits between two runs; the platform's readings keep the exact sums of `survey.collapse`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.columns import ROW, check_column, check_not_empty, numeric, with_row_numbers
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.measures import Measures
from custodes.evidence.survey import Coded, FloatArray, Frame, IntArray, first_stage
from custodes.evidence.types import Cell, Design, LonelyPolicy

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DomainSums:
    """The collapsed sample, sorted by domain, stratum and cluster. K collapsed rows, M measures, G groups of counted rows, D domains.

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

    @property
    def starts(self) -> IntArray:
        """Where each domain begins."""
        return np.searchsorted(self.domain, np.arange(len(self.cells))).astype(np.int64)

    def by_domain(self, sums: NDArray[Any]) -> NDArray[Any]:
        """(…, K) added up to (…, D)."""
        return np.asarray(np.add.reduceat(sums, self.starts, axis=-1))


@dataclass(frozen=True, slots=True)
class KeyedRows:
    """The domain and the cluster of each row of an aggregation."""

    frame: Frame
    cells: tuple[Cell, ...]
    domain: IntArray
    cluster: IntArray


def domain_sums(
    table: Any, measures: Measures, *, design: Design, by: Sequence[str], design_effects: bool
) -> DomainSums:
    """Add up all measures at once.

    Refuses  TableEmpty; ColumnMissing; ArgumentInvalid that names the row of an empty, zero or negative weight or an empty stratum or cluster.
    """
    weight = _weight_or_none(table, design)
    terms = _terms(table, measures, weight) | _design_terms(table, design, weight)
    grouped = table.group_by(**_keys(table, design, by)).aggregate(**terms).to_pyarrow()
    _check_design(table, grouped, design)
    keys = keyed_rows(grouped, design=design, by=by)
    order = np.argsort(keys.domain * len(keys.frame.stratum) + keys.cluster, kind="stable")
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
    )


def grouped_keys(table: Any, *, design: Design, by: Sequence[str], value: Any) -> Any:
    """Weight `w` and rows `n` by domain, stratum, cluster and value, as an Arrow table."""
    weight = _weight_or_none(table, design)
    terms = {"w": _weight_sum(table, weight, None), "n": table.count()}
    grouped = keyed_table(table, terms, design=design, by=by, values={"value": value}, weight=weight)
    _check_design(table, grouped, design)
    return grouped


def keyed_rows(grouped: Any, *, design: Design, by: Sequence[str]) -> KeyedRows:
    """Read the keys of an aggregation: they become text only where they are distinct and somebody reads them."""
    populations = {name: grouped.column(name).to_numpy() for name in ("fpc_low", "fpc_high") if design.fpc}
    strata, clusters = _coded(grouped, "stratum"), _ranked(grouped, "cluster")
    frame, cluster = first_stage(populations, design=design, stratum=strata, cluster=clusters)
    cells, domain = _cells(grouped, tuple(by))
    return KeyedRows(frame, cells, domain, cluster)


def _weight_or_none(table: Any, design: Design) -> Any:
    """The weight as an expression, None where every row counts 1; and no column of the design is absent."""
    for name in (design.weight, design.strata, design.clusters, design.fpc):
        if name:
            check_column(table, name, where="design")
    if not design.weight:
        return None
    column = table[design.weight]
    if not column.type().is_numeric():
        column = numeric(table, design.weight, where="design, weight")
    return column.cast("float64")


def _check_design(table: Any, grouped: Any, design: Design) -> None:
    """Look for the row of a wrong weight, stratum, cluster or population, where the sums or the keys show that there is one."""
    looked_at = [name for name in ("weight_low", "fpc_low", "fpc_high") if name in grouped.column_names]
    if design.weight:
        looked_at.append("w_0" if "w_0" in grouped.column_names else "w")
    numbers = [grouped.column(name).to_numpy() for name in looked_at]
    keys = [grouped.column(key) for key, name in (("stratum", design.strata), ("cluster", design.clusters)) if name]
    is_sound = all(bool((np.isfinite(each) & (each > 0)).all()) for each in numbers)
    if not is_sound or any(_has_empty(key) for key in keys):
        checked_weight(table, design)


def _has_empty(key: Any) -> bool:
    import pyarrow.compute  # slow to import
    import pyarrow.types

    if key.null_count or not (pyarrow.types.is_string(key.type) or pyarrow.types.is_large_string(key.type)):
        return bool(key.null_count)
    return "" in pyarrow.compute.utf8_trim_whitespace(key.unique()).to_pylist()


def checked_weight(table: Any, design: Design) -> Any:
    """The weight as an expression, None where every row counts 1, after every row's design has been found whole."""
    weight = _weight_or_none(table, design)
    check_not_empty(table)
    wrong: list[tuple[str, Any, str]] = []
    if design.weight:
        is_sound = ((weight > 0) & (weight < float("inf"))).fill_null(False)
        wrong.append((design.weight, ~is_sound, "The weight is empty, zero, below zero or not finite."))
    for name, what in (
        (design.strata, "The stratum is empty."),
        (design.clusters, "The cluster is empty."),
        (design.fpc, "The number of clusters in the population is empty."),
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


def _design_terms(table: Any, design: Design, weight: Any) -> dict[str, Any]:
    """What shows, with the sums, whether weights and populations are sound: an empty one is taken for the smallest number."""
    terms: dict[str, Any] = {}
    if weight is not None:
        terms["weight_low"] = weight.fill_null(0.0).min()
    if design.fpc:
        column = table[design.fpc]
        population = column.cast("float64") if column.type().is_numeric() else numeric(table, design.fpc, where="fpc")
        terms |= {"fpc_low": population.fill_null(0.0).min(), "fpc_high": population.max()}
    return terms


def _keys(table: Any, design: Design, by: Sequence[str]) -> dict[str, Any]:
    """What rows are grouped by, as the engine holds it; without clusters the table has `_row`."""
    import ibis  # slow to import

    constant = ibis.literal(0, type="int8")
    return _domain_keys(table, by) | {
        "stratum": _key(table[design.strata]) if design.strata else constant,
        "cluster": _key(table[design.clusters]) if design.clusters else table[ROW],
    }


def _domain_keys(table: Any, by: Sequence[str]) -> dict[str, Any]:
    for name in by:
        check_column(table, name, where="categories")
    if len(set(by)) != len(by):
        raise ArgumentInvalid("A column is crossed with itself.", where="categories", remedy="Name each column once.")
    return {f"category_{index}": _key(table[name]) for index, name in enumerate(by)}


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
    keys = _domain_keys(table, by)
    whole = {name: term.fill_null(0.0) for name, term in terms.items()}
    grouped = (table.group_by(**keys) if keys else table).aggregate(**whole).to_pyarrow()
    found, domain = _cells(grouped, tuple(by))
    place = {cell: index for index, cell in enumerate(cells)}
    order = np.argsort(np.array([place[cell] for cell in found])[domain])
    return {name: grouped.column(name).to_numpy().astype(np.float64)[order] for name in terms}


def sums_by_cluster(table: Any, terms: Mapping[str, Any], *, design: Design) -> dict[str, FloatArray]:
    """Each aggregate for every cluster of the frame, in its order."""
    keys, found = keyed_sums(table, terms, design=design, by=())
    order = np.argsort(keys.cluster)
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
    weight: Any = None,
) -> Any:
    """Each aggregate by domain, stratum, cluster and the values named, as an Arrow table for `keyed_rows`."""
    named = {**terms, **_design_terms(table, design, weight)}
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
    _, first, domain = np.unique(code, return_index=True, return_inverse=True)
    cells = [
        Cell.of({name: str(each.names[each.codes[row]]) for name, each in zip(by, labels, strict=True)})
        for row in first
    ]
    rank = np.array(sorted(range(len(cells)), key=cells.__getitem__))
    place = np.empty(len(cells), dtype=np.int64)
    place[rank] = np.arange(len(cells))
    return tuple(cells[index] for index in rank), place[domain]


@dataclass(frozen=True, slots=True)
class _Strata:
    """Where each stratum of each domain begins among the collapsed rows, and where each domain among those."""

    starts: IntArray
    stratum: IntArray
    length: IntArray  # collapsed rows
    domain_starts: IntArray

    def by_domain(self, values: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(values, self.domain_starts))


def _strata_of(sums: DomainSums) -> _Strata:
    stratum = sums.frame.stratum[sums.cluster]
    key = sums.domain * len(sums.frame.size) + stratum
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    domain_starts = np.searchsorted(sums.domain[starts], np.arange(len(sums.cells)))
    return _Strata(starts, stratum[starts], np.diff(np.r_[starts, len(key)]), domain_starts)


def variances(sums: DomainSums, scores: Iterable[FloatArray]) -> FloatArray:
    """Design variance of every measure in every domain from its linearised cluster values; nan where every stratum is lonely under `average`.

    Shapes   scores: M times (K,) for the collapsed rows of `sums`, a matrix or one after the other, which stay in the processor's cache;
             returns (M, D). Clusters without members of a domain count as zero.
    Units    the square of the estimates' unit.
    Returns  per stratum (1 − f)·n/(n − 1)·Σ(z − z̄)², added up over strata; lonely strata by the frame's policy.
    Refuses  nothing here; callers look at `lonely_domains` first.
    Source   Lumley (2010), Complex Surveys, ch. 2; Binder (1983), doi:10.2307/1402588.
    Checked  equal to survey.covariance in tests/evidence/test_survey_estimates.py; R survey svyby(), 1e-10.
    """
    frame, strata = sums.frame, _strata_of(sums)
    scale = np.where(frame.size > 1, (1 - frame.fraction) * frame.size / np.maximum(frame.size - 1, 1), 0.0)
    return np.stack([_variance(frame, strata, score, scale[strata.stratum]) for score in scores])


def _variance(frame: Frame, strata: _Strata, score: FloatArray, scale: FloatArray) -> FloatArray:
    """Of one measure in every domain."""
    size = frame.size[strata.stratum]
    added = np.add.reduceat(score, strata.starts)
    means = added / size
    centred = score - np.repeat(means, strata.length)
    spread = np.add.reduceat(centred * centred, strata.starts) + (size - strata.length) * means * means
    result = strata.by_domain(spread * scale)
    lonely = frame.is_lonely
    if lonely.any() and frame.lonely is LonelyPolicy.CENTRED:
        grand = strata.by_domain(added) / len(frame.stratum)
        free = np.where(lonely, 1 - frame.fraction, 0.0)
        here = free[strata.stratum]
        off = added - np.repeat(grand, np.diff(np.r_[strata.domain_starts, len(added)]))
        absent = free.sum() - strata.by_domain(here)
        result = result + strata.by_domain(off * off * here) + absent * grand * grand
    elif lonely.any() and frame.lonely is LonelyPolicy.AVERAGE:
        used = np.logical_or.reduceat(score != 0, strata.starts)
        every = strata.by_domain(used.astype(np.float64))
        known = strata.by_domain((used & ~lonely[strata.stratum]).astype(np.float64))
        with np.errstate(divide="ignore", invalid="ignore"):
            result = np.where(known > 0, result * every / known, np.nan)
    return result


def degrees_of_freedom(sums: DomainSums) -> tuple[IntArray, IntArray]:
    """Clusters less strata among those with counted rows, for each group and domain; and how many of those clusters there are."""
    present, strata = sums.count > 0, _strata_of(sums)
    used = np.logical_or.reduceat(present, strata.starts, axis=1).astype(np.int64)
    clusters = sums.by_domain(present.astype(np.int64))
    return clusters - np.add.reduceat(used, strata.domain_starts, axis=1), clusters


def lonely_domains(sums: DomainSums) -> dict[tuple[int, int], str]:
    """The name of a lonely stratum that stops each group and domain, where the policy is to refuse."""
    if sums.frame.lonely is not LonelyPolicy.REFUSE or not sums.frame.is_lonely.any():
        return {}
    stratum = sums.frame.stratum[sums.cluster]
    group, row = np.nonzero((sums.count > 0) & sums.frame.is_lonely[stratum])
    found: dict[tuple[int, int], str] = {}
    for each, place in zip(group.tolist(), row.tolist(), strict=True):
        found.setdefault((each, int(sums.domain[place])), sums.frame.strata[int(stratum[place])])
    return found
