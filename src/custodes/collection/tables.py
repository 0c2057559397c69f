"""Files with types of their own, Parquet and SPSS, as the same rows of text as CSV and XLSX."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from custodes.evidence.errors import FileUnreadable
from custodes.places.tables import Row, TableFormat, TableRows, cell_text, checked_header, kind_of, open_rows

CHUNK = 20_000


@dataclass(slots=True)
class SourceRows:
    """An open file: header, rows to go through once, and what the file itself says of its columns."""

    table: TableRows
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(self.table.header)

    def batches(self, size: int = CHUNK) -> Iterator[list[Row]]:
        """The rows in portions."""
        batch: list[Row] = []
        for row in self.table.rows:
            batch.append(row)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch


@contextmanager
def open_source(path: Path, layout: TableFormat) -> Iterator[SourceRows]:
    """Any file that the shelf reads. Refuses FileUnreadable and TableEmpty with place and remedy."""
    kind = kind_of(path)
    if kind == "parquet":
        yield _parquet(path)
    elif kind == "sav":
        yield _sav(path)
    else:
        with open_rows(path, layout) as table:
            yield SourceRows(table)


def _parquet(path: Path) -> SourceRows:
    import pyarrow  # slow to import
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise FileUnreadable(
            "The Parquet file is damaged.", where=path.name, remedy="Write or copy it again."
        ) from error
    nested = [each.name for each in file.schema_arrow if pyarrow.types.is_nested(each.type)]
    if nested:
        raise FileUnreadable(
            f"The column “{nested[0]}” holds lists or structures.", where=path.name, remedy="Write one value per cell."
        )
    table = TableRows(checked_header(file.schema_arrow.names, path.name), iter(()), file.metadata.num_rows)
    table.rows = _parquet_rows(file, table, path.name)
    return SourceRows(table)


def _parquet_rows(file: Any, table: TableRows, name: str) -> Iterator[Row]:
    import pyarrow

    number = 0
    with file:
        batches = file.iter_batches(batch_size=CHUNK)
        while True:
            try:
                batch = next(batches, None)
            except (pyarrow.ArrowInvalid, OSError) as error:
                raise FileUnreadable(
                    "The Parquet file is damaged.",
                    where=f"{name}, after row {number}",
                    remedy="Write or copy it again.",
                ) from error
            if batch is None:
                return
            columns = [[cell_text(value) for value in column.to_pylist()] for column in batch.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                yield Row(number, cells)
            table.done = number


def _sav(path: Path) -> SourceRows:
    import pyreadstat  # slow to import

    try:
        _none, meta = pyreadstat.read_sav(path, metadataonly=True, user_missing=True, output_format="dict")
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        raise FileUnreadable(
            "The SPSS file is damaged, or is encrypted.", where=path.name, remedy="Save it again as .sav in SPSS or R."
        ) from error
    table = TableRows(checked_header(meta.column_names, path.name), iter(()), int(meta.number_rows or 0))
    table.rows = _sav_rows(path, table)
    labels: dict[str, dict[str, Any]] = {}
    for column, words in zip(meta.column_names, meta.column_labels, strict=True):
        values = {cell_text(code): str(label) for code, label in meta.variable_value_labels.get(column, {}).items()}
        if words or values:
            labels[column] = {"question": words or "", "values": values}
    return SourceRows(table, labels, _declared_missing(meta, labels))


def _declared_missing(meta: Any, labels: dict[str, dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Codes that the file declares as missing; a range stands for those of its codes that have a label."""
    missing: dict[str, dict[str, str]] = {}
    for column, ranges in (meta.missing_ranges or {}).items():
        words = labels.get(column, {}).get("values", {})
        for span in ranges:
            low, high = span["lo"], span["hi"]
            if low == high:
                codes: Sequence[str] = [cell_text(low)]
            else:
                codes = [code for code in words if _is_between(code, low, high)]
            missing.setdefault(column, {}).update({code: words.get(code, "") for code in codes})
    return missing


def _is_between(code: str, low: float, high: float) -> bool:
    try:
        return low <= float(code) <= high
    except ValueError:
        return False


def _sav_rows(path: Path, table: TableRows) -> Iterator[Row]:
    import pyreadstat

    number = 0
    while number < table.total:
        try:
            columns, _meta = pyreadstat.read_sav(
                path, row_offset=number, row_limit=CHUNK, user_missing=True, output_format="dict"
            )
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
            raise FileUnreadable(
                "The SPSS file is damaged.", where=f"{path.name}, after row {number}", remedy="Save it again as .sav."
            ) from error
        texts = [[cell_text(value) for value in columns[name]] for name in table.header]
        first = number
        for cells in zip(*texts, strict=True):
            number += 1
            yield Row(number, cells)
        table.done = number
        if number == first:
            return
