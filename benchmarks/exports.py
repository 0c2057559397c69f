# ruff: noqa: T201
"""The export of 132,229 records of 510 questions to a zip of CSV files: the first one, which reads every record's XML, and the next, from segments.

Budget: 60 s and 1 GB for the first, memory of all processes together. Neither finishes in KoboToolbox within 30 minutes (kobotoolbox/kpi#1757).
"""

import hashlib
import os
import random
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from custodes.collection.exports.making import MadeExport, make_export
from custodes.collection.exports.records import ExportFormat, ExportVersion, Record, RecordSource
from custodes.collection.xform.reading import parse_form

RECORDS, GROUPS, QUESTIONS = 132_229, 10, 51  # of each group
VARIANTS = 2_000  # of the answers to a group, which records combine at random
BUDGET_SECONDS, BUDGET_MEGABYTES = 60.0, 1_000.0
NOT_ASKED = 0.1  # share of questions that a record leaves out, so that no two records have the same nodes
KINDS = ("select1", "string", "int", "decimal", "date")
WORDS = (
    "market",
    "station",
    "patrol",
    "complaint",
    "answered",
    "nothing,",
    '"they said"',
    "again",
    "الشرطة",
    "🙂",
    "wall",
    "road",
    "because",
)


def form_xml() -> str:
    """A form of 510 questions of five types."""
    names = [f"g{group}/q{group}_{place}" for group in range(GROUPS) for place in range(QUESTIONS)]
    instance = "".join(
        f"<g{group}>{''.join(f'<q{group}_{place}/>' for place in range(QUESTIONS))}</g{group}>"
        for group in range(GROUPS)
    )
    kinds = {name: KINDS[int(name.split("_")[1]) % len(KINDS)] for name in names}
    binds = "".join(
        f'<bind nodeset="/data/{name}" type="{kind.replace("select1", "string")}"/>' for name, kind in kinds.items()
    )
    items = "".join(f"<item><label>Choice {code}</label><value>{code}</value></item>" for code in range(1, 8))
    controls = "".join(
        f'<select1 ref="/data/{name}"><label>{name}</label>{items}</select1>' if kind == "select1"
        else f'<input ref="/data/{name}"><label>{name}</label></input>'
        for name, kind in kinds.items()
    )  # fmt: skip
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>Bench</h:title><model><instance>'
        f'<data id="bench" version="1">{instance}<meta><instanceID/></meta></data></instance>{binds}</model></h:head>'
        f"<h:body>{controls}</h:body></h:html>"
    )


def answer(chance: random.Random, kind: str) -> str:
    """A made-up answer, as XML."""
    if kind == "select1":
        return str(chance.randint(1, 7))
    if kind == "string":
        return " ".join(chance.choice(WORDS) for _ in range(chance.randint(0, 6)))
    if kind == "int":
        return str(chance.randint(0, 120))
    if kind == "decimal":
        return f"{chance.uniform(-10, 1000):.2f}"
    return f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"


def group_variants() -> list[list[bytes]]:
    """For each group the XML of many ways to answer it."""
    chance = random.Random(510)
    return [
        [
            f"<g{group}>{''.join(question(chance, group, place) for place in range(QUESTIONS))}</g{group}>".encode()
            for _ in range(VARIANTS)
        ]
        for group in range(GROUPS)
    ]


def question(chance: random.Random, group: int, place: int) -> str:
    """The node of a question, or none where it was not asked."""
    if chance.random() < NOT_ASKED:
        return ""
    return f"<q{group}_{place}>{answer(chance, KINDS[place % len(KINDS)])}</q{group}_{place}>"


def content(groups: Sequence[Sequence[bytes]], number: int) -> bytes:
    """The XML of a record."""
    chance = random.Random(number)
    inner = b"".join(variants[int(chance.random() * VARIANTS)] for variants in groups)
    return b'<data id="bench" version="1">%b<meta><instanceID>uuid:%d</instanceID></meta></data>' % (inner, number)


def heads() -> Iterator[Record]:
    """The records without their content."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(RECORDS):
        yield Record(
            f"uuid:{number}", 1, hashlib.sha256(str(number).encode()).hexdigest(), begin + timedelta(seconds=number), "approved",
            "", f"Team {number % 40}", f"phone-{number % 400}",
        )  # fmt: skip


class MemoryWatch:
    """The largest memory of this process and its children together, seen every 50 ms."""

    def __init__(self) -> None:
        self.most = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.05):
            self.most = max(self.most, sum(resident(pid) for pid in processes()))


def processes() -> list[int]:
    """This process and its children."""
    found = [os.getpid()]
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has just ended
            found += [int(pid) for pid in (task / "children").read_text().split()]
    return found


def resident(pid: int) -> float:
    """Megabytes of a process in memory."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def measured(
    title: str, version: ExportVersion, groups: list[list[bytes]], folder: Path
) -> tuple[float, float, MadeExport]:
    """Make the export once and print what it took."""
    records = RecordSource(RECORDS, heads(), lambda some: [content(groups, int(each.instance_id[5:])) for each in some])
    began, cpu = time.perf_counter(), sum(os.times()[:4])
    with MemoryWatch() as memory:
        made = make_export(
            [version], records=records, to=folder / "export.zip", kind=ExportFormat.CSV, segments=folder / "segments", processes=2
        )  # fmt: skip
    took = time.perf_counter() - began
    size = made.file.stat().st_size / 1e6
    print(
        f"{title}: {took:.1f} s ({sum(os.times()[:4]) - cpu:.1f} s of processor), peak {memory.most:.0f} MB, zip of {size:.0f} MB, "
        f"{made.segments_made} of {made.segments} segments made"
    )
    return took, memory.most, made


def main() -> int:
    """Measure both, and return 1 where a budget is missed or a row is."""
    version, groups = ExportVersion(1, "1", parse_form(form_xml())), group_variants()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        first, first_memory, made = measured("first export, every record read", version, groups, folder)
        digest = hashlib.sha256(made.file.read_bytes()).hexdigest()
        again, again_memory, made = measured("next export, from segments", version, groups, folder)
        same = hashlib.sha256(made.file.read_bytes()).hexdigest() == digest
        with zipfile.ZipFile(made.file) as archive:
            size = archive.getinfo("record.csv").file_size / 1e6
        print(
            f"{made.rows['record']} records of {GROUPS * QUESTIONS} questions, {size:.0f} MB of CSV; same bytes both times: {same}"
        )
    missed = max(first, again) > BUDGET_SECONDS or max(first_memory, again_memory) > BUDGET_MEGABYTES
    return int(missed or not same or made.rows["record"] != RECORDS)


if __name__ == "__main__":
    sys.exit(main())
