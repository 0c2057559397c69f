"""A form's file is converted in a process of its own, within bounds of memory, time and network."""

import subprocess
import sys
from pathlib import Path

import pytest

from custodes.collection import form_conversion
from custodes.collection.actions import upload_form
from custodes.collection.form_conversion import convert_apart
from custodes.collection.models import FormUpload
from tests.collection.conftest import form_text

GREEDY = (
    "import os, resource\nresource.setrlimit(resource.RLIMIT_AS, (200_000_000,) * 2)\n"
    "try:\n    bytearray(10**9)\nexcept MemoryError:\n    os._exit(3)"
)
BROKEN = "raise KeyError('a bug of the converter')"
ENDLESS = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 3))\nwhile True: pass"


def test_file_goes_through_a_process_of_its_own_and_becomes_a_draft(officer, write, monkeypatch):
    """ODK Validate is left out: it costs seconds and has its own test."""
    monkeypatch.setenv("PATH", "")

    upload = upload_form(
        write(form_text("text|name|Name|q-name", headers="type|name|label|custodes::id"), "form.md"), by=officer
    )

    assert upload.stage == FormUpload.Stage.READY, upload.problems
    assert upload.summary["stable_ids"] == {"/data/name": "q-name"}


def test_problems_come_back_with_place_and_text(write, monkeypatch):
    monkeypatch.setenv("PATH", "")

    made = convert_apart(write(form_text("text|name|Name", "nonsense|x|X"), "form.md"), file_name="form.md")

    assert made.xform is None
    assert [(each.sheet, each.row, each.column, each.is_error) for each in made.problems if each.is_error] == [
        ("survey", 3, "type", True)
    ]


@pytest.mark.parametrize(
    ("program", "code"),
    [
        (GREEDY, "CONVERSION_TOO_LARGE"), ("import os; os.abort()", "CONVERSION_TOO_LARGE"),
        (ENDLESS, "CONVERSION_TOO_SLOW"), (BROKEN, "CONVERSION_BROKE"),
    ],
)  # fmt: skip
def test_file_that_asks_for_too_much_is_a_problem_and_no_crash(tmp_path, monkeypatch, program, code):
    """The child is another program that breaks the same kernel limits; no workbook of a decent size does so within a test's time."""
    (tmp_path / "greedy_conversion.py").write_text(program, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(form_conversion, "__name__", "greedy_conversion")

    made = convert_apart(tmp_path / "any.xlsx", file_name="any.xlsx")

    assert [(each.code, each.is_error) for each in made.problems] == [(code, True)]
    assert made.xform is None


def test_text_that_no_database_keeps_does_not_stop_the_answer(write, monkeypatch):
    monkeypatch.setenv("PATH", "")

    made = convert_apart(write(form_text("text|a|A", "non\0sense|b|B"), "form.md"), file_name="form.md")

    assert made.xform is None
    assert "\0" not in "".join(each.text + each.problem for each in made.problems)


def test_process_that_hangs_is_ended(tmp_path, monkeypatch):
    (tmp_path / "hanging_conversion.py").write_text("import time; time.sleep(60)", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(form_conversion, "__name__", "hanging_conversion")
    monkeypatch.setattr(form_conversion, "MOST_SECONDS", 1)
    ticks = []

    made = convert_apart(tmp_path / "any.xlsx", file_name="any.xlsx", tick=lambda: ticks.append(1))

    assert [each.code for each in made.problems] == ["CONVERSION_TOO_SLOW"]
    assert ticks


def test_limits_hold_in_the_process_itself(write, tmp_path):
    """Memory, processor time and connections, as the kernel and the interpreter of the child see them."""
    probe = (
        "import resource, socket, sys\n"
        "from pathlib import Path\n"
        "from custodes.collection import form_conversion as here\n"
        "here.java_or_none = lambda: None\n"
        f"here.main(Path({str(write(form_text('text|a|A'), 'form.md'))!r}), file_name='form.md', answer=Path({str(tmp_path / 'answer')!r}))\n"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CPU)[0])\n"
        "try:\n    socket.create_connection(('127.0.0.1', 9))\n"
        "except PermissionError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    limits, refused = done.stdout.splitlines()
    assert limits == f"{form_conversion.MOST_MEMORY} {form_conversion.MOST_PROCESSOR_SECONDS}"
    assert "without the network" in refused
    assert Path(tmp_path / "answer").exists()
