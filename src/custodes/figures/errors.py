"""This app's slice of the error catalogue.

Problem
├── FigureNotFound            no chart was ever stored under that name
└── SpecificationReachesOut   a chart asks for something outside itself
"""

from custodes.evidence.errors import Problem


class FigureNotFound(Problem):
    """No specification is stored under the name in the address."""

    code = "figures.not-found"
    status = 404


class SpecificationReachesOut(Problem):
    """A chart's specification names an address; charts carry their data and reach nothing."""

    code = "figures.reaches-out"
    status = 400
