"""This app's slice of the error catalogue.

Problem
├── PlacesNotAllowed        no live grant of the account lets it change places
├── AreaNotFound            no area has that code on that day
├── CountryNotSynthetic     invented areas stand under QR only, and QR holds nothing else (I27)
└── InputProblem
    ├── BoundariesInvalid   a boundary file whose codes, names or shapes cannot be taken as they are
    ├── AreaListInvalid     a row of a list of areas is wrong
    ├── AreaConflict        an area with that code exists on those days
    ├── SuccessionInvalid   shares of an area that do not fit
    └── PopulationInvalid   a row of a population table is wrong
"""

from custodes.evidence.errors import InputProblem, Problem


class PlacesNotAllowed(Problem):
    """No live grant of the account lets it change places."""

    code = "places.not-allowed"
    status = 403


class AreaNotFound(Problem):
    """No area has that code on that day."""

    code = "places.area-not-found"
    status = 404


class CountryNotSynthetic(Problem):
    """Invented rows stand under QR only, and QR holds nothing else."""

    code = "places.country-not-synthetic"


class BoundariesInvalid(InputProblem):
    """A boundary file cannot be taken as it is."""

    code = "places.boundaries-invalid"


class AreaListInvalid(InputProblem):
    """A row of a list of areas is wrong."""

    code = "places.area-list-invalid"


class AreaConflict(InputProblem):
    """An area with that code exists on those days."""

    code = "places.area-conflict"
    status = 409


class SuccessionInvalid(InputProblem):
    """The shares of an area do not fit."""

    code = "places.succession-invalid"


class PopulationInvalid(InputProblem):
    """A row of a population table is wrong."""

    code = "places.population-invalid"
