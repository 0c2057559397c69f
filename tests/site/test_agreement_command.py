"""`custodes agreement`: the formats it reads and writes, and what it says of a wrong file. No database is needed."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from typing import NamedTuple

import pyarrow
import pyarrow.csv
import pyarrow.parquet
import pytest

from custodes.site.cli import main

CODES = "excerpt,who,theme\n" + "".join(
    f"{unit},{coder},{code}\n" for unit, codes in enumerate(["11", "12", "22", "33", "31", "22"], 1) for coder, code in zip("AB", codes, strict=True)
)  # fmt: skip


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


OPTIONS = ("--units", "excerpt", "--coders", "who", "--codes", "theme", "--level")


@pytest.fixture
def custodes(monkeypatch, capsys):
    """Run the program in this process, in a folder, with settings that name a database which cannot be reached."""

    def run(folder, *words):
        monkeypatch.chdir(folder)
        monkeypatch.setenv("CUSTODES_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/none")
        monkeypatch.setattr(sys, "argv", ["custodes", "agreement", *words])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return Done(left.value.code or 0, said.out, said.err)

    return run


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "codes.csv").write_text(CODES)
    (tmp_path / "codes.csv.gz").write_bytes(gzip.compress(CODES.encode()))
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(tmp_path / "codes.csv"), tmp_path / "codes.parquet")
    return tmp_path


def test_every_format_of_file_gives_the_same_rows(custodes, folder):
    found = [
        custodes(folder, name, *OPTIONS, "ordinal", "--format", "json")
        for name in ("codes.csv", "codes.csv.gz", "codes.parquet")
    ]
    rows = json.loads(found[0].stdout)

    assert {done.stdout for done in found} == {found[0].stdout}
    assert [row["statistic"] for row in rows] == [
        "krippendorff_alpha", "fleiss_kappa", "cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic",
    ]  # fmt: skip
    assert rows[2]["value"] == pytest.approx((4 / 6 - 12 / 36) / (1 - 12 / 36))


def test_csv_and_table_say_the_same(custodes, folder):
    rows = list(
        csv.DictReader(io.StringIO(custodes(folder, "codes.csv", *OPTIONS, "nominal", "--format", "csv").stdout))
    )
    table = custodes(folder, "codes.csv", *OPTIONS, "nominal").stdout

    assert [row["statistic"] for row in rows] == ["krippendorff_alpha", "fleiss_kappa", "cohen_kappa"]
    assert all(f"{float(row['value']):.6g}" in table for row in rows)


def test_disagreements_are_listed_by_unit(custodes, folder):
    done = custodes(folder, "codes.csv", *OPTIONS, "nominal", "--disagreements", "--format", "csv")

    assert done.stdout == "unit,majority,code of A,code of B\n2,,1,2\n5,,3,1\n"


def test_coefficient_that_does_not_fit_has_a_row_that_says_why(custodes, folder):
    (folder / "uneven.csv").write_text(CODES + "1,C,1\n")
    rows = json.loads(custodes(folder, "uneven.csv", *OPTIONS, "nominal", "--format", "json").stdout)

    assert rows[1]["value"] is None
    assert rows[1]["note"].startswith("refused.unequal-codings: Some units have 2 codes and others 3.")


@pytest.mark.parametrize(
    ("content", "options", "messages"),
    [
        (CODES.replace("theme", "code"), (*OPTIONS, "nominal"), ("no column “theme”", "codes")),
        (CODES + "2,A,1\n", (*OPTIONS, "nominal"), ("row 13, column who", "row 3")),
        (CODES.replace("2,B,2", "2,B,high"), (*OPTIONS, "interval"), ("row 4, column theme", "“high”")),
        (CODES, (*OPTIONS, "nominl"), ("--level", "nominal")),
        (CODES, (*OPTIONS, "nominal", "--format", "jsno"), ("--format", "json")),
        (CODES, (*OPTIONS, "nominal", "--coverage", "95"), ("coverage", "0.95")),
        ("excerpt,who,theme\n1,A,1\n", (*OPTIONS, "nominal"), ("one coder", "second person")),
    ],
)
def test_what_is_wrong_is_said_with_place_and_remedy(custodes, tmp_path, content, options, messages):
    (tmp_path / "codes.csv").write_text(content)
    done = custodes(tmp_path, "codes.csv", *options)

    assert done.returncode == 2
    assert done.stdout == ""
    assert all(message in done.stderr for message in messages), done.stderr
    assert "Remedy:" in done.stderr
    assert "Traceback" not in done.stderr


def test_neither_django_nor_a_database_is_brought_in(folder):
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom custodes.site.cli import app\n"
        f"done = CliRunner().invoke(app, ['agreement', 'codes.csv', *{OPTIONS}, 'nominal'])\n"
        "assert 'krippendorff_alpha' in done.output, done.output\nprint('django' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"
