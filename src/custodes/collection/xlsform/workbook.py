"""A form's workbook as text by sheet, row and column, with the row numbers that the person sees.

pyxform reads the file again by itself. Ours keeps what a message needs and pyxform throws away: the column's letter, doubled headers, every row.
"""

import csv
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO, StringIO

from custodes.collection.xlsform.kinds import FormFileKind
from custodes.collection.xlsform.problems import FormProblem

SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")
MOST_EMPTY_ROWS = 60  # as pyxform: after so many, nothing more is read
MOST_COLUMNS = 400


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row below the header: its number in the sheet and its filled cells by position."""

    number: int
    cells: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: the headers by position, as written, and the rows."""

    name: str
    headers: tuple[str, ...]
    rows: tuple[SheetRow, ...]

    def address(self, row: int | None, position: int | None) -> str:
        """The address of a cell: "C12"."""
        if row is None or position is None:
            return ""
        letters, rest = "", position + 1
        while rest:
            rest, digit = divmod(rest - 1, 26)
            letters = chr(ord("A") + digit) + letters
        return f"{letters}{row}"


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets that make a form, by lower-case name, and the names of all sheets as written."""

    sheets: Mapping[str, Sheet]
    names: tuple[str, ...]

    def sheet(self, name: str) -> Sheet:
        """A sheet, or an empty one."""
        return self.sheets.get(name, Sheet(name, (), ()))


def read_workbook(content: bytes, kind: FormFileKind) -> Workbook | FormProblem:
    """Every sheet of a form's file as text, or why it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of extensions and styles that no form needs
            tables = READERS[kind](content)
    except _unreadable_errors() as error:
        what = f"The file cannot be read: {str(error) or type(error).__name__}."
        remedy = "Remove a password if it has one, save it again as .xlsx, and send it."
        return FormProblem("FILE_DAMAGED", "", None, "", what, remedy)
    names = tuple(tables)
    if len(tables) == 1 and names[0].lower() not in SHEETS:
        tables = {"survey": next(iter(tables.values()))}  # pyxform takes a lone sheet for the survey, whatever its name
    return Workbook(
        {name.lower(): _sheet(name.lower(), table) for name, table in tables.items() if name.lower() in SHEETS}, names
    )


def _unreadable_errors() -> tuple[type[Exception], ...]:
    import struct
    from zipfile import BadZipFile

    from lxml.etree import XMLSyntaxError
    from openpyxl.utils.exceptions import InvalidFileException
    from xlrd import XLRDError
    from xlrd.compdoc import CompDocError

    reading = (BadZipFile, InvalidFileException, XLRDError, CompDocError, XMLSyntaxError, csv.Error, struct.error)
    return (*reading, KeyError, ValueError, TypeError, IndexError, AttributeError, AssertionError, OSError, EOFError)


def _sheet(name: str, table: Sequence[Sequence[str]]) -> Sheet:
    headers = tuple(re.sub(r" +", " ", text.strip()) for text in (table[0] if table else ()))
    while headers and not headers[-1]:
        headers = headers[:-1]
    rows: list[SheetRow] = []
    empty = 0
    for number, row in enumerate(table[1:], start=2):
        cells = {place: text.strip() for place, text in enumerate(row[: len(headers)]) if text.strip()}
        empty = 0 if cells else empty + 1
        if empty > MOST_EMPTY_ROWS:
            break
        if cells:
            rows.append(SheetRow(number, cells))
    return Sheet(name, headers, tuple(rows))


def cell_as_text(value: object) -> str:
    """A cell as pyxform reads it: TRUE and FALSE, whole numbers without a point, no hard spaces."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\xa0", " ")


def _xlsx(content: bytes) -> dict[str, list[list[str]]]:
    from openpyxl import load_workbook  # slow to import

    with closing(load_workbook(BytesIO(content), read_only=True, data_only=True)) as book:
        return {
            sheet.title: _rows_of_text(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS))
            for sheet in book.worksheets
            if sheet.title.lower() in SHEETS or len(book.sheetnames) == 1
        } | {name: [] for name in book.sheetnames if name.lower() not in SHEETS and len(book.sheetnames) > 1}


def _rows_of_text(rows: Iterable[Iterable[object]]) -> list[list[str]]:
    table: list[list[str]] = []
    empty = 0
    for row in rows:
        texts = [cell_as_text(value) for value in row]
        empty = 0 if any(texts) else empty + 1
        if empty > MOST_EMPTY_ROWS:
            break
        table.append(texts)
    return table


def _xls(content: bytes) -> dict[str, list[list[str]]]:
    import xlrd

    book = xlrd.open_workbook(file_contents=content, logfile=StringIO())
    return {
        sheet.name: [[_xls_text(cell) for cell in sheet.row(row)] for row in range(sheet.nrows)]
        for sheet in book.sheets()
    }


def _xls_text(cell: "object") -> str:
    import xlrd

    value, kind = getattr(cell, "value", None), getattr(cell, "ctype", None)
    return cell_as_text(bool(value) if kind == xlrd.XL_CELL_BOOLEAN else value)


def _csv(content: bytes) -> dict[str, list[list[str]]]:
    tables: dict[str, list[list[str]]] = {}
    name = ""
    for row in csv.reader(StringIO(content.decode("utf-8-sig"), newline="")):
        if row and row[0].strip():
            name = row[0].strip()
            tables[name] = []
        if name and any(cell.strip() for cell in row[1:]):
            tables[name].append(row[1:])
    return tables


def _markdown(content: bytes) -> dict[str, list[list[str]]]:
    tables: dict[str, list[list[str]]] = {}
    name = ""
    for line in content.decode("utf-8-sig").splitlines():
        found = re.match(r"\s*\|(.*)\|\s*(?:#[^|]*)?$", line)
        if found is None or line.lstrip().startswith("#") or re.fullmatch(r"[|\-]+", found[1]):
            continue
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", found[1])]
        if cells[0]:
            name = cells[0]
            tables[name] = []
        if name and any(cells[1:]):
            tables[name].append(cells[1:])
    return tables


READERS = {FormFileKind.XLSX: _xlsx, FormFileKind.XLS: _xls, FormFileKind.CSV: _csv, FormFileKind.MARKDOWN: _markdown}
