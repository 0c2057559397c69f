"""`custodes manage run_worker`: the background worker, with the watch that takes up jobs whose worker fell silent."""

import logging
import threading
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connections

from custodes.jobs.actions import take_up_abandoned_jobs

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_LOOKS = 0.5


class Command(BaseCommand):
    help = "Run the background worker, and take up jobs that another worker left."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        watch = threading.Thread(target=watch_abandoned_jobs, args=(stop,), name="abandoned jobs", daemon=True)
        watch.start()
        try:
            # Without reload: the reloader would leave a task half done when a file changes.
            call_command("db_worker", reload=False, startup_delay=False, interval=SECONDS_BETWEEN_LOOKS, verbosity=1)
        finally:
            stop.set()
            watch.join(timeout=5)


def watch_abandoned_jobs(stop: threading.Event) -> None:
    """Every half lease, hand silent jobs to a worker again, until told to stop. A database that is away is asked again later."""
    while not stop.wait(settings.JOB_LEASE_SECONDS / 2):
        close_old_connections()
        try:
            count = take_up_abandoned_jobs()
        except DatabaseError:
            logger.exception("The database did not answer; abandoned jobs are looked for again later.")
        else:
            if count:
                logger.warning("Took up %d abandoned jobs.", count)
        finally:
            connections.close_all()
