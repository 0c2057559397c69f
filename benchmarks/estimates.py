# ruff: noqa: T201
"""A survey proportion with its design-based interval on 1,000,000 synthetic rows, against the bare grouped sum of DuckDB."""

import sys
import time

import duckdb
import ibis
import numpy
import pyarrow

from custodes.evidence.registry import estimator
from custodes.evidence.types import Design, MissingPolicy

ROWS = 1_000_000


def main() -> int:
    """Measure, print, and return 1 where the two disagree about the point."""
    chance = numpy.random.default_rng(1)
    cluster = numpy.arange(ROWS) // 100
    table = pyarrow.table({
        "_weight": chance.uniform(0.5, 2, ROWS), "_stratum": (cluster % 50).astype(str), "_cluster": cluster.astype(str),
        "sex": numpy.where(chance.random(ROWS) < 0.5, "f", "m"), "trust": chance.integers(0, 4, ROWS).astype(float),
    })  # fmt: skip
    memory = duckdb.connect()
    memory.register("survey", table)
    query = "select sex, sum(case when trust >= 2 then _weight else 0 end) / sum(_weight) from survey group by sex"
    memory.execute(query).fetchall()
    began = time.perf_counter()
    bare = dict(memory.execute(query).fetchall())
    floor = time.perf_counter() - began
    opened = ibis.memtable(table)
    item = estimator("survey_proportion")
    began = time.perf_counter()
    found = item.crossing(
        opened, arguments={"column": "trust", "positive": ["2", "3"], "missing_codes": []}, by=["sex"],
        design=Design(weight="_weight", strata="_stratum", clusters="_cluster"), missing=MissingPolicy.EXCLUDE,
    )  # fmt: skip
    took = time.perf_counter() - began
    print(f"{ROWS} rows: grouped sum {floor:.3f} s, proportion with interval {took:.3f} s, ratio {took / floor:.0f}")
    values = {dict(each.cell.categories)["sex"]: each.value for each in found.estimates}
    return int(any(abs(values[sex] - bare[sex]) > 1e-9 for sex in bare))


if __name__ == "__main__":
    sys.exit(main())
