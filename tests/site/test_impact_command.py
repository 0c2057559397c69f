"""`custodes impact` on files: the examples of the method pages, every form of the answer, and what is refused with exit 2."""

import csv
import gzip
import inspect
import io
import json
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from custodes.evidence.errors import Problem
from custodes.site import cli
from custodes.site.commands.impact_plot import round_ticks
from tests.running_site import run_custodes, site_environment

METHODS = Path(__file__).resolve().parents[2] / "docs" / "methods"
PAGES = ("two_by_two", "staggered", "sun_abraham", "rollout", "synthetic_control", "synthetic_did", "interrupted")
SECTIONS = ("Shapes", "Units", "Returns", "Refuses", "Source", "Checked")
STAGGERED = "staggered example.csv --unit station --time year --outcome complaints --first-treated first"


def _page(name: str) -> str:
    return (METHODS / f"{name}.md").read_text(encoding="utf-8")


def _example(name: str, folder: Path) -> list[str]:
    """The page's data written to `example.csv`, and its command."""
    (folder / "example.csv").write_text(re.findall(r"```csv\n(.+?)```", _page(name), re.DOTALL)[0], encoding="utf-8")
    return shlex.split(re.findall(r"\$ custodes (impact \S+ example\.csv .+)", _page(name))[0])


def _answer(arguments: list[str], folder: Path, monkeypatch) -> str:
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(cli.app, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.stdout


def test_answer_leads_with_the_sentence_and_lacks_neither_naive_comparison_nor_diagnostics(tmp_path, monkeypatch):
    answer = _answer(_example("staggered", tmp_path), tmp_path, monkeypatch)

    assert answer.startswith("complaints was lower than it would have been")
    assert "naive" in answer
    assert "\nDiagnostics\n" in answer


@pytest.mark.parametrize("name", PAGES)
def test_design_has_the_sections_of_a_statistical_docstring_and_its_options_on_its_page(name):
    design = getattr(import_module(f"custodes.evidence.designs.{name}"), name)

    assert [word for word in SECTIONS if not re.search(rf"^ *{word} ", design.__doc__, re.MULTILINE)] == []
    options = [each for each in inspect.signature(design).parameters if each != "panel"]
    assert [each for each in options if f"`--{each}`" not in _page(name)] == []


def test_json_has_every_part_and_no_word_that_json_lacks(tmp_path, monkeypatch):
    text = _answer([*_example("two_by_two", tmp_path), "--format", "json"], tmp_path, monkeypatch)

    found = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert {"estimand", "value", "se", "low", "high", "p", "diagnostics", "sentence", "effects", "naive"} <= set(found)
    assert {each["kind"] for each in found["diagnostics"]} >= {"pre-trends", "balance", "power"}
    assert found["low"] < found["value"] < found["high"]


def test_json_of_a_single_treated_unit_says_null_where_there_is_no_error(tmp_path, monkeypatch):
    text = _answer([*_example("synthetic_control", tmp_path), "--format", "json"], tmp_path, monkeypatch)

    naive = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))["naive"]
    assert naive[1]["estimand"].startswith("naive: before and after")
    assert naive[1]["se"] is None


def test_every_row_of_csv_carries_sentence_and_diagnostics(tmp_path, monkeypatch):
    rows = list(
        csv.DictReader(io.StringIO(_answer([*_example("rollout", tmp_path), "--format", "csv"], tmp_path, monkeypatch)))
    )

    assert [row["kind"] for row in rows] == ["answer", "effect", "effect", "effect", "naive", "naive"]
    assert all(row["sentence"] == rows[0]["sentence"] and "power:" in row["diagnostics"] for row in rows)


@pytest.mark.parametrize("name", PAGES)
def test_figure_holds_the_sentence_and_the_diagnostics(name, tmp_path, monkeypatch):
    _answer([*_example(name, tmp_path), "--plot", "out.svg"], tmp_path, monkeypatch)

    figure = (tmp_path / "out.svg").read_text(encoding="utf-8")
    assert figure.startswith("<svg ")
    assert "<title>" in figure
    assert "power:" in figure
    assert "nan" not in figure


def test_answer_is_the_same_from_parquet_and_gzip(tmp_path, monkeypatch):
    arguments = _example("staggered", tmp_path)
    plain = _answer(arguments, tmp_path, monkeypatch)
    (tmp_path / "example.csv.gz").write_bytes(gzip.compress((tmp_path / "example.csv").read_bytes()))
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(tmp_path / "example.csv"), tmp_path / "example.parquet")

    for name in ("example.csv.gz", "example.parquet"):
        assert _answer([name if word == "example.csv" else word for word in arguments], tmp_path, monkeypatch) == plain


@pytest.mark.parametrize(
    ("change", "where", "remedy"),
    [
        (("staggered", "stagered"), "DESIGN", "staggered"),
        (("--outcome complaints", "--outcome complaint"), "--outcome", "complaints"),
        (("--outcome complaints", "--outcome station"), "row 1, column station", "Correct the cell"),
        (("--unit station", ""), "--unit", "Name the column"),
        (("--first-treated first", ""), "--treated, --first-treated", "one of the two"),
        (("--first-treated first", "--first-treated first --season 4"), "--season", "--control"),
        (("--first-treated first", "--first-treated first --control nobody"), "--control", "never"),
        (("--first-treated first", "--first-treated first --since 2020"), "--since", "Leave it out"),
        (("--first-treated first", "--first-treated first --coverage 95"), "--coverage", "0.95"),
        (("--first-treated first", "--first-treated first --format xml"), "--format", "table"),
        (("--first-treated first", "--first-treated first --plot no/such/place.svg"), "no/such/place.svg", "folder"),
        (("staggered ", "rollout --cluster first "), "--cluster", "--unit"),
        (("--first-treated first", "--first-treated first --plot out.png"), "--plot", "out.svg"),
        (("staggered example.csv --unit station", "its example.csv"), "row 6, column year", "keep the rows of one"),
    ],
)
def test_wrong_input_names_place_and_remedy(change, where, remedy, tmp_path, monkeypatch):
    _example("staggered", tmp_path)

    with pytest.raises(Problem) as caught:
        _answer(["impact", *shlex.split(STAGGERED.replace(*change))], tmp_path, monkeypatch)

    assert caught.value.where == where
    assert remedy in caught.value.remedy


def _alone(folder: Path, monkeypatch, lines: str, command: str) -> str:
    (folder / "made.csv").write_text(lines, encoding="utf-8")
    return _answer(
        shlex.split(f"impact {command.replace('FILE', 'made.csv --unit u --time t --outcome y')}"), folder, monkeypatch
    )


def _long(starts: list[str]) -> str:
    """Units with these starts in the years 2001 to 2004; `on` is 1 throughout."""
    rows = [
        f"u{unit},{year},{unit * 3 + year % 5 * (1 + unit % 2)},{start},1"
        for unit, start in enumerate(starts)
        for year in range(2001, 2005)
    ]
    return "\n".join(["u,t,y,g,on", *rows, ""])


TOGETHER = ["2003"] * 6
NOBODY_LEFT = ("come under the measure in 2003", "treated later or never")


@pytest.mark.parametrize(
    ("starts", "command", "what", "remedy"),
    [
        (["0"] * 6, "staggered FILE --first-treated g", "Nobody is treated", "first treated period"),
        (["0"] * 6, "its FILE --first-treated g", "Nobody is treated", "first treated period"),
        (TOGETHER, "staggered FILE --treated on", "from the first period on", "--since"),
        (TOGETHER, "2x2 FILE --treated on", "from the first period on", "--since"),
        (["2001"] * 3 + ["0"] * 3, "sdid FILE --first-treated g", "from the first period on", "earlier periods"),
        (["2009"] * 6, "staggered FILE --first-treated g", "after the last period, 2004", "later periods"),
        (TOGETHER, "staggered FILE --first-treated g", *NOBODY_LEFT),
        (TOGETHER, "staggered FILE --first-treated g --control not-yet", *NOBODY_LEFT),
        (TOGETHER, "sunab FILE --first-treated g", *NOBODY_LEFT),
        (TOGETHER, "rollout FILE --first-treated g", *NOBODY_LEFT),
        (["2002", "2003", "2004", "0", "0"], "staggered FILE --first-treated g", "No two units", "synth"),
        (
            ["2002"] * 2 + ["2003"] * 2,
            "staggered FILE --first-treated g",
            "No unit stays untreated",
            "--control not-yet",
        ),
    ],
)
def test_treatment_that_cannot_be_compared_names_its_own_cause_and_remedy(
    starts, command, what, remedy, tmp_path, monkeypatch
):
    with pytest.raises(Problem) as caught:
        _alone(tmp_path, monkeypatch, _long(starts), command)

    assert what in caught.value.what
    assert remedy in caught.value.remedy
    assert caught.value.where in ("--treated", "--first-treated")


@pytest.mark.parametrize("word", ["never", "NA"])
def test_word_for_never_is_refused_with_its_row_and_what_never_is_written_as(word, tmp_path, monkeypatch):
    with pytest.raises(Problem) as caught:
        _alone(tmp_path, monkeypatch, _long(["2003"] * 3 + [word] * 3), "staggered FILE --first-treated g")

    assert word in caught.value.what
    assert caught.value.where == "row 13, column g"
    assert "empty or write 0" in caught.value.remedy


def test_infinity_is_never(tmp_path, monkeypatch):
    found = [
        _alone(
            tmp_path,
            monkeypatch,
            _long(["2003"] * 3 + [never] * 3),
            "staggered FILE --first-treated g --permutations 9",
        )
        for never in ("0", "Inf")
    ]

    assert found[0] == found[1]


def test_naive_comparison_that_would_mislead_is_said_to(tmp_path, monkeypatch):
    answer = _answer(_example("staggered", tmp_path), tmp_path, monkeypatch)

    assert "The naive comparison “before and after, treated only” would mislead: it says −4.667" in answer
    assert "“two-way fixed effects” would mislead" not in answer


def test_help_says_of_each_option_which_designs_take_it_and_what_may_be_chosen():
    help_text = CliRunner().invoke(cli.app, ["impact", "--help"], terminal_width=200).stdout
    options = [item for item in get_command(cli.app).commands["impact"].params if item.param_type_name == "option"]

    assert [line for line in help_text.splitlines() if line.strip().startswith("--") and "<" in line] == []
    assert "never|not-yet" in help_text
    designs = ("All designs", "2x2", "staggered", "sunab", "synth", "sdid", "its", "rollout")
    assert [item.name for item in options if not item.help.startswith(designs)] == ["form"]


def test_figure_has_round_ticks_named_axes_and_tells_naive_comparisons_apart(tmp_path, monkeypatch):
    _answer([*_example("staggered", tmp_path), "--plot", "out.svg"], tmp_path, monkeypatch)

    words = re.findall(r"<text [^>]*>([^<]+)</text>", (tmp_path / "out.svg").read_text(encoding="utf-8"))
    assert {"−10", "−5", "0", "5"} <= set(words)
    assert {"change in complaints", "periods since the treatment began"} <= set(words)
    assert {"naive: two-way", "naive: before and"} <= set(words)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (-0.0174, 0.00439, (-0.02, -0.015, -0.01, -0.005, 0.0, 0.005)),
        (0.0, 1200.0, (0.0, 200.0, 400.0, 600.0, 800.0, 1000.0, 1200.0)),
        (0.0, 0.0, (0.0, 0.2)),
    ],
)
def test_ticks_are_round(low, high, ticks):
    assert round_ticks(low, high) == ticks


def test_wrong_input_ends_with_two_and_no_traceback(tmp_path):
    (tmp_path / "twice.csv").write_text("u,t,y,g\na,1,3,2\na,1,4,2\n", encoding="utf-8")
    done = run_custodes(
        *shlex.split("impact 2x2 twice.csv --unit u --time t --outcome y --first-treated g"),
        environment=site_environment(tmp_path), folder=tmp_path,
    )  # fmt: skip

    assert done.returncode == cli.WRONG_INPUT
    assert done.stderr.startswith("Problem: ")
    assert "row 2, columns u and t" in done.stderr
    assert "Traceback" not in done.stderr


def test_command_reads_a_file_without_django(tmp_path):
    arguments = _example("staggered", tmp_path)
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom custodes.site.cli import app\n"
        f"done = CliRunner().invoke(app, {arguments!r})\nassert done.exit_code == 0, done.output\n"
        "print('django' in sys.modules)"
    )
    alone = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}

    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, env=alone
    )

    assert ran.stdout.strip() == "False"
