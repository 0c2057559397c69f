"""Makes an export: the one entry that jobs and commands call."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from custodes.collection.exports.assembly import Assembly, Wording
from custodes.collection.exports.layout import KEY, layout_of
from custodes.collection.exports.reading import reading_plan
from custodes.collection.exports.records import ExportFormat, ExportVersion, Record, RecordSource
from custodes.collection.exports.segments import SEGMENT, Segment, SegmentMaker, cut_into_segments, segment_or_none
from custodes.evidence.errors import FileUnreadable

if TYPE_CHECKING:
    import pyarrow

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class MadeExport:
    """What was made: the file, its rows by table, and how many segments had to be read anew."""

    file: Path
    rows: dict[str, int]
    segments: int
    segments_made: int


def make_export(
    versions: Sequence[ExportVersion], *, records: RecordSource, to: Path, kind: ExportFormat, segments: Path, language: str | None = None,
    processes: int = 1, segment_size: int = SEGMENT, progress: Progress | None = None,
) -> MadeExport:  # fmt: skip
    """Write the records of a form to `to`.

    segments  the folder that keeps what was read, for the next export of the form.
    language  puts labels of that language in the place of codes; None leaves codes. Files of SPSS hold both, and take labels of that language.
    progress  is told how much of the work is done: half of it is reading, half writing.
    Returns   the same bytes for the same versions, records and software.
    Refuses   ExportTooLarge where the format cannot hold it; it names one that can.
    """
    tell = progress or (lambda done, total: None)
    assembly, made = assemble(
        versions, records=records, segments=segments, processes=processes, segment_size=segment_size,
        wording=Wording(None if kind is ExportFormat.SPSS else language),
        progress=lambda done: tell(done, 2 * records.total),
    )  # fmt: skip
    write(
        assembly,
        to=to,
        kind=kind,
        language=language,
        progress=lambda done: tell(records.total + done, 2 * records.total),
    )
    return MadeExport(to, {each.name: each.rows for each in assembly.tables}, len(assembly.segments), made)


def assemble(
    versions: Sequence[ExportVersion], *, records: RecordSource, segments: Path, wording: Wording, processes: int = 1,
    segment_size: int = SEGMENT, progress: Callable[[int], None] = lambda done: None,
) -> tuple[Assembly, int]:  # fmt: skip
    """Read what is not read yet, and return the export ready to be written, with the number of segments that were made."""
    layout = layout_of(versions)
    plans = {each.number: reading_plan(layout, each) for each in versions}
    said = {each.number: each.version or str(each.number) for each in versions}
    places: list[Path] = []
    metadata: list[pyarrow.Table] = []
    waiting: list[tuple[Future[None], int]] = []
    done = 0
    with SegmentMaker(segments, plans, processes=processes) as maker:
        for stretch in cut_into_segments(records.heads, size=segment_size):
            place = maker.place(stretch)
            places.append(place)
            metadata.append(_metadata(stretch, said))
            if segment_or_none(place) is not None:
                done += len(stretch)
            else:
                waiting.append((maker.make(stretch, _contents(records, stretch), place), len(stretch)))
            while len(waiting) > processes or waiting and waiting[0][0].done():
                future, count = waiting.pop(0)
                future.result()
                done += count
            progress(done)
        for future, count in waiting:
            future.result()
            done += count
            progress(done)
        made = maker.made
    found = [_whole(segment_or_none(place), place) for place in places]
    return Assembly(layout, found, metadata, wording), made


def write(
    assembly: Assembly, *, to: Path, kind: ExportFormat, language: str | None, progress: Callable[[int], None]
) -> None:
    """Write an export that is ready, in one format."""
    # each format is imported only where it is asked for
    if kind is ExportFormat.XLSX:
        from custodes.collection.exports.workbook import write_workbook

        write_workbook(assembly, to=to, progress=progress)
    elif kind is ExportFormat.SPSS:
        from custodes.collection.exports.spss import write_spss

        write_spss(assembly, to=to, language=language, progress=progress)
    else:
        from custodes.collection.exports.table_files import write_csv, write_parquet

        if kind is ExportFormat.PARQUET:
            write_parquet(assembly, to=to, progress=progress)
        else:
            write_csv(assembly, to=to, for_spreadsheets=kind is ExportFormat.CSV_FOR_SPREADSHEETS, progress=progress)


CONTENTS = 200  # records whose XML is asked for at once


def _contents(records: RecordSource, stretch: Sequence[Record]) -> Iterator[bytes]:
    for begin in range(0, len(stretch), CONTENTS):
        yield from records.contents(stretch[begin : begin + CONTENTS])


def _whole(segment: Segment | None, place: Path) -> Segment:
    if segment is None:
        raise FileUnreadable(
            "A segment that was just made is not whole.", where=place.name, remedy="Look at the disc's state, then make the export again."
        )  # fmt: skip
    return segment


def _metadata(records: Sequence[Record], said: dict[int, str]) -> "pyarrow.Table":
    """What is known of records beside their content; it changes without it, and so is in no segment."""
    import pyarrow as pa  # slow to import

    received = [
        each.received.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") for each in records
    ]
    columns = {
        KEY: [each.instance_id for each in records],
        "record_version": [said.get(each.version or 0) for each in records],
        "record_received": received,
        "record_state": [each.state or None for each in records],
        "record_inbox": [each.inbox or None for each in records],
        "record_enumerator": [each.enumerator or None for each in records],
        "record_device": [each.device or None for each in records],
        "record_attachments": [
            json.dumps([file.name for file in each.attachments], ensure_ascii=False) if each.attachments else None
            for each in records
        ],
    }
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
