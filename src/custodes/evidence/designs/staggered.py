"""Staggered adoption: units come under the measure at different times; each cohort is compared with those not treated yet, or never."""

from custodes.evidence.designs.adoption import cohort_diagnostics, degrees_of_freedom, event_times
from custodes.evidence.designs.aggregation import Aggregated, Aggregation, aggregated
from custodes.evidence.designs.answer import About, answer
from custodes.evidence.designs.comparisons import before_and_after, two_way_fixed_effects
from custodes.evidence.designs.group_time import Base, Control, clustered, group_time_effects, standard_errors
from custodes.evidence.designs.panel import Panel, balanced, without_always_treated
from custodes.evidence.designs.types import Effect, Impact, Scale, effect_of

ABOUT = About(
    design="staggered",
    source="Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001",
    assumption="without the measure the treated would have moved as their controls did",
)
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
    permutations: int = 199,
    seed: int = 1,
    scale: Scale = Scale.LEVEL,
) -> Impact:
    """The effect of a measure that units come under at different times.

    Shapes   panel: units × periods; units that lack a period, and those treated from the first on, are left out and counted in the notes.
    Units    the unit of the outcome.
    Returns  Impact: overall effect by `aggregation` with analytic standard error from influence functions, clustered where the panel has
             clusters, and t interval with Welch's degrees of freedom over cohorts (R did: normal);
             effects: the event times with pointwise intervals and a uniform band, then the overall effect of all four
             aggregations; naive: two-way fixed effects, and before and after.
    Refuses  SampleTooSmall where no cohort of two units has two controls.
    Source   Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001.
    Checked  R did on mpdta; tests/reference/impact_designs.toml, 1e-8.
    """
    used = without_always_treated(balanced(panel))
    effects = group_time_effects(used, control=control, base=Base.VARYING)
    summed = {kind: aggregated(effects, kind) for kind in Aggregation}
    overall = {kind: _overall(used, kind, found, coverage) for kind, found in summed.items()}
    leading = overall[aggregation]
    dynamic = summed[Aggregation.DYNAMIC]
    return answer(
        leading,
        about=ABOUT,
        panel=used,
        diagnostics=cohort_diagnostics(
            effects, dynamic, aggregation, leading, coverage=coverage, permutations=permutations, seed=seed
        ),
        method=f"group-time effects, {control} treated controls, analytic standard errors, {draws} bootstrap draws for the band",
        effects=(*event_times(used, dynamic, coverage, draws=draws, seed=seed), *overall.values()),
        naive=(two_way_fixed_effects(used, coverage=coverage), before_and_after(used, coverage=coverage)),
        coverage=coverage,
        scale=scale,
    )


def _overall(panel: Panel, kind: Aggregation, found: Aggregated, coverage: float) -> Effect:
    influence = clustered(found.overall_influence[:, None], panel.clusters)
    se, df = float(standard_errors(influence)[0]), degrees_of_freedom(influence[:, 0], panel)
    return effect_of(f"{kind}: {WORDS[kind]}", found.overall, se, coverage=coverage, df=df)
