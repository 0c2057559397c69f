"""CSV as bytes: exact to the letter, quoted only where a cell needs it, and a variant that no spreadsheet takes for formulas."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NEEDS_QUOTES = (b'"', b",", b"\n", b"\r")
FORMULA_STARTS = r"^[=+\-@\t\r]"
MOST_BYTES = 1 << 30  # of the cells of a table, below which Arrow's texts with offsets of 32 bits hold its lines
NUMBER = r"^-[0-9]+([.][0-9]+)?$"  # a negative number is none of the formulas


def csv_header(names: Sequence[str], *, for_spreadsheets: bool = False) -> bytes:
    """The first line, with a byte order mark where spreadsheets are to see that it is UTF-8."""
    row = pa.table({str(place): [name] for place, name in enumerate(names)})
    return (BYTE_ORDER_MARK if for_spreadsheets else b"") + csv_lines(row, for_spreadsheets=for_spreadsheets)


def csv_lines(table: pa.Table, *, for_spreadsheets: bool = False) -> bytes:
    """The rows of a table of texts as CSV. Where there is no text the cell is empty.

    for_spreadsheets  puts ' before a text that begins with = + - or @ and is not a number, which a spreadsheet would work out as a formula.
    """
    if not len(table):
        return b""
    columns = [_cells(_one_array(column), for_spreadsheets=for_spreadsheets) for column in table.columns]
    text = pa.string() if sum(each.nbytes for each in columns) < MOST_BYTES else pa.large_string()
    columns = [each.cast(text) for each in columns]
    empty, comma, new_line = (pa.scalar(sign, text) for sign in ("", ",", "\n"))
    return bytes(_letters(_joined(*columns[:-1], _joined(columns[-1], empty, by=new_line), by=comma)))


def csv_rows(rows: Iterable[Sequence[str]], *, for_spreadsheets: bool = False) -> Iterator[bytes]:
    """Rows of texts as CSV, the first of them the header."""
    header, *others = rows
    yield csv_header(header, for_spreadsheets=for_spreadsheets)
    if others:
        columns = zip(*others, strict=True)
        yield csv_lines(
            pa.table({str(place): pa.array([text or None for text in column], pa.string()) for place, column in enumerate(columns)}),
            for_spreadsheets=for_spreadsheets,
        )  # fmt: skip


def _joined(*columns: Any, by: pa.Scalar) -> Any:
    return pc.binary_join_element_wise(*columns, by, null_handling="replace", null_replacement="")


def _one_array(column: Any) -> Any:
    array = column.combine_chunks()
    return (
        (array.chunk(0) if array.num_chunks else pa.array([], pa.string()))
        if isinstance(array, pa.ChunkedArray)
        else array
    )


def _cells(values: Any, *, for_spreadsheets: bool) -> Any:
    if for_spreadsheets:
        formulas = pc.and_(
            pc.match_substring_regex(values, FORMULA_STARTS), pc.invert(pc.match_substring_regex(values, NUMBER))
        )
        if pc.any(formulas).as_py():
            values = pc.if_else(formulas, pc.binary_join_element_wise("'", values, ""), values)
    letters = bytes(_letters(values))
    if any(sign in letters for sign in NEEDS_QUOTES):
        quoted = pc.binary_join_element_wise('"', pc.replace_substring(values, '"', '""'), '"', "")
        values = pc.if_else(pc.match_substring_regex(values, '[",\n\r]'), quoted, values)
    return values


def _letters(values: Any) -> memoryview:
    """The bytes of all texts one behind the other."""
    import numpy as np

    wide = pa.types.is_large_string(values.type)
    _validity, offsets, letters = values.buffers()
    if letters is None:
        return memoryview(b"")
    places = np.frombuffer(offsets, dtype=np.int64 if wide else np.int32)
    return memoryview(letters)[places[values.offset] : places[values.offset + len(values)]]
