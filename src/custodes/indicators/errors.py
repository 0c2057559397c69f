"""This app's slice of the error catalogue.

Problem
├── TransitionNotAllowed   the reading's status does not allow this act
├── ReasonMissing          the act needs a reason
├── DatasetUnsuitable      a data set is of the wrong kind, programme or period for the indicator
├── PopulationMissing      a rate has no denominator
└── NotReproducible        a stored figure does not follow from its data
"""

from custodes.evidence.errors import Problem


class TransitionNotAllowed(Problem):
    """The reading's status does not allow this act."""

    code = "indicators.transition-not-allowed"
    status = 409


class ReasonMissing(Problem):
    """The act needs a reason."""

    code = "indicators.reason-missing"


class DatasetUnsuitable(Problem):
    """A data set is of the wrong kind, programme or period."""

    code = "indicators.dataset-unsuitable"
    status = 422


class PopulationMissing(Problem):
    """A rate has no denominator."""

    code = "indicators.population-missing"
    status = 422


class NotReproducible(Problem):
    """A stored figure does not follow from its data."""

    code = "indicators.not-reproducible"
    status = 409
