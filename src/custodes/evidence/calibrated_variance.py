"""The variance of estimates with calibrated weights: what the auxiliary columns explain does not vary from sample to sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from custodes.evidence.calibration import CALIBRATED, INITIAL, Calibrated
from custodes.evidence.domain_sums import DomainSums, sums_by_cluster, sums_by_domain
from custodes.evidence.measures import Measures
from custodes.evidence.stages import staged_covariance
from custodes.evidence.survey import FloatArray, Frame, IntArray
from custodes.evidence.types import Design


@dataclass(frozen=True, slots=True)
class CalibratedResiduals:
    """What the auxiliary columns leave unexplained of every linearised value, by the units of the last stage.

    score     (M, K) linearised values of the collapsed rows; unit: of each row; ends: where each domain ends among them.
    moment    (J, M, D) of the linearised values with the auxiliary columns; coefficients of these follow through `inverse`.
    auxiliaries  (J, units) sums of the auxiliary columns under the calibrated weights.
    """

    frame: Frame
    score: FloatArray
    unit: IntArray
    ends: IntArray
    moment: FloatArray
    inverse: FloatArray
    auxiliaries: FloatArray

    def of(self, measure: int, domain: int) -> FloatArray:
        """(units,) of one measure in one domain; not a number where the estimate has no value."""
        rows = slice(self.ends[domain], self.ends[domain + 1])
        residual = -(self.inverse @ self.moment[:, measure, domain]) @ self.auxiliaries
        residual[self.unit[rows]] += self.score[measure, rows]
        return np.asarray(residual)

    def variance(self, residual: FloatArray) -> float:
        """Of the estimate, or the combination of estimates, whose residuals these are. Refuses as `staged_covariance` does."""
        if not np.isfinite(residual).all():
            return float("nan")
        return max(0.0, float(staged_covariance(self.frame, residual[np.newaxis, :])[0, 0]))


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
    residuals = calibrated_residuals(known, measures, sums, design=design, by=by, is_total=is_total)
    shape = (len(measures.items), len(sums.cells))
    return np.array([residuals.variance(residuals.of(*place)) for place in np.ndindex(*shape)]).reshape(shape)


def calibrated_residuals(
    known: Calibrated, measures: Measures, sums: DomainSums, *, design: Design, by: Sequence[str], is_total: bool
) -> CalibratedResiduals:
    """The residuals z − x·B of every measure in every domain, from two aggregations: by cluster and by domain."""
    table, names = known.table, known.auxiliaries
    in_cluster = sums_by_cluster(
        table, {name: (table[CALIBRATED] * table[name]).sum() for name in names}, design=design
    )
    above, below = _moments(known, measures, sums, by=by)
    score, moment = sums.value, above
    if not is_total:
        x_rows = sums.below if sums.below is not None else sums.weight[[item.counted for item in measures.items]]
        y, x = sums.by_domain(sums.value), sums.by_domain(x_rows)
        x = np.where(x != 0, x, np.nan)  # the estimate is refused
        score = (score - (y / x)[:, sums.domain] * x_rows) / x[:, sums.domain]
        moment = (above - y / x * below) / x
    return CalibratedResiduals(
        sums.frame,
        score,
        sums.units[-1] if sums.units else sums.cluster,
        np.r_[sums.starts, len(sums.domain)],
        moment,
        _inverse(known.moments),
        np.stack([in_cluster[name] for name in names]),
    )


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
