"""Nonresponse: weights of those who answered carry those who did not, within classes; the same for those whom a panel lost between waves."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.errors import ArgumentInvalid, InputProblem, NothingObserved
from custodes.evidence.sampling.draw import Role, Sample
from custodes.evidence.sampling.record import rows_of

CLASS_COLUMNS = ("stratum", "cluster", "wave")
Place = tuple[str, str]  # cluster and unit


@dataclass(frozen=True, slots=True)
class ResponseClass:
    """How many of a class answered.

    rate      those who answered over those asked, counted; weighted_rate: the same with weights; factor: one over the latter.
    """

    name: str
    asked: int
    answered: int
    rate: float
    weighted_rate: float
    factor: float


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Weights after the adjustment, 0 for those who did not answer, and what was found in each class.

    loss_of_precision  the factor by which unequal weights among those who answered widen a variance (Kish: 1 + cv²).
    """

    weights: NDArray[np.float64]
    classes: tuple[ResponseClass, ...]
    loss_of_precision: float


@dataclass(frozen=True, slots=True)
class Response:
    """The adjustment of a sample; places: cluster and unit of each of its weights."""

    adjustment: Adjustment
    places: tuple[Place, ...]


def adjusted_for_nonresponse(
    weights: Sequence[float], *, answered: Sequence[bool], classes: Sequence[str]
) -> Adjustment:
    """Divide the weights of those who answered by the weighted response rate of their class.

    Shapes   one weight, answer and class for each unit asked; for a later wave of a panel, each unit that the wave before had, with its weight there.
    Units    weights in any unit; rates are 0 to 1.
    Returns  weights that add up, in each class, to those of everybody asked; counted and weighted rates, and attrition is one less the rate.
    Refuses  NothingObserved for a class in which nobody answered; ArgumentInvalid for lists of unequal length or a weight that is not above 0.
    Source   Little (1986), International Statistical Review 54, 139–157; Kish (1965), Survey Sampling, §11.2C.
    Checked  by hand, and sums of classes by Hypothesis. It is free of bias where answering is independent of the answer within a class.
    """
    weight = np.array(weights, dtype=np.float64)
    has_answered, names = np.array(answered, dtype=bool), np.array(classes, dtype=object)
    if not len(weight) == len(has_answered) == len(names) or not np.all((weight > 0) & np.isfinite(weight)):
        raise ArgumentInvalid(
            "Every unit asked needs a weight above 0, an answer and a class.",
            where="weights",
            remedy="Leave out replaced units and reserves.",
        )
    found = []
    adjusted = np.zeros(len(weight))
    for name in sorted(set(classes)):
        member = names == name
        both = member & has_answered
        everybody, those = math.fsum(weight[member]), math.fsum(weight[both])
        if not both.any():
            raise NothingObserved(
                f"Nobody of {int(member.sum())} in the class “{name}” answered.",
                where=f"class {name}",
                remedy="Join it with a class that is alike.",
            )
        adjusted[both] = weight[both] * (everybody / those)
        rate = float(both.sum() / member.sum())
        found.append(
            ResponseClass(str(name), int(member.sum()), int(both.sum()), rate, those / everybody, everybody / those)
        )
    return Adjustment(adjusted, tuple(found), loss_from_weights(adjusted[has_answered]))


def loss_from_weights(weights: NDArray[np.float64]) -> float:
    """Kish's factor n Σw² ÷ (Σw)², at least 1: what unequal weights cost where they have nothing to do with the answer."""
    return float(len(weights) * math.fsum(weights**2) / math.fsum(weights) ** 2)


def response_to(sample: Sample, answered: Collection[Place], *, by: Sequence[str] = ("stratum",)) -> Response:
    """The adjustment of a sample by those who answered, in classes made of columns that everybody in the sample has.

    answered  clusters and units that answered; in a later wave of a panel, the same of that wave: what is lost since is attrition.
    by        any of CLASS_COLUMNS; `wave` keeps units that just came in apart from those that stayed.
    Refuses  InputProblem for a unit that is not in the sample, or another column; ArgumentInvalid while weights wait for a count; NothingObserved.
    """
    strange = sorted(set(by) - set(CLASS_COLUMNS))
    if strange:
        raise InputProblem(
            f"“{strange[0]}” makes no response class.",
            where="classes",
            remedy=f"Choose from: {', '.join(CLASS_COLUMNS)}.",
        )
    rows = [row for row in rows_of(sample) if row["role"] == Role.DRAWN]
    places = [(str(row["cluster"]), str(row["unit"])) for row in rows]
    unknown = sorted(set(answered) - set(places))
    if unknown:
        raise InputProblem(
            f"“{' › '.join(unknown[0])}” answered and is not in the sample.",
            where="answers",
            remedy="Correct its name; where another was asked in its place, record the replacement first.",
        )
    if any(row["weight"] is None for row in rows):
        raise ArgumentInvalid(
            "Weights wait for a count.", where="weights", remedy="Enter what was counted: custodes sample count."
        )
    those = set(answered)
    adjustment = adjusted_for_nonresponse(
        [row["weight"] for row in rows],
        answered=[place in those for place in places],
        classes=[" / ".join(str(row[name]) for name in by) or "all" for row in rows],
    )
    return Response(adjustment, tuple(places))
