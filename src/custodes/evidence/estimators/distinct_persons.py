"""How many different people stand in a register."""

from custodes.evidence.administrative import column_or_default
from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.columns import categories, category, cell_of, grouped_rows
from custodes.evidence.errors import NothingObserved
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.types import Cell, Estimate


def count_persons(request: Request) -> Crossing:
    """Distinct person keys, for each cell: who attended twice is one person.

    Shapes   one row per attendance or entry; `_person` is a pseudonymous key.
    Units    persons.
    Returns  value, n (rows with a key), missing (rows without). Cells may share people: they never add up to the total.
    Refuses  NothingObserved where there are rows but none has a key, cell by cell; a register that has rows, none of which falls here, says zero.
    Source   USAID, Feed the Future indicator handbook (2019), counting unique participants; domain.md I19.
    Checked  tests/reference/administrative.toml.
    """
    table = request.table
    person = category(table, column_or_default(request, "person", ("_person",)), where="argument person").nullif("")
    rows = table.select(person=person, **categories(table, request.by))
    aggregates = {"persons": rows.person.nunique(), "n": rows.person.count(), "rows": rows.count()}
    estimates = [
        _estimate(
            request,
            cell_of(request.by, row),
            persons=int(row["persons"]),
            n=int(row["n"]),
            missing=int(row["rows"]) - int(row["n"]),
        )
        for row in grouped_rows(rows, request.by, aggregates)
    ]
    return Crossing(tuple(sorted(estimates, key=lambda estimate: estimate.cell)))


def _estimate(request: Request, cell: Cell, *, persons: int, n: int, missing: int) -> Estimate:
    if n == 0 and missing:
        refusal = NothingObserved("No row names a person.", where=cell.key or "total", remedy="Declare the person key.")
        return request.refused(cell, refusal, missing=missing)
    notes = (f"{persons} persons in {n} rows; counted anew for each cell, never added up.",)
    return Estimate(
        cell=cell,
        value=float(persons),
        unit=request.estimator.unit,
        method=request.estimator.slug,
        n=n,
        missing=missing,
        numerator=float(persons),
        notes=notes,
    )


ESTIMATOR = Estimator(
    slug="distinct_persons",
    name="Persons in a register",
    unit="persons",
    citation="USAID (2019), Feed the Future Indicator Handbook: unique participants are counted once.",
    summary="How many different people stand in a register, however often each appears.",
    kinds=frozenset({"administrative"}),
    arguments=(Argument("person", "Person key", "Name the pseudonymous key.", ArgumentType.COLUMN, required=False),),
    compute=count_persons,
)
