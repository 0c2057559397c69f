"""The median of a number over administrative records."""

from typing import Any

from custodes.evidence.administrative import column_or_default, report_came
from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.columns import categories, cell_of, grouped_rows, numeric
from custodes.evidence.errors import NothingObserved
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.types import Cell, Estimate


def median_of_records(request: Request) -> Crossing:
    """The median of one column over the records, for each cell.

    Shapes   one row per record, such as a call; empty cells are missing.
    Units    the unit of the column.
    Returns  value (the mean of the middle two where their number is even), n, missing. No interval: counted, not sampled.
    Refuses  NothingObserved where no record has the number, cell by cell.
    Source   Hyndman & Fan (1996), doi:10.1080/00031305.1996.10473566 (all nine definitions agree on the median).
    Checked  against Python's statistics.median; tests/evidence/test_other_estimators.py.
    """
    table = request.table
    value = numeric(table, column_or_default(request, "column", ("_value",)), where="argument column")
    rows = table.select(value=report_came(table).ifelse(value, None), **categories(table, request.by))
    aggregates = {"median": rows.value.median(), "n": rows.value.count(), "rows": rows.count()}
    estimates = [
        _estimate(request, cell_of(request.by, row), row) for row in grouped_rows(rows, request.by, aggregates)
    ]
    return Crossing(tuple(sorted(estimates, key=lambda estimate: estimate.cell)))


def _estimate(request: Request, cell: Cell, row: dict[str, Any]) -> Estimate:
    n, missing = int(row["n"]), int(row["rows"]) - int(row["n"])
    if n == 0:
        refusal = NothingObserved("No record has the number.", where=cell.key or "total", remedy="Check the column.")
        return request.refused(cell, refusal, missing=missing)
    return Estimate(
        cell=cell,
        value=float(row["median"]),
        unit=request.estimator.unit,
        method=request.estimator.slug,
        n=n,
        missing=missing,
    )


ESTIMATOR = Estimator(
    slug="administrative_median",
    name="Median of records",
    unit="unit of the record",
    citation="Hyndman & Fan (1996), Sample quantiles in statistical packages, doi:10.1080/00031305.1996.10473566.",
    summary="The middle value over records, such as minutes until a patrol arrives.",
    kinds=frozenset({"administrative"}),
    arguments=(Argument("column", "Number", "Name the column of numbers.", ArgumentType.COLUMN, required=False),),
    compute=median_of_records,
)
