"""What every impact design keeps, and what each refuses."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.evidence.designs.aggregation import Aggregation
from custodes.evidence.designs.group_time import Control, uniform_critical_value
from custodes.evidence.designs.interrupted import Errors, fitted_at, interrupted
from custodes.evidence.designs.panel import panel_of_table
from custodes.evidence.designs.rollout import rollout
from custodes.evidence.designs.sentences import sentence_of
from custodes.evidence.designs.staggered import staggered
from custodes.evidence.designs.sun_abraham import sun_abraham
from custodes.evidence.designs.synthetic_control import synthetic_control
from custodes.evidence.designs.synthetic_did import synthetic_did
from custodes.evidence.designs.two_by_two import two_by_two
from custodes.evidence.designs.types import Scale
from custodes.evidence.errors import ArgumentInvalid, ColumnMissing, ColumnNotNumeric, SampleTooSmall
from tests.evidence.designs.panels import drawn_panel, moved, panel_of
from tests.evidence.samples import table_of

MANY_STARTS = [staggered, sun_abraham, rollout]
ONE_START = [two_by_two, synthetic_control, synthetic_did]
QUICK = {
    staggered: {"draws": 49, "permutations": 9},
    sun_abraham: {"draws": 49, "permutations": 9},
    rollout: {"permutations": 9},
    two_by_two: {"permutations": 9},
}
SEEDS = st.integers(0, 10**6)


def _panel(design, seed, effect=0.0):
    if design in MANY_STARTS:
        return drawn_panel(seed, effect=effect)
    return drawn_panel(seed, effect=effect, units=12, starts=(5, 8, 8))


def _series(seed, *, effect=0.0, periods=60, start=30):
    noise = np.random.default_rng(seed).normal(size=periods)
    errors = np.zeros(periods)
    for at in range(1, periods):
        errors[at] = 0.5 * errors[at - 1] + noise[at]
    return panel_of([50 + 0.1 * np.arange(periods) + errors + effect * (np.arange(periods) >= start)], [start])


@pytest.mark.parametrize("design", MANY_STARTS + ONE_START, ids=lambda each: each.__name__)
@settings(deadline=None, max_examples=6)
@given(seed=SEEDS, factor=st.floats(0.1, 10))
def test_answer_scales_with_the_outcome_and_forgets_its_level(design, seed, factor):
    panel, options = _panel(design, seed), QUICK.get(design, {})

    plain, changed = design(panel, **options), design(moved(panel, add=40.0, times=factor), **options)

    assert changed.value == pytest.approx(factor * plain.value, rel=1e-6, abs=1e-8)
    assert changed.se == pytest.approx(factor * plain.se, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("design", [*MANY_STARTS, two_by_two], ids=lambda each: each.__name__)
@settings(deadline=None, max_examples=6)
@given(seed=SEEDS)
def test_constant_effect_moves_the_answer_by_itself_and_not_its_error(design, seed):
    options = QUICK.get(design, {})

    without, with_effect = design(_panel(design, seed), **options), design(_panel(design, seed, effect=2.5), **options)

    assert with_effect.value - without.value == pytest.approx(2.5, abs=1e-9)
    assert with_effect.se == pytest.approx(without.se, rel=1e-9)


@pytest.mark.parametrize("design", MANY_STARTS + ONE_START, ids=lambda each: each.__name__)
def test_order_of_units_changes_nothing(design):
    panel, options = _panel(design, 5), QUICK.get(design, {})
    order = np.random.default_rng(1).permutation(len(panel.units))
    turned = replace(
        panel,
        units=tuple(panel.units[each] for each in order),
        outcome=panel.outcome[order],
        first=panel.first[order],
    )

    assert design(turned, **options).value == pytest.approx(design(panel, **options).value, rel=1e-9)


@pytest.mark.parametrize("design", MANY_STARTS + ONE_START, ids=lambda each: each.__name__)
def test_result_cannot_lose_a_diagnostic(design):
    found = design(_panel(design, 3), **QUICK.get(design, {}))

    assert found.needs <= {each.kind for each in found.diagnostics}
    assert found.naive
    with pytest.raises(ValueError, match="cannot stand without its diagnostics"):
        replace(found, diagnostics=found.diagnostics[1:])


@pytest.mark.parametrize("design", MANY_STARTS + ONE_START, ids=lambda each: each.__name__)
@settings(deadline=None, max_examples=8)
@given(seed=SEEDS, effect=st.sampled_from([0.0, 0.4, 3.0]))
def test_sentence_claims_no_more_than_the_interval(design, seed, effect):
    found = design(_panel(design, seed, effect), **QUICK.get(design, {}))

    assert found.sentence.startswith("No clear effect") == (not found.is_established)
    if found.low <= 0 <= found.high:
        assert "not established" in found.sentence


def test_same_seed_gives_the_same_band():
    panel = drawn_panel(2)

    assert staggered(panel, draws=99, seed=4).effects == staggered(panel, draws=99, seed=4).effects
    assert (
        staggered(panel, draws=99, seed=4).effects[0].band_low != staggered(panel, draws=99, seed=5).effects[0].band_low
    )


def test_uniform_band_of_one_effect_is_the_normal_interval():
    influence = np.random.default_rng(3).normal(size=(400, 1))

    found = uniform_critical_value(influence - influence.mean(), coverage=0.95, draws=20_000, seed=1)

    assert found == pytest.approx(1.96, abs=0.05)


def test_uniform_band_is_wider_than_each_interval():
    for effect in staggered(drawn_panel(7)).effects[:5]:
        assert effect.band_low < effect.low
        assert effect.band_high > effect.high


@pytest.mark.parametrize("design", [staggered, sun_abraham])
@pytest.mark.parametrize("units", [12, 24])
def test_band_of_few_units_is_no_narrower_than_each_interval(design, units):
    bands = [
        (effect, seed)
        for seed in range(20)
        for effect in design(drawn_panel(seed, units=units), draws=99, permutations=1).effects
        if effect.band_low is not None
    ]

    assert len(bands) > 50
    assert [seed for effect, seed in bands if effect.band_low > effect.low or effect.band_high < effect.high] == []


def test_clusters_of_copies_widen_the_error_by_the_root_of_their_size():
    panel = drawn_panel(9, units=30)
    doubled = panel_of(
        np.repeat(panel.outcome, 2, axis=0), np.repeat(panel.first, 2), clusters=np.repeat(np.arange(30), 2)
    )

    found = staggered(doubled, draws=9)

    assert found.value == pytest.approx(staggered(panel, draws=9).value, rel=1e-12)
    assert found.se == pytest.approx(staggered(panel, draws=9).se, rel=1e-12)


def test_not_yet_treated_controls_serve_where_nobody_is_never_treated():
    panel = drawn_panel(4, starts=(3, 5, 6))

    with pytest.raises(SampleTooSmall):
        staggered(panel)
    found = staggered(panel, control=Control.NOT_YET, aggregation=Aggregation.GROUP)

    assert found.estimand.startswith("group")
    assert [each.at for each in found.effects if each.at is not None and each.at >= 0] == [0, 1, 2]


def test_units_with_gaps_or_treated_throughout_are_left_out_and_counted():
    panel = drawn_panel(6)
    panel.outcome[4, 2] = np.nan
    panel.first[6] = 0

    found = staggered(panel, draws=9)

    assert found.units == 58
    assert found.notes == (
        "Left out for want of an outcome in some period: 1 of 60 units.",
        "Left out as treated from the first period on: 1 of 59 units.",
    )


@pytest.mark.parametrize("design", ONE_START, ids=lambda each: each.__name__)
def test_several_starts_are_sent_to_the_staggered_design(design):
    with pytest.raises(ArgumentInvalid, match="different periods") as caught:
        design(drawn_panel(1))

    assert "staggered" in caught.value.remedy


@pytest.mark.parametrize("errors", Errors)
def test_interrupted_series_finds_what_was_put_in(errors):
    without, with_effect = (interrupted(_series(3, effect=effect), errors=errors) for effect in (0.0, 5.0))

    assert with_effect.value - without.value == pytest.approx(5.0, abs=1e-6)
    assert with_effect.se == pytest.approx(without.se, rel=1e-6)
    assert with_effect.sentence.startswith("complaints was higher")


def test_generalised_least_squares_equals_the_dense_formula():
    panel = _series(8)
    design = np.column_stack([np.ones(60), np.arange(60), np.arange(60) >= 30]).astype(float)
    inverse = np.linalg.inv(0.4 ** np.abs(np.subtract.outer(np.arange(60), np.arange(60))))

    found = fitted_at(design, panel.outcome[0], 0.4)

    expected = np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ panel.outcome[0])
    residual = panel.outcome[0] - design @ expected
    covariance = np.linalg.inv(design.T @ inverse @ design) * (residual @ inverse @ residual) / 57
    assert found.beta == pytest.approx(expected, rel=1e-9)
    assert found.covariance == pytest.approx(covariance, rel=1e-8)


def test_interrupted_series_refuses_gaps_and_short_sides():
    gap = _series(1)
    with pytest.raises(ArgumentInvalid, match="The step from 2003 to 2005"):
        interrupted(replace(gap, times=(*gap.times[:4], *(str(2005 + each) for each in range(56)))))
    with pytest.raises(SampleTooSmall):
        interrupted(_series(1, periods=60, start=2))
    with pytest.raises(ArgumentInvalid, match="season"):
        interrupted(_series(1), season=1)


def test_one_treated_unit_borrows_the_spread_of_the_others():
    panel = panel_of([[0, 3], [0, 1], [0, 2], [0, 3]], [1, 2, 2, 2])

    found = two_by_two(panel)

    assert found.value == pytest.approx(1.0)
    assert found.se == pytest.approx(np.sqrt(1 * (1 + 1 / 3)))


@pytest.mark.parametrize(
    ("scale", "low", "high", "counterfactual", "words"),
    [
        (Scale.LEVEL, -18.0, 2.0, 100.0, "−18 % to +2 % (−18 to +2)"),
        (
            Scale.LEVEL,
            -18.0,
            2.0,
            0.0,
            "compatible with −18 to +2 (95 % interval), provided that all else stayed; not established",
        ),
        (
            Scale.LEVEL,
            1.0,
            2.0,
            0.0,
            "provided that all else stayed; the interval leaves out zero while the test does not (p = 0.1)",
        ),
        (Scale.LOG, -0.2, 0.1, 5.0, "−18.1 % to +10.5 % (−0.2 to +0.1 in logarithms)"),
    ],
)
def test_sentence_gives_per_cent_only_where_it_means_something(scale, low, high, counterfactual, words):
    found = sentence_of(
        outcome="deaths", low=low, high=high, p=0.1, coverage=0.95, counterfactual=counterfactual, scale=scale,
        assumption="all else stayed", diagnostics=(),
    )  # fmt: skip

    assert words in found
    assert found.startswith("No clear effect on deaths")
    assert found.endswith("not established.")


ROWS = [
    {
        "unit": unit,
        "time": time,
        "y": float(unit + time),
        "on": int(unit == 1 and time >= 2),
        "g": 2 if unit == 1 else 0,
    }
    for unit in (1, 2, 3)
    for time in (1, 2, 3)
]
COLUMNS = {"unit": "unit", "time": "time", "outcome": "y"}


def test_panel_is_the_same_from_states_starts_and_since():
    flagged = [{**row, "on": int(row["unit"] == 1)} for row in ROWS]

    by_state = panel_of_table(table_of(ROWS), **COLUMNS, treated="on")
    by_start = panel_of_table(table_of(ROWS[::-1]), **COLUMNS, first_treated="g")
    since = panel_of_table(table_of(flagged), **COLUMNS, treated="on", since="2")

    for panel in (by_state, by_start, since):
        assert panel.first.tolist() == [1, 3, 3]
        assert panel.times == ("1", "2", "3")
        assert panel.outcome.tolist() == [[2.0, 3.0, 4.0], [3.0, 4.0, 5.0], [4.0, 5.0, 6.0]]


@pytest.mark.parametrize(
    ("change", "arguments", "problem", "where"),
    [
        ({0: {"on": 2}}, {"treated": "on"}, ArgumentInvalid, "row 1, column on"),
        ({2: {"on": 0}}, {"treated": "on"}, ArgumentInvalid, "row 3, column on"),
        ({1: {"time": 1}}, {"treated": "on"}, ArgumentInvalid, "row 2, columns unit and time"),
        ({4: {"unit": None}}, {"treated": "on"}, ArgumentInvalid, "row 5, column unit"),
        ({1: {"g": 3}}, {"first_treated": "g"}, ArgumentInvalid, "row 2, column g"),
        ({}, {"treated": "no"}, ColumnMissing, "--treated"),
        ({}, {"treated": "on", "since": "9"}, ArgumentInvalid, "--since"),
        ({}, {}, ArgumentInvalid, "--treated, --first-treated"),
        ({}, {"treated": "on", "first_treated": "g"}, ArgumentInvalid, "--treated, --first-treated"),
    ],
)
def test_panel_refuses_with_row_and_column(change, arguments, problem, where):
    rows = [{**row, **change.get(index, {})} for index, row in enumerate(ROWS)]

    with pytest.raises(problem) as caught:
        panel_of_table(table_of(rows), **COLUMNS, **arguments)

    assert caught.value.where == where
    assert caught.value.remedy


def test_start_written_as_text_zero_is_never():
    rows = [{**row, "time": f"2024-0{row['time']}", "g": "2024-02" if row["unit"] == 1 else "0"} for row in ROWS]

    assert panel_of_table(table_of(rows), **COLUMNS, first_treated="g").first.tolist() == [1, 3, 3]


def test_panel_refuses_text_for_an_outcome():
    rows = [{**row, "y": "many" if index == 3 else "1"} for index, row in enumerate(ROWS)]

    with pytest.raises(ColumnNotNumeric) as caught:
        panel_of_table(table_of(rows), **COLUMNS, treated="on")

    assert caught.value.where == "row 4, column y"
