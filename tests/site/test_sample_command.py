"""`custodes sample …`: from a frame to an estimate by files alone, the same draw from every kind of file, and messages that name the place."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys

import pyarrow.csv
import pyarrow.parquet
import pytest

from custodes.evidence.sampling.record import ROW_KEYS
from custodes.site.cli import main
from tests.evidence.frames import household_rows, village_rows

PPS = (
    "--unit",
    "village",
    "--strata",
    "district",
    "--method",
    "pps",
    "--size",
    "people",
    "--units",
    "6",
    "--allocation",
    "equal",
)
CLUSTERS = ("villages.csv", *PPS, "--take", "3", "--reserve", "1", "--seed", "11")


@pytest.fixture
def custodes(monkeypatch, capsys):
    """Run the program in this process, with settings that name a database which cannot be reached."""

    def run(*words):
        monkeypatch.setenv("CUSTODES_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/none")
        monkeypatch.setattr(sys, "argv", ["custodes", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return left.value.code or 0, said.out, said.err

    return run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A frame of villages, as every kind of file, and the list of all their households."""
    for name, rows in (("villages.csv", village_rows()), ("households.csv", household_rows())):
        with (tmp_path / name).open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    text = (tmp_path / "villages.csv").read_bytes()
    (tmp_path / "villages.csv.gz").write_bytes(gzip.compress(text))
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(io.BytesIO(text)), tmp_path / "villages.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_from_frame_to_estimate_by_files_alone(custodes, folder):
    code, out, _ = custodes("sample", "draw", *CLUSTERS, "--format", "json")
    assert code == 0
    (folder / "sample.json").write_text(out)
    drawn = {each["key"] for each in json.loads(out)["first"]}
    listed = [row for row in household_rows() if row["village"] in drawn]
    (folder / "list.csv").write_text(
        "village,household,adults\n"
        + "".join(f"{row['village']},{row['household']},{row['adults']}\n" for row in listed)
    )

    words = ("list.csv", "--unit", "household", "--cluster", "village", "--eligible", "adults", "--reserve-within", "2")
    _, out, _ = custodes("sample", "households", "sample.json", *words, "--format", "json")
    record = json.loads(out)
    (folder / "round1.json").write_text(out)
    answers = {(row["village"], row["household"]): row["income"] for row in household_rows()}
    asked = [row | {"income": answers[row["cluster"], row["unit"]]} for row in record["rows"] if row["role"] == "drawn"]
    with (folder / "answers.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(asked[0]))
        writer.writeheader()
        writer.writerows(asked)
    code, out, err = custodes(
        "estimate", "answers.csv", "income", "--stat", "total", *record["estimate"].split(), "--format", "json"
    )

    assert code == 0, err
    (found,) = json.loads(out)
    assert found["value"] == pytest.approx(sum(row["weight"] * row["income"] for row in asked))
    assert found["se"] > 0

    old, new = (
        next(row for row in record["rows"] if row["role"] == role and row["cluster"] == "n0")
        for role in ("drawn", "reserve")
    )
    code, out, _ = custodes(
        "sample", "replace", "round1.json", old["unit"], new["unit"], "--cluster", "n0", "--reason", "moved away", "--format", "csv"
    )  # fmt: skip
    changed = {(row["cluster"], row["unit"]): row for row in csv.DictReader(io.StringIO(out))}
    assert list(next(iter(changed.values()))) == list(ROW_KEYS)
    assert (changed["n0", new["unit"]]["role"], changed["n0", new["unit"]]["replaces"]) == ("drawn", old["unit"])
    code, out, err = custodes("sample", "wave", "round1.json", "--retain", "0.67", "--format", "csv")
    assert code == 0
    assert "Wave 2: 12 stay, 6 rest, 6 come in." in err
    assert {row["role"] for row in csv.DictReader(io.StringIO(out))} == {"drawn", "reserve", "rested"}


def test_every_kind_of_file_and_form_gives_the_same_sample(custodes, folder):
    rows = [
        json.loads(custodes("sample", "draw", name, *CLUSTERS[1:], "--format", "json")[1])["rows"]
        for name in ("villages.csv", "villages.csv.gz", "villages.parquet")
    ]
    _, text, err = custodes("sample", "draw", *CLUSTERS, "--format", "csv")
    _, table, _ = custodes("sample", "draw", *CLUSTERS)

    assert rows[0] == rows[1] == rows[2]
    assert [row["unit"] for row in csv.DictReader(io.StringIO(text))] == [row["unit"] for row in rows[0]]
    assert {row["seed"] for row in csv.DictReader(io.StringIO(text))} == {"11"}
    assert all(f"{row['unit']} " in table for row in rows[0])
    assert f"frame sha256: {rows[0][0]['frame_sha256']}" in table
    assert err == ""


def test_draw_without_a_seed_says_the_one_it_took(custodes, folder):
    words = CLUSTERS[: CLUSTERS.index("--seed")]
    first = json.loads(custodes("sample", "draw", *words, "--format", "json")[1])
    again = json.loads(custodes("sample", "draw", *words, "--seed", first["seed"], "--format", "json")[1])
    other = json.loads(custodes("sample", "draw", *words, "--format", "json")[1])

    assert again == first
    assert other["seed"] != first["seed"]


def test_counts_of_the_field_give_the_weights(custodes, folder):
    record = custodes("sample", "draw", *CLUSTERS, "--format", "json")[1]
    (folder / "sample.json").write_text(record)
    (folder / "counts.csv").write_text(
        "village,found\n" + "".join(f"{each['key']},{2 * each['size']:.0f}\n" for each in json.loads(record)["first"])
    )
    _, out, _ = custodes(
        "sample", "count", "sample.json", "counts.csv", "--cluster", "village", "--number", "found", "--format", "csv"
    )
    rows = [row for row in csv.DictReader(io.StringIO(out)) if row["role"] == "drawn"]

    assert all(
        float(row["weight"]) == pytest.approx(1 / (float(row["p_1"]) * min(1, 3 / float(row["listed"]))))
        for row in rows
    )
    code, _, err = custodes(
        "sample", "count", "sample.json", "counts.csv", "--cluster", "village", "--unit", "village", "--number", "found"
    )
    assert (code, "--unit" in err) == (2, True)


def test_response_is_said_by_class_and_its_weights_are_listed(custodes, folder):
    record = custodes("sample", "draw", "households.csv", "--unit", "household", "--cluster", "village", "--strata", "district", "--method", "simple",
                      "--units", "6", "--take", "3", "--seed", "5", "--format", "json")[1]  # fmt: skip
    (folder / "sample.json").write_text(record)
    drawn = [row for row in json.loads(record)["rows"] if row["role"] == "drawn"]
    (folder / "answers.csv").write_text("v,h\n" + "".join(f"{row['cluster']},{row['unit']}\n" for row in drawn[1:]))
    words = ("sample", "response", "sample.json", "answers.csv", "--cluster", "v", "--unit", "h", "--format", "csv")

    classes = list(csv.DictReader(io.StringIO(custodes(*words)[1])))
    weights = list(csv.DictReader(io.StringIO(custodes(*words, "--weights")[1])))

    assert [(row["class"], int(row["asked"]) - int(row["answered"])) for row in classes] == [("north", 1), ("south", 0)]
    assert float(classes[0]["attrition"]) == pytest.approx(1 - 1 / float(classes[0]["factor"]))
    assert len(weights) == len(drawn) - 1
    assert sum(float(row["adjusted_weight"]) for row in weights) == pytest.approx(sum(row["weight"] for row in drawn))
    assert custodes(*words, "--by", "colour")[0] == 2


def test_strata_file_pseudonyms_and_precision(custodes, folder):
    (folder / "strata.toml").write_text("[units]\nnorth = 3\nsouth = 2\n")
    (folder / "secret").write_text("0123456789abcdef0123456789abcdef")
    words = (
        "villages.csv",
        "--unit",
        "village",
        "--strata",
        "district",
        "--method",
        "simple",
        "--seed",
        "1",
        "--share",
        "0.5",
    )
    code, table, _ = custodes(
        "sample", "draw", *words, "--allocation", "given", "--given", "strata.toml", "--secret", "secret"
    )

    assert code == 0
    assert "A share of 0.5 will be known to within ±" in table
    assert "pseudonym" in table
    (folder / "spread.toml").write_text("[spread]\nnorth = 1\nsouth = 9.5\n")
    code, out, _ = custodes(
        "sample", "draw", *words, "--allocation", "neyman", "--given", "spread.toml", "--units", "6", "--format", "json"
    )
    assert [each["drawn"] for each in json.loads(out)["strata"]] == [2, 4]


def test_size_says_how_many_to_ask(custodes):
    words = ("--margin", "0.03", "--take", "10", "--correlation", "0.05", "--response", "0.8", "--format", "json")
    ((row,), code) = (json.loads((found := custodes("sample", "size", *words))[1]), found[0])

    assert code == 0
    assert (row["answers"], row["asked"], row["design_effect"]) == (1548, 1935, pytest.approx(1.45))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("draw", *CLUSTERS, "--format", "jsno"), "--format"),
        (("draw", "villages.csv", *PPS[:-4], "--units", "1"), "number of units"),
        (("draw", "villages.csv", *PPS[:-4], "--units", "6", "--allocation", "equall"), "--allocation"),
        (("draw", "none.csv", *PPS), "none.csv"),
        (("draw", "villages.csv", "--unit", "vilage", "--method", "simple", "--units", "5"), "Did you mean “village”?"),
        (("draw", *CLUSTERS, "--secret", "short"), "short"),
        (("draw", "villages.csv", *PPS[:-4], "--allocation", "given", "--given", "wrong.toml"), "wrong.toml"),
        (("draw", "villages.csv", *PPS[:-4], "--allocation", "given", "--given", "broken.toml"), "Not valid TOML"),
        (("draw", "villages.csv", *PPS[:-4], "--allocation", "given", "--given", "none.toml"), "none.toml"),
        (("wave", "villages.csv", "--retain", "0.5"), "not a sample"),
        (("wave", "none.json", "--retain", "0.5"), "none.json"),
        (("size", "--margin", "3"), "margin"),
    ],
)
def test_what_is_wrong_is_said_with_place_and_remedy(custodes, folder, words, said):
    (folder / "short").write_text("abc")
    (folder / "wrong.toml").write_text("[units]\nnorth = 2.5\nsouth = 2\n")
    (folder / "broken.toml").write_text("[units\n")
    code, out, err = custodes("sample", *words)

    assert code == 2
    assert out == ""
    assert said in err
    assert "Where:" in err
    assert "Remedy:" in err
    assert "Traceback" not in err


def test_neither_django_nor_a_database_is_brought_in(folder):
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom custodes.site.cli import app\n"
        f"done = CliRunner().invoke(app, ['sample', 'draw', *{CLUSTERS}])\n"
        "assert 'variance_stratum' in done.output, done.output\nprint('django' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"
