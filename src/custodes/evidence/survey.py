"""The core of estimation from a sample: one grouped aggregation in the engine, then Taylor linearisation in NumPy.

Everything that touches rows is one aggregation by (domain, stratum, first-stage unit). Linearised values are linear in those sums, so that the
variance is finished on the collapsed table. What comes next on this core: calibration changes the weight that `collapse` multiplies by
and the scores; replicate weights replace `covariance`; another engine only changes where the table lives.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.arguments import count_of
from custodes.evidence.columns import MEMBER, ROW, asked_once, categories, category, exact_sums, numeric
from custodes.evidence.errors import (
    ArgumentInvalid,
    LonelyStratum,
    NothingObserved,
    Refusal,
    SampleTooSmall,
    TableEmpty,
)
from custodes.evidence.types import Cell, Design, LonelyPolicy

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Answers:
    """What is added up, row by row, before weighting.

    terms     expressions without nulls, zero in rows that do not count.
    counted   true where the row stands in the denominator; observed: true where somebody answered.
    """

    terms: Mapping[str, Any]
    counted: Any
    observed: Any


@dataclass(frozen=True, slots=True)
class Frame:
    """The full first stage of the sample: every cluster, whether or not it has members of a domain.

    stratum   index of the stratum of each cluster; strata: their names; size: clusters of each stratum.
    fraction  share of the stratum's population of clusters that was drawn; 0 where drawn with replacement.
    later     the stages beneath, each a frame of its own units; above: the unit of the stage above of each unit. In them 1 − fraction is the
              share of the spread that counts, those of the stages above included.
    """

    stratum: IntArray
    strata: tuple[str, ...]
    size: IntArray
    fraction: FloatArray
    lonely: LonelyPolicy
    has_fpc: bool
    later: "tuple[Frame, ...]" = ()
    above: IntArray | None = None

    @property
    def is_lonely(self) -> NDArray[np.bool_]:
        """Strata with one cluster, unless that one was all there is."""
        return np.asarray((self.size == 1) & (self.fraction < 1))


@dataclass(frozen=True, slots=True)
class Coded:
    """A key column: its distinct texts in their order, and for each row the index of its text."""

    names: NDArray[np.str_]
    codes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Domain:
    """The sums of one cell, cluster by cluster, for those clusters that have members in it."""

    cell: Cell
    clusters: IntArray
    present: NDArray[np.bool_]  # clusters with a counted row: they make the degrees of freedom
    sums: Mapping[str, FloatArray]
    n: int
    rows: int
    observed: int
    missing: int

    def total(self, term: str) -> float:
        return math.fsum(self.sums[term])

    @property
    def missing_share(self) -> float | None:
        everybody = self.total("weight_members")
        return self.total("weight_missing") / everybody if everybody else None


@dataclass(frozen=True, slots=True)
class Collapsed:
    """The sample after the one aggregation."""

    frame: Frame
    domains: tuple[Domain, ...]


def collapse(table: Any, answers: Answers, *, design: Design, by: Sequence[str]) -> Collapsed:
    """Add up the answers by domain, stratum and cluster.

    Shapes   table: one row per respondent, with `_row`; `_member` false marks rows outside a subpopulation, which count as zero and not as absent.
    Refuses  TableEmpty; ColumnMissing; ColumnNotNumeric or ArgumentInvalid that names the row of an empty or negative weight.
    """
    if design.stages:
        raise ArgumentInvalid(
            "A reading knows the first stage of a sample only.",
            where="design, stages",
            remedy="Leave the later stages out, or estimate with custodes.evidence.survey_estimates.",
        )
    rows = _weighted_rows(table, answers, design=design, by=by)
    terms = [*answers.terms, "weight_members", "weight_missing", "weight_counted"]
    # Without the categories, so that the question is the same for every crossing.
    whole = _weighted_rows(table, answers, design=design, by=()) if by else rows
    largest = _checked_magnitudes(whole, terms, design)
    count = int(largest["rows"])
    sums, exponents = exact_sums(rows, {term: largest[term] for term in terms}, count)
    keys = [f"category_{index}" for index in range(len(by))]
    grouped = (
        rows.group_by([*keys, "stratum", "cluster"])
        .aggregate(
            n=rows.is_counted.cast("int64").sum(),
            n_members=rows.is_member.cast("int64").sum(),
            n_observed=rows.is_observed.cast("int64").sum(),
            n_missing=rows.is_missing.cast("int64").sum(),
            fpc_low=rows.fpc.min(),
            fpc_high=rows.fpc.max(),
            **sums,
        )
        .to_pyarrow()
    )
    columns = {name: grouped.column(name).to_numpy() for name in grouped.column_names if name not in keys}
    for term, exponent in exponents.items():
        columns[term] = np.ldexp(columns[term].astype(np.float64), -exponent)
    coded = {name: np.unique(columns[name].astype(str), return_inverse=True) for name in ("stratum", "cluster")}
    frame, cluster = first_stage(
        columns, design=design, stratum=Coded(*coded["stratum"]), cluster=Coded(*coded["cluster"])
    )
    labels = [np.array(grouped.column(key).to_pylist(), dtype=object) for key in keys]
    return Collapsed(frame, tuple(_domains(columns, terms, cluster, tuple(by), labels, grouped.num_rows)))


def _weighted_rows(table: Any, answers: Answers, *, design: Design, by: Sequence[str]) -> Any:
    import ibis  # slow to import

    one = ibis.literal(1.0, type="float64")
    weight = numeric(table, design.weight, where="design, weight") if design.weight else one
    fpc = numeric(table, design.fpc, where="design, fpc") if design.fpc else ibis.literal(None, type="float64")
    strata = category(table, design.strata, where="design, strata") if design.strata else ibis.literal("")
    clusters = (
        category(table, design.clusters, where="design, clusters") if design.clusters else table[ROW].cast("string")
    )
    member = table[MEMBER].fill_null(False) if MEMBER in table.columns else ibis.literal(True)
    zero = ibis.literal(0.0, type="float64")
    counted = member & answers.counted & (weight > 0)
    return table.select(
        row=table[ROW],
        weight=weight,
        stratum=strata,
        cluster=clusters,
        fpc=fpc,
        is_member=member & (weight > 0),
        is_counted=counted,
        is_observed=counted & answers.observed,
        is_missing=member & ~answers.observed & (weight > 0),
        weight_members=(member).ifelse(weight, zero),
        weight_missing=(member & ~answers.observed).ifelse(weight, zero),
        weight_counted=counted.ifelse(weight, zero),
        **{name: counted.ifelse(weight * term.cast("float64"), zero) for name, term in answers.terms.items()},
        **categories(table, by),
    )


def _checked_magnitudes(rows: Any, terms: Sequence[str], design: Design) -> dict[str, float]:
    """The largest value of each term, after the design columns of every row have been found whole."""
    wrong_weight = rows.weight.isnull() | (rows.weight < 0)
    wrong_fpc = rows.fpc.isnull() if design.fpc else rows.row.isnull()
    question = rows.aggregate(
        rows=rows.count(),
        total_weight=rows.weight.sum(),
        weight_row=rows.row.min(where=wrong_weight),
        stratum_row=rows.row.min(where=rows.stratum.isnull()),
        cluster_row=rows.row.min(where=rows.cluster.isnull()),
        fpc_row=rows.row.min(where=wrong_fpc),
        **{term: rows[term].abs().max() for term in terms},
    )
    found = asked_once(question).to_pylist()[0]
    for name, column, what in (
        ("weight_row", design.weight, "The weight is empty or below zero."),
        ("stratum_row", design.strata, "The stratum is empty."),
        ("cluster_row", design.clusters, "The cluster is empty."),
        ("fpc_row", design.fpc, "The number of clusters in the population is empty."),
    ):
        if found[name] is not None:
            raise ArgumentInvalid(
                what,
                where=f"row {found[name]}, column {column}",
                remedy="Correct the row in the source, or choose another design column.",
            )
    if not found["total_weight"]:
        raise TableEmpty("No row has a weight above zero.", where=f"column {design.weight}", remedy="Check the weight.")
    return {name: float(value or 0) for name, value in found.items() if not name.endswith("_row")}


def stratum_words(name: str) -> str:
    """How a stratum begins a sentence; without strata the whole sample is one, which nobody gave a name."""
    return f"The stratum “{name}”" if name else "The sample, which has no strata,"


def too_small(n: int, *, clusters: int, strata: int, where: str) -> SampleTooSmall:
    """What is said of answers that leave no degree of freedom."""
    held = f"{count_of(clusters, 'cluster', 'clusters')} of {count_of(strata, 'stratum', 'strata')}"
    what = f"{count_of(n, 'answer', 'answers')} in {held} leave {clusters - strata} degrees of freedom (clusters − strata)."
    if n < 2:
        what = f"{count_of(n, 'answer says', 'answers say')} nothing of uncertainty."
    return SampleTooSmall(what, where=where, remedy="Join it with another category or area.")


def first_stage(
    columns: Mapping[str, Any], *, design: Design, stratum: Coded, cluster: Coded
) -> tuple[Frame, IntArray]:
    """The first stage of the whole sample, and the index of each collapsed row's cluster in it; `columns` hold fpc_low and fpc_high."""
    strata, stratum_of_row = stratum.names, stratum.codes
    clusters, cluster_of_row = cluster.names, cluster.codes
    pairs, index = distinct(stratum_of_row.astype(np.int64) * len(clusters) + cluster_of_row)
    stratum_of_cluster = pairs // len(clusters)
    size = np.bincount(stratum_of_cluster, minlength=len(strata)).astype(np.int64)
    fraction = np.zeros(len(strata))
    names = tuple(str(name) for name in strata) if design.strata else ("",)  # the engine's constant is no name
    if design.fpc:
        low, high = np.full(len(strata), np.inf), np.zeros(len(strata))
        np.minimum.at(low, stratum_of_row, columns["fpc_low"])
        np.maximum.at(high, stratum_of_row, columns["fpc_high"])
        fraction = drawn_fraction(low, high, size, strata=names, column=design.fpc)
    has_fpc = design.fpc is not None
    return Frame(stratum_of_cluster, names, size, fraction, design.lonely, has_fpc), index


def distinct(codes: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct codes in their order and the place of each row's among them: `numpy.unique`, by hashing, as there may be millions of rows."""
    import pyarrow  # slow to import

    encoded = pyarrow.array(codes).dictionary_encode()
    found = encoded.dictionary.to_numpy()
    order = np.argsort(found)
    place = np.empty(len(found), dtype=np.int64)
    place[order] = np.arange(len(found))
    return found[order], place[encoded.indices.to_numpy()]


def drawn_fraction(
    low: FloatArray, high: FloatArray, size: IntArray, *, strata: Sequence[str], column: str
) -> FloatArray:
    """The share of each stratum's population that was drawn, from the least and the largest number that its rows give.

    A column in which no number is above 1 holds shares; any other holds populations. An infinite population is drawn with replacement.
    """
    holds_shares = bool((high <= 1).all())
    wrong = np.flatnonzero((low != high) | ((low <= 0) if holds_shares else (high < size)))
    if len(wrong):
        first = int(wrong[0])
        span = f"{low[first]:g}" if low[first] == high[first] else f"{low[first]:g} to {high[first]:g}"
        raise ArgumentInvalid(
            f"{stratum_words(strata[first])} has {count_of(int(size[first]), 'cluster', 'clusters')} and a population of {span}.",
            where=f"column {column}",
            remedy="Give, in every row of a stratum, the number of clusters in its population, or the share of it that was drawn.",
        )
    return high if holds_shares else np.asarray(size / high)


def _domains(
    columns: Mapping[str, Any],
    terms: Sequence[str],
    cluster: IntArray,
    by: tuple[str, ...],
    labels: Sequence[Any],
    rows: int,
) -> list[Domain]:
    cells: dict[tuple[str, ...], list[int]] = {}
    for index, key in enumerate(zip(*labels, strict=True)) if by else ((index, ()) for index in range(rows)):
        cells.setdefault(key, []).append(index)
    domains = []
    for key, chosen in cells.items():
        where = np.array(chosen, dtype=np.int64)
        members = int(columns["n_members"][where].sum())
        if members == 0:
            continue
        domains.append(
            Domain(
                cell=Cell.of(dict(zip(by, key, strict=True))),
                clusters=cluster[where],
                present=columns["n"][where] > 0,
                sums={term: columns[term][where] for term in terms},
                n=int(columns["n"][where].sum()),
                rows=members,
                observed=int(columns["n_observed"][where].sum()),
                missing=int(columns["n_missing"][where].sum()),
            )
        )
    return sorted(domains, key=lambda domain: domain.cell)


def scores(collapsed: Collapsed, domain: Domain, gradient: Mapping[str, float]) -> FloatArray:
    """The linearised value of every cluster of the frame: the gradient times its sums, and zero where the domain has nobody."""
    dense = np.zeros(len(collapsed.frame.stratum))
    values = np.zeros(len(domain.clusters))
    for term, slope in gradient.items():
        values = values + slope * domain.sums[term]
    dense[domain.clusters] = values
    return dense


def covariance(frame: Frame, scores_of: FloatArray) -> FloatArray:
    """Covariance matrix of estimates from their scores (one row each), between clusters within strata.

    Units    the square of the estimates' unit.
    Refuses  LonelyStratum where no stratum with scores has two clusters and the policy is `average`.
    Source   Lumley (2010), Complex Surveys, ch. 2; Binder (1983), doi:10.2307/1402588.
    Checked  R survey svyrecvar(); tests/reference, 1e-10.
    """
    # Sorted by value within the stratum, so that sums do not depend on the names of clusters.
    order = np.lexsort((*scores_of[::-1], frame.stratum))
    ordered, stratum = scores_of[:, order], frame.stratum[order]
    starts = np.searchsorted(stratum, np.arange(len(frame.size)))
    means = np.add.reduceat(ordered, starts, axis=1) / frame.size
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(frame.size > 1, (1 - frame.fraction) * frame.size / (frame.size - 1), 0.0)
    inflation = 1.0
    lonely = frame.is_lonely
    if lonely.any() and frame.lonely is LonelyPolicy.CENTRED:
        means[:, lonely] = (np.array([math.fsum(row) for row in ordered]) / ordered.shape[1])[:, None]
        scale[lonely] = 1 - frame.fraction[lonely]
    elif lonely.any() and frame.lonely is LonelyPolicy.AVERAGE:
        used = np.zeros(len(frame.size), dtype=bool)
        used[stratum[(ordered != 0).any(axis=0)]] = True
        if not (used & ~lonely).any():
            raise LonelyStratum("Every stratum has one cluster.", remedy="Join strata that are alike.")
        inflation = float(used.sum() / (used & ~lonely).sum())
    centred = ordered - means[:, stratum]
    return np.asarray(inflation * np.einsum("ik,jk->ij", centred * scale[stratum], centred))


def degrees_of_freedom(frame: Frame, domain: Domain) -> int:
    """Clusters less strata, among those that have members of the domain."""
    used = np.unique(domain.clusters[domain.present])
    return len(used) - len(np.unique(frame.stratum[used]))


def refusal_or_none(frame: Frame, domain: Domain) -> Refusal | None:
    """Why nothing honest can be said of this domain, if so."""
    place = domain.cell.key or "total"
    if domain.observed == 0:
        return NothingObserved(
            "Every answer is missing.", where=place, remedy="Check the missing codes and the period."
        )
    lonely = np.unique(frame.stratum[domain.clusters[domain.present]])
    lonely = lonely[frame.is_lonely[lonely]]
    if domain.n >= 2 and frame.lonely is LonelyPolicy.REFUSE and len(lonely):
        name = frame.strata[int(lonely[0])]
        return LonelyStratum(
            f"{stratum_words(name)} has one cluster, so its variance cannot be estimated.",
            where=place,
            remedy="Join it with a stratum that is alike, or choose a policy for strata with one cluster.",
        )
    if domain.n < 2 or degrees_of_freedom(frame, domain) < 1:
        clusters = int(np.count_nonzero(domain.present))
        return too_small(domain.n, clusters=clusters, strata=clusters - degrees_of_freedom(frame, domain), where=place)
    return None
