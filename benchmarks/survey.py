# ruff: noqa: T201
"""Means of 20 variables in 50 domains with their standard errors on 1,000,000 rows, against the bare grouped sums of DuckDB in the same run."""

import sys
import time

import duckdb
import numpy
import pyarrow

from custodes.evidence.measures import Statistic
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.tables import open_dataset
from custodes.evidence.types import Design

ROWS, STRATA, CLUSTERS, DOMAINS, VARIABLES = 1_000_000, 100, 20_000, 50, 20
RUNS = 5


def sample(rows: int) -> pyarrow.Table:
    """A sample of `rows` in 100 strata and 20,000 clusters; each cluster has members of about five domains."""
    chance = numpy.random.default_rng(1)
    cluster = chance.integers(0, CLUSTERS, rows)
    columns = {
        "w": chance.uniform(0.5, 2, rows),
        "stratum": cluster % STRATA,
        "cluster": cluster,
        "domain": (cluster + chance.integers(0, 5, rows)) % DOMAINS,
    }
    columns |= {f"y{index}": chance.normal(size=rows) for index in range(VARIABLES)}
    return pyarrow.table(columns)


def best(work, runs: int = RUNS) -> float:
    """The shortest of several runs, in seconds."""
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def main() -> int:
    """Measure, print, and return 1 where the two disagree about a mean."""
    table = sample(ROWS)
    names = tuple(f"y{index}" for index in range(VARIABLES))
    bare = duckdb.connect(config={"threads": 2})
    bare.register("arrow", table)
    bare.execute("create table survey as select * from arrow")
    query = "select domain, sum(w), " + ", ".join(f"sum(w * {name})" for name in names) + " from survey group by domain"
    design = Design("w", "stratum", "cluster")
    with open_dataset(table, memory_limit="4GB") as opened:
        kept = opened.connection.create_table("kept", opened.table)

        def ours(*, design_effects: bool):
            question = Question(Statistic.MEAN, names, by=("domain",), design_effects=design_effects)
            return estimate_survey(kept, question, design=design)

        found = ours(design_effects=True)
        floor = best(lambda: bare.execute(query).fetchall())
        plain = best(lambda: ours(design_effects=False))
        whole = best(lambda: ours(design_effects=True))
    print(f"{ROWS:,} rows, {VARIABLES} variables, {DOMAINS} domains; the shortest of {RUNS} runs")
    print(f"bare grouped sums      {floor:.3f} s")
    print(f"means and errors       {plain:.3f} s, ratio {plain / floor:.1f}")
    print(f"with design effects    {whole:.3f} s, ratio {whole / floor:.1f}")
    sums = {str(row[0]): row[1:] for row in bare.execute(query).fetchall()}
    wrong = 0
    for each in found:
        weight, *totals = sums[each.estimate.cell.categories[0][1]]
        mean = totals[names.index(each.variable)] / weight
        wrong += abs(each.estimate.value - mean) > 1e-12
    return int(wrong > 0 or len(found) != VARIABLES * DOMAINS)


if __name__ == "__main__":
    sys.exit(main())
