"""Events, or deaths in them, per so many persons."""

from custodes.evidence.errors import DenominatorZero, NothingObserved
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.events import WHAT, EventCount, event_counts
from custodes.evidence.population import ARGUMENTS, Denominator, denominator_of
from custodes.evidence.types import Estimate, Uncertainty


def rate_of_events(request: Request) -> Crossing:
    """Distinct events, or their deaths, per `factor` persons, for each cell.

    Shapes   one row per event; population: persons by area code, the empty code for the whole.
    Units    per `factor` persons, over the whole period of the table (not per year unless the table is one).
    Returns  value (best), low and high by the source's own bounds, numerator, denominator; notes name the population's year and version.
    Refuses  TableEmpty; DenominatorZero where no population is known or rows have no area, NothingObserved, cell by cell.
    Source   Sundberg & Melander (2013), doi:10.1177/0022343313484347; SDG 16.1.2 metadata (rate of conflict deaths).
    Checked  UCDP GED 23.1, Central African Republic; tests/reference/ucdp_ged_car.toml.
    """
    persons = denominator_of(request)
    return Crossing(tuple(_estimate(request, count, persons) for count in event_counts(request)))


def _estimate(request: Request, count: EventCount, persons: Denominator) -> Estimate:
    notes = (persons.note, *count.notes)
    try:
        below = persons.of(count.cell)
        if count.best is None:
            raise NothingObserved("No event gives a number of deaths.", where=count.cell.key or "total")
    except (NothingObserved, DenominatorZero) as refusal:
        return request.refused(count.cell, refusal, n=count.n, missing=count.missing, notes=notes)
    low, high = (None if bound is None else persons.factor * bound / below for bound in (count.low, count.high))
    return Estimate(
        cell=count.cell,
        value=persons.factor * count.best / below,
        unit=request.estimator.unit,
        method=request.estimator.slug,
        n=count.n,
        low=low,
        high=high,
        uncertainty=Uncertainty.BOUNDS if low is not None else Uncertainty.NONE,
        missing=count.missing,
        numerator=count.best,
        denominator=below,
        notes=notes,
    )


ESTIMATOR = Estimator(
    slug="event_rate",
    name="Rate of events or deaths per population",
    unit="per factor persons",
    citation="UN Statistics, metadata of SDG indicator 16.1.2; Sundberg & Melander (2013), doi:10.1177/0022343313484347.",
    summary="Events that a source lists, or the deaths in them, per so many persons.",
    kinds=frozenset({"events"}),
    arguments=(WHAT, *ARGUMENTS),
    compute=rate_of_events,
    uncertainty=Uncertainty.BOUNDS,
)
