"""The worked examples of the methods pages run, and answer what the page says."""

import pytest
from tools.method_pages import COMMAND, FILE, METHODS, PROGRAM, answer_of_command, answer_of_program

PAGES = {page.stem: page.read_text(encoding="utf-8") for page in METHODS.glob("*.md")}
COMMANDS = [(name, found[1], found[2]) for name, text in PAGES.items() for found in COMMAND.findall(text)]
PROGRAMS = [(name, found[1], found[2]) for name, text in PAGES.items() for found in PROGRAM.findall(text)]


@pytest.mark.parametrize(
    ("page", "command", "answer"), COMMANDS, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(COMMANDS)]
)
def test_command_on_a_page_answers_as_the_page_says(page, command, answer, tmp_path, monkeypatch, capsys):
    for name, content in FILE.findall(PAGES[page]):
        (tmp_path / name).write_text(content, encoding="utf-8")

    assert answer_of_command(command, tmp_path) == answer, "run: make docs"


@pytest.mark.parametrize(
    ("page", "program", "answer"), PROGRAMS, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(PROGRAMS)]
)
def test_program_on_a_page_answers_as_the_page_says(page, program, answer):
    assert answer_of_program(program) == answer, "run: make docs"


def test_examples_are_found_on_the_pages():
    designs = {"two_by_two", "staggered", "sun_abraham", "rollout", "synthetic_control", "synthetic_did", "interrupted"}

    assert {"agreement", "estimates", "contrasts", "association", "regression"} | designs <= {
        name for name, *_ in COMMANDS
    }
    assert {"small_areas", "expert_ratings"} <= {name for name, *_ in PROGRAMS}
