# ruff: noqa: T201
"""Whether samples are drawn as planned: probabilities of units and pairs, and totals with their intervals, over many seeds.

`python benchmarks/sampling.py [units|pairs|totals|intervals …] [--runs 20000] [--seed 1]`. A made country of two regions, 30 villages and their
households; in one region a village is so large that a draw by size is bound to take it. A figure is a miss beyond 4.5 Monte Carlo errors, which
one of all of them exceeds by chance about once in 400 runs of this command. Intervals take the columns as a sample writes them: one that says 95 %
is to hold the truth in 93 to 97 %.
"""

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow

from custodes.evidence.measures import Statistic
from custodes.evidence.sampling.allocation import Allocation
from custodes.evidence.sampling.draw import Role, Sample, draw_sample
from custodes.evidence.sampling.frame import Frame, Unit
from custodes.evidence.sampling.panel import next_wave
from custodes.evidence.sampling.plan import Columns, Plan
from custodes.evidence.sampling.record import rows_of
from custodes.evidence.sampling.selection import Method, inclusion_probabilities, joint_probabilities
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.tables import open_dataset
from custodes.evidence.types import Design, Estimate, Stage

IS_LONG = True
RUNS = 20_000
MOST_ERRORS = 4.5
COVERED = (0.93, 0.97)
TAKEN = ("cluster", "unit", "weight", "fpc_1", "fpc_2")  # by estimates, as a sample writes them
MOST_INTERVALS = 4000  # runs; the file of all of them has 160,000 rows


@dataclass(frozen=True, slots=True)
class Found:
    """What one setting showed: how many figures, the largest distance in Monte Carlo errors, and whether that is a miss."""

    name: str
    figures: int
    farthest: float
    words: str = ""

    @property
    def is_missed(self) -> bool:
        return not self.farthest <= MOST_ERRORS

    def __str__(self) -> str:
        mark = "MISSED" if self.is_missed else "ok"
        return f"{self.name:<62} {self.figures:5} figures, farthest {self.farthest:4.2f} errors  {mark}  {self.words}".rstrip()


def country() -> tuple[Frame, dict[str, np.ndarray]]:
    """The frame of households, and the answers of each village's households in the order of their names."""
    chance = np.random.default_rng(20261125)
    first, second, answers = [], [], {}
    for region, villages in (("highland", 18), ("lowland", 12)):
        for village in range(villages):
            name = f"{region} {village:02}"
            households = 400 if name == "lowland 00" else int(chance.integers(6, 60))
            level = 5 + (region == "lowland") + chance.normal(0, 0.7)
            answers[name] = level + chance.normal(0, 2, households)
            first.append(Unit(name, region, float(households), households))
            second += [Unit(f"{number:03}", name, 1.0, None) for number in range(households)]
    return Frame(tuple(first), tuple(second), len(second), "0" * 64), answers


COLUMNS = Columns("household", "village", ("region",))
VILLAGES = Columns("village", None, ("region",), "households")
PLANS = {
    "simple": Plan(VILLAGES, 0, method=Method.SIMPLE, units=10),
    "systematic": Plan(VILLAGES, 0, method=Method.SYSTEMATIC, units=10),
    "by size": Plan(VILLAGES, 0, method=Method.PPS, units=10, allocation=Allocation.EQUAL),
    "by size, households within": Plan(COLUMNS, 0, method=Method.PPS, units=10, allocation=Allocation.EQUAL, take=4),
    "simple twice": Plan(COLUMNS, 0, units=12, take=6),
    "simple, households systematic within": Plan(COLUMNS, 0, units=10, take=4, within=Method.SYSTEMATIC),
}


def _drawn(sample: Sample) -> list[str]:
    return [each.key for each in sample.first if each.role is Role.DRAWN]


def _errors(hits: np.ndarray, planned: np.ndarray, runs: int) -> float:
    """The largest distance of a frequency from its plan, in standard errors; without error where the plan is 0 or 1."""
    error = np.sqrt(planned * (1 - planned) / runs)
    wrong = np.abs(hits / runs - planned)
    sure = error < 1e-9
    if np.any(wrong[sure] > 1e-12):
        return math.inf
    return float((wrong[~sure] / error[~sure]).max(initial=0.0))


def units(runs: int, seed: int) -> Iterator[Found]:
    """Every village is drawn as often as its probability says, in the first wave and in the second."""
    frame, _ = country()
    names = {unit.key: place for place, unit in enumerate(frame.first)}
    for title, plan in PLANS.items():
        hits, planned = np.zeros(len(names)), np.zeros(len(names))
        for run in range(runs):
            sample = draw_sample(
                replace(frame, second=()) if not plan.take else frame, replace(plan, seed=seed * 10**9 + run)
            )
            for each in sample.first:
                hits[names[each.key]] += 1
                planned[names[each.key]] = each.probability
        planned = np.where(planned > 0, planned, np.nan)
        yield Found(f"units, {title}", len(names), _errors(hits[planned > 0], planned[planned > 0], runs))
    plan = replace(PLANS["simple"], reserve=4)
    hits, planned = np.zeros(len(names)), np.zeros(len(names))
    for run in range(runs):
        later = next_wave(draw_sample(replace(frame, second=()), replace(plan, seed=seed * 10**9 + run)), retain=0.6)
        for each in later.sample.first:
            hits[names[each.key]] += each.role is Role.DRAWN
            planned[names[each.key]] = each.probability
    yield Found("units, simple, wave 2 with 60 % kept", len(names), _errors(hits, planned, runs))


def pairs(runs: int, seed: int) -> Iterator[Found]:
    """Every pair comes together as often as the design says; some of a systematic draw never do."""
    sizes = [5.0, 9.0, 2.0, 7.0, 4.0, 30.0, 6.0, 3.0, 8.0, 1.0, 12.0]
    count, n = 4, len(sizes)
    frame = Frame(tuple(Unit(f"{place:02}", "all", size) for place, size in enumerate(sizes)), (), n, "0" * 64)
    equal = np.full((n, n), count * (count - 1) / (n * (n - 1)))
    np.fill_diagonal(equal, count / n)
    wanted = {
        Method.SIMPLE: equal,
        Method.SYSTEMATIC: joint_probabilities([1.0] * n, count=count),
        Method.PPS: joint_probabilities(sizes, count=count),
    }
    for method, planned in wanted.items():
        hits = np.zeros((n, n))
        for run in range(runs):
            plan = Plan(Columns("unit", size="size"), seed * 10**9 + run, method=method, units=count)
            places = [int(key) for key in _drawn(draw_sample(frame, plan))]
            hits[np.ix_(places, places)] += 1
        upper = np.triu_indices(n)
        never = int(np.sum(planned[upper] == 0))
        yield Found(
            f"pairs, {method.value}", len(upper[0]), _errors(hits[upper], planned[upper], runs), f"{never} pairs never"
        )
    assert np.allclose(np.diag(wanted[Method.PPS]), inclusion_probabilities(sizes, count=count))


def totals(runs: int, seed: int) -> Iterator[Found]:
    """The estimated total is the true one on average, and weights add up to the households on average."""
    frame, answers = country()
    truth = math.fsum(float(each.sum()) for each in answers.values())
    people = sum(len(each) for each in answers.values())
    for title in ("by size, households within", "simple, households systematic within"):
        found, counted = np.zeros(runs), np.zeros(runs)
        for run in range(runs):
            rows = rows_of(draw_sample(frame, replace(PLANS[title], seed=seed * 10**9 + run)))
            found[run] = math.fsum(row["weight"] * answers[row["cluster"]][int(row["unit"])] for row in rows)
            counted[run] = math.fsum(row["weight"] for row in rows)
        for name, values, right in (("total", found, truth), ("households", counted, people)):
            error = values.std(ddof=1) / math.sqrt(runs)
            off = values.mean() - right
            distance = abs(off) / error if error > 1e-9 * right else (0.0 if abs(off) < 1e-9 * right else math.inf)
            yield Found(f"{name}, {title}", 1, float(distance), f"bias {off / right:+.4%}")


def intervals(runs: int, seed: int) -> Iterator[Found]:
    """The columns of samples as estimates take them: intervals of a mean, and the variance of a total, which two simple draws give without bias."""
    frame, answers = country()
    truth = math.fsum(float(each.sum()) for each in answers.values())
    people = sum(len(each) for each in answers.values())
    runs = min(runs, MOST_INTERVALS)
    found = estimated(Statistic.MEAN, PLANS["by size, households within"], frame, answers, runs=runs, seed=seed)
    share = float(np.mean([each.low <= truth / people <= each.high for each in found]))
    ratio = np.mean([each.se**2 for each in found]) / np.var([each.value for each in found], ddof=1)
    words = f"hold it in {share:.1%} ± {1.96 * math.sqrt(share * (1 - share) / runs):.1%}, variance {ratio:.3f} of what it is"
    is_outside = not COVERED[0] <= share <= COVERED[1]
    yield Found("intervals of the mean, by size", len(found), math.inf if is_outside else 0.0, words)
    found = estimated(Statistic.TOTAL, PLANS["simple twice"], frame, answers, runs=runs, seed=seed)
    off = np.array([each.se**2 - (each.value - truth) ** 2 for each in found])
    ratio = np.mean([each.se**2 for each in found]) / np.mean([(each.value - truth) ** 2 for each in found])
    distance = abs(off.mean()) / (off.std(ddof=1) / math.sqrt(runs))
    yield Found("variance of the total, simple twice", 1, float(distance), f"{ratio:.3f} of what it is")


def estimated(
    statistic: Statistic, plan: Plan, frame: Frame, answers: dict[str, np.ndarray], *, runs: int, seed: int
) -> list[Estimate]:
    """What `estimate_survey` answers to every run; all runs are one file, every run a domain with strata of its own."""
    columns: dict[str, list] = {name: [] for name in (*TAKEN, "run", "stratum", "y")}
    for run in range(runs):
        for row in rows_of(draw_sample(frame, replace(plan, seed=seed * 10**9 + run))):
            for name in TAKEN:
                columns[name].append(row[name])
            columns["run"].append(run)
            columns["stratum"].append(f"{run} {row['variance_stratum']}")
            columns["y"].append(float(answers[row["cluster"]][int(row["unit"])]))
    design = Design("weight", "stratum", "cluster", "fpc_1", stages=(Stage("unit", fpc="fpc_2"),))
    question = Question(statistic, ("y",), by=("run",), design_effects=False)
    with open_dataset(pyarrow.table(columns), memory_limit="1GB", threads=1) as opened:
        return [each.estimate for each in estimate_survey(opened.table, question, design=design)]


STUDIES = {"units": units, "pairs": pairs, "totals": totals, "intervals": intervals}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="*", help=f"one or more of {', '.join(STUDIES)}; all without it")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"seeds, {RUNS}")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same figures, 1")
    asked = parser.parse_args()
    unknown = sorted(set(asked.study) - set(STUDIES))
    if unknown:
        parser.error(f"there is no study {', '.join(unknown)}; choose from {', '.join(STUDIES)}")
    missed = 0
    for name in asked.study or STUDIES:
        for found in STUDIES[name](asked.runs, asked.seed):
            print(found, flush=True)
            missed += found.is_missed
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
