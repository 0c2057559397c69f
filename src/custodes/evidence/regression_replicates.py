"""The covariance of regression coefficients over replicate weights: the model is fitted anew under each."""

from collections.abc import Sequence

import numpy as np

from custodes.evidence.errors import ArgumentInvalid, NotConverged, OneCategory, SampleTooSmall
from custodes.evidence.fitting import coefficients_of
from custodes.evidence.line_replicates import LineReplicates
from custodes.evidence.model_lines import Lines
from custodes.evidence.model_terms import Term
from custodes.evidence.predictors import Family
from custodes.evidence.survey import FloatArray


def replicate_covariance(
    replicates: LineReplicates,
    lines: Lines,
    terms: Sequence[Term],
    coefficients: FloatArray,
    *,
    family: Family,
    place: str,
) -> FloatArray:
    """Of the coefficients, as the spread of those of the replicates. Refuses SampleTooSmall where a replicate has none."""
    found = []
    sums = np.stack([lines.weight, lines.outcome])
    for number, (weight, outcome) in enumerate(replicates.weighed(sums, lines.units[0], lines.replicates), start=1):
        try:
            found.append(coefficients_of(lines.reweighted(weight, outcome), terms, family=family, place=place))
        except (ArgumentInvalid, NotConverged, OneCategory) as problem:
            raise SampleTooSmall(
                f"Replicate {number} has no regression. {problem.what}",
                where=place,
                remedy="Choose fewer predictors, join categories, or leave the replicates out.",
            ) from problem
    return replicates.covariance(found, coefficients)
