"""The bar of a long query: on a terminal, and nowhere else."""

import os
import pty
import subprocess
import sys

import pytest


@pytest.fixture
def command(tmp_path):
    place = tmp_path / "survey.csv"
    place.write_text("y\n1\n2\n4\n", encoding="utf-8")
    return [sys.executable, "-m", "custodes.site.cli", "estimate", str(place), "y", "--stat", "mean", "--format", "csv"]


def test_estimate_shows_a_bar_on_a_terminal_and_keeps_it_out_of_the_answer(command):
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs) as running:
        os.close(theirs)
        shown = read_to_the_end(ours)
        answer = running.stdout.read()

    assert running.returncode == 0
    assert b"Adding up" in shown
    assert answer.startswith(b"domain,statistic,")
    assert b"Adding up" not in answer


def test_estimate_says_nothing_beside_its_answer_in_a_pipe(command):
    done = subprocess.run(command, capture_output=True, check=True)

    assert done.stderr == b""
    assert done.stdout.count(b"\n") == 2


def read_to_the_end(terminal: int) -> bytes:
    """All that a terminal shows; Linux says by an error that nobody writes any more."""
    shown = b""
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
    except OSError:
        pass
    finally:
        os.close(terminal)
    return shown
