# ruff: noqa: T201
"""How often the 95 % intervals of the impact designs hold the true change, over simulated panels (`impact_coverage.py [RUNS] [DESIGN…]`).

Every design gets data that its own assumption allows: parallel paths with a common path, unit levels and errors that hang together in time
(correlation 0.5), and a true change of 1. `rollout` draws the order of units; `synth` and `sdid` have one treated unit among forty.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from custodes.evidence.designs.group_time import Control
from custodes.evidence.designs.interrupted import Errors, interrupted
from custodes.evidence.designs.panel import Panel
from custodes.evidence.designs.rollout import rollout
from custodes.evidence.designs.staggered import staggered
from custodes.evidence.designs.sun_abraham import sun_abraham
from custodes.evidence.designs.synthetic_control import synthetic_control
from custodes.evidence.designs.synthetic_did import synthetic_did
from custodes.evidence.designs.two_by_two import two_by_two
from custodes.evidence.designs.types import Impact

IS_LONG = True
RUNS, TRUE_CHANGE, CORRELATION, PERIODS = 1000, 1.0, 0.5, 12
LEAST, MOST = 0.93, 0.97


@dataclass(frozen=True, slots=True)
class Study:
    """A design on panels of its kind. starts: first treated periods, in turn; never is the number of periods."""

    name: str
    design: Callable[[Panel], Impact]
    units: int
    starts: tuple[int, ...]
    periods: int = PERIODS
    is_promised: bool = True  # whether the design's page says that its intervals cover what they claim


STUDIES = (
    Study("2x2, 40 units", lambda panel: two_by_two(panel, permutations=1), 40, (6, 12)),
    Study("2x2, 1 treated of 41", lambda panel: two_by_two(panel, permutations=1), 41, (6, *(12,) * 40)),
    Study("staggered, never treated, 120 units", lambda panel: staggered(panel, draws=1), 120, (4, 6, 8, 12)),
    Study("staggered, not yet treated, 120 units", lambda panel: staggered(panel, control=Control.NOT_YET, draws=1), 120, (4, 6, 8, 12)),
    Study("staggered, never treated, 40 units", lambda panel: staggered(panel, draws=1), 40, (4, 6, 8, 12)),
    Study("sunab, 120 units", lambda panel: sun_abraham(panel, draws=1), 120, (4, 6, 8, 12)),
    Study("rollout, 120 units", lambda panel: rollout(panel, permutations=1), 120, (4, 6, 8, 12)),
    Study("its, AR(1), 66 months", interrupted, 1, (33,), 66),
    Study("its, AR(1), 120 months", interrupted, 1, (60,), 120),
    Study("its, Newey–West, 66 months", lambda panel: interrupted(panel, errors=Errors.NEWEY_WEST), 1, (33,), 66, is_promised=False),
    Study("synth, 1 treated of 41", synthetic_control, 41, (8, *(12,) * 40)),
    Study("sdid, 1 treated of 41", synthetic_did, 41, (8, *(12,) * 40)),
)  # fmt: skip


def main() -> int:
    """Simulate, print the share of intervals that hold the true change, and return 1 where one that is promised leaves 93 to 97 %."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    wanted = tuple(sys.argv[2:])
    missed = 0
    for study in STUDIES:
        if wanted and not study.name.startswith(wanted):
            continue
        found = [study.design(panel) for panel in panels(study, runs)]
        held = np.mean([each.low <= TRUE_CHANGE <= each.high for each in found])
        bias = np.mean([each.value for each in found]) - TRUE_CHANGE
        missed += study.is_promised and not LEAST <= held <= MOST
        print(
            f"{study.name:<40} {held:6.1%} of {runs}, bias {bias:+.4f}, ± {1.96 * np.sqrt(held * (1 - held) / runs):.1%}",
            flush=True,
        )
    return 1 if missed else 0


def panels(study: Study, runs: int) -> Iterator[Panel]:
    """Panels of one kind, each from a seed of its own."""
    first = np.array(study.starts)[np.arange(study.units) % len(study.starts)]
    for seed in range(runs):
        chance = np.random.default_rng(seed)
        order = chance.permutation(first)
        errors = chance.normal(size=(study.units, study.periods))
        for period in range(1, study.periods):
            errors[:, period] = CORRELATION * errors[:, period - 1] + np.sqrt(1 - CORRELATION**2) * errors[:, period]
        common = chance.normal(size=study.periods) if study.units > 1 else np.zeros(study.periods)
        after = np.arange(study.periods)[None, :] >= order[:, None]
        outcome = 20 + chance.normal(size=(study.units, 1)) + common + errors + TRUE_CHANGE * after
        yield Panel(
            units=tuple(str(unit) for unit in range(study.units)),
            times=tuple(str(period) for period in range(study.periods)),
            outcome=outcome,
            first=order.astype(np.int64),
            clusters=np.arange(study.units),
            name="outcome",
        )


if __name__ == "__main__":
    sys.exit(main())
