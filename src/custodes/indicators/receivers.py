"""What lower apps ask of measuring, through the signals that they declare."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from custodes.indicators.models import Reading
from custodes.indicators.queries.readings import SETTLED
from custodes.people.models import Account
from custodes.people.rules import OpenWork
from custodes.people.signals import open_work_asked
from custodes.programmes.models import Definition
from custodes.programmes.signals import definition_in_use_asked

UNFINISHED = (Reading.Status.DRAFT, Reading.Status.RETURNED, Reading.Status.SUBMITTED)


@receiver(definition_in_use_asked)
def has_verified_reading(sender: type, *, definition: Definition, **_unused: Any) -> bool:
    """Whether a reading of the definition was verified, so that editing it breaks a series (I6)."""
    return Reading.objects.filter(definition_version__definition=definition, status__in=SETTLED).exists()


@receiver(open_work_asked)
def unverified_readings(sender: type, *, account: Account, **_unused: Any) -> list[OpenWork]:
    """Readings that the account entered and nobody has verified: they are handed over before it leaves."""
    count = Reading.objects.filter(entered_by=account.reference, status__in=UNFINISHED).count()
    return [OpenWork(_("unverified readings"), count)] if count else []
