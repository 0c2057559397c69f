"""A figure as open data: the one row that CSV, JSON and the API print, in the order of the columns."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from types import NoneType
from typing import Any, get_args, get_type_hints

from custodes.indicators.rules.figures import Figure, FigureState

NOT_COLLECTED = "not_collected"
# A refusal that means that nobody gave the information, not that it says too little.
NOTHING_THERE = frozenset({"refused.nothing-observed", "input.table-empty"})
# Spreadsheets run text that begins like a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One public cell. Proportions are 0 to 1 as stored; `value` is None exactly where `status` is not `shown`.

    status  shown; suppressed (too few people, or too imprecise); refused (no honest number follows from the data); not_collected (nobody
            gave the information); revision_pending (published before, under revision now).
    """

    programme: str
    indicator: str
    definition_version: int
    area_code: str
    area_name: str
    period_start: date
    period_end: date
    period_kind: str
    categories: str
    categories_label: str
    source: str
    value: float | None
    low: float | None
    high: float | None
    se: float | None
    n: int | None
    missing: int | None
    missing_policy: str
    design_effect: float | None
    df: float | None
    unit: str
    uncertainty: str
    method: str
    status: str
    note: str
    reading: int
    result_hash: str


COLUMNS = tuple(item.name for item in fields(OpenRow))


def status_of(figure: Figure) -> str:
    """Why there is a number or none, in one word."""
    if figure.state is FigureState.REFUSED and figure.reason in NOTHING_THERE:
        return NOT_COLLECTED
    return figure.state.value


def open_row(figure: Figure, *, programme: str, label: str, note: str) -> OpenRow:
    """The row of a figure that is already protected."""
    return OpenRow(
        programme=programme, indicator=figure.indicator, definition_version=figure.definition_version, area_code=figure.area_code,
        area_name=figure.area_name, period_start=figure.start, period_end=figure.end, period_kind=figure.period_kind,
        categories=figure.cell_key, categories_label=label, source=figure.source, value=figure.value, low=figure.low, high=figure.high,
        se=figure.se, n=figure.n, missing=figure.missing, missing_policy=figure.missing_policy, design_effect=figure.design_effect,
        df=figure.df, unit=figure.unit, uncertainty=figure.uncertainty.value, method=figure.method,
        status=status_of(figure), note=note, reading=figure.pk, result_hash=figure.result_hash,
    )  # fmt: skip


def csv_text(rows: Iterable[OpenRow]) -> str:
    """RFC 4180 with a line of names; numbers with every digit that is stored, so that they read back the same."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    writer.writerows([_csv_cell(getattr(row, name)) for name in COLUMNS] for row in rows)
    return written.getvalue()


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA_SIGNS) else text


def json_row(row: OpenRow) -> dict[str, Any]:
    """The row for JSON: the same names, None where there is no number."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(row).items()}


def table_schema() -> list[dict[str, str]]:
    """The columns with their types, as a Frictionless Table Schema names them."""
    return [{"name": name, "type": _column_type(kind)} for name, kind in get_type_hints(OpenRow).items()]


def _column_type(kind: object) -> str:
    plain = next((each for each in get_args(kind) if each is not NoneType), kind)
    return {date: "date", float: "number", int: "integer"}.get(plain, "string")  # type: ignore[call-overload, no-any-return]
