"""A job that leaves one trace when it is done, and one way to go wrong for every promise of the lease."""

import time

from django.conf import settings
from django.db import models, transaction

from custodes.evidence.errors import Problem
from custodes.jobs.actions import Lease, take_up_abandoned_jobs, work_on
from custodes.jobs.models import Job


class Chore(Job):
    """`way` says how the work goes."""

    way = models.CharField(max_length=20, default="well")

    class Meta:
        app_label = "chores"

    def __str__(self) -> str:
        return f"Chore {self.pk}"

    def work(self, lease: Lease) -> None:
        getattr(self, f"_go_{self.way}")(lease)

    def _go_well(self, lease: Lease) -> None:
        with transaction.atomic():
            Trace.objects.create(chore=self)
            lease.finish()

    def _go_slowly(self, lease: Lease) -> None:
        """Three leases long without a word, while another worker looks for something to do."""
        time.sleep(3 * settings.JOB_LEASE_SECONDS)
        if self.attempts == 1:
            take_up_abandoned_jobs()
            work_on("chores.chore", self.pk)
        self._go_well(lease)

    def _go_stolen(self, lease: Lease) -> None:
        """Another worker takes the job up before the last transaction."""
        Chore.objects.filter(pk=self.pk).update(holder="another worker")
        self._go_well(lease)

    def _go_stolen_and_wrong(self, lease: Lease) -> None:
        Chore.objects.filter(pk=self.pk).update(holder="another worker")
        raise Problem("The file is wrong.", where="row 3", remedy="Correct it.")

    def _go_wrong(self, lease: Lease) -> None:
        raise Problem("The file is wrong.", where="row 3", remedy="Correct it.")

    def _go_broken(self, lease: Lease) -> None:
        raise ZeroDivisionError


class Trace(models.Model):
    """What a chore leaves behind."""

    chore = models.ForeignKey(Chore, on_delete=models.CASCADE, related_name="traces")

    class Meta:
        app_label = "chores"

    def __str__(self) -> str:
        return str(self.pk)
