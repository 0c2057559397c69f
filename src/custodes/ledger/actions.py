"""Writing the record: one entry per action, in the action's own transaction; data sets under the name of their bytes."""

import os
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from custodes.ledger.errors import DatasetAbsent, DatasetAltered, OutsideTransaction
from custodes.ledger.models import Dataset, Entry, Sensitivity
from custodes.ledger.rules import GENESIS, Link, file_hash, link_hash, utc_text

_CHAIN_LOCK = 7_303_014  # an arbitrary number that names the chain among PostgreSQL's advisory locks
SYSTEM = "system"


def record(
    act: str, *, subject: str, by: str, role: str, why: str = "", what: Mapping[str, Any] | None = None
) -> Entry:
    """Append one entry to the chain, inside the transaction of the action that it records.

    act      dotted name, object before verb: `reading.publish`.
    subject  reference of the thing: `reading:12`.
    by, role reference of the account (`account:7`, or `system`) and the role it acted in.
    what     facts as text, whole numbers, booleans, lists; figures as decimal text; never a name of a person.
    Raises   OutsideTransaction; TypeError where `what` holds a float.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{act} was not in a transaction.", remedy="Wrap the action in transaction.atomic.")
    _lock_chain()
    last = Entry.objects.order_by("-seq").only("seq", "hash").first()
    link = Link(
        seq=last.seq + 1 if last else 1,
        act=act,
        subject=subject,
        actor=by,
        role=role,
        when=utc_text(timezone.now()),
        why=why,
        what=dict(what or {}),
        previous=last.hash if last else GENESIS,
    )
    return Entry.objects.create(
        seq=link.seq, act=act, subject=subject, actor=by, role=role, when=link.when, why=why,
        what=link.what, previous=link.previous, hash=link_hash(link),
    )  # fmt: skip


def _lock_chain() -> None:
    """One writer at a time: SQLite's immediate transactions see to it themselves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])


def dataset_path(sha256: str) -> Path:
    """Where the Parquet file of a data set lies."""
    return Path(settings.MEDIA_ROOT) / "datasets" / sha256[:2] / f"{sha256}.parquet"


def store_dataset_file(written: Path) -> str:
    """Move a finished Parquet file under the sha256 of its bytes; the same bytes twice are one file. Returns the sha256.

    The bytes are on disk before the name exists, so that a name always means a whole file.
    """
    with written.open("rb") as stream:
        sha256 = file_hash(stream)
        os.fsync(stream.fileno())
    place = dataset_path(sha256)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        written.unlink()
    else:
        os.replace(written, place)
        sync_folder(place.parent)
    return sha256


def sync_folder(folder: Path) -> None:
    """Put the names of a folder on disk, as fsync does with a file's bytes."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def temporary_dataset_file() -> Path:
    """A new empty file in the data sets' own file system, so that the final move is atomic."""
    folder = Path(settings.MEDIA_ROOT) / "datasets"
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".writing-", suffix=".parquet", dir=folder)
    os.close(handle)
    return Path(name)


def register_dataset(
    *, sha256: str, title: str, kind: str, source: str, series: str, schema: Mapping[str, Any], rows: int,
    starts: date | None, ends: date | None, programme: str, country: str, provenance: str, licence: str,
    source_sha256: str, sensitivity: int = Sensitivity.RESTRICTED, synthetic: bool, by: str, role: str,
) -> Dataset:  # fmt: skip
    """Enter a stored Parquet file into the register. Writes `dataset.register` to the ledger. The same bytes twice return the first row."""
    known = Dataset.objects.filter(sha256=sha256).first()
    if known:
        return known
    entry = record(
        "dataset.register", subject=f"dataset:{sha256}", by=by, role=role,
        what={"rows": rows, "source": source, "series": series, "source_sha256": source_sha256, "synthetic": synthetic},
    )  # fmt: skip
    return Dataset.objects.create(
        sha256=sha256, title=title, kind=kind, source=source, series=series, schema=dict(schema), rows=rows,
        bytes=dataset_path(sha256).stat().st_size, starts=starts, ends=ends, programme=programme, country=country,
        provenance=provenance, licence=licence, source_sha256=source_sha256, sensitivity=sensitivity,
        synthetic=synthetic, created_by=by, entry=entry.seq,
    )  # fmt: skip


def checked_dataset_path(sha256: str) -> Path:
    """The file of a data set, after its bytes were found to be those it is named by. Raises DatasetAbsent, DatasetAltered."""
    place = dataset_path(sha256)
    if not place.exists():
        raise DatasetAbsent(
            "its file is not in the storage.", where=f"data set {sha256[:12]}", remedy="Restore it from a backup."
        )
    with place.open("rb") as stream:
        found = file_hash(stream)
    if found != sha256:
        raise DatasetAltered(
            f"its bytes have changed: they hash to {found[:12]}….",
            where=f"data set {sha256[:12]}…",
            remedy="Nothing is computed from it. Restore the file from a backup.",
        )
    return place


@transaction.atomic
def note_action(
    act: str, *, subject: str, by: str, role: str, why: str = "", what: Mapping[str, Any] | None = None
) -> Entry:
    """Record an action that changes no row, such as a sign-in or an export."""
    return record(act, subject=subject, by=by, role=role, why=why, what=what)
