"""Every design answers for every diagnostic, with a figure or with the reason why it admits none; none can be dropped."""

from dataclasses import replace

import numpy as np
import pytest

from custodes.evidence.designs.adoption import cohort_of_clusters, degrees_of_freedom, path_weights, starts_drawn_anew
from custodes.evidence.designs.aggregation import Aggregation, aggregated, overall_weights
from custodes.evidence.designs.difference import difference
from custodes.evidence.designs.group_time import Control, clustered, group_time_effects
from custodes.evidence.designs.interrupted import Errors, interrupted
from custodes.evidence.designs.rollout import rollout
from custodes.evidence.designs.staggered import staggered
from custodes.evidence.designs.sun_abraham import sun_abraham
from custodes.evidence.designs.synthetic_control import synthetic_control
from custodes.evidence.designs.synthetic_did import synthetic_did
from custodes.evidence.designs.two_by_two import scores_of_draws, two_by_two
from custodes.evidence.designs.types import OF_EVERY_DESIGN, DiagnosticKind
from tests.evidence.designs.panels import drawn_panel, panel_of

Kind = DiagnosticKind
NOT_ADMITTED = {
    two_by_two: set(),
    staggered: set(),
    sun_abraham: set(),
    rollout: set(),
    synthetic_control: {Kind.PRE_TRENDS},
    synthetic_did: {Kind.PRE_TRENDS},
    interrupted: {Kind.PRE_TRENDS, Kind.BALANCE, Kind.PLACEBO_SPACE},
}
BESIDES = {synthetic_control: {Kind.FIT}, synthetic_did: {Kind.FIT}, interrupted: {Kind.RESIDUALS}}
QUICK = {
    staggered: {"draws": 9, "permutations": 19},
    sun_abraham: {"draws": 9, "permutations": 19},
    rollout: {"permutations": 19},
    two_by_two: {"permutations": 19},
}


def _panel(design, *, effect=0.0):
    if design is interrupted:
        noise = np.random.default_rng(4).normal(size=60)
        return panel_of([50 + noise + effect * (np.arange(60) >= 30)], [30])
    if design in (two_by_two, synthetic_control, synthetic_did):
        return drawn_panel(3, effect=effect, units=12, starts=(5, 8, 8))
    return drawn_panel(3, effect=effect)


def _found(design, *, effect=0.0):
    return design(_panel(design, effect=effect), **QUICK.get(design, {}))


def _of_kind(found, kind):
    return next(each for each in found.diagnostics if each.kind is kind)


@pytest.mark.parametrize("design", NOT_ADMITTED, ids=lambda each: each.__name__)
def test_design_answers_for_every_diagnostic_or_says_why_not(design):
    found = _found(design)

    kinds = [each.kind for each in found.diagnostics]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) == found.needs == OF_EVERY_DESIGN | BESIDES.get(design, set())
    assert {each.kind for each in found.diagnostics if not each.applies} == NOT_ADMITTED[design]
    for each in found.diagnostics:
        assert each.applies != each.words.startswith("Does not apply: ")
        assert each.applies == np.isfinite(each.statistic)


@pytest.mark.parametrize("design", NOT_ADMITTED, ids=lambda each: each.__name__)
def test_no_diagnostic_can_be_dropped_not_even_by_needing_none(design):
    found = _found(design)

    for dropped in found.diagnostics:
        rest = tuple(each for each in found.diagnostics if each is not dropped)
        with pytest.raises(ValueError, match=f"without its diagnostics: {dropped.kind}"):
            replace(found, diagnostics=rest)
    with pytest.raises(ValueError, match="cannot stand without its diagnostics"):
        replace(found, diagnostics=(), needs=frozenset())


@pytest.mark.parametrize("design", [staggered, sun_abraham, rollout, two_by_two], ids=lambda each: each.__name__)
def test_placebo_in_space_finds_a_sure_effect_and_none_where_there_is_none(design):
    assert _of_kind(_found(design, effect=8.0), Kind.PLACEBO_SPACE).p == pytest.approx(1 / 20)
    assert _of_kind(_found(design), Kind.PLACEBO_SPACE).p > 0.05


@pytest.mark.parametrize("design", [staggered, rollout, two_by_two], ids=lambda each: each.__name__)
def test_drift_of_the_treated_before_the_measure_is_a_caution(design):
    panel = _panel(design)
    drift = np.arange(panel.outcome.shape[1])[None, :] * (panel.first == panel.first.min())[:, None]

    found = design(replace(panel, outcome=panel.outcome + 3.0 * drift), **QUICK.get(design, {}))

    assert _of_kind(found, Kind.PRE_TRENDS).is_warning
    assert "Caution:" in found.sentence


@pytest.mark.parametrize("control", Control)
@pytest.mark.parametrize("kind", Aggregation)
def test_overall_effect_is_its_weights_times_the_cells_and_times_the_paths(kind, control):
    panel = drawn_panel(5, effect=1.0, starts=(3, 5, 5, 8))
    effects = group_time_effects(panel, control=control)
    starts = np.unique(panel.first)

    overall = aggregated(effects, kind).overall

    weights = path_weights(effects, kind, starts)
    means = np.array([panel.outcome[panel.first == start].mean(axis=0) for start in starts])
    assert overall_weights(effects, kind) @ effects.value == pytest.approx(overall, rel=1e-12)
    assert (weights * means).sum() == pytest.approx(overall, rel=1e-9)
    assert np.abs(weights.sum(axis=1)).max() < 1e-12  # what stood before is forgiven


def test_starts_are_dealt_out_among_clusters_and_only_where_these_start_together():
    panel = drawn_panel(6, units=60)
    together = replace(panel, clusters=np.argsort(np.argsort(panel.first, kind="stable")) // 4)
    apart = replace(panel, clusters=np.arange(60) // 4)

    whole, none = (
        starts_drawn_anew(group_time_effects(each, control=Control.NEVER), Aggregation.SIMPLE, draws=19, seed=1)
        for each in (together, apart)
    )

    assert whole.applies
    assert not none.applies
    assert "one cluster start at different times" in none.words
    assert cohort_of_clusters(apart) is None


def test_degrees_of_freedom_are_those_of_welch_for_two_groups():
    panel = drawn_panel(2, units=30, starts=(3, 8, 8))
    influence = group_time_effects(panel, control=Control.NEVER).influence[:, -1]
    treated, others = (panel.outcome[panel.first == start] for start in (3, 8))
    parts = [(group[:, 7] - group[:, 2]).var() / len(group) for group in (treated, others)]

    found = degrees_of_freedom(clustered(influence[:, None], panel.clusters)[:, 0], panel)

    assert found == pytest.approx(sum(parts) ** 2 / (parts[0] ** 2 / 9 + parts[1] ** 2 / 19))


def test_interrupted_series_has_fewer_degrees_of_freedom_the_less_is_known_of_its_correlation():
    chance = np.random.default_rng(2)
    noise, chained = chance.normal(size=60), np.zeros(60)
    for at in range(1, 60):
        chained[at] = 0.8 * chained[at - 1] + noise[at]

    plain, hanging = (interrupted(panel_of([each], [30])) for each in (noise, chained))

    assert 1 <= hanging.df < plain.df <= 56
    assert interrupted(panel_of([chained], [30]), errors=Errors.NEWEY_WEST).df == 56


@pytest.mark.parametrize("treated", [1, 2, 9])
def test_scores_of_drawn_groups_are_those_of_each_difference(treated):
    chance = np.random.default_rng(8)
    values = 50 + chance.normal(size=30)
    drawn = np.array([chance.permutation(np.arange(30) < treated) for _ in range(20)])
    each = [difference(values, one) for one in drawn]

    assert scores_of_draws(values, drawn) == pytest.approx([abs(one.value / one.se) for one in each], rel=1e-9)
