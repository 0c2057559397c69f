"""Intervals of proportions against their closed forms and defining equations."""

import math

import pytest

from custodes.evidence.intervals import ProportionInterval, proportion, t_quantile


def test_t_quantile_equals_printed_tables():
    assert t_quantile(0.95, 14) == pytest.approx(2.144786688, rel=1e-9)
    assert t_quantile(0.95, None) == pytest.approx(1.959963985, rel=1e-9)


def test_wilson_bounds_solve_the_score_equation():
    # with as many degrees of freedom as rows less one, the effective size is share·(1 − share) ÷ se²
    share, n = 0.3, 101
    se = math.sqrt(share * (1 - share) / 80)
    interval = proportion(share, se, n=n, df=100, coverage=0.95, method=ProportionInterval.WILSON)

    z = t_quantile(0.95, None)
    for bound in (interval.low, interval.high):
        assert abs(share - bound) == pytest.approx(z * math.sqrt(bound * (1 - bound) / 80), rel=1e-12)


def test_wilson_equals_the_published_example():
    # Newcombe (1998), Statistics in Medicine 17, 857, table I: 81 of 263, method 3: 0.2553 to 0.3662
    se = math.sqrt(81 / 263 * 182 / 263 / 263)
    interval = proportion(81 / 263, se, n=263, df=262, coverage=0.95, method=ProportionInterval.WILSON)

    assert round(interval.low, 4) == 0.2553
    assert round(interval.high, 4) == 0.3662


@pytest.mark.parametrize("method", ProportionInterval)
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_share_of_nobody_or_everybody_has_an_interval_on_n(method, share):
    interval = proportion(share, 0.0, n=20, df=10, coverage=0.95, method=method)

    # Newcombe (1998), table I: 0 of 20: exact 0 to 0.1684, Wilson 0 to 0.1611
    width = 0.1611 if method is ProportionInterval.WILSON else 0.1684
    assert round(interval.high - interval.low, 4) == width
    assert interval.low <= share <= interval.high


@pytest.mark.parametrize("method", ProportionInterval)
def test_census_has_no_width(method):
    interval = proportion(0.4, 0.0, n=20, df=10, coverage=0.95, method=method)

    assert (interval.low, interval.high) == (0.4, 0.4)
