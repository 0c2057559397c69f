"""The lease that imports and computations share: a job that falls silent is taken up again by whoever notices."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from custodes.jobs.actions import Lease


# Until so many seconds after a job was queued, its page asks again after so many: most jobs end at once, and every page costs money on 2G.
RENEWALS = ((6, 1), (60, 3))
RENEWED_AT_LAST = 10


class JobState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Job(models.Model):
    """Background work that must end wholly done or wholly undone, whatever is killed meanwhile."""

    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.WAITING, db_index=True)
    progress_done = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(default=0)
    holder = models.CharField(max_length=64, blank=True)  # random token of the worker that holds the lease
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    problem = models.JSONField(null=True)  # {"code", "what", "where", "remedy"} of the Problem that ended it

    class Meta:
        abstract = True

    def work(self, lease: "Lease") -> None:
        """Do the whole job. The final write and `lease.finish()` stand in one transaction. Each kind of job says how."""
        raise NotImplementedError

    @property
    def progress_percent(self) -> int:
        return int(100 * self.progress_done / self.progress_total) if self.progress_total else 0

    @property
    def is_going(self) -> bool:
        return self.state in (JobState.WAITING, JobState.RUNNING)

    @property
    def has_failed(self) -> bool:
        return self.state == JobState.FAILED

    @property
    def renewed_after(self) -> int:
        """Seconds until a page that shows the job asks again."""
        waited = (timezone.now() - self.queued_at).total_seconds() if self.queued_at else 0.0
        return next((seconds for until, seconds in RENEWALS if waited < until), RENEWED_AT_LAST)
