"""What designs with several starts share: effects over the time since treatment, and diagnostics of cohorts."""

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from custodes.evidence.designs.aggregation import Aggregated, Aggregation, aggregated, overall_weights
from custodes.evidence.designs.diagnostics import (
    balance,
    leave_one_out,
    no_placebo_in_time,
    placebo_in_time,
    pre_trends,
)
from custodes.evidence.designs.group_time import (
    Control,
    GroupTimeEffects,
    clustered,
    standard_errors,
    uniform_critical_value,
)
from custodes.evidence.designs.panel import FloatArray, IntArray, Panel
from custodes.evidence.designs.types import Diagnostic, DiagnosticKind, Effect, does_not_apply, effect_of
from custodes.evidence.intervals import t_quantile

FEW_CLUSTERS = 100  # fewer, and the bootstrap's band held in 89 to 90 of 100 simulations of 12 and 24 units
UNITS_PER_TEST = 10  # a Wald test of more effects than a tenth of the units has no trustworthy covariance


def degrees_of_freedom(influence: FloatArray, panel: Panel) -> float:
    """How much is known of a standard error that rests on the spread within several cohorts, some of which weigh more.

    Shapes   influence: one per cluster of the panel.
    Source   Welch (1947), doi:10.1093/biomet/34.1-2.28: (Σ vₖ)² ÷ Σ vₖ² ÷ (nₖ − 1), where vₖ is what the nₖ clusters of a cohort add to the
             variance. Where a cluster has units of several cohorts: clusters − 1.
    """
    code = cohort_of_clusters(panel)
    if code is None:
        return float(max(1, len(influence) - 1))
    parts, many = np.bincount(code, weights=influence**2), np.bincount(code)
    known = many > 1
    squares = float((parts[known] ** 2 / (many[known] - 1)).sum())
    return max(1.0, float(parts.sum()) ** 2 / squares) if squares > 0 else float(max(1, len(influence) - len(parts)))


def cohort_of_clusters(panel: Panel) -> IntArray | None:
    """The cohort of each cluster, numbered by start; None where some cluster has units of several."""
    code = np.unique(np.minimum(panel.first, len(panel.times)), return_inverse=True)[1]
    found = np.zeros(int(panel.clusters.max()) + 1, dtype=np.int64)
    found[panel.clusters] = code
    return found if (found[panel.clusters] == code).all() else None


def event_times(panel: Panel, found: Aggregated, coverage: float, *, draws: int, seed: int) -> tuple[Effect, ...]:
    """The effect at each time since treatment, with its own interval and a band that holds for all of them at once.

    The bootstrap's critical value supposes many clusters. What it says is a level: that at which each effect must be told for all to hold at
    once. The band takes Student's t at that level with the effect's own degrees of freedom, and is never narrower than the effect's own interval.
    Of few clusters the bootstrap learns too little how effects hang together, and the level is that which holds however they do.

    Source   Dunn (1961), doi:10.1080/01621459.1961.10482090, for few clusters; coverage of both: docs/explanation/coverage.md.
    """
    influence = clustered(found.influence, panel.clusters)
    errors = standard_errors(influence)
    critical = uniform_critical_value(influence, coverage=coverage, draws=draws, seed=seed)
    level = max(coverage, 2 * NormalDist().cdf(critical) - 1)
    if len(influence) < FEW_CLUSTERS:
        level = max(level, 1 - (1 - coverage) / len(errors))
    effects = []
    for at, value, se, own in zip(found.at, found.value, errors, influence.T, strict=True):
        df = degrees_of_freedom(own, panel)
        half = t_quantile(level, df) * float(se)
        effect = effect_of(f"event time {at}", float(value), float(se), coverage=coverage, df=df, at=at)
        effects.append(replace(effect, band_low=float(value) - half, band_high=float(value) + half))
    return tuple(effects)


def cohort_diagnostics(
    effects: GroupTimeEffects,
    dynamic: Aggregated,
    kind: Aggregation,
    leading: Effect,
    *,
    coverage: float,
    permutations: int,
    seed: int,
) -> tuple[Diagnostic, ...]:
    """All that can be checked of cohorts against their controls; power is added to every answer."""
    panel = effects.panel
    before = ~effects.is_after
    early = np.array(dynamic.at) < 0
    # Where everybody is treated in the end, the last cohort is what the others are compared with.
    compared = panel.first < max(panel.cohorts) if panel.is_ever_treated.all() else panel.is_ever_treated
    value, influence = effects.value[before], effects.influence[:, before]
    if value.size > int(panel.clusters.max() + 1) // UNITS_PER_TEST:
        value, influence = dynamic.value[early], dynamic.influence[:, early]
    return (
        pre_trends(value, clustered(influence, panel.clusters)),
        balance(panel.outcome[:, : min(panel.cohorts)].mean(axis=1), compared),
        cohort_left_out(effects, kind, leading),
        placebo_before(panel, dynamic.value[early], dynamic.influence[:, early], coverage),
        starts_drawn_anew(effects, kind, draws=permutations, seed=seed),
    )


def placebo_before(panel: Panel, value: FloatArray, influence: FloatArray, coverage: float) -> Diagnostic:
    """The average of the effects that the same design finds before the treatment."""
    if value.size == 0:
        return no_placebo_in_time("No cohort has two periods before its treatment, so that no placebo can be tried.")
    of_clusters = clustered(influence.mean(axis=1)[:, None], panel.clusters)
    se, df = standard_errors(of_clusters)[0], degrees_of_freedom(of_clusters[:, 0], panel)
    placebo = effect_of("placebo", float(value.mean()), float(se), coverage=coverage, df=df)
    return placebo_in_time(placebo, what="The average step before the treatment")


def cohort_left_out(effects: GroupTimeEffects, kind: Aggregation, leading: Effect) -> Diagnostic:
    """The answer without each cohort in turn."""
    cohorts = [int(each) for each in np.unique(effects.cohort[effects.is_after])]
    names, values = [], []
    for cohort in cohorts if len(cohorts) > 1 else []:
        names.append(f"the cohort of {effects.panel.times[cohort]}")
        values.append(aggregated(effects.of(effects.cohort != cohort), kind).overall)
    return leave_one_out(names, np.array(values), whole=leading, what="cohort")


@dataclass(frozen=True, slots=True)
class _Scores:
    """The overall effect as a difference of sums, whichever cohort a cluster is drawn into.

    Shapes   score: clusters × cohorts, the sum of its units' paths times the weights of that cohort; size: units of each cluster.
             code: the cohort that each cluster is in.
    """

    score: FloatArray
    size: FloatArray
    code: IntArray


def starts_drawn_anew(effects: GroupTimeEffects, kind: Aggregation, *, draws: int, seed: int) -> Diagnostic:
    """The starts dealt out anew among the clusters: how often their studentised effect lies as far from zero.

    Source   Fisher's test with a studentised figure, which also holds for an average: Wu & Ding (2021), doi:10.1080/01621459.2020.1750415.
    Checked  its size in simulations, docs/explanation/coverage.md; a sure effect is found, tests/evidence/designs/test_diagnostics.py.
    """
    panel = effects.panel
    of_cluster = cohort_of_clusters(panel)
    if of_cluster is None:
        return does_not_apply(
            DiagnosticKind.PLACEBO_SPACE,
            "units of one cluster start at different times, so that no clusters can be drawn.",
        )
    starts = np.unique(np.minimum(panel.first, len(panel.times)))
    paths = panel.outcome @ path_weights(effects, kind, starts).T
    score = np.zeros((len(of_cluster), len(starts)))
    np.add.at(score, panel.clusters, paths)
    scores = _Scores(score, np.bincount(panel.clusters).astype(np.float64), of_cluster)
    observed = _studentised(scores, of_cluster)
    chance = np.random.default_rng(seed)
    larger = sum(_studentised(scores, chance.permutation(of_cluster)) >= observed for _ in range(draws))
    p = (1 + larger) / (1 + draws)
    return Diagnostic(
        kind=DiagnosticKind.PLACEBO_SPACE,
        statistic=observed,
        p=p,
        words=f"With the starts dealt out anew {draws} times, {larger} draws gave a figure at least as far from zero (p = {p:.3g}).",
    )


def path_weights(effects: GroupTimeEffects, kind: Aggregation, starts: IntArray) -> FloatArray:
    """Cohorts × periods: the overall effect is the sum, over cohorts, of the mean path times these weights."""
    panel = effects.panel
    first = np.minimum(panel.first, len(panel.times))
    size = np.array([(first == start).sum() for start in starts], dtype=np.float64)
    found = np.zeros((len(starts), len(panel.times)))
    cells = zip(effects.cohort, effects.period, effects.base, overall_weights(effects, kind), strict=True)
    for cohort, period, base, weight in cells:
        if weight == 0:
            continue
        controls = starts >= len(panel.times) if effects.control is Control.NEVER else starts > max(period, base)
        shares = np.where(controls & (starts != cohort), size, 0.0)
        own = (starts == cohort) - shares / shares.sum()
        found[:, period] += weight * own
        found[:, base] -= weight * own
    return found


def _studentised(scores: _Scores, code: IntArray) -> float:
    """|effect ÷ its standard error| with the spread of each cohort's clusters; zero where there is no spread."""
    own = scores.score[np.arange(len(code)), code]
    units = np.bincount(code, weights=scores.size)
    mean = np.bincount(code, weights=own) / units
    residual = own - scores.size * mean[code]
    many = np.bincount(code)
    spread = np.bincount(code, weights=residual**2) / units**2
    variance = float((spread * np.divide(many, many - 1, out=np.zeros(len(many)), where=many > 1)).sum())
    return abs(float(mean.sum())) / float(np.sqrt(variance)) if variance > 0 else 0.0
