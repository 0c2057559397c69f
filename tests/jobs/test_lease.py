"""A job is done once and wholly, whoever falls silent, is too late, or is called twice."""

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from custodes.jobs.actions import MOST_ATTEMPTS, queue_job, take_up_abandoned_jobs, work_on
from custodes.jobs.models import JobState

CHORE = "chores.chore"


def calls() -> int:
    """How many times a worker was asked."""
    return DBTaskResult.objects.count()


def test_queue_job_hands_it_to_a_worker_once_the_transaction_is_committed(chores):
    chore = chores(state=JobState.FAILED, attempts=3, problem={"what": "before"})

    with transaction.atomic():
        queue_job(chore)
        before = calls()

    assert (before, calls()) == (0, 1)
    chore.refresh_from_db()
    assert (chore.state, chore.attempts, chore.problem) == (JobState.WAITING, 0, None)


def test_queue_job_rolled_back_leaves_no_call(chores):
    chore = chores()

    with transaction.atomic():
        queue_job(chore)
        transaction.set_rollback(True)

    assert calls() == 0


def test_work_on_a_waiting_job_ends_it_with_its_result(chores):
    chore = chores()

    work_on(CHORE, chore.pk)

    chore.refresh_from_db()
    assert (chore.state, chore.attempts, chore.holder, chore.lease_until) == (JobState.DONE, 1, "", None)
    assert chore.traces.count() == 1


def test_work_on_a_job_that_is_done_changes_nothing(chores):
    chore = chores()
    work_on(CHORE, chore.pk)
    chore.refresh_from_db()
    ended = chore.finished_at

    work_on(CHORE, chore.pk)

    chore.refresh_from_db()
    assert (chore.attempts, chore.finished_at, chore.traces.count()) == (1, ended, 1)


def test_work_on_a_job_under_a_living_lease_leaves_it_to_its_holder(chores, later):
    chore = chores(state=JobState.RUNNING, holder="another worker", lease_until=later, attempts=1)

    work_on(CHORE, chore.pk)

    chore.refresh_from_db()
    assert (chore.state, chore.holder, chore.attempts) == (JobState.RUNNING, "another worker", 1)
    assert chore.traces.count() == 0


def test_work_on_a_job_whose_lease_has_run_out_takes_it_up(chores, long_ago):
    chore = chores(state=JobState.RUNNING, holder="a killed worker", lease_until=long_ago, attempts=1)

    work_on(CHORE, chore.pk)

    chore.refresh_from_db()
    assert (chore.state, chore.attempts, chore.traces.count()) == (JobState.DONE, 2, 1)


@pytest.mark.parametrize("way", ["stolen", "stolen_and_wrong"])
def test_work_on_a_job_that_another_took_up_meanwhile_leaves_nothing_behind(chores, way):
    chore = chores(way=way)

    work_on(CHORE, chore.pk)

    chore.refresh_from_db()
    assert (chore.state, chore.holder, chore.problem) == (JobState.RUNNING, "another worker", None)
    assert chore.traces.count() == 0


def test_work_on_wrong_input_fails_with_what_where_and_remedy(chores):
    chore = chores(way="wrong")

    work_on(CHORE, chore.pk)

    chore.refresh_from_db()
    assert chore.state == JobState.FAILED
    assert (chore.problem["what"], chore.problem["where"]) == ("The file is wrong.", "row 3")
    assert chore.problem["remedy"] == "Correct it."


def test_work_longer_than_the_lease_keeps_it_by_its_heartbeat(chores, settings):
    settings.JOB_LEASE_SECONDS = 0.5
    chore = chores(way="slowly")

    work_on(CHORE, chore.pk)

    chore.refresh_from_db()
    assert (chore.state, chore.attempts, chore.traces.count()) == (JobState.DONE, 1, 1)
    assert calls() == 0


def test_heartbeat_ends_with_the_work_however_that_ended(chores, settings):
    settings.JOB_LEASE_SECONDS = 0.3
    chore = chores(way="broken")

    with pytest.raises(ZeroDivisionError):
        work_on(CHORE, chore.pk)
    chore.refresh_from_db()
    lease = chore.lease_until
    chore.way = "well"
    chore.save(update_fields=["way"])

    assert _taken_up_within(chore, seconds=5)
    chore.refresh_from_db()
    assert lease is not None
    assert calls() == 1


def _taken_up_within(chore, *, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if take_up_abandoned_jobs():
            return True
        time.sleep(0.05)
    return False


def test_abandoned_jobs_running_and_waiting_are_handed_over_again(chores, long_ago, later):
    chores(state=JobState.RUNNING, holder="a killed worker", lease_until=long_ago, attempts=1)
    chores(state=JobState.WAITING, queued_at=long_ago)

    assert take_up_abandoned_jobs() == 2

    assert calls() == 2


def test_jobs_that_somebody_sees_to_are_not_handed_over_again(chores, long_ago, later):
    chores(state=JobState.RUNNING, holder="a worker", lease_until=later)
    chores(state=JobState.WAITING, queued_at=later)
    chores(state=JobState.DONE, queued_at=long_ago)
    chores(state=JobState.FAILED, queued_at=long_ago)

    assert take_up_abandoned_jobs() == 0

    assert calls() == 0


def test_a_job_that_stopped_too_often_is_failed_with_a_message(chores, long_ago):
    chore = chores(state=JobState.RUNNING, holder="a killed worker", lease_until=long_ago, attempts=MOST_ATTEMPTS)

    assert take_up_abandoned_jobs() == 0

    chore.refresh_from_db()
    assert chore.state == JobState.FAILED
    assert f"stopped {MOST_ATTEMPTS} times" in chore.problem["what"]
    assert (chore.problem["where"], bool(chore.problem["remedy"])) == (str(chore), True)
    assert calls() == 0


def test_a_job_that_was_given_up_can_be_started_again(chores, long_ago):
    chore = chores(state=JobState.RUNNING, holder="a killed worker", lease_until=long_ago, attempts=MOST_ATTEMPTS)
    take_up_abandoned_jobs()
    chore.refresh_from_db()

    queue_job(chore)
    work_on(CHORE, chore.pk)

    chore.refresh_from_db()
    assert (chore.state, chore.attempts) == (JobState.DONE, 1)


@pytest.mark.parametrize(("waited", "seconds"), [(0, 1), (30, 3), (600, 10)])
def test_page_of_a_job_asks_again_soon_at_first_and_seldom_later(chores, waited, seconds):
    queued = timezone.now() - timedelta(seconds=waited)
    assert chores(state=JobState.RUNNING, queued_at=queued).renewed_after == seconds
