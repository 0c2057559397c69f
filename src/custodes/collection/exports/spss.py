"""An export as files of SPSS: one .sav for each table, with the questions and choices as labels, and the dictionary."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from custodes.collection.errors import ExportTooLarge
from custodes.collection.exports.archives import Archive
from custodes.collection.exports.assembly import FLAG, Assembly, OutputColumn, OutputTable
from custodes.collection.exports.csv_files import csv_rows
from custodes.collection.exports.dictionary import KNOWN_COLUMNS, column_label, dictionary_rows
from custodes.collection.exports.layout import DICTIONARY, MAIN
from custodes.collection.exports.segment_tables import DATE, DECIMAL, INTEGER

if TYPE_CHECKING:
    import pyarrow

MOST_CELLS = 20_000_000  # the library that writes .sav takes a whole table at once: this is about 2 GB
MOST_BYTES = 32_767  # of a text
MOST_DIGITS = 15  # of a number that a double keeps
LONGEST_NAME, LONGEST_LABEL, LONGEST_VALUE_LABEL = 64, 256, 120  # bytes
MOST_MISSING = 3  # codes that SPSS lets a variable declare as missing
LONGEST_MISSING = 8  # bytes of such a code, where it is a text
RESERVED = frozenset({"ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"})
CLOCK_PLACE, NO_CLOCK = 92, b"01 Jan 0000:00:00"  # the header's day and time of writing
REMEDY = "Choose CSV or Parquet, which have no such limit."


@dataclass(frozen=True, slots=True)
class Variable:
    """A column as SPSS knows it."""

    name: str
    column: OutputColumn
    is_number: bool
    label: str
    value_labels: dict[Any, str]  # by number or text
    missing: tuple[float | str, ...]


def write_spss(assembly: Assembly, *, to: Path, language: str | None, progress: Callable[[int], None]) -> None:
    """Write all tables of an export, with labels in a language, or in the form's first.

    Refuses  ExportTooLarge above twenty million cells in a table, or where a text is longer than SPSS holds.
    """
    spoken = language or next((each.form.default_language for each in reversed(assembly.versions)), "")
    for table in assembly.tables:
        _check_size(table)
    with Archive(to) as archive, tempfile.TemporaryDirectory(dir=to.parent, prefix="spss-") as folder:
        for table in assembly.tables:
            place = Path(folder) / "table.sav"
            _write_table(assembly, table, place, spoken)
            archive.add(f"{table.name}.sav", (place.read_bytes(),))
            if table.name == MAIN:
                progress(table.rows)
        archive.add(f"{DICTIONARY}.csv", csv_rows(dictionary_rows(assembly)))


def variables_of(table: OutputTable, language: str) -> tuple[Variable, ...]:
    """The variables of a table; names are cut to what SPSS takes, and the dictionary holds them in full."""
    taken: set[str] = set()
    return tuple(_variable(column, _variable_name(column.name, taken), language) for column in table.columns)


def _variable(column: OutputColumn, name: str, language: str) -> Variable:
    codes_are_numbers = column.codes_are_numbers
    is_number = codes_are_numbers or column.type in {INTEGER, DECIMAL, FLAG} and column.longest <= MOST_DIGITS
    words: dict[str, str] = {}
    if column.source is not None and column.source.kind == "select_one":
        words = {
            code: labels.get(language) or next(iter(labels.values()), "") for code, labels in column.choices.items()
        }
    codes = (
        dict(column.asked[-1].identity.missing_codes)
        if column.asked and column.source and not column.source.part
        else {}
    )
    words = {**codes, **words}
    labels: dict[float | str, str] = {
        value: _cut(text, LONGEST_VALUE_LABEL)
        for code, text in words.items()
        if text and (value := _value_or_none(code, is_number=is_number)) is not None
    }
    missing = [value for code in codes if (value := _value_or_none(code, is_number=is_number)) is not None]
    fits = len(missing) <= MOST_MISSING and all(
        isinstance(each, float) or len(each.encode()) <= LONGEST_MISSING for each in missing
    )
    can_declare = fits and (is_number or column.longest <= LONGEST_MISSING) and column.type != DATE
    label = _cut(column_label(column, language) or KNOWN_COLUMNS.get(column.name, ""), LONGEST_LABEL)
    return Variable(
        name, column, is_number, label, labels if column.type != DATE else {}, tuple(missing) if can_declare else ()
    )


def _value_or_none(code: str, *, is_number: bool) -> float | str | None:
    if not is_number:
        return code
    try:
        return float(code)
    except ValueError:
        return None


def _write_table(assembly: Assembly, table: OutputTable, place: Path, language: str) -> None:
    import pandas
    import pyarrow as pa
    import pyreadstat  # both slow to import

    variables = variables_of(table, language)
    parts = list(assembly.texts(table))
    columns = {}
    for variable in variables:
        chunks = [chunk for part in parts for chunk in part[variable.column.name].chunks]
        columns[variable.name] = _values(pa.chunked_array(chunks, pa.string()), variable)
    frame = pandas.DataFrame(columns)
    pyreadstat.write_sav(
        frame,
        str(place),
        column_labels={each.name: each.label for each in variables if each.label},
        variable_value_labels={each.name: each.value_labels for each in variables if each.value_labels},
        missing_ranges={each.name: list(each.missing) for each in variables if each.missing},
        variable_format={each.name: "SDATE10" for each in variables if each.column.type == DATE},
        variable_measure={each.name: "nominal" for each in variables if each.value_labels or each.column.type == FLAG},
        row_compress=True,
    )
    with place.open("r+b") as stream:
        stream.seek(CLOCK_PLACE)
        stream.write(NO_CLOCK)


def _values(texts: "pyarrow.ChunkedArray", variable: Variable) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if variable.is_number:
        return pc.cast(texts, pa.float64()).to_numpy()
    if variable.column.type == DATE:
        return pc.cast(texts, pa.date32()).to_pandas(date_as_object=True)
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    if longest > MOST_BYTES:
        raise ExportTooLarge(
            f"A text has {longest:,} bytes; SPSS holds {MOST_BYTES:,}.", where=variable.column.name, remedy=REMEDY
        )
    return pc.fill_null(texts, "").to_pandas()


def _check_size(table: OutputTable) -> None:
    if table.cells > MOST_CELLS:
        raise ExportTooLarge(
            f"The table has {table.cells:,} cells; .sav files are written up to {MOST_CELLS:,}.", where=table.name, remedy=REMEDY
        )  # fmt: skip


def _variable_name(wanted: str, taken: set[str]) -> str:
    wanted = f"{wanted}_" if wanted.upper() in RESERVED else wanted
    name, number = _cut_bytes(wanted, LONGEST_NAME), 1
    while name.casefold() in taken:
        number += 1
        name = f"{_cut_bytes(wanted, LONGEST_NAME - len(str(number)) - 1)}_{number}"
    taken.add(name.casefold())
    return name


def _cut(text: str, most: int) -> str:
    return text if len(text.encode()) <= most else _cut_bytes(text, most - len("…".encode())) + "…"


def _cut_bytes(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")
