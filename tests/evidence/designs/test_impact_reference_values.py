"""Every stored answer of another program to an impact design, reproduced."""

import tomllib

import numpy as np
import pytest

from custodes.evidence.designs.block import block_of
from custodes.evidence.designs.interrupted import Errors, interrupted
from custodes.evidence.designs.rollout import rollout
from custodes.evidence.designs.staggered import staggered
from custodes.evidence.designs.sun_abraham import sun_abraham
from custodes.evidence.designs.synthetic_control import control_weights, synthetic_control
from custodes.evidence.designs.synthetic_did import synthetic_did
from custodes.evidence.designs.two_by_two import two_by_two
from tests.evidence.designs.panels import reference_panel
from tests.reference.cases import HERE

CASES = tomllib.loads((HERE / "impact_designs.toml").read_text(encoding="utf-8"))["impact"]
DESIGNS = {
    "staggered": staggered, "rollout": rollout, "synth": synthetic_control, "sdid": synthetic_did, "2x2": two_by_two,
    "its": interrupted, "sunab": sun_abraham,
}  # fmt: skip
MPDTA = {"unit": "countyreal", "time": "year", "outcome": "lemp", "first_treated": "first.treat"}
PROP99 = {"unit": "State", "time": "Year", "outcome": "PacksPerCapita", "treated": "treated"}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_design_equals_the_reference(case):
    options = dict(case["options"])
    if "errors" in options:
        options["errors"] = Errors(options["errors"])

    found = DESIGNS[case["design"]](reference_panel(case["file"], case["columns"]), **options)

    by_name = {each.estimand: each for each in (*found.effects, *found.naive)}
    tolerances = case.get("tolerances", {})
    assert found.value == pytest.approx(case["value"], rel=case["tolerance"], abs=0)
    if "se" in case:
        assert found.se == pytest.approx(case["se"], rel=tolerances.get("se", case["tolerance"]), abs=0)
    for name, (value, se) in case.get("effects", {}).items():
        assert by_name[name].value == pytest.approx(value, rel=case["tolerance"], abs=0)
        assert by_name[name].se == pytest.approx(se, rel=tolerances.get("se", case["tolerance"]), abs=0)
    for name, value in case.get("points", {}).items():
        assert by_name[name].value == pytest.approx(value, abs=tolerances["points"])


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_reference_of_a_design_names_source_version_and_tolerance(case):
    assert len(case["source"]) > 10
    assert case["version"]
    assert 0 < case["tolerance"] <= 2e-4


def test_two_by_two_equals_welch_test_of_another_program():
    """R 4.2.2, t.test((after - before) ~ cohort) on mpdta, cohort of 2007 against the never treated."""
    panel = reference_panel("did_mpdta/mpdta.csv", MPDTA)
    panel = panel.of((panel.first == 4) | (panel.first == 5))

    found = two_by_two(panel)

    assert found.value == pytest.approx(-0.0431060328086983, rel=1e-12)
    assert found.se == pytest.approx(0.01843046069824694, rel=1e-12)
    assert found.p == pytest.approx(0.02014582516109607, rel=1e-10)
    assert (found.low, found.high) == pytest.approx((-0.07940791094570307, -0.00680415467169351), rel=1e-10)


def test_sun_abraham_equals_the_saturated_regression_of_another_program():
    """pyfixest, event_study(estimator="saturated"), aggregated by shares; its errors carry G ÷ (G − 1) × (N − 1) ÷ (N − K), K = 17.

    It takes the shares of cohorts as given where two cohorts are averaged, so that errors are compared where one stands alone.
    """
    expected = {-4: (0.003306, 0.024555), -3: (0.025022, None), -2: (0.024459, None), 0: (-0.019932, None),
                1: (-0.050957, None), 2: (-0.137259, 0.036589), 3: (-0.100811, 0.034504)}  # fmt: skip
    factor = np.sqrt(500 / 499 * 2499 / 2483)

    found = {each.at: each for each in sun_abraham(reference_panel("did_mpdta/mpdta.csv", MPDTA)).effects}

    assert sorted(found) == sorted(expected)
    for at, (value, se) in expected.items():
        assert found[at].value == pytest.approx(value, abs=6e-7)
        assert se is None or found[at].se * factor == pytest.approx(se, abs=6e-7)


def test_two_way_fixed_effects_beside_the_answer_has_the_error_of_another_program():
    """pyfixest gives 0.013265 with (N − 1) ÷ (N − K), K = 6, more; methods.md §3 gives 0.013255."""
    (naive, _) = staggered(reference_panel("did_mpdta/mpdta.csv", MPDTA)).naive

    assert naive.se * np.sqrt(2499 / 2494) == pytest.approx(0.013265, abs=6e-7)
    assert naive.se == pytest.approx(0.013255, rel=5e-4)


def test_pre_trends_of_mpdta_do_not_differ():
    """R did prints "P-value for pre-test of parallel trends assumption" 0.16812 in its vignette."""
    found = staggered(reference_panel("did_mpdta/mpdta.csv", MPDTA)).diagnostics[0]

    assert found.p == pytest.approx(0.16812, abs=5e-6)


def test_police_training_says_no_clear_effect_and_the_naive_comparison_would_mislead():
    columns = {"unit": "uid", "time": "period", "outcome": "complaints", "first_treated": "first_trained"}
    found = rollout(reference_panel("police_pj_training/pj_officer_level_balanced.parquet", columns), permutations=9)

    naive = found.naive[0]
    assert found.sentence.startswith("No clear effect on complaints: compatible with −15.7 % to +9 %")
    assert found.sentence.endswith("not established.")
    assert not found.is_established
    assert naive.high < 0
    assert naive.p < 1e-50


def test_weights_of_synthetic_california_are_the_known_states():
    block, _ = block_of(reference_panel("prop99/california_prop99.csv", PROP99))
    weights = dict(zip(block.control_names, control_weights(block), strict=True))

    assert sorted(name for name, weight in weights.items() if weight > 0) == [
        "Colorado", "Connecticut", "Montana", "Nevada", "New Hampshire", "Utah",
    ]  # fmt: skip
