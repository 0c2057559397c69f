"""Keeping what people send: every byte on disk before its name exists, under the hash of its bytes."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from custodes.collection.errors import FileTooLarge
from custodes.collection.models import FormUpload, ImportRun
from custodes.evidence.errors import FileUnreadable, Problem
from custodes.ledger.actions import sync_folder
from custodes.ledger.rules import file_hash
from custodes.people.models import Account

LARGEST_FILE = 2_000_000_000  # bytes
FORMS, FORM_MEDIA = "forms", "forms/media"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """Where a file lies below the media folder, the name it came with, its hash and size."""

    name: str
    original: str
    sha256: str
    bytes: int


def kept_file(
    file: Path | BinaryIO, *, file_name: str = "", largest: int = LARGEST_FILE, too_large: str = ""
) -> KeptFile:
    """Keep an uploaded file in a folder named by its bytes, under its own name, which messages repeat.

    Raises FileUnreadable where it is empty, FileTooLarge with the remedy `too_large`.
    """
    original = file_name or Path(str(getattr(file, "name", file))).name
    safe = get_valid_filename(original)[-100:] or "file"
    return _kept(
        file, original, "incoming", lambda sha256: f"{sha256[:2]}/{sha256}/{safe}", largest=largest,
        remedy=too_large or _("Split it by year or by area."),
    )  # fmt: skip


def kept_by_hash(
    file: Path | BinaryIO, *, folder: str, file_name: str, largest: int, too_large: str, suffix: str = ""
) -> KeptFile:
    """Keep a file under its hash alone: the same bytes twice are one file. Raises as `kept_file`."""
    return _kept(
        file, file_name, folder, lambda sha256: f"{sha256[:2]}/{sha256}{suffix}", largest=largest, remedy=too_large
    )


def place_by_hash(folder: str, sha256: str, suffix: str = "") -> Path:
    """Where `kept_by_hash` has put a file."""
    return Path(settings.MEDIA_ROOT) / folder / sha256[:2] / f"{sha256}{suffix}"


def sender_of(run: ImportRun | FormUpload) -> Account:
    """The account whose act a file is; the job acts with its grants."""
    account = Account.objects.filter(pk=run.created_by.partition(":")[2]).first()
    if account is None:
        raise Problem(_("The account that sent the file is gone."), where=str(run), remedy=_("Send the file again."))
    return account


def checked_file(run: ImportRun | FormUpload) -> Path:
    """The kept file, after its bytes were found to be those that were sent. Raises FileUnreadable."""
    file = Path(run.file.path)
    if not file.exists():
        raise FileUnreadable(
            _("The file is no longer in the storage."), where=run.file_name, remedy=_("Send it again.")
        )
    with file.open("rb") as stream:
        if file_hash(stream) != run.file_sha256:
            raise FileUnreadable(
                _("The stored file has changed since it was sent."), where=run.file_name, remedy=_("Send it again.")
            )
    return file


def _kept(
    file: Path | BinaryIO, original: str, folder: str, named: Callable[[str], str], *, largest: int, remedy: str
) -> KeptFile:  # fmt: skip
    media = Path(settings.MEDIA_ROOT)
    (media / folder).mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=media / folder)
    place = Path(temporary)
    try:
        with os.fdopen(handle, "wb") as target:
            _copy(file, target, original, largest, remedy)
            target.flush()
            os.fsync(target.fileno())
        size = place.stat().st_size
        if not size:
            raise FileUnreadable(
                _("The file is empty."), where=original, remedy=_("Export it again and check its size.")
            )
        with place.open("rb") as stream:
            sha256 = file_hash(stream)
        final = media / folder / named(sha256)
        final.parent.mkdir(parents=True, exist_ok=True)
        os.replace(place, final)
        for made in (final.parent, *final.parent.parents):
            sync_folder(made)
            if made == media:
                break
    finally:
        place.unlink(missing_ok=True)
    return KeptFile(str(final.relative_to(media)), original, sha256, size)


def _copy(file: Path | BinaryIO, target: BinaryIO, name: str, largest: int, remedy: str) -> None:
    """Copy at most one byte more than is allowed, so that no stream fills the disk."""
    source = file.open("rb") if isinstance(file, Path) else file
    try:
        while portion := source.read(1_048_576):
            target.write(portion)
            if target.tell() > largest:
                raise FileTooLarge(
                    _("The file is larger than %(limit)s bytes.") % {"limit": f"{largest:,}"}, where=name, remedy=remedy
                )
    finally:
        if isinstance(file, Path):
            source.close()
