"""The one thread that writes: what waits is filed in one transaction, up to 200 at once, and answered when that is durable."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from custodes.collection.models import Device
from custodes.collection.openrosa import Answer
from custodes.collection.receiver.arrivals import Arrival, Filed, KnownForms
from custodes.collection.receiver.bodies import STORAGE_FULL
from custodes.collection.receiver.filing import file_arrivals
from custodes.ledger.actions import SYSTEM, record

MOST_AT_ONCE = 200
CONTACT_SECONDS = 60  # a device's last contact is noted at most so often
MARGIN_SECONDS = 5
BUSY = Answer(
    503,
    _("The server is busy. Nothing is lost: keep the form and send it again in a moment."),
    {},
    (("Retry-After", "20"),),
)
SUBJECT = "submissions"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An arrival and where its answer is waited for."""

    arrival: Arrival
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Answer]"


class Writer:
    """Takes arrivals from any event loop and files them one batch after the other. The thread starts with the first of them."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Waiting | int] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._contacts: dict[int, float] = {}
        self._known = KnownForms()

    async def answer_to(self, arrival: Arrival) -> Answer:
        """File it and return the answer once it is durable; BUSY where that takes too long, and then it may still be filed."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(arrival, loop, loop.create_future())
        self._queue.put(waiting)
        self._start()
        try:
            async with asyncio.timeout(settings.CONFIG.submissions.busy_seconds + MARGIN_SECONDS):
                return await waiting.answer
        except TimeoutError:
            return BUSY

    def note_contact(self, device: int) -> None:
        """Remember that a device was heard of, without making it wait for that."""
        if time.monotonic() - self._contacts.get(device, -CONTACT_SECONDS) >= CONTACT_SECONDS:
            self._queue.put(device)
            self._start()

    def _start(self) -> None:
        # A thread that a defect ended is replaced; those who waited for it were told that the server is busy.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="submission writer", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            batch = [self._queue.get()]
            while len(batch) < MOST_AT_ONCE:
                try:
                    batch.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            waiting = [each for each in batch if isinstance(each, _Waiting)]
            heard = {each.arrival.device if isinstance(each, _Waiting) else each for each in batch}
            _tell(waiting, self._written([each.arrival for each in waiting], heard))

    def _written(self, arrivals: Sequence[Arrival], heard: set[int]) -> list[Answer]:
        now = time.monotonic()
        fresh = [each for each in heard if now - self._contacts.get(each, -CONTACT_SECONDS) >= CONTACT_SECONDS]
        try:
            answers = write(arrivals, contacts=fresh, known=self._known)
        except DatabaseError as error:
            connection.close()
            return [_failed(error)] * len(arrivals)
        self._contacts |= dict.fromkeys(fresh, now)
        return answers


def write(
    arrivals: Sequence[Arrival], *, contacts: Sequence[int] = (), known: KnownForms | None = None
) -> list[Answer]:
    """File a batch in one transaction with one entry in the ledger. Writes `submission.receive` where anything was new."""
    _be_patient()
    with transaction.atomic():
        filed = file_arrivals(arrivals, known or KnownForms()) if arrivals else []
        facts = [each.fact for each in filed if isinstance(each, Filed) and each.fact]
        if contacts:
            Device.objects.filter(pk__in=contacts).update(last_contact=timezone.now())
        if facts:
            record("submission.receive", subject=SUBJECT, by=SYSTEM, role=SYSTEM, what={"received": facts})
    return [each.answer if isinstance(each, Filed) else BUSY for each in filed]


def _be_patient() -> None:
    """SQLite waits for its lock for as long as is set here, and not the longer time of the pages."""
    if connection.vendor == "sqlite" and connection.connection is None:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {settings.CONFIG.submissions.busy_seconds * 1000}")


def _failed(error: DatabaseError) -> Answer:
    name = getattr(error.__cause__, "sqlite_errorname", "") or type(error.__cause__).__name__
    if name == "SQLITE_FULL" or name == "DiskFull" or name.startswith("SQLITE_IOERR"):
        log.error("The database's storage is full: submissions were refused (%s).", name)
        return STORAGE_FULL
    log.error("Submissions could not be filed and will be sent again: %s", error)
    return BUSY


def _tell(waiting: Sequence[_Waiting], answers: Sequence[Answer]) -> None:
    """Hand the answers to their loops, one call for each loop."""
    pairs = list(zip(waiting, answers, strict=True))
    for loop in {each.loop for each in waiting}:
        mine = [(each.answer, answer) for each, answer in pairs if each.loop is loop]
        loop.call_soon_threadsafe(_set_all, mine)


def _set_all(pairs: Sequence[tuple["asyncio.Future[Answer]", Answer]]) -> None:
    for future, answer in pairs:
        if not future.done():
            future.set_result(answer)
