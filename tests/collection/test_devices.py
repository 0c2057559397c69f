"""Devices: who may make and withdraw them, what the ledger keeps, and that the key is shown once."""

import base64
import hashlib
import json
import zlib
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from custodes.collection.actions import make_device, withdraw_device
from custodes.collection.errors import DeviceInvalid
from custodes.collection.models import Device
from custodes.collection.openrosa import settings_code, settings_payload
from custodes.collection.queries import devices_for, forms_for_devices
from custodes.collection.receiver.keys import device_behind
from custodes.ledger.models import Entry, Sensitivity
from custodes.people.errors import NotAllowed
from custodes.people.rules import Role
from tests.factories import make_account, make_form
from tests.factories import make_device as device_row

pytestmark = pytest.mark.django_db


def soon():
    return timezone.localdate() + timedelta(days=30)


def test_device_has_a_key_that_is_nowhere_kept():
    officer, form = make_account(Role.ME_OFFICER), make_form()

    new = make_device("Team 3, phone 2", by=officer, forms=[form], ends=soon())

    assert len(base64.urlsafe_b64decode(new.key + "=")) == 32
    assert new.device.key_sha256 == hashlib.sha256(new.key.encode()).hexdigest()
    entry = Entry.objects.get(act="device.make")
    assert (entry.subject, entry.actor, entry.role) == (new.device.reference, officer.reference, "me_officer")
    assert entry.what["forms"] == [f"form:{form.pk}"]
    assert new.key not in json.dumps(entry.what)
    assert "Team 3" not in json.dumps(entry.what)
    assert new.device.entry == entry.seq


def test_only_the_officer_of_the_programme_and_of_each_form_makes_a_device():
    police = make_form(programme="police")
    everywhere = make_form(programme="")
    hidden = make_form(programme="police", sensitivity=Sensitivity.CONFIDENTIAL)
    officer = make_account(Role.ME_OFFICER, programme="police")
    analyst = make_account(Role.ANALYST, programme="police")

    assert make_device("a", by=officer, forms=[police], ends=soon(), programme="police").device.programme == "police"
    for by, forms, programme in (
        (analyst, [police], "police"), (officer, [police], "courts"), (officer, [police], ""),
        (officer, [police, everywhere], "police"), (officer, [hidden], "police"),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            make_device("b", by=by, forms=forms, ends=soon(), programme=programme)
    assert forms_for_devices(officer) == [police]
    assert forms_for_devices(analyst) == []
    assert Device.objects.count() == 1


def test_device_without_forms_of_another_programme_or_without_end_is_refused():
    officer, form = make_account(Role.ME_OFFICER), make_form(programme="police")
    for changes in (
        {"forms": []}, {"programme": "courts"}, {"ends": soon() + timedelta(days=366)}, {"ends": soon() - timedelta(days=31)},
    ):  # fmt: skip
        with pytest.raises(DeviceInvalid):
            make_device("a", **({"by": officer, "forms": [form], "ends": soon()} | changes))


def test_withdrawal_is_written_once_and_only_by_the_officer():
    officer, stranger = (
        make_account(Role.ME_OFFICER, programme="police"),
        make_account(Role.ME_OFFICER, programme="courts"),
    )
    device = device_row(make_form(programme="police"), programme="police", key="k")

    with pytest.raises(NotAllowed):
        withdraw_device(device, by=stranger, why="lost")
    withdraw_device(device, by=officer, why="lost")
    withdraw_device(device, by=officer, why="again")

    device.refresh_from_db()
    assert device.withdrawn_at is not None
    assert [entry.why for entry in Entry.objects.filter(act="device.withdraw")] == ["lost"]


def test_key_finds_its_device_with_the_forms_of_its_scope():
    form, _other = make_form(), make_form()
    device = device_row(form, key="k")

    found = device_behind(device.key_sha256)

    assert (found.pk, found.forms) == (device.pk, frozenset({form.pk}))
    assert device_behind("0" * 64) is None


def test_pages_lead_from_a_new_device_to_its_end(client):
    officer = make_account(Role.ME_OFFICER)
    form = make_form(title="Household survey")
    client.force_login(officer)

    assert client.get(reverse("device-new")).status_code == 200
    wrong = client.post(reverse("device-new"), {"label": "Phone 1", "ends": soon().isoformat()})
    made = client.post(
        reverse("device-new"),
        {"label": "Phone 1", "forms": [str(form.pk)], "ends": soon().isoformat(), "programme": ""},
    )

    assert wrong.status_code == 400
    device = Device.objects.get()
    text = made.content.decode()
    key = made.context["key"]
    assert hashlib.sha256(key.encode()).hexdigest() == device.key_sha256
    assert f"/or/{key}" in text
    assert f"device-{device.pk}" in text
    assert "<svg" in text
    assert "no-store" in made.headers["Cache-Control"]
    listed = client.get(reverse("device-list")).content.decode()
    assert "Phone 1" in listed
    assert "Household survey" in listed
    assert key not in listed
    assert client.post(reverse("device-withdraw", args=[device.pk]), {"why": "lost"}).status_code == 302
    assert "Withdrawn" in client.get(reverse("device-list")).content.decode()


def test_pages_show_nothing_of_another_programme(client):
    device = device_row(make_form(programme="police"), programme="police", label="could-leak")
    hidden = make_form(title="hidden-title", sensitivity=Sensitivity.CONFIDENTIAL)
    device_row(hidden, label="of-all-programmes")
    stranger = make_account(Role.ME_OFFICER, programme="courts")
    client.force_login(stranger)

    listed = client.get(reverse("device-list")).content.decode()
    assert "of-all-programmes" in listed
    assert "could-leak" not in listed
    assert "hidden-title" not in listed
    assert client.get(reverse("device-withdraw", args=[device.pk])).status_code == 404
    assert list(devices_for(make_account(Role.DONOR))) == []
    client.force_login(make_account(Role.DONOR))
    assert client.get(reverse("device-new")).status_code == 403


def test_list_asks_no_more_of_the_database_with_more_devices(client):
    client.force_login(make_account(Role.ME_OFFICER))
    counts = []
    for _round in range(2):
        device_row(make_form(), make_form())
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("device-list"))
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_settings_code_holds_the_address_and_no_password():
    payload = json.loads(
        zlib.decompress(base64.b64decode(settings_payload("https://x.example/or/k", project="Office é")))
    )

    assert payload == {
        "general": {
            "server_url": "https://x.example/or/k", "form_update_mode": "match_exactly", "autosend": "wifi_and_cellular",
        },
        "admin": {}, "project": {"name": "Office é"},
    }  # fmt: skip
    picture = settings_code("https://x.example/or/k", project="Office é")
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert "style" not in picture
