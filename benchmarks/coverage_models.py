# ruff: noqa: T201
"""How often the 95 % intervals of models hold the truth: small areas, expert ratings, agreement; on 1,000 made-up data sets each.

`python benchmarks/coverage_models.py [ratings|areas|agreement|interviews] [RUNS]`; without words, all, 1,000 runs each. Ends with 1 where an interval
holds the truth in fewer than 93 % or more than 97 % of cases.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy

from custodes.evidence import ratings
from custodes.evidence.agreement import Bootstrap, krippendorff_alpha
from custodes.evidence.codings import MISSING, Codings, Level
from custodes.evidence.small_areas import Area, fay_herriot

IS_LONG = True
RUNS = 1000
LOWEST, HIGHEST = 0.93, 0.97
OUTSIDE = 5  # areas without a sample


@dataclass(frozen=True)
class Measured:
    """What one setting showed. held: share of intervals with the truth; bias: mean of value − truth, None where not of interest."""

    name: str
    held: float
    bias: float | None

    @property
    def is_off(self) -> bool:
        return not LOWEST <= self.held <= HIGHEST

    def __str__(self) -> str:
        bias = "" if self.bias is None else f", bias {self.bias:+.4f}"
        return f"{self.name}: {100 * self.held:.1f} % held{bias}{'  OUTSIDE 93 TO 97' if self.is_off else ''}"


def small_areas(runs: int) -> Iterator[Measured]:
    """Areas around a line with variance 1; sampling variances from e⁻¹ to e times `ratio`."""
    for seed, (sampled, ratio) in enumerate(((15, 0.5), (15, 1.0), (30, 1.0), (30, 2.0), (60, 1.0))):
        chance = numpy.random.default_rng(seed)
        held, held_outside, errors = [], [], []
        for _ in range(runs):
            number = sampled + OUTSIDE
            line = chance.uniform(0, 1, number)
            sampling = ratio * numpy.exp(chance.uniform(-1, 1, number))
            truth = 1 + 2 * line + chance.normal(size=number)
            direct = truth + chance.normal(size=number) * numpy.sqrt(sampling)
            areas = [
                Area(str(index), float(direct[index]), float(sampling[index]) ** 0.5, {"line": float(line[index])})
                if index < sampled
                else Area(str(index), None, None, {"line": float(line[index])})
                for index in range(number)
            ]
            found = fay_herriot(areas, covariates=("line",)).estimates
            inside = [each.low <= true <= each.high for each, true in zip(found, truth, strict=True)]
            held += inside[:sampled]
            held_outside += inside[sampled:]
            errors += [each.value - true for each, true in zip(found, truth, strict=True)]
        setting = f"{sampled} areas, sampling variance {ratio:g} times that between areas"
        yield Measured(f"small areas, {setting}, sampled", float(numpy.mean(held)), float(numpy.mean(errors)))
        yield Measured(f"small areas, {setting}, without a sample", float(numpy.mean(held_outside)), None)


def expert_ratings(runs: int) -> Iterator[Measured]:
    """Units and raters drawn as the model believes them to be; a share of ratings is given."""
    for seed, (units, raters, steps, given) in enumerate(((40, 6, 3, 1.0), (60, 8, 4, 0.6), (100, 4, 3, 1.0))):
        chance = numpy.random.default_rng(seed)
        held: dict[str, list[bool]] = {"position": [], "reliability": [], "severity": []}
        errors = []
        for _ in range(runs):
            drawn = _ratings(chance, units, raters, steps, given)
            found = ratings.rate_units(drawn.codings)
            held["position"] += [
                each.low <= true <= each.high for each, true in zip(found.positions, drawn.position, strict=True)
            ]
            errors += [each.value - true for each, true in zip(found.positions, drawn.position, strict=True)]
            held["reliability"] += [
                each.reliability_low <= true <= each.reliability_high
                for each, true in zip(found.raters, drawn.reliability, strict=True)
            ]
            if len(found.categories) == steps + 1:  # else a threshold fell out, and severity is the mean of others
                held["severity"] += [
                    each.severity_low <= true <= each.severity_high
                    for each, true in zip(found.raters, drawn.severity, strict=True)
                ]
        setting = f"{units} units, {raters} raters, {steps + 1} categories, {100 * given:.0f} % given"
        for name, inside in held.items():
            bias = float(numpy.mean(errors)) if name == "position" else None
            yield Measured(f"ratings, {setting}, {name}", float(numpy.mean(inside)), bias)


@dataclass(frozen=True)
class Drawn:
    """Made-up ratings with the truth behind them."""

    codings: Codings
    position: numpy.ndarray
    reliability: numpy.ndarray
    severity: numpy.ndarray


def _ratings(chance: numpy.random.Generator, units: int, raters: int, steps: int, given: float) -> Drawn:
    position = chance.normal(size=units)
    mean = chance.normal(ratings.RELIABILITY, ratings.RELIABILITY_MEAN_SD)
    reliability = numpy.exp(chance.normal(mean, ratings.RELIABILITY_SD, raters))
    severity = chance.normal(chance.normal(0, ratings.SEVERITY_MEAN_SD), ratings.SEVERITY_SD, raters)
    spacing_mean = chance.normal(0, ratings.SPACING_MEAN_SD, steps - 1)
    spacing = numpy.exp(chance.normal(spacing_mean, ratings.SPACING_SD, (raters, steps - 1)))
    ladder = numpy.concatenate((numpy.zeros((raters, 1)), numpy.cumsum(spacing, axis=1)), axis=1)
    thresholds = severity[:, None] + ladder - ladder.mean(axis=1, keepdims=True)
    odds = reliability[None, :, None] * (position[:, None, None] - thresholds[None, :, :])
    luck = chance.uniform(size=(units, raters, 1))
    codes = (1 / (1 + numpy.exp(-odds)) > luck).sum(axis=2)
    codes = numpy.where(chance.uniform(size=codes.shape) < given, codes, MISSING)
    rated = (codes != MISSING).any(axis=1)
    names = tuple(f"u{index:04}" for index in range(int(rated.sum())))
    scale = tuple(str(step) for step in range(steps + 1))
    coders = tuple(f"r{index:02}" for index in range(raters))
    codings = Codings(Level.ORDINAL, names, coders, scale, numpy.arange(steps + 1.0), codes[rated])
    return Drawn(codings, position[rated], reliability, severity)


def agreement(runs: int) -> Iterator[Measured]:
    """Three coders who see the true one of four categories in 8 of 10 cases and else guess; alpha of 200,000 units is the truth."""
    for seed, units in enumerate((12, 50, 200)):
        chance = numpy.random.default_rng(seed)
        truth = krippendorff_alpha(_guessed(chance, 200_000), bootstrap=Bootstrap(draws=100)).value
        found = [krippendorff_alpha(_guessed(chance, units), bootstrap=Bootstrap(draws=500)) for _ in range(runs)]
        known = [each for each in found if each.low is not None and each.high is not None]
        inside = [each.low <= truth <= each.high for each in known]
        bias = float(numpy.mean([each.value for each in known]) - truth)
        yield Measured(f"alpha, {units} units, 3 coders", float(numpy.mean(inside)), bias)


def _guessed(chance: numpy.random.Generator, units: int) -> Codings:
    true = chance.integers(0, 4, (units, 1))
    codes = numpy.where(chance.uniform(size=(units, 3)) < 0.8, true, chance.integers(0, 4, (units, 3)))
    names = tuple(f"u{index:06}" for index in range(units))
    return Codings(Level.NOMINAL, names, ("a", "b", "c"), ("0", "1", "2", "3"), numpy.arange(4.0), codes)


def interviews(runs: int) -> Iterator[Measured]:
    """Two coders of transcripts of 20 turns; how often a code is there and how often a coder errs differ between transcripts, which are drawn again.

    Presence is Beta(1.5, 4) over transcripts, error Beta(1.5, 12); alpha of 20,000 transcripts is the truth.
    """
    for seed, number in enumerate((5, 8, 12, 20, 40)):
        chance = numpy.random.default_rng(seed)
        codings, _ = _transcripts(chance, 20_000)
        truth = krippendorff_alpha(codings, bootstrap=Bootstrap(draws=100)).value
        drawn = (_transcripts(chance, number) for _ in range(runs))
        found = [krippendorff_alpha(each, bootstrap=Bootstrap(draws=1000), clusters=names) for each, names in drawn]
        known = [each for each in found if each.low is not None and each.high is not None]
        inside = [each.low <= truth <= each.high for each in known]
        bias = float(numpy.mean([each.value for each in known]) - truth)
        yield Measured(
            f"alpha, {number} transcripts, 2 coders, {len(known)} intervals", float(numpy.mean(inside)), bias
        )


def _transcripts(chance: numpy.random.Generator, number: int, turns: int = 20) -> tuple[Codings, tuple[str, ...]]:
    present, error = chance.beta(1.5, 4, (number, 1)), chance.beta(1.5, 12, (number, 1, 1))
    true = chance.uniform(size=(number, turns)) < present
    codes = (true[:, :, None] ^ (chance.uniform(size=(number, turns, 2)) < error)).reshape(-1, 2).astype(numpy.int64)
    units = tuple(f"u{index:06}" for index in range(number * turns))
    clusters = tuple(f"t{index // turns:05}" for index in range(number * turns))
    return Codings(Level.NOMINAL, units, ("a", "b"), ("absent", "present"), numpy.arange(2.0), codes), clusters


STUDIES = {"areas": small_areas, "ratings": expert_ratings, "agreement": agreement, "interviews": interviews}


def main() -> int:
    """Measure, print as each setting is done, and return 1 where an interval is off."""
    asked = [word for word in sys.argv[1:] if word in STUDIES] or list(STUDIES)
    runs = next((int(word) for word in sys.argv[1:] if word.isdigit()), RUNS)
    off = 0
    for name in asked:
        for measured in STUDIES[name](runs):
            print(measured, flush=True)
            off += measured.is_off
    return int(off > 0)


if __name__ == "__main__":
    sys.exit(main())
