# ruff: noqa: T201
"""The import of a survey of 45,541 rows and 63 columns, from file to registered data set, against pyarrow.csv.read_csv of the file."""

import csv
import random
import sys
import tempfile
import time
from pathlib import Path

from _karuna import demonstration, folder_from_arguments

ROWS, COLUMNS = 45_541, 63


def write_survey(place: Path) -> None:
    """A synthetic file of the shape of Afrobarometer's round 6."""
    chance = random.Random(6)
    with place.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["respno", "withinwt", "date", *(f"q{number}" for number in range(COLUMNS - 3))])
        for row in range(ROWS):
            answers = [chance.choice((0, 1, 2, 3, 9)) for _ in range(COLUMNS - 3)]
            writer.writerow([row, round(chance.uniform(0.3, 3), 4), f"2015-03-{1 + row % 28:02d}", *answers])


def main() -> int:
    """Measure once, print, and return 1 where the import lost a row."""
    with demonstration(folder_from_arguments(__doc__)), tempfile.TemporaryDirectory() as temporary:
        from pyarrow import csv as arrow

        from custodes.collection.actions import import_file
        from custodes.people.models import Account

        place = Path(temporary) / "survey.csv"
        write_survey(place)
        officer = Account.objects.filter(grants__role="me_officer").first()
        began = time.perf_counter()
        rows = arrow.read_csv(place).num_rows
        floor = time.perf_counter() - began
        began = time.perf_counter()
        run = import_file(
            place, by=officer, source="survey", title="Survey", series="bench", licence="CC0-1.0", provenance="Made to measure.",
            programme="accountability",
        )  # fmt: skip
        took = time.perf_counter() - began
        print(
            f"{rows} rows of {COLUMNS} columns: read_csv {floor:.2f} s, import {took:.2f} s, ratio {took / floor:.0f}"
        )
        return int(run.dataset.rows != rows)


if __name__ == "__main__":
    sys.exit(main())
