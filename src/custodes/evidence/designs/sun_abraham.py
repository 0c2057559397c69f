"""Sun and Abraham's event study: effects of each cohort at each time since treatment, averaged by the cohorts' own shares."""

from dataclasses import replace

from custodes.evidence.designs.adoption import cohort_diagnostics, degrees_of_freedom, event_times
from custodes.evidence.designs.aggregation import Aggregation, aggregated
from custodes.evidence.designs.answer import About, answer
from custodes.evidence.designs.comparisons import before_and_after, two_way_fixed_effects
from custodes.evidence.designs.group_time import Base, Control, clustered, group_time_effects, standard_errors
from custodes.evidence.designs.panel import Panel, balanced, without_always_treated
from custodes.evidence.designs.types import Impact, Scale, effect_of
from custodes.evidence.errors import SampleTooSmall

ABOUT = About(
    design="sunab",
    source="Sun & Abraham (2021), doi:10.1016/j.jeconom.2020.09.006",
    assumption="without the measure the treated would have moved as their controls did",
)


def sun_abraham(
    panel: Panel,
    *,
    coverage: float = 0.95,
    draws: int = 999,
    permutations: int = 199,
    seed: int = 1,
    scale: Scale = Scale.LEVEL,
) -> Impact:
    """The interaction-weighted event study of a measure that units come under at different times.

    Shapes   panel: units × periods; units that lack a period or are treated from the first on are left out. Where nobody is never treated, the
             last cohort serves as control and the periods from its start on are left out.
    Units    the unit of the outcome.
    Returns  Impact: average over treated units and periods, t interval with Welch's degrees of freedom over cohorts;
             effects: every event time but −1, which is the base, with intervals and a uniform band.
    Refuses  SampleTooSmall where no cohort of two units has two controls.
    Source   Sun & Abraham (2021), doi:10.1016/j.jeconom.2020.09.006. On a balanced panel the saturated regression with unit and period effects
             gives exactly the double differences against the controls with base −1, and its clustered residuals give their influences.
    Checked  Python pyfixest, saturated event study on mpdta; tests/reference/impact_designs.toml, 1e-6.
    """
    used = _with_last_cohort_as_control(without_always_treated(balanced(panel)))
    effects = group_time_effects(used, control=Control.NEVER, base=Base.UNIVERSAL)
    dynamic = aggregated(effects, Aggregation.DYNAMIC)
    simple = aggregated(effects, Aggregation.SIMPLE)
    influence = clustered(simple.overall_influence[:, None], used.clusters)
    se, df = float(standard_errors(influence)[0]), degrees_of_freedom(influence[:, 0], used)
    leading = effect_of("average over treated units and periods", simple.overall, se, coverage=coverage, df=df)
    return answer(
        leading,
        about=ABOUT,
        panel=used,
        diagnostics=cohort_diagnostics(
            effects, dynamic, Aggregation.SIMPLE, leading, coverage=coverage, permutations=permutations, seed=seed
        ),
        method="saturated regression on cohort and event time, weighted by the shares of cohorts; errors clustered",
        effects=event_times(used, dynamic, coverage, draws=draws, seed=seed),
        naive=(two_way_fixed_effects(used, coverage=coverage), before_and_after(used, coverage=coverage)),
        coverage=coverage,
        scale=scale,
    )


def _with_last_cohort_as_control(panel: Panel) -> Panel:
    if not panel.is_ever_treated.all():
        return panel
    last = max(panel.cohorts)
    if len(panel.cohorts) < 2:
        raise SampleTooSmall(
            f"All units come under the measure in {panel.times[last]}, so that nobody is left to compare with.",
            where=panel.treatment,
            remedy="Give units that are treated later or never.",
        )
    note = f"Nobody is never treated: those treated in {panel.times[last]} serve as control, and periods from then on were left out."
    return replace(panel, times=panel.times[:last], outcome=panel.outcome[:, :last], notes=(*panel.notes, note))
