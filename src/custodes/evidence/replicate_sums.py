"""Sums of every measure in every domain under every replicate's weights, made or given, calibrated or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from custodes.evidence.calibration import INITIAL, Calibrated, Calibration, factors, solved
from custodes.evidence.domain_sums import DomainSums, domains_of, grouped_sums, keyed_rows
from custodes.evidence.measures import Measures
from custodes.evidence.replicates import ReplicatePlan, check_room, made_replicates, replicated
from custodes.evidence.survey import FloatArray, IntArray
from custodes.evidence.types import Design

MOST_SUMS = 2000  # asked of the engine at once


@dataclass(frozen=True, slots=True)
class ReplicateSums:
    """value, below: (M, D, R); weight: (G, D, R); scale: (R,) of each squared deviation."""

    value: FloatArray
    below: FloatArray | None
    weight: FloatArray
    scale: FloatArray


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums under one weight by collapsed row, all kinds one below the other: y for each measure, x for a ratio's, w for each group."""

    rows: FloatArray
    measures: int
    is_ratio: bool

    @classmethod
    def read(cls, grouped: Any, measures: Measures, number: int) -> "_Sums":
        items, groups = range(len(measures.items)), range(len(measures.groups))
        is_ratio = measures.items[0].below is not None
        names = [
            *(f"y_{index}" for index in items),
            *(f"x_{index}" for index in items if is_ratio),
            *(f"w_{index}" for index in groups),
        ]
        columns = [grouped.column(f"{name}@{number}") for name in names]
        # Where nobody in a line answered, the sum is empty: it adds nothing.
        rows = np.stack([column.fill_null(0.0).to_numpy().astype(np.float64) for column in columns])
        return cls(rows, len(items), is_ratio)


def _unpacked(added: FloatArray, like: _Sums, scale: FloatArray) -> ReplicateSums:
    end = like.measures * (2 if like.is_ratio else 1)
    below = added[like.measures : end] if like.is_ratio else None
    return ReplicateSums(added[: like.measures], below, added[end:], scale)


def sums_of_made(sums: DomainSums, plan: ReplicatePlan) -> ReplicateSums:
    """Replicates of the first stage multiply its clusters."""
    made = made_replicates(sums.frame, plan)
    below = None if sums.below is None else replicated(sums, made, sums.below)
    return ReplicateSums(replicated(sums, made, sums.value), below, replicated(sums, made, sums.weight), made.scale)


def sums_of_given(
    table: Any, measures: Measures, sums: DomainSums, *, weights: Sequence[Any], scale: FloatArray, by: Sequence[str]
) -> ReplicateSums:
    """One grouped aggregation by domain; where sums and replicates are very many, one for each part of the replicates."""
    at_once = max(1, MOST_SUMS // (2 * len(measures.items) + 2 * len(measures.groups)))
    parts = []
    for first in range(0, len(weights), at_once):
        chosen = weights[first : first + at_once]
        grouped = grouped_sums(table, measures, weights=chosen, design=None, by=by, also={})
        _, domain = domains_of(grouped, by, cells=sums.cells)
        found = [_Sums.read(grouped, measures, number) for number in range(len(chosen))]
        parts += [each.rows[:, np.argsort(domain)] for each in found]
    return _unpacked(np.stack(parts, axis=-1), found[0], scale)


def calibrated_sums_of_made(
    known: Calibrated,
    measures: Measures,
    sums: DomainSums,
    *,
    plan: ReplicatePlan,
    calibration: Calibration,
    design: Design,
    by: Sequence[str],
) -> ReplicateSums:
    """Each replicate of the first weights is calibrated anew: by domain, cluster and values of the auxiliary columns, from one aggregation.

    design   that of the sample, whose weights are the first ones.
    """
    table = known.table
    grouped = grouped_sums(table, measures, weights=[table[INITIAL]], design=design, by=by, also=_values(known))
    keys = keyed_rows(grouped, design=design, by=by)
    made = made_replicates(keys.frame, plan)
    one = _Sums.read(grouped, measures, 0)
    _, domain = domains_of(grouped, by, cells=sums.cells)
    weight = _weights_of(grouped, 0)
    added = [
        _calibrated(
            known,
            grouped,
            calibration,
            one.rows * row[keys.cluster],
            weight * row[keys.cluster],
            number,
            domain,
            len(sums.cells),
        )
        for number, row in enumerate(made.multiplier, start=1)
    ]
    return _unpacked(np.stack(added, axis=-1), one, made.scale)


def calibrated_sums_of_given(
    known: Calibrated,
    measures: Measures,
    sums: DomainSums,
    *,
    weights: Sequence[Any],
    scale: FloatArray,
    calibration: Calibration,
    by: Sequence[str],
) -> ReplicateSums:
    """Each given replicate weight is calibrated anew: by domain and values of the auxiliary columns, from one aggregation."""
    grouped = grouped_sums(known.table, measures, weights=weights, design=None, by=by, also=_values(known))
    check_room(len(weights), grouped.num_rows * (2 * len(measures.items) + len(measures.groups)))
    _, domain = domains_of(grouped, by, cells=sums.cells)
    found = [_Sums.read(grouped, measures, number) for number in range(len(weights))]
    added = [
        _calibrated(
            known, grouped, calibration, each.rows, _weights_of(grouped, number), number + 1, domain, len(sums.cells)
        )
        for number, each in enumerate(found)
    ]
    return _unpacked(np.stack(added, axis=-1), found[0], scale)


def _values(known: Calibrated) -> dict[str, Any]:
    return {name: known.table[name] for name in known.auxiliaries}


def _weights_of(grouped: Any, number: int) -> FloatArray:
    """Everybody's weight: the first group of every set of measures."""
    return np.asarray(grouped.column(f"w_0@{number}").to_numpy(), dtype=np.float64)


def _calibrated(
    known: Calibrated,
    grouped: Any,
    calibration: Calibration,
    rows: FloatArray,
    weight: FloatArray,
    number: int,
    domain: IntArray,
    domains: int,
) -> FloatArray:
    """The sums of one replicate by domain, after its weights have been made to meet the totals."""
    x = np.stack([grouped.column(name).to_numpy().astype(np.float64) for name in known.auxiliaries])
    solution, _ = solved(x, weight, known.totals, calibration, where=f"calibration, replicate {number}")
    factor = factors(x, solution, calibration)
    return np.stack([np.bincount(domain, row * factor, domains) for row in rows])
