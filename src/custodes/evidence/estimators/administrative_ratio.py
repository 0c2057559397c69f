"""A numerator over a denominator, both counted by an administration."""

from typing import Any

from custodes.evidence.administrative import CellSums, cell_sums, column_or_default, report_came
from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.columns import ROW, asked_once, numeric
from custodes.evidence.errors import ArgumentInvalid, DenominatorZero, NothingObserved, NumeratorOutOfRange
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.types import Estimate


def ratio_of_counts(request: Request) -> Crossing:
    """Σ numerator ÷ Σ denominator × factor, recomputed for each cell and never averaged.

    Shapes   one row per report; a row counts where it came and both numbers stand in it.
    Units    0 to 1 for a percentage with factor 1; else per `factor`.
    Returns  value, numerator, denominator, n, missing, completeness = reports received ÷ expected. No interval: counted, not sampled.
    Refuses  NothingObserved where no report came, DenominatorZero, cell by cell; NumeratorOutOfRange that names the row, for a percentage.
    Source   WHO (2017), Data Quality Review, module 2 (completeness); the ratio is arithmetic.
    Checked  tests/reference/administrative.toml.
    """
    factor, is_percentage = request.number("factor"), request.flag("percentage")
    if factor <= 0 or (is_percentage and factor != 1):
        raise ArgumentInvalid(
            f"A factor of {factor:g} does not fit.",
            where="argument factor",
            remedy="Give 1 for a percentage (shown as per cent later), or a number above zero and percentage no.",
        )
    above = numeric(request.table, column_or_default(request, "numerator", ("_numerator",)), where="argument numerator")
    below = numeric(
        request.table, column_or_default(request, "denominator", ("_denominator",)), where="argument denominator"
    )
    counted = report_came(request.table) & above.notnull() & below.notnull()
    if is_percentage:
        _check_percentage(request.table, above, below, counted)
    cells = cell_sums(request, {"numerator": above, "denominator": below}, counted)
    return Crossing(tuple(_estimate(request, cell, factor) for cell in cells))


def _check_percentage(table: Any, above: Any, below: Any, counted: Any) -> None:
    wrong = counted & ((above < 0) | (above > below))
    row = asked_once(table.aggregate(first=table[ROW].min(where=wrong)))["first"][0].as_py()
    if row is None:
        return
    found = table.filter(table[ROW] == row, wrong).select(above=above, below=below).limit(1).to_pyarrow().to_pylist()[0]
    raise NumeratorOutOfRange(
        f"{found['above']:g} of {found['below']:g} is no percentage.",
        where=f"row {row}",
        remedy="Correct the row, or say that the ratio is not a percentage.",
    )


def _estimate(request: Request, cell: CellSums, factor: float) -> Estimate:
    place = cell.cell.key or "total"
    if cell.n == 0:
        refusal = NothingObserved("No report came.", where=place, remedy="Wait for the reports, or ask for them.")
        return request.refused(
            cell.cell, refusal, missing=cell.missing, completeness=cell.completeness, notes=cell.notes
        )
    above, below = cell.sums["numerator"], cell.sums["denominator"]
    if below == 0:
        zero = DenominatorZero("The denominator adds up to zero.", where=place, remedy="Choose a longer period.")
        return request.refused(
            cell.cell, zero, n=cell.n, missing=cell.missing, completeness=cell.completeness, notes=cell.notes
        )
    return Estimate(
        cell=cell.cell,
        value=factor * above / below,
        unit=request.estimator.unit,
        method=request.estimator.slug,
        n=cell.n,
        missing=cell.missing,
        numerator=above,
        denominator=below,
        completeness=cell.completeness,
        notes=cell.notes,
    )


ESTIMATOR = Estimator(
    slug="administrative_ratio",
    name="Ratio of counts",
    unit="share of cases",
    citation="WHO (2017), Data Quality Review: a toolkit for facility data quality assessment, module 2 (completeness).",
    summary="A count over a count from administrative reports, such as cases decided within 90 days out of cases closed.",
    kinds=frozenset({"administrative"}),
    arguments=(
        Argument("numerator", "Numerator", "Name the column above the line.", ArgumentType.COLUMN, required=False),
        Argument("denominator", "Denominator", "Name the column below the line.", ArgumentType.COLUMN, required=False),
        Argument(
            "percentage",
            "Is a percentage",
            "The numerator is a part of the denominator.",
            ArgumentType.BOOL,
            required=False,
            default=True,
        ),
        Argument("factor", "Per", "1, or per how many.", ArgumentType.NUMBER, required=False, default=1.0),
    ),
    compute=ratio_of_counts,
)
