"""Expert ratings: the slope against differences, properties, a small simulation, and what is refused."""

import math

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from custodes.evidence.codings import MISSING, Coding, Codings, Level, codings_from_rows
from custodes.evidence.errors import ArgumentInvalid, NothingPairable, OneCategory, SampleTooSmall
from custodes.evidence.ratings import _log_between, _Posterior, rate_units


def drawn(seed: int, *, units: int = 40, severity=(-0.6, 0.0, 0.0, 0.6), reliability=(2.5, 2.0, 1.5, 0.6)):
    """Ratings from 1 to 4 by raters of known severity and reliability, with the true positions."""
    chance = np.random.default_rng(seed)
    position = chance.normal(size=units)
    thresholds = np.array(severity)[:, None] + np.array([-1.0, 0.0, 1.0])[None, :]
    odds = np.array(reliability)[None, :, None] * (position[:, None, None] - thresholds[None])
    codes = (1 / (1 + np.exp(-odds)) > chance.uniform(size=(units, len(severity), 1))).sum(axis=2)
    return _codings(codes), position


def _codings(codes) -> Codings:
    names = tuple(f"u{index:03}" for index in range(len(codes)))
    coders = tuple(f"r{index}" for index in range(codes.shape[1]))
    return Codings(Level.ORDINAL, names, coders, ("1", "2", "3", "4"), np.arange(1.0, 5.0), codes)


def test_slope_is_that_of_the_posterior():
    codings, _ = drawn(1, units=12)
    given = (codings.codes[:, :, None] == np.arange(4)[None, None, :]).astype(float).reshape(12, -1)
    posterior = _Posterior(given, raters=4, steps=3)
    somewhere = np.random.default_rng(2).normal(0, 0.5, 4 * 4 + 4)
    by_difference = approx_fprime(somewhere, lambda vector: posterior.loss(vector)[0], 1e-6)

    assert posterior.loss(somewhere)[1] == pytest.approx(by_difference, abs=1e-3)


@pytest.mark.parametrize(
    ("upper", "lower"), [(1.0, -0.5), (np.inf, 2.0), (-1.0, -np.inf), (-40.0, -41.0), (41.0, 40.0)]
)
def test_share_between_two_log_odds_loses_no_digit_far_out(upper, lower):
    from fractions import Fraction

    def share(odds):
        if math.isinf(odds):
            return Fraction(int(odds > 0))
        return 1 / (1 + Fraction(math.exp(-odds)))

    found = _log_between(np.array([upper]), np.array([lower]))[0][0]
    assert found == pytest.approx(math.log(share(upper) - share(lower)), rel=1e-9)


def test_positions_follow_the_truth_and_say_modelled():
    codings, position = drawn(3, units=80)
    model = rate_units(codings)

    assert model.label == "modelled"
    assert np.corrcoef([each.value for each in model.positions], position)[0, 1] > 0.9
    assert {each.ratings for each in model.positions} == {4}
    assert all(each.low < each.value < each.high for each in model.positions)


def test_severe_and_unreliable_raters_are_told_apart():
    raters = rate_units(drawn(4, units=150)[0]).raters

    assert raters[0].severity_high < raters[3].severity_low
    assert raters[3].reliability_high < raters[0].reliability_low
    assert all(rater.thresholds == tuple(sorted(rater.thresholds)) for rater in raters)


def test_reliable_rater_moves_a_position_more_than_an_unreliable_one():
    codings, _ = drawn(5, units=100)
    raised = {}
    for rater in (0, 3):
        codes = np.vstack((codings.codes, [[MISSING] * 4, [MISSING] * 4]))
        codes[-2, rater], codes[-1, rater] = 0, 3
        low, high = rate_units(_codings(codes)).positions[-2:]
        raised[rater] = high.value - low.value

    assert raised[0] > 1.3 * raised[3]


def test_one_scale_turned_round_turns_positions_round():
    codings, _ = drawn(6)
    turned = rate_units(_codings(3 - codings.codes)).positions

    assert [-each.value for each in turned] == pytest.approx(
        [each.value for each in rate_units(codings).positions], abs=1e-3
    )


def test_order_of_raters_and_units_changes_nothing():
    codings, _ = drawn(7)
    order, turn = np.random.default_rng(1).permutation(40), [2, 0, 3, 1]
    again = rate_units(_codings(codings.codes[order][:, turn]))
    first = rate_units(codings)

    assert [each.value for each in again.positions] == pytest.approx(
        [first.positions[i].value for i in order], abs=1e-4
    )
    assert [each.reliability for each in again.raters] == pytest.approx(
        [first.raters[i].reliability for i in turn], abs=1e-3
    )


def test_more_ratings_leave_less_doubt():
    many, few = (
        drawn(8, severity=(0.0,) * 8, reliability=(2.0,) * 8)[0],
        drawn(8, severity=(0.0,) * 3, reliability=(2.0,) * 3)[0],
    )

    assert np.mean([p.se for p in rate_units(many).positions]) < 0.85 * np.mean(
        [p.se for p in rate_units(few).positions]
    )


def test_categories_that_nobody_used_fall_out():
    codings, _ = drawn(9)
    model = rate_units(_codings(np.where(codings.codes == 2, 1, codings.codes)))

    assert model.categories == ("1", "2", "4")
    assert {len(rater.thresholds) for rater in model.raters} == {2}


def test_intervals_hold_the_truth_as_often_as_they_say():
    """A small version, with its seed, of benchmarks/coverage_models.py: 25 × 40 units."""
    inside = []
    for seed in range(25):
        codings, position = drawn(seed)
        inside += [
            each.low <= true <= each.high for each, true in zip(rate_units(codings).positions, position, strict=True)
        ]

    assert 0.92 <= np.mean(inside) <= 0.98


def _rows(level, ratings):
    return codings_from_rows((Coding(unit, rater, code, 1) for unit, rater, code in ratings), level=level)


def test_what_no_model_can_tell_is_refused():
    codings, _ = drawn(1)
    with pytest.raises(ArgumentInvalid, match="nominal"):
        rate_units(_rows(Level.NOMINAL, [("u", "r", "a"), ("u", "s", "b")]))
    with pytest.raises(SampleTooSmall, match="1 raters"):
        rate_units(_codings(codings.codes[:, :1]))
    with pytest.raises(SampleTooSmall, match="4 units"):
        rate_units(_codings(codings.codes[:4]))
    with pytest.raises(OneCategory):
        rate_units(_codings(np.full((6, 2), 2)))
    with pytest.raises(ArgumentInvalid, match="coverage"):
        rate_units(codings, coverage=0)


def test_raters_that_no_unit_links_are_refused_and_one_shared_unit_links_them():
    codes = drawn(2)[0].codes[:, :2].copy()
    codes[:20, 0] = MISSING
    codes[20:, 1] = MISSING
    with pytest.raises(NothingPairable, match="“r1” with “r0”"):
        rate_units(_codings(codes))
    codes[25, 1] = 1
    assert len(rate_units(_codings(codes)).raters) == 2
