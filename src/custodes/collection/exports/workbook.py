"""An export as a workbook: a sheet for each table, and the dictionary. It is written row by row and never held in memory."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from custodes.collection.errors import ExportTooLarge
from custodes.collection.exports.assembly import FLAG, Assembly, OutputColumn, OutputTable
from custodes.collection.exports.dictionary import dictionary_rows
from custodes.collection.exports.layout import DICTIONARY, MAIN
from custodes.collection.exports.segment_tables import DATE, DECIMAL, INTEGER

MOST_CELLS = 5_000_000
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet
MOST_LETTERS = 32_767  # of a cell
MOST_DIGITS = 15  # that a number of a workbook keeps
LONGEST_SHEET_NAME = 31
FIRST_YEAR = 1901  # workbooks count days from 1900, and take that year for a leap year
NO_CLOCK = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
REMEDY = "Choose CSV or Parquet, which have no such limit."


def write_workbook(assembly: Assembly, *, to: Path, progress: Callable[[int], None]) -> None:
    """Write all tables of an export.

    Refuses  ExportTooLarge above five million cells, or more rows, columns or letters in a cell than a workbook holds.
    """
    import xlsxwriter  # needed for this format only

    _check_size(assembly.tables)
    options = {
        "constant_memory": True,
        "tmpdir": str(to.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(to, options) as book:
        book.set_properties({"created": NO_CLOCK})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        taken = {DICTIONARY, "history"}  # the second is reserved by Excel
        for table in assembly.tables:
            sheet = book.add_worksheet(_sheet_name(table.name, taken))
            _write_header(sheet, [each.name for each in table.columns])
            row = 0
            for part in assembly.texts(table):
                for values in zip(*(column.to_pylist() for column in part.columns), strict=True):
                    row += 1
                    _write_row(sheet, row, table, values, day)
                if table.name == MAIN:
                    progress(row)
        header, *rows = dictionary_rows(assembly)
        sheet = book.add_worksheet(DICTIONARY)
        _write_header(sheet, header)
        for number, words in enumerate(rows, start=1):
            for place, text in enumerate(words):
                if text:
                    _write_text(sheet, number, place, text, f"{DICTIONARY}, {header[place]}")


def _check_size(tables: Sequence[OutputTable]) -> None:
    cells = sum(table.cells for table in tables)
    if cells > MOST_CELLS:
        raise ExportTooLarge(
            f"The export has {cells:,} cells; a workbook of more than {MOST_CELLS:,} opens nowhere.", where="format", remedy=REMEDY
        )  # fmt: skip
    for table in tables:
        if table.rows >= MOST_ROWS or len(table.columns) > MOST_COLUMNS:
            raise ExportTooLarge(
                f"The table has {table.rows:,} rows and {len(table.columns):,} columns; a sheet holds {MOST_ROWS:,} and {MOST_COLUMNS:,}.",
                where=table.name,
                remedy=REMEDY,
            )


def _sheet_name(wanted: str, taken: set[str]) -> str:
    name, number = wanted[:LONGEST_SHEET_NAME], 1
    while name.casefold() in taken:
        number += 1
        name = f"{wanted[: LONGEST_SHEET_NAME - len(str(number)) - 1]}_{number}"
    taken.add(name.casefold())
    return name


def _write_header(sheet: Any, names: Iterable[str]) -> None:
    for place, name in enumerate(names):
        sheet.write_string(0, place, name)
    sheet.freeze_panes(1, 1)


def _write_row(sheet: Any, row: int, table: OutputTable, values: Sequence[str | None], day: Any) -> None:
    for place, text in enumerate(values):
        if text is None:
            continue
        column = table.columns[place]
        if column.type in {INTEGER, DECIMAL, FLAG} and sum(map(str.isdecimal, text)) <= MOST_DIGITS:
            sheet.write_number(row, place, float(text))
        elif column.type == DATE and int(text[:4]) >= FIRST_YEAR:
            sheet.write_datetime(row, place, datetime.combine(date.fromisoformat(text), datetime.min.time()), day)
        else:
            _write_text(sheet, row, place, text, _where(table, column, values))


def _where(table: OutputTable, column: OutputColumn, values: Sequence[str | None]) -> str:
    return f"{table.name}, {values[0]}, {column.name}"


def _write_text(sheet: Any, row: int, place: int, text: str, where: str) -> None:
    if len(text) > MOST_LETTERS:
        raise ExportTooLarge(
            f"The text has {len(text):,} letters; a cell of a workbook holds {MOST_LETTERS:,}.", where=where, remedy=REMEDY
        )  # fmt: skip
    sheet.write_string(row, place, text)
