"""A real site in processes of its own: `custodes run` on a free port with its own data folder, as an office would run it."""

import fcntl
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

START_SECONDS = 60
STOP_SECONDS = 30
CUSTODES = (sys.executable, "-m", "custodes.site.cli")


@dataclass(frozen=True, slots=True)
class RunningSite:
    """Where a site answers and where its data lie."""

    address: str
    port: int
    data_dir: Path
    log: Path
    environment: dict[str, str] = field(repr=False)
    process: "subprocess.Popen[bytes]" = field(repr=False)

    def custodes(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a `custodes` command on this site's database."""
        return run_custodes(*arguments, environment=self.environment, folder=self.data_dir)

    def health_status(self) -> int | None:
        """Status of the health page, or None where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()


def run_custodes(*arguments: str, environment: dict[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a `custodes` command to its end."""
    return subprocess.run(
        [*CUSTODES, *arguments], env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=280
    )


def site_environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a site with SQLite in its own folder, free of the settings of whoever runs the tests."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODES_")}
    return inherited | {"CUSTODES_SITE__DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1"} | settings


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_site(data_dir: Path, *options: str, **settings: str) -> Iterator[RunningSite]:
    """Start `custodes run` with these options, wait until it answers, and stop it as Ctrl-C would."""
    data_dir.mkdir(parents=True, exist_ok=True)
    port, environment, log = free_port(), site_environment(data_dir, **settings), data_dir / "run.log"
    command = [*CUSTODES, "run", "--port", str(port), *options]
    told_before = log.stat().st_size if log.exists() else 0  # an earlier start was ready too
    with (
        log.open("ab") as stream,
        subprocess.Popen(
            command, env=environment, cwd=data_dir, stdout=stream, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        ) as process,
    ):
        site = RunningSite(f"http://127.0.0.1:{port}", port, data_dir, log, environment, process)
        try:
            _wait_until_ready(site, told_before)
            yield site
        finally:
            stop(site)


def _wait_until_ready(site: RunningSite, told_before: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and site.process.poll() is None:
        if b"Custodes is ready" in site.log.read_bytes()[told_before:]:
            return
        time.sleep(0.1)
    raise AssertionError(f"the site did not start:\n{site.log.read_text(errors='replace')}")


def stop(site: RunningSite) -> int:
    """Stop the site as Ctrl-C would and return its exit code."""
    if site.process.poll() is None:
        site.process.send_signal(signal.SIGINT)
    try:
        return site.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        site.process.kill()
        raise AssertionError("the site did not stop after Ctrl-C") from None


def children_of(pid: int) -> tuple[int, ...]:
    """Process ids of the direct children of a process."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return tuple(int(child) for child in found)


def is_alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def shared_folder(temporary: "pytest.TempPathFactory") -> Path:
    """The folder that all processes of one test run see."""
    base = temporary.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def demonstration_folder(shared: Path, own: Path) -> Path:
    """A copy of a data folder that holds the demonstration: the one that CUSTODES_KARUNA names, or else one loaded for all test processes."""
    loaded = os.environ.get("CUSTODES_KARUNA")
    if loaded and (Path(loaded) / "loaded").exists():
        shutil.copytree(loaded, own, dirs_exist_ok=True)
        return own
    return _copy_of("demonstration", ("--demo",), shared, own)


def prepared_folder(shared: Path, own: Path) -> Path:
    """A copy of a data folder with an empty, migrated database, which is prepared once for all test processes."""
    return _copy_of("prepared", (), shared, own)


def _copy_of(name: str, options: tuple[str, ...], shared: Path, own: Path) -> Path:
    original = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (original / "loaded").exists():
            shutil.rmtree(original, ignore_errors=True)
            original.mkdir(parents=True)
            done = run_custodes("setup", *options, environment=site_environment(original), folder=original)
            assert done.returncode == 0, done.stdout + done.stderr
            (original / "loaded").touch()
    shutil.copytree(original, own, dirs_exist_ok=True)
    return own
