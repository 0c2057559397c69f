"""The plan: programmes, their results, what is measured, and the targets that were approved."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custodes.evidence.types import Direction, MissingPolicy, PathShape
from custodes.ledger.models import Recorded, Sensitivity


class Programme(Recorded):
    """A reform under one plan and owner."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted for approval")
        APPROVED = "approved", _("Approved")
        CLOSED = "closed", _("Closed")

    code = models.SlugField(max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("summary"), blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    starts = models.DateField(_("starts"))
    ends = models.DateField(_("ends"))
    country_area = models.ForeignKey(
        "places.Area", on_delete=models.PROTECT, related_name="+", verbose_name=_("country")
    )
    lead_institution = models.ForeignKey(
        "people.Institution", on_delete=models.PROTECT, null=True, blank=True, related_name="led_programmes"
    )
    is_public = models.BooleanField(_("shown to the public"), default=False)
    submitted_by = models.CharField(max_length=64, blank=True)
    sensitivity = models.PositiveSmallIntegerField(choices=Sensitivity.choices, default=Sensitivity.PUBLIC)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends__gte=models.F("starts")), name="programme_ends_after_start")
        ]

    def __str__(self) -> str:
        return self.title


class PlanVersion(Recorded):
    """A frozen, approved snapshot of results, indicators, baselines and targets, with its reason."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="plan_versions")
    number = models.PositiveSmallIntegerField()
    snapshot = models.JSONField()
    sha256 = models.CharField(max_length=64)
    reason = models.TextField()
    approved_by = models.CharField(max_length=64)
    approved_at = models.DateTimeField()

    class Meta:
        ordering = ["programme", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="plan_version_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="plan_version_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.programme} v{self.number}"


class PlanChange(Recorded):
    """One change of the plan, its author and its reason, waiting for the version that approves it."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="plan_changes")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="changes")
    act = models.CharField(max_length=64)  # as in the ledger: "target.set"
    subject = models.CharField(max_length=128)
    reason = models.TextField(blank=True)  # may be empty before the first approval only

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.programme}: {self.act}"


class PartnerRole(Recorded):
    """What an organisation is to a programme."""

    class Role(models.TextChoices):  # IATI OrganisationRole codes
        FUNDING = "1", _("Funding")
        ACCOUNTABLE = "2", _("Accountable")
        EXTENDING = "3", _("Extending")
        IMPLEMENTING = "4", _("Implementing")

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="partner_roles")
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="partner_roles")
    role = models.CharField(max_length=1, choices=Role.choices)
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        ordering = ["programme", "role", "organisation"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "organisation", "role"], name="partner_role_once"),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) | ~models.Q(currency=""), name="partner_amount_has_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_role_display()}"


class Result(Recorded):
    """An intended change: impact, outcome or output, and why it is thought to follow from its parts."""

    class Level(models.TextChoices):
        IMPACT = "impact", _("Impact")
        OUTCOME = "outcome", _("Outcome")
        OUTPUT = "output", _("Output")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="results")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    code = models.CharField(_("code"), max_length=20)  # "I", "O1", "1.2"
    statement = models.TextField(_("statement"))
    actor = models.CharField(_("whose behaviour changes"), max_length=200, blank=True)
    because = models.TextField(_("because"), blank=True)
    assumptions = models.TextField(_("assumptions"), blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["programme", "position", "code"]
        constraints = [models.UniqueConstraint(fields=["programme", "code"], name="result_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.statement}"


class Definition(Recorded):
    """What an indicator means, apart from where it is used; its content stands in versions."""

    code = models.CharField(max_length=20, unique=True)  # "TRU-01"
    is_from_library = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    @property
    def current(self) -> "DefinitionVersion":
        return self.versions.latest("number")


class DefinitionVersion(Recorded):
    """One full reference sheet. After the first verified reading an edit makes the next version and marks a break (I6)."""

    class Rollup(models.TextChoices):
        SUM = "sum", _("Sum")
        MEAN = "mean", _("Mean")
        WEIGHTED = "weighted", _("Weighted estimate")
        LAST = "last", _("Last")
        MAX = "max", _("Largest")
        MIN = "min", _("Smallest")
        RECOMPUTE = "recompute", _("Recomputed from numerator and denominator")
        DISTINCT = "distinct", _("Counted anew without duplicates")
        NONE = "none", _("Each separately")

    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=250)
    wording = models.TextField(_("precise definition"))
    rationale = models.TextField(_("rationale"), blank=True)
    unit = models.CharField(_("unit"), max_length=60)  # "proportion", "per 100,000", "persons", "stage", "score 0–100"
    numerator = models.TextField(_("numerator"), blank=True)
    denominator = models.TextField(_("denominator"), blank=True)
    estimator = models.SlugField(_("estimator"), max_length=60)  # of the shelf evidence/estimators
    arguments = models.JSONField(_("arguments"), default=dict, blank=True)  # defaults for the estimator
    direction = models.CharField(_("direction"), max_length=5, choices=[(d.value, d.value) for d in Direction])
    band_low = models.FloatField(null=True, blank=True)
    band_high = models.FloatField(null=True, blank=True)
    over_time = models.CharField(_("over time"), max_length=10, choices=Rollup.choices, default=Rollup.NONE)
    over_place = models.CharField(_("over place"), max_length=10, choices=Rollup.choices, default=Rollup.NONE)
    source_kind = models.CharField(_("source"), max_length=200)
    frequency = models.CharField(_("frequency"), max_length=60, blank=True)
    limits = models.TextField(_("known limits"), blank=True)
    dimensions = models.JSONField(_("dimensions"), default=list, blank=True)  # codes of places.Dimension
    standard = models.CharField(_("standard"), max_length=200, blank=True)
    counts_people = models.BooleanField(_("counts people"), default=False)
    is_sensitive = models.BooleanField(_("sensitive subject"), default=False)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    is_break = models.BooleanField(_("break in series"), default=False)
    break_reason = models.TextField(_("why the series breaks"), blank=True)

    class Meta:
        ordering = ["definition", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["definition", "number"], name="definition_version_once"),
            models.CheckConstraint(
                condition=models.Q(is_break=False) | ~models.Q(break_reason="") & models.Q(valid_from__isnull=False),
                name="break_has_date_and_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition.code} v{self.number}"


class Indicator(Recorded):
    """A definition applied to one result: whose it is, how often, how missing answers count, and the way from baseline to target."""

    code = models.CharField(max_length=40)  # unique in the programme: "TRU-01"
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="indicators")
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="indicators")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="indicators")
    institution = models.ForeignKey(
        "people.Institution", on_delete=models.PROTECT, null=True, blank=True, related_name="indicators"
    )
    owner = models.CharField(_("owner"), max_length=150, blank=True)
    frequency = models.CharField(_("frequency"), max_length=60, blank=True)
    missing_policy = models.CharField(
        _("missing answers"),
        max_length=12,
        choices=[(p.value, p.value) for p in MissingPolicy],
        default=MissingPolicy.EXCLUDE.value,
    )
    arguments = models.JSONField(default=dict, blank=True)  # override the definition's, per indicator
    source = models.SlugField(
        _("source"), max_length=60, blank=True
    )  # the one that baseline, target and light speak of; empty: there is one only
    read_with = models.ManyToManyField(
        "self", blank=True
    )  # figures that mislead unless shown side by side: recorded and reported theft
    path = models.CharField(
        _("path"), max_length=14, choices=[(p.value, p.value) for p in PathShape], default=PathShape.LINEAR.value
    )
    step_on = models.DateField(_("step on"), null=True, blank=True)
    path_reason = models.TextField(_("why there is no path"), blank=True)  # an outcome or output states it
    direction_confirmed_by = models.CharField(
        max_length=64, blank=True
    )  # who confirmed a target against the direction (I5)
    sensitivity = models.PositiveSmallIntegerField(choices=Sensitivity.choices, default=Sensitivity.PUBLIC)
    is_public = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["programme", "position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "code"], name="indicator_code_once"),
            models.CheckConstraint(
                condition=~models.Q(path="step") | models.Q(step_on__isnull=False), name="step_path_has_date"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}"


class Baseline(Recorded):
    """The value before the reform, with its date and source."""

    indicator = models.OneToOneField(Indicator, on_delete=models.CASCADE, related_name="baseline")
    value = models.FloatField()
    on = models.DateField()
    source = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.value} ({self.on})"


class Target(Recorded):
    """A value to reach by a date. The last one is the target; the earlier ones are milestones."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="targets")
    value = models.FloatField()
    on = models.DateField()

    class Meta:
        ordering = ["indicator", "on"]
        constraints = [models.UniqueConstraint(fields=["indicator", "on"], name="target_once_per_day")]

    def __str__(self) -> str:
        return f"{self.value} ({self.on})"
