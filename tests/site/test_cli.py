"""The command line: quick to answer, exit codes that mean something, and never a traceback for what a person can mend."""

import os
import sqlite3
import subprocess
import sys

import pytest

from custodes import __version__
from tests.running_site import prepared_folder, run_custodes, shared_folder, site_environment


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A data folder with an empty, migrated database."""
    return prepared_folder(shared_folder(tmp_path_factory), tmp_path_factory.mktemp("prepared"))


def _run(folder, *arguments, **settings):
    return run_custodes(*arguments, environment=site_environment(folder, **settings), folder=folder)


def test_version_is_that_of_the_package(tmp_path):
    assert _run(tmp_path, "--version").stdout.strip() == __version__


def test_help_imports_nothing_heavy():
    heavy = ("django", "numpy", "pandas", "scipy", "duckdb", "pyarrow", "rich.progress", "uvicorn")
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom custodes.site.cli import app\n"
        "assert 'reproduce' in CliRunner().invoke(app, ['--help']).output\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    # Without coverage's own plugin, which knows Django and would be found here.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)

    assert done.stdout.strip() == "[]"


def test_wrong_setting_is_said_without_a_traceback(tmp_path):
    done = _run(tmp_path, "verify", CUSTODES_SERVER__PROT="1")

    assert done.returncode == 2
    assert "[server] prot" in done.stderr
    assert "Did you mean port?" in done.stderr
    assert "Traceback" not in done.stderr


def test_data_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")

    done = _run(tmp_path, "setup", CUSTODES_SITE__DATA_DIR=str(tmp_path / "file" / "data"))

    assert done.returncode == 2
    assert "[site] data_dir" in done.stderr
    assert "Traceback" not in done.stderr


def test_database_that_does_not_answer_is_said(tmp_path):
    done = _run(tmp_path, "setup", CUSTODES_DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none")

    assert done.returncode == 2
    assert "[database] url" in done.stderr
    assert "Traceback" not in done.stderr


def test_verify_of_a_whole_ledger_prints_its_head(prepared):
    done = _run(prepared, "verify")

    assert done.returncode == 0
    assert "Head 0:" in done.stdout


def test_verify_notices_a_chain_that_ends_before_the_noted_head(prepared):
    done = _run(prepared, "verify", "--head", "7:" + "a" * 64)

    assert done.returncode == 1
    assert "ledger entry 1" in done.stderr


def test_verify_with_an_unreadable_head_is_wrong_input(prepared):
    done = _run(prepared, "verify", "--head", "latest")

    assert done.returncode == 2
    assert "SEQ:HASH" in done.stderr


def test_verify_names_the_first_broken_entry_and_a_lost_data_set(tmp_path_factory, tmp_path):
    prepared_folder(shared_folder(tmp_path_factory), tmp_path)
    write = (
        "from custodes.ledger.actions import note_action\n"
        "for n in range(4): note_action('test.note', subject=f'thing:{n}', by='system', role='system')\n"
        "note_action('dataset.register', subject='dataset:' + 'b' * 64, by='system', role='system')\n"
    )
    assert _run(tmp_path, "manage", "shell", "-v", "0", "-c", write).returncode == 0
    with sqlite3.connect(tmp_path / "custodes.sqlite3") as database:
        database.execute("DROP TRIGGER ledger_entry_no_update")
        database.execute("UPDATE ledger_entry SET subject = 'thing:9' WHERE seq = 3")
    database.close()

    done = _run(tmp_path, "verify")

    assert done.returncode == 1
    assert "ledger entry 3" in done.stderr
    assert "bbbbbbbbbbbb" in done.stderr


def test_reproduce_of_an_unknown_reading_is_wrong_input(prepared):
    done = _run(prepared, "reproduce", "41")

    assert done.returncode == 2
    assert "no reading 41" in done.stderr


def test_setup_twice_prepares_once(prepared):
    done = _run(prepared, "setup")

    assert done.returncode == 0
    assert "Preparing" not in done.stdout


def test_manage_passes_through_to_django(prepared):
    done = _run(prepared, "manage", "check")

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_bench_outside_a_clone_says_where_to_run_it(tmp_path):
    done = _run(tmp_path, "bench")

    assert done.returncode == 2
    assert "make bench" in done.stderr


def test_bench_runs_each_measurement_and_fails_with_one_that_fails(tmp_path):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "fast.py").write_text("print('within its budget')")
    (tmp_path / "benchmarks" / "slow.py").write_text("raise SystemExit(1)")

    assert _run(tmp_path, "bench", "fast").returncode == 0
    assert _run(tmp_path, "bench").returncode == 1
    assert "fast, slow" in _run(tmp_path, "bench", "other").stderr


def test_bench_leaves_a_long_study_out_unless_it_is_asked_for(tmp_path):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "study.py").write_text("IS_LONG = True\nprint('it ran')\n")

    without, asked, named = (_run(tmp_path, "bench", *words) for words in ((), ("--long",), ("study",)))

    assert "it ran" not in without.stdout
    assert "custodes bench study" in without.stdout
    assert "it ran" in asked.stdout
    assert "it ran" in named.stdout
