"""How many to ask for a wished precision, and what precision a plan will give."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.sampling.draw import Role, Sample
from custodes.evidence.sampling.record import rows_of
from custodes.evidence.sampling.response import loss_from_weights


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How many to ask. simple: answers that a simple random sample would need; answers: under the design; asked: with those who will not answer."""

    simple: float
    answers: int
    asked: int
    design_effect: float
    margin: float


@dataclass(frozen=True, slots=True)
class Precision:
    """What precision to expect of a share. effective: answers of the simple random sample that is as precise."""

    answers: float
    effective: float
    design_effect: float
    se: float
    margin: float


def clustering_effect(take: float, *, within: float) -> float:
    """1 + (take − 1) · intra-class correlation: what it costs to ask several people in one place (Kish 1965, §5.4)."""
    if take < 1 or not -1 <= within <= 1:
        raise ArgumentInvalid(
            "A cluster needs an interview, and a correlation lies between −1 and 1.",
            where="take, correlation",
            remedy="For attitudes to security services .02 to .10 within a settlement is usual; take it from an earlier round.",
        )
    return 1 + (take - 1) * within


def required_sample_size(
    *,
    share: float,
    margin: float,
    design_effect: float = 1.0,
    response: float = 1.0,
    population: int | None = None,
    coverage: float = 0.95,
) -> SampleSize:
    """How many to ask so that a share is known to within a margin.

    Shapes   single numbers; for several groups ask for each, since each needs its own sample.
    Units    share, margin, response, coverage: 0 to 1; margin: half the width of the interval.
    Returns  n = z² p (1 − p) ÷ e², where the population is small n ÷ (1 + (n − 1) ÷ N); times the design effect, over the response, rounded up.
    Refuses  ArgumentInvalid for a number out of its range, or where more would have to be asked than there are.
    Source   Cochran (1977), Sampling Techniques, §4.4; United Nations (2008), Designing Household Survey Samples, ST/ESA/STAT/SER.F/98, ch. 3.
    Checked  Cochran's anthropologist, §4.4: 400 islanders without and 356 with the population of 3,200.
    """
    _check_shares(share=share, margin=margin, coverage=coverage)
    _check_effects(design_effect, response)
    simple = _z(coverage) ** 2 * share * (1 - share) / margin**2
    if population is not None:
        simple = simple / (1 + (simple - 1) / population)
    answers = _upwards(simple * design_effect)
    asked = _upwards(simple * design_effect / response)
    if population is not None and asked > population:
        raise ArgumentInvalid(
            f"{asked} would have to be asked, and there are {population}.",
            where="margin",
            remedy="Allow a wider margin, or ask everybody.",
        )
    return SampleSize(simple, answers, asked, design_effect, margin)


def expected_precision(
    asked: float, *, share: float, design_effect: float = 1.0, response: float = 1.0, coverage: float = 0.95
) -> Precision:
    """The precision to expect of a share when so many are asked.

    Shapes   single numbers.
    Units    share, response, coverage: 0 to 1; margin: half the width of the interval.
    Returns  answers = asked · response; effective = answers ÷ design effect; se = √(p (1 − p) ÷ effective); margin = z · se.
    Refuses  ArgumentInvalid for a number out of its range.
    Source   Kish (1965), Survey Sampling, §8.2; Cochran (1977), Sampling Techniques, §4.4.
    Checked  the inverse of required_sample_size, by Hypothesis.
    """
    _check_shares(share=share, coverage=coverage)
    _check_effects(design_effect, response)
    if asked <= 0:
        raise ArgumentInvalid("Nobody is asked.", where="asked", remedy="Give a number above 0.")
    answers = asked * response
    effective = answers / design_effect
    se = math.sqrt(share * (1 - share) / effective)
    return Precision(answers, effective, design_effect, se, _z(coverage) * se)


def precision_of(
    sample: Sample, *, share: float, within: float = 0.0, response: float = 1.0, coverage: float = 0.95
) -> Precision:
    """The precision to expect of a share from a sample that was drawn: what clusters cost by their mean take, times what unequal weights cost.

    A cluster that is not listed yet is taken to have as many units as its size says, or as any other has where there is no size.
    """
    rows = [row for row in rows_of(sample) if row["role"] == Role.DRAWN]
    plan = sample.plan
    if plan.rows_are_clusters and not sample.second:
        take = float(plan.take or 1)
        asked = take * len(rows)
        weights = [row["weight"] or (row["size"] if plan.columns.size else 1.0) / row["p_1"] for row in rows]
    else:
        asked = float(len(rows))
        take = asked / len({row["cluster"] for row in rows})
        weights = [row["weight"] or 1 / (row["p_1"] * (row["p_2"] or 1.0)) for row in rows]
    effect = clustering_effect(take, within=within) * loss_from_weights(np.array(weights))
    return expected_precision(asked, share=share, design_effect=effect, response=response, coverage=coverage)


def _z(coverage: float) -> float:
    return NormalDist().inv_cdf((1 + coverage) / 2)


def _upwards(number: float) -> int:
    """Up to the next whole number, unless only rounding of floats lies between."""
    nearest = round(number)
    return nearest if math.isclose(number, nearest, rel_tol=1e-12) else math.ceil(number)


def _check_shares(**shares: float) -> None:
    for name, value in shares.items():
        if not 0 < value < 1:
            raise ArgumentInvalid(f"{value:g} is not between 0 and 1.", where=name, remedy="Give a share, such as 0.5.")


def _check_effects(design_effect: float, response: float) -> None:
    if not 0 < design_effect < math.inf:
        raise ArgumentInvalid(
            f"{design_effect:g} is no design effect.", where="design effect", remedy="Give a number above 0."
        )
    if not 0 < response <= 1:
        raise ArgumentInvalid(
            f"{response:g} is no response rate.", where="response", remedy="Give a share, such as 0.8."
        )
