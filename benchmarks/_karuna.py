"""The demonstration in a folder of its own, grown to many readings, and the production server on it."""

import argparse
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from custodes.indicators.models import Reading

READINGS = 100_000
METHOD = "synthetic, for benchmarks/pages.py"
START_SECONDS = 60


def folder_from_arguments(description: str) -> Path | None:
    """`--data-dir`: a data folder that holds the demonstration; the measurement works on a copy. Without it one is made."""
    words = argparse.ArgumentParser(description=description)
    words.add_argument("--data-dir", type=Path, help="data folder with the demonstration, which is copied, not changed")
    chosen: Path | None = words.parse_args().data_dir
    return chosen


@contextmanager
def demonstration(original: Path | None) -> Iterator[Path]:
    """A temporary data folder with the demonstration, and Django set up on it."""
    with tempfile.TemporaryDirectory(prefix="custodes-bench-") as temporary:
        folder = Path(temporary) / "data"
        if original:
            shutil.copytree(original, folder)
        for name in [name for name in os.environ if name.startswith("CUSTODES_")]:
            del os.environ[name]
        os.environ |= {"CUSTODES_SITE__DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "custodes.site.settings"}
        os.environ["CUSTODES_DEMONSTRATION__ENABLED"] = "true"
        if not original:
            subprocess.run(
                [sys.executable, "-m", "custodes.site.cli", "setup", "--demo"], check=True, stdout=subprocess.DEVNULL
            )
        django.setup()
        yield folder


def grow(most: int = READINGS) -> int:
    """Give every indicator with figures the same share of `most` readings, and return how many there are then.

    Each gets a synthetic history, month by month before its first reading, in every area and for every group that it is split by. Every
    such reading says in its method and notes that it was made for this measurement.
    """
    from custodes.indicators.models import Reading
    from custodes.places.models import Area

    areas = list(Area.objects.defer("geometry", "outline"))
    keys = sorted(set(Reading.objects.values_list("indicator", flat=True)))
    while len(keys) and Reading.objects.count() < most:
        for position, key in enumerate(keys):
            share = (most - Reading.objects.count()) // (len(keys) - position)
            _grow_one(key, areas, share)
    return Reading.objects.count()


def _grow_one(key: int, areas: list, share: int) -> None:  # type: ignore[type-arg]
    from custodes.indicators.models import Reading

    published = (
        Reading.objects.filter(indicator=key, status=Reading.Status.PUBLISHED)
        .select_related("computation")
        .order_by("-end")
    )
    patterns = {reading.cell_key: reading for reading in published}
    day, fresh = min((reading.start for reading in published), default=date(2020, 1, 1)), []
    while len(fresh) < share:
        end = day - timedelta(days=1)
        day = end.replace(day=1)
        fresh += [
            _synthetic(pattern, area, start=day, end=end, step=len(fresh))
            for pattern in patterns.values()
            for area in areas
        ]
    Reading.objects.bulk_create(fresh[:share], batch_size=500)


def _synthetic(pattern: "Reading", area: object, *, start: date, end: date, step: int) -> "Reading":
    from custodes.indicators.models import Reading

    fields = {
        field.attname: getattr(pattern, field.attname) for field in Reading._meta.concrete_fields if field.name != "id"
    }
    value = pattern.value if pattern.value is None else pattern.value * (1 - step % 40 / 100)
    return Reading(
        **fields | {
            "area_id": area.pk, "start": start, "end": end, "period_kind": "month", "value": value, "method": METHOD,
            "notes": ["Synthetic reading, made to measure speed."],
        }
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Server:
    """Where the production server answers."""

    port: int


@contextmanager
def production_server() -> Iterator[Server]:
    """`custodes run` on a free port of the loopback interface, without a worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "custodes.site.cli", "run", "--no-worker", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
        try:
            _wait_until_ready(port, process)
            yield Server(port)
        finally:
            process.send_signal(signal.SIGINT)


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise SystemExit("the server did not start")


def session_of(role: str) -> str:
    """A signed-in session of the demonstration's account of a role."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from custodes.people.models import Account

    account = Account.objects.filter(grants__role=role, is_demonstration=True).first()
    assert account is not None, role
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.save()
    return str(session.session_key)
