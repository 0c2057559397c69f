"""Weights that are not negative and add up to one, fitted exactly: the quadratic programme of synthetic controls.

Minimising ‖A·w − b‖² over such weights asks for the point nearest to b in the convex hull of A's columns. Wolfe's active-set algorithm finds it
in finitely many steps, without a tolerance on the objective.
"""

import numpy as np

from custodes.evidence.designs.panel import FloatArray
from custodes.evidence.errors import NotConverged

MOST_STEPS = 10_000
PRECISION = 1e-14
ROUNDING = 1e-9
FIRM = 1e-3  # of the columns' mean square: a ridge so large spreads the weights, and makes every set of columns independent


def simplex_weights(columns: FloatArray, target: FloatArray, *, ridge: float = 0.0) -> FloatArray:
    """The weights w ≥ 0, Σw = 1 that minimise ‖columns·w − target‖² + ridge·‖w‖².

    Shapes   columns: rows × candidates; target: rows.
    Returns  one weight per candidate, exactly zero outside the active set.
    Refuses  NotConverged after 10,000 steps, which exact arithmetic never needs.
    Source   Wolfe (1976), Finding the nearest point in a polytope, doi:10.1007/BF01580381.
    Checked  Karush–Kuhn–Tucker conditions to 1e-9 on random problems; tests/evidence/designs/test_simplex.py.
    """
    points = columns - target[:, None]
    candidates = columns.shape[1]
    spreads = ridge > FIRM * float((points**2).sum(axis=0).mean())
    if ridge > 0:
        points = np.vstack([points, np.sqrt(ridge) * np.eye(candidates)])
    scale = float(np.abs(points).max())
    if scale == 0:
        return np.full(candidates, 1 / candidates)
    points = points / scale
    size = float((points**2).sum(axis=0).max())
    if spreads:  # most columns stay: dropping the few is shorter than finding the many
        active, weights = _descended(points, list(range(candidates)), np.full(candidates, 1 / candidates))
    else:
        active, weights = [int(np.argmin((points**2).sum(axis=0)))], np.array([1.0])
    nearest = points[:, active] @ weights
    for _ in range(MOST_STEPS):
        slope = points.T @ nearest
        entering = int(np.argmin(slope))
        excess = float(weights @ slope[active]) - float(slope[entering])
        if excess <= PRECISION * size or entering in active:
            return _spread_out(active, weights, candidates)
        following, moved = _descended(points, [*active, entering], np.append(weights, 0.0))
        candidate = points[:, following] @ moved
        if candidate @ candidate >= nearest @ nearest and excess <= ROUNDING * size:
            return _spread_out(active, weights, candidates)  # every exact step goes down: only rounding is left
        active, weights, nearest = following, moved, candidate
    raise NotConverged(
        "The weights did not converge.", where="--unit", remedy="Leave out controls that are copies of each other."
    )


def _spread_out(active: list[int], weights: FloatArray, candidates: int) -> FloatArray:
    found = np.zeros(candidates)
    found[active] = weights
    return found


def _descended(points: FloatArray, active: list[int], weights: FloatArray) -> tuple[list[int], FloatArray]:
    """From a point in the hull of the active columns to the nearest one on it, dropping columns whose weight would turn negative."""
    while True:
        wanted = _affine_weights(points[:, active])
        if (wanted > PRECISION).all():
            return active, wanted
        blocking = wanted <= PRECISION
        steps = weights[blocking] / np.maximum(weights[blocking] - wanted[blocking], PRECISION)
        step = min(1.0, float(steps.min()))
        weights = weights + step * (wanted - weights)
        kept = weights > PRECISION
        if kept.all():  # rounding: the blocking column itself must go
            kept[np.flatnonzero(blocking)[int(np.argmin(steps))]] = False
        active = [each for each, keep in zip(active, kept, strict=True) if keep]
        weights = weights[kept] / weights[kept].sum()


def _affine_weights(points: FloatArray) -> FloatArray:
    """The weights, of any sign, that add up to one and give the point nearest to the origin.

    Solved on the points themselves: their products would square the condition, and a small ridge would drown in rounding.
    """
    rest = np.linalg.lstsq(points[:, 1:] - points[:, :1], -points[:, 0], rcond=None)[0]
    return np.concatenate([[1 - rest.sum()], rest])
