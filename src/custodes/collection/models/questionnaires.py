"""Forms: a questionnaire through all its versions, the files it was made of, and the questions that keep their identity."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from custodes.jobs.models import Job
from custodes.ledger.models import Recorded, Sensitivity

if TYPE_CHECKING:
    from custodes.jobs.actions import Lease


class Form(Recorded):
    """A questionnaire under the one id that devices know it by, through all its versions."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")  # never published
        OPEN = "open", _("Open")  # listed, accepts
        CLOSING = "closing", _("Closing")  # no longer listed, still accepts
        CLOSED = "closed", _("Closed")  # neither

    class Late(models.TextChoices):
        KEEP = "keep", _("Keep as late arrivals")
        REFUSE = "refuse", _("Refuse")

    xform_id = models.CharField(max_length=200, unique=True)  # the id attribute that devices name it by
    title = models.CharField(max_length=200)
    programme = models.SlugField(max_length=60, blank=True)
    series = models.SlugField(max_length=80)  # of the data sets made of it
    country = models.CharField(max_length=3, blank=True)
    licence = models.CharField(max_length=200)
    provenance = models.TextField()
    synthetic = models.BooleanField(default=False)
    sensitivity = models.PositiveSmallIntegerField(choices=Sensitivity.choices, default=Sensitivity.RESTRICTED)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, db_index=True)
    late = models.CharField(max_length=10, choices=Late.choices, default=Late.KEEP)
    current = models.ForeignKey("FormVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["title", "xform_id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(synthetic=False) | models.Q(country="QR"), name="form_synthetic_only_in_karuna"
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft") | models.Q(current__isnull=False), name="form_published_has_version"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class FormUpload(Recorded, Job):
    """One file on its way to becoming a version of a form: uploaded, converted, looked at, published."""

    class Stage(models.TextChoices):
        CONVERSION = "conversion", _("Being converted")
        PROBLEMS = "problems", _("To be corrected")  # the file has faults; another one follows
        READY = "ready", _("Ready to publish")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    form = models.ForeignKey(Form, on_delete=models.PROTECT, null=True, blank=True, related_name="uploads")
    programme = models.SlugField(max_length=60, blank=True)  # of a new form, until it has a row of its own
    sensitivity = models.PositiveSmallIntegerField(choices=Sensitivity.choices, default=Sensitivity.RESTRICTED)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.CONVERSION)
    file = models.FileField(upload_to="incoming/", max_length=255)  # incoming/<2>/<sha256>/<name>
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64, db_index=True)
    file_bytes = models.PositiveBigIntegerField()
    problems = models.JSONField(default=list)  # of xlsform.FormProblem: errors and warnings
    xform_id = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=100, blank=True)
    xform_sha256 = models.CharField(max_length=64, blank=True)  # forms/<2>/<sha256>.xml
    summary = models.JSONField(default=dict)  # languages, questions, what differs from the current version

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title or self.file_name

    def work(self, lease: "Lease") -> None:
        from custodes.collection.actions.form_uploads import work_on_form_upload  # actions stand above models

        work_on_form_upload(self, lease)


class FormVersion(Recorded):
    """A published version: what devices download, byte for byte."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="versions")
    upload = models.OneToOneField(FormUpload, on_delete=models.PROTECT, related_name="published_version")
    number = models.PositiveIntegerField()  # 1, 2, 3 …
    version = models.CharField(max_length=100, blank=True)  # as the form says it
    title = models.CharField(max_length=200)
    xform_sha256 = models.CharField(max_length=64)
    xform_md5 = models.CharField(max_length=32)
    xform_bytes = models.PositiveIntegerField()
    languages = models.JSONField(default=list)
    encryption_key = models.TextField(blank=True)  # base64 RSA public key of a sealed form

    class Meta:
        ordering = ["form", "number"]
        constraints = [
            models.UniqueConstraint(fields=["form", "version"], name="form_version_once"),
            models.UniqueConstraint(fields=["form", "number"], name="form_version_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"


class FormMedia(models.Model):
    """A file that goes with a version or with an upload: picture, sound, list of choices. It lies under forms/media/<2>/<sha256>."""

    upload = models.ForeignKey(FormUpload, on_delete=models.PROTECT, related_name="media")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    md5 = models.CharField(max_length=32)
    bytes = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["upload", "name"]
        constraints = [models.UniqueConstraint(fields=["upload", "name"], name="form_media_name_once")]

    def __str__(self) -> str:
        return self.name


class Question(Recorded):
    """A question of a form, the same through renaming, moving and rewording."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="questions")
    stable_id = models.CharField(max_length=120, blank=True)  # what the author wrote under custodes::id
    concept = models.SlugField(max_length=60, blank=True)  # of the question bank
    missing_codes = models.JSONField(default=dict)  # code → wording
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")

    class Meta:
        ordering = ["form", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["form", "stable_id"], condition=~models.Q(stable_id=""), name="question_stable_id_once"
            )
        ]

    def __str__(self) -> str:
        return self.stable_id or f"question {self.pk}"


class QuestionColumn(models.Model):
    """A column of exports and data sets: made once for a part of a question's answers of one type, and never another's."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="columns")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="columns")
    table = models.CharField(max_length=500, blank=True)  # path of the innermost repeat; empty for the record itself
    type = models.CharField(max_length=40)  # a question that changes its type gets a further column
    part = models.CharField(max_length=500, blank=True)  # empty, a coordinate, or choice:<value> of a select-multiple
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["form", "table", "pk"]
        constraints = [
            models.UniqueConstraint("form", "table", Lower("name"), name="question_column_once_whatever_its_case"),
            models.UniqueConstraint(fields=["question", "table", "type", "part"], name="question_column_part_once"),
        ]

    def __str__(self) -> str:
        return self.name


class QuestionVersion(models.Model):
    """What a question looked like in one version of its form."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="versions")
    version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="questions")
    position = models.PositiveIntegerField()
    path = models.CharField(max_length=500)  # /data/group/name
    repeat = models.CharField(max_length=500, blank=True)  # path of the innermost repeat around it
    type = models.CharField(max_length=40)
    labels = models.JSONField(default=dict)  # language → text
    choices = models.JSONField(default=list)  # [{"name", "labels": {language: text}}]

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "question"], name="question_once_in_a_version"),
            models.UniqueConstraint(fields=["version", "path"], name="path_once_in_a_version"),
        ]

    def __str__(self) -> str:
        return self.path
