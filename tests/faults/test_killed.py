"""`kill -9` at 50 random moments of imports, computations, uploads and requests: nothing half-written, nothing lost, everything done once.

And at 30 of the receiver, while six devices send; `python -m tests.faults.receiver_rounds --kills 300` does more of these.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running_site import prepared_folder, shared_folder, site_environment

REPOSITORY = Path(__file__).resolve().parents[2]
KILLS, RECEIVER_KILLS, SEED = 50, 30, 2026

pytestmark = [
    pytest.mark.fault,
    pytest.mark.timeout(280),
    pytest.mark.skipif(not Path("/proc/locks").exists(), reason="needs Linux: who writes is read from /proc/locks"),
]


def test_kill_at_any_moment_leaves_no_partial_reading_and_loses_no_entry(tmp_path):
    environment = site_environment(tmp_path, CUSTODES_JOBS__LEASE_SECONDS="1", PYTHONPATH=str(REPOSITORY))

    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.rounds", "--kills", str(KILLS), "--seed", str(SEED)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=270,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert sum(report["kills"].values()) == KILLS
    assert report["before_the_end"] >= KILLS // 5, report  # the others had just ended; on a busy machine more of them
    assert report["while_writing"] >= 3, report
    assert any(int(attempts) > 1 for attempts in report["attempts"]), report


def test_kill_of_the_receiver_loses_and_doubles_nothing(tmp_path, tmp_path_factory):
    folder = prepared_folder(shared_folder(tmp_path_factory), tmp_path / "data")
    environment = site_environment(
        folder, PYTHONPATH=os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
    )

    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.receiver_rounds", "--kills", str(RECEIVER_KILLS), "--seed", str(SEED)],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=270,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["kills"] == RECEIVER_KILLS
    assert report["submissions"] >= 6, report
    assert report["resent"] > 0, report
