"""A sample collapsed for a regression: one line for each domain, cluster and combination of predictor values, and the terms over these lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from custodes.evidence.arguments import nearest
from custodes.evidence.domain_sums import BoolArray, KeyedRows, keyed_rows, keyed_table
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.predictors import COUNTED, OUTCOME, Model, ModelRows
from custodes.evidence.survey import FloatArray, IntArray
from custodes.evidence.types import Design

INTERCEPT = "(intercept)"
MOST_TERMS = 200
MOST_LINES = 30_000_000  # held in memory at once, with a number for each predictor
BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Lines:
    """K lines, of which those of `chosen` have counted rows.

    numbers  predictor to its values; codes: predictor to the place of each category in `levels`.
    weight, outcome  Σw and Σw·y over counted rows; n: how many there are; total: Σy; rows: with those that lack an answer.
    """

    cluster: IntArray
    numbers: Mapping[str, FloatArray]
    codes: Mapping[str, IntArray]
    levels: Mapping[str, tuple[str, ...]]
    weight: FloatArray
    outcome: FloatArray
    total: FloatArray
    n: IntArray
    rows: IntArray

    def chosen(self, which: BoolArray) -> "Lines":
        """Some of the lines, in the order of their clusters."""
        place = np.flatnonzero(which)
        place = place[np.argsort(self.cluster[place], kind="stable")]
        return replace(
            self,
            cluster=self.cluster[place],
            numbers={name: values[place] for name, values in self.numbers.items()},
            codes={name: codes[place] for name, codes in self.codes.items()},
            weight=self.weight[place],
            outcome=self.outcome[place],
            total=self.total[place],
            n=self.n[place],
            rows=self.rows[place],
        )


@dataclass(frozen=True, slots=True)
class Term:
    """One coefficient: a predictor, and its category where it has some. middle, reach: a number less its middle, over its reach, is −1 to 1."""

    predictor: str
    level: str = ""
    middle: float = 0.0
    reach: float = 1.0

    @property
    def shown(self) -> str:
        return f"{self.predictor}={self.level}" if self.level else self.predictor

    def values(self, lines: Lines, block: slice) -> FloatArray:
        """What the coefficient is multiplied by, brought to its middle and reach."""
        if self.predictor in lines.codes:
            code = lines.levels[self.predictor].index(self.level)
            return np.asarray(lines.codes[self.predictor][block] == code, dtype=np.float64)
        if self.predictor in lines.numbers:
            return (lines.numbers[self.predictor][block] - self.middle) / self.reach
        return np.ones(len(lines.cluster[block]))


def collapsed_lines(rows: ModelRows, model: Model, *, design: Design) -> tuple[KeyedRows, Lines]:
    """The one grouped aggregation of a regression, with the domain and the first stage of each line.

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
    grouped = keyed_table(table, terms, design=design, by=rows.domain, values=values)
    keys = keyed_rows(grouped, design=design, by=rows.domain)
    sums = {name: grouped.column(name).to_numpy().astype(np.float64) for name in terms}
    numbers, codes, levels = {}, {}, {}
    for name in model.predictors:
        column = grouped.column(rows.columns[name])
        if name in rows.factors:
            encoded = column.combine_chunks().dictionary_encode()
            codes[name] = encoded.indices.fill_null(-1).to_numpy().astype(np.int64)
            levels[name] = tuple(encoded.dictionary.to_pylist())
        else:
            numbers[name] = column.fill_null(0.0).to_numpy().astype(np.float64)
    n, everybody = sums["n"].astype(np.int64), sums["rows"].astype(np.int64)
    return keys, Lines(keys.cluster, numbers, codes, levels, sums["w"], sums["wy"], sums["y"], n, everybody)


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


def terms_of(lines: Lines, model: Model, *, place: str) -> tuple[Term, ...]:
    """The intercept, each number, and each category but its reference, among the counted lines of a domain.

    Refuses  ArgumentInvalid where a reference has nobody, a predictor never varies, or the terms are more than 200.
    """
    terms = [Term(INTERCEPT)]
    for name in model.predictors:
        if name in lines.numbers:
            terms.append(_number_term(name, lines, place=place))
            continue
        levels = sorted(lines.levels[name][code] for code in np.unique(lines.codes[name]))
        reference = model.references.get(name, levels[0])
        if reference not in levels:
            raise ArgumentInvalid(
                f"The reference “{reference}” of “{name}” has nobody.", where=place, remedy=nearest(reference, levels)
            )
        if len(levels) < 2:
            raise _constant(name, place)
        terms += [Term(name, level) for level in levels if level != reference]
        if len(terms) > MOST_TERMS:
            raise ArgumentInvalid(
                f"The predictors have more than {MOST_TERMS} coefficients.",
                where=f"column {name}",
                remedy="Choose a column with fewer categories, or group them first.",
            )
    return tuple(terms)


def _number_term(name: str, lines: Lines, *, place: str) -> Term:
    values = lines.numbers[name]
    low, high = float(values.min()), float(values.max())
    if low == high:
        raise _constant(name, place)
    # Sums of squares keep their digits where a number stands about 0 and within 1.
    middle = float(np.clip((lines.weight @ values) / lines.weight.sum(), low, high))
    return Term(name, middle=middle, reach=max(high - middle, middle - low))


def _constant(name: str, place: str) -> ArgumentInvalid:
    return ArgumentInvalid(
        f"Everybody has the same “{name}”, so that it explains nothing.", where=place, remedy="Leave the predictor out."
    )


def blocks(lines: Lines, terms: Sequence[Term]) -> Iterator[tuple[slice, FloatArray]]:
    """The terms of the lines, some lines at a time: the whole would not always fit into memory."""
    for first in range(0, len(lines.cluster), BLOCK):
        block = slice(first, min(first + BLOCK, len(lines.cluster)))
        yield block, np.stack([term.values(lines, block) for term in terms], axis=1)
