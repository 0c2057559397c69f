"""Readings: values with their uncertainty, how each was made, and everything that ever happened to it."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from custodes.evidence.types import MissingPolicy, PeriodKind, Uncertainty
from custodes.jobs.models import Job
from custodes.ledger.models import Dataset, Recorded, Sensitivity
from custodes.programmes.models import DefinitionVersion, Indicator

if TYPE_CHECKING:
    from custodes.jobs.actions import Lease


class Computation(Recorded, Job):
    """One request to make readings: indicator, data sets, period, split. Ends with all of its readings or none."""

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="computations")
    definition_version = models.ForeignKey(DefinitionVersion, on_delete=models.PROTECT, related_name="+")
    datasets = models.ManyToManyField(Dataset, related_name="computations")
    source = models.SlugField(max_length=60)  # which source the reading speaks for: "survey", "police", "health"
    estimator = models.SlugField(max_length=60)
    arguments = models.JSONField(default=dict)
    missing_policy = models.CharField(max_length=12, default=MissingPolicy.EXCLUDE.value)
    start = models.DateField()
    end = models.DateField()
    period_kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in PeriodKind])
    every = models.CharField(
        max_length=12, blank=True
    )  # month, quarter, year: one reading for each of the span; empty: one for all of it
    crossings = models.JSONField(
        default=list
    )  # besides the total: [["sex"], ["sex", "urban"], ["area:2"], ["area:2", "sex"]]
    inputs = models.JSONField(
        default=dict
    )  # what was looked up for it and must stay the same: populations, areas, missing codes
    gaps = models.JSONField(
        default=dict
    )  # per single split: value, se, low, high, ratio as decimal text; best and worst group
    code_version = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.indicator} {self.start}–{self.end}"

    def work(self, lease: "Lease") -> None:
        from custodes.indicators.actions.computations import work_on_computation  # actions stand above models

        work_on_computation(self, lease)


class Reading(Recorded):
    """One value for period, area, categories and source. Correcting it adds a revision and never overwrites (I1)."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        RETURNED = "returned", _("Returned")
        VERIFIED = "verified", _("Verified")
        PUBLISHED = "published", _("Published")

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="readings")
    definition_version = models.ForeignKey(DefinitionVersion, on_delete=models.PROTECT, related_name="readings")
    start = models.DateField()
    end = models.DateField()
    period_kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in PeriodKind])
    area = models.ForeignKey("places.Area", on_delete=models.PROTECT, related_name="readings")
    categories = models.JSONField(default=dict, blank=True)  # {"sex": "female"}
    cell_key = models.CharField(max_length=250, blank=True)  # evidence.types.Cell.key of the categories; empty: total
    source = models.SlugField(max_length=60)
    value = models.FloatField(null=True)  # null exactly where refusal is set
    text = models.CharField(max_length=200, blank=True)  # name of the stage of an ordinal value
    numerator = models.FloatField(null=True)
    denominator = models.FloatField(null=True)
    se = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    coverage = models.FloatField(null=True)
    uncertainty = models.CharField(
        max_length=10, choices=[(u.value, u.value) for u in Uncertainty], default=Uncertainty.NONE.value
    )
    n = models.PositiveBigIntegerField()
    missing = models.PositiveBigIntegerField(default=0)
    missing_policy = models.CharField(
        max_length=12, default=MissingPolicy.EXCLUDE.value
    )  # what was done with them in this figure
    missing_share = models.FloatField(null=True)
    df = models.FloatField(null=True)
    design_effect = models.FloatField(null=True)
    completeness = models.FloatField(null=True)
    method = models.CharField(max_length=250)
    refusal = models.CharField(max_length=60, blank=True)
    refusal_text = models.TextField(blank=True)
    notes = models.JSONField(default=list, blank=True)
    is_estimated = models.BooleanField(default=False)  # bridged by declared shares (I8), or modelled
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    entered_by = models.CharField(max_length=64)
    verified_by = models.CharField(max_length=64, blank=True)
    return_reason = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True)
    revision = models.PositiveSmallIntegerField(default=1)
    computation = models.ForeignKey(Computation, on_delete=models.PROTECT, null=True, related_name="readings")
    dataset_hashes = models.JSONField(default=list)
    code_version = models.CharField(max_length=40)
    result_hash = models.CharField(max_length=64)  # of the canonical content, checked by `custodes reproduce`
    sensitivity = models.PositiveSmallIntegerField(choices=Sensitivity.choices, default=Sensitivity.PUBLIC)

    class Meta:
        ordering = ["indicator", "-end", "cell_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "definition_version", "start", "end", "area", "cell_key", "source"],
                name="reading_once",
            ),
            models.CheckConstraint(
                condition=models.Q(value__isnull=True) & ~models.Q(refusal="")
                | models.Q(value__isnull=False, refusal=""),
                name="reading_value_or_refusal",
            ),
            models.CheckConstraint(condition=models.Q(end__gte=models.F("start")), name="reading_ends_after_start"),
            models.CheckConstraint(
                condition=~models.Q(status__in=["verified", "published"])
                | ~models.Q(verified_by="") & ~models.Q(verified_by=models.F("entered_by")),
                name="reading_four_eyes",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="returned") | ~models.Q(return_reason=""),
                name="reading_returned_with_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="published") | models.Q(published_at__isnull=False),
                name="reading_published_has_date",
            ),
        ]
        indexes = [
            models.Index(fields=["indicator", "cell_key", "area", "end"], name="reading_series"),
            models.Index(fields=["status", "entered_by"], name="reading_queue"),
            models.Index(fields=["area", "cell_key", "end"], name="reading_place"),
            # Whether anything published of an indicator has changed, without reading its rows.
            models.Index(
                fields=["indicator", "status", "published_at", "sensitivity", "entry"], name="reading_published"
            ),
            # Holds all that tells which periods there are and who may see them, so that a board reads no row that it does not show.
            models.Index(
                fields=[
                    "area",
                    "cell_key",
                    "indicator",
                    "source",
                    "period_kind",
                    "end",
                    "start",
                    "status",
                    "sensitivity",
                ],
                name="reading_headline",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.end} {self.cell_key}"


class ReadingRevision(models.Model):
    """A reading as it stood after one action: append-only."""

    reading = models.ForeignKey(Reading, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()  # 1, 2, 3 … over all actions
    act = models.CharField(max_length=64)
    snapshot = models.JSONField()
    content_hash = models.CharField(max_length=64)
    by = models.CharField(max_length=64)
    role = models.CharField(max_length=64)
    at = models.DateTimeField()
    why = models.TextField(blank=True)
    entry = models.BigIntegerField()

    class Meta:
        ordering = ["reading", "number"]
        constraints = [models.UniqueConstraint(fields=["reading", "number"], name="reading_revision_once")]

    def __str__(self) -> str:
        return f"{self.reading} r{self.number}"


class DataQualityCheck(Recorded):
    """A dated check of one indicator's source on the five standards."""

    class Answer(models.TextChoices):
        YES = "yes", _("Yes")
        PARTLY = "partly", _("Partly")
        NO = "no", _("No")

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="quality_checks")
    source = models.SlugField(max_length=60)
    on = models.DateField()
    validity = models.CharField(_("validity"), max_length=6, choices=Answer.choices)
    integrity = models.CharField(_("integrity"), max_length=6, choices=Answer.choices)
    precision = models.CharField(_("precision"), max_length=6, choices=Answer.choices)
    reliability = models.CharField(_("reliability"), max_length=6, choices=Answer.choices)
    timeliness = models.CharField(_("timeliness"), max_length=6, choices=Answer.choices)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["-on"]

    def __str__(self) -> str:
        return f"{self.indicator} {self.source} {self.on}"
