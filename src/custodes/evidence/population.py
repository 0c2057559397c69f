"""Persons as the denominator of a rate: which population a cell is divided by, and what is said of its source."""

import re
from dataclasses import dataclass

from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.errors import ArgumentInvalid, DenominatorZero
from custodes.evidence.estimator import Request
from custodes.evidence.types import Cell

AREA = re.compile("_area(_[0-9])?")  # the area of a row, or its area at one level
ARGUMENTS = (
    Argument(
        "population",
        "Population",
        "Persons by area code, the empty code being the whole territory; of a group as in XA|sex=female.",
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
        """Persons of the cell's area and group, or of the whole where the crossing has none; DenominatorZero where nobody is known.

        A group (any column but area and period) is divided by its own persons only: by everybody, the rate of women would be half the truth.
        """
        categories = dict(cell.categories)
        named = [categories.pop(name) for name in list(categories) if AREA.fullmatch(name)]
        area = next(iter(named), "")
        categories.pop("_period", None)
        group = Cell.of(categories).key
        if named and not area:
            raise DenominatorZero(
                "Rows without an area have no population.", where=cell.key, remedy="Place them on the map first."
            )
        persons = self.persons.get(f"{area}|{group}" if group else area, 0.0)
        if persons <= 0 and group:
            raise DenominatorZero(
                f"No population by {', '.join(sorted(categories))} is known for this split.",
                where=cell.key,
                remedy="Import the population of each group, or split by area only.",
            )
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
