"""Naive comparisons that stand beside every answer and show how they would mislead."""

import numpy as np

from custodes.evidence.designs.panel import BoolArray, FloatArray, IntArray, Panel
from custodes.evidence.designs.types import Effect, effect_of
from custodes.evidence.errors import SampleTooSmall


def treated_cells(panel: Panel) -> BoolArray:
    """Units × periods: whether the unit was treated then."""
    return np.asarray(np.arange(len(panel.times))[None, :] >= panel.first[:, None])


def counterfactual_mean(panel: Panel, value: float) -> float:
    """The mean that the treated would have had: what they had less the change."""
    return float(np.nanmean(panel.outcome[treated_cells(panel)])) - value


def before_and_after(panel: Panel, *, coverage: float) -> Effect:
    """The treated alone, after less before: it takes every change of the times for the measure's.

    Source   mean over units of (mean after − mean before); t interval over units.
    """
    after = treated_cells(panel)
    chosen = panel.is_ever_treated & (panel.first > 0)
    outcome, is_after = panel.outcome[chosen], after[chosen]
    change = _mean_where(outcome, is_after) - _mean_where(outcome, ~is_after)
    change = change[~np.isnan(change)]
    se = float(change.std(ddof=1) / np.sqrt(change.size)) if change.size > 1 else float("nan")
    return effect_of(
        "naive: before and after, treated only", float(change.mean()), se, coverage=coverage, df=max(change.size - 1, 1)
    )


def with_and_without(panel: Panel, *, coverage: float) -> Effect:
    """Treated less untreated after the measure: it takes every difference that stood before for the measure's."""
    start = int(panel.first[panel.is_ever_treated].min())
    mean = np.nanmean(panel.outcome[:, start:], axis=1)
    treated, untreated = mean[panel.is_ever_treated], mean[~panel.is_ever_treated]
    variances = [group.var(ddof=1) / group.size for group in (treated, untreated) if group.size > 1]
    return effect_of(
        "naive: treated and untreated, after only",
        float(treated.mean() - untreated.mean()),
        float(np.sqrt(sum(variances))),
        coverage=coverage,
    )


def two_way_fixed_effects(panel: Panel, *, coverage: float) -> Effect:
    """One coefficient of treatment with unit and period effects; where treatment is staggered it compares the treated with the treated.

    Source   Goodman-Bacon (2021), doi:10.1016/j.jeconom.2021.03.014; errors clustered by `clusters`, with G ÷ (G − 1).
    Checked  methods.md §3 on mpdta; tests/reference/impact_designs.toml.
    """
    treatment = _twice_demeaned(treated_cells(panel).astype(np.float64))
    size = float((treatment**2).sum())
    if size < 1e-12:
        raise SampleTooSmall(
            "Treatment does not differ between units and periods.",
            where=panel.treatment,
            remedy="Give units that are not treated, or periods before the treatment.",
        )
    outcome = _twice_demeaned(panel.outcome)
    value = float((treatment * outcome).sum() / size)
    scores = _cluster_sums((treatment * (outcome - value * treatment)).sum(axis=1), panel.clusters)
    se = float(np.sqrt((scores**2).sum() * scores.size / (scores.size - 1)) / size)
    return effect_of("naive: two-way fixed effects", value, se, coverage=coverage, df=scores.size - 1)


def _mean_where(outcome: FloatArray, chosen: BoolArray) -> FloatArray:
    seen = chosen & ~np.isnan(outcome)
    count = seen.sum(axis=1)
    total = np.where(seen, outcome, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0))


def _twice_demeaned(values: FloatArray) -> FloatArray:
    return np.asarray(values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True) + values.mean())


def _cluster_sums(values: FloatArray, clusters: IntArray) -> FloatArray:
    return np.asarray(np.bincount(clusters, weights=values), dtype=np.float64)
