"""The production web server in a process of its own, with forms and devices, and a client that sees every byte of its answers."""

import hashlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.running_site import free_port, site_environment

REPOSITORY = Path(__file__).resolve().parents[2]
KEY, OTHER_KEY, ENDED_KEY, WITHDRAWN_KEY = "key-of-the-first-phone", "key-of-another", "ended-key", "withdrawn-key"
CSV = b"code,label\n1,North\n2,South\n" * 20
START_SECONDS = 200
BOUNDARY = "cut-here"


def make_rows() -> dict[str, int]:
    """What the server is asked about. Runs in the server's environment."""
    from django.utils import timezone

    from tests.factories import make_device, make_form, make_form_version

    household = make_form("household", title="Household", version="1", media={"choices.csv": CSV})
    make_form_version(household, version="0")
    station = make_form("station", title="A station & its <cells>")
    forms = [
        household, station, make_form("closing", state="closing"), make_form("closed", state="closed"),
        make_form("refusing", state="closed", late="refuse"), make_form("draft", state="draft"),
    ]  # fmt: skip
    secret = make_form("secret")
    devices = [
        make_device(*forms, key=KEY), make_device(secret, household, key=OTHER_KEY),
        make_device(*forms, key=ENDED_KEY, ends=timezone.localdate().replace(year=2020, day=1)),
    ]  # fmt: skip
    withdrawn = make_device(*forms, key=WITHDRAWN_KEY)
    withdrawn.withdrawn_at = timezone.now()
    withdrawn.save()
    return {
        "device": devices[0].pk,
        "household": household.current_id,
        "secret": secret.current_id,
        "form": household.pk,
    }


@dataclass(slots=True)
class Server:
    """A running server and its data."""

    port: int
    folder: Path
    process: "subprocess.Popen[bytes]" = field(repr=False)
    rows: dict[str, int] = field(default_factory=dict)

    def rows_of(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the server's database beside it."""
        with sqlite3.connect(self.folder / "custodes.sqlite3", timeout=30, isolation_level=None) as connection:
            found = connection.execute(sql, values).fetchall()
        connection.close()
        return found

    def count(self, table: str, instance_id: str) -> int:
        """How many submissions or revisions bear the id."""
        return int(self.rows_of(f"SELECT count(*) FROM collection_{table} WHERE instance_id = ?", instance_id)[0][0])

    def kept(self, sha256: str) -> bytes:
        """The bytes of an attachment, as they lie on disk."""
        return (self.folder / "media" / "attachments" / sha256[:2] / sha256).read_bytes()

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, *, key: str = KEY,
        chunked: bool = False,
    ) -> "Reply":  # fmt: skip
        """One request on a connection of its own; an empty key leaves it out of the address."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            address = f"/or/{key}/{path}" if key else f"/or/{path}"
            connection.request(method, address, body, dict(headers or {}), encode_chunked=chunked)
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def send(self, xml: bytes | None, files: Mapping[str, bytes] | None = None, **words: Any) -> "Reply":
        """Post a submission."""
        body, headers = form_data(xml, files or {})
        return self.ask("POST", words.pop("path", "submission"), body, headers | words.pop("headers", {}), **words)

    def connected(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    def memory_kb(self, name: str = "VmHWM") -> int:
        """Peak memory of the server's process; VmRSS is that of now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(f"{name}:")[1].split()[0])


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def form_data(xml: bytes | None, files: Mapping[str, bytes]) -> tuple[bytes, dict[str, str]]:
    """A multipart body as a phone writes it."""
    parts = []
    if xml is not None:
        parts.append(_part('name="xml_submission_file"; filename="submission.xml"', "text/xml", xml))
    parts += [
        _part(f'name="{name}"; filename="{name}"', "application/octet-stream", content)
        for name, content in files.items()
    ]
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def _part(disposition: str, kind: str, content: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode() + content + b"\r\n"


def instance(
    instance_id: str = "", *, form: str = "household", version: str = "1", trust: str = "yes", photo: str = "",
    deprecated: str = "",
) -> bytes:  # fmt: skip
    """A filled-in form."""
    ids = f"<instanceID>{instance_id}</instanceID>" if instance_id else ""
    ids += f"<deprecatedID>{deprecated}</deprecatedID>" if deprecated else ""
    return (
        f'<?xml version="1.0"?><data id="{form}" version="{version}"><trust>{trust}</trust><photo>{photo}</photo>'
        f"<meta>{ids}</meta></data>"
    ).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def prepare(folder: Path) -> dict[str, int]:
    """Make the rows in the database of a prepared data folder."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.receiver.server"], env=_environment(folder), cwd=folder, capture_output=True,
        text=True, check=False, timeout=250,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows: dict[str, int] = json.loads(done.stdout)
    return rows


def _environment(folder: Path, **settings: str) -> dict[str, str]:
    inherited = os.environ.get("PYTHONPATH", "")
    return site_environment(folder, PYTHONPATH=os.pathsep.join(filter(None, [str(REPOSITORY), inherited])), **settings)


@contextmanager
def serving(folder: Path, *, limit_file_bytes: int = 0, **settings: str) -> Iterator[Server]:
    """The web server of `custodes run` on a prepared folder, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "custodes.site.processes", "web", "127.0.0.1", str(port)]
    if limit_file_bytes:
        command = ["prlimit", f"--fsize={limit_file_bytes}", *command]
    with (folder / "web.log").open("ab") as log:
        process = subprocess.Popen(
            command, env=_environment(folder, **settings), cwd=folder, stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        _wait_until_open(process, port, folder)
        yield Server(port, folder, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdin:
            process.stdin.close()


def _wait_until_open(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError((folder / "web.log").read_text())


if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "custodes.site.settings"
    django.setup()
    sys.stdout.write(json.dumps(make_rows()))
