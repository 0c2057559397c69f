"""Devices that fill in forms: what they may do, until when, and when they were last heard of."""

from django.db import models

from custodes.collection.models.questionnaires import Form
from custodes.ledger.models import Recorded


class Device(Recorded):
    """An enumerator's key: a secret that lists some forms and sends submissions of them, and nothing else. Shown once, stored as its sha256."""

    label = models.CharField(max_length=100)  # "Team 3, phone 2": never a person's name
    key_sha256 = models.CharField(max_length=64, unique=True)
    programme = models.SlugField(max_length=60, blank=True)
    forms = models.ManyToManyField(Form, related_name="devices", blank=True)
    ends = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=64, blank=True)
    last_contact = models.DateTimeField(null=True)

    class Meta:
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label

    @property
    def reference(self) -> str:
        """How the ledger names it."""
        return f"device:{self.pk}"
