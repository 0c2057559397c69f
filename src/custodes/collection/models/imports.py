"""Import runs and the mappings they remember."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from custodes.jobs.models import Job
from custodes.ledger.models import Dataset, Recorded, Sensitivity

if TYPE_CHECKING:
    from custodes.jobs.actions import Lease


class ImportRun(Recorded, Job):
    """One file on its way to becoming a data set: uploaded, previewed, mapped, imported."""

    class Stage(models.TextChoices):
        PREVIEW = "preview", _("Being read")
        QUESTIONS = "questions", _("Waiting for answers")  # mapping or places need a person
        IMPORT = "import", _("Being imported")
        ENDED = "ended", _("Ended")

    class Outcome(models.TextChoices):
        NEW = "new", _("A new data set")
        SAME = "same", _("Nothing new: this file was imported before")

    programme = models.SlugField(max_length=60, blank=True)
    source = models.SlugField(max_length=60)  # item of collection/sources
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.PREVIEW)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    file = models.FileField(upload_to="incoming/", max_length=255)  # incoming/<2>/<sha256>/<name>
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64, db_index=True)
    file_bytes = models.PositiveBigIntegerField()
    title = models.CharField(max_length=200)
    series = models.SlugField(max_length=80)
    country = models.CharField(max_length=3, blank=True)
    licence = models.CharField(max_length=200)
    provenance = models.TextField()
    synthetic = models.BooleanField(default=False)
    sensitivity = models.PositiveSmallIntegerField(choices=Sensitivity.choices, default=Sensitivity.RESTRICTED)
    mapping = models.JSONField(default=dict)  # columns → roles, missing codes, labels; see docs/reference/mappings.md
    preview = models.JSONField(null=True)  # header, first rows, proposed mapping, questions, unmatched places
    rows_read = models.PositiveBigIntegerField(default=0)
    rows_rejected = models.PositiveBigIntegerField(default=0)
    rows_unplaced = models.PositiveBigIntegerField(default=0)
    rejects = models.FileField(
        upload_to="rejects/%Y/%m/", blank=True
    )  # the person's own rows, with row, column, problem, fix
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, null=True, blank=True, related_name="import_runs")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title

    def work(self, lease: "Lease") -> None:
        from custodes.collection.actions.work import work_on_import  # actions stand above models

        work_on_import(self, lease)


class SourceMapping(Recorded):
    """A mapping remembered for one source and header, so that the next file needs one confirmation."""

    programme = models.SlugField(max_length=60, blank=True)
    source = models.SlugField(max_length=60)
    series = models.SlugField(max_length=80)
    header_sha256 = models.CharField(max_length=64)
    header = models.JSONField()
    mapping = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "source", "series", "header_sha256"], name="source_mapping_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.series}"
