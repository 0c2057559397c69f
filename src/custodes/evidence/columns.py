"""Reading columns with care: they exist, they hold numbers, an empty cell is never zero, and a sum has no order."""

import math
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from custodes.evidence.arguments import nearest
from custodes.evidence.errors import ColumnMissing, ColumnNotNumeric, TableEmpty
from custodes.evidence.types import Cell

CORRECT_OR_DECLARE = "Correct the cell, or declare the code as missing in the mapping."
DECIMAL_COMMA = re.compile(r"[+-]?[0-9.]*,[0-9.,]*[0-9](e[+-]?[0-9]+)?", re.IGNORECASE)
ROW = "_row"
MEMBER = "_member"
# Columns that estimating adds, and nobody should be told to choose.
OWN = (ROW, MEMBER, "_whole", "_calibrated", "_initial", "_auxiliary_", "_series", "_wave_stratum")
# What the engine of an open data set has been asked about its tables, which nothing changes.
ANSWERS = "_custodes_answers"


def check_column(table: Any, name: str, *, where: str) -> None:
    """ColumnMissing, naming the nearest column, unless the table has it in exactly this spelling."""
    if name not in table.columns:
        shown = [column for column in table.columns if not column.startswith(OWN)]
        raise ColumnMissing(f"There is no column “{name}”.", where=where, remedy=nearest(name, shown))


def with_row_numbers(table: Any) -> Any:
    """The table with `_row`, so that a problem can name its row."""
    if ROW in table.columns:
        return table
    import ibis  # slow to import

    return table.mutate(**{ROW: ibis.row_number() + 1})


def members(table: Any) -> Any:
    """Only the rows that the filters of `select_rows` chose."""
    return table.filter(table[MEMBER]) if MEMBER in table.columns else table


def asked_once(question: Any) -> Any:
    """The answer to a question, as Arrow. Compiling one takes longer than answering it, so the same check of the same table, crossing after
    crossing, is asked once; an engine that others opened is asked every time. A file behind a view must not be rewritten while it is open."""
    return remembered(question, "", question.to_pyarrow)


def remembered(table: Any, what: Hashable, ask: Callable[[], Any]) -> Any:
    """As `asked_once`, where even putting the question together takes long: the answer to what was asked of this table before."""
    answers = getattr(table.get_backend(), ANSWERS, None)
    if answers is None:
        return ask()
    key = (table.op(), what)
    if key not in answers:
        answers[key] = ask()
    return answers[key]


def count_rows(table: Any) -> int:
    return int(asked_once(table.count()).as_py())


def check_not_empty(table: Any) -> None:
    if count_rows(table) == 0:
        raise TableEmpty("The table has no rows.", where="table", remedy="Choose a file or a period with rows.")


def numeric(table: Any, name: str, *, where: str, missing_codes: Sequence[str] | None = None) -> Any:
    """The column as float64 with empty and not-a-number as null, or ColumnNotNumeric that names row and value.

    missing_codes  cells that stand for no answer, and are null too; None where the column cannot have any.
    """
    check_column(table, name, where=where)
    column = table[name]
    if missing_codes:
        column = is_observed(table, name, missing_codes, where=where).ifelse(column, None)
    kind = column.type()
    if kind.is_string():
        written = column.strip().nullif("")
        number = written.try_cast("float64")
        wrong = (number.isnull() & written.notnull()) | number.isinf()
        _check_numbers(table, name, wrong, can_be_missing=missing_codes is not None)
    elif kind.is_boolean():
        number = column.cast("int8").cast("float64")
    elif kind.is_numeric():
        number = column.cast("float64")
        if kind.is_floating():
            _check_numbers(table, name, number.isinf(), can_be_missing=missing_codes is not None)
    else:
        raise ColumnNotNumeric(
            f"The column “{name}” holds {kind}, not numbers.", where=where, remedy="Choose a column of numbers."
        )
    return number.isnan().ifelse(None, number) if kind.is_floating() or kind.is_string() else number


def has_number(text: Any) -> Any:
    """Whether what is written in a column of text means a number: 2.5, and 2,5 or 1,250, which are written otherwise."""
    return text.strip().replace(",", "").try_cast("float64").notnull()


def _check_numbers(table: Any, name: str, is_wrong: Any, *, can_be_missing: bool) -> None:
    wrong = is_wrong.fill_null(False)
    if not asked_once(table.aggregate(found=wrong.any()))["found"][0].as_py():
        return
    rows = {ROW: table[ROW]} if ROW in table.columns else {}
    looked_at = with_row_numbers(table.select(value=table[name].cast("string"), wrong=wrong, **rows)).rename(row=ROW)
    first = looked_at.filter(looked_at.wrong).order_by("row").limit(1).to_pyarrow().to_pylist()[0]
    value, place = str(first["value"]), f"row {first['row']}, column {name}"
    if DECIMAL_COMMA.fullmatch(value.strip()):
        raise ColumnNotNumeric(
            f"“{value}” is not a number: it has a decimal comma, or a comma between thousands.",
            where=place,
            remedy="Write all numbers of the file with a decimal point and nothing between thousands, such as 1250.5.",
        )
    raise ColumnNotNumeric(
        f"“{value}” is not a number.", where=place, remedy=CORRECT_OR_DECLARE, value=value if can_be_missing else ""
    )


def category(table: Any, name: str, *, where: str) -> Any:
    """The code of the category as text: 3.0 is `3`, true is `true`, an empty cell stays null."""
    check_column(table, name, where=where)
    column = table[name]
    kind = column.type()
    if kind.is_floating():
        column = column.isnan().ifelse(None, column)
        whole = column.try_cast("int64")
        return (column.floor() == column).ifelse(whole.cast("string"), column.cast("string"))
    if kind.is_boolean():
        return column.ifelse("true", "false")
    return column.cast("string")


def categories(table: Any, by: Sequence[str]) -> dict[str, Any]:
    """The crossed columns under names that meet no other; rows without a category stand under the empty code."""
    return {
        f"category_{index}": category(table, name, where="categories").fill_null("") for index, name in enumerate(by)
    }


def cell_of(by: Sequence[str], row: Mapping[str, Any]) -> Cell:
    """The cell of a row that was grouped by `categories`."""
    return Cell.of({name: str(row[f"category_{index}"]) for index, name in enumerate(by)})


def grouped_rows(rows: Any, by: Sequence[str], aggregates: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The aggregates of every cell of the crossing, or of the whole."""
    keys = [f"category_{index}" for index in range(len(by))]
    found = (rows.group_by(keys) if keys else rows).aggregate(**aggregates).to_pyarrow().to_pylist()
    return [dict(row) for row in found]


def is_observed(table: Any, name: str, missing_codes: Sequence[str], *, where: str) -> Any:
    """True where somebody answered: the cell is neither empty nor a code declared as missing."""
    code = category(table, name, where=where)
    observed = code.notnull()
    if table[name].type().is_string():
        observed = observed & (code.strip() != "")
    if missing_codes:
        observed = observed & ~code.isin(list(missing_codes))
    return observed.fill_null(False)


def magnitudes(table: Any, columns: Sequence[str]) -> dict[str, float]:
    """The largest absolute value of each column, which `exact_sums` needs."""
    row = asked_once(table.aggregate(**{name: table[name].abs().max() for name in columns})).to_pylist()[0]
    return {name: float(row[name] or 0.0) for name in columns}


def exact_sums(table: Any, columns: Mapping[str, float], rows: int) -> tuple[dict[str, Any], dict[str, int]]:
    """Sums that do not depend on the order of rows or threads, as integers of 128 bits; and the binary exponent of each.

    Adding floats in another order gives another last digit, and an engine adds in any order. Every value is scaled by a power of two, so that
    the largest possible sum stays within 10^37 and a value keeps all its digits down to 2^-65 of the largest, then added as an integer.
    The finish divides by the same power of two, which costs no digit.
    """
    import ibis  # slow to import

    aggregates, exponents = {}, {}
    room = 120 - math.ceil(math.log2(max(rows, 2)))
    for name, largest in columns.items():
        exponent = max(-900, min(900, room - math.frexp(largest)[1])) if largest else 0
        scaled = table[name] * ibis.literal(math.ldexp(1.0, exponent), type="float64")
        aggregates[name] = scaled.cast("decimal(38, 0)").sum().cast("float64")
        exponents[name] = exponent
    return aggregates, exponents
