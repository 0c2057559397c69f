"""From the sums of a domain to an estimate: each parameter with its gradient, its variance under a simple random sample, and its interval."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from custodes.evidence.errors import DenominatorZero, LonelyStratum, Refusal
from custodes.evidence.estimator import Crossing, Request
from custodes.evidence.intervals import Interval
from custodes.evidence.survey import (
    Collapsed,
    Domain,
    FloatArray,
    covariance,
    degrees_of_freedom,
    refusal_or_none,
    scores,
)
from custodes.evidence.types import Estimate, Uncertainty

COUNTED = "weight_counted"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number that is a smooth function of weighted sums.

    gradient  derivative by each sum; simple_variance: what a simple random sample with replacement of n rows would have.
    """

    value: float
    gradient: Mapping[str, float]
    numerator: float | None = None
    denominator: float | None = None
    simple_variance: float | None = None
    notes: tuple[str, ...] = ()


IntervalRule = Callable[[float, float, Domain, int], Interval]


def ratio(domain: Domain, *, above: str, below: str = COUNTED) -> Parameter:
    """Σw·y ÷ Σw·x; a mean where x is 1. The squares are in the sums `yy`, `xy` and `xx`, or follow from them where x is 1."""
    y, x, weight, n = domain.total(above), domain.total(below), domain.total(COUNTED), domain.n
    if x == 0:
        raise DenominatorZero("The denominator adds up to zero.", where=domain.cell.key or "total")
    value = y / x
    xy, xx = (y, x) if below == COUNTED else (domain.total("xy"), domain.total("xx"))
    squares = domain.total("yy") - 2 * value * xy + value * value * xx
    spread = max(0.0, squares) / weight * n / (n - 1)
    return Parameter(value, {above: 1 / x, below: -value / x}, y, x, spread / n / (x / weight) ** 2)


def total(domain: Domain, *, of: str) -> Parameter:
    """Σw·y."""
    y, weight, n = domain.total(of), domain.total(COUNTED), domain.n
    spread = max(0.0, domain.total("yy") - y * y / weight) / weight * n / (n - 1)
    return Parameter(y, {of: 1.0}, y, None, spread * weight**2 / n)


def mean_of_ratios(domain: Domain, pairs: Mapping[str, str]) -> Parameter:
    """The plain mean of several ratios; their covariances follow, as scores are added before they are squared."""
    gradient: dict[str, float] = {}
    values = []
    for above, below in pairs.items():
        x = domain.total(below)
        if x == 0:
            raise DenominatorZero("Nobody answered one of the items.", where=domain.cell.key or "total")
        value = domain.total(above) / x
        values.append(value)
        gradient[above] = gradient.get(above, 0.0) + 1 / x / len(pairs)
        gradient[below] = gradient.get(below, 0.0) - value / x / len(pairs)
    return Parameter(math.fsum(values) / len(values), gradient)


def crossing_of(
    request: Request,
    collapsed: Collapsed,
    parameter_of: Callable[[Domain], Parameter],
    interval_of: IntervalRule,
) -> Crossing:
    """Every domain's estimate with its design-based uncertainty, refused one by one where nothing honest can be said."""
    estimates, all_scores = [], []
    for domain in collapsed.domains:
        refusal = refusal_or_none(collapsed.frame, domain)
        estimate, domain_scores = None, None
        if refusal is None:
            try:
                estimate, domain_scores = _estimate(request, collapsed, domain, parameter_of(domain), interval_of)
            except (DenominatorZero, LonelyStratum) as caught:
                refusal = caught
        if estimate is None and refusal is not None:
            estimate = _refused(request, domain, refusal)
        if estimate is not None:
            estimates.append(estimate)
            all_scores.append(domain_scores)
    return Crossing(tuple(estimates), collapsed.frame, tuple(all_scores))


def _refused(request: Request, domain: Domain, refusal: Refusal) -> Estimate:
    return request.refused(domain.cell, refusal, n=domain.n, missing=domain.missing, missing_share=domain.missing_share)


def _estimate(
    request: Request, collapsed: Collapsed, domain: Domain, parameter: Parameter, interval_of: IntervalRule
) -> tuple[Estimate, FloatArray]:
    frame = collapsed.frame
    domain_scores = scores(collapsed, domain, parameter.gradient)
    variance = float(covariance(frame, domain_scores[np.newaxis, :])[0, 0])
    se, df = math.sqrt(max(0.0, variance)), degrees_of_freedom(frame, domain)
    interval = interval_of(parameter.value, se, domain, df)
    estimate = Estimate(
        cell=domain.cell,
        value=parameter.value,
        unit=request.estimator.unit,
        method=request.estimator.slug,
        n=domain.n,
        se=se,
        low=interval.low,
        high=interval.high,
        coverage=request.coverage,
        uncertainty=Uncertainty.DESIGN,
        missing=domain.missing,
        missing_share=domain.missing_share,
        numerator=parameter.numerator,
        denominator=parameter.denominator,
        df=float(df),
        design_effect=_design_effect(collapsed, domain, variance, parameter.simple_variance),
        notes=parameter.notes,
    )
    return estimate, domain_scores


def _design_effect(
    collapsed: Collapsed, domain: Domain, variance: float, simple_variance: float | None
) -> float | None:
    """Variance ÷ that of a simple sample of as many rows: without replacement where the design declares its population, else with."""
    if not simple_variance:
        return None
    population = domain.total(COUNTED)
    if collapsed.frame.has_fpc and population > domain.n:
        simple_variance *= (population - domain.n) / population
    return variance / simple_variance
