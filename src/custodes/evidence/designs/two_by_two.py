"""Two groups, before and after: the change of the treated less the change of the others."""

import numpy as np

from custodes.evidence.designs.answer import About, answer
from custodes.evidence.designs.comparisons import before_and_after, with_and_without
from custodes.evidence.designs.diagnostics import (
    balance,
    leave_one_out,
    no_placebo_in_time,
    placebo_in_time,
    pre_trends,
    slope_before,
    slopes_of,
)
from custodes.evidence.designs.difference import Difference, difference
from custodes.evidence.designs.group_time import clustered
from custodes.evidence.designs.panel import BoolArray, FloatArray, Panel, balanced, check_treated
from custodes.evidence.designs.types import Diagnostic, DiagnosticKind, Effect, Impact, Scale, effect_of
from custodes.evidence.errors import ArgumentInvalid, SampleTooSmall

ABOUT = About(
    design="2x2",
    source="Card & Krueger (1994); Donald & Lang (2007), doi:10.1162/rest.89.2.221: one change per unit, t interval over units",
    assumption="without the measure the treated would have moved as the others did",
)
UNITS_PER_TEST = 10
ROUNDING = 1e-9  # a draw that is the true one again is as far from zero


def two_by_two(
    panel: Panel, *, coverage: float = 0.95, permutations: int = 999, seed: int = 1, scale: Scale = Scale.LEVEL
) -> Impact:
    """Difference in differences of two groups and two spans of time.

    Shapes   panel: one start for all treated units; every unit observed in every period counts alike, or every cluster
             where the panel has them.
    Units    the unit of the outcome.
    Returns  Impact: difference of the two mean changes, unequal variances and Welch's degrees of freedom. With one treated
             unit the spread of the others' changes stands for its own: t with controls − 1.
    Refuses  ArgumentInvalid where treatment starts in several periods; SampleTooSmall without a period before, or with fewer than two controls.
    Source   Donald & Lang (2007), doi:10.1162/rest.89.2.221; Welch (1947), doi:10.1093/biomet/34.1-2.28; Conley & Taber (2011) for one treated unit.
    Checked  R synthdid did_estimate on Proposition 99, R t.test on mpdta; tests/reference/impact_designs.toml, 1e-9.
    """
    used = balanced(panel)
    start = _start(used)
    change = used.outcome[:, start:].mean(axis=1) - used.outcome[:, :start].mean(axis=1)
    values, is_treated = _by_cluster(used, change)
    found = difference(values, is_treated)
    leading = effect_of("average over treated units and periods", found.value, found.se, coverage=coverage, df=found.df)
    return answer(
        leading,
        about=ABOUT,
        panel=used,
        diagnostics=(
            _pre_trends(used, start, coverage),
            balance(used.outcome[:, :start].mean(axis=1), used.is_ever_treated),
            _leave_one_out(used, values, is_treated, leading),
            _placebo_in_time(used, start, coverage),
            _permutation_test(values, is_treated, found, draws=permutations, seed=seed),
        ),
        method="difference of mean changes, "
        + ("pooled spread of the untreated" if is_treated.sum() == 1 else "Welch interval"),
        effects=tuple(_step(used, period, start, coverage) for period in range(len(used.times)) if period != start - 1),
        naive=(with_and_without(used, coverage=coverage), before_and_after(used, coverage=coverage)),
        coverage=coverage,
        scale=scale,
    )


def _start(panel: Panel) -> int:
    check_treated(panel)
    cohorts = panel.cohorts
    if len(cohorts) > 1:
        raise ArgumentInvalid(
            f"Treatment begins in {len(cohorts)} different periods.",
            where=panel.treatment,
            remedy="Use the staggered design; a two-by-two would compare the treated with the treated.",
        )
    if (~panel.is_ever_treated).sum() < 2:
        raise SampleTooSmall(
            "Fewer than two units are untreated.", where=panel.treatment, remedy="Give units without the measure."
        )
    return cohorts[0]


def _by_cluster(panel: Panel, change: FloatArray) -> tuple[FloatArray, BoolArray]:
    """One mean change per cluster and group: what is drawn together counts once."""
    if len(np.unique(panel.clusters)) == len(panel.units):
        return change, panel.is_ever_treated
    code = panel.clusters * 2 + panel.is_ever_treated
    groups, index = np.unique(code, return_inverse=True)
    means = np.bincount(index, weights=change) / np.bincount(index)
    return means, np.asarray(groups % 2 == 1)


def _step(panel: Panel, period: int, start: int, coverage: float) -> Effect:
    """The difference since the last period before the start."""
    values, is_treated = _by_cluster(panel, panel.outcome[:, period] - panel.outcome[:, start - 1])
    found = difference(values, is_treated)
    name = f"difference in {panel.times[period]}"
    return effect_of(name, found.value, found.se, coverage=coverage, df=found.df, at=period - start)


def _pre_trends(panel: Panel, start: int, coverage: float) -> Diagnostic:
    """All steps before the start together; where one unit is treated or units are few, the slope of the difference alone."""
    if start < 2:
        return pre_trends(np.array([]), np.zeros((len(panel.units), 0)))
    steps = np.diff(panel.outcome[:, :start], axis=1)
    is_treated = panel.is_ever_treated
    if is_treated.sum() > 1 and steps.shape[1] <= len(panel.units) // UNITS_PER_TEST:
        sizes = np.where(is_treated, is_treated.sum(), (~is_treated).sum())
        means = np.where(is_treated[:, None], steps[is_treated].mean(axis=0), steps[~is_treated].mean(axis=0))
        influence = (steps - means) * (len(steps) / sizes)[:, None]
        steps_apart = steps[is_treated].mean(axis=0) - steps[~is_treated].mean(axis=0)
        return pre_trends(steps_apart, clustered(influence, panel.clusters))
    slopes, groups = _by_cluster(panel, slopes_of(panel.outcome[:, :start]))
    return slope_before(slopes, groups, coverage=coverage, who="the treated", whom="the others")


def _leave_one_out(panel: Panel, values: FloatArray, is_treated: BoolArray, leading: Effect) -> Diagnostic:
    means = {group: values[is_treated == group].mean() for group in (True, False)}
    sizes = {group: int((is_treated == group).sum()) for group in (True, False)}
    kept = [index for index in range(len(values)) if sizes[bool(is_treated[index])] > 1]
    found = []
    for index in kept:
        group = bool(is_treated[index])
        without = (means[group] * sizes[group] - values[index]) / (sizes[group] - 1)
        found.append(without - means[False] if group else means[True] - without)
    whole_units = len(values) == len(panel.units)
    names = [panel.units[index] if whole_units else f"cluster {index + 1}" for index in kept]
    return leave_one_out(names, np.array(found), whole=leading, what="unit" if whole_units else "cluster")


def _placebo_in_time(panel: Panel, start: int, coverage: float) -> Diagnostic:
    if start < 2:
        return no_placebo_in_time("There is one period before the start, so that no placebo can be tried.")
    pretended = start // 2
    early = panel.outcome[:, :start]
    values, is_treated = _by_cluster(panel, early[:, pretended:].mean(axis=1) - early[:, :pretended].mean(axis=1))
    found = difference(values, is_treated)
    placebo = effect_of("placebo", found.value, found.se, coverage=coverage, df=found.df)
    return placebo_in_time(placebo, what=f"A start pretended in {panel.times[pretended]}")


def _permutation_test(
    values: FloatArray, is_treated: BoolArray, found: Difference, *, draws: int, seed: int
) -> Diagnostic:
    """The treated drawn anew among all: the share of draws whose studentised difference is at least as far from zero."""
    observed = abs(found.value / found.se) if found.se > 0 else 0.0
    if is_treated.sum() == 1:
        drawn = np.eye(len(values), dtype=bool)[~is_treated]
    else:
        chance = np.random.default_rng(seed)
        drawn = np.array([chance.permutation(is_treated) for _ in range(draws)])
    scores = scores_of_draws(values, drawn)
    larger = int((scores >= observed * (1 - ROUNDING)).sum())
    p = (1 + larger) / (1 + len(drawn))
    return Diagnostic(
        kind=DiagnosticKind.PLACEBO_SPACE,
        statistic=observed,
        p=p,
        words=f"With others taken for the treated {len(drawn)} times, {larger} differences were as far from zero (p = {p:.3g}).",
    )


def scores_of_draws(values: FloatArray, drawn: BoolArray) -> FloatArray:
    """|difference ÷ its standard error| for each draw, as `difference` has it, from sums alone.

    Shapes   drawn: draws × values, all with as many treated.
    """
    centred = values - values.mean()
    many = int(drawn[0].sum())
    rest = len(values) - many
    total, squares = (drawn.astype(np.float64) @ np.column_stack([centred, centred**2])).T
    other = (float((centred**2).sum()) - squares - total**2 / rest) / (rest - 1)
    variance = other * (1 + 1 / rest) if many == 1 else other / rest + (squares - total**2 / many) / (many - 1) / many
    apart = total / many + total / rest
    return np.asarray(np.divide(np.abs(apart), np.sqrt(variance), out=np.zeros(len(drawn)), where=variance > 0))
