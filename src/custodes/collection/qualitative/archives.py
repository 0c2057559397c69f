"""Zip files from strangers, refused by their directory before anything is unpacked."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath

from custodes.collection.errors import FileProtected, FileTooLarge, FileUnsafe
from custodes.evidence.errors import FileUnreadable

MOST_UNPACKED = 100_000_000
MOST_ENTRIES = 2_000
MOST_RATIO = 100
# Below this size a high ratio harms nobody: a style sheet of blanks is no bomb.
RATIO_COUNTS_FROM = 1_000_000
ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Archive:
    """An open zip file whose directory was found harmless. where: its name, for problems."""

    where: str
    file: zipfile.ZipFile

    @property
    def names(self) -> tuple[str, ...]:
        """The files in it, without folders, in the order of its directory."""
        return tuple(entry.filename for entry in self.file.infolist() if not entry.is_dir())

    def read(self, name: str) -> bytes:
        """The bytes of one file in it; never more than its directory declared."""
        try:
            entry = self.file.getinfo(name)
            with self.file.open(entry) as opened:
                # A directory may lie; one byte more than it declared is enough to know.
                content = opened.read(entry.file_size + 1)
        except KeyError as error:
            raise FileUnreadable(
                f"It lacks the part “{name}”.", where=self.where, remedy="Write it again, or choose the right kind of file."
            ) from error  # fmt: skip
        except (
            zipfile.BadZipFile,
            zlib.error,
            struct.error,
            EOFError,
            NotImplementedError,
            OSError,
            RuntimeError,
            ValueError,
        ) as error:
            raise FileUnreadable(
                f"The part “{name}” is damaged.", where=self.where, remedy="Copy or write the file again."
            ) from error
        if len(content) > entry.file_size:
            raise FileUnsafe(
                f"The part “{name}” is larger than declared.", where=self.where, remedy="Ask where it came from."
            )
        return content


@contextmanager
def open_archive(content: bytes, *, where: str) -> Iterator[Archive]:
    """The zip file in these bytes.

    Refuses FileUnreadable for no zip, FileProtected for one with a password, FileTooLarge and FileUnsafe for bombs, names that
    lead outside, links, and two files of one name. All of that is told from the directory, before anything is unpacked.
    """
    try:
        file = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, struct.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise FileUnreadable("The file is no zip, or is damaged.", where=where, remedy="Copy it again.") from error
    with file:
        entries = file.infolist()
        _check_size(entries, where=where)
        for entry in entries:
            _check_entry(entry, where=where)
        names = [entry.filename for entry in entries]
        if len(set(names)) < len(names):
            (twice, *_) = (name for name in names if names.count(name) > 1)
            # Two readers may open different ones: what one person checked is not what another reads.
            raise FileUnsafe(f"It holds “{twice}” twice.", where=where, remedy="Write the file again.")
        yield Archive(where, file)


def _check_size(entries: list[zipfile.ZipInfo], *, where: str) -> None:
    if len(entries) > MOST_ENTRIES:
        raise FileUnsafe(
            f"It holds {len(entries):,} files; {MOST_ENTRIES:,} are allowed.", where=where, remedy="Split it."
        )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED:
        raise FileTooLarge(
            f"Unpacked it would take {unpacked / 1e6:,.0f} MB; {MOST_UNPACKED / 1e6:,.0f} MB are allowed.",
            where=where,
            remedy="Take pictures and recordings out, or split it.",
        )


def _check_entry(entry: zipfile.ZipInfo, *, where: str) -> None:
    name = entry.filename
    if not name:
        raise FileUnreadable("It holds a file without a name.", where=where, remedy="Copy or write the file again.")
    path = PurePosixPath(name.replace("\\", "/"))
    if (
        path.is_absolute()
        or ".." in path.parts
        or (path.parts and path.parts[0].endswith(":"))
        or "\0" in entry.orig_filename
    ):
        raise FileUnsafe(
            f"The name “{name[:80]}” leads outside the file.", where=where, remedy="Do not open it elsewhere."
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FileUnsafe(f"“{name[:80]}” is a link.", where=where, remedy="Put the file itself in its place.")
    if entry.flag_bits & ENCRYPTED:
        raise FileProtected(
            f"“{name[:80]}” opens with a password only.", where=where, remedy="Save the file without a password."
        )
    if entry.file_size > RATIO_COUNTS_FROM and entry.file_size > MOST_RATIO * max(1, entry.compress_size):
        raise FileUnsafe(
            f"“{name[:80]}” swells to more than {MOST_RATIO} times its size.", where=where, remedy="Ask where it came from."
        )  # fmt: skip
