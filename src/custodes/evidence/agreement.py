"""How far coders agree beyond chance: Krippendorff's alpha, Cohen's kappa and Fleiss' kappa, each with its uncertainty."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.codings import MISSING, Codings, Level
from custodes.evidence.errors import ArgumentInvalid, NothingPairable, OneCategory, SampleTooSmall, UnequalCodings
from custodes.evidence.intervals import expanded_tail, symmetric

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
# The package `krippendorff` makes a table of units × categories × categories, 8 bytes a cell; beyond this the same sum is made without it.
MOST_CELLS = 20_000_000
FEWEST_CLUSTERS = 5
ALL_AGREE = "All agree: no disagreement was seen from which an interval could follow."
BOOTSTRAPPED_SOURCE = {
    "krippendorff_alpha": "Krippendorff (2011)",
    "fleiss_kappa": "Fleiss (1971); Fleiss, Nee & Landis (1979)",
    "cohen_kappa": "Cohen (1960); Cohen (1968)",
}


class Weights(StrEnum):
    """How much a disagreement weighs in Cohen's kappa: all alike, by the distance of the codes, or by its square."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How units are drawn again: how often, from which seed."""

    draws: int = 2000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """One coefficient of agreement: 1 where all agree, 0 where they agree as by chance, below zero where less than that.

    se        standard error of the value; se_null: the one if there were only chance, where it is known.
    low, high None where no interval follows; `notes` then says why.
    units     those that two or more coded; codes: the codes in them; draws: the draws of units that had a coefficient.
    clusters  how many clusters the units are of, where clusters were drawn; None where units were.
    """

    statistic: str
    level: Level
    value: float
    se: float | None
    low: float | None
    high: float | None
    coverage: float
    units: int
    coders: int
    codes: int
    source: str
    se_null: float | None = None
    draws: int | None = None
    notes: tuple[str, ...] = ()
    clusters: int | None = None


def krippendorff_alpha(
    codings: Codings,
    *,
    coverage: float = 0.95,
    bootstrap: Bootstrap | None = None,
    clusters: Sequence[str] | None = None,
) -> Agreement:
    """Krippendorff's alpha: one less the disagreement seen over the disagreement that chance would bring.

    Shapes   any number of coders; codes may be missing. Units with one code say nothing and are left out. clusters: for each unit the
             cluster that it is of, such as the transcript of a sentence; units of one cluster are not independent.
    Units    none; the distance of two codes follows from the level of the codings.
    Returns  value; percentile interval and standard error from drawing units again with replacement, from a fixed seed; where clusters are
             given, from drawing those, and the interval is expanded for their number.
    Refuses  SampleTooSmall for one coder, or fewer than five clusters; NothingPairable; OneCategory.
    Source   Krippendorff (2011), Computing Krippendorff's alpha-reliability; Efron & Tibshirani (1993), An Introduction to the Bootstrap,
             ch. 13; clusters: Field & Welsh (2007), doi:10.1111/j.1467-9868.2007.00593.x; Hesterberg (2015), doi:10.1080/00031305.2015.1089789.
    Checked  Krippendorff (2011), example C, all four levels; tests/reference/agreement.toml, three decimals as printed.
    """
    _check_coverage(coverage)
    counts = _pairable(codings)
    value = _alpha(counts, codings)
    if clusters is not None:
        found = _clustered(counts, _clusters_of_pairable(codings, clusters))
        times = _cluster_draws(found, bootstrap or Bootstrap())
        drawn = np.array([_alpha_by_unit(found.patterns, codings, times=each) for each in times])
        return _bootstrapped(
            "krippendorff_alpha",
            codings,
            counts,
            value=value,
            drawn=drawn,
            coverage=coverage,
            clusters=len(found.table),
        )
    drawn = _drawn(counts, lambda again: _alpha_by_unit(again, codings), bootstrap or Bootstrap())
    return _bootstrapped("krippendorff_alpha", codings, counts, value=value, drawn=drawn, coverage=coverage)


def fleiss_kappa(codings: Codings, *, coverage: float = 0.95, bootstrap: Bootstrap | None = None) -> Agreement:
    """Fleiss' kappa of many coders, of whom each unit had equally many, not always the same.

    Shapes   every unit coded by the same number of coders, at least two; codes are categories, whatever their level.
    Units    none.
    Returns  value; `se_null` by Fleiss, Nee & Landis (1979), fit to test whether there is only chance; interval and `se` by drawing units again.
    Refuses  SampleTooSmall for one coder; NothingPairable; OneCategory; UnequalCodings where the number of codes differs between units.
    Source   Fleiss (1971), doi:10.1037/h0031619; Fleiss, Nee & Landis (1979), doi:10.1037/0033-2909.86.5.974.
    Checked  R irr kappam.fleiss() on Fleiss' own 30 × 6 diagnoses, value and z; tests/reference/agreement.toml.
    """
    _check_coverage(coverage)
    _check_coders(codings)
    numbers = codings.counts.sum(axis=1)
    if numbers.min() != numbers.max():
        raise UnequalCodings(
            f"Some units have {numbers.min()} codes and others {numbers.max()}.",
            where="coders",
            remedy="Use Krippendorff's alpha, or leave out the units that not all coded.",
        )
    counts = _pairable(codings)
    value = _fleiss(counts)
    drawn = _drawn(counts, _fleiss_or_nan, bootstrap or Bootstrap())
    return _bootstrapped(
        "fleiss_kappa", codings, counts, value=value, drawn=drawn, coverage=coverage, se_null=_fleiss_se_null(counts)
    )  # fmt: skip


def cohen_kappa(
    codings: Codings, *, weights: Weights = Weights.NONE, coverage: float = 0.95, bootstrap: Bootstrap | None = None,
    clusters: Sequence[str] | None = None,
) -> Agreement:  # fmt: skip
    """Cohen's kappa of two coders, unweighted or weighted.

    Shapes   two coders; units that one of them left out are not counted. clusters: as for Krippendorff's alpha.
    Units    none; linear and quadratic weights measure the distance of two codes by their numbers.
    Returns  value, large-sample standard error and symmetric interval, and the standard error under chance alone; where clusters are given,
             expanded percentile interval and standard error from drawing those again, and none under chance.
    Refuses  SampleTooSmall for one coder, or fewer than five clusters; ArgumentInvalid for more than two coders, or weights on a nominal
             level; NothingPairable; OneCategory.
    Source   Cohen (1960), doi:10.1177/001316446002000104; Cohen (1968), doi:10.1037/h0026256; Fleiss, Cohen & Everitt (1969), doi:10.1037/h0028106.
    Checked  SAS PROC FREQ, simple and weighted, with both standard errors; R irr kappa2(); tests/reference/agreement.toml.
    """
    _check_coverage(coverage)
    _check_coders(codings)
    if len(codings.coders) != 2:
        raise ArgumentInvalid(
            f"Cohen's kappa compares two coders, and there are {len(codings.coders)}.",
            where="coders",
            remedy="Keep two coders, or use Krippendorff's alpha.",
        )
    if weights is not Weights.NONE and codings.level is Level.NOMINAL:
        raise ArgumentInvalid(
            f"{weights} weights need codes with an order.", where="weights", remedy="Choose another level, or none."
        )
    counts = _pairable(codings)
    both = codings.codes[(codings.codes != MISSING).all(axis=1)]
    size = len(codings.categories)
    cells = np.bincount(both[:, 0] * size + both[:, 1], minlength=size * size).reshape(size, size)
    weight = _agreement_weights(codings, weights)
    value, se, se_null = _cohen(cells / len(both), weight, len(both))
    statistic = "cohen_kappa" if weights is Weights.NONE else f"cohen_kappa_{weights}"
    if clusters is not None:
        found = _clustered(both, _clusters_of_pairable(codings, clusters))
        drawn = np.array(
            [_kappa_of_times(each, found.patterns, weight) for each in _cluster_draws(found, bootstrap or Bootstrap())]
        )
        return _bootstrapped(
            statistic, codings, counts, value=value, drawn=drawn, coverage=coverage, clusters=len(found.table)
        )
    interval = symmetric(value, se, coverage=coverage, df=None)
    all_agree = math.isclose(value, 1.0)
    return Agreement(
        statistic=statistic, level=codings.level, value=value, se=None if all_agree else se,
        low=None if all_agree else interval.low, high=None if all_agree else min(1.0, interval.high), coverage=coverage,
        units=len(both), coders=2, codes=int(counts.sum()), source="Fleiss, Cohen & Everitt (1969)",
        se_null=se_null, notes=(ALL_AGREE,) if all_agree else (),
    )  # fmt: skip


def _check_coverage(coverage: float) -> None:
    if not 0 < coverage < 1:
        raise ArgumentInvalid(f"{coverage:g} is no coverage.", where="coverage", remedy="Give a share such as 0.95.")


def _check_coders(codings: Codings) -> None:
    if len(codings.coders) < 2:
        raise SampleTooSmall(
            f"There is one coder, “{codings.coders[0]}”.", where="coders", remedy="Let a second person code the units."
        )


def _pairable(codings: Codings) -> IntArray:
    """The counts of the units that two or more coded."""
    _check_coders(codings)
    counts = codings.counts
    counts = np.asarray(counts[counts.sum(axis=1) >= 2])
    if len(counts) == 0:
        raise NothingPairable(
            "No unit was coded by two coders.", where="units", remedy="Let coders share units, or check the column of units."
        )  # fmt: skip
    if np.count_nonzero(counts.sum(axis=0)) < 2:
        (only,) = np.flatnonzero(counts.sum(axis=0))
        raise OneCategory(
            f"Every code is “{codings.categories[only]}”, so that agreement cannot be told from chance.",
            where="codes",
            remedy="Add units that differ, or state the share of agreement alone.",
        )
    return counts


def _alpha(counts: IntArray, codings: Codings) -> float:
    if counts.size * counts.shape[1] > MOST_CELLS:
        return _alpha_by_unit(counts, codings)
    import krippendorff  # only where agreement is asked for

    used = counts.sum(axis=0) > 0
    return float(
        krippendorff.alpha(
            value_counts=counts[:, used],
            value_domain=codings.values[used],
            level_of_measurement=codings.level.value,
        )
    )


def _alpha_by_unit(counts: IntArray, codings: Codings, *, times: FloatArray | None = None) -> float:
    """Alpha in time and memory that grow with the counts alone; nan where only one category is left. times: how often each row counts.

    The ordinal distance is that between mid-ranks: the codes from one category to another, the two at the ends counted by half.
    """
    times = np.ones(len(counts)) if times is None else times
    totals = np.asarray(times @ counts, dtype=np.float64)
    if np.count_nonzero(totals) < 2:
        return math.nan
    sizes, everybody = counts.sum(axis=1), totals.sum()
    seen = float((times * _pair_distances(counts, totals, codings) / (sizes - 1)).sum())
    expected = float(_pair_distances(totals[None, :], totals, codings)[0]) / (everybody - 1)
    return float(1 - seen / expected)


def _pair_distances(counts: NDArray[np.generic], totals: FloatArray, codings: Codings) -> FloatArray:
    """For each row of counts, the distance of two codes, summed over all ordered pairs."""
    rows = counts.astype(np.float64)
    match codings.level:
        case Level.NOMINAL:
            return np.asarray(rows.sum(axis=1) ** 2 - (rows**2).sum(axis=1))
        case Level.RATIO:
            together = codings.values[:, None] + codings.values[None, :]
            apart = codings.values[:, None] - codings.values[None, :]
            distance = np.divide(apart, together, out=np.zeros_like(apart), where=together != 0) ** 2
            return np.asarray(((rows @ distance) * rows).sum(axis=1))
        case Level.ORDINAL:
            places = np.cumsum(totals) - totals / 2
        case Level.INTERVAL:
            places = codings.values
    # Distances are measured from the middle, so that two large squares do not cancel.
    places = places - (totals * places).sum() / totals.sum()
    return np.asarray(2 * (rows.sum(axis=1) * (rows @ places**2) - (rows @ places) ** 2))


def _fleiss(counts: IntArray) -> float:
    number = counts[0].sum()
    shares = counts.sum(axis=0) / counts.sum()
    seen = float(((counts**2).sum(axis=1) - number).mean() / (number * (number - 1)))
    chance = float((shares**2).sum())
    return (seen - chance) / (1 - chance)


def _fleiss_or_nan(counts: IntArray) -> float:
    return _fleiss(counts) if np.count_nonzero(counts.sum(axis=0)) > 1 else math.nan


def _fleiss_se_null(counts: IntArray) -> float:
    number = int(counts[0].sum())
    share = counts.sum(axis=0) / counts.sum()
    spread = share * (1 - share)
    variance = spread.sum() ** 2 - (spread * (1 - 2 * share)).sum()
    return float(math.sqrt(2 * variance / (len(counts) * number * (number - 1))) / spread.sum())


def _agreement_weights(codings: Codings, weights: Weights) -> FloatArray:
    """1 on the diagonal, and less the further two codes lie apart."""
    if weights is Weights.NONE:
        return np.eye(len(codings.categories))
    apart = np.abs(codings.values[:, None] - codings.values[None, :]) / np.ptp(codings.values)
    return np.asarray(1 - (apart if weights is Weights.LINEAR else apart**2))


def _cohen(shares: FloatArray, weight: FloatArray, number: int) -> tuple[float, float, float]:
    """Value, standard error, and standard error under chance: Fleiss, Cohen & Everitt (1969)."""
    first, second = shares.sum(axis=1), shares.sum(axis=0)
    chances = np.outer(first, second)
    seen, chance = float((weight * shares).sum()), float((weight * chances).sum())
    if np.isclose(chance, 1.0, rtol=0, atol=1e-15):
        raise OneCategory("Both coders gave one code alone.", where="codes", remedy="Add units that differ.")
    value = (seen - chance) / (1 - chance)
    margins = (weight @ second)[:, None] + (weight.T @ first)[None, :]
    spread = (shares * (weight * (1 - chance) - margins * (1 - seen)) ** 2).sum()
    variance = (spread - (seen * chance - 2 * chance + seen) ** 2) / (number * (1 - chance) ** 4)
    null = ((chances * (weight - margins) ** 2).sum() - chance**2) / (number * (1 - chance) ** 2)
    return value, math.sqrt(max(0.0, float(variance))), math.sqrt(max(0.0, float(null)))


def _drawn(counts: IntArray, coefficient: Callable[[IntArray], float], bootstrap: Bootstrap) -> FloatArray:
    """The coefficient in each draw of units with replacement; nan where the draw has one category."""
    _check_draws(bootstrap)
    chance = np.random.default_rng(bootstrap.seed)
    number = len(counts)
    return np.array([coefficient(counts[chance.integers(0, number, number)]) for _ in range(bootstrap.draws)])


@dataclass(frozen=True, slots=True)
class _Clustered:
    """Units by their pattern of codes, of which there are few. table: clusters × patterns, how many units of each."""

    patterns: IntArray
    table: FloatArray


def _clusters_of_pairable(codings: Codings, clusters: Sequence[str]) -> NDArray[np.str_]:
    if len(clusters) != len(codings.units):
        raise ArgumentInvalid(
            f"There are {len(clusters)} clusters for {len(codings.units)} units.",
            where="clusters",
            remedy="Name one for each unit, in the order of the units.",
        )
    return np.asarray(np.asarray(clusters, dtype=np.str_)[codings.counts.sum(axis=1) >= 2])


def _clustered(units: IntArray, clusters: NDArray[np.str_]) -> _Clustered:
    patterns, pattern = np.unique(units, axis=0, return_inverse=True)
    names, cluster = np.unique(clusters, return_inverse=True)
    if len(names) < FEWEST_CLUSTERS:
        raise SampleTooSmall(
            f"Units that two coded are of {len(names)} clusters; no interval follows from fewer than {FEWEST_CLUSTERS}.",
            where="clusters",
            remedy="Let two people code more of them.",
        )
    cells = np.bincount(cluster * len(patterns) + pattern.ravel(), minlength=len(names) * len(patterns))
    return _Clustered(patterns, cells.reshape(len(names), len(patterns)).astype(np.float64))


def _cluster_draws(found: _Clustered, bootstrap: Bootstrap) -> FloatArray:
    """How often each pattern occurs in each draw of clusters with replacement: draws × patterns."""
    _check_draws(bootstrap)
    number = len(found.table)
    taken = np.random.default_rng(bootstrap.seed).multinomial(number, np.full(number, 1 / number), size=bootstrap.draws)
    return np.asarray(taken @ found.table)


def _kappa_of_times(times: FloatArray, pairs: IntArray, weight: FloatArray) -> float:
    """Cohen's kappa where each pair of codes occurs so many times; nan where chance alone would agree."""
    shares = np.zeros_like(weight)
    shares[pairs[:, 0], pairs[:, 1]] = times / times.sum()
    chance = float((weight * np.outer(shares.sum(axis=1), shares.sum(axis=0))).sum())
    return (
        math.nan
        if np.isclose(chance, 1.0, rtol=0, atol=1e-15)
        else (float((weight * shares).sum()) - chance) / (1 - chance)
    )


def _check_draws(bootstrap: Bootstrap) -> None:
    if bootstrap.draws < 100:
        raise ArgumentInvalid(
            f"{bootstrap.draws} draws say little of the ends of an interval.", where="draws", remedy="Give 100 or more."
        )


def _bootstrapped(
    statistic: str, codings: Codings, counts: IntArray, *, value: float, drawn: FloatArray, coverage: float,
    se_null: float | None = None, clusters: int | None = None,
) -> Agreement:  # fmt: skip
    known = drawn[~np.isnan(drawn)]
    tail = (1 - coverage) / 2 if clusters is None else expanded_tail(coverage, clusters)
    notes: tuple[str, ...] = ()
    if math.isclose(value, 1.0):
        notes = (ALL_AGREE,)
    elif len(counts) < 2:
        notes = ("One unit cannot be drawn again: there is no interval.",)
    elif len(known) < (1 - tail) * len(drawn):
        # Where draws without a coefficient outnumber a tail, nobody can say where that tail ends.
        notes = (f"{len(drawn) - len(known)} of {len(drawn)} draws had one category: there is no interval.",)
    low, high = (None, None) if notes else (float(end) for end in np.quantile(known, (tail, 1 - tail)))
    return Agreement(
        statistic=statistic, level=codings.level, value=value, se=None if notes else float(known.std(ddof=1)),
        low=low, high=high, coverage=coverage, units=len(counts),
        coders=int((codings.codes != MISSING).any(axis=0).sum()), codes=int(counts.sum()),
        source=BOOTSTRAPPED_SOURCE[statistic.removesuffix("_linear").removesuffix("_quadratic")],
        se_null=se_null, draws=len(known), notes=notes, clusters=clusters,
    )  # fmt: skip
