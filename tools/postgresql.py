"""A throw-away PostgreSQL for one command: its own folder and port, loopback only, always stopped.

`tools/with_postgresql CMD …` runs CMD with CUSTODES_DATABASE_URL set and passes its exit code on. `python tools/postgresql.py --check` exits 1 where
PostgreSQL is not installed. As root, the server runs as the user postgres, because it refuses to run as root.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

START_SECONDS = 30
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # the cluster is thrown away


def server_programs() -> Path | None:
    """The folder that holds initdb and postgres, newest version first, or None."""
    for place in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: _version(p.parent.name), reverse=True):
        if (place / "initdb").exists():
            return place
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _version(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        return 0.0


@contextmanager
def throwaway_cluster() -> Iterator[str]:
    """A running cluster's URL. The server is stopped and its folder removed on the way out, whatever happened inside."""
    programs = server_programs()
    if programs is None:
        raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
    as_user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="custodes-postgresql-"))
    password, port = secrets.token_urlsafe(24), _free_port()
    try:
        (folder / "password").write_text(password)
        if as_user:
            shutil.chown(folder, "postgres", "postgres")
            shutil.chown(folder / "password", "postgres", "postgres")
        cluster = folder / "cluster"
        subprocess.run(
            [programs / "initdb", "-D", cluster, "-U", "custodes", "--pwfile", folder / "password", "-A", "scram-sha-256",
             "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user,
        )  # fmt: skip
        options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *SPEED]
        server = subprocess.Popen(
            [programs / "postgres", "-D", cluster, *(part for option in options for part in ("-c", option))],
            stdout=subprocess.DEVNULL, stderr=(folder / "log").open("wb"), cwd=folder, start_new_session=True, **as_user,
        )  # fmt: skip
        try:
            _wait_until_ready(programs, port, server, folder / "log")
            yield f"postgresql://custodes:{password}@127.0.0.1:{port}/postgres"
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(programs: Path, port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        asked = subprocess.run(
            [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False, cwd="/"
        )
        if asked.returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGINT)  # fast shutdown: sessions are ended, files are left whole
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait(10)


def _leave(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)


def run_with_cluster(command: Sequence[str]) -> int:
    """Run a command against a throw-away cluster and return its exit code."""
    signal.signal(signal.SIGTERM, _leave)
    with throwaway_cluster() as url:
        process = subprocess.Popen(list(command), env={**os.environ, "CUSTODES_DATABASE_URL": url})
        try:
            return process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(20)


def main(arguments: Sequence[str]) -> int:
    if arguments == ["--check"]:
        return 0 if server_programs() else 1
    if not arguments:
        sys.stderr.write("usage: tools/with_postgresql COMMAND …\n")
        return 2
    return run_with_cluster(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
