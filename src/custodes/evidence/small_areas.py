"""Small areas: the Fay–Herriot model lends strength to areas whose own sample is too small. Every number of it is modelled, and says so."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.errors import ArgumentInvalid, NotConverged, SampleTooSmall
from custodes.evidence.intervals import Interval, symmetric

FloatArray = NDArray[np.float64]
INTERCEPT = "intercept"
SPARE_AREAS = 5  # areas with a sample beyond the coefficients, below which the variance between areas is guesswork


@dataclass(frozen=True, slots=True)
class Area:
    """One area as the survey and a register see it.

    direct, se  the direct estimate and its design-based standard error; both None where nobody was sampled.
    covariates  by name, known for every area.
    """

    name: str
    direct: float | None
    se: float | None
    covariates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelledEstimate:
    """What the model says of one area.

    label      always “modelled”; synthetic: nobody was sampled there, so that the value is the regression alone.
    mse        estimated mean squared error, which counts that the variance between areas is itself estimated.
    own_share  weight of the area's own direct estimate in the value, 0 to 1.
    """

    area: str
    value: float
    mse: float
    low: float
    high: float
    coverage: float
    own_share: float
    synthetic: bool
    direct: float | None
    direct_se: float | None
    label: str = "modelled"

    @property
    def se(self) -> float:
        return math.sqrt(self.mse)


@dataclass(frozen=True, slots=True)
class Coefficient:
    name: str
    value: float
    se: float


@dataclass(frozen=True, slots=True)
class SmallAreaModel:
    """The fitted model and its estimates, in the order of the areas given.

    between_variance  variance of areas around the regression; between_se: its large-sample standard error.
    """

    estimates: tuple[ModelledEstimate, ...]
    coefficients: tuple[Coefficient, ...]
    between_variance: float
    between_se: float
    areas_sampled: int
    method: str = "Fay–Herriot, REML, EBLUP"
    notes: tuple[str, ...] = ()


def fay_herriot(areas: Sequence[Area], *, covariates: Sequence[str] = (), coverage: float = 0.95) -> SmallAreaModel:
    """Estimate every area from its own sample and from what areas like it have in common.

    Shapes   one Area each; `covariates` names those that enter beside the intercept. Areas without a sample are predicted by the regression alone.
    Units    those of the direct estimates; standard errors are taken as known, as the survey's design gives them.
    Returns  for each area value, mean squared error and interval; variance between areas by restricted maximum likelihood; mean squared error
             of Prasad & Rao in the form for REML of Datta & Lahiri, with a normal interval. The interval of an area without a sample averages over
             the restricted likelihood of the variance between areas: with that variance taken as known it holds the truth too rarely.
    Refuses  SampleTooSmall for fewer than five sampled areas beyond the coefficients; ArgumentInvalid that names the area: an area twice, a
             covariate missing, a direct estimate without a standard error above zero; NotConverged where covariates tell the same.
    Source   Fay & Herriot (1979), doi:10.1080/01621459.1979.10482505; Prasad & Rao (1990), doi:10.1080/01621459.1990.10475320;
             Datta & Lahiri (2000), Statistica Sinica 10, 613; Rao & Molina (2015), Small Area Estimation, ch. 6.
    Checked  R metafor rma() and R sae mseFH() on milk expenditure, 43 areas; tests/reference/small_areas.toml.
             Coverage by simulation: benchmarks/coverage_models.py.
    """
    if not 0 < coverage < 1:
        raise ArgumentInvalid(f"{coverage:g} is no coverage.", where="coverage", remedy="Give a share such as 0.95.")
    names = (INTERCEPT, *covariates)
    _check_areas(areas, covariates)
    known = np.array([[1.0, *(area.covariates[name] for name in covariates)] for area in areas])
    sampled = np.array([area.direct is not None for area in areas], dtype=bool)
    if sampled.sum() < len(names) + SPARE_AREAS:
        raise SampleTooSmall(
            f"{sampled.sum()} areas have a sample, for {len(names)} coefficients.",
            where="areas",
            remedy=f"Use fewer covariates, or wait until {len(names) + SPARE_AREAS} areas have a sample.",
        )
    fit = _Fit(
        np.array([area.direct for area in areas if area.direct is not None], dtype=np.float64),
        np.array([area.se for area in areas if area.se is not None], dtype=np.float64) ** 2,
        known[sampled],
    )
    if np.linalg.matrix_rank(fit.known / np.maximum(np.abs(fit.known).max(axis=0), 1e-300)) < len(names):
        raise NotConverged(
            "Covariates tell the same of every sampled area.", where=", ".join(covariates), remedy="Leave one of them out."
        )  # fmt: skip
    between = _between_variance(fit)
    return _model(areas, known, names, fit, between, coverage)


@dataclass(frozen=True, slots=True)
class _Fit:
    """Direct estimates, their sampling variances, and the covariates of the sampled areas."""

    direct: FloatArray
    sampling: FloatArray
    known: FloatArray

    def coefficients(self, between: float) -> tuple[FloatArray, FloatArray]:
        """Generalised least squares at this variance between areas, and the covariance of the coefficients."""
        weight = 1 / (between + self.sampling)
        covariance: FloatArray = np.linalg.inv(self.known.T @ (weight[:, None] * self.known)).astype(np.float64)
        return covariance @ (self.known.T @ (weight * self.direct)), covariance

    def likelihood(self, between: float) -> float:
        """Restricted log likelihood, up to a constant."""
        beta, covariance = self.coefficients(between)
        variance, residual = between + self.sampling, self.direct - self.known @ beta
        return float(
            -0.5 * (np.log(variance).sum() - np.linalg.slogdet(covariance)[1] + (residual**2 / variance).sum())
        )

    def slope(self, between: float) -> float:
        """Derivative of the restricted log likelihood."""
        beta, covariance = self.coefficients(between)
        weight, residual = 1 / (between + self.sampling), self.direct - self.known @ beta
        leverage = np.einsum("ij,jk,ik->i", self.known, covariance, self.known)
        return float(-0.5 * (weight.sum() - (weight**2 * leverage).sum() - (weight**2 * residual**2).sum()))

    def variance_of_between(self, between: float) -> float:
        """Large-sample variance of the estimated variance between areas."""
        return 2 / float((1 / (between + self.sampling) ** 2).sum())


def _check_areas(areas: Sequence[Area], covariates: Sequence[str]) -> None:
    seen: set[str] = set()
    for area in areas:
        place = f"area {area.name}"
        if area.name in seen:
            raise ArgumentInvalid("The area occurs twice.", where=place, remedy="Give each area once.")
        seen.add(area.name)
        for name in covariates:
            if not math.isfinite(area.covariates.get(name, math.nan)):
                raise ArgumentInvalid(
                    f"The covariate “{name}” is missing.", where=place, remedy="Give it for every area, or leave it out."
                )  # fmt: skip
        if (area.direct is None) != (area.se is None):
            raise ArgumentInvalid(
                "A direct estimate and its standard error come together.", where=place, remedy="Give both, or neither."
            )  # fmt: skip
        if (
            area.direct is not None
            and area.se is not None
            and not (math.isfinite(area.direct) and 0 < area.se < math.inf)
        ):
            raise ArgumentInvalid(
                f"The direct estimate is {area.direct:g} with a standard error of {area.se:g}.",
                where=place,
                remedy="A sample without spread says nothing of its error: leave both empty, so that the area is predicted.",
            )


def _between_variance(fit: _Fit) -> float:
    """The variance between areas at which the restricted likelihood is highest; 0 where it falls from there on.

    The likelihood may have two hills, so it is looked at over the whole range before its slope is followed to zero.
    """
    spread = float(np.var(fit.direct - fit.known @ fit.coefficients(0.0)[0])) + float(fit.sampling.max())
    grid = np.concatenate(([0.0], np.geomspace(fit.sampling.min() * 1e-4, 10 * spread, 80)))
    best = int(np.argmax([fit.likelihood(float(between)) for between in grid]))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])
    if fit.slope(low) <= 0:
        return low if low == 0 else float(grid[best])
    while high - low > 4 * math.ulp(high):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if fit.slope(middle) > 0 else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True, slots=True)
class _Range:
    """How likely each variance between areas is: the restricted likelihood over a grid, as shares; a flat prior on the variance."""

    between: FloatArray
    share: FloatArray
    beta: FloatArray  # coefficients at each
    covariance: FloatArray

    def interval(self, row: FloatArray, coverage: float) -> Interval:
        """Where an area that nobody sampled lies, whatever the variance between areas is."""
        from scipy.special import ndtr  # slow to import

        centre = self.beta @ row
        spread = np.sqrt(self.between + np.einsum("j,ijk,k->i", row, self.covariance, row))
        widest = float((np.abs(centre - centre.mean()) + 40 * spread).max())

        def quantile(level: float) -> float:
            low, high = float(centre.mean()) - widest, float(centre.mean()) + widest
            for _ in range(80):
                middle = (low + high) / 2
                below = float(self.share @ ndtr((middle - centre) / spread))
                low, high = (middle, high) if below < level else (low, middle)
            return (low + high) / 2

        return Interval(quantile((1 - coverage) / 2), quantile((1 + coverage) / 2))


def _range_of_variance(fit: _Fit) -> _Range:
    spread = float(np.var(fit.direct - fit.known @ fit.coefficients(0.0)[0])) + float(fit.sampling.max())
    between = np.concatenate(([0.0], np.geomspace(spread * 1e-4, spread * 1e3, 240)))
    fitted = [fit.coefficients(float(each)) for each in between]
    height = np.array([fit.likelihood(float(each)) for each in between])
    step = np.diff(between)
    width = np.concatenate(([step[0]], step[1:] + step[:-1], [step[-1]])) / 2
    share = np.exp(height - height.max()) * width / np.sqrt(between + between[1])
    return _Range(
        between, share / share.sum(), np.array([beta for beta, _ in fitted]), np.array([covariance for _, covariance in fitted])
    )  # fmt: skip


def _model(
    areas: Sequence[Area], known: FloatArray, names: Sequence[str], fit: _Fit, between: float, coverage: float
) -> SmallAreaModel:
    beta, covariance = fit.coefficients(between)
    likely = _range_of_variance(fit) if len(fit.direct) < len(areas) else None
    estimates = tuple(
        _sampled(area, row, fit, between, coverage) if likely is None or area.direct is not None
        else _synthetic(area, row, fit, between, likely.interval(row, coverage), coverage)
        for area, row in zip(areas, known, strict=True)
    )  # fmt: skip
    notes = ["Every value is modelled: it is the area's own sample drawn towards areas like it."]
    if between == 0:
        notes.append("Areas differ no more than their samples would by chance: each value is the regression alone.")
    errors = np.sqrt(np.diag(covariance))
    return SmallAreaModel(
        estimates=estimates,
        coefficients=tuple(Coefficient(*each) for each in zip(names, beta.tolist(), errors.tolist(), strict=True)),
        between_variance=between,
        between_se=math.sqrt(fit.variance_of_between(between)),
        areas_sampled=len(fit.direct),
        notes=tuple(notes),
    )


def _sampled(area: Area, row: FloatArray, fit: _Fit, between: float, coverage: float) -> ModelledEstimate:
    assert area.direct is not None
    assert area.se is not None
    beta, covariance = fit.coefficients(between)
    sampling = area.se**2
    own_share = between / (between + sampling)
    value = own_share * area.direct + (1 - own_share) * float(row @ beta)
    # Shrinking, the coefficients, and twice what the estimated variance between areas adds: Prasad & Rao's three terms.
    added = sampling**2 / (between + sampling) ** 3 * fit.variance_of_between(between)
    mse = own_share * sampling + (1 - own_share) ** 2 * float(row @ covariance @ row) + 2 * added
    interval = symmetric(value, math.sqrt(mse), coverage=coverage, df=None)
    return ModelledEstimate(
        area=area.name, value=value, mse=mse, low=interval.low, high=interval.high, coverage=coverage, own_share=own_share,
        synthetic=False, direct=area.direct, direct_se=area.se,
    )  # fmt: skip


def _synthetic(
    area: Area, row: FloatArray, fit: _Fit, between: float, interval: Interval, coverage: float
) -> ModelledEstimate:
    beta, covariance = fit.coefficients(between)
    return ModelledEstimate(
        area=area.name, value=float(row @ beta), mse=between + float(row @ covariance @ row), low=interval.low,
        high=interval.high, coverage=coverage, own_share=0.0, synthetic=True, direct=None, direct_se=None,
    )  # fmt: skip
