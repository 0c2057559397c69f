"""`custodes estimate`: the same answer from every kind of file, no database, and messages that name column, row and remedy."""

import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys

import pyarrow.csv
import pyarrow.parquet
import pyreadstat
import pytest

from custodes.site.cli import main, spread_words
from custodes.site.commands.estimate import KEYS
from tests.reference.cases import HERE

SAMPLE = HERE / "synthetic_survey.csv"
DESIGN = ("--weight", "weight", "--strata", "stratum", "--cluster", "cluster", "--fpc", "population")


@pytest.fixture
def answer(monkeypatch, capsys):
    """Run the program in this process: exit code, standard output, standard error."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["custodes", "estimate", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return left.value.code or 0, said.out, said.err

    return run


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The sample as every kind of file."""
    folder = tmp_path_factory.mktemp("files")
    shutil.copy(SAMPLE, folder / "sample.csv")
    (folder / "sample.csv.gz").write_bytes(gzip.compress(SAMPLE.read_bytes()))
    table = pyarrow.csv.read_csv(SAMPLE, convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=True))
    pyarrow.parquet.write_table(table, folder / "sample.parquet")
    frame = table.to_pandas()
    text = frame.select_dtypes(exclude="number").columns
    frame[text] = frame[text].astype(object).where(frame[text].notna(), "")
    pyreadstat.write_sav(frame, str(folder / "sample.sav"))
    pyreadstat.write_dta(frame, str(folder / "sample.dta"))
    return folder


def test_rows_have_the_promised_keys_in_json_and_csv(answer):
    code, out, _ = answer(SAMPLE, "--stat", "mean", "y", "z", *DESIGN, "--by", "area", "grade", "--format", "json")
    _, text, _ = answer(SAMPLE, "--stat", "mean", "y", "z", *DESIGN, "--by", "area", "grade", "--format", "csv")

    rows = json.loads(out)
    assert code == 0
    assert {tuple(row) for row in rows} == {KEYS}
    assert len(rows) == 2 * 11  # nobody on the islands left the grade open
    assert {row["domain"] for row in rows} >= {"area=islands;grade=a", "area=north;grade="}
    read = list(csv.DictReader(io.StringIO(text)))
    assert tuple(read[0]) == KEYS
    assert [float(row["value"]) if row["value"] else None for row in read] == [row["value"] for row in rows]


@pytest.mark.parametrize("name", ["sample.csv.gz", "sample.parquet", "sample.sav", "sample.dta"])
@pytest.mark.parametrize("question", [("mean", "y"), ("proportion", "grade"), ("quantile", "y")])
def test_every_kind_of_file_gives_the_same_answer(answer, files, name, question):
    asked = ("--stat", *question, *DESIGN, "--by", "area", "--format", "json")
    _, expected, _ = answer(files / "sample.csv", *asked)
    code, found, _ = answer(files / name, *asked)

    assert code == 0
    rows = json.loads(found)
    assert len(rows) >= 3
    for row, other in zip(rows, json.loads(expected), strict=True):
        assert {key: row[key] for key in ("domain", "level", "n", "missing", "df")} == {
            key: other[key] for key in ("domain", "level", "n", "missing", "df")
        }
        assert row["value"] == pytest.approx(other["value"], rel=1e-12)
        assert row["se"] == (other["se"] and pytest.approx(other["se"], rel=1e-12))


def test_table_is_aligned_and_says_what_it_could_not_estimate(answer, tmp_path):
    lines = ["d,c,y", *(f"{'one' if index % 4 == 0 else 'many'},{index % 4},{index}" for index in range(8))]
    place = tmp_path / "small.csv"
    place.write_text("\n".join(lines))

    code, out, err = answer(place, "--stat", "total", "y", "--cluster", "c", "--by", "d")

    assert code == 0
    head, many, one = out.splitlines()
    assert head.split() == list(KEYS)
    assert many.split()[:4] == ["d=many", "total", "y", "24"]
    assert one.split()[3] == "–"
    assert "d=one: 2 answers in 1 clusters" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--stat", "mean", "yy"), "There is no column “yy”."),
        (("--stat", "average", "y"), "Choose from: mean, total, proportion, ratio, quantile."),
        (("--stat", "mean", "y", "--lonely", "never"), "Choose from: refuse"),
        (("--stat", "mean", "y", "--format", "xml"), "Choose table, json or csv."),
        (("--stat", "ratio", "y"), "A ratio needs a denominator"),
        (("--stat", "mean", "y", "--weight", "rare"), "column rare"),
        (("--stat", "mean", "y", "--strata", "lonely", "--cluster", "lonely_cluster"), "--lonely certainty"),
        (("--stat", "quantile", "grade"), "is not a number"),
        (("--stat", "mean", "y", "--strata", "stratum", "--cluster", "cluster", "--fpc", "rare"), "column rare"),
    ],
)
def test_wrong_words_exit_with_two_and_a_remedy(answer, words, said):
    code, out, err = answer(SAMPLE, *words)

    assert (code, out) == (2, "")
    assert said in err
    assert "Remedy:" in err
    assert "Traceback" not in err


def test_file_that_is_not_what_its_name_says_is_refused(answer, tmp_path):
    (tmp_path / "a.sav").write_text("no SPSS file")

    for name in ("a.sav", "absent.csv"):
        code, _, err = answer(tmp_path / name, "--stat", "mean", "y")
        assert code == 2
        assert name in err


def test_options_that_take_many_words_take_them_up_to_the_next_option():
    words = ["f.csv", "--by", "a", "b", "--stat", "mean", "y", "--quantiles", ".1", ".2"]

    assert spread_words(words, {"--by", "--quantiles"}) == [
        "f.csv", "--by", "a", "--by", "b", "--stat", "mean", "y", "--quantiles", ".1", "--quantiles", ".2",
    ]  # fmt: skip


def test_estimating_needs_no_django():
    script = (
        "import sys\nfrom typer.testing import CliRunner\nfrom custodes.site.cli import app\n"
        f"ran = CliRunner().invoke(app, ['estimate', {str(SAMPLE)!r}, '--stat', 'mean', 'y'])\n"
        "assert ran.exit_code == 0, ran.output\n"
        "print('django' in sys.modules)"
    )
    alone = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=alone)

    assert done.stdout.strip() == "False"
