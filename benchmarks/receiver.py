# ruff: noqa: T201
"""How many submissions a second are taken, each durable before its answer, and what one costs, against ODK Central's figures.

`python benchmarks/receiver.py [--seconds 5]`; `tools/with_postgresql` before it measures on a throw-away PostgreSQL. One server process as
`custodes run` starts it, on a folder of its own; the clients are another process on the same machine and take their share of it. Central's figures
were measured once, on two cores, with full fsync; the middle of each range that the design of collection gives stands here. The bar is four times
as many.
"""

import argparse
import asyncio
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median, quantiles

KEY = "key-of-the-benchmark"
BAR = 4.0
MOST_MEMORY_MB = 200
START_SECONDS = 60
MARK = b"uuid:00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent by how many at once, and what ODK Central took of it in a second: the middle of what was measured."""

    name: str
    fields: int
    photo_bytes: int
    clients: int
    central: float


LOADS = (
    Load("17 fields, 1 client", 17, 0, 1, 43),
    Load("17 fields, 4 clients", 17, 0, 4, 102),
    Load("17 fields, 8 clients", 17, 0, 8, 85),
    Load("500 questions, 4 clients", 500, 0, 4, 71),
    Load("500 questions, 8 clients", 500, 0, 8, 72),
    Load("17 fields and 500 KB, 4 clients", 17, 500_000, 4, 36),
    Load("17 fields and 500 KB, 8 clients", 17, 500_000, 8, 39),
    Load("17 fields and 500 KB, 32 clients", 17, 500_000, 32, 62),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one load showed."""

    count: int
    seconds: float
    milliseconds: list[float]
    cpu_milliseconds: float
    peak_mb: float

    @property
    def rate(self) -> float:
        return self.count / self.seconds


def body_of(load: Load) -> bytes:
    """One request, with a mark where its id stands."""
    answers = "".join(f"<q{number}>answer {number}</q{number}>" for number in range(load.fields))
    photo = "<photo>p.jpg</photo>" if load.photo_bytes else ""
    xml = f'<data id="bench" version="1">{answers}{photo}<meta><instanceID>{MARK.decode()}</instanceID></meta></data>'
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="s.xml"\r\n\r\n{xml}'.encode()
    ]
    if load.photo_bytes:
        start = b'--cut\r\nContent-Disposition: form-data; name="p.jpg"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        parts.append(start + MARK + os.urandom(load.photo_bytes - len(MARK)))
    content = b"\r\n".join([*parts, b"--cut--\r\n"])
    head = (
        f"POST /or/{KEY}/submission HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=cut\r\n"
    )
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


async def _client(port: int, pieces: list[bytes], end: float, took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < end:
        name = f"uuid:{uuid.uuid4()}".encode()
        began = time.perf_counter()
        writer.write(name.join(pieces))
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        text = await reader.readexactly(int(length.partition(b":")[2]))
        took.append((time.perf_counter() - began) * 1000)
        if not head.startswith(b"HTTP/1.1 201"):
            raise SystemExit(f"{head.decode()}{text.decode()}")
    writer.close()


def send(port: int, number: int, seconds: float) -> list[float]:
    """Milliseconds of every request of one load."""
    load, took = LOADS[number], list[float]()
    pieces, end = body_of(load).split(MARK), time.perf_counter() + seconds

    async def all_clients() -> None:
        await asyncio.gather(*(_client(port, pieces, end, took) for _ in range(load.clients)))

    asyncio.run(all_clients())
    return took


def cpu_seconds(pid: int) -> float:
    """Processor time of a process with all its threads."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> float:
    """Most memory that a process has held."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def measured(server: "subprocess.Popen[bytes]", port: int, number: int, seconds: float) -> Measured:
    """Send one load from a process of its own."""
    before = cpu_seconds(server.pid)
    command = [sys.executable, __file__, "--send", str(number), "--port", str(port), "--seconds", str(seconds)]
    took = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    cpu = (cpu_seconds(server.pid) - before) * 1000 / len(took)
    return Measured(len(took), seconds, took, cpu, peak_mb(server.pid))


def make_rows() -> None:
    """A form and a device, in the database that the settings name."""
    import django

    django.setup()
    from django.core.management import call_command

    from custodes.collection.models import Device, Form, FormUpload, FormVersion

    call_command("migrate", verbosity=0)
    words = {
        "series": "bench",
        "licence": "CC0-1.0",
        "provenance": "Made for benchmarks/receiver.py",
        "created_by": "system",
    }
    form = Form.objects.create(xform_id="bench", title="Bench", **words)
    upload = FormUpload.objects.create(
        form=form, file_name="bench.xml", file_sha256="0" * 64, file_bytes=1, created_by="system"
    )
    form.current = FormVersion.objects.create(
        form=form, upload=upload, number=1, version="1", title="Bench", xform_sha256="0" * 64, xform_md5="0" * 32,
        xform_bytes=1, created_by="system",
    )  # fmt: skip
    form.state = Form.State.OPEN
    form.save()
    device = Device.objects.create(
        label="Bench", key_sha256=hashlib.sha256(KEY.encode()).hexdigest(), ends=date(2099, 1, 1), created_by="system"
    )
    device.forms.add(form)


@contextmanager
def serving(folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """The web server of `custodes run` on that folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "custodes.site.processes", "web", "127.0.0.1", str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=folder) as server:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        try:
            yield server, port
        finally:
            server.terminate()


def main(seconds: float) -> int:
    """Measure every load, print, and return how many miss the bar."""
    missed = 0
    with tempfile.TemporaryDirectory(prefix="custodes-bench-") as temporary:
        folder = Path(temporary)
        address = os.environ.get("CUSTODES_DATABASE_URL", "")
        for name in [name for name in os.environ if name.startswith("CUSTODES_")]:
            del os.environ[name]
        os.environ |= {"CUSTODES_SITE__DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "custodes.site.settings"}
        if address:
            os.environ["CUSTODES_DATABASE_URL"] = address
        subprocess.run([sys.executable, __file__, "--make-rows"], check=True)
        print(
            f"{'PostgreSQL' if address else 'SQLite'}, {seconds:.0f} s each; Central: its figures of the design, not run here"
        )
        print(f"{'load':34}{'per s':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'peak MB':>9}{'Central':>9}{'ratio':>8}")
        with serving(folder) as (server, port):
            measured(server, port, 0, 0.5)  # the first one looks up what is kept
            for number, load in enumerate(LOADS):
                found = measured(server, port, number, seconds)
                ratio = found.rate / load.central
                fails = ratio < BAR or found.peak_mb > MOST_MEMORY_MB
                missed += fails
                p99 = quantiles(found.milliseconds, n=100)[98]
                print(
                    f"{load.name:34}{found.rate:8.0f}{median(found.milliseconds):9.1f}{p99:9.1f}{found.cpu_milliseconds:9.2f}"
                    f"{found.peak_mb:9.0f}{load.central:9.0f}{ratio:8.1f} {'MISSED' if fails else 'ok'}",
                    flush=True,
                )
    return missed


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=5)
    words.add_argument("--send", type=int, help=argparse.SUPPRESS)
    words.add_argument("--port", type=int, help=argparse.SUPPRESS)
    words.add_argument("--make-rows", action="store_true", help=argparse.SUPPRESS)
    chosen = words.parse_args()
    if chosen.make_rows:
        make_rows()
    elif chosen.send is not None:
        sys.stdout.write(json.dumps(send(chosen.port, chosen.send, chosen.seconds)))
    else:
        sys.exit(main(chosen.seconds))
