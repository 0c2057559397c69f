"""What was sent: each filled-in form once, every content of it byte for byte, and its attachments. Nothing here is ever overwritten."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custodes.collection.models.devices import Device
from custodes.collection.models.questionnaires import Form, FormVersion


class Submission(models.Model):
    """One filled-in form, known by its instance id; which of its revisions counts is a pointer."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        HAS_ISSUES = "has_issues", _("Has issues")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")

    class Inbox(models.TextChoices):
        NONE = "", _("None")
        LATE = "late", _("Arrived after the form was closed")
        CONFLICT = "conflict", _("Another content under the same id")
        UNKNOWN_VERSION = "version", _("Of a version that is not here")
        PARENT_ABSENT = "parent", _("An edit of something that is not here")

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="submissions")
    instance_id = models.CharField(max_length=255)
    version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, null=True, related_name="submissions")
    version_text = models.CharField(max_length=100, blank=True)  # as it was sent
    current = models.ForeignKey("Revision", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    inbox = models.CharField(max_length=10, choices=Inbox.choices, default=Inbox.NONE, blank=True)
    is_test = models.BooleanField(default=False)  # of a draft: never in a data set
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="submissions")
    received_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.CharField(max_length=64, blank=True)
    deleted_why = models.TextField(blank=True)

    class Meta:
        ordering = ["received_at", "instance_id"]
        constraints = [models.UniqueConstraint(fields=["form", "instance_id"], name="submission_once")]
        indexes = [
            models.Index(fields=["form", "received_at", "instance_id"]),
            models.Index(fields=["form", "inbox", "received_at"]),
            models.Index(fields=["form", "state", "received_at"]),
        ]

    def __str__(self) -> str:
        return self.instance_id


class Revision(models.Model):
    """One content of a submission, byte for byte as it came."""

    class Kind(models.TextChoices):
        ORIGINAL = "original", _("First sent")
        EDIT = "edit", _("Edit")
        BRANCH = "branch", _("Edit of an older revision")
        CONFLICT = "conflict", _("Another content under the same id")

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="revisions")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ORIGINAL)
    instance_id = models.CharField(max_length=255)  # of this revision: an edit has one of its own
    deprecated_id = models.CharField(max_length=255, blank=True)  # of the revision that it edits
    xml = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    canonical_sha256 = models.CharField(max_length=64)  # of its canonical form (C14N)
    version_text = models.CharField(max_length=100, blank=True)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="revisions")
    device_name = models.CharField(max_length=255, blank=True)  # deviceID, as the device says it
    received_at = models.DateTimeField()
    repeats = models.PositiveIntegerField(default=0)  # how often the same came again

    class Meta:
        ordering = ["submission", "pk"]
        constraints = [models.UniqueConstraint(fields=["submission", "sha256"], name="revision_content_once")]
        indexes = [models.Index(fields=["instance_id"]), models.Index(fields=["deprecated_id"])]

    def __str__(self) -> str:
        return self.instance_id


class Variant(models.Model):
    """Other bytes of the same content, as a client wrote them when it sent again."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="variants")
    xml = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "sha256"], name="variant_once")]

    def __str__(self) -> str:
        return self.sha256


class Attachment(models.Model):
    """A file of a submission under attachments/<2>/<sha256>; other bytes under the same name are a further row, and the last one counts."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100, blank=True)
    is_named = models.BooleanField(default=True)  # whether the XML names it
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["submission", "name", "pk"]
        constraints = [models.UniqueConstraint(fields=["submission", "name", "sha256"], name="attachment_once")]

    def __str__(self) -> str:
        return self.name


class Tombstone(models.Model):
    """What is left of a submission that was purged, so that sending it again resurrects nothing."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="tombstones")
    instance_id = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    purged_at = models.DateTimeField()
    purged_by = models.CharField(max_length=64)
    why = models.TextField()
    repeats = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "instance_id"], name="tombstone_once")]

    def __str__(self) -> str:
        return self.instance_id
