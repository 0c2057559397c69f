"""`custodes estimate`: the same answer from every kind of file, no database, and messages that name column, row and remedy."""

import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tomllib

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
    assert {row["domain"] for row in rows} >= {"area=islands;grade=a", "area=north;grade=(empty)"}
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
    assert head.split() == list(KEYS[:-1])  # notes stand on standard error
    assert many.split()[:4] == ["d=many", "total", "y", "24"]
    assert one.split()[3] == "–"
    assert "y, d=one: 2 answers in 1 cluster of 1 stratum leave 0 degrees of freedom" in err


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
        (("--stat", "mean", "y", "--cluster", "cluster", "--fpc", "population", "rare"), "--fpc, column rare"),
        (("--stat", "mean", "y", "--strata", "stratum", "lonely", "--cluster", "cluster"), "--strata, column lonely"),
        (("--stat", "mean", "y", "--weight", "weight", "--replicates", "w"), "Give --replicate-method"),
        (
            ("--stat", "mean", "y", "--weight", "weight", "--replicates", "w", "--replicate-method", "jk1"),
            "“w” and a number",
        ),
        (("--stat", "mean", "y", "--replicate-method", "halves"), "Choose from: jk1, jkn, brr, fay, bootstrap."),
        (("--stat", "mean", "y", "--replicate-method", "jk1", "--around", "zero"), "Choose from: mean, estimate."),
        (
            ("--stat", "mean", "y", "--replicate-method", "jk1", "--replicate-scale", ".5"),
            "go with given replicate weights",
        ),
        (
            ("--stat", "mean", "y", "--replicate-method", "brr", "--strata", "stratum", "--cluster", "cluster"),
            "need two in each",
        ),
    ],
)
def test_wrong_words_exit_with_two_and_a_remedy(answer, words, said):
    code, out, err = answer(SAMPLE, *words)

    assert (code, out) == (2, "")
    assert said in err
    assert "Remedy:" in err
    assert "Traceback" not in err


def test_stages_are_named_one_after_the_other(answer):
    stored = tomllib.loads((HERE / "analyst_stages.toml").read_text(encoding="utf-8"))["answer"]
    (expected,) = (each["expected"] for each in stored if each["name"] == "two stages, mean")
    words = ("--weight", "weight", "--strata", "stratum", "--cluster", "psu", "ssu", "--fpc", "psus", "ssus")

    code, out, _ = answer(HERE / "synthetic_stages.csv", "--stat", "mean", "y", *words, "--format", "json")

    (row,) = json.loads(out)
    assert code == 0
    assert [row["value"], row["se"], row["df"]] == pytest.approx(
        [expected[0][key] for key in ("value", "se", "df")], rel=1e-10
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("jk1 given, mean", ("--replicates", "jk1_", "--replicate-method", "jk1")),
        ("fay given, around the estimate, mean", ("--replicates", "fay_", "--replicate-method", "fay", "--fay", ".3", "--around", "estimate")),
        ("factors given, mean", ("--replicates", "factor", "--replicate-method", "jkn", "--replicate-factors", "--replicate-scale", ".5")),
    ],
)  # fmt: skip
def test_given_replicates_are_taken_by_their_prefix(answer, name, words):
    stored = tomllib.loads((HERE / "analyst_given_replicates.toml").read_text(encoding="utf-8"))["answer"]
    (expected,) = (each["expected"] for each in stored if each["name"] == name)

    code, out, _ = answer(
        HERE / "synthetic_replicates.csv",
        "--stat",
        "mean",
        "y",
        "--by",
        "area",
        "--weight",
        "weight",
        *words,
        "--format",
        "json",
    )

    assert code == 0
    for row, other in zip(json.loads(out), expected, strict=True):
        assert [row["domain"], row["df"]] == [other["domain"], other["df"]]
        assert [row[key] for key in ("value", "se", "low", "high")] == pytest.approx(
            [other[key] for key in ("value", "se", "low", "high")], rel=1e-10
        )


@pytest.mark.parametrize("made", [(), ("--replicate-method", "jkn")])
def test_weights_are_calibrated_and_say_how(answer, tmp_path, made):
    known = 'distance = "logit"\nbounds = [0.3, 2.6]\n[[margin]]\ncolumns = ["area"]\ntotals = { islands = 300, north = 1700, south = 900 }\n'
    (tmp_path / "known.toml").write_text(known + "[sums]\nz = 105000.0\n")
    stored = tomllib.loads((HERE / "analyst_calibrated_further.toml").read_text(encoding="utf-8"))["answer"]
    how = "jackknife" if made else "linearised"
    (expected,) = (each["expected"] for each in stored if each["name"] == f"logit, {how}, total")
    words = ("--by", "stratum", "--calibrate", tmp_path / "known.toml", "--format", "json")

    code, out, err = answer(SAMPLE, "--stat", "total", "rare", *DESIGN, *made, *words)

    found = {row["domain"]: row for row in json.loads(out)}
    assert code == 0
    assert "Calibrated by the logit distance in" in err
    for other in expected:
        row = found[other["domain"]]
        assert [row["value"], row["se"]] == pytest.approx([other["value"], other["se"]], rel=1e-10)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("distance =", "Not valid TOML"),
        ('distance = "near"', "Choose from: linear, raking, logit."),
        ('distance = "logit"\n[sums]\nz = 105000.0', "lies between bounds"),
        ("[[margin]]\ncolumns = 3", "does not say what is known"),
        ('distnce = "raking"\n[sums]\nz = 105000.0', "There is no “distnce” here."),
        ('[[margin]]\ncolumn = ["area"]\ntotals = { north = 1700 }', "Did you mean “columns”?"),
        ('[[margin]]\ncolumns = ["area"]\ntotals = { north = 1700 }', "has no total"),
    ],
)
def test_wrong_calibration_exits_with_two_and_a_remedy(answer, tmp_path, text, said):
    (tmp_path / "known.toml").write_text(text)

    code, out, err = answer(SAMPLE, "--stat", "mean", "y", *DESIGN, "--calibrate", tmp_path / "known.toml")

    assert (code, out) == (2, "")
    assert said in err
    assert "Remedy:" in err


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
