"""Takes away what refused or interrupted requests left on disk, and looks for rows whose file is gone, of which there must be none."""

import fcntl
import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError, connection

from custodes.collection.actions.submissions import adopt_known_versions
from custodes.collection.models import Attachment
from custodes.collection.receiver.storage import attachments_folder, incoming_folder, naming

OLD_SECONDS = 24 * 3600
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many files went, and the sha256 of the attachments that have a row and no file."""

    removed: int
    absent: tuple[str, ...]


def sweep(*, old_seconds: float = OLD_SECONDS) -> Swept:
    """Remove files of no submission that are older than that; list rows without file, and write them to the log."""
    oldest = time.time() - old_seconds
    removed = sum(_removed(path, oldest) for path in incoming_folder().glob("part-*"))
    absent: list[str] = []
    for prefix in "0123456789abcdef":
        rows = set(Attachment.objects.filter(sha256__startswith=prefix).values_list("sha256", flat=True).distinct())
        files = {path.name: path for path in attachments_folder().glob(f"{prefix}?/*")}
        absent += sorted(rows - set(files))
        orphans = [path for name, path in files.items() if name not in rows]
        removed += sum(_removed_orphan(path, oldest) for path in orphans)
    for sha256 in absent:
        log.error("The file of an attachment is absent: %s", sha256)
    return Swept(removed, tuple(absent))


def _removed(path: Path, oldest: float) -> bool:
    try:
        if path.stat().st_mtime >= oldest:
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _removed_orphan(path: Path, oldest: float) -> bool:
    """Look again while no file can get its name: the same bytes may have come once more, and are young then."""
    with naming(fcntl.LOCK_EX):
        return _removed(path, oldest)


def start_sweeping() -> None:
    """Sweep now and once a day, in a thread that ends with the process."""
    threading.Thread(target=_sweep_daily, name="attachment sweep", daemon=True).start()


def _sweep_daily() -> None:
    while True:
        try:
            sweep()
            adopt_known_versions()
        except (OSError, DatabaseError) as error:
            log.error("The attachments could not be swept: %s", error)
        finally:
            connection.close()
        time.sleep(OLD_SECONDS)
