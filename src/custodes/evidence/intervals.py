"""Confidence intervals from an estimate and its standard error. scipy is imported inside, as it takes two seconds."""

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist


class ProportionInterval(StrEnum):
    """How the interval of a proportion is made; all three stay within 0 and 1."""

    LOGIT = "logit"
    WILSON = "wilson"
    BETA = "beta"


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def t_quantile(coverage: float, df: float | None) -> float:
    """The two-sided quantile of Student's t; of the normal distribution where the degrees of freedom are unknown."""
    if df is None:
        return NormalDist().inv_cdf((1 + coverage) / 2)
    from scipy.special import stdtrit  # two seconds of scipy.stats are spared

    return float(stdtrit(df, (1 + coverage) / 2))


def expanded_tail(coverage: float, number: int) -> float:
    """The share of draws beyond each end of a percentile interval from drawing so many clusters again.

    The plain share is too large where clusters are few: draws spread less than samples by (number − 1) ÷ number, and t has longer tails
    than they (Hesterberg 2015, doi:10.1080/00031305.2015.1089789, “expanded percentile interval”).
    """
    return NormalDist().cdf(-math.sqrt(number / (number - 1)) * t_quantile(coverage, number - 1))


def symmetric(value: float, se: float, *, coverage: float, df: float | None) -> Interval:
    """value ± t·se."""
    half = t_quantile(coverage, df) * se
    return Interval(value - half, value + half)


def proportion(share: float, se: float, *, n: int, df: float, coverage: float, method: ProportionInterval) -> Interval:
    """Interval of a proportion under a complex design.

    Shapes   share and se between 0 and 1; n rows; df = clusters − strata.
    Returns  logit: t interval on the log odds, carried back. beta: Clopper and Pearson on the effective sample size.
             wilson: the score interval on the effective sample size. A share of exactly 0 or 1 has no estimable variance:
             Clopper and Pearson (or Wilson) on n itself, whichever method was asked for.
    Source   Korn & Graubard (1998), Survey Methodology 24, 193; Wilson (1927), doi:10.1080/01621459.1927.10502953.
    Checked  R survey svyciprop(method="logit", "beta"); tests/reference/api_proportion.toml.
    """
    if share in (0.0, 1.0):
        return (
            _wilson(share, n, t_quantile(coverage, None))
            if method is ProportionInterval.WILSON
            else _beta(share, n, coverage)
        )
    if se == 0:
        return Interval(share, share)  # everybody was asked, or the clusters are all alike
    if method is ProportionInterval.LOGIT:
        centre, half = math.log(share / (1 - share)), t_quantile(coverage, df) * se / (share * (1 - share))
        return Interval(1 / (1 + math.exp(half - centre)), 1 / (1 + math.exp(-half - centre)))
    effective = share * (1 - share) / se**2 * (t_quantile(coverage, n - 1) / t_quantile(coverage, df)) ** 2
    if method is ProportionInterval.BETA:
        return _beta(share, effective, coverage)
    return _wilson(share, effective, t_quantile(coverage, None))


def _wilson(share: float, n: float, z: float) -> Interval:
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))


def _beta(share: float, n: float, coverage: float) -> Interval:
    from scipy.special import betaincinv  # scipy.stats would take two seconds

    tail = (1 - coverage) / 2
    low = 0.0 if share == 0 else float(betaincinv(n * share, n * (1 - share) + 1, tail))
    high = 1.0 if share == 1 else float(betaincinv(n * share + 1, n * (1 - share), 1 - tail))
    return Interval(low, high)
