"""Exports of forms: asked for by a person, made in the background, kept as a file."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from custodes.collection.models.questionnaires import Form
from custodes.jobs.models import Job
from custodes.ledger.models import Recorded

if TYPE_CHECKING:
    from custodes.jobs.actions import Lease


class Export(Recorded, Job):
    """The records of a form at one moment, as a file. Its programme and sensitivity are those of the form."""

    class Kind(models.TextChoices):
        CSV = "csv", _("CSV")
        CSV_FOR_SPREADSHEETS = "csv_for_spreadsheets", _("CSV for spreadsheets")
        XLSX = "xlsx", _("Workbook (XLSX)")
        PARQUET = "parquet", _("Parquet")
        SPSS = "spss", _("SPSS")

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="exports")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    language = models.CharField(
        max_length=100, null=True, blank=True
    )  # of labels in the place of codes; null leaves codes
    states = models.JSONField(default=list)  # of review; empty means all
    file = models.FileField(upload_to="exports/", max_length=255, blank=True)  # exports/<2>/<sha256>/<name>
    file_name = models.CharField(max_length=255, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_bytes = models.PositiveBigIntegerField(default=0)
    records = models.PositiveBigIntegerField(default=0)
    rows = models.JSONField(default=dict)  # table → rows

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name or str(self.form)

    def work(self, lease: "Lease") -> None:
        from custodes.collection.actions.exports import work_on_export  # actions stand above models

        work_on_export(self, lease)
