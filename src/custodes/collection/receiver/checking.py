"""Whether what was received still has the bytes that it is named by."""

import hashlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

from custodes.collection.errors import SubmissionAltered
from custodes.collection.models import Attachment, Revision, Variant
from custodes.collection.receiver.storage import attachment_path
from custodes.evidence.errors import Problem
from custodes.ledger.rules import file_hash

RESTORE = "Restore it from a backup; the ledger says when it came."


def received_count() -> int:
    """How many contents and files there are to check."""
    return Revision.objects.count() + Variant.objects.count() + _files().count()


def check_received() -> Iterator[Problem | None]:
    """For each content and each file of every submission, None where it has its bytes, else what is wrong with it."""
    for kind in (Revision, Variant):
        for pk, sha256, xml in kind.objects.order_by("pk").values_list("pk", "sha256", "xml").iterator():
            whole = hashlib.sha256(bytes(xml)).hexdigest() == sha256
            name = f"{kind._meta.model_name}:{pk}"
            yield (
                None
                if whole
                else SubmissionAltered(_("The XML of a submission was altered."), where=name, remedy=RESTORE)
            )
    for sha256 in _files().iterator():
        yield _file_finding(sha256)


def _files():  # type: ignore[no-untyped-def]
    return Attachment.objects.order_by("sha256").values_list("sha256", flat=True).distinct()


def _file_finding(sha256: str) -> Problem | None:
    try:
        with attachment_path(sha256).open("rb") as stream:
            found = file_hash(stream)
    except FileNotFoundError:
        return SubmissionAltered(_("The file of an attachment is absent."), where=sha256, remedy=RESTORE)
    if found != sha256:
        return SubmissionAltered(_("The file of an attachment was altered."), where=sha256, remedy=RESTORE)
    return None
