"""What was done, provably: the chained action log, the register of data sets, and evidence items."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sensitivity(models.IntegerChoices):
    """Who may see a row at all; sealed content is no level, it needs a key."""

    PUBLIC = 0, _("Public")
    INTERNAL = 1, _("Internal")
    RESTRICTED = 2, _("Restricted")
    CONFIDENTIAL = 3, _("Confidential")


class Recorded(models.Model):
    """Who made a row, when, and the ledger entry of the last action on it. Actors are plain references: `account:7`."""

    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=64)
    entry = models.BigIntegerField(null=True, editable=False)

    class Meta:
        abstract = True


class Entry(models.Model):
    """One action: who, in which role, did what to which subject, when and why, chained to the entry before it.

    Triggers forbid UPDATE and DELETE. Nobody's name is in it, only references.
    """

    seq = models.BigIntegerField(primary_key=True)
    act = models.CharField(max_length=64)
    subject = models.CharField(max_length=128)
    actor = models.CharField(max_length=64)
    role = models.CharField(max_length=64)
    when = models.CharField(max_length=32)  # ISO 8601 in UTC, as hashed
    why = models.TextField(blank=True)
    what = models.JSONField(default=dict)  # strings, whole numbers, booleans, lists, objects; never a float
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["seq"]
        indexes = [
            models.Index(fields=["subject", "seq"]),
            models.Index(fields=["actor", "seq"]),
            models.Index(fields=["act", "seq"]),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.act} {self.subject}"


class Dataset(Recorded):
    """An immutable Parquet table named by the sha256 of its bytes."""

    class Kind(models.TextChoices):
        SURVEY = "survey", _("Survey")
        EVENTS = "events", _("Events")
        ADMINISTRATIVE = "administrative", _("Administrative records")

    sha256 = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    source = models.SlugField(max_length=60)  # item of the source shelf
    series = models.SlugField(max_length=80)  # successive imports of one source share it: "people-survey"
    schema = (
        models.JSONField()
    )  # {"columns": [{"name","type"}], "labels": …, "missing": …, "roles": …} as in docs/explanation/data-sets.md
    rows = models.PositiveBigIntegerField()
    bytes = models.PositiveBigIntegerField()
    starts = models.DateField(null=True)
    ends = models.DateField(null=True)
    programme = models.SlugField(max_length=60, blank=True)  # code; empty: every programme
    country = models.CharField(
        max_length=3, blank=True
    )  # ISO 3166 alpha-2 where the rows concern one; QR is the demonstration's
    provenance = models.TextField()
    licence = models.CharField(max_length=200)
    source_sha256 = models.CharField(max_length=64)
    sensitivity = models.PositiveSmallIntegerField(choices=Sensitivity.choices, default=Sensitivity.RESTRICTED)
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(synthetic=False) | models.Q(country="QR"), name="dataset_synthetic_only_in_karuna"
            ),
            models.CheckConstraint(condition=~models.Q(provenance=""), name="dataset_has_provenance"),
            models.CheckConstraint(condition=~models.Q(licence=""), name="dataset_has_licence"),
            models.CheckConstraint(
                condition=models.Q(synthetic=True) | ~models.Q(country="QR"), name="dataset_karuna_is_synthetic"
            ),
        ]
        indexes = [models.Index(fields=["series", "starts"])]

    def __str__(self) -> str:
        return self.title


class EvidenceItem(Recorded):
    """A graded file, link, or quotation behind a claim."""

    class Grade(models.TextChoices):
        A = "A", _("A: confirmed by independent sources")
        B = "B", _("B: one reliable source")
        C = "C", _("C: one source, reliability unknown")
        D = "D", _("D: hearsay")

    subject = models.CharField(max_length=128, db_index=True)  # "reading:12", "judgement:3"
    title = models.CharField(max_length=200)
    link = models.URLField(blank=True)
    quotation = models.TextField(blank=True)
    file = models.FileField(upload_to="evidence/", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    grade = models.CharField(max_length=1, choices=Grade.choices)
    sensitivity = models.PositiveSmallIntegerField(choices=Sensitivity.choices, default=Sensitivity.INTERNAL)

    def __str__(self) -> str:
        return self.title
