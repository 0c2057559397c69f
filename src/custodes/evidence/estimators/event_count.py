"""How many events, or deaths in them, a source lists."""

from custodes.evidence.errors import NothingObserved
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.events import WHAT, EventCount, event_counts
from custodes.evidence.types import Estimate, Uncertainty


def count_events(request: Request) -> Crossing:
    """Distinct events, or the sum of their deaths with the source's own low and high, for each cell.

    Shapes   one row per event, with `_event`, and `_deaths_low`, `_deaths_best`, `_deaths_high` for deaths.
    Units    events or deaths.
    Returns  value (best), low and high as the source gives them, with no coverage: they are bounds, not a confidence interval.
    Refuses  TableEmpty for an empty list; NothingObserved where no row gives a number of deaths, cell by cell.
    Source   Sundberg & Melander (2013), doi:10.1177/0022343313484347 (low, best and high estimates of UCDP GED).
    Checked  UCDP GED 23.1, Central African Republic; tests/reference/ucdp_ged_car.toml.
    """
    return Crossing(tuple(_estimate(request, count) for count in event_counts(request)))


def _estimate(request: Request, count: EventCount) -> Estimate:
    if count.best is None:
        refusal = NothingObserved("No event gives a number of deaths.", where=count.cell.key or "total")
        return request.refused(count.cell, refusal, n=count.n, missing=count.missing)
    bounded = count.low is not None
    return Estimate(
        cell=count.cell,
        value=count.best,
        unit=request.text("what"),
        method=request.estimator.slug,
        n=count.n,
        low=count.low,
        high=count.high,
        uncertainty=Uncertainty.BOUNDS if bounded else Uncertainty.NONE,
        missing=count.missing,
        numerator=count.best,
        notes=count.notes,
    )


ESTIMATOR = Estimator(
    slug="event_count",
    name="Count of events or deaths",
    unit="count",
    citation="Sundberg & Melander (2013), Introducing the UCDP Georeferenced Event Dataset, doi:10.1177/0022343313484347.",
    summary="Events that a source lists, or the deaths in them with the source's own low, best and high figures.",
    kinds=frozenset({"events"}),
    arguments=(WHAT,),
    compute=count_events,
    uncertainty=Uncertainty.BOUNDS,
)
