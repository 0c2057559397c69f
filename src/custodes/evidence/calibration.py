"""Calibration of weights to known totals of the population: post-stratification, regression (GREG), raking, both bounded or not, and logit."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from custodes.evidence.columns import category, check_column, numeric, with_row_numbers
from custodes.evidence.design_columns import checked_weight
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.survey import FloatArray
from custodes.evidence.types import Design

CALIBRATED = "_calibrated"
INITIAL = "_initial"
AUXILIARY = "_auxiliary_"
MOST_ROUNDS = 100
MOST_HALVINGS = 30
CLOSE = 1e-12  # of a total: one more step follows, then it is done
MOST_LEFT = 1e-9


class Distance(StrEnum):
    """How far a calibrated weight is from its first value: which function carries x·λ to the factor of a weight."""

    LINEAR = "linear"  # 1 + x·λ: post-stratification and GREG
    RAKING = "raking"  # exp(x·λ): what iterative proportional fitting ends at
    LOGIT = "logit"  # between bounds, which it nears and never reaches


@dataclass(frozen=True, slots=True)
class Margin:
    """Known numbers of the population by the categories of one column, or of several crossed; codes of a crossing are joined by `;`."""

    columns: tuple[str, ...]
    totals: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is known of the population. sums: column of numbers to its total; bounds: smallest and largest factor of a weight."""

    margins: tuple[Margin, ...] = ()
    sums: tuple[tuple[str, float], ...] = ()
    distance: Distance = Distance.LINEAR
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Convergence:
    """How the weights came to the totals: rounds, the largest relative distance left, and the smallest and largest factor."""

    rounds: int
    distance_left: float
    smallest: float
    largest: float


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The table with `_calibrated`, `_initial` and the auxiliary columns, with what these add up to; moments: Σd·x·x′ under the first weights."""

    table: Any
    auxiliaries: tuple[str, ...]
    totals: FloatArray
    moments: FloatArray
    convergence: Convergence


def calibrated(table: Any, calibration: Calibration, *, design: Design) -> Calibrated:
    """Weights that meet the known totals and stay as near to the first ones as the distance allows.

    Shapes   table: one row per respondent. One aggregation by the distinct values of the auxiliary columns; the rest is Newton's method on them.
    Units    factors have none; totals are those of the population.
    Returns  the table with the new weights, and how they converged.
    Refuses  ArgumentInvalid where a category has no total or no respondent, a value is missing, margins contradict each other, bounds cannot be
             kept, or a weight would fall to zero or below.
    Source   Deville & Särndal (1992), doi:10.1080/01621459.1992.10475217.
    Checked  R survey postStratify(), rake(), calibrate(): tests/reference/analyst_calibration.toml, 1e-10 (raking 1e-7).
    """
    if calibration.bounds is not None and not 0 < calibration.bounds[0] < 1 < calibration.bounds[1]:
        raise ArgumentInvalid(
            "Bounds of the factors stand on either side of 1, above zero.", where="bounds", remedy="Such as 0.5 and 2."
        )
    if calibration.distance is Distance.LOGIT and calibration.bounds is None:
        raise ArgumentInvalid(
            "The distance logit lies between bounds.", where="bounds", remedy="Give them, such as 0.5 and 2."
        )
    if not calibration.margins and not calibration.sums:
        raise ArgumentInvalid(
            "Nothing is known of the population.", where="calibration", remedy="Give margins or sums."
        )
    table = with_row_numbers(table)  # before any weight is made, so that rows without a cluster keep their number
    weight = checked_weight(table, design)
    table, names, totals = _with_auxiliaries(table, calibration)
    first = table.mutate(**{INITIAL: 1.0 if weight is None else table[design.weight].cast("float64")})
    grouped = first.group_by([first[name] for name in names]).aggregate(d=first[INITIAL].sum()).to_pyarrow()
    x = np.stack([grouped.column(name).to_numpy().astype(np.float64) for name in names])
    d = grouped.column("d").to_numpy()
    solution, convergence = solved(x, d, totals, calibration)
    if convergence.smallest <= 0:
        raise ArgumentInvalid(
            "A weight would fall to zero or below.",
            where="calibration",
            remedy="Choose the distance raking, or bounds above zero.",
        )
    eta = sum((first[name] * float(step) for name, step in zip(names, solution, strict=True)), start=0.0)
    with_weights = first.mutate(**{CALIBRATED: first[INITIAL] * _factor_expression(eta, calibration)})
    return Calibrated(with_weights, names, totals, (x * d) @ x.T, convergence)


def _with_auxiliaries(table: Any, calibration: Calibration) -> tuple[Any, tuple[str, ...], FloatArray]:
    """An indicator for every category of every margin, and every column of numbers, with the totals they must meet."""
    columns: dict[str, Any] = {}
    totals: list[float] = []
    for margin in calibration.margins:
        code = _code(table, margin)
        found = table.select(code=code).distinct().to_pyarrow().column("code").to_pylist()
        _check_margin(margin, found)
        for name, total in margin.totals.items():
            columns[f"{AUXILIARY}{len(columns)}"] = (code == name).ifelse(1.0, 0.0)
            totals.append(float(total))
    for name, total in calibration.sums:
        check_column(table, name, where="calibration")
        value = numeric(table, name, where=f"column {name}")
        if value.isnull().any().to_pyarrow().as_py():
            raise ArgumentInvalid(
                "A value is missing, so that the total cannot be met.",
                where=f"column {name}",
                remedy="Fill it in, or calibrate without this column.",
            )
        columns[f"{AUXILIARY}{len(columns)}"] = value
        totals.append(float(total))
    return table.mutate(**columns), tuple(columns), np.array(totals)


def _code(table: Any, margin: Margin) -> Any:
    code = None
    for name in margin.columns:
        one = category(table, name, where="calibration").fill_null("")
        code = one if code is None else code + ";" + one
    return code


def _check_margin(margin: Margin, found: Sequence[str]) -> None:
    where = f"margin {' × '.join(margin.columns)}"
    unknown, empty = sorted(set(found) - set(margin.totals)), sorted(set(margin.totals) - set(found))
    if unknown:
        raise ArgumentInvalid(
            f"The category “{unknown[0]}” has no total.", where=where, remedy="Give its number in the population."
        )
    if empty:
        raise ArgumentInvalid(
            f"The category “{empty[0]}” has nobody in the sample.", where=where, remedy="Join it with another."
        )
    if any(not 0 < total < float("inf") for total in margin.totals.values()):
        raise ArgumentInvalid("A total is not above zero.", where=where, remedy="Correct it, or join the category.")


def solved(
    x: FloatArray, d: FloatArray, totals: FloatArray, calibration: Calibration, *, where: str = "calibration"
) -> tuple[FloatArray, Convergence]:
    """The multipliers λ by which weights d meet the totals of x, by Newton's method. ArgumentInvalid where none do.

    Margins that add up to the same number leave a direction free, which least squares sets to zero.
    """
    scale = np.abs(x).max(axis=1)
    z, goal = x / scale[:, None], totals / scale
    solution = np.zeros(len(totals))
    rounds, is_done = 0, False
    while not is_done and rounds < MOST_ROUNDS:
        rounds += 1
        factor, slope = _factors(solution @ z, calibration)
        short = goal - (z * (d * factor)).sum(axis=1)
        step = np.linalg.lstsq((z * (d * slope)) @ z.T, short, rcond=1e-12)[0]
        if calibration.distance is Distance.LOGIT:  # flat near its bounds, so that a full step may fly past the totals
            step = _shortened(step, solution, z, d, goal, calibration)
        solution = solution + step
        is_done = _relative(short, goal) < CLOSE
    factor, _ = _factors(solution @ z, calibration)
    left = _relative(goal - (z * (d * factor)).sum(axis=1), goal)
    if not left < MOST_LEFT:
        raise ArgumentInvalid(
            f"The weights do not meet the totals: {left:.2g} of one is left after {rounds} rounds.",
            where=where,
            remedy="Check that the margins add up to the same number; widen the bounds; join thin categories.",
        )
    return solution / scale, Convergence(rounds, left, float(factor.min()), float(factor.max()))


def _shortened(
    step: FloatArray, solution: FloatArray, z: FloatArray, d: FloatArray, goal: FloatArray, calibration: Calibration
) -> FloatArray:
    """The step, halved until it brings the weights no farther from the totals."""

    def left(at: FloatArray) -> float:
        return float(np.linalg.norm(goal - (z * (d * _factors(at @ z, calibration)[0])).sum(axis=1)))

    before = left(solution)
    for _ in range(MOST_HALVINGS):
        if left(solution + step) <= before:
            break
        step = step / 2
    return step


def _relative(short: FloatArray, goal: FloatArray) -> float:
    return float((np.abs(short) / np.maximum(np.abs(goal), np.finfo(np.float64).tiny)).max())


def factors(x: FloatArray, solution: FloatArray, calibration: Calibration) -> FloatArray:
    """By what the weight of each row of x is multiplied."""
    return _factors(solution @ x, calibration)[0]


def _factors(eta: FloatArray, calibration: Calibration) -> tuple[FloatArray, FloatArray]:
    """The factor of each weight and its slope by x·λ."""
    if calibration.distance is Distance.LOGIT:
        low, high, steepness, shift = _logit(calibration)
        part = 1 / (1 + np.exp(np.clip(-(steepness * eta + shift), -500, 500)))
        return low + (high - low) * part, (high - low) * steepness * part * (1 - part)
    if calibration.distance is Distance.RAKING:
        factor = np.exp(np.clip(eta, -500, 500))
        slope = factor
    else:
        factor, slope = 1 + eta, np.ones_like(eta)
    if calibration.bounds is None:
        return factor, slope
    low, high = calibration.bounds
    return np.clip(factor, low, high), np.where((factor > low) & (factor < high), slope, 0.0)


def _logit(calibration: Calibration) -> tuple[float, float, float, float]:
    """Both bounds, and the steepness and shift that make factor and slope 1 where x·λ is 0."""
    low, high = calibration.bounds or (0.0, math.inf)
    return low, high, (high - low) / ((1 - low) * (high - 1)), math.log((1 - low) / (high - 1))


def _factor_expression(eta: Any, calibration: Calibration) -> Any:
    if calibration.distance is Distance.LOGIT:
        low, high, steepness, shift = _logit(calibration)
        return low + (high - low) / (1.0 + (-(eta * steepness + shift)).clip(-500.0, 500.0).exp())
    factor = eta.exp() if calibration.distance is Distance.RAKING else eta + 1.0
    return factor if calibration.bounds is None else factor.clip(*calibration.bounds)
