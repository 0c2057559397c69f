"""Writing a data set and its reject file under temporary names."""

import csv
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from custodes.collection.conversion import Conversion, Reject
from custodes.collection.models import ImportRun
from custodes.collection.rules.mapping import ImportMapping
from custodes.collection.source import Source
from custodes.ledger.actions import temporary_dataset_file
from custodes.ledger.rules import canonical_json
from custodes.places.tables import REJECT_COLUMNS

MOST_UNPLACED_LISTED = 500


@dataclass(slots=True)
class Written:
    """Two finished files under temporary names, and what the pages say of them."""

    parquet: Path
    schema: dict[str, Any]
    rejects: Path | None = None
    rows: int = 0
    rejected: int = 0
    unplaced_count: int = 0
    unplaced: list[tuple[int, str, str, str]] = field(default_factory=list)  # row, event or unit, place, first day
    starts: date | None = None
    ends: date | None = None
    first_reject: Reject | None = None

    def place_rejects(self, pk: int) -> str:
        """Give the reject file its name; a second attempt replaces it."""
        name = f"rejects/import-{pk}.csv"
        if self.rejects is not None:
            os.replace(self.rejects, Path(settings.MEDIA_ROOT) / name)
        return name


def metadata_of(run: ImportRun, source: Source, mapping: ImportMapping) -> dict[str, Any]:
    """The `custodes` key of the data set. Whose data set it is enters through the mapping's hash, so that two programmes never share one."""
    meaning = {
        "mapping": mapping.as_json(), "programme": run.programme, "series": run.series, "country": run.country,
        "synthetic": run.synthetic, "sensitivity": int(run.sensitivity),
    }  # fmt: skip
    roles = {column: role for role, column in mapping.columns.items()}
    kinds = {"number": "answer" if source.kind == "survey" else "number", "category": "category", "text": "text"}
    person = {each.role for each in source.fields if each.type == "person"}
    return {
        "kind": source.kind,
        "source": source.slug,
        "labels": {column: dict(words) for column, words in mapping.labels.items()},
        "missing": {column: dict(codes) for column, codes in mapping.missing.items()},
        "roles": {
            column: roles.get(column, kinds[kind])
            for column, kind in mapping.types.items()
            if roles.get(column) not in person
        },
        "source_sha256": run.file_sha256,
        "mapping_sha256": sha256(canonical_json(meaning)).hexdigest(),
    }


def write_rows(
    run: ImportRun, file: Path, conversion: Conversion, metadata: Mapping[str, Any], *, progress: Callable[[int, int], None]
) -> Written:  # fmt: skip
    """Convert the whole file, portion by portion. On any problem both temporary files go."""
    import pyarrow.parquet  # slow to import

    schema = conversion.schema({b"custodes": canonical_json(dict(metadata))})
    columns = [{"name": each.name, "type": str(each.type)} for each in schema]
    described = {key: metadata[key] for key in ("labels", "missing", "roles")}
    written = Written(temporary_dataset_file(), {"columns": columns, **described})
    rejects = _RejectFile(conversion.header)
    try:
        with (
            conversion.source.read(file, conversion.mapping.layout) as rows,
            pyarrow.parquet.ParquetWriter(written.parquet, schema, compression="zstd") as writer,
        ):
            for batch in rows.batches():
                converted = conversion.convert(batch, schema)
                if converted.table.num_rows:
                    writer.write_table(converted.table)
                    _count(written, converted.table, conversion)
                for reject in converted.rejects:
                    written.first_reject = written.first_reject or reject
                    rejects.add(reject)
                progress(rows.table.done, rows.table.total)
    except BaseException:
        written.parquet.unlink(missing_ok=True)
        rejects.discard()
        raise
    written.rejects, written.rejected = rejects.finish(), rejects.count
    return written


def _count(written: Written, table: Any, conversion: Conversion) -> None:
    import pyarrow.compute as pc

    written.rows += table.num_rows
    starts, ends = pc.min(table["_start"]).as_py(), pc.max(table["_end"]).as_py()
    written.starts = min((day for day in (written.starts, starts) if day), default=None)
    written.ends = max((day for day in (written.ends, ends) if day), default=None)
    if "area" not in conversion.mapping.columns and not conversion.mapping.place_by_position:
        return
    unplaced = table.filter(pc.is_null(table["_area"]))
    written.unplaced_count += unplaced.num_rows
    name = next((each for each in ("_event", "_unit") if each in table.schema.names), None)
    for row in unplaced.slice(0, max(0, MOST_UNPLACED_LISTED - len(written.unplaced))).to_pylist():
        label = str(row[name] or "") if name else ""
        day = row["_start"].isoformat() if row["_start"] else ""
        written.unplaced.append((row["_row"], label, row["_area_text"] or "", day))


class _RejectFile:
    """The person's own rows, untouched, with row, column, problem and fix; made when the first one comes."""

    def __init__(self, header: tuple[str, ...]) -> None:
        self.header, self.count = header, 0
        self._path: Path | None = None
        self._stream: Any = None
        self._writer: Any = None

    def add(self, reject: Reject) -> None:
        if self._writer is None:
            folder = Path(settings.MEDIA_ROOT) / "rejects"
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".writing-", suffix=".csv", dir=folder)
            self._path, self._stream = Path(name), os.fdopen(handle, "w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._stream)
            self._writer.writerow([*self.header, *REJECT_COLUMNS])
        width = len(self.header)
        cells = [*reject.cells[:width], *[""] * (width - len(reject.cells))]
        self._writer.writerow([*cells, reject.row, reject.column, reject.problem, reject.fix])
        self.count += 1

    def finish(self) -> Path | None:
        if self._stream is not None:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
        return self._path

    def discard(self) -> None:
        if self._stream is not None:
            self._stream.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
