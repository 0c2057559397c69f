"""A number added up over administrative reports."""

from custodes.evidence.administrative import CellSums, cell_sums, column_or_default, report_came
from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.columns import numeric
from custodes.evidence.errors import NothingObserved
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.types import Estimate


def sum_of_reports(request: Request) -> Crossing:
    """The sum of one column over the reports that came, for each cell.

    Shapes   one row per report; a row counts where it came and the number stands in it.
    Units    what the reports count.
    Returns  value, n, missing, completeness = reports received ÷ expected. No interval: counted, not sampled.
    Refuses  NothingObserved where no report came, cell by cell: a silent station is not a quiet one.
    Source   WHO (2017), Data Quality Review, module 2 (completeness).
    Checked  tests/reference/administrative.toml.
    """
    value = numeric(
        request.table, column_or_default(request, "column", ("_value", "_numerator")), where="argument column"
    )
    counted = report_came(request.table) & value.notnull()
    return Crossing(tuple(_estimate(request, cell) for cell in cell_sums(request, {"value": value}, counted)))


def _estimate(request: Request, cell: CellSums) -> Estimate:
    if cell.n == 0:
        refusal = NothingObserved(
            "No report came.", where=cell.cell.key or "total", remedy="Wait for the reports, or ask for them."
        )
        return request.refused(
            cell.cell, refusal, missing=cell.missing, completeness=cell.completeness, notes=cell.notes
        )
    return Estimate(
        cell=cell.cell,
        value=cell.sums["value"],
        unit=request.estimator.unit,
        method=request.estimator.slug,
        n=cell.n,
        missing=cell.missing,
        numerator=cell.sums["value"],
        completeness=cell.completeness,
        notes=cell.notes,
    )


ESTIMATOR = Estimator(
    slug="administrative_count",
    name="Count from reports",
    unit="count",
    citation="WHO (2017), Data Quality Review: a toolkit for facility data quality assessment, module 2 (completeness).",
    summary="A number added up over administrative reports, with the share of expected reports that came.",
    kinds=frozenset({"administrative"}),
    arguments=(Argument("column", "Count", "Name the column to add up.", ArgumentType.COLUMN, required=False),),
    compute=sum_of_reports,
)
