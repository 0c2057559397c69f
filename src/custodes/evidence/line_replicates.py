"""Replicate weights, made or given, over the collapsed lines of an association or a regression."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from custodes.evidence.given_replicates import given_degrees, given_scale
from custodes.evidence.replicates import Around, ReplicatePlan, made_replicates
from custodes.evidence.survey import FloatArray, Frame, IntArray
from custodes.evidence.types import Cell


@dataclass(frozen=True, slots=True)
class LineReplicates:
    """How lines are weighed in each replicate.

    scale       (R,) of each squared deviation; multiplier: (R, clusters) of made replicates, None where the lines hold given ones.
    degrees     of freedom of each domain where weights were given; None leaves them to the design.
    """

    plan: ReplicatePlan
    scale: FloatArray
    multiplier: FloatArray | None
    degrees: IntArray | None

    def weighed(self, sums: FloatArray, cluster: IntArray, given: FloatArray | None) -> Iterator[FloatArray]:
        """Sums of (S, K) lines under each replicate's weights; given: (S, R, K), where weights were given."""
        if self.multiplier is None:
            assert given is not None  # the aggregation has added them up
            yield from np.moveaxis(given, 1, 0)
            return
        for multiplier in self.multiplier:
            yield sums * multiplier[cluster]

    def covariance(self, found: Sequence[FloatArray], estimate: FloatArray) -> FloatArray:
        """Of estimates (P,) from those of each replicate, as the spread about their mean or about the estimate."""
        used, scale = np.array(found)[self.scale > 0], self.scale[self.scale > 0]
        centred = used - (estimate if self.plan.around is Around.ESTIMATE else used.mean(axis=0))
        return np.asarray((centred * scale[:, None]).T @ centred)


def line_replicates(
    plan: ReplicatePlan, frame: Frame, table: Any, *, weights: Sequence[Any], by: Sequence[str], cells: Sequence[Cell]
) -> LineReplicates:
    """The replicates of a plan; weights: the given ones, none where they are made. Refuses as `made_replicates` and `given_scale` do."""
    if not weights:
        made = made_replicates(frame, plan)
        return LineReplicates(plan, made.scale, made.multiplier, None)
    degrees = given_degrees(table, weights, by=by, cells=cells)
    return LineReplicates(plan, given_scale(plan, len(weights)), None, degrees)
