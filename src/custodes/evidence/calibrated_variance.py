"""The variance of estimates with calibrated weights: what the auxiliary columns explain does not vary from sample to sample."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from custodes.evidence.calibration import CALIBRATED, INITIAL, Calibrated
from custodes.evidence.domain_sums import DomainSums, sums_by_cluster, sums_by_domain
from custodes.evidence.measures import Measures
from custodes.evidence.stages import staged_covariance
from custodes.evidence.survey import FloatArray
from custodes.evidence.types import Design


def calibrated_variances(
    known: Calibrated, measures: Measures, sums: DomainSums, *, design: Design, by: Sequence[str], is_total: bool
) -> FloatArray:
    """Design variance of every measure in every domain from the residuals of its linearised values.

    Shapes   sums: collapsed with the calibrated weights; returns (M, D).
    Units    the square of the estimates' unit.
    Returns  the variance of Σ w·(z − x·B), where w is calibrated, z the linearised value, and B its regression on the auxiliary columns under
             the first weights.
    Refuses  LonelyStratum where every stratum has one cluster and the policy is `average`.
    Source   Deville & Särndal (1992), doi:10.1080/01621459.1992.10475217, section 3.
    Checked  R survey postStratify(), rake(), calibrate(): tests/reference/analyst_calibration.toml, 1e-10 (raking of rake() 1e-7).
    """
    table, names = known.table, known.auxiliaries
    inverse = _inverse(known.moments)
    in_cluster = sums_by_cluster(
        table, {name: (table[CALIBRATED] * table[name]).sum() for name in names}, design=design
    )
    auxiliaries = np.stack([in_cluster[name] for name in names])
    above, below = _moments(known, measures, sums, by=by)
    y = sums.by_domain(sums.value)
    group = [item.counted for item in measures.items]
    x_rows = sums.below if sums.below is not None else sums.weight[group]
    x = sums.by_domain(x_rows)
    last_unit = sums.units[-1] if sums.units else sums.cluster
    ends = [*sums.starts.tolist(), len(sums.domain)]
    result = np.full(y.shape, np.nan)
    for measure, domain in np.ndindex(*y.shape):
        rows = slice(ends[domain], ends[domain + 1])
        score, moment = sums.value[measure, rows], above[:, measure, domain]
        if not is_total:
            if x[measure, domain] == 0:
                continue  # the estimate is refused
            ratio = y[measure, domain] / x[measure, domain]
            score = (score - ratio * x_rows[measure, rows]) / x[measure, domain]
            moment = (moment - ratio * below[:, measure, domain]) / x[measure, domain]
        residual = -(inverse @ moment) @ auxiliaries
        residual[last_unit[rows]] += score
        result[measure, domain] = max(0.0, float(staged_covariance(sums.frame, residual[np.newaxis, :])[0, 0]))
    return result


def _inverse(moments: FloatArray) -> FloatArray:
    """Of columns brought to one scale; margins that add up to the same number leave a direction out."""
    scale = np.sqrt(np.outer(np.diag(moments), np.diag(moments)))
    return np.asarray(np.linalg.pinv(moments / scale, rcond=1e-12, hermitian=True) / scale)


def _moments(
    known: Calibrated, measures: Measures, sums: DomainSums, *, by: Sequence[str]
) -> tuple[FloatArray, FloatArray]:
    """Σd·x·y and Σd·x·(denominator) by domain under the first weights: (J, M, D) each."""
    table = known.table
    terms: dict[str, Any] = {}
    for place, name in enumerate(known.auxiliaries):
        weighted = table[INITIAL] * table[name]
        for index, item in enumerate(measures.items):
            terms[f"y_{place}_{index}"] = (weighted * item.value).sum()
            terms[f"x_{place}_{index}"] = (
                weighted.sum(where=measures.groups[item.counted])
                if item.below is None
                else (weighted * item.below).sum()
            )
    found = sums_by_domain(table, terms, by=by, cells=sums.cells)
    shape = (len(known.auxiliaries), len(measures.items), len(sums.cells))
    above, below = (
        np.stack([found[f"{kind}_{j}_{m}"] for j in range(shape[0]) for m in range(shape[1])]).reshape(shape)
        for kind in ("y", "x")
    )
    return above, below
