"""Give a device its key and take it away; the key is returned once and stored only as its hash."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from custodes.collection.errors import DeviceInvalid
from custodes.collection.models import Device, Form
from custodes.ledger.actions import record
from custodes.ledger.models import Sensitivity
from custodes.people.models import Account
from custodes.people.permissions import check_role
from custodes.people.rules import Role

LONGEST_DEVICE_DAYS = 366
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device and its key, which is nowhere kept and can be shown only now."""

    device: Device
    key: str


@transaction.atomic
def make_device(label: str, *, by: Account, forms: Sequence[Form], ends: date, programme: str = "") -> NewDevice:
    """Make a device that may list and send these forms until that day. Writes `device.make`.

    Raises NotAllowed where the account is not the M&E officer of the programme and of each form; DeviceInvalid without forms, with a form of
    another programme, or for longer than a year.
    """
    role = check_role(by, Role.ME_OFFICER, programme=programme).role
    if not forms:
        raise DeviceInvalid(_("The device would have nothing to send."), where="forms", remedy=_("Choose a form."))
    for form in forms:
        check_role(by, Role.ME_OFFICER, programme=form.programme, sensitivity=form.sensitivity)
        if programme and form.programme not in ("", programme):
            raise DeviceInvalid(
                _("The form “%(form)s” is of another programme.") % {"form": form.title},
                where="forms",
                remedy=_("Choose forms of the device's programme."),
            )
    today = timezone.localdate()
    if not today <= ends <= today + timedelta(days=LONGEST_DEVICE_DAYS):
        raise DeviceInvalid(
            _("A device's key lasts at most a year."), where="ends", remedy=_("Choose a day within the next 366.")
        )
    key = secrets.token_urlsafe(KEY_BYTES)
    device = Device.objects.create(
        label=label, key_sha256=hashlib.sha256(key.encode()).hexdigest(), programme=programme, ends=ends,
        created_by=by.reference,
    )  # fmt: skip
    device.forms.set(forms)
    entry = record(
        "device.make", subject=device.reference, by=by.reference, role=role,
        what={
            "programme": programme, "ends": ends.isoformat(), "forms": sorted(f"form:{form.pk}" for form in forms),
            "key_sha256": device.key_sha256,
        },
    )  # fmt: skip
    device.entry = entry.seq
    device.save(update_fields=["entry"])
    return NewDevice(device, key)


@transaction.atomic
def withdraw_device(device: Device, *, by: Account, why: str) -> Device:
    """End a device's key within a second, for good; what it sent stays. Writes `device.withdraw`, once.

    Raises NotAllowed where the account is not the M&E officer of the device's programme.
    """
    role = check_role(by, Role.ME_OFFICER, programme=device.programme, sensitivity=Sensitivity.PUBLIC).role
    device = Device.objects.select_for_update().get(pk=device.pk)
    if device.withdrawn_at is None:
        device.withdrawn_at, device.withdrawn_by = timezone.now(), by.reference
        entry = record("device.withdraw", subject=device.reference, by=by.reference, role=role, why=why)
        device.entry = entry.seq
        device.save(update_fields=["withdrawn_at", "withdrawn_by", "entry"])
    return device
