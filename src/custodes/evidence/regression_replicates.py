"""The spread of regression coefficients over replicate weights, made or given: the model is fitted anew under each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from custodes.evidence.domain_sums import KeyedRows
from custodes.evidence.errors import ArgumentInvalid, NotConverged, OneCategory, SampleTooSmall
from custodes.evidence.fitting import coefficients_of
from custodes.evidence.given_replicates import given_degrees, given_scale
from custodes.evidence.model_lines import Lines
from custodes.evidence.model_terms import Term
from custodes.evidence.predictors import Family, ModelRows
from custodes.evidence.replicates import Around, ReplicatePlan, made_replicates
from custodes.evidence.survey import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class RegressionReplicates:
    """How the lines of a regression are weighed in each replicate.

    scale       (R,) of each squared deviation; multiplier: (R, clusters) of made replicates, None where the lines hold given ones.
    degrees     of freedom of each domain where weights were given; None leaves them to the design.
    """

    plan: ReplicatePlan
    scale: FloatArray
    multiplier: FloatArray | None
    degrees: IntArray | None

    def covariance(
        self, lines: Lines, terms: Sequence[Term], coefficients: FloatArray, *, family: Family, place: str
    ) -> FloatArray:
        """Of the coefficients, as the spread of those of the replicates. Refuses SampleTooSmall where a replicate has none."""
        found = []
        for number, replicate in enumerate(self._lines(lines), start=1):
            try:
                found.append(coefficients_of(replicate, terms, family=family, place=place))
            except (ArgumentInvalid, NotConverged, OneCategory) as problem:
                raise SampleTooSmall(
                    f"Replicate {number} has no regression. {problem.what}",
                    where=place,
                    remedy="Choose fewer predictors, join categories, or leave the replicates out.",
                ) from problem
        used = np.array(found)[self.scale > 0]
        centre = coefficients if self.plan.around is Around.ESTIMATE else used.mean(axis=0)
        centred = used - centre
        return np.asarray((centred * self.scale[self.scale > 0][:, None]).T @ centred)

    def _lines(self, lines: Lines) -> Iterator[Lines]:
        if self.multiplier is None:
            assert lines.replicates is not None  # the aggregation has added them up
            for weight, outcome in zip(*lines.replicates, strict=True):
                yield lines.reweighted(weight, outcome)
            return
        for multiplier in self.multiplier:
            factor = multiplier[lines.units[0]]
            yield lines.reweighted(lines.weight * factor, lines.outcome * factor)


def regression_replicates(
    plan: ReplicatePlan, keys: KeyedRows, rows: ModelRows, *, weights: Sequence[Any]
) -> RegressionReplicates:
    """The replicates of a regression; weights: the given ones, none where they are made. Refuses as `made_replicates` and `given_scale` do."""
    if not weights:
        made = made_replicates(keys.frame, plan)
        return RegressionReplicates(plan, made.scale, made.multiplier, None)
    degrees = given_degrees(rows.table, weights, by=rows.domain, cells=keys.cells)
    return RegressionReplicates(plan, given_scale(plan, len(weights)), None, degrees)
