"""The commands on files that people really have: codes for no answer, empty columns, yes and no, decimal commas, ragged rows."""

import csv
import gzip
import io
import json
import runpy
import sys

import pytest

from custodes import __version__
from custodes.site.cli import main

CODES = "v,y\na,NA\nb,2.5\nc,3.0\nd,4.0\n"
EMPTY = "c,x,o,sex\n1,,1,f\n2,,2,m\n3,,4,f\n4,,3,m\n"
WIDE = "wide,z,c\nYes,1,1\nNo,2,2\nYes,4,3\nNo,3,4\nYes,2,5\n"


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


@pytest.fixture
def file(tmp_path):
    """Write a file and name it."""

    def write(text, name="t.csv"):
        place = tmp_path / name
        place.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return place

    return write


@pytest.mark.parametrize(
    ("code", "statistic", "value"),
    [
        ("NA", ("mean", "y"), 9.5 / 3),
        (".", ("total", "y"), 9.5),
        ("NA", ("quantile", "y", "--quantiles", ".5"), 3.0),
        (".", ("ratio", "y", "--denominator", "y"), 1.0),
    ],
)
def test_code_in_words_for_no_answer_leaves_a_column_of_numbers(answer, file, code, statistic, value):
    place = file(CODES.replace("NA", code))

    status, out, _ = answer("estimate", place, "--stat", *statistic, "--missing-code", code, "--format", "json")

    (row,) = json.loads(out)
    assert status == 0
    assert (row["value"], row["n"], row["missing"]) == (pytest.approx(value), 3, 1)


def test_code_in_digits_for_no_answer_leaves_a_column_of_categories(answer, file):
    place = file("v,y\na,yes\nb,no\nc,9\nd,yes\n")

    status, out, _ = answer("estimate", place, "--stat", "mean", "y", "--missing-code", "9", "--format", "json")

    rows = json.loads(out)
    assert status == 0
    assert [(row["level"], row["n"], row["missing"]) for row in rows] == [("no", 3, 1), ("yes", 3, 1)]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("", ("mean",)),
        ("", ("proportion", "--by", "sex")),
        ("", ("quantile", "--by", "sex")),
        ("NA", ("total", "--missing-code", "NA")),
        ("NA", ("ratio", "--denominator", "o", "--missing-code", "NA")),
        ("9", ("quantile", "--missing-code", "9")),
        ("9", ("proportion", "--missing-code", "9")),
    ],
)
def test_column_that_nobody_answered_is_refused_by_name(answer, file, cell, words):
    status, out, err = answer("estimate", file(EMPTY.replace(",,", f",{cell},")), "x", "--stat", *words)

    assert (status, out) == (2, "")
    assert "Every answer is missing." in err
    assert "column x" in err


def test_ratio_to_a_column_that_nobody_answered_is_refused_by_its_name(answer, file):
    status, out, err = answer("estimate", file(EMPTY), "--stat", "ratio", "o", "--denominator", "x")

    assert (status, out) == (2, "")
    assert "Every answer is missing." in err
    assert "column x" in err


def test_column_that_nobody_answered_stands_refused_beside_others(answer, file):
    status, out, err = answer("estimate", file(EMPTY), "--stat", "total", "x", "o", "--format", "json")

    assert status == 0
    assert [(row["variable"], row["value"], row["missing"]) for row in json.loads(out)] == [
        ("x", None, 4),
        ("o", 10, 0),
    ]
    assert "x, total: Every answer is missing." in err


@pytest.mark.parametrize("labels", [("Yes", "No"), ("T", "F")])
def test_labels_of_yes_and_no_stay_as_they_are_written(answer, file, labels):
    yes, no = labels
    place = file(WIDE.replace("Yes", yes).replace("No", no))
    earlier = file(WIDE.replace("Yes", yes).replace("No", no) + "dk,2,6\ndk,1,7\n", "earlier.csv")
    known = file(f'[[margin]]\ncolumns = ["wide"]\ntotals = {{ "{no}" = 40, "{yes}" = 60 }}\n', "known.toml")
    shape = ("--format", "json")

    def rows(*words):
        status, out, err = answer(*words, *shape)
        assert status == 0, err
        return json.loads(out)

    mean = ("estimate", place, "--stat", "mean")
    both = sorted(labels)
    assert [row["level"] for row in rows(*mean, "wide")] == both
    assert [row["level"] for row in rows(*mean, "wide", "--missing-code", no)] == [yes]
    assert rows("estimate", place, "--stat", "total", "z", "--calibrate", known)[0]["value"] == pytest.approx(240)
    assert [row["domain"] for row in rows(*mean, "z", "--difference", "wide", "--against", no)] == [
        f"wide={yes} - wide={no}"
    ]
    assert rows(*mean, "z", "--by", "wide", "--contrast", f"wide={yes} - wide={no}")[0]["value"] == pytest.approx(
        -1 / 6
    )
    assert [row["level"] for row in rows("estimate", place, "--stat", "proportion", "wide", "--earlier", earlier)][
        :2
    ] == both
    assert [
        row["level"] for row in rows("regress", place, "z", "wide", "--family", "linear", "--reference", f"wide={yes}")
    ] == ["", no]
    found = rows("regress", place, "wide", "z", "--family", "logistic", "--success", yes)
    assert [row["outcome"] for row in found] == ["wide", "wide"]


def test_impact_still_knows_who_is_treated_by_true_and_false(answer, file):
    rows = [(unit, time, unit > 2 and time > 1) for unit in range(1, 7) for time in (1, 2)]
    lines = (f"{unit},{time},{unit + time + 3 * treated},{str(treated).lower()}\n" for unit, time, treated in rows)
    columns = ("--unit", "unit", "--time", "time", "--outcome", "y", "--treated", "treated")

    status, out, err = answer(
        "impact", "2x2", file("unit,time,y,treated\n" + "".join(lines)), *columns, "--format", "json"
    )

    assert status == 0, err
    assert json.loads(out)["value"] == pytest.approx(3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("v;y\n1;1,5\n2;2,5\n3;4,0\n", ("estimate", "--stat", "mean", "y")),
        ("v;y\n1;1,5\n2;2\n3;4,0\n", ("estimate", "--stat", "total", "y")),
        ('v,y\n1,"1,5"\n2,"2,5"\n', ("estimate", "--stat", "quantile", "y")),
        ("v;y\n1;1.250,5\n2;2,5\n3;4,0\n", ("regress", "v", "y", "--family", "linear")),
        ("v;y\n1;1,5\n2;2,5\n3;4,0\n", ("estimate", "--stat", "mean", "v", "--weight", "y")),
    ],
)
def test_decimal_comma_is_refused_by_name(answer, file, text, words):
    status, out, err = answer(words[0], file(text), *words[1:])

    assert (status, out) == (2, "")
    assert "decimal comma" in err
    assert "row 1, column y" in err
    assert "Remedy:" in err


@pytest.mark.parametrize(
    ("header", "name", "said"),
    [
        ("v,y,y", "t.csv", "“y” and “y” have the same name (numbers 2 and 3)"),
        ("v,y,Y", "t.csv.gz", "“y” and “Y” differ only in case (numbers 2 and 3)"),
    ],
)
def test_columns_of_one_name_are_refused(answer, file, header, name, said):
    status, out, err = answer("estimate", file(header + "\n1,2,3\n2,3,4\n", name), "--stat", "mean", "y")

    assert (status, out) == (2, "")
    assert said in err
    assert "Rename one of them." in err


@pytest.mark.parametrize(
    ("text", "name", "place", "said"),
    [
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n", "t.csv", "row 2 (line 3)", "2 cells where the header names 3 columns."),
        ("a,b,c\n1,2,3\n\n4,5,6,7\n6,7,8\n", "t.csv", "row 2 (line 4)", "4 cells where the header names 3 columns."),
        ("a\n1,5\n2,5\n", "t.csv", "row 1 (line 2)", "2 cells where the header names 1 column."),
        (
            "a,b\n" + "1,2\n" * 3000 + "3\n",
            "t.csv.gz",
            "row 3001 (line 3002)",
            "1 cell where the header names 2 columns.",
        ),
    ],
)
def test_row_that_does_not_fit_the_header_is_named(answer, file, text, name, place, said):
    status, out, err = answer("estimate", file(text, name), "--stat", "mean", "a")

    assert (status, out) == (2, "")
    assert said in err
    assert place in err
    assert "a cell for every column" in err


@pytest.mark.parametrize(
    "text",
    [
        "a;b\n1;2\n3;4\n",
        "a\tb\n1\t2\n3\t4\n",
        "a|b\n1|2\n3|4\n",
        "\ufeffa,b\n1,2\n3,4",
        '"a","b"\r\n"1","x\ny"\r\n"3",""\r\n',
        "a\n1\n3\n",
        "a,\n1,\n3,\n",
        "#c,a\nx,1\n#y,3\n",
    ],
)
def test_every_row_of_a_sound_file_is_read(answer, file, text):
    status, out, err = answer("estimate", file(text), "--stat", "total", "a", "--format", "json")

    assert status == 0, err
    assert (json.loads(out)[0]["value"], json.loads(out)[0]["n"]) == (4, 2)


GRADES = (
    "c,d,g,y,q\n1,10,a,1,no\n2,10,b,4,yes\n3,2,a,2,yes\n4,2,b,2,no\n5,,a,7,yes\n6,,b,3,no\n7,10,a,5,no\n8,2,b,6,yes\n"
)


@pytest.mark.parametrize(
    ("words", "where", "remedy"),
    [
        (("estimate", "y", "--stat", "mean"), "row 1, column y", "say --missing-code NA"),
        (("estimate", "v", "--stat", "mean", "--weight", "y"), "row 1, column y", "leave the row out"),
        (("regress", "y", "z", "--family", "linear"), "row 1, column y", "say --missing-code NA"),
        (("agreement", "--units", "v", "--coders", "z", "--codes", "y", "--level", "interval"), "row 1, column y", "leave it empty"),
        (("impact", "its", "--time", "z", "--outcome", "y", "--since", "3", "--treated", "z"), "row 1, column y", "leave it empty"),
    ],
)  # fmt: skip
def test_remedy_can_be_typed(answer, file, words, where, remedy):
    place = file("v,y,z\n1,NA,1\n2,2.5,2\n3,3.0,3\n4,4.0,4\n")
    first = 2 if words[0] == "impact" else 1

    status, _, err = answer(*words[:first], place, *words[first:])

    assert status == 2
    assert f"Where:   {where}" in err
    assert remedy in err
    assert "mapping" not in err


@pytest.mark.parametrize(
    ("words", "where", "said"),
    [
        (("regress", "q", "y", "--family", "logistic"), "column q", "by --success. There are: no, yes."),
        (("regress", "q", "y", "--family", "logistic", "--success", "Yes"), "--success", "The code “Yes” stands nowhere in “q”."),
        (("regress", "y", "g", "--family", "linear", "--factor", "c"), "--factor", "not a predictor"),
        (("associate", "g", "gg"), "COLUMN", "no column “gg”"),
        (("estimate", "y", "--stat", "mean", "--cluster", "cc"), "--cluster", "no column “cc”"),
        (("estimate", "y", "--stat", "mean", "--by", "zz"), "--by", "There are: c, d, g, q, y."),
        (("estimate", "y", "--stat", "mean", "--difference", "zz"), "--difference", "no column “zz”"),
        (("estimate", "y", "--stat", "mean", "--difference", "g", "--against", "z"), "--against", "no category “z”"),
        (("estimate", "y", "--stat", "mean", "--replicate-method", "brr"), "--replicate-method", "The sample, which has no strata, has 8 clusters"),
        (("estimate", "y", "--stat", "mean", "--replicate-method", "fay", "--fay", "2"), "--fay", "cannot keep 2"),
        (("estimate", "y", "--stat", "mean", "--quantiles", ".5"), "--quantiles", "choose --stat quantile"),
        (("estimate", "y", "--stat", "mean", "--interval", "beta"), "--interval", "choose --stat proportion"),
        (("estimate", "y", "--stat", "mean", "--seed", "3"), "--seed", "Leave it out"),
        (("estimate", "y", "--stat", "mean", "--replicate-count", "30"), "--replicate-count", "Leave it out"),
        (("estimate", "y", "--stat", "mean", "--fay", ".3"), "--fay", "Leave it out"),
        (("regress", "y", "c", "--family", "linear", "--replicate-method", "jk1", "--seed", "3"), "--seed", "bootstrap"),
    ],
)  # fmt: skip
def test_problem_names_the_option_that_is_at_fault(answer, file, words, where, said):
    status, out, err = answer(words[0], file(GRADES), *words[1:])

    assert (status, out) == (2, "")
    assert f"Where:   {where}\n" in err
    assert said in err


def test_code_for_no_answer_that_nobody_gave_is_told(answer, file):
    for words in (
        ("estimate", "y", "--stat", "mean"),
        ("associate", "g", "q"),
        ("regress", "y", "c", "--family", "linear"),
    ):
        status, _, err = answer(words[0], file(GRADES), *words[1:], "--missing-code", "99", "--missing-code", "7")

        assert status == 0
        assert "--missing-code 99 stands in no row of" in err
        assert ("--missing-code 7" in err) == (words[0] == "associate")


def test_refused_rows_say_why_in_every_shape(answer, file):
    place = file("c,t,y\na,true,1\na,true,2\nb,false,3\nc,false,5\nc,false,6\nd,x,1\n")
    words = ("estimate", place, "y", "--stat", "mean", "--cluster", "c", "--by", "t", "--format")
    why = "2 answers in 1 cluster of 1 stratum leave 0 degrees of freedom (clusters − strata)."

    status, out, err = answer(*words, "json")
    _, text, _ = answer(*words, "csv")

    notes = {row["domain"]: row["note"] for row in json.loads(out)}
    assert status == 0
    assert notes["t=false"] == ""
    assert notes["t=true"].startswith(why)
    assert notes["t=x"].startswith("1 answer says nothing of uncertainty.")
    assert [row["note"] for row in csv.DictReader(io.StringIO(text))] == list(notes.values())
    assert f"y, t=true: {why}" in err
    assert "t=true: t=true:" not in err


@pytest.mark.parametrize(("more", "rows"), [(("--by", "t"), 2), (("--difference", "t"), 1)])
def test_command_whose_every_row_is_refused_leaves_with_a_finding(answer, file, more, rows):
    place = file("c,t,y\na,u,1\na,u,2\nb,w,3\nb,w,4\n")

    status, out, err = answer("estimate", place, "y", "--stat", "mean", "--cluster", "c", *more, "--format", "json")

    found = json.loads(out)
    assert (status, len(found)) == (1, rows)
    for row in found:
        assert row["value"] is None
        assert "leave 0 degrees of freedom" in row["note"]
        assert row["note"] in err


def test_ratio_to_words_is_refused_with_its_row(answer, file):
    status, _, err = answer("estimate", file(GRADES), "y", "--stat", "ratio", "--denominator", "g")

    assert status == 2
    assert "row 1, column g" in err


def test_domains_stand_in_the_order_asked_for_and_numbers_by_size(answer, file):
    status, out, _ = answer("estimate", file(GRADES), "y", "--stat", "mean", "--by", "g", "d", "--format", "json")
    _, levels, _ = answer("estimate", file(GRADES), "d", "--stat", "proportion", "--format", "json")
    _, against, _ = answer("estimate", file(GRADES), "y", "--stat", "mean", "--difference", "d", "--format", "json")
    _, empty, _ = answer(
        "estimate",
        file(GRADES),
        "y",
        "--stat",
        "mean",
        "--by",
        "d",
        "--contrast",
        "d=2 - d=(empty)",
        "--format",
        "json",
    )

    assert status == 0
    assert [row["domain"] for row in json.loads(out)] == [
        "g=a;d=(empty)", "g=a;d=2", "g=a;d=10", "g=b;d=(empty)", "g=b;d=2", "g=b;d=10",
    ]  # fmt: skip
    assert [row["level"] for row in json.loads(levels)] == ["2", "10"]
    assert [row["domain"] for row in json.loads(against)] == ["d=10 - d=2"]
    assert json.loads(empty)[0]["value"] == pytest.approx(10 / 3 - 5)


def test_file_of_another_kind_is_told_all_that_are_read(answer, file):
    status, _, err = answer("estimate", file("x", "t.xlsx"), "y", "--stat", "mean")

    assert status == 2
    assert ".sav or .zsav (SPSS) or .dta (Stata)" in err


def test_package_runs_as_a_program(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["custodes", "--version"])
    with pytest.raises(SystemExit) as left:
        runpy.run_module("custodes", run_name="__main__")

    assert not left.value.code
    assert capsys.readouterr().out.strip() == __version__
