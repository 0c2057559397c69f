"""Zip files whose bytes depend on their content alone: fixed times, fixed order."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from queue import Queue
from threading import Thread

EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can say
LEVEL = 1  # of compression: three times as fast as the usual, and a tenth larger
AHEAD = 2  # pieces that are made while one is compressed
REGULAR_FILE = 0o100644 << 16


class Archive:
    """A zip file that is written member by member. Use it in a `with`."""

    def __init__(self, place: Path) -> None:
        self._zip = zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a member. Pieces are compressed while the next ones are made."""
        waiting: Queue[bytes | None] = Queue(AHEAD)
        failures: list[OSError] = []
        thread = Thread(target=self._write, args=(name, waiting, failures), name="compression")
        thread.start()
        try:
            for piece in pieces:
                waiting.put(piece)
        finally:
            waiting.put(None)
            thread.join()
        if failures:
            raise failures[0]

    def add_file(self, name: str, place: Path) -> None:
        """Write a member from a file, as it is: it is compressed already, or does not gain by it."""
        info = _info(name)
        info.compress_type = zipfile.ZIP_STORED
        with place.open("rb") as origin, self._zip.open(info, "w", force_zip64=True) as member:
            while piece := origin.read(1 << 20):
                member.write(piece)

    def _write(self, name: str, waiting: "Queue[bytes | None]", failures: list[OSError]) -> None:
        info = _info(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        info._compresslevel = LEVEL  # type: ignore[attr-defined]  # a member takes no level by a public name before Python 3.13
        with self._zip.open(info, "w", force_zip64=True) as member:
            while (piece := waiting.get()) is not None:
                if not failures:
                    try:
                        member.write(piece)
                    except OSError as error:  # a full disc; the maker of pieces must not wait for ever
                        failures.append(error)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, EARLIEST)
    info.external_attr = REGULAR_FILE
    return info
