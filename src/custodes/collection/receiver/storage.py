"""Attachments on disk: written once under a name of their own, forced to disk, then named by their bytes. A name always means a whole file."""

import errno
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
_LOCK = ".naming.lock"


def incoming_folder() -> Path:
    """Where files lie until they are whole."""
    return Path(settings.MEDIA_ROOT) / "incoming"


def attachments_folder() -> Path:
    """Where whole files lie, each under the sha256 of its bytes."""
    return Path(settings.MEDIA_ROOT) / "attachments"


def attachment_path(sha256: str) -> Path:
    """Where the file with these bytes lies."""
    return attachments_folder() / sha256[:2] / sha256


@dataclass(slots=True)
class IncomingFile:
    """A file while its bytes arrive; each is written and hashed once."""

    path: Path
    handle: int
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0

    @classmethod
    def opened(cls) -> "IncomingFile":
        """A new empty file under a random name, in the file system of the attachments so that the last move is atomic."""
        path = incoming_folder() / f"part-{secrets.token_hex(16)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            return cls(path, os.open(path, flags, 0o600))
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(path, os.open(path, flags, 0o600))

    def write(self, chunk: bytes | bytearray) -> None:
        """Append; a full disk may take a part of a chunk before it refuses."""
        self.digest.update(chunk)
        self.size += len(chunk)
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(self.handle, rest) :]

    def keep(self) -> str:
        """Force the bytes to disk, give the file its name, force the name to disk; returns the sha256. May wait for the disk."""
        sha256 = str(self.digest.hexdigest())
        os.fsync(self.handle)
        self._close()
        place = attachment_path(sha256)
        if not place.parent.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(place.parent.parent)
        with naming(fcntl.LOCK_SH):
            os.replace(self.path, place)  # over an equal file, too: it is young again, so that no sweep takes it
        _sync_folder(place.parent)
        return sha256

    def drop(self) -> None:
        """Remove what has arrived so far; nothing where the file has its name already."""
        self._close()
        with suppress(FileNotFoundError):
            self.path.unlink()

    def _close(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


@contextmanager
def naming(kind: int) -> Iterator[None]:
    """Held shared while a file gets its name, exclusively while the sweep takes an old one away, whatever the process."""
    handle = os.open(attachments_folder() / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_full(error: OSError) -> bool:
    """Whether the storage took no more, or could not say that it had."""
    return error.errno in FULL
