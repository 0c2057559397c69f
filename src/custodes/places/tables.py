"""Tables that people upload, CSV and XLSX, as rows of text; the kind is decided by content, never by name.

Nothing is guessed: another encoding or delimiter is named in the problem, and the person chooses it.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from custodes.evidence.errors import FileUnreadable, TableEmpty

LONGEST_LINE = 1_000_000  # bytes; a longer one is no table
DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
REJECT_COLUMNS = ("row", "column", "problem", "fix")  # a corrected reject file may come back with them


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How the person said that the file is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    header_row: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row of text; the first after the header is number 1."""

    number: int
    cells: Sequence[str]


@dataclass(slots=True)
class TableRows:
    """An open table: its header, and its rows to go through once. `done` of `total` says how far the reading is."""

    header: tuple[str, ...]
    rows: Iterator[Row]
    total: int
    done: int = 0


def kind_of(path: Path) -> str:
    """`csv`, `csv.gz`, `xlsx`, `parquet` or `sav`, by the first bytes. Refuses FileUnreadable for an empty or foreign file."""
    if path.stat().st_size == 0:
        raise FileUnreadable("The file is empty.", where=path.name, remedy="Export it again and check its size.")
    with path.open("rb") as stream:
        start = stream.read(8)
    for mark, kind in ((b"\x1f\x8b", "csv.gz"), (b"PAR1", "parquet"), (b"PK\x03\x04", "xlsx"), (b"$FL", "sav")):
        if start.startswith(mark):
            return kind
    if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise FileUnreadable(
            "This is an old Excel workbook or a PDF.", where=path.name, remedy="Save it as .xlsx or as CSV in UTF-8."
        )
    return "csv"


@contextmanager
def open_rows(path: Path, layout: TableFormat) -> Iterator[TableRows]:
    """A CSV, gzip CSV or XLSX file as rows. Refuses FileUnreadable and TableEmpty with place and remedy."""
    kind = kind_of(path)
    with ExitStack() as stack:
        if kind == "xlsx":
            yield _workbook(path, layout, stack)
        elif kind in ("csv", "csv.gz"):
            yield _text(path, kind, layout, stack)
        else:
            raise FileUnreadable(
                f"A {kind} file is not read here.", where=path.name, remedy="Give a CSV or an XLSX file."
            )


def _text(path: Path, kind: str, layout: TableFormat, stack: ExitStack) -> TableRows:
    raw = stack.enter_context(path.open("rb"))
    stream: IO[bytes] = stack.enter_context(gzip.GzipFile(fileobj=raw)) if kind == "csv.gz" else raw  # type: ignore[arg-type,assignment]
    csv.field_size_limit(LONGEST_LINE)
    lines = _lines(stream, path.name, layout)
    reader = csv.reader(lines, delimiter=layout.delimiter or ",", strict=True)
    records = _records(reader, path.name)
    for _skipped in range(layout.header_row - 1):
        next(records, None)
    header = next((cells for cells in records if any(cells)), None)
    if header is None:
        raise TableEmpty("The file has no header line.", where=path.name, remedy="Export it again.")
    _check_delimiter(header, layout, path.name)
    table = TableRows(checked_header(header, path.name), iter(()), path.stat().st_size)
    table.rows = _numbered(records, table, raw)
    return table


def _numbered(records: Iterator[list[str]], table: TableRows, raw: IO[bytes]) -> Iterator[Row]:
    width = len(table.header)
    for number, cells in enumerate(records, start=1):
        if number % 4096 == 0:
            table.done = raw.tell()
        if not cells:
            continue
        yield Row(number, cells[:width] if cells[width:] and _is_returned(cells, width, table) else cells)
    table.done = table.total


def _is_returned(cells: list[str], width: int, table: TableRows) -> bool:
    return table.header is not None and len(cells) == width + len(REJECT_COLUMNS) and _was_reject_file(table)


def _was_reject_file(table: TableRows) -> bool:
    return isinstance(table.header, _ReturnedHeader)


class _ReturnedHeader(tuple[str, ...]):
    """The header of a corrected reject file, without the columns that we had added."""

    __slots__ = ()


def _lines(stream: IO[bytes], name: str, layout: TableFormat) -> Iterator[str]:
    """Decoded lines; the first carries no byte order mark."""
    encoding, number = layout.encoding or "utf-8", 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise FileUnreadable(
                f"The line is longer than {LONGEST_LINE:,} bytes.",
                where=f"{name}, line {number}",
                remedy="This is no table of rows: export it again with one record per line.",
            )
        if number == 1:
            line = _without_mark(line, name, encoding)
        if b"\0" in line:
            raise FileUnreadable(
                "The line holds a zero byte: this is not text.",
                where=f"{name}, line {number}",
                remedy="Save the table as CSV in UTF-8.",
            )
        try:
            yield line.decode(encoding)
        except UnicodeDecodeError as error:
            raise FileUnreadable(
                f"The line is not {encoding.upper()}: byte 0x{line[error.start]:02X} at position {error.start + 1}.",
                where=f"{name}, line {number}",
                remedy="Save the file as UTF-8, or choose its encoding (often latin-1) in the mapping.",
            ) from error
        except LookupError as error:
            raise FileUnreadable(
                f"There is no encoding “{encoding}”.", where=name, remedy="Choose utf-8, latin-1 or windows-1252."
            ) from error


def _without_mark(line: bytes, name: str, encoding: str) -> bytes:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileUnreadable("The file is written in UTF-16.", where=name, remedy="Save it as CSV in UTF-8.")
    return line.removeprefix(b"\xef\xbb\xbf") if encoding.lower().replace("_", "-").startswith("utf-8") else line


def _records(reader: Any, name: str) -> Iterator[list[str]]:
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileUnreadable(
                f"The line cannot be read: {error}.",
                where=f"{name}, line {reader.line_num}",
                remedy="A quotation mark is opened and not closed, or stands inside a cell: correct it and export again.",
            ) from error
        except (zlib.error, EOFError, OSError) as error:  # BadGzipFile is an OSError
            raise FileUnreadable(
                "The compressed file is damaged.", where=name, remedy="Copy or export it again."
            ) from error
        yield record


def _check_delimiter(header: Sequence[str], layout: TableFormat, name: str) -> None:
    if len(header) > 1:
        return
    for sign, word in DELIMITERS.items():
        if sign in header[0] and sign != layout.delimiter:
            raise FileUnreadable(
                f"The header is one cell: its columns seem to be separated by {word}.",
                where=f"{name}, line {layout.header_row}",
                remedy=f"Save it with commas, or choose “{sign}” as delimiter.",
            )
    if layout.delimiter not in ("", ",") and "," in header[0]:
        raise FileUnreadable(
            "The header is one cell: its columns seem to be separated by commas.",
            where=f"{name}, line {layout.header_row}",
            remedy="Choose “,” as delimiter.",
        )


def checked_header(cells: Sequence[str], name: str) -> tuple[str, ...]:
    """The column names, each with a name of its own in any case; without what we added to a reject file."""
    names = [cell.strip() for cell in cells]
    returned = tuple(names[-len(REJECT_COLUMNS) :]) == REJECT_COLUMNS and len(names) > len(REJECT_COLUMNS)
    if returned:
        names = names[: -len(REJECT_COLUMNS)]
    seen: dict[str, int] = {}
    for position, column in enumerate(names, start=1):
        if not column:
            raise FileUnreadable(
                f"Column {position} has no name.", where=f"{name}, header", remedy="Give it a name in the header line."
            )
        if column.casefold() in seen:
            raise FileUnreadable(
                f"Columns {seen[column.casefold()]} and {position} are both called “{column}”.",
                where=f"{name}, header",
                remedy="Rename or remove one of them.",
            )
        seen[column.casefold()] = position
    return _ReturnedHeader(names) if returned else tuple(names)


def _workbook(path: Path, layout: TableFormat, stack: ExitStack) -> TableRows:
    import zipfile

    from openpyxl import load_workbook  # slow to import
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise FileUnreadable(
            "This is not an XLSX workbook, or it is damaged.", where=path.name, remedy="Save it again as .xlsx or CSV."
        ) from error
    stack.callback(book.close)
    if layout.sheet and layout.sheet not in book.sheetnames:
        raise FileUnreadable(
            f"There is no sheet “{layout.sheet}”.", where=path.name, remedy=f"Sheets: {', '.join(book.sheetnames)}."
        )
    sheet = book[layout.sheet or book.sheetnames[0]]
    records = _sheet_records(sheet, path.name)
    for _skipped in range(layout.header_row - 1):
        next(records, None)
    header = next(records, None)
    if not header or not any(header):
        raise TableEmpty(
            "The sheet has no header in that row.", where=f"{path.name}, sheet {sheet.title}, row {layout.header_row}",
            remedy="Choose the sheet and the row of the header.",
        )  # fmt: skip
    while header and not header[-1]:
        header = header[:-1]
    names = checked_header(header, f"{path.name}, sheet {sheet.title}")
    table = TableRows(names, iter(()), int(sheet.max_row or 1))
    table.rows = _sheet_rows(records, table, len(names))
    return table


def _sheet_records(sheet: Any, name: str) -> Iterator[list[str]]:
    import zipfile
    from xml.etree.ElementTree import ParseError

    try:
        for row in sheet.iter_rows(values_only=True):
            yield [cell_text(value) for value in row]
    except (zipfile.BadZipFile, zlib.error, ParseError, EOFError, ValueError) as error:
        raise FileUnreadable(
            "The workbook is damaged.", where=f"{name}, sheet {sheet.title}", remedy="Save it again as .xlsx or CSV."
        ) from error


def _sheet_rows(records: Iterator[list[str]], table: TableRows, width: int) -> Iterator[Row]:
    for number, cells in enumerate(records, start=1):
        if not any(cells):
            continue
        table.done = number
        yield Row(number, [*cells[:width], *[""] * (width - len(cells))])
    table.done = table.total


def cell_text(value: object) -> str:
    """A cell of a workbook or typed column as the text that a CSV would hold."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if value != value else str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if not (value.hour or value.minute or value.second) else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
