# ruff: noqa: T201
"""What the simulations of coverage share: their options, what one setting showed, and when that is a miss."""

import argparse
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

RUNS = 1000
COVERED = (0.93, 0.97)  # of intervals that say 95 %
SIZE = (0.03, 0.07)  # of tests at 5 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one setting showed.

    share     of runs whose interval held the truth, or whose test found what was not there.
    is_promised  whether the method's page says that the setting is within its range; where it says that it is not, a miss is no news.
    """

    name: str
    share: float
    runs: int
    bias: float | None = None
    below: float | None = None  # share of intervals that lie wholly below the truth
    width: float | None = None
    wanted: tuple[float, float] = COVERED
    is_promised: bool = True

    @property
    def is_outside(self) -> bool:
        return not self.wanted[0] <= self.share <= self.wanted[1]

    def __str__(self) -> str:
        error = 1.96 * math.sqrt(self.share * (1 - self.share) / self.runs)
        words = [f"{self.name:<58} {self.share:6.1%} ± {error:.1%} of {self.runs}"]
        words += [] if self.bias is None else [f"bias {self.bias:+.4f}"]
        words += [] if self.below is None else [f"below {self.below:.1%}"]
        words += [] if self.width is None else [f"width {self.width:.4g}"]
        if self.is_outside:
            range_ = f"{self.wanted[0]:.0%} to {self.wanted[1]:.0%}"
            words.append(f"OUTSIDE {range_}" if self.is_promised else f"outside {range_}, as its page says")
        return ", ".join(words)


def measure(studies: Mapping[str, Callable[[int, int], Iterator[Measured]]], *, about: str) -> int:
    """Run the studies asked for, print each setting as it is done, and return 1 where a promised one is outside its range."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("study", nargs="*", help=f"one or more of {', '.join(studies)}; all without it")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"made-up data sets for each setting, {RUNS}")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same figures, 1")
    asked = parser.parse_args()
    unknown = sorted(set(asked.study) - set(studies))
    if unknown:
        parser.error(f"there is no study {', '.join(unknown)}; choose from {', '.join(studies)}")
    missed = 0
    for name in asked.study or studies:
        for found in studies[name](asked.runs, asked.seed):
            print(found, flush=True)
            missed += found.is_outside and found.is_promised
    return int(missed > 0)
