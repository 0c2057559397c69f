"""Fay–Herriot small areas: R's answers, an independent maximisation, properties, a small simulation, and what is refused."""

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from custodes.evidence.errors import ArgumentInvalid, NotConverged, SampleTooSmall
from custodes.evidence.small_areas import Area, fay_herriot

STORED = tomllib.loads((Path(__file__).parents[1] / "reference" / "small_areas.toml").read_text(encoding="utf-8"))


def milk() -> list[Area]:
    major = [number for number, size in enumerate(STORED["major"], 1) for _ in range(size)]
    return [
        Area(f"{index:02}", direct, se, {f"major_{k}": float(group == k) for k in (2, 3, 4)})
        for index, (direct, se, group) in enumerate(zip(STORED["direct"], STORED["se"], major, strict=True))
    ]


def drawn(number: int, seed: int, *, between: float = 1.0) -> tuple[list[Area], np.ndarray]:
    chance = np.random.default_rng(seed)
    line, se = chance.uniform(0, 1, number), np.sqrt(chance.uniform(0.3, 2, number))
    truth = 1 + 2 * line + chance.normal(size=number) * between**0.5
    direct = truth + chance.normal(size=number) * se
    return [Area(f"a{i:03}", float(direct[i]), float(se[i]), {"line": float(line[i])}) for i in range(number)], truth


MAJOR = ("major_2", "major_3", "major_4")


def test_variance_coefficients_and_values_equal_metafor():
    expected, model = STORED["metafor"], fay_herriot(milk(), covariates=MAJOR)

    assert model.between_variance == pytest.approx(expected["between_variance"], rel=expected["tolerance"])
    assert [each.value for each in model.coefficients] == pytest.approx(
        expected["coefficients"], rel=expected["tolerance"]
    )
    assert [each.se for each in model.coefficients] == pytest.approx(
        expected["coefficients_se"], rel=expected["tolerance"]
    )
    found = [each.value for each in model.estimates[: len(expected["first_values"])]]
    assert found == pytest.approx(expected["first_values"], rel=expected["tolerance"])


def test_values_and_mean_squared_errors_equal_sae():
    expected, model = STORED["sae"], fay_herriot(milk(), covariates=MAJOR)

    assert [each.value for each in model.estimates] == pytest.approx(expected["values"], rel=expected["tolerance"])
    assert [each.mse for each in model.estimates] == pytest.approx(expected["mse"], rel=expected["tolerance"])


def test_variance_is_that_of_an_independent_maximisation_of_the_restricted_likelihood():
    """The density of contrasts that know nothing of the coefficients, by scipy, over log variance."""
    areas, _ = drawn(25, seed=11)
    known = np.array([[1.0, area.covariates["line"]] for area in areas])
    contrasts = np.linalg.svd(known)[0][:, 2:].T
    direct = contrasts @ np.array([area.direct for area in areas])
    sampling = np.diag([area.se**2 for area in areas])

    def loss(log_variance):
        covariance = contrasts @ (sampling + np.exp(log_variance[0]) * np.eye(25)) @ contrasts.T
        return -multivariate_normal(cov=covariance).logpdf(direct)

    best = minimize(loss, [0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})

    assert fay_herriot(areas, covariates=("line",)).between_variance == pytest.approx(np.exp(best.x[0]), rel=1e-6)


def test_every_estimate_says_modelled_and_lies_between_its_sample_and_the_regression():
    areas, _ = drawn(20, seed=2)
    model = fay_herriot(areas, covariates=("line",))
    intercept, slope = (each.value for each in model.coefficients)

    assert {each.label for each in model.estimates} == {"modelled"}
    assert "modelled" in model.notes[0]
    for each, area in zip(model.estimates, areas, strict=True):
        regression = intercept + slope * area.covariates["line"]
        assert min(regression, area.direct) <= each.value <= max(regression, area.direct)
        assert each.low < each.value < each.high


def test_area_without_a_sample_is_predicted_by_the_regression_with_more_doubt():
    areas, _ = drawn(20, seed=2)
    model = fay_herriot([*areas, Area("new", None, None, {"line": 0.5})], covariates=("line",))
    alone = fay_herriot(areas, covariates=("line",))
    new = model.estimates[-1]

    assert model.estimates[:-1] == alone.estimates
    assert (new.synthetic, new.own_share, new.direct) == (True, 0.0, None)
    assert new.value == pytest.approx(model.coefficients[0].value + 0.5 * model.coefficients[1].value, rel=1e-12)
    assert new.mse > model.between_variance
    assert new.low < new.value < new.high


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), times=st.floats(0.01, 100), plus=st.floats(-50, 50))
def test_other_unit_of_measure_carries_through(seed, times, plus):
    areas, _ = drawn(12, seed=seed)
    moved = [replace(area, direct=times * area.direct + plus, se=times * area.se) for area in areas]
    first, second = fay_herriot(areas, covariates=("line",)), fay_herriot(moved, covariates=("line",))

    size = times * 10 + abs(plus)
    for one, other in zip(first.estimates, second.estimates, strict=True):
        assert other.value == pytest.approx(times * one.value + plus, abs=1e-6 * size)
        assert other.se == pytest.approx(times * one.se, rel=1e-5, abs=1e-8 * size)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), order=st.permutations(range(12)))
def test_order_of_areas_changes_nothing(seed, order):
    areas, _ = drawn(12, seed=seed)
    first = {each.area: each.value for each in fay_herriot(areas, covariates=("line",)).estimates}
    second = {each.area: each.value for each in fay_herriot([areas[i] for i in order], covariates=("line",)).estimates}

    assert second == pytest.approx(first, rel=1e-6, abs=1e-8)


def test_areas_alike_beyond_their_samples_get_the_regression_and_a_note():
    areas = [Area(f"a{i}", 5.0 + 0.01 * (-1) ** i, 1.0) for i in range(10)]
    model = fay_herriot(areas)

    assert model.between_variance == 0.0
    assert {round(each.value, 9) for each in model.estimates} == {5.0}
    assert "no more than their samples" in model.notes[1]
    assert min(each.mse for each in model.estimates) > 0.1


def test_intervals_hold_the_truth_as_often_as_they_say():
    """A small version, with its seed, of benchmarks/coverage_models.py: 100 × 30 areas."""
    inside = []
    for seed in range(100):
        areas, truth = drawn(30, seed=seed)
        found = fay_herriot(areas, covariates=("line",)).estimates
        inside += [each.low <= true <= each.high for each, true in zip(found, truth, strict=True)]

    assert 0.93 <= np.mean(inside) <= 0.97


def test_modelled_values_are_nearer_to_the_truth_than_the_samples():
    areas, truth = drawn(200, seed=5)
    found = fay_herriot(areas, covariates=("line",)).estimates

    def error(values):
        return np.mean((np.array(values) - truth) ** 2)

    assert error([each.value for each in found]) < 0.75 * error([area.direct for area in areas])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"se": 0.0}, "area a001: The direct estimate is .* with a standard error of 0"),
        ({"se": None}, "area a001: A direct estimate and its standard error come together"),
        ({"direct": float("nan")}, "area a001: The direct estimate is nan"),
        ({"covariates": {}}, "area a001: The covariate “line” is missing"),
        ({"name": "a000"}, "area a000: The area occurs twice"),
    ],
)
def test_wrong_area_is_named(change, message):
    areas, _ = drawn(12, seed=1)
    with pytest.raises(ArgumentInvalid, match=message):
        fay_herriot([areas[0], replace(areas[1], **change), *areas[2:]], covariates=("line",))


def test_too_few_areas_are_refused_and_one_more_is_not():
    areas, _ = drawn(7, seed=1)
    with pytest.raises(SampleTooSmall, match="6 areas have a sample, for 2 coefficients"):
        fay_herriot([*areas[:6], Area("empty", None, None, {"line": 1.0})], covariates=("line",))
    assert fay_herriot(areas, covariates=("line",)).areas_sampled == 7


def test_covariates_that_tell_the_same_are_refused():
    areas = [replace(area, covariates={"line": 1.0}) for area in drawn(12, seed=1)[0]]
    with pytest.raises(NotConverged, match="line"):
        fay_herriot(areas, covariates=("line",))


def test_coverage_out_of_range_is_refused():
    with pytest.raises(ArgumentInvalid, match="coverage"):
        fay_herriot(drawn(12, seed=1)[0], coverage=95)
