"""Queue a job, take its lease, keep it by a heartbeat, finish it; and take up what a killed worker left."""

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from custodes.evidence.errors import Problem
from custodes.jobs.errors import LeaseLost
from custodes.jobs.models import Job, JobState

logger = logging.getLogger(__name__)
MOST_ATTEMPTS = 5
BEATS_PER_LEASE = 3  # two beats may be missed, and the lease still holds
LONGEST_SILENCE_SECONDS = 6 * 3600  # work that reports nothing for so long hangs, and is given up to another worker


@dataclass(slots=True)
class Lease:
    """The right to work on one job. Its token stands in the row; whoever finds another token there has lost it."""

    job: Job
    token: str
    reported_at: float = field(default=0.0)  # on the monotonic clock

    def report(self, done: int, total: int) -> None:
        """Say how far the work is, at most once a second, and keep the lease. Raises LeaseLost."""
        if time.monotonic() - self.reported_at < 1:
            return
        self.reported_at = time.monotonic()
        self._update(progress_done=done, progress_total=total, lease_until=_lease_end())

    def renew(self) -> bool:
        """Keep the lease without saying how far the work is. Returns whether it was still held."""
        return bool(self._held().update(lease_until=_lease_end()))

    def finish(self) -> None:
        """Mark the job done, inside the transaction that writes its result. Raises LeaseLost, which rolls that result back."""
        total = self.job.progress_total or self.job.progress_done or 1
        self._update(
            state=JobState.DONE, finished_at=timezone.now(), lease_until=None, holder="", problem=None,
            progress_done=total, progress_total=total,
        )  # fmt: skip

    def fail(self, problem: Problem) -> None:
        """Mark the job failed with what a person can be told."""
        self._update(
            state=JobState.FAILED, finished_at=timezone.now(), lease_until=None, holder="", problem=problem_row(problem)
        )

    def _update(self, **changes: object) -> None:
        if not self._held().update(**changes):
            raise LeaseLost(f"{self.job} was taken up by another worker.")
        for name, value in changes.items():
            setattr(self.job, name, value)

    def _held(self) -> QuerySet[Job]:
        return type(self.job).objects.filter(pk=self.job.pk, holder=self.token, state=JobState.RUNNING)


def problem_row(problem: Problem) -> dict[str, str]:
    """A Problem as the job row keeps it."""
    return {"code": problem.code, "what": problem.what, "where": problem.where, "remedy": problem.remedy}


def queue_job(job: Job) -> None:
    """Set a saved job waiting, and hand it to a worker once the transaction is committed."""
    job.state, job.queued_at, job.problem, job.finished_at = JobState.WAITING, timezone.now(), None, None
    job.progress_done = job.progress_total = job.attempts = 0
    job.save()
    label, pk = job._meta.label_lower, job.pk
    transaction.on_commit(lambda: _enqueue(label, pk))


def _enqueue(label: str, pk: int) -> None:
    from custodes.jobs.tasks import work_on_job  # the task module imports this one

    work_on_job.enqueue(label, pk)


def work_on(label: str, pk: int) -> None:
    """Do one job if it is free: a second call, or one after it is done, changes nothing."""
    model = apps.get_model(label)
    with _lease(model, pk) as lease:
        if lease is None:
            return
        try:
            with _heartbeat(lease):
                lease.job.work(lease)
        except LeaseLost:
            return
        except Problem as problem:
            with suppress(LeaseLost):
                lease.fail(problem)


@contextmanager
def _lease(model: type[Job], pk: int) -> Iterator[Lease | None]:
    token = secrets.token_hex(16)
    free = Q(state=JobState.WAITING) | Q(state=JobState.RUNNING, lease_until__lt=timezone.now())
    taken = model.objects.filter(free, pk=pk).update(
        state=JobState.RUNNING, holder=token, lease_until=_lease_end(), attempts=F("attempts") + 1
    )
    if not taken:
        yield None
        return
    job = model.objects.get(pk=pk)
    yield Lease(job, token)


@contextmanager
def _heartbeat(lease: Lease) -> Iterator[None]:
    """Keep the lease while the work goes on, also where one step takes longer than the lease. Dies with the process, as it must."""
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(lease, ended), name=f"heartbeat of {lease.job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(lease: Lease, ended: threading.Event) -> None:
    """Renew the lease on a connection of its own until the work ends, the lease is lost, or the work has been silent for too long."""
    began = time.monotonic()
    while not ended.wait(settings.JOB_LEASE_SECONDS / BEATS_PER_LEASE):
        if time.monotonic() - max(began, lease.reported_at) > LONGEST_SILENCE_SECONDS:
            logger.error("%s has reported nothing for %d s; its lease runs out.", lease.job, LONGEST_SILENCE_SECONDS)
            return
        try:
            if not lease.renew():
                return
        except DatabaseError:
            logger.warning("The lease of %s could not be renewed; tried again soon.", lease.job, exc_info=True)
        finally:
            connections.close_all()  # this thread's own; the work keeps its connection


def _lease_end() -> object:
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def take_up_abandoned_jobs() -> int:
    """Hand every job whose lease has run out, or that was never picked up, to a worker again. Returns how many.

    A job that has been tried MOST_ATTEMPTS times is failed with a message instead, so that it cannot block the queue for ever.
    """
    count, now = 0, timezone.now()
    stale = now - timedelta(seconds=settings.JOB_LEASE_SECONDS)
    abandoned = Q(state=JobState.RUNNING, lease_until__lt=now) | Q(state=JobState.WAITING, queued_at__lt=stale)
    for model in apps.get_models():
        if not issubclass(model, Job):
            continue
        for job in model.objects.filter(abandoned):
            if job.attempts >= MOST_ATTEMPTS:
                _give_up(model, job)
            else:
                model.objects.filter(pk=job.pk, state=JobState.WAITING).update(queued_at=now)
                _enqueue(model._meta.label_lower, job.pk)
                count += 1
    return count


def _give_up(model: type[Job], job: Job) -> None:
    problem = Problem(
        f"the job stopped {job.attempts} times without an answer.",
        where=str(job),
        remedy="Look into the worker's log, then start it again.",
    )
    model.objects.filter(pk=job.pk, holder=job.holder, lease_until=job.lease_until).update(
        state=JobState.FAILED, finished_at=timezone.now(), lease_until=None, holder="", problem=problem_row(problem)
    )
