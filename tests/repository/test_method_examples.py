"""The worked examples of the methods pages run, and answer what the page says."""

import contextlib
import io
import re
import shlex
import sys
from pathlib import Path

import pytest

from custodes.site.cli import main

METHODS = Path(__file__).resolve().parents[2] / "docs" / "methods"
FILE = re.compile(r"`([\w-]+\.csv)`:\n\n```csv\n(.+?)```", re.DOTALL)
COMMAND = re.compile(r"```\n\$ custodes ([^\n]+)\n(.+?)```", re.DOTALL)
PROGRAM = re.compile(r"```python\n(.+?)```\n\n```text\n(.+?)```", re.DOTALL)
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in METHODS.glob("*.md")}
COMMANDS = [(name, *found) for name, text in PAGES.items() for found in COMMAND.findall(text)]
PROGRAMS = [(name, *found) for name, text in PAGES.items() for found in PROGRAM.findall(text)]


@pytest.mark.parametrize(
    ("page", "command", "answer"), COMMANDS, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(COMMANDS)]
)
def test_command_on_a_page_answers_as_the_page_says(page, command, answer, tmp_path, monkeypatch, capsys):
    for name, content in FILE.findall(PAGES[page]):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["custodes", *shlex.split(command)])

    with pytest.raises(SystemExit):
        main()

    said = capsys.readouterr()
    assert said.err == ""
    assert [line.rstrip() for line in said.out.splitlines()] == answer.splitlines()


@pytest.mark.parametrize(
    ("page", "program", "answer"), PROGRAMS, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(PROGRAMS)]
)
def test_program_on_a_page_answers_as_the_page_says(page, program, answer):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, f"{page}.md", "exec"), {})

    assert printed.getvalue() == answer


def test_examples_are_found_on_the_pages():
    assert {"agreement", "association", "contrasts", "regression"} <= {name for name, *_ in COMMANDS}
    assert {"small_areas", "expert_ratings"} <= {name for name, *_ in PROGRAMS}
