"""Weights on the simplex are optimal: no direction that stays on it goes down."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.evidence.designs.simplex import simplex_weights


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    rows=st.integers(1, 25),
    columns=st.integers(1, 40),
    ridge=st.sampled_from([0.0, 1e-8, 0.3, 1e4, 1e6]),
)
def test_weights_satisfy_the_conditions_of_karush_kuhn_and_tucker(seed, rows, columns, ridge):
    chance = np.random.default_rng(seed)
    matrix, target = chance.normal(size=(rows, columns)) * 50 + 100, chance.normal(size=rows) * 50 + 100

    weights = simplex_weights(matrix, target, ridge=ridge)

    slope = matrix.T @ (matrix @ weights - target) + ridge * weights
    scale = np.abs(matrix).max() ** 2 * rows
    multiplier = weights @ slope
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert (slope - multiplier).min() >= -1e-9 * scale  # no candidate outside would help
    assert np.abs((slope - multiplier)[weights > 0]).max() <= 1e-9 * scale  # those inside are level


@given(seed=st.integers(0, 10**6))
def test_target_among_the_candidates_is_met_by_itself(seed):
    matrix = np.random.default_rng(seed).normal(size=(12, 6))

    assert simplex_weights(matrix, matrix[:, 2]) == pytest.approx(np.eye(6)[2], abs=1e-9)


def test_copies_of_a_candidate_do_not_stop_the_fit():
    matrix = np.repeat(np.array([[1.0, 3.0], [2.0, 0.0]]), 4, axis=1)

    weights = simplex_weights(matrix, np.array([2.0, 1.0]))

    assert matrix @ weights == pytest.approx([2.0, 1.0], abs=1e-12)
