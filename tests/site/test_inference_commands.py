"""`custodes associate`, `custodes regress` and the comparisons of `custodes estimate`: promised keys, and messages with column, row and remedy."""

import csv
import io
import json
import sys

import pytest
from typer.main import get_command

from custodes.site.cli import app, main
from custodes.site.commands.estimate import KEYS
from custodes.site.commands.inference import ASSOCIATION_KEYS, REGRESSION_KEYS
from tests.reference.cases import HERE

SAMPLE = HERE / "synthetic_survey.csv"
DESIGN = ("--weight", "weight", "--strata", "stratum", "--cluster", "cluster", "--fpc", "population")
MEAN = ("estimate", SAMPLE, "--stat", "mean")
LINEAR = ("--family", "linear")


@pytest.fixture
def answer(monkeypatch, capsys):
    """Run the program in this process: exit code, standard output, standard error."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["custodes", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return left.value.code or 0, said.out, said.err

    return run


@pytest.mark.parametrize(
    ("words", "keys", "domains"),
    [
        ((*MEAN, "y", *DESIGN, "--difference", "area", "--against", "south"), KEYS, {"area=islands - area=south", "area=north - area=south"}),
        ((*MEAN, "y", "z", *DESIGN, "--by", "area", "--contrast", "y - z"), KEYS, {"area=islands", "area=north", "area=south"}),
        ((*MEAN, "y", *DESIGN, "--earlier", SAMPLE), KEYS, {""}),
        (("associate", SAMPLE, "rare", "grade", *DESIGN), ASSOCIATION_KEYS, {""}),
        (("regress", SAMPLE, "grade", "z", "--family", "logistic", "--success", "a", *DESIGN), REGRESSION_KEYS, {""}),
    ],
    ids=["difference", "contrast", "earlier", "associate", "logistic"],
)  # fmt: skip
def test_json_and_csv_have_the_promised_keys_and_the_same_figures(answer, words, keys, domains):
    code, out, _ = answer(*words, "--format", "json")
    _, text, _ = answer(*words, "--format", "csv")

    rows = json.loads(out)
    assert code == 0
    assert {tuple(row) for row in rows} == {keys}
    assert {row["domain"] for row in rows} == domains
    read = list(csv.DictReader(io.StringIO(text)))
    assert tuple(read[0]) == keys
    # The engine adds in any order, so that the last digits of two runs may differ.
    assert [row["value"] != "" for row in read] == [row["value"] is not None for row in rows]
    for one, other in zip(read, rows, strict=True):
        assert one["value"] == "" or float(one["value"]) == pytest.approx(other["value"], rel=1e-12, abs=1e-12)


def test_waves_say_whether_they_share_clusters(answer):
    _, out, apart = answer(*MEAN, "z", *DESIGN, "--wave", "pair", "--format", "json")
    _, _, shared = answer(*MEAN, "z", *DESIGN, "--wave", "rare", "--format", "json")

    assert [row["domain"] for row in json.loads(out)] == ["pair=yes - pair=no"]
    assert "No cluster is in several waves" in apart
    assert "of 30 clusters are in several waves" in shared


def test_comparisons_know_stages_replicates_and_calibration(answer, tmp_path):
    (tmp_path / "known.toml").write_text(
        '[[margin]]\ncolumns = ["area"]\ntotals = { islands = 200, north = 750, south = 450 }\n'
    )
    design = ("--weight", "weight", "--strata", "stratum", "--cluster", "psu", "ssu", "--fpc", "psus", "ssus")
    stages = (HERE / "synthetic_stages.csv", "--stat", "mean", "y", *design)
    plan = ("--weight", "weight", "--replicates", "brr_", "--replicate-method", "brr")
    given = (HERE / "synthetic_replicates.csv", "--stat", "mean", "z", *plan)

    staged, out, said = answer(
        "estimate", *stages, "--difference", "area", "--calibrate", tmp_path / "known.toml", "--format", "json"
    )
    waves, _, told = answer("estimate", *given, "--wave", "area")

    assert (staged, waves) == (0, 0)
    assert [row["domain"] for row in json.loads(out)] == ["area=north - area=islands", "area=south - area=islands"]
    assert all(row["se"] > 0 for row in json.loads(out))
    assert "Calibrated by the" in said
    assert "in the replicate weights" in told


def test_inference_knows_stages_interactions_and_replicates(answer):
    design = ("--weight", "weight", "--strata", "stratum", "--cluster", "psu", "ssu", "--fpc", "psus", "ssus")
    staged = HERE / "synthetic_stages.csv"
    given = (
        HERE / "synthetic_replicates.csv",
        "--weight",
        "weight",
        "--replicates",
        "brr_",
        "--replicate-method",
        "brr",
    )

    associated, out, _ = answer("associate", staged, "grade", "area", *design, "--format", "json")
    regressed, text, _ = answer("regress", staged, "y", "z*area", *LINEAR, *design, "--format", "csv")
    replicated, table, _ = answer("regress", given[0], "y", "z", *LINEAR, *given[1:])
    tested, _, _ = answer("associate", given[0], "grade", "area", *given[1:])

    assert (associated, regressed, replicated, tested) == (0, 0, 0, 0)
    assert [row["test"] for row in json.loads(out)] == ["F", "chisq"]
    assert [(row["predictor"], row["level"]) for row in csv.DictReader(io.StringIO(text))][-2:] == [
        ("z:area", "north"),
        ("z:area", "south"),
    ]
    assert "(intercept)" in table


def test_options_of_the_design_are_the_same_for_all_commands():
    program = get_command(app)
    shared = {
        name: [(each.opts, each.help, each.multiple) for each in program.commands[name].params]
        for name in ("estimate", "associate", "regress")
    }
    for option in ("--strata", "--cluster", "--weight", "--fpc", "--lonely", "--replicate-method", "--replicates"):
        declared = {name: [each for each in options if each[0] == [option]] for name, options in shared.items()}
        assert declared["estimate"] == declared["associate"] == declared["regress"] != []


def test_table_leaves_out_columns_that_are_empty_everywhere(answer):
    _, linear, _ = answer("regress", SAMPLE, "z", "y", *LINEAR, *DESIGN)
    _, logistic, _ = answer("regress", SAMPLE, "rare", "y", "--family", "logistic", *DESIGN)

    head, *lines = linear.splitlines()
    assert head.split() == [
        "family", "outcome", "predictor", "value", "se", "low", "high", "t", "p", "df", "n", "missing",
    ]  # fmt: skip
    assert [line.split()[2] for line in lines] == ["(intercept)", "y"]
    assert logistic.splitlines()[0].split()[-4:] == ["odds_ratio", "odds_low", "odds_high", "rounds"]


def test_domain_that_is_refused_has_an_empty_row_and_a_sentence(answer, tmp_path):
    place = tmp_path / "small.csv"
    lines = (f"{'few' if i < 2 else 'many'},{i % 9},{i * i % 7},{i}\n" for i in range(40))
    place.write_text("d,c,y,x\n" + "".join(lines))

    code, out, err = answer("regress", place, "y", "x", *LINEAR, "--cluster", "c", "--by", "d", "--format", "json")

    rows = json.loads(out)
    assert code == 0
    assert [(row["domain"], row["predictor"]) for row in rows] == [
        ("d=few", ""),
        ("d=many", "(intercept)"),
        ("d=many", "x"),
    ]
    assert [row["value"] is None for row in rows] == [True, False, False]
    assert "d=few: 2 clusters in 1 stratum leave no degree of freedom" in err


def test_refusal_of_every_domain_is_an_error(answer):
    code, out, err = answer(
        "regress", SAMPLE, "y", "z", *LINEAR, "--cluster", "lonely_cluster", "--by", "lonely_cluster"
    )

    assert (code, out) == (2, "")
    assert "degree of freedom" in err
    assert "Remedy:" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*MEAN, "y", "--difference", "are"), "There is no column “are”."),
        ((*MEAN, "y", "--difference", "area", "--wave", "pair"), "--difference and --wave"),
        ((*MEAN, "y", "--against", "north"), "--against"),
        ((*MEAN, "y", "--difference", "area", "--against", "west"), "no category “west”"),
        ((*MEAN, "y", "--contrast", "y -"), "its end"),
        (("estimate", SAMPLE, "--stat", "quantile", "y", "--difference", "area"), "Quantiles"),
        ((*MEAN, "y", "--difference", "area", "--strata", "lonely", "--cluster", "lonely_cluster"), "--lonely certainty"),
        ((*MEAN, "y", "--earlier", "absent.csv"), "absent.csv"),
        (("associate", SAMPLE, "grade", "are"), "There is no column “are”."),
        (("associate", SAMPLE, "grade", "grade"), "Name each column once."),
        (("associate", SAMPLE, "grade", "area", "--weight", "rare"), "column rare"),
        (("associate", SAMPLE, "grade", "area", "--strata", "lonely", "--cluster", "lonely_cluster"), "--lonely certainty"),
        (("associate", SAMPLE, "z", "area"), "cells"),
        (("associate", SAMPLE, "grade", "area", "--format", "xml"), "Choose table, json or csv."),
        (("regress", SAMPLE, "y", "zz", *LINEAR), "There is no column “zz”."),
        (("regress", SAMPLE, "y", "z", "--family", "probit"), "Choose from: linear, logistic."),
        (("regress", SAMPLE, "y", "area", *LINEAR, "--reference", "north"), "COLUMN=CATEGORY"),
        (("regress", SAMPLE, "y", "area", *LINEAR, "--reference", "area=west"), "“west”"),
        (("regress", SAMPLE, "grade", "z", *LINEAR), "row 1, column grade"),
        (("regress", SAMPLE, "y", "z", "--family", "logistic"), "neither 0 nor 1"),
        (("regress", SAMPLE, "y", "z", *LINEAR, "--strata", "stratum", "--cluster", "cluster", "--fpc", "rare"), "column rare"),
        (("regress", SAMPLE, "rare", "lonely_cluster", "--family", "logistic"), "separate yes from no"),
    ],
)  # fmt: skip
def test_wrong_words_exit_with_two_and_a_remedy(answer, words, said):
    code, out, err = answer(*words)

    assert (code, out) == (2, "")
    assert said in err
    assert "Remedy:" in err
    assert "Traceback" not in err
