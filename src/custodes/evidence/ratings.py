"""Ratings of experts who use a scale differently and are not equally reliable: an ordinal graded-response model of units and raters.

A rating is at least k with the log odds  reliability of the rater × (position of the unit − threshold k of the rater).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.codings import MISSING, Codings, Level
from custodes.evidence.errors import ArgumentInvalid, NotConverged, NothingPairable, OneCategory, SampleTooSmall
from custodes.evidence.intervals import symmetric

FloatArray = NDArray[np.float64]
# What is believed before a rating is seen, on a scale where units have mean 0 and standard deviation 1.
RELIABILITY, RELIABILITY_MEAN_SD, RELIABILITY_SD = (
    math.log(1.7),
    0.5,
    0.4,
)  # log reliability: of raters together, and between them
SEVERITY_MEAN_SD, SEVERITY_SD = 1.0, 0.5  # where a rater's thresholds lie on average
SPACING_MEAN_SD, SPACING_SD = (
    0.7,
    0.3,
)  # log of the distance between two thresholds, of raters together around log 1, and between them
NODES = np.linspace(-6, 6, 61)  # positions over which a unit is integrated, a fifth of a standard deviation apart
LOG_PRIOR = -(NODES**2) / 2 - math.log(float(np.exp(-(NODES**2) / 2).sum()))
STEP = 1e-4  # of the central difference that gives the curvature from the slope


@dataclass(frozen=True, slots=True)
class Position:
    """Where a unit lies, in standard deviations of units. ratings: how many raters rated it."""

    unit: str
    value: float
    se: float
    low: float
    high: float
    ratings: int


@dataclass(frozen=True, slots=True)
class Rater:
    """How a rater uses the scale.

    reliability  slope of the log odds on the position: 0 would be a coin; low and high: its interval.
    thresholds   positions at which the rater gives the next higher category as often as not; severity: their mean, with its interval.
    """

    name: str
    reliability: float
    reliability_low: float
    reliability_high: float
    severity: float
    severity_low: float
    severity_high: float
    thresholds: tuple[float, ...]
    ratings: int


@dataclass(frozen=True, slots=True)
class RatingModel:
    """The fitted model: positions and raters in the order of their names; categories: what the scale's steps stand for, from low to high."""

    positions: tuple[Position, ...]
    raters: tuple[Rater, ...]
    categories: tuple[str, ...]
    coverage: float
    label: str = "modelled"
    method: str = "graded response, maximum a posteriori, Laplace intervals"


def rate_units(codings: Codings, *, coverage: float = 0.95) -> RatingModel:
    """Place units on one scale by the ratings of experts, allowing for how each of them uses it and how reliable each is.

    Shapes   units rated on an ordinal scale; raters need not rate every unit, but raters and units must hang together.
    Units    positions in standard deviations of units, mean 0, higher where ratings are higher; categories that nobody used fall out.
    Returns  raters: maximum a posteriori by L-BFGS with positions integrated out (maximised together with them, the scale would collapse), and
             intervals from the curvature there (Laplace). Units: posterior mean, with what not knowing the raters adds to its error.
    Refuses  SampleTooSmall for one rater or fewer than five units; OneCategory; NothingPairable where units fall apart into groups that no
             rater links; ArgumentInvalid on a nominal level; NotConverged where no maximum was found.
    Source   Samejima (1969), Psychometrika Monograph 17; Johnson & Albert (1999), Ordinal Data Modeling, ch. 5; Pemstein et al. (2018), The V-Dem
             Measurement Model; Tierney & Kadane (1986), doi:10.1080/01621459.1986.10478240.
    Checked  bias and coverage by simulation, benchmarks/coverage_models.py, figures in docs/methods/expert_ratings.md; slopes against differences.
    """
    if not 0 < coverage < 1:
        raise ArgumentInvalid(f"{coverage:g} is no coverage.", where="coverage", remedy="Give a share such as 0.95.")
    _check_ratings(codings)
    used = np.unique(codings.codes[codings.codes != MISSING])
    given = (codings.codes[:, :, None] == used[None, None, :]).astype(np.float64)
    posterior = _Posterior(given.reshape(len(codings.units), -1), len(codings.coders), len(used) - 1)
    names = tuple(codings.categories[index] for index in used)
    return _rating_model(codings, posterior, _maximum(posterior), names, coverage)


def _check_ratings(codings: Codings) -> None:
    if codings.level is Level.NOMINAL:
        raise ArgumentInvalid(
            "A nominal code has no higher and lower.", where="level", remedy="Read the ratings as ordinal."
        )  # fmt: skip
    if len(codings.coders) < 2 or len(codings.units) < 5:
        raise SampleTooSmall(
            f"{len(codings.coders)} raters of {len(codings.units)} units say nothing of how raters differ.",
            where="ratings",
            remedy="Ask a second rater, and have five units or more rated.",
        )
    rated = codings.codes != MISSING
    if len(np.unique(codings.codes[rated])) < 2:
        raise OneCategory("Every rating is the same.", where="ratings", remedy="Rate units that differ.")
    linked = np.zeros(len(codings.coders), dtype=bool)
    linked[0] = True
    while True:
        reached = rated[rated[:, linked].any(axis=1)].any(axis=0) | linked
        if (reached == linked).all():
            break
        linked = reached
    if not linked.all():
        apart = codings.coders[int(np.flatnonzero(~linked)[0])]
        raise NothingPairable(
            f"No unit links the rater “{apart}” with “{codings.coders[0]}”.",
            where="raters",
            remedy="Let some units be rated by both, directly or through other raters.",
        )


@dataclass(frozen=True, slots=True)
class _Parameters:
    """How raters use the scale, each part without bounds."""

    reliability: FloatArray  # log, of raters
    severity: FloatArray  # of raters
    spacing: FloatArray  # log, raters × (steps − 1)
    reliability_mean: float
    severity_mean: float
    spacing_mean: FloatArray  # steps − 1

    @property
    def vector(self) -> FloatArray:
        means = [self.reliability_mean, self.severity_mean]
        return np.concatenate((self.reliability, self.severity, self.spacing.ravel(), means, self.spacing_mean))


@dataclass(frozen=True, slots=True)
class _Posterior:
    """What is believed of raters after the ratings, positions of units integrated out over `NODES`.

    given  units × (raters · categories): 1 where the rater gave the unit that category; steps: categories less one.
    """

    given: FloatArray
    raters: int
    steps: int

    def parts(self, vector: FloatArray) -> _Parameters:
        cuts = np.cumsum([self.raters, self.raters, self.raters * (self.steps - 1), 1, 1])
        reliability, severity, spacing, reliability_mean, severity_mean, spacing_mean = np.split(vector, cuts)
        return _Parameters(
            reliability, severity, spacing.reshape(self.raters, self.steps - 1), float(reliability_mean[0]),
            float(severity_mean[0]), spacing_mean,
        )  # fmt: skip

    def thresholds(self, parts: _Parameters) -> FloatArray:
        """Raters × steps: around the severity, in order, as spacings are above zero."""
        ladder = np.concatenate((np.zeros((self.raters, 1)), np.cumsum(np.exp(parts.spacing), axis=1)), axis=1)
        return np.asarray(parts.severity[:, None] + ladder - ladder.mean(axis=1, keepdims=True))

    def loss(self, vector: FloatArray) -> tuple[float, FloatArray]:
        """Minus the log posterior, and its slope."""
        value, slope, _ = self.evaluate(vector)
        return value, slope

    def evaluate(self, vector: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Minus the log posterior, its slope, and for each unit how likely each node is."""
        parts = self.parts(vector)
        reliability = np.exp(parts.reliability)[:, None, None]
        distance = NODES[None, None, :] - self.thresholds(parts)[:, :, None]
        open_end = np.full((self.raters, 1, len(NODES)), np.inf)
        odds = np.concatenate((open_end, reliability * distance, -open_end), axis=1)
        log_share, by_upper, by_lower = _log_between(odds[:, :-1], odds[:, 1:])

        likely = LOG_PRIOR[None, :] + self.given @ log_share.reshape(-1, len(NODES))
        highest = likely.max(axis=1, keepdims=True)
        share = np.exp(likely - highest)
        total = share.sum(axis=1, keepdims=True)
        share /= total
        log_likelihood = float((highest + np.log(total)).sum())

        expected = (self.given.T @ share).reshape(log_share.shape)
        by_odds = np.zeros_like(odds)
        by_odds[:, :-1] += expected * by_upper
        by_odds[:, 1:] += expected * by_lower
        by_distance = by_odds[:, 1:-1] * reliability
        by_threshold = -by_distance.sum(axis=2)
        slope = _Parameters(
            reliability=(by_distance * distance).sum(axis=(1, 2)),
            severity=by_threshold.sum(axis=1),
            spacing=self._by_spacing(by_threshold, parts),
            reliability_mean=0.0, severity_mean=0.0, spacing_mean=np.zeros(self.steps - 1),
        )  # fmt: skip
        prior, prior_slope = _log_prior(parts)
        return -(log_likelihood + prior), -(slope.vector + prior_slope.vector), share

    def _by_spacing(self, by_threshold: FloatArray, parts: _Parameters) -> FloatArray:
        """A wider spacing lifts every threshold above it, and sinks all by the same mean."""
        lifted = np.cumsum(by_threshold[:, ::-1], axis=1)[:, ::-1][:, 1:]
        above = (self.steps - np.arange(1, self.steps)) / self.steps
        return np.asarray((lifted - above[None, :] * by_threshold.sum(axis=1, keepdims=True)) * np.exp(parts.spacing))


def _log_prior(parts: _Parameters) -> tuple[float, _Parameters]:
    """Log of what is believed before, and its slope."""
    reliability = (parts.reliability - parts.reliability_mean) / RELIABILITY_SD
    severity = (parts.severity - parts.severity_mean) / SEVERITY_SD
    spacing = (parts.spacing - parts.spacing_mean[None, :]) / SPACING_SD
    means = (parts.reliability_mean - RELIABILITY) / RELIABILITY_MEAN_SD, parts.severity_mean / SEVERITY_MEAN_SD
    spacing_mean = parts.spacing_mean / SPACING_MEAN_SD
    squares = [reliability, severity, spacing, np.array(means), spacing_mean]
    slope = _Parameters(
        reliability=-reliability / RELIABILITY_SD,
        severity=-severity / SEVERITY_SD,
        spacing=-spacing / SPACING_SD,
        reliability_mean=float(reliability.sum() / RELIABILITY_SD - means[0] / RELIABILITY_MEAN_SD),
        severity_mean=float(severity.sum() / SEVERITY_SD - means[1] / SEVERITY_MEAN_SD),
        spacing_mean=spacing.sum(axis=0) / SPACING_SD - spacing_mean / SPACING_MEAN_SD,
    )
    return -0.5 * float(sum((part**2).sum() for part in squares)), slope


def _log_between(upper: FloatArray, lower: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log of the share between two log odds, and its slopes by each; without loss where both lie far out on one side.

    F(u) − F(l) = F(u)·F(−l)·(1 − exp(l − u)) for the logistic F, with l below u.
    """
    gap = np.maximum(upper - lower, 1e-12)
    log_share = -np.logaddexp(0, -upper) - np.logaddexp(0, lower) + np.log1p(-np.exp(-gap))
    with np.errstate(over="ignore"):
        narrow = 1 / np.expm1(gap)  # 0 where one end is open
        return log_share, 1 / (1 + np.exp(upper)) + narrow, -1 / (1 + np.exp(-lower)) - narrow


def _maximum(posterior: _Posterior) -> FloatArray:
    from scipy.optimize import minimize  # slow to import

    many, steps = posterior.raters, posterior.steps
    start = _Parameters(
        np.full(many, RELIABILITY), np.zeros(many), np.zeros((many, steps - 1)), RELIABILITY, 0.0, np.zeros(steps - 1)
    )  # fmt: skip
    found = minimize(
        posterior.loss, start.vector, jac=True, method="L-BFGS-B", options={"maxiter": 5000, "maxfun": 20000, "ftol": 1e-14, "gtol": 1e-6}
    )  # fmt: skip
    if not np.isfinite(found.fun) or float(np.abs(found.jac).max()) > 1e-2:
        raise NotConverged("No maximum was found.", where="ratings", remedy="Join categories that are rarely used.")
    return np.asarray(found.x)


@dataclass(frozen=True, slots=True)
class _Beliefs:
    """Means and covariance of the raters' parameters, and positions with their standard errors."""

    raters: FloatArray
    covariance: FloatArray
    position: FloatArray
    position_se: FloatArray


def _beliefs(posterior: _Posterior, best: FloatArray) -> _Beliefs:
    """Laplace's covariance at the maximum, and means that allow for the posterior leaning to one side (Lindley 1980).

    A mode is no mean where the posterior leans, and here it leans towards less reliable raters: of a slope with third derivatives κ the mean lies
    −½ Σ κ Σ beside it. The same steps along the posterior's axes say how a unit's position moves with what is not known of the raters.
    """
    rows, moves = [], []
    for direction in STEP * np.eye(len(best)):
        _, ahead, share_ahead = posterior.evaluate(best + direction)
        _, behind, share_behind = posterior.evaluate(best - direction)
        rows.append((ahead - behind) / (2 * STEP))
        moves.append((share_ahead - share_behind) @ NODES / (2 * STEP))
    curvature, move = np.array(rows), np.array(moves)
    curvature = (curvature + curvature.T) / 2
    height, axes = np.linalg.eigh(curvature)
    if not (height > 0).all():
        raise NotConverged(
            "The curvature gives no variance.", where="ratings", remedy="Join categories that are rarely used."
        )  # fmt: skip
    covariance: FloatArray = np.asarray((axes / height) @ axes.T, dtype=np.float64)

    _, slope, share = posterior.evaluate(best)
    position, left_open = _moments(share)
    bend, position_bend, open_bend = np.zeros(len(best)), np.zeros(len(position)), np.zeros(len(position))
    for axis in (axes / np.sqrt(height)).T:
        for step in (axis, -axis):
            _, slope_there, share_there = posterior.evaluate(best + step)
            position_there, open_there = _moments(share_there)
            bend += slope_there - slope
            position_bend += position_there - position
            open_bend += open_there - left_open
    shift = -0.5 * covariance @ bend
    added = np.einsum("ki,kl,li->i", move, covariance, move)
    return _Beliefs(
        raters=best + shift,
        covariance=covariance,
        position=position + shift @ move + 0.5 * position_bend,
        position_se=np.sqrt(np.maximum(left_open + 0.5 * open_bend, 0) + added),
    )


def _moments(share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of each unit's position, from how likely each node is."""
    mean = share @ NODES
    return mean, share @ NODES**2 - mean**2


def _rating_model(
    codings: Codings, posterior: _Posterior, best: FloatArray, categories: tuple[str, ...], coverage: float
) -> RatingModel:
    beliefs = _beliefs(posterior, best)
    parts = posterior.parts(beliefs.raters)
    errors = posterior.parts(np.sqrt(np.diag(beliefs.covariance)))
    thresholds = posterior.thresholds(parts)
    rated = codings.codes != MISSING
    of_unit, of_rater = rated.sum(axis=1), rated.sum(axis=0)
    positions = []
    for index, name in enumerate(codings.units):
        value, se = float(beliefs.position[index]), float(beliefs.position_se[index])
        interval = symmetric(value, se, coverage=coverage, df=None)
        positions.append(Position(name, value, se, interval.low, interval.high, int(of_unit[index])))
    raters = []
    for index, name in enumerate(codings.coders):
        log_reliability, severity = float(parts.reliability[index]), float(parts.severity[index])
        steep = symmetric(log_reliability, float(errors.reliability[index]), coverage=coverage, df=None)
        strict = symmetric(severity, float(errors.severity[index]), coverage=coverage, df=None)
        raters.append(
            Rater(
                name=name, reliability=math.exp(log_reliability), reliability_low=math.exp(steep.low),
                reliability_high=math.exp(steep.high), severity=severity, severity_low=strict.low, severity_high=strict.high,
                thresholds=tuple(thresholds[index].tolist()), ratings=int(of_rater[index]),
            )
        )  # fmt: skip
    return RatingModel(tuple(positions), tuple(raters), categories, coverage)
