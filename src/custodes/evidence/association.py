"""Whether two columns of categories go together: Pearson's chi-squared with the corrections of Rao and Scott for the sample design."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from custodes.evidence.columns import MEMBER, check_column, with_row_numbers
from custodes.evidence.design_columns import checked_weight
from custodes.evidence.domain_sums import BoolArray, KeyedRows, keyed_sums
from custodes.evidence.errors import (
    ArgumentInvalid,
    NothingObserved,
    OneCategory,
    Refusal,
    SampleTooSmall,
)
from custodes.evidence.stages import check_lonely_units, staged_covariance
from custodes.evidence.survey import FloatArray, IntArray, too_small
from custodes.evidence.types import Cell, Design

MOST_CELLS = 400
NO_VARIANCE = 1e-12  # sum of the design effects, each of which is about 1
SMALLEST_PART = 1e-12  # of the largest eigenvalue: below it a contrast of cells has no variance to compare with


class RaoScott(StrEnum):
    """Which correction, and so which reference distribution the statistic is held against."""

    F = "F"  # second-order correction: Satterthwaite's degrees of freedom
    CHISQ = "chisq"  # first-order correction: the mean design effect of the contrasts


@dataclass(frozen=True, slots=True)
class Association:
    """One test of one domain, or the named reason why there is none.

    value   Pearson's statistic over the sum (F) or the mean (chisq) of the generalised design effects.
    df, df_denominator  of the reference distribution; chisq has no denominator. pearson: the statistic of the weighted table, without any correction.
    deff    mean of the generalised design effects: what clustering and weighting do to Pearson's statistic.
    """

    cell: Cell
    row: str
    column: str
    test: RaoScott
    n: int
    missing: int
    value: float | None = None
    df: float | None = None
    df_denominator: float | None = None
    p: float | None = None
    pearson: float | None = None
    deff: float | None = None
    problem: Refusal | None = None

    @property
    def refusal(self) -> str:
        """The code of the refusal, from errors.py; empty where there is an answer."""
        return self.problem.code if self.problem else ""

    @property
    def refusal_text(self) -> str:
        return str(self.problem) if self.problem else ""


@dataclass(frozen=True, slots=True)
class _Crossed:
    """The collapsed rows of one domain: category of row and column of each (−1 where missing), its units, weight and count.

    units  of each stage that counts, from the first down.
    """

    cell: Cell
    row: IntArray
    column: IntArray
    units: tuple[IntArray, ...]
    weight: FloatArray
    count: IntArray

    @property
    def is_known(self) -> BoolArray:
        return np.asarray((self.row >= 0) & (self.column >= 0))


def associate(
    table: Any,
    row: str,
    *,
    column: str,
    design: Design,
    by: Sequence[str] = (),
    missing_codes: Sequence[str] = (),
) -> tuple[Association, ...]:
    """Tests that two columns of categories are independent, for each domain: both of Rao and Scott's corrections.

    Shapes   table: one row per respondent; every value of `row` and `column` is a category. One grouped aggregation; the rest is NumPy.
    Units    the statistics have none; p is 0 to 1.
    Returns  by domain, the F of the second-order correction and the chi-squared of the first; df of F = d, d·(clusters − strata), where d is
             (Σδ)² ÷ Σδ² of the generalised design effects δ. Later stages add their spread as in `estimate_survey`. Rows with either
             answer missing are left out and reported.
    Refuses  OneCategory, SampleTooSmall, LonelyStratum, NothingObserved domain by domain; InputProblem for the whole.
    Source   Rao & Scott (1981), doi:10.1080/01621459.1981.10477633; Rao & Scott (1984), doi:10.1214/aos/1176346391;
             Thomas & Rao (1987), doi:10.1080/01621459.1987.10478476.
    Checked  R survey svychisq(statistic = "F", "Chisq"): tests/reference/association.toml, 1e-10.
    """
    if MEMBER in table.columns:
        raise ArgumentInvalid(
            "The rows are marked by a filter of the platform.", where=MEMBER, remedy="Cross by the column instead."
        )
    for name, where in ((row, "row"), (column, "column")):
        check_column(table, name, where=where)
    if len({row, column, *by}) != 2 + len(by):
        raise ArgumentInvalid(
            "A column is crossed with itself.", where="row, column, by", remedy="Name each column once."
        )
    if design.clusters is None:
        table = with_row_numbers(table)  # each row is a cluster of its own
    weight = checked_weight(table, design)
    terms = {"w": table.count().cast("float64") if weight is None else weight.sum(), "n": table.count()}
    keys, sums = keyed_sums(table, terms, design=design, by=(*by, row, column))
    found = []
    for crossed in _domains(keys, sums, row=row, column=column, missing_codes=missing_codes):
        found += _tests(keys, crossed, row=row, column=column)
    return tuple(found)


def _domains(
    keys: KeyedRows, sums: dict[str, FloatArray], *, row: str, column: str, missing_codes: Sequence[str]
) -> list[_Crossed]:
    """The collapsed rows, apart by domain; categories are numbered in the order of their codes."""
    empty = {"", *missing_codes}
    parts = [dict(cell.categories) for cell in keys.cells]
    cells = [Cell.of({name: code for name, code in each.items() if name not in (row, column)}) for each in parts]
    rows = np.array([each[row] if each[row].strip() not in empty else "" for each in parts])
    columns = np.array([each[column] if each[column].strip() not in empty else "" for each in parts])
    found = []
    for cell in sorted(set(cells)):
        chosen = np.flatnonzero(np.array([each == cell for each in cells])[keys.domain])
        domain = keys.domain[chosen]
        found.append(
            _Crossed(
                cell,
                _numbered(rows[domain], columns[domain] != ""),
                _numbered(columns[domain], rows[domain] != ""),
                tuple(unit[chosen] for unit in (keys.cluster, *keys.units)),
                sums["w"][chosen],
                sums["n"][chosen].astype(np.int64),
            )
        )
    return found


def _numbered(codes: Any, is_counted: BoolArray) -> IntArray:
    """The place of each code among those that occur in counted rows; −1 for a missing one."""
    names = np.unique(codes[is_counted & (codes != "")])
    place = np.minimum(np.searchsorted(names, codes), max(len(names) - 1, 0))
    is_known = (codes != "") & (names[place] == codes) if len(names) else np.zeros(len(codes), dtype=bool)
    return np.where(is_known, place, -1).astype(np.int64)


def _tests(keys: KeyedRows, crossed: _Crossed, *, row: str, column: str) -> list[Association]:
    known = crossed.is_known
    n = int(crossed.count[known].sum())
    blank = [
        Association(crossed.cell, row, column, test, n, int(crossed.count.sum()) - n)
        for test in (RaoScott.F, RaoScott.CHISQ)
    ]
    try:
        return _answers(keys, crossed, blank)
    except Refusal as refusal:
        return [replace(each, problem=refusal) for each in blank]


def _answers(keys: KeyedRows, crossed: _Crossed, blank: Sequence[Association]) -> list[Association]:
    from scipy.special import chdtrc, fdtrc  # scipy.stats would take two seconds

    df = _checked_df(keys, crossed, blank[0])
    shares, scores = _shares(keys, crossed)
    effects = _design_effects(shares, staged_covariance(keys.frame, scores), n=blank[0].n, place=_place(crossed))
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    pearson = float(blank[0].n * ((shares - expected) ** 2 / expected).sum())
    trace, squares, rank = float(np.trace(effects)), float(np.trace(effects @ effects)), len(effects)
    if not trace > NO_VARIANCE:
        raise SampleTooSmall(
            "The clusters do not differ, so that there is no variance to test against.", where=_place(crossed)
        )
    d = trace * trace / squares
    f, chisq = pearson / trace, pearson / (trace / rank)
    answers = {
        RaoScott.F: (f, d, d * df, float(fdtrc(d, d * df, f))),
        RaoScott.CHISQ: (chisq, float(rank), None, float(chdtrc(rank, chisq))),
    }
    found = []
    for each in blank:
        value, ndf, ddf, p = answers[each.test]
        found.append(replace(each, value=value, df=ndf, df_denominator=ddf, p=p, pearson=pearson, deff=trace / rank))
    return found


def _place(crossed: _Crossed) -> str:
    return crossed.cell.key or "total"


def _checked_df(keys: KeyedRows, crossed: _Crossed, blank: Association) -> int:
    """Clusters less strata among those with counted rows, where the table can be tested."""
    known, place = crossed.is_known, _place(crossed)
    if not known.any():
        raise NothingObserved("Every answer is missing.", where=place, remedy="Check the missing codes.")
    for codes, name in ((crossed.row, blank.row), (crossed.column, blank.column)):
        if codes.max() < 1:
            raise OneCategory(
                f"Everybody has the same “{name}”, so that nothing can go together with it.",
                where=place,
                remedy="Choose a column with two categories or more.",
            )
    if (crossed.row.max() + 1) * (crossed.column.max() + 1) > MOST_CELLS:
        raise ArgumentInvalid(
            f"{crossed.row.max() + 1} × {crossed.column.max() + 1} categories make more than {MOST_CELLS} cells.",
            where=f"columns {blank.row}, {blank.column}",
            remedy="Group the values first.",
        )
    check_lonely_units(keys.frame, [unit[known] for unit in crossed.units], place=place)
    clusters = np.unique(crossed.units[0][known])
    strata = np.unique(keys.frame.stratum[clusters])
    df = len(clusters) - len(strata)
    if df < 1:
        raise too_small(blank.n, clusters=len(clusters), strata=len(strata), where=place)
    return df


def _shares(keys: KeyedRows, crossed: _Crossed) -> tuple[FloatArray, FloatArray]:
    """The weighted share of every cell of the table (R, C), and its linearised value for every unit of the last stage (R·C, units)."""
    known = crossed.is_known
    rows, columns = int(crossed.row.max()) + 1, int(crossed.column.max()) + 1
    cell = crossed.row[known] * columns + crossed.column[known]
    weight, unit = crossed.weight[known], crossed.units[-1][known]
    units = len(keys.last_frame.stratum)
    by_unit = np.bincount(cell * units + unit, weight, rows * columns * units).reshape(-1, units)
    total = weight.sum()
    shares = by_unit.sum(axis=1) / total
    scores = (by_unit - np.outer(shares, by_unit.sum(axis=0))) / total
    return shares.reshape(rows, columns), scores


def _design_effects(shares: FloatArray, variance: FloatArray, *, n: int, place: str) -> FloatArray:
    """The matrix whose eigenvalues are the generalised design effects of the contrasts that independence sets to zero."""
    rows, columns = shares.shape
    # Orthonormal contrasts within rows times those within columns: what is left of cells when both margins are taken out.
    contrasts = np.kron(_centred(rows), _centred(columns)).T
    p = shares.ravel()
    inverse = np.where(p > 0, 1 / np.where(p > 0, p, 1.0), 0.0)
    simple = contrasts.T @ (contrasts * inverse[:, None]) / n
    scaled = contrasts * inverse[:, None]
    parts = np.linalg.eigvalsh(simple)
    if parts[0] < SMALLEST_PART * parts[-1]:
        raise SampleTooSmall(
            "So many cells of the table are empty that independence cannot be tested.",
            where=place,
            remedy="Join categories that are alike.",
        )
    return np.asarray(np.linalg.solve(simple, scaled.T @ variance @ scaled))


def _centred(size: int) -> FloatArray:
    """size − 1 orthonormal rows that each add up to zero (Helmert's)."""
    matrix = np.zeros((size - 1, size))
    for row in range(size - 1):
        matrix[row, : row + 1] = 1.0
        matrix[row, row + 1] = -(row + 1.0)
        matrix[row] /= np.sqrt((row + 1.0) * (row + 2.0))
    return matrix
