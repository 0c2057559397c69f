"""Segments: the answers of some thousands of records as Parquet, written once and never changed, so that only new and revised records are read again.

A segment is a folder under the hash of what it was made of: the reader's version, the plans of the form's versions in it, and each record's id,
version and content. Where it ends is decided by the ids of the records, so that one that comes, changes or goes leaves other segments as they are.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from custodes.collection.exports.layout import INDEX, KEY, MAIN, PARENT_KEY
from custodes.collection.exports.reading import EMPTY_PLAN, ReadingPlan
from custodes.collection.exports.records import Record

if TYPE_CHECKING:
    import pyarrow

READER = "1"  # a change of what is read makes all segments anew
SEGMENT = 5_000  # records, on average
MANIFEST = "manifest.json"
A_DAY = 86_400.0  # seconds
UNKNOWN_VERSION = 0  # under which records of a version that is not here are counted


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """How many values a column has in a segment, how many bytes the longest has, and the narrowest type they fit: integer, decimal, date, text."""

    filled: int
    longest: int
    fits: str


@dataclass(frozen=True, slots=True)
class SegmentTable:
    """A table of a segment: its file, its rows, and its columns of answers under the names of `layout.Source.stored`."""

    file: str
    rows: int
    unmapped: int
    columns: Mapping[str, ColumnFacts]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment on disc. `versions` counts its records by version number."""

    folder: Path
    versions: Mapping[int, int]
    tables: Mapping[str, SegmentTable]

    def read(self, table: str) -> "pyarrow.Table | None":
        """One of its tables; None where none of its versions has it."""
        import pyarrow.parquet as parquet  # slow to import

        known = self.tables.get(table)
        return parquet.read_table(self.folder / known.file, partitioning=None) if known is not None else None


@dataclass(frozen=True, slots=True)
class SegmentTask:
    """What a process needs to make a segment: a file with the contents of its records one behind the other, and which are which."""

    folder: Path
    contents: Path
    keys: tuple[str, ...]
    versions: tuple[int, ...]
    lengths: tuple[int, ...]
    plans: Mapping[int, ReadingPlan]


def cut_into_segments(heads: Iterable[Record], *, size: int = SEGMENT) -> Iterator[list[Record]]:
    """The records in stretches of half to twice `size`, which end at records whose id says so."""
    stretch: list[Record] = []
    for record in heads:
        stretch.append(record)
        ends = zlib.crc32(record.instance_id.encode()) % max(size // 2, 1) == 0
        if len(stretch) >= 2 * size or ends and len(stretch) >= size // 2:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def segment_name(records: Sequence[Record], plans: Mapping[int, ReadingPlan]) -> str:
    """The hash of all that a segment is made of."""
    made = hashlib.sha256(f"custodes segment {READER}\n".encode())
    for number in sorted({_known_version(record, plans) for record in records} & plans.keys()):
        plan = plans[number]
        tables = {table: [source.stored for source in columns] for table, columns in plan.columns.items()}
        made.update(json.dumps([number, tables, repr(plan.steps)]).encode())
    for record in records:
        made.update(json.dumps([record.instance_id, _known_version(record, plans), record.sha256]).encode())
    return made.hexdigest()


def _known_version(record: Record, plans: Mapping[int, ReadingPlan]) -> int:
    return record.version if record.version is not None and record.version in plans else UNKNOWN_VERSION


def segment_or_none(folder: Path) -> Segment | None:
    """The segment in a folder, if it is there and whole."""
    try:
        stored = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        tables = {
            name: SegmentTable(
                each["file"], each["rows"], each["unmapped"], {key: ColumnFacts(**facts) for key, facts in each["columns"].items()}
            )
            for name, each in stored["tables"].items()
        }  # fmt: skip
        if any((folder / each["file"]).stat().st_size != each["bytes"] for each in stored["tables"].values()):
            return None
    except (FileNotFoundError, json.JSONDecodeError):
        return None  # a machine that stopped in the middle leaves half a segment
    return Segment(folder, {int(number): count for number, count in stored["versions"].items()}, tables)


class SegmentMaker:
    """Makes segments, in this process or in several; `take` gives them back in the order in which they were asked for."""

    def __init__(self, folder: Path, plans: Mapping[int, ReadingPlan], *, processes: int = 1) -> None:
        self.folder = folder
        self.plans = {**plans, UNKNOWN_VERSION: EMPTY_PLAN}
        self.made = 0
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        folder.mkdir(parents=True, exist_ok=True)
        for forgotten in folder.glob("contents-*"):  # of a process that was killed
            if time.time() - forgotten.stat().st_mtime > A_DAY:
                forgotten.unlink(missing_ok=True)

    def __enter__(self) -> "SegmentMaker":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def place(self, records: Sequence[Record]) -> Path:
        """Where the segment of some records is, or will be."""
        name = segment_name(records, self.plans)
        return self.folder / name[:2] / name

    def make(self, records: Sequence[Record], contents: Iterable[bytes], place: Path) -> "Future[None]":
        """Begin to make a segment; the contents are put on disc, so that they are in memory once at most."""
        lengths = []
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix="contents-", delete=False) as spool:
            for content in contents:
                lengths.append(spool.write(content))
        versions = tuple(_known_version(each, self.plans) for each in records)
        task = SegmentTask(
            place,
            Path(spool.name),
            tuple(each.instance_id for each in records),
            versions,
            tuple(lengths),
            {number: self.plans[number] for number in sorted(set(versions))},
        )
        self.made += 1
        if self._processes > 1:
            if self._pool is None:  # spawned, as a fork would copy the locks of whoever calls
                self._pool = ProcessPoolExecutor(self._processes, mp_context=get_context("spawn"))
            return self._pool.submit(make_segment, task)
        done: Future[None] = Future()
        make_segment(task)
        done.set_result(None)
        return done


def make_segment(task: SegmentTask) -> None:
    """Read the records of a task and put their segment in place, whole or not at all."""
    # lxml and pyarrow are slow to import, and not needed where nothing is new
    from custodes.collection.exports.segment_tables import SegmentTables

    parent = task.folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=parent, prefix="draft-"))
    try:
        tables = SegmentTables(task.plans)
        with task.contents.open("rb") as contents:
            for key, version, length in zip(task.keys, task.versions, task.lengths, strict=True):
                tables.add(key, version, contents.read(length))
        found = {}
        for number, (name, table, unmapped, facts) in enumerate(tables.finished()):
            file = draft / f"{number}.parquet"
            _write_parquet(table, file)
            found[name] = {
                "file": file.name, "bytes": file.stat().st_size, "rows": table.num_rows, "unmapped": unmapped,
                "columns": {column: asdict(each) for column, each in facts.items()},
            }  # fmt: skip
        counts = {version: task.versions.count(version) for version in sorted(set(task.versions))}
        (draft / MANIFEST).write_text(json.dumps({"versions": counts, "tables": found}), encoding="utf-8")
        if segment_or_none(task.folder) is None:  # another process may have made it meanwhile
            shutil.rmtree(task.folder, ignore_errors=True)  # half a segment of a machine that stopped
            os.replace(draft, task.folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        task.contents.unlink(missing_ok=True)


def _write_parquet(table: "pyarrow.Table", file: Path) -> None:
    import pyarrow.parquet as parquet  # slow to import

    with file.open("wb") as stream:
        parquet.write_table(table, stream, compression="zstd", compression_level=1, write_statistics=False)
        stream.flush()
        os.fsync(stream.fileno())


FIXED_COLUMNS = {MAIN: (KEY,)}
REPEAT_COLUMNS = (KEY, PARENT_KEY, INDEX)


def fixed_columns(table: str) -> tuple[str, ...]:
    """The columns before the answers; behind them stands what has no column, in every table."""
    return FIXED_COLUMNS.get(table, REPEAT_COLUMNS)
