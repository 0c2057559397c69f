"""Sun and Abraham's event study: effects of each cohort at each time since treatment, averaged by the cohorts' own shares."""

from dataclasses import replace

import numpy as np

from custodes.evidence.designs.aggregation import Aggregation, aggregated
from custodes.evidence.designs.answer import answer
from custodes.evidence.designs.comparisons import before_and_after, counterfactual_mean, two_way_fixed_effects
from custodes.evidence.designs.diagnostics import balance, pre_trends
from custodes.evidence.designs.group_time import Base, Control, clustered, group_time_effects, standard_errors
from custodes.evidence.designs.panel import Panel, balanced, without_always_treated
from custodes.evidence.designs.staggered import UNITS_PER_TEST, cohort_left_out, event_times, placebo_before
from custodes.evidence.designs.types import DiagnosticKind, Impact, Scale, effect_of, power_diagnostic
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
SOURCE = "Sun & Abraham (2021), doi:10.1016/j.jeconom.2020.09.006"


def sun_abraham(
    panel: Panel, *, coverage: float = 0.95, draws: int = 999, seed: int = 1, scale: Scale = Scale.LEVEL
) -> Impact:
    """The interaction-weighted event study of a measure that units come under at different times.

    Shapes   panel: units × periods; units that lack a period or are treated from the first on are left out. Where nobody is never treated, the
             last cohort serves as control and the periods from its start on are left out.
    Units    the unit of the outcome.
    Returns  Impact: average over treated units and periods; effects: every event time but −1, which is the base, with intervals and a uniform band.
    Refuses  SampleTooSmall where no cohort of two units has two controls.
    Source   Sun & Abraham (2021), doi:10.1016/j.jeconom.2020.09.006. On a balanced panel the saturated regression with unit and period effects
             gives exactly the double differences against the controls with base −1, and its clustered residuals give their influences.
    Checked  Python pyfixest, saturated event study on mpdta; tests/reference/impact_designs.toml, 1e-6.
    """
    used = _with_last_cohort_as_control(without_always_treated(balanced(panel)))
    effects = group_time_effects(used, control=Control.NEVER, base=Base.UNIVERSAL)
    dynamic = aggregated(effects, Aggregation.DYNAMIC)
    simple = aggregated(effects, Aggregation.SIMPLE)
    se = float(standard_errors(clustered(simple.overall_influence[:, None], used.clusters))[0])
    leading = effect_of("average over treated units and periods", simple.overall, se, coverage=coverage)
    counterfactual = counterfactual_mean(used, leading.value)
    early = np.array(dynamic.at) < 0
    cells = ~effects.is_after
    value, influence = effects.value[cells], effects.influence[:, cells]
    if value.size > int(used.clusters.max() + 1) // UNITS_PER_TEST:
        value, influence = dynamic.value[early], dynamic.influence[:, early]
    return answer(
        leading,
        design="sunab",
        panel=used,
        diagnostics=(
            pre_trends(value, clustered(influence, used.clusters)),
            balance(used.outcome[:, : min(used.cohorts)].mean(axis=1), used.is_ever_treated),
            cohort_left_out(effects, Aggregation.SIMPLE, leading),
            placebo_before(used, dynamic.value[early], dynamic.influence[:, early], coverage),
            power_diagnostic(se, counterfactual=counterfactual, coverage=coverage),
        ),
        needs=NEEDS,
        counterfactual=counterfactual,
        coverage=coverage,
        scale=scale,
        assumption="without the measure the treated would have moved as their controls did",
        method="saturated regression on cohort and event time, weighted by the shares of cohorts; errors clustered",
        source=SOURCE,
        effects=event_times(used, dynamic, coverage, draws=draws, seed=seed),
        naive=(two_way_fixed_effects(used, coverage=coverage), before_and_after(used, coverage=coverage)),
    )


def _with_last_cohort_as_control(panel: Panel) -> Panel:
    if not panel.is_ever_treated.all():
        return panel
    last = max(panel.cohorts)
    if len(panel.cohorts) < 2:
        raise SampleTooSmall(
            "All units are treated in the same period, so that there is no control.",
            where="treatment",
            remedy="Give units that are treated later or never.",
        )
    note = f"Nobody is never treated: those treated in {panel.times[last]} serve as control, and periods from then on were left out."
    return replace(panel, times=panel.times[:last], outcome=panel.outcome[:, :last], notes=(*panel.notes, note))
