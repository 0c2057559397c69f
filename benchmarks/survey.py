# ruff: noqa: T201
"""Means of 20 variables in 50 domains with their standard errors on 1,000,000 rows: against DuckDB's bare grouped sums and R's survey, same run.

`python benchmarks/survey.py [ROWS]`. R's side is svyby() alone, without reading and without making its design object; ours is a question to a
prepared sample, which is the same thing. What both leave out is printed beside it, and so is a question to the rows as they lie. Where R or its
package is absent, it is left out with the command that installs them. Ends with 1 where the answers disagree.

The rows lie in no order. Two kinds of domains: regions, each of whole strata; and, the hardest, groups that cut every cluster in five, so that five
times as many sums are kept.
"""

import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy
import pyarrow
import pyarrow.csv

from custodes.evidence.measures import Statistic
from custodes.evidence.prepared_samples import prepared_sample
from custodes.evidence.survey_estimates import Question, SurveyEstimate, estimate_survey
from custodes.evidence.tables import open_dataset
from custodes.evidence.types import Design

ROWS, STRATA, CLUSTERS, DOMAINS, VARIABLES = 1_000_000, 100, 20_000, 50, 20
RUNS, R_RUNS = 9, 2
NAMES = tuple(f"y{index}" for index in range(VARIABLES))
DESIGN = Design("w", "stratum", "cluster")
R_SCRIPT = Path(__file__).with_suffix(".R")
R_ABSENT = "left out, as R or its package survey is absent (apt-get install r-cran-survey)"


@dataclass(frozen=True)
class Peer:
    """What R said: its fastest run, how long its design object took, and one mean with its standard error."""

    version: str
    seconds: float
    design_seconds: float
    mean: float
    se: float


class Domains(StrEnum):
    """What the domains are."""

    REGIONS = "regions, each of whole strata"
    GROUPS = "groups that cut each cluster in five"


def sample(rows: int, domains: Domains) -> pyarrow.Table:
    """A sample of `rows` in no order, in 100 strata, 20,000 clusters and 50 domains."""
    chance = numpy.random.default_rng(1)
    cluster = chance.integers(0, CLUSTERS, rows)
    group = (cluster + chance.integers(0, 5, rows)) % DOMAINS
    domain = group if domains is Domains.GROUPS else cluster % STRATA // 2
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
        pyarrow.csv.write_csv(table, place)
        command = ["Rscript", "--vanilla", str(R_SCRIPT), str(place), str(R_RUNS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line.split() for line in done.stdout.splitlines()]
    if done.returncode or not said:
        return None
    seconds = min(float(words[1]) for words in said if words[0] == "seconds")
    design_seconds = next(float(words[1]) for words in said if words[0] == "design")
    return Peer(said[0][1], seconds, design_seconds, float(said[-1][1]), float(said[-1][3]))


def main() -> int:
    """Measure, print, and return 1 where two disagree."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(f"{rows:,} rows, {VARIABLES} variables, {DOMAINS} domains; the shortest of {RUNS} runs, taken in turn")
    agreed = [measured(rows, domains) for domains in Domains]
    return int(not all(agreed))


def measured(rows: int, domains: Domains) -> bool:
    """Measure and print one kind of domains; false where two disagree."""
    table = sample(rows, domains)
    query = "select domain, sum(w), " + ", ".join(f"sum(w * {name})" for name in NAMES) + " from kept group by domain"
    with open_dataset(table, memory_limit="4GB", numbered=False) as opened:
        kept = opened.connection.create_table("kept", opened.table)
        held = replace(opened, table=kept)
        began = time.perf_counter()
        prepared = prepared_sample(held, DESIGN)
        preparation = time.perf_counter() - began

        def ours(rows: Any, *, design_effects: bool = False) -> tuple[SurveyEstimate, ...]:
            question = Question(Statistic.MEAN, NAMES, by=("domain",), design_effects=design_effects)
            return estimate_survey(rows, question, design=DESIGN)

        def bare() -> list[tuple[float, ...]]:
            found: list[tuple[float, ...]] = opened.connection.con.execute(query).fetchall()
            return found

        found, sums = ours(prepared, design_effects=True), bare()
        works = (bare, lambda: ours(prepared), lambda: ours(prepared, design_effects=True), lambda: ours(kept))
        floor, plain, whole, as_they_lie = in_turn(works)
    print(f"{domains}:")
    print(f"bare grouped sums      {floor:.3f} s")
    print(f"means and errors       {plain:.3f} s, ratio {plain / floor:.1f}; preparing the sample {preparation:.2f} s")
    print(f"with design effects    {whole:.3f} s, ratio {whole / floor:.1f}")
    print(f"from rows as they lie  {as_they_lie:.3f} s, ratio {as_they_lie / floor:.1f}")
    peer = r_survey(table)
    if peer is None:
        print(f"R survey               {R_ABSENT}")
    else:
        times = (
            f"{peer.seconds / plain:.0f} times ours, {peer.seconds / as_they_lie:.0f} times that from rows as they lie"
        )
        print(
            f"R survey {peer.version:<13} {peer.seconds:.2f} s, {times}; its design object {peer.design_seconds:.2f} s"
        )
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
