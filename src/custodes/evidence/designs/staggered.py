"""Staggered adoption: units come under the measure at different times; each cohort is compared with those not treated yet, or never."""

from dataclasses import replace

import numpy as np

from custodes.evidence.designs.aggregation import Aggregated, Aggregation, aggregated
from custodes.evidence.designs.answer import answer
from custodes.evidence.designs.comparisons import before_and_after, counterfactual_mean, two_way_fixed_effects
from custodes.evidence.designs.diagnostics import (
    balance,
    leave_one_out,
    no_placebo_in_time,
    placebo_in_time,
    pre_trends,
)
from custodes.evidence.designs.group_time import (
    Base,
    Control,
    GroupTimeEffects,
    clustered,
    group_time_effects,
    standard_errors,
    uniform_critical_value,
)
from custodes.evidence.designs.panel import FloatArray, Panel, balanced, without_always_treated
from custodes.evidence.designs.types import (
    Diagnostic,
    DiagnosticKind,
    Effect,
    Impact,
    Scale,
    effect_of,
    power_diagnostic,
)
from custodes.evidence.errors import SampleTooSmall

NEEDS = frozenset(
    {
        DiagnosticKind.PRE_TRENDS,
        DiagnosticKind.BALANCE,
        DiagnosticKind.LEAVE_ONE_OUT,
        DiagnosticKind.PLACEBO_TIME,
        DiagnosticKind.POWER,
    }
)
SOURCE = "Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001"
UNITS_PER_TEST = 10  # a Wald test of more effects than a tenth of the units has no trustworthy covariance
WORDS = {
    Aggregation.SIMPLE: "average over treated units and periods",
    Aggregation.DYNAMIC: "average over times since treatment",
    Aggregation.GROUP: "average over cohorts",
    Aggregation.CALENDAR: "average over periods",
}


def staggered(
    panel: Panel,
    *,
    control: Control = Control.NEVER,
    aggregation: Aggregation = Aggregation.SIMPLE,
    coverage: float = 0.95,
    draws: int = 999,
    seed: int = 1,
    scale: Scale = Scale.LEVEL,
) -> Impact:
    """The effect of a measure that units come under at different times.

    Shapes   panel: units × periods; units that lack a period, and those treated from the first on, are left out and counted in the notes.
    Units    the unit of the outcome.
    Returns  Impact: overall effect by `aggregation` with analytic standard error from influence functions, clustered where the panel has
             clusters; effects: the event times with pointwise intervals and a uniform band, then the overall effect of all four
             aggregations; naive: two-way fixed effects, and before and after.
    Refuses  SampleTooSmall where no cohort of two units has two controls.
    Source   Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001.
    Checked  R did on mpdta; tests/reference/impact_designs.toml, 1e-8.
    """
    used = without_always_treated(balanced(panel))
    _check_controls(used, control)
    effects = group_time_effects(used, control=control, base=Base.VARYING)
    summed = {kind: aggregated(effects, kind) for kind in Aggregation}
    overall = {kind: _overall(used, kind, found, coverage) for kind, found in summed.items()}
    leading = overall[aggregation]
    counterfactual = counterfactual_mean(used, leading.value)
    diagnostics = (
        *_diagnostics(effects, summed[Aggregation.DYNAMIC], aggregation, leading, coverage),
        power_diagnostic(leading.se, counterfactual=counterfactual, coverage=coverage),
    )
    return answer(
        leading,
        design="staggered",
        panel=used,
        diagnostics=diagnostics,
        needs=NEEDS,
        counterfactual=counterfactual,
        coverage=coverage,
        scale=scale,
        assumption="without the measure the treated would have moved as their controls did",
        method=f"group-time effects, {control} treated controls, analytic standard errors, {draws} bootstrap draws for the band",
        source=SOURCE,
        effects=(*event_times(used, summed[Aggregation.DYNAMIC], coverage, draws=draws, seed=seed), *overall.values()),
        naive=(two_way_fixed_effects(used, coverage=coverage), before_and_after(used, coverage=coverage)),
    )


def event_times(panel: Panel, found: Aggregated, coverage: float, *, draws: int, seed: int) -> tuple[Effect, ...]:
    """The effect at each time since treatment, with its own interval and a band that holds for all of them at once."""
    influence = clustered(found.influence, panel.clusters)
    errors = standard_errors(influence)
    critical = uniform_critical_value(influence, coverage=coverage, draws=draws, seed=seed)
    return tuple(
        replace(
            effect_of(f"event time {at}", float(value), float(se), coverage=coverage, at=at),
            band_low=float(value - critical * se),
            band_high=float(value + critical * se),
        )
        for at, value, se in zip(found.at, found.value, errors, strict=True)
    )


def _overall(panel: Panel, kind: Aggregation, found: Aggregated, coverage: float) -> Effect:
    se = standard_errors(clustered(found.overall_influence[:, None], panel.clusters))[0]
    return effect_of(f"{kind}: {WORDS[kind]}", found.overall, float(se), coverage=coverage)


def _check_controls(panel: Panel, control: Control) -> None:
    if control is Control.NEVER and (~panel.is_ever_treated).sum() < 2:
        raise SampleTooSmall(
            "Fewer than two units are never treated.",
            where="treatment",
            remedy="Compare with those not treated yet: --control not-yet.",
        )


def _diagnostics(
    effects: GroupTimeEffects, dynamic: Aggregated, aggregation: Aggregation, leading: Effect, coverage: float
) -> tuple[Diagnostic, ...]:
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
        cohort_left_out(effects, aggregation, leading),
        placebo_before(panel, dynamic.value[early], dynamic.influence[:, early], coverage),
    )


def placebo_before(panel: Panel, value: FloatArray, influence: FloatArray, coverage: float) -> Diagnostic:
    """The average of the effects that the same design finds before the treatment."""
    if value.size == 0:
        return no_placebo_in_time("No cohort has two periods before its treatment, so that no placebo can be tried.")
    se = standard_errors(clustered(influence.mean(axis=1)[:, None], panel.clusters))[0]
    placebo = effect_of("placebo", float(value.mean()), float(se), coverage=coverage)
    return placebo_in_time(placebo, what="The average step before the treatment")


def cohort_left_out(effects: GroupTimeEffects, kind: Aggregation, leading: Effect) -> Diagnostic:
    """The answer without each cohort in turn."""
    cohorts = [int(each) for each in np.unique(effects.cohort[effects.is_after])]
    names, values = [], []
    for cohort in cohorts if len(cohorts) > 1 else []:
        kept = effects.cohort != cohort
        part = GroupTimeEffects(
            effects.panel, effects.cohort[kept], effects.period[kept], effects.value[kept], effects.influence[:, kept]
        )
        names.append(f"the cohort of {effects.panel.times[cohort]}")
        values.append(aggregated(part, kind).overall)
    return leave_one_out(names, np.array(values), whole=leading, what="cohort")
