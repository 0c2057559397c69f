"""Kills a worker or a web server at random moments of its work, again and again, and checks after every kill what must hold.

`python -m tests.faults.rounds --kills 50 --seed 1` in a data folder of its own; prints a JSON report as its last line. The processes are forked from
this one, which has the libraries loaded, so that a start costs a tenth of a second. They are real: they run `custodes.site.processes`, share nothing
but files with this one, and end by SIGKILL.
"""

import argparse
import http.client
import importlib
import itertools
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from custodes.jobs.models import Job
    from tests.faults.office import Office  # its models need Django set up

HEAVY = (
    "duckdb",
    "ibis.backends.duckdb",
    "numpy",
    "pandas",
    "pyarrow.compute",
    "pyarrow.csv",
    "pyarrow.parquet",
    "scipy.stats",
    "uvicorn",
)
WAL_WRITE_LOCK = 120  # the byte of the -shm file that SQLite's one writer locks
LONGEST_WAIT = 60


@dataclass(slots=True)
class Tally:
    """What was hit."""

    kills: Counter[str] = field(default_factory=Counter)
    while_writing: int = 0
    before_the_end: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds after the beginning; or, from then on, so many seconds after the worker was seen to hold the write lock."""

    after: float
    in_last_writing: bool = False
    then: float = 0.0


def fork(call: Callable[[], object]) -> int:
    """Run a call in a forked process that ends with this one; returns its process id."""
    from django.db import connections

    connections.close_all()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(reader)
        _pipes[pid] = writer
        return pid
    status = 1
    try:
        os.close(writer)
        os.dup2(reader, 0)
        call()
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


_pipes: dict[int, int] = {}


def kill(pid: int) -> None:
    """SIGKILL, and wait until the process is gone."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(_pipes.pop(pid))


def run_to_end(call: Callable[[], object]) -> None:
    """Run a call in a process of its own and wait for it."""
    pid = fork(call)
    _pid, status = os.waitpid(pid, 0)
    os.close(_pipes.pop(pid))
    assert status == 0, f"{call} ended with {status}"


def worker() -> int:
    from custodes.site import processes

    return fork(lambda: processes.main([processes.WORKER]))


def web(port: int) -> int:
    from custodes.site import processes

    return fork(lambda: processes.main([processes.WEB, "127.0.0.1", str(port)]))


def wait_for(condition: Callable[[], bool], *, every: float = 0.015) -> float:
    """Seconds until a condition holds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < LONGEST_WAIT, "waited in vain"
        time.sleep(every)
    return time.monotonic() - began


def is_writing(pid: int) -> bool:
    """Whether a process holds SQLite's write lock at this moment."""
    from django.db import connection

    shared = Path(f"{connection.settings_dict['NAME']}-shm")
    if not shared.exists():
        return False
    lock = f"POSIX  ADVISORY  WRITE {pid} "
    place = f":{shared.stat().st_ino} {WAL_WRITE_LOCK} {WAL_WRITE_LOCK}"
    lines = Path("/proc/locks").read_text().splitlines()
    return any(lock in line and line.endswith(place) for line in lines)


def kill_at(pid: int, moment: float, tally: Tally, name: str) -> None:
    """Kill after so many seconds, and note whether that hit a transaction."""
    time.sleep(moment)
    tally.while_writing += is_writing(pid)
    kill(pid)
    tally.kills[name] += 1


def work_round(job: object, moment: Moment, tally: Tally, name: str) -> None:
    """Let a worker begin the job and kill it at that moment."""
    kind = type(job)
    pid = worker()
    wait_for(lambda: kind.objects.get(pk=job.pk).attempts > 0)
    if moment.in_last_writing:
        time.sleep(moment.after)
        wait_for(lambda: is_writing(pid) or kind.objects.get(pk=job.pk).state == "done", every=0.002)
        kill_at(pid, moment.then, tally, name)
    else:
        kill_at(pid, moment.after, tally, name)
    tally.before_the_end += kind.objects.get(pk=job.pk).state == "running"


def time_of(job: object) -> float:
    """How long the whole job takes, from lease to end, undisturbed."""
    kind = type(job)
    pid = worker()
    wait_for(lambda: kind.objects.get(pk=job.pk).attempts > 0)
    seconds = wait_for(lambda: kind.objects.get(pk=job.pk).state == "done")
    kill(pid)
    return seconds


@dataclass(slots=True)
class Answer:
    """What the sender of a request saw: the status and the number of what was made, or nothing."""

    status: int = 0
    number: int = 0


def send(port: int, path: str, body: bytes, headers: dict[str, str], answer: Answer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_WAIT)
    with suppress(OSError, http.client.HTTPException):
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        text = response.read()
        assert response.status == 202, text
        answer.number, answer.status = json.loads(text)["id"], response.status
    connection.close()


def upload(office: "Office", seed: int) -> tuple[str, bytes, dict[str, str]]:
    """A file sent over the API."""
    from tests.faults.office import WORDS, survey_bytes

    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in WORDS.items()
    ]
    head = (
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="survey.csv"\r\nContent-Type: text/csv\r\n\r\n'
    )
    body = b"".join([*parts, head, survey_bytes(seed), b"\r\n--cut--\r\n"])
    return "/api/v1/imports", body, _headers(office, "multipart/form-data; boundary=cut")


def request(office: "Office", seed: int) -> tuple[str, bytes, dict[str, str]]:
    """A computation asked for over the API."""
    from tests.faults.office import CROSSINGS, END, START

    body = {
        "programme": "reform", "indicator": office.indicator.code, "datasets": [office.reports.sha256], "source": f"asked-{seed}",
        "start": START.isoformat(), "end": END.isoformat(), "period_kind": "year", "crossings": CROSSINGS,
    }  # fmt: skip
    return "/api/v1/computations", json.dumps(body).encode(), _headers(office, "application/json")


def _headers(office: "Office", content_type: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {office.token}", "Content-Type": content_type}


def web_round(
    message: tuple[str, bytes, dict[str, str]], kind: type, seconds: float | None, tally: Tally, name: str
) -> float:
    """Send a request to a web server and kill that after so many seconds; without seconds, say how long the answer takes.

    What was confirmed to the sender is there.
    """
    port = _free_port()
    pid = web(port)
    wait_for(lambda: _answers(port))
    answer, before = Answer(), kind.objects.count()
    sender = threading.Thread(target=send, args=(port, *message, answer))
    began = time.monotonic()
    sender.start()
    if seconds is None:
        sender.join()
        took = time.monotonic() - began
        kill(pid)
        assert answer.status == 202
        return took
    kill_at(pid, seconds, tally, name)
    sender.join()
    tally.before_the_end += not answer.status
    if answer.status:
        assert kind.objects.filter(pk=answer.number).exists(), "what the sender was told is kept is gone"
    assert kind.objects.count() - before in (0, 1)
    return seconds


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    from tests.running_site import free_port

    return free_port()


def moments(chance: random.Random, count: int, longest: float, *, writing: int = 0) -> Iterator[Moment]:
    """Random moments, one in each of `count` equal parts of the time from the beginning to a little after the end.

    The last `writing` of them wait for the write lock after the middle, and then for up to 15 ms.
    """
    spread = count - writing
    for part in range(spread):
        yield Moment((part + chance.random()) / spread * longest * 1.05)
    for part in range(writing):
        yield Moment(longest / 2, in_last_writing=True, then=(part + chance.random()) / writing * 0.015)


@contextmanager
def loaded() -> Iterator[None]:
    """Django and the heavy libraries in this process, without a thread, so that it may fork."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "custodes.site.settings"
    django.setup()
    for name in HEAVY:
        importlib.import_module(name)
    from django.core.management import call_command
    from django.db import connections
    from django.urls import get_resolver

    assert get_resolver().url_patterns  # reads every module of the web server
    call_command("migrate", verbosity=0)
    try:
        yield
    finally:
        connections.close_all()
        for pid in list(_pipes):
            kill(pid)


@dataclass(slots=True)
class Rounds:
    """An office, what each kind of work takes there undisturbed, and what the kills have hit so far."""

    office: "Office"
    tally: Tally = field(default_factory=Tally)
    seconds: dict[str, float] = field(default_factory=dict)
    expected: dict[str, int] = field(default_factory=dict)  # readings of a computation by its `every`
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def measure(self) -> None:
        """Do every kind of work once, whole."""
        from custodes.collection.models import ImportRun
        from custodes.indicators.models import Computation, Reading

        for name in ("import", "computation"):
            self.seconds[name] = min(time_of(self._queued(name)) for _ in range(3))
        for name, kind in (("upload", ImportRun), ("request", Computation)):
            self.seconds[name] = web_round(self._message(name), kind, None, Tally(), name)
            time_of(kind.objects.order_by("pk").last())
        self.expected = {
            each.every: Reading.objects.filter(computation=each).count() for each in Computation.objects.all()
        }
        assert sorted(self.expected) == ["", "month"]
        assert min(self.expected.values()) > 20

    def disturb(self, name: str, moment: Moment) -> None:
        """One round."""
        from custodes.collection.models import ImportRun
        from custodes.indicators.models import Computation

        if name in ("import", "computation"):
            work_round(self._queued(name), moment, self.tally, name)
        else:
            web_round(
                self._message(name), ImportRun if name == "upload" else Computation, moment.after, self.tally, name
            )

    def _queued(self, name: str) -> object:
        number = next(self.numbers)
        return self.office.queue_import(number) if name == "import" else self.office.queue_computation(number)

    def _message(self, name: str) -> tuple[str, bytes, dict[str, str]]:
        number = next(self.numbers)
        return upload(self.office, number) if name == "upload" else request(self.office, number)

    def plan(self, kills: int, chance: random.Random) -> list[tuple[str, Moment]]:
        """Which work is killed when, in random order."""
        share = {"import": kills * 3 // 10, "computation": kills * 4 // 10, "upload": kills // 5}
        share["request"] = kills - sum(share.values())
        writing = {"import": share["import"] // 2, "computation": share["computation"] // 4}
        plan = [
            (name, moment)
            for name, count in share.items()
            for moment in moments(chance, count, self.seconds[name], writing=writing.get(name, 0))
        ]
        chance.shuffle(plan)
        return plan


def let_tired_jobs_end() -> None:
    """A job that was stopped MOST_ATTEMPTS times is given up. On a slow machine the same one may be hit again and again: it then ends in peace."""
    from custodes.jobs.actions import MOST_ATTEMPTS

    if any(waiting.filter(attempts__gte=MOST_ATTEMPTS - 2).exists() for waiting in _waiting()):
        let_jobs_end()


def let_jobs_end() -> None:
    """A worker that nobody disturbs, until nothing is left to do."""
    last = worker()
    wait_for(lambda: not any(waiting.exists() for waiting in _waiting()))
    kill(last)


def _waiting() -> "list[QuerySet[Job]]":
    from custodes.collection.models import ImportRun
    from custodes.indicators.models import Computation

    return [model.objects.filter(state__in=["waiting", "running"]) for model in (Computation, ImportRun)]


def main(kills: int, seed: int) -> None:
    """Measure each kind of work undisturbed, kill it at moments all over its length, and let everything end."""
    from custodes.collection.models import ImportRun
    from custodes.indicators.models import Computation
    from custodes.ledger.models import Dataset
    from tests.faults.office import bring_first_survey, bring_reports, opened_office
    from tests.faults.promises import check_everything_done, check_promises

    office = opened_office(Path.cwd())
    run_to_end(bring_reports)
    rounds = Rounds(replace(office, reports=Dataset.objects.get()))
    run_to_end(lambda: bring_first_survey(office))
    rounds.measure()
    head = check_promises(None, rounds.expected)
    for name, moment in rounds.plan(kills, random.Random(seed)):
        let_tired_jobs_end()
        rounds.disturb(name, moment)
        head = check_promises(head, rounds.expected)
    let_jobs_end()
    jobs = (Computation, ImportRun)
    check_promises(head, rounds.expected)
    check_everything_done()
    attempts = Counter(number for model in jobs for number in model.objects.values_list("attempts", flat=True))
    report = {
        "kills": dict(rounds.tally.kills), "while_writing": rounds.tally.while_writing,
        "before_the_end": rounds.tally.before_the_end, "readings": rounds.expected,
        "seconds": {name: round(length, 3) for name, length in rounds.seconds.items()}, "attempts": dict(sorted(attempts.items())),
    }  # fmt: skip
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    words = argparse.ArgumentParser()
    words.add_argument("--kills", type=int, required=True)
    words.add_argument("--seed", type=int, required=True)
    chosen = words.parse_args()
    with loaded():
        main(chosen.kills, chosen.seed)
