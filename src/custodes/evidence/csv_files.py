"""Reading CSV as it stands: the header decides how many columns there are, and a code that reads yes or no stays what is written."""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from custodes.evidence.errors import FileUnreadable

DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT = 50  # records by which the delimiter is found
LONGEST_CELL = 16_000_000
TYPES = ("NULL", "BIGINT", "DOUBLE", "TIME", "DATE", "TIMESTAMP", "VARCHAR")
UNREADABLE = (UnicodeDecodeError, csv.Error, OSError, EOFError, zlib.error)
NOT_CSV = "Save it as CSV in UTF-8 with one header line."


def read_csv(connection: Any, path: Path, *, truths: bool) -> Any:
    """The rows of a CSV or gzip CSV file as a table of the engine, which has not been read to its end.

    truths   whether a column of yes and no, true and false, t and f becomes one of truth values; otherwise it stays text.
    Refuses  FileUnreadable where the file is not UTF-8 or no CSV, two columns have one name, or a row is longer or shorter than the header.
    """
    try:
        delimiter, header = _dialect(path)
    except UNREADABLE as error:
        raise not_csv(path, error) from error
    check_names(header, where=str(path))
    types = [*TYPES[:1], *(("BOOLEAN",) if truths else ()), *TYPES[1:]]
    # Whatever is not said the engine guesses, and for a row too short it guesses that the file has one column and no header.
    return connection.read_csv(
        path, header=True, sample_size=-1, delim=delimiter, quote='"', escape='"', skip=0, null_padding=False, comment="",
        auto_type_candidates=types,
    )  # fmt: skip


def why_unreadable(path: Path, error: Exception) -> FileUnreadable:
    """What is wrong with a file that the engine would not read: the first row whose cells do not fit the header, where there is one."""
    try:
        delimiter, header = _dialect(path)
        with _opened(path) as stream:
            for number, (line, cells) in enumerate(islice(_records(stream, delimiter), 1, None), start=1):
                if len(cells) != len(header):
                    return _ragged(path, f"row {number} (line {line})", len(cells), len(header))
    except UNREADABLE as other:
        return not_csv(path, other)
    return not_csv(path, error)


def check_names(names: Iterable[str], *, where: str) -> None:
    """Engines fold the case of column names: `n_h` joined with `N_h` once gave a standard error of 0."""
    seen: dict[str, tuple[int, str]] = {}
    for number, name in enumerate(names, start=1):
        folded = name.strip().casefold()
        if folded in seen:
            place, other = seen[folded]
            how = "have the same name" if other == name else "differ only in case"
            raise FileUnreadable(
                f"The columns “{other}” and “{name}” {how} (numbers {place} and {number}).",
                where=where,
                remedy="Rename one of them.",
            )
        if folded:  # a column without a name, as R writes its row names, is nobody's double
            seen[folded] = (number, name)


def not_csv(path: Path, error: Exception) -> FileUnreadable:
    return FileUnreadable(
        f"The file is not a table in CSV: {(str(error).splitlines() or [type(error).__name__])[0]}", where=str(path), remedy=NOT_CSV
    )  # fmt: skip


def _ragged(path: Path, place: str, found: int, expected: int) -> FileUnreadable:
    cells = "1 cell" if found == 1 else f"{found} cells"
    columns = "1 column" if expected == 1 else f"{expected} columns"
    return FileUnreadable(
        f"The row has {cells} where the header names {columns}.",
        where=f"{path}, {place}",
        remedy="Give every row a cell for every column, empty where nothing is known, and put a cell that holds the delimiter in quotation marks.",
    )


def _opened(path: Path) -> IO[str]:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _records(stream: IO[str], delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Each record with the line on which it ends; an empty line is none."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(stream, delimiter=delimiter)
    return ((reader.line_num, cells) for cells in reader if cells)


def _dialect(path: Path) -> tuple[str, Sequence[str]]:
    """The delimiter that parts the header, and most rows after it into as many cells; and the names in the header."""
    best: tuple[float, int] = (0.0, 0)
    found: tuple[str, Sequence[str]] = (DELIMITERS[0], ())
    for delimiter in DELIMITERS:
        with _opened(path) as stream:
            cells = [each for _, each in islice(_records(stream, delimiter), LOOKED_AT + 1)]
        if not cells:
            continue
        width = len(cells[0])
        fitting = sum(len(each) == width for each in cells) / len(cells) if width > 1 else 0.0
        if not found[1] or (fitting, width) > best:
            best, found = (fitting, width), (delimiter, cells[0])
    return found
