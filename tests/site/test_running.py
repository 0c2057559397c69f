"""`custodes run` from start to stop, with real processes."""

import os
import signal
import time

import pytest

from tests.running_site import (
    children_of,
    is_alive,
    prepared_folder,
    run_custodes,
    running_site,
    shared_folder,
    site_environment,
    stop,
)

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180), pytest.mark.xdist_group("running")]


@pytest.fixture
def prepared(tmp_path_factory, tmp_path):
    """A data folder whose database is migrated and empty."""
    return prepared_folder(shared_folder(tmp_path_factory), tmp_path / "data")


def _gone(pids, *, within_seconds=15):
    end = time.monotonic() + within_seconds
    while time.monotonic() < end:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def test_run_stopped_with_ctrl_c_leaves_no_process(prepared):
    with running_site(prepared, "--empty") as site:
        children = children_of(site.process.pid)
        assert len(children) == 2
        assert site.health_status() == 200
        assert "Set-up code" in site.log.read_text()

        assert stop(site) == 0

        assert _gone(children)
        assert site.health_status() is None


def test_run_second_start_prepares_nothing_again(tmp_path):
    with running_site(tmp_path / "data", "--empty") as site:
        stop(site)

    with running_site(tmp_path / "data", "--empty") as site:
        log = site.log.read_text()

    assert log.count("Preparing the database") == 1
    assert log.count("Custodes is ready") == 2


def test_run_killed_outright_takes_its_children_with_it(prepared):
    with running_site(prepared, "--empty") as site:
        children = children_of(site.process.pid)

        site.process.kill()
        site.process.wait()

        assert _gone(children)


@pytest.mark.parametrize("position", [0, 1], ids=["web", "worker"])
def test_run_restarts_a_child_that_was_killed(prepared, position):
    with running_site(prepared, "--empty") as site:
        killed = children_of(site.process.pid)[position]

        os.kill(killed, signal.SIGKILL)

        assert _comes_back(site, without=killed)


def _comes_back(site, *, without):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        children = children_of(site.process.pid)
        if len(children) == 2 and without not in children and site.health_status() == 200:
            return True
        time.sleep(0.2)
    return False


def test_run_on_a_taken_port_says_which_and_what_to_do(prepared, tmp_path):
    with running_site(prepared, "--empty", "--no-worker") as site:
        assert len(children_of(site.process.pid)) == 1

        second = run_custodes(
            "run", "--empty", "--port", str(site.port),
            environment=site_environment(tmp_path / "other"), folder=tmp_path,
        )  # fmt: skip

    assert second.returncode == 2
    assert f"127.0.0.1:{site.port}" in second.stderr
    assert f"--port {site.port + 1}" in second.stderr
    assert "Traceback" not in second.stderr
    assert not (tmp_path / "other").exists()
