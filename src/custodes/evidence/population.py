"""Persons as the denominator of a rate: which population a cell is divided by, and what is said of its source."""

from dataclasses import dataclass

from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.errors import ArgumentInvalid, DenominatorZero
from custodes.evidence.estimator import Request
from custodes.evidence.types import Cell

ARGUMENTS = (
    Argument(
        "population",
        "Population",
        "Persons by area code; the empty code is the whole territory.",
        ArgumentType.POPULATION,
    ),
    Argument("population_year", "Year of the population", "The year that the figures speak of.", ArgumentType.TEXT),
    Argument("population_version", "Version of the population", "Source and version.", ArgumentType.TEXT),
    Argument("factor", "Per", "Per how many persons.", ArgumentType.NUMBER, required=False, default=100_000.0),
)


@dataclass(frozen=True, slots=True)
class Denominator:
    """The persons behind a cell, and the note that names their year and version (I3)."""

    persons: dict[str, float]
    factor: float
    note: str

    def of(self, cell: Cell) -> float:
        """Persons of the cell's area, or of the whole where the crossing has no area; DenominatorZero where nobody is known."""
        areas = [code for column, code in cell.categories if column == "_area"]
        if areas and not areas[0]:
            raise DenominatorZero(
                "Rows without an area have no population.", where=cell.key, remedy="Place them on the map first."
            )
        persons = self.persons.get(areas[0] if areas else "", 0.0)
        if persons <= 0:
            raise DenominatorZero(
                "No population is known.",
                where=cell.key or "total",
                remedy="Import the population of the area and year.",
            )
        return persons


def denominator_of(request: Request) -> Denominator:
    factor = request.number("factor")
    if factor <= 0:
        raise ArgumentInvalid(
            f"A rate per {factor:g} persons says nothing.", where="argument factor", remedy="Give 100000, for example."
        )
    year, version = request.text("population_year"), request.text("population_version")
    return Denominator(request.population("population"), factor, f"Population of {year}, {version}.")
