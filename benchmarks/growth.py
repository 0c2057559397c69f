# ruff: noqa: T201
"""How time and memory grow with rows: means with standard errors of five variables in 50 domains, from a Parquet file on disc.

`python benchmarks/growth.py [--least 100000] [--most 1000000] [--memory 3GB] [--spark]`. Sizes go up tenfold from the least to the most rows;
10^8 rows take a file of 6 GB in the folder for temporary files (TMPDIR). Each size is estimated by a process of its own, so that its memory can be
told. Ends with 1 where a process takes more than 4 GiB. `--spark` asks Apache Spark on this machine for the same and compares the answers.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from custodes.evidence.engines import Engine, EngineName
from custodes.evidence.measures import Statistic
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.survey_files import open_survey_file
from custodes.evidence.types import Design

STRATA, CLUSTERS, DOMAINS, VARIABLES = 100, 20_000, 50, 5
LEAST_ROWS, MOST_ROWS, MOST_BYTES = 100_000, 1_000_000, 4 * 2**30
AGREED = 1e-12


def write_sample(place: Path, rows: int) -> None:
    """A sample that DuckDB draws, row group by row group."""
    variables = ", ".join(f"random() + c / {CLUSTERS} as y{index}" for index in range(VARIABLES))
    engine = duckdb.connect(config={"memory_limit": "2GB", "preserve_insertion_order": False})
    engine.execute(
        f"copy (select 0.5 + random() as w, c % {STRATA} as stratum, c as cluster, (c + (random() * 5)::int) % {DOMAINS} as domain, {variables} "
        f"from (select (random() * {CLUSTERS - 1})::int as c from range({rows}))) to '{place}' (format parquet)"
    )
    engine.close()


def measure(place: Path, *, engine: EngineName, memory: str) -> None:
    """Estimate once in this process and print seconds, peak memory and the answers as JSON."""
    question = Question(Statistic.MEAN, tuple(f"y{index}" for index in range(VARIABLES)), by=("domain",))
    began = time.perf_counter()
    with open_survey_file(place, engine=Engine(engine, memory_limit=memory)) as opened:
        opened_at = time.perf_counter()
        found = estimate_survey(opened.table, question, design=Design("w", "stratum", "cluster"))
        took = time.perf_counter() - opened_at
    answers = [(each.estimate.value, each.estimate.se) for each in found]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"opening": opened_at - began, "seconds": took, "bytes": peak, "answers": answers}))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--least", type=int, default=LEAST_ROWS)
    parser.add_argument("--most", type=int, default=MOST_ROWS)
    parser.add_argument("--memory", default="3GB")
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--engine", type=EngineName, default=EngineName.DUCKDB, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.measure:
        measure(words.measure, engine=words.engine, memory=words.memory)
        return 0
    too_much, rows = 0, words.least
    with tempfile.TemporaryDirectory() as folder:
        while rows <= words.most:
            place = Path(folder) / f"{rows}.parquet"
            write_sample(place, rows)
            ours = alone(place, EngineName.DUCKDB, words.memory)
            print(
                f"{rows:>11,} rows: {ours['seconds']:.2f} s, {1e9 * ours['seconds'] / rows:.0f} ns a row, "
                f"peak {ours['bytes'] / 2**30:.2f} GiB",
                flush=True,
            )
            too_much += ours["bytes"] > MOST_BYTES
            if words.spark:
                too_much += not beside_spark(place, ours, words.memory)
            place.unlink()
            rows *= 10
    return int(too_much > 0)


def alone(place: Path, engine: EngineName, memory: str) -> dict:
    """What a process of its own measured."""
    command = [sys.executable, __file__, "--measure", str(place), "--engine", engine.value, "--memory", memory]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def beside_spark(place: Path, ours: dict, memory: str) -> bool:
    """Print how long Spark takes on all cores of this machine, and say whether it answers the same."""
    theirs = alone(place, EngineName.SPARK, memory)
    pairs = zip(ours["answers"], theirs["answers"], strict=True)
    furthest = max(abs(a - b) / abs(a) for one, other in pairs for a, b in zip(one, other, strict=True))
    print(
        f"{'':>17} Spark: {theirs['seconds']:.2f} s and {theirs['opening']:.1f} s to start, "
        f"{theirs['seconds'] / ours['seconds']:.1f} times DuckDB, answers within {furthest:.1g}",
        flush=True,
    )
    return furthest <= AGREED


if __name__ == "__main__":
    sys.exit(main())
