"""A count from administrative reports per so many persons."""

from custodes.evidence.administrative import CellSums, cell_sums, column_or_default, report_came
from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.columns import numeric
from custodes.evidence.errors import DenominatorZero, NothingObserved
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.population import ARGUMENTS, Denominator, denominator_of
from custodes.evidence.types import Estimate


def rate_of_reports(request: Request) -> Crossing:
    """The sum of one column over the reports that came, per `factor` persons, for each cell.

    Shapes   one row per report; population: persons by area code, the empty code for the whole.
    Units    per `factor` persons, over the whole period of the table (not per year unless the table is one).
    Returns  value, numerator, denominator (persons), completeness; notes name the population's year and version.
    Refuses  NothingObserved where no report came, DenominatorZero where no population is known, cell by cell.
    Source   Last (2001), A Dictionary of Epidemiology, "rate".
    Checked  tests/reference/administrative.toml.
    """
    value = numeric(
        request.table, column_or_default(request, "column", ("_value", "_numerator")), where="argument column"
    )
    counted = report_came(request.table) & value.notnull()
    persons = denominator_of(request)
    return Crossing(tuple(_estimate(request, cell, persons) for cell in cell_sums(request, {"value": value}, counted)))


def _estimate(request: Request, cell: CellSums, persons: Denominator) -> Estimate:
    notes = (persons.note, *cell.notes)
    try:
        if cell.n == 0:
            raise NothingObserved(
                "No report came.", where=cell.cell.key or "total", remedy="Wait for the reports, or ask for them."
            )
        below = persons.of(cell.cell)
    except (NothingObserved, DenominatorZero) as refusal:
        return request.refused(
            cell.cell, refusal, n=cell.n, missing=cell.missing, completeness=cell.completeness, notes=notes
        )
    return Estimate(
        cell=cell.cell,
        value=persons.factor * cell.sums["value"] / below,
        unit=request.estimator.unit,
        method=request.estimator.slug,
        n=cell.n,
        missing=cell.missing,
        numerator=cell.sums["value"],
        denominator=below,
        completeness=cell.completeness,
        notes=notes,
    )


ESTIMATOR = Estimator(
    slug="administrative_rate",
    name="Rate of reports per population",
    unit="per factor persons",
    citation="Last (2001), A Dictionary of Epidemiology, 4th ed., “rate”.",
    summary="A number added up over administrative reports, per so many persons.",
    kinds=frozenset({"administrative"}),
    arguments=(
        Argument("column", "Count", "Name the column to add up.", ArgumentType.COLUMN, required=False),
        *ARGUMENTS,
    ),
    compute=rate_of_reports,
)
