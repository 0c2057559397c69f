# ruff: noqa: T201
"""Means of 20 variables in 50 domains with their standard errors on 1,000,000 rows: against DuckDB's bare grouped sums and R's survey, same run.

`python benchmarks/survey.py [ROWS]`. R's side runs once, without reading and without making its design object; where R or its package is absent,
it is left out with the command that installs them. Ends with 1 where the answers disagree.

Two arrangements: a file as surveys are kept, cluster after cluster, with regions as domains (each made of whole strata); and the hardest one, rows in
no order and domains that cut every cluster in five, so that five times as many sums are kept.
"""

import csv
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy
import pyarrow

from custodes.evidence.measures import Statistic
from custodes.evidence.survey_estimates import Question, SurveyEstimate, estimate_survey
from custodes.evidence.tables import open_dataset
from custodes.evidence.types import Design

ROWS, STRATA, CLUSTERS, DOMAINS, VARIABLES = 1_000_000, 100, 20_000, 50, 20
RUNS, R_RUNS = 5, 1
NAMES = tuple(f"y{index}" for index in range(VARIABLES))
DESIGN = Design("w", "stratum", "cluster")
R_SCRIPT = Path(__file__).with_suffix(".R")
R_ABSENT = "left out, as R or its package survey is absent (apt-get install r-cran-survey)"


@dataclass(frozen=True)
class Peer:
    """What R said: its fastest run, and one mean with its standard error."""

    version: str
    seconds: float
    mean: float
    se: float


class Arrangement(StrEnum):
    """How the rows of the sample lie, and what its domains are."""

    REGIONS = "cluster after cluster, domains are regions"
    GROUPS = "rows in no order, domains cut clusters"


def sample(rows: int, arrangement: Arrangement = Arrangement.GROUPS) -> pyarrow.Table:
    """A sample of `rows` in 100 strata, 20,000 clusters and 50 domains."""
    chance = numpy.random.default_rng(1)
    cluster = chance.integers(0, CLUSTERS, rows)
    domain = (cluster + chance.integers(0, 5, rows)) % DOMAINS
    if arrangement is Arrangement.REGIONS:
        cluster = numpy.sort(cluster)
        domain = cluster % STRATA // 2
    columns = {"w": chance.uniform(0.5, 2, rows), "stratum": cluster % STRATA, "cluster": cluster, "domain": domain}
    columns |= {name: chance.normal(size=rows) for name in NAMES}
    return pyarrow.table(columns)


def best(work: Callable[[], Any], runs: int = RUNS) -> float:
    """The shortest of several runs, in seconds."""
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def in_turn(works: Sequence[Callable[[], Any]], runs: int = RUNS) -> list[float]:
    """The shortest run of each, taken in turn, so that whatever else the machine does falls on all of them."""
    rounds = [[best(work, 1) for work in works] for _ in range(runs)]
    return [min(each) for each in zip(*rounds, strict=True)]


def r_survey(table: pyarrow.Table) -> Peer | None:
    """The same question to R, or None where it is absent."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "survey.csv"
        with place.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(table.column_names)
            writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
        command = ["Rscript", "--vanilla", str(R_SCRIPT), str(place), str(R_RUNS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line.split() for line in done.stdout.splitlines()]
    if done.returncode or not said:
        return None
    seconds = min(float(words[1]) for words in said if words[0] == "seconds")
    return Peer(said[0][1], seconds, float(said[-1][1]), float(said[-1][3]))


def main() -> int:
    """Measure, print, and return 1 where two disagree."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(f"{rows:,} rows, {VARIABLES} variables, {DOMAINS} domains; the shortest of {RUNS} runs, taken in turn")
    agreed = [measured(rows, arrangement) for arrangement in Arrangement]
    return int(not all(agreed))


def measured(rows: int, arrangement: Arrangement) -> bool:
    """Measure and print one arrangement; false where two disagree."""
    table = sample(rows, arrangement)
    query = "select domain, sum(w), " + ", ".join(f"sum(w * {name})" for name in NAMES) + " from kept group by domain"
    with open_dataset(table, memory_limit="4GB") as opened:
        kept = opened.connection.create_table("kept", opened.table)

        def ours(*, design_effects: bool) -> tuple[SurveyEstimate, ...]:
            question = Question(Statistic.MEAN, NAMES, by=("domain",), design_effects=design_effects)
            return estimate_survey(kept, question, design=DESIGN)

        def bare() -> list[tuple[float, ...]]:
            found: list[tuple[float, ...]] = opened.connection.con.execute(query).fetchall()
            return found

        found, sums = ours(design_effects=True), bare()
        floor, plain, whole = in_turn([bare, lambda: ours(design_effects=False), lambda: ours(design_effects=True)])
    print(f"{arrangement}:")
    print(f"bare grouped sums      {floor:.3f} s")
    print(f"means and errors       {plain:.3f} s, ratio {plain / floor:.1f}")
    print(f"with design effects    {whole:.3f} s, ratio {whole / floor:.1f}")
    peer = r_survey(table)
    if peer is None:
        print(f"R survey               {R_ABSENT}")
    else:
        print(f"R survey {peer.version:<13} {peer.seconds:.2f} s, {peer.seconds / plain:.0f} times ours")
    return agrees_with_sums(found, sums) and agrees_with_r(found, peer)


def agrees_with_sums(found: Sequence[SurveyEstimate], sums: Sequence[tuple[float, ...]]) -> bool:
    """Whether every mean is that of the bare sums."""
    by_domain = {str(row[0]): row[1:] for row in sums}
    wrong = 0
    for each in found:
        weight, *totals = by_domain[each.estimate.cell.categories[0][1]]
        wrong += abs((each.estimate.value or math.nan) - totals[NAMES.index(each.variable)] / weight) > 1e-12
    return wrong == 0 and len(found) == VARIABLES * DOMAINS


def agrees_with_r(found: Sequence[SurveyEstimate], peer: Peer | None) -> bool:
    """Whether R says the same of the first variable in the first domain."""
    if peer is None:
        return True
    ours = next(each.estimate for each in found if each.variable == "y0" and each.estimate.cell.key == "domain=0")
    return math.isclose(ours.value or 0.0, peer.mean, rel_tol=1e-10) and math.isclose(
        ours.se or 0.0, peer.se, rel_tol=1e-10
    )


if __name__ == "__main__":
    sys.exit(main())
