"""The sweep takes what belongs to nobody, once it is old, and finds what is gone."""

import hashlib
import os
import time

import pytest
from django.utils import timezone

from custodes.collection.models import Attachment, Revision, Submission
from custodes.collection.receiver.checking import check_received, received_count
from custodes.collection.receiver.storage import IncomingFile, attachment_path
from custodes.collection.receiver.sweep import OLD_SECONDS, sweep
from tests.factories import make_form

pytestmark = pytest.mark.django_db


def kept(content: bytes) -> str:
    file = IncomingFile.opened()
    file.write(content)
    return file.keep()


def grown_old(path) -> None:
    before = time.time() - OLD_SECONDS - 60
    os.utime(path, (before, before))


def attached(sha256: str) -> None:
    submission, _made = Submission.objects.get_or_create(
        form=make_form(), instance_id=sha256, defaults={"received_at": timezone.now()}
    )
    Attachment.objects.create(submission=submission, name="a", sha256=sha256, bytes=1, received_at=timezone.now())


def test_sweep_removes_old_orphans_only():
    young, old, owned = kept(b"young"), kept(b"old"), kept(b"owned")
    part, old_part = IncomingFile.opened(), IncomingFile.opened()
    attached(owned)
    for path in (attachment_path(old), attachment_path(owned), old_part.path):
        grown_old(path)

    swept = sweep()

    assert (swept.removed, swept.absent) == (2, ())
    assert attachment_path(young).read_bytes() == b"young"
    assert attachment_path(owned).read_bytes() == b"owned"
    assert part.path.exists()
    assert not attachment_path(old).exists()
    assert not old_part.path.exists()
    part.drop()
    old_part.drop()


def test_file_that_comes_again_is_young_again():
    sha256 = kept(b"twice")
    grown_old(attachment_path(sha256))
    assert kept(b"twice") == sha256

    assert sweep().removed == 0


def test_check_names_what_no_longer_has_its_bytes():
    whole, altered = kept(b"whole"), kept(b"to be altered")
    attached(whole)
    attached(altered)
    attached("0" * 64)
    xml = b"<data/>"
    submission = Submission.objects.first()
    for number, sha256 in enumerate((hashlib.sha256(xml).hexdigest(), "1" * 64)):
        Revision.objects.create(
            submission=submission, instance_id=str(number), xml=xml, sha256=sha256, canonical_sha256=sha256,
            received_at=timezone.now(),
        )  # fmt: skip
    attachment_path(altered).write_bytes(b"altered")

    found = list(check_received())

    assert len(found) == received_count() == 5
    places = [each.where for each in found if each is not None]
    assert places == [f"revision:{Revision.objects.get(instance_id='1').pk}", *sorted([altered, "0" * 64])]


def test_row_without_file_is_named(caplog):
    attached("0" * 64)

    assert sweep().absent == ("0" * 64,)
    assert "0" * 64 in caplog.text
