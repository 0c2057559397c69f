"""How often the 95 % intervals of survey estimates hold the truth, over samples drawn anew from a population that is known.

`python benchmarks/coverage_survey.py [mean|proportion|quantile|ratio|total …] [--runs 1000] [--seed 1]`. People live in clusters that are alike
within (a tenth of the variance lies between clusters); strata differ in size, mean and sampling rate, so that weights differ by up to four times.
All runs of a setting are one file: every run is a domain with strata of its own, and one call answers them all.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow
from _coverage import Measured, measure
from scipy.optimize import brentq
from scipy.special import ndtr

from custodes.evidence.intervals import ProportionInterval
from custodes.evidence.measures import Statistic
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.tables import open_dataset
from custodes.evidence.types import Design

IS_LONG = True
WITHIN = 0.1  # share of the variance that lies between the clusters of a stratum
SHIFT = 0.5  # standard deviations between the lowest and the highest stratum
PEOPLE = (5, 15)  # smallest and largest number of people asked in a cluster
SHARES = (0.01, 0.05, 0.5, 0.95, 0.99)
QUANTILES = (0.1, 0.5, 0.9)
POPULATION = 60  # clusters of each stratum where the sample is drawn without replacement
BATCH = 250  # runs of one file
FEWEST, CLOPPER_PEARSON = (
    2,
    5,
)  # of the rarer answer expected in a sample, for an interval to be near 95 %; by docs/explanation/coverage.md


@dataclass(frozen=True, slots=True)
class Setting:
    """How a sample is drawn: strata, clusters drawn in each; whether the population of clusters is finite and declared."""

    strata: int
    clusters: int
    is_finite: bool = False

    def __str__(self) -> str:
        words = (
            f"{self.strata} × {self.clusters} clusters" if self.strata > 1 else f"{self.clusters} clusters, no strata"
        )
        return f"{words}, of {POPULATION} each" if self.is_finite else words


FEW, SOME, MANY = Setting(1, 8), Setting(10, 2), Setting(20, 6)
SETTINGS = (FEW, SOME, MANY)
WITHOUT_REPLACEMENT = Setting(5, 20, is_finite=True)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who was asked, in all runs.

    score     standard normal within the whole of a stratum, alike within clusters; shift: what the stratum adds.
    """

    run: np.ndarray
    stratum: np.ndarray
    cluster: np.ndarray
    weight: np.ndarray
    score: np.ndarray
    second: np.ndarray

    def table(self, setting: Setting, **columns: np.ndarray) -> pyarrow.Table:
        """The file of all runs, with strata and clusters of each run its own."""
        found = {
            "run": self.run,
            "stratum": self.run * setting.strata + self.stratum,
            "cluster": self.cluster,
            "w": self.weight,
            "population": np.full(len(self.run), POPULATION),
        }
        return pyarrow.table(found | columns)


def shares_of_strata(setting: Setting) -> np.ndarray:
    """The share of the population that lives in each stratum: the largest is four times the smallest."""
    sizes = np.linspace(1.0, 4.0, setting.strata)
    return sizes / sizes.sum()


def shifts(setting: Setting) -> np.ndarray:
    """What each stratum adds to a score."""
    return np.linspace(-SHIFT / 2, SHIFT / 2, setting.strata) if setting.strata > 1 else np.zeros(1)


def drawn(chance: np.random.Generator, setting: Setting, runs: int) -> People:
    """Clusters drawn in every stratum, everybody in them asked; weights carry the stratum's share of the population."""
    shape = (runs, setting.strata, setting.clusters)
    between, size = chance.normal(size=shape), chance.integers(PEOPLE[0], PEOPLE[1] + 1, shape)
    return _asked(chance, setting, np.arange(runs), between, size)


def _asked(
    chance: np.random.Generator, setting: Setting, runs: np.ndarray, between: np.ndarray, size: np.ndarray
) -> People:
    run, stratum, _ = np.indices(between.shape)
    people = size.ravel()

    def of_each(values: np.ndarray) -> np.ndarray:
        return np.repeat(values.ravel(), people)

    everybody = int(people.sum())
    stratum_of = of_each(stratum)
    level = np.sqrt(WITHIN) * of_each(between) + shifts(setting)[stratum_of]
    return People(
        run=of_each(runs[run]),
        stratum=stratum_of,
        cluster=np.repeat(np.arange(people.size), people),
        weight=100 * setting.strata * shares_of_strata(setting)[stratum_of],
        score=level + np.sqrt(1 - WITHIN) * chance.normal(size=everybody),
        second=level + np.sqrt(1 - WITHIN) * chance.normal(size=everybody),
    )


def below(value: float, setting: Setting) -> float:
    """The share of the population whose score lies at or below a value."""
    return float(shares_of_strata(setting) @ ndtr(value - shifts(setting)))


def quantile(share: float, setting: Setting) -> float:
    """The score at or below which that share of the population lies."""
    return float(brentq(lambda value: below(value, setting) - share, -8, 8))


def mean_of_exponentials(setting: Setting, spread: float) -> float:
    """The population's mean of e^(spread × score)."""
    return float(shares_of_strata(setting) @ np.exp(spread * shifts(setting) + spread**2 / 2))


Line = tuple[float, float, float]  # value, low, high of one run


def answered(table: pyarrow.Table, question: Question, *, is_finite: bool = False) -> dict[tuple[str, str], list[Line]]:
    """What every run answered, by variable and level, from the public function as anybody would call it.

    An end that the estimate leaves open, as a quantile's may be, is infinite: the interval claims nothing on that side.
    """
    design = Design("w", "stratum", "cluster", "population" if is_finite else None)
    found: dict[tuple[str, str], list[Line]] = {}
    with open_dataset(table, memory_limit="1GB", threads=1) as opened:
        for each in estimate_survey(opened.table, question, design=design):
            value, low, high = each.estimate.value, each.estimate.low, each.estimate.high
            lines = found.setdefault((each.variable, each.level), [])
            if value is not None:
                lines.append((value, -np.inf if low is None else low, np.inf if high is None else high))
    return found


def _measured(name: str, found: Sequence[Line], truth: float, *, is_promised: bool = True) -> Measured:
    value, low, high = np.array(found).T
    return Measured(
        name=name,
        share=float(np.mean((low <= truth) & (truth <= high))),
        runs=len(found),
        bias=float(value.mean()) - truth,
        below=float(np.mean(high < truth)),
        width=float(np.median(high - low)),
        is_promised=is_promised,
    )


def _batches(runs: int) -> Iterator[int]:
    for begin in range(0, runs, BATCH):
        yield min(BATCH, runs - begin)


def means(runs: int, seed: int) -> Iterator[Measured]:
    """A normal answer, and one with a long tail (e^score: skewness 6)."""
    for number, setting in enumerate(SETTINGS):
        chance = np.random.default_rng((seed, 1, number))
        normal, skewed = [], []
        for batch in _batches(runs):
            people = drawn(chance, setting, batch)
            table = people.table(setting, y=people.score, z=np.exp(people.score))
            found = answered(table, Question(Statistic.MEAN, ("y", "z"), by=("run",)))
            normal += found["y", ""]
            skewed += found["z", ""]
        yield _measured(f"mean, normal, {setting}", normal, float(shares_of_strata(setting) @ shifts(setting)))
        truth = mean_of_exponentials(setting, 1.0)
        yield _measured(f"mean, long tail, {setting}", skewed, truth, is_promised=setting is MANY)
    yield _without_replacement(runs, seed)


def _without_replacement(runs: int, seed: int) -> Measured:
    """A third of the clusters of one fixed population, which the design declares."""
    setting = WITHOUT_REPLACEMENT
    chance = np.random.default_rng((seed, 2))
    size = chance.integers(PEOPLE[0], PEOPLE[1] + 1, (1, setting.strata, POPULATION))
    everybody = _asked(chance, setting, np.zeros(1, dtype=int), chance.normal(size=size.shape), size)
    places = np.concatenate([[0], np.cumsum(size.ravel())])
    truth = float(np.average(everybody.score, weights=everybody.weight))
    found = []
    for batch in _batches(runs):
        order = chance.random((batch, setting.strata, POPULATION)).argsort(axis=2)[:, :, : setting.clusters]
        chosen = (order + np.arange(setting.strata)[None, :, None] * POPULATION).reshape(batch, -1)
        rows = [np.concatenate([np.arange(places[each], places[each + 1]) for each in line]) for line in chosen]
        run = np.repeat(np.arange(batch), [len(line) for line in rows])
        row = np.concatenate(rows)
        table = People(
            run, everybody.stratum[row], run * len(places) + everybody.cluster[row], everybody.weight[row],
            everybody.score[row], everybody.second[row],
        ).table(setting, y=everybody.score[row])  # fmt: skip
        found += answered(table, Question(Statistic.MEAN, ("y",), by=("run",)), is_finite=True)["y", ""]
    return _measured(f"mean, normal, {setting}", found, truth)


def totals(runs: int, seed: int) -> Iterator[Measured]:
    """The total of a normal answer around 2; the number of people in a cluster is left to chance too."""
    for number, setting in enumerate(SETTINGS):
        chance = np.random.default_rng((seed, 3, number))
        found = []
        for batch in _batches(runs):
            people = drawn(chance, setting, batch)
            table = people.table(setting, y=2 + people.score)
            found += answered(table, Question(Statistic.TOTAL, ("y",), by=("run",)))["y", ""]
        people_expected = np.mean(PEOPLE) * setting.clusters * 100 * setting.strata * shares_of_strata(setting)
        truth = float(people_expected @ (2 + shifts(setting)))
        yield _measured(f"total, {setting}", found, truth, is_promised=setting is MANY)


def ratios(runs: int, seed: int) -> Iterator[Measured]:
    """Two amounts that go together, their logarithms half a standard deviation wide."""
    for number, setting in enumerate(SETTINGS):
        chance = np.random.default_rng((seed, 4, number))
        found = []
        for batch in _batches(runs):
            people = drawn(chance, setting, batch)
            both = 0.8 * people.score + 0.6 * people.second
            table = people.table(setting, y=np.exp(0.5 * both), x=np.exp(0.5 * people.score))
            found += answered(table, Question(Statistic.RATIO, ("y",), denominator="x", by=("run",)))["y", ""]
        truth = _mean_of_both(setting) / mean_of_exponentials(setting, 0.5)
        yield _measured(f"ratio, {setting}", found, truth, is_promised=setting is MANY)


def _mean_of_both(setting: Setting) -> float:
    variance = 0.25 * ((0.8**2 + 0.6**2) + 2 * 0.8 * 0.6 * WITHIN)
    return float(shares_of_strata(setting) @ np.exp(0.5 * 1.4 * shifts(setting) + variance / 2))


def quantiles(runs: int, seed: int) -> Iterator[Measured]:
    """Deciles and the median of a normal answer."""
    for number, setting in enumerate(SETTINGS):
        chance = np.random.default_rng((seed, 5, number))
        found: dict[float, list[Line]] = {share: [] for share in QUANTILES}
        for batch in _batches(runs):
            people = drawn(chance, setting, batch)
            table = people.table(setting, y=people.score)
            lines = answered(table, Question(Statistic.QUANTILE, ("y",), quantiles=QUANTILES, by=("run",)))
            for share in QUANTILES:
                found[share] += lines["y", f"{share:g}"]
        for share in QUANTILES:
            yield _measured(f"quantile {share:g}, {setting}", found[share], quantile(share, setting))


def proportions(runs: int, seed: int) -> Iterator[Measured]:
    """Shares near 0, in the middle and near 1, by each kind of interval, on the same samples."""
    for number, setting in enumerate(SETTINGS):
        chance = np.random.default_rng((seed, 6, number))
        found: dict[tuple[float, ProportionInterval], list[Line]] = {}
        cuts = {share: quantile(share, setting) for share in SHARES}
        for batch in _batches(runs):
            people = drawn(chance, setting, batch)
            columns = {f"{share:g}": (people.score <= cut).astype(int) for share, cut in cuts.items()}
            table = people.table(setting, **columns)
            for kind in ProportionInterval:
                question = Question(
                    Statistic.PROPORTION, tuple(columns), by=("run",), interval=kind, design_effects=False
                )
                lines = answered(table, question)
                for share in SHARES:
                    found.setdefault((share, kind), []).extend(lines[f"{share:g}", "1"])
        for (share, kind), lines_of_all in found.items():
            rare = min(share, 1 - share) * np.mean(PEOPLE) * setting.strata * setting.clusters  # expected in a sample
            enough = CLOPPER_PEARSON if kind is ProportionInterval.BETA else FEWEST
            name = f"proportion {share:g}, {kind}, {setting}"
            yield _measured(name, lines_of_all, share, is_promised=bool(rare >= enough))


STUDIES = {"mean": means, "total": totals, "ratio": ratios, "quantile": quantiles, "proportion": proportions}

if __name__ == "__main__":
    sys.exit(measure(STUDIES, about=__doc__))
