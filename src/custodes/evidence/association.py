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
from custodes.evidence.given_replicates import given_weights
from custodes.evidence.line_replicates import LineReplicates, line_replicates
from custodes.evidence.replicates import ReplicatePlan
from custodes.evidence.stages import check_lonely_units, staged_covariance
from custodes.evidence.survey import FloatArray, IntArray, too_small
from custodes.evidence.survey_points import sample_of
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
class _Spread:
    """What the covariance of shares follows from: the stages of the sample, or replicates."""

    keys: KeyedRows
    replicates: LineReplicates | None


@dataclass(frozen=True, slots=True)
class _Crossed:
    """The collapsed rows of one domain: category of row and column of each (−1 where missing), its units, weight and count.

    place  of the domain among all; units: of each stage that counts, from the first down; given: (R, K) of given replicate weights.
    """

    place: int
    cell: Cell
    row: IntArray
    column: IntArray
    units: tuple[IntArray, ...]
    weight: FloatArray
    count: IntArray
    given: FloatArray | None

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
    replicates: ReplicatePlan | None = None,
) -> tuple[Association, ...]:
    """Tests that two columns of categories are independent, for each domain: both of Rao and Scott's corrections.

    Shapes   table: one row per respondent; every value of `row` and `column` is a category. One grouped aggregation; the rest is NumPy.
    Units    the statistics have none; p is 0 to 1.
    Returns  by domain, the F of the second-order correction and the chi-squared of the first; df of F = d, d·(clusters − strata), where d is
             (Σδ)² ÷ Σδ² of the generalised design effects δ. Later stages and replicates as in `estimate_survey`; given replicates leave
             d·(independent weights − 1). Rows with either answer missing are left out and reported.
    Refuses  OneCategory, SampleTooSmall, LonelyStratum, NothingObserved domain by domain; InputProblem for the whole.
    Source   Rao & Scott (1981), doi:10.1080/01621459.1981.10477633; Rao & Scott (1984), doi:10.1214/aos/1176346391;
             Thomas & Rao (1987), doi:10.1080/01621459.1987.10478476.
    Checked  R survey svychisq(statistic = "F", "Chisq"): tests/reference/association.toml, association_further.toml, 1e-10.
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
    sample = sample_of(table, design, plan=replicates, calibration=None)
    table, weight = sample.table, checked_weight(sample.table, design)
    weights = []
    if replicates is not None and sample.given:
        weights = given_weights(table, replicates, sample.given, weight=str(design.weight))
    terms = {"w": table.count().cast("float64") if weight is None else weight.sum(), "n": table.count()}
    terms |= {f"w@{number}": each.sum() for number, each in enumerate(weights)}
    keys, sums = keyed_sums(table, terms, design=sample.weighed, by=(*by, row, column))
    domains = _domains(keys, sums, row=row, column=column, missing_codes=missing_codes)
    made = None
    if replicates is not None:
        cells = [crossed.cell for crossed in domains]
        made = line_replicates(replicates, keys.frame, table, weights=weights, by=by, cells=cells)
    spread = _Spread(keys, made)
    return tuple(each for crossed in domains for each in _tests(spread, crossed, row=row, column=column))


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
    given = [values for name, values in sums.items() if name.startswith("w@")]
    for place, cell in enumerate(sorted(set(cells))):
        chosen = np.flatnonzero(np.array([each == cell for each in cells])[keys.domain])
        domain = keys.domain[chosen]
        found.append(
            _Crossed(
                place,
                cell,
                _numbered(rows[domain], columns[domain] != ""),
                _numbered(columns[domain], rows[domain] != ""),
                tuple(unit[chosen] for unit in (keys.cluster, *keys.units)),
                sums["w"][chosen],
                sums["n"][chosen].astype(np.int64),
                np.array([values[chosen] for values in given]) if given else None,
            )
        )
    return found


def _numbered(codes: Any, is_counted: BoolArray) -> IntArray:
    """The place of each code among those that occur in counted rows; −1 for a missing one."""
    names = np.unique(codes[is_counted & (codes != "")])
    place = np.minimum(np.searchsorted(names, codes), max(len(names) - 1, 0))
    is_known = (codes != "") & (names[place] == codes) if len(names) else np.zeros(len(codes), dtype=bool)
    return np.where(is_known, place, -1).astype(np.int64)


def _tests(spread: _Spread, crossed: _Crossed, *, row: str, column: str) -> list[Association]:
    known = crossed.is_known
    n = int(crossed.count[known].sum())
    blank = [
        Association(crossed.cell, row, column, test, n, int(crossed.count.sum()) - n)
        for test in (RaoScott.F, RaoScott.CHISQ)
    ]
    try:
        return _answers(spread, crossed, blank)
    except Refusal as refusal:
        return [replace(each, problem=refusal) for each in blank]


def _answers(spread: _Spread, crossed: _Crossed, blank: Sequence[Association]) -> list[Association]:
    from scipy.special import chdtrc, fdtrc  # scipy.stats would take two seconds

    df = _checked_df(spread, crossed, blank[0])
    shares, variance = _shares(spread, crossed)
    effects = _design_effects(shares, variance, n=blank[0].n, place=_place(crossed))
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


def _checked_df(spread: _Spread, crossed: _Crossed, blank: Association) -> int:
    """Clusters less strata among those with counted rows, or those that given replicates leave, where the table can be tested."""
    keys = spread.keys
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
    if spread.replicates is not None and spread.replicates.degrees is not None:
        df = min(int(spread.replicates.degrees[crossed.place]), blank.n - 1)
    if df < 1:
        raise too_small(blank.n, clusters=len(clusters), strata=len(strata), where=place)
    return df


def _shares(spread: _Spread, crossed: _Crossed) -> tuple[FloatArray, FloatArray]:
    """The weighted share of every cell of the table (R, C), and the covariance of these under the design."""
    known = crossed.is_known
    rows, columns = int(crossed.row.max()) + 1, int(crossed.column.max()) + 1
    cell, weight = crossed.row[known] * columns + crossed.column[known], crossed.weight[known]
    shares = _shares_of(weight, cell, rows * columns)
    if spread.replicates is None:
        unit, units = crossed.units[-1][known], len(spread.keys.last_frame.stratum)
        by_unit = np.bincount(cell * units + unit, weight, rows * columns * units).reshape(-1, units)
        scores = (by_unit - np.outer(shares, by_unit.sum(axis=0))) / weight.sum()
        return shares.reshape(rows, columns), staged_covariance(spread.keys.frame, scores)
    given = None if crossed.given is None else crossed.given[np.newaxis, :, known]
    weighed = spread.replicates.weighed(weight[np.newaxis], crossed.units[0][known], given)
    found = [_shares_of(each[0], cell, rows * columns) for each in weighed]
    if not np.isfinite(found).all():
        raise SampleTooSmall(
            "A replicate leaves nobody in the table.",
            where=_place(crossed),
            remedy="Join it with another category or area, or leave the replicates out.",
        )
    return shares.reshape(rows, columns), spread.replicates.covariance(found, shares)


def _shares_of(weight: FloatArray, cell: IntArray, cells: int) -> FloatArray:
    """Not a number where nobody has a weight."""
    added = np.bincount(cell, weight, cells)
    total = added.sum()
    return added / total if total else np.full(cells, np.nan)


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
