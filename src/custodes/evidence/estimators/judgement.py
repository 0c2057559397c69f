"""What several people judge, on a scale from 1 to 5."""

import math
import statistics

from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.errors import ArgumentInvalid, SampleTooSmall
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.types import Cell, Estimate, Uncertainty

FEWEST_JUDGES = 3


def spread_of_judges(request: Request) -> Crossing:
    """The mean or median of the judges' ratings, with the lowest and the highest of them.

    Shapes   ratings: one number from 1 to 5 for each judge.
    Units    points from 1 to 5.
    Returns  value, low and high = the lowest and the highest rating: disagreement, not a confidence interval; n judges.
    Refuses  SampleTooSmall under three judges; ArgumentInvalid for a rating outside 1 to 5.
    Source   Hasson, Keeney & McKenna (2000), doi:10.1046/j.1365-2648.2000.t01-1-01567.x (reporting the spread of judges).
    Checked  against Python's statistics; tests/evidence/test_other_estimators.py.
    """
    ratings = sorted(_rating(text) for text in request.texts("ratings"))
    if len(ratings) < FEWEST_JUDGES:
        refusal = SampleTooSmall(
            f"{len(ratings)} judges are fewer than {FEWEST_JUDGES}.", where="total", remedy="Ask more people."
        )
        return Crossing((request.refused(Cell(), refusal, n=len(ratings)),))
    middle = statistics.median(ratings) if request.text("statistic") == "median" else math.fsum(ratings) / len(ratings)
    estimate = Estimate(
        cell=Cell(),
        value=middle,
        unit=request.estimator.unit,
        method=request.estimator.slug,
        n=len(ratings),
        low=ratings[0],
        high=ratings[-1],
        uncertainty=Uncertainty.JUDGES,
    )
    return Crossing((estimate,))


def _rating(text: str) -> float:
    try:
        rating = float(text)
    except ValueError:
        rating = math.nan
    if not 1 <= rating <= 5:
        raise ArgumentInvalid(
            f"“{text}” is not a rating.", where="argument ratings", remedy="Give a number from 1 to 5 for each judge."
        )
    return rating


ESTIMATOR = Estimator(
    slug="judgement",
    name="Judgement",
    unit="points, 1 to 5",
    citation="Hasson, Keeney & McKenna (2000), Research guidelines for the Delphi survey technique.",
    summary="What several people judge, from 1 to 5, with the spread between them.",
    kinds=frozenset(),
    arguments=(
        Argument("ratings", "Ratings", "One number from 1 to 5 for each judge.", ArgumentType.VALUES),
        Argument(
            "statistic",
            "Middle",
            "The mean or the median of the judges.",
            ArgumentType.CHOICE,
            required=False,
            default="mean",
            choices=("mean", "median"),
        ),
    ),
    compute=spread_of_judges,
    uncertainty=Uncertainty.JUDGES,
)
