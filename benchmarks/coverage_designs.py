"""How often the 95 % intervals of the impact designs hold the true change, over simulated panels.

`python benchmarks/coverage_designs.py [2x2|staggered|sunab|rollout|its|synth|sdid …] [--runs 1000] [--seed 1]`. Every design gets data that its own
assumption allows: parallel paths with a common path, unit levels and errors that hang together in time (correlation 0.5), and a true change
of 1. Units are treated in an order drawn anew in each run. Tests are measured where there is no change at all.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from _coverage import COVERED, SIZE, Measured, measure

from custodes.evidence.designs.aggregation import Aggregation
from custodes.evidence.designs.group_time import Control
from custodes.evidence.designs.interrupted import Errors, interrupted
from custodes.evidence.designs.panel import Panel
from custodes.evidence.designs.rollout import rollout
from custodes.evidence.designs.staggered import staggered
from custodes.evidence.designs.sun_abraham import sun_abraham
from custodes.evidence.designs.synthetic_control import synthetic_control
from custodes.evidence.designs.synthetic_did import synthetic_did
from custodes.evidence.designs.two_by_two import two_by_two
from custodes.evidence.designs.types import Diagnostic, DiagnosticKind, Impact

IS_LONG = True
TRUE_CHANGE, LEVEL, PERIODS = 1.0, 0.05, 12
FOUR_COHORTS = (4, 6, 8, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A design on panels of its kind.

    starts       first treated periods, in turn; never is the number of periods. spread: of the treated units' errors against 1 of the others.
    cluster_size units that share a path of their own and are treated together. counted: whether one run is counted.
    """

    name: str
    design: Callable[[Panel], Impact]
    units: int
    starts: tuple[int, ...]
    periods: int = PERIODS
    correlation: float = 0.5
    spread: float = 1.0
    cluster_size: int = 1
    change: float = TRUE_CHANGE
    counted: Callable[[Impact], bool] = lambda found: found.low <= TRUE_CHANGE <= found.high
    wanted: tuple[float, float] = COVERED
    is_promised: bool = True


def chosen(design: Callable[..., Impact], **options: Any) -> Callable[[Panel], Impact]:
    """A design with some of its options. What is drawn only for diagnostics is drawn once, unless that is what is measured."""
    return lambda panel: design(panel, **options)


def band_holds(found: Impact) -> bool:
    """Whether the band over the event times from the start on holds the true change at all of them at once, and zero before."""
    truths = [
        (each, TRUE_CHANGE if (each.at or 0) >= 0 else 0.0) for each in found.effects if each.band_low is not None
    ]
    return all((each.band_low or 0) <= truth <= (each.band_high or 0) for each, truth in truths)


def placebo_in_space(found: Impact) -> Diagnostic:
    """The permutation or placebo test of a design."""
    return next(each for each in found.diagnostics if each.kind is DiagnosticKind.PLACEBO_SPACE)


def is_rejected(found: Impact) -> bool:
    """Whether the permutation or placebo test finds a change at 5 %."""
    p = placebo_in_space(found).p
    return p is not None and p <= LEVEL


def is_established(found: Impact) -> bool:
    """Whether the sentence claims a change."""
    return found.is_established


TEST = {"change": 0.0, "wanted": SIZE}
STUDIES = {
    "2x2": (
        Study(name="2x2, 40 units", design=chosen(two_by_two, permutations=1), units=40, starts=(6, 12)),
        Study(name="2x2, 10 units", design=chosen(two_by_two, permutations=1), units=10, starts=(6, 12)),
        Study(name="2x2, 10 treated of 50, twice as variable", design=chosen(two_by_two, permutations=1), units=50,
              starts=(6, *(12,) * 4), spread=2.0),
        Study(name="2x2, 1 treated of 41", design=chosen(two_by_two, permutations=1), units=41, starts=(6, *(12,) * 40)),
        Study(name="2x2, 20 clusters of 5", design=chosen(two_by_two, permutations=1), units=100, starts=(6, 12),
              cluster_size=5),
        Study(name="2x2, permutation test, no change, 20 units", design=chosen(two_by_two, permutations=199), units=20,
              starts=(6, 12), counted=is_rejected, **TEST),
    ),
    "staggered": (
        Study(name="staggered, never treated, 120 units", design=chosen(staggered, draws=1, permutations=1), units=120, starts=FOUR_COHORTS),
        Study(name="staggered, never treated, 40 units", design=chosen(staggered, draws=1, permutations=1), units=40, starts=FOUR_COHORTS),
        Study(name="staggered, not yet treated, 120 units", design=chosen(staggered, control=Control.NOT_YET, draws=1, permutations=1),
              units=120, starts=FOUR_COHORTS),
        Study(name="staggered, dynamic, 120 units", design=chosen(staggered, aggregation=Aggregation.DYNAMIC, draws=1, permutations=1),
              units=120, starts=FOUR_COHORTS),
        Study(name="staggered, 40 clusters of 5", design=chosen(staggered, draws=1, permutations=1), units=200, starts=FOUR_COHORTS,
              cluster_size=5),
        Study(name="staggered, starts dealt out anew, no change, 40 units", design=chosen(staggered, draws=1, permutations=99),
              units=40, starts=FOUR_COHORTS, counted=is_rejected, **TEST),
        Study(name="staggered, bootstrap band, 400 units", design=chosen(staggered, draws=499, permutations=1), units=400,
              starts=FOUR_COHORTS, periods=8, counted=band_holds),
        Study(name="staggered, bootstrap band, 120 units", design=chosen(staggered, draws=499, permutations=1), units=120,
              starts=FOUR_COHORTS, periods=8, counted=band_holds),
        Study(name="staggered, band, 24 units", design=chosen(staggered, draws=199, permutations=1), units=24,
              starts=FOUR_COHORTS, periods=8, counted=band_holds, is_promised=False),
        Study(name="staggered, band, 12 units", design=chosen(staggered, draws=199, permutations=1), units=12,
              starts=FOUR_COHORTS, periods=8, counted=band_holds),
        Study(name="staggered, band, 24 clusters of 5", design=chosen(staggered, draws=199, permutations=1), units=120,
              starts=FOUR_COHORTS, periods=8, cluster_size=5, counted=band_holds),
    ),
    "sunab": (
        Study(name="sunab, 120 units", design=chosen(sun_abraham, draws=1, permutations=1), units=120, starts=FOUR_COHORTS),
        Study(name="sunab, 40 units", design=chosen(sun_abraham, draws=1, permutations=1), units=40, starts=FOUR_COHORTS),
    ),
    "rollout": (
        Study(name="rollout, 120 units", design=chosen(rollout, permutations=1), units=120, starts=FOUR_COHORTS),
        Study(name="rollout, 40 units", design=chosen(rollout, permutations=1), units=40, starts=FOUR_COHORTS),
        Study(name="rollout, permutation test, no change, 40 units", design=chosen(rollout, permutations=199), units=40,
              starts=FOUR_COHORTS, counted=is_rejected, **TEST),
    ),
    "its": (
        Study(name="its, AR(1), 66 months", design=interrupted, units=1, starts=(33,), periods=66),
        Study(name="its, AR(1), 120 months", design=interrupted, units=1, starts=(60,), periods=120),
        Study(name="its, AR(1), 66 months, correlation 0", design=interrupted, units=1, starts=(33,), periods=66, correlation=0.0),
        Study(name="its, AR(1), 66 months, correlation 0.8", design=interrupted, units=1, starts=(33,), periods=66, correlation=0.8),
        Study(name="its, AR(1), 66 months, 12 seasons", design=chosen(interrupted, season=12), units=1, starts=(33,),
              periods=66),
        Study(name="its, AR(1), 30 months", design=interrupted, units=1, starts=(15,), periods=30),
        Study(name="its, AR(1), 24 months", design=interrupted, units=1, starts=(12,), periods=24),
        Study(name="its, Newey–West, 66 months", design=chosen(interrupted, errors=Errors.NEWEY_WEST), units=1,
              starts=(33,), periods=66, is_promised=False),
        Study(name="its, Newey–West, 240 months", design=chosen(interrupted, errors=Errors.NEWEY_WEST), units=1,
              starts=(120,), periods=240, is_promised=False),
    ),
    "synth": (
        Study(name="synth, 1 treated of 41, ± placebo error", design=synthetic_control, units=41, starts=(8, *(12,) * 40)),
        Study(name="synth, 1 treated of 41, placebo test, no change", design=synthetic_control, units=41, starts=(8, *(12,) * 40),
              counted=is_rejected, **TEST),
    ),
    "sdid": (
        Study(name="sdid, 1 treated of 41", design=synthetic_did, units=41, starts=(8, *(12,) * 40)),
    ),
}  # fmt: skip


def panels(study: Study, runs: int, seed: int) -> Iterator[Panel]:
    """Panels of one kind, each from a seed of its own."""
    clusters = np.arange(study.units) // study.cluster_size
    first = np.array(study.starts)[np.arange(clusters[-1] + 1) % len(study.starts)]
    for run in range(runs):
        chance = np.random.default_rng((seed, run))
        order = chance.permutation(first)[clusters]
        errors = _errors(chance, study.units, study)
        if study.cluster_size > 1:
            errors += _errors(chance, int(clusters[-1]) + 1, study)[clusters]
        errors[order < study.periods] *= study.spread
        common = chance.normal(size=study.periods) if study.units > 1 else np.zeros(study.periods)
        after = np.arange(study.periods)[None, :] >= order[:, None]
        outcome = 20 + chance.normal(size=(study.units, 1)) + common + errors + study.change * after
        yield Panel(
            units=tuple(str(unit) for unit in range(study.units)),
            times=tuple(str(period) for period in range(study.periods)),
            outcome=outcome,
            first=order.astype(np.int64),
            clusters=clusters,
            name="outcome",
        )


def _errors(chance: np.random.Generator, units: int, study: Study) -> np.ndarray:
    """Stationary errors of variance 1."""
    errors = chance.normal(size=(units, study.periods))
    for period in range(1, study.periods):
        fresh = np.sqrt(1 - study.correlation**2) * errors[:, period]
        errors[:, period] = study.correlation * errors[:, period - 1] + fresh
    return errors


def _studied(studies: tuple[Study, ...]) -> Callable[[int, int], Iterator[Measured]]:
    def run(runs: int, seed: int) -> Iterator[Measured]:
        for study in studies:
            found = [study.design(panel) for panel in panels(study, runs, seed)]
            yield Measured(
                name=study.name,
                share=float(np.mean([study.counted(each) for each in found])),
                runs=runs,
                bias=float(np.mean([each.value for each in found])) - study.change,
                wanted=study.wanted,
                is_promised=study.is_promised,
            )

    return run


if __name__ == "__main__":
    sys.exit(measure({name: _studied(each) for name, each in STUDIES.items()}, about=__doc__))
