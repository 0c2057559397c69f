"""What the administrative estimators share: which reports came, and sums by cell that never count a missing report as zero."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from custodes.evidence.columns import categories, cell_of, check_column, exact_sums, grouped_rows, magnitudes
from custodes.evidence.estimator import Request
from custodes.evidence.types import Cell

ACCUMULATED = "Only reports that came are added up; none that is missing counts as zero."


@dataclass(frozen=True, slots=True)
class CellSums:
    """The sums of one cell. received and expected: unit-periods, None where the source does not say what to expect."""

    cell: Cell
    sums: Mapping[str, float]
    n: int
    missing: int
    received: int | None
    expected: int | None

    @property
    def completeness(self) -> float | None:
        return self.received / self.expected if self.expected and self.received is not None else None

    @property
    def notes(self) -> tuple[str, ...]:
        if self.expected is None or self.received == self.expected:
            return ()
        return (f"{self.received} of {self.expected} expected reports came. {ACCUMULATED}",)


def column_or_default(request: Request, argument: str, defaults: tuple[str, ...]) -> str:
    """The column that was named, or the first of the usual ones that the table has."""
    named = request.text(argument)
    chosen = named or next((name for name in defaults if name in request.table.columns), defaults[0])
    check_column(request.table, chosen, where=f"argument {argument}")
    return chosen


def report_came(table: Any) -> Any:
    """True where the row is a report that came; a source that does not say is taken to list only those that did."""
    import ibis  # slow to import

    return table["_received"].fill_null(False) if "_received" in table.columns else ibis.literal(True)


def cell_sums(request: Request, values: Mapping[str, Any], counted: Any) -> list[CellSums]:
    """Sum the values over rows that count, cell by cell, in no order."""
    table = request.table
    came, report = report_came(table), _report(table)
    added = {name: counted.ifelse(value, 0.0) for name, value in values.items()}
    rows = table.select(counted=counted, came=came, report=report, **added, **categories(table, request.by))
    largest = magnitudes(table.select(**added), list(values))  # the same question for every crossing
    sums, exponents = exact_sums(rows, largest, 2**40)
    aggregates = {
        "n": rows.counted.cast("int64").sum(),
        "rows": rows.count(),
        "received": rows.report.nunique(where=rows.came),
        "expected": rows.report.nunique(),
        **sums,
    }
    known = "_received" in table.columns
    found = [
        CellSums(
            cell=cell_of(request.by, row),
            sums={name: float(np.ldexp(row[name] or 0.0, -exponents[name])) for name in values},
            n=int(row["n"] or 0),
            missing=int(row["rows"]) - int(row["n"] or 0),
            received=int(row["received"]) if known else None,
            expected=int(row["expected"]) if known else None,
        )
        for row in grouped_rows(rows, request.by, aggregates)
    ]
    return sorted(found, key=lambda each: each.cell)


def _report(table: Any) -> Any:
    """What one expected report is: a unit in a period where the source names units, else a row."""
    if "_unit" not in table.columns:
        return table["_row"].cast("string")
    unit = table["_unit"].fill_null("")
    return unit + "|" + table["_start"].cast("string").fill_null("") if "_start" in table.columns else unit
