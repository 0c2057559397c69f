"""The point estimate of a regression: Newton's method on the collapsed lines, and the share of each cluster in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from custodes.evidence.errors import ArgumentInvalid, NotConverged, OneCategory
from custodes.evidence.model_lines import Lines
from custodes.evidence.model_terms import INTERCEPT, Term, blocks, carried_back
from custodes.evidence.predictors import Family
from custodes.evidence.survey import FloatArray

MOST_ROUNDS = 40
CLOSE = 1e-10  # a round that moves no linear predictor further is the last
LARGEST = 500.0  # linear predictor: e to its power is still a number
DETERMINED = 1e-11  # share of a predictor's square that the others leave unexplained


@dataclass(frozen=True, slots=True)
class Fit:
    """The coefficients, and the linearised value of each by unit of the last stage.

    scores   (coefficients, units): their spread is that of the coefficients.
    rounds   of Newton's method; last_step: the largest move of a linear predictor in the last of them.
    """

    coefficients: FloatArray
    scores: FloatArray
    rounds: int
    last_step: float


@dataclass(frozen=True, slots=True)
class _Optimum:
    """Where Newton's method ended, of terms brought to a middle of 0 and a reach of 1; size: of its last step."""

    scaled: FloatArray
    inverse: FloatArray
    rounds: int
    size: float


@dataclass(frozen=True, slots=True)
class _Sums:
    """At one point: Σ w·v·z·z′, Σ z·w·(y − fitted), the loss, and the least by which any row lies on the right side."""

    information: FloatArray
    gradient: FloatArray
    loss: float
    margin: float


def fitted(lines: Lines, terms: Sequence[Term], *, family: Family, units: int, place: str) -> Fit:
    """Fit the terms to the outcome of the lines, all of which count.

    Shapes   lines: of one domain, in the order of their units; units: how many the last stage of the whole sample has.
    Units    as `regression.regress`.
    Returns  weighted least squares, or the weighted maximum of the likelihood, taken on until a round moves nothing by 1e-10.
    Refuses  ArgumentInvalid where a predictor is determined by others; OneCategory where a yes-or-no outcome never varies; NotConverged
             where the predictors separate yes from no, or 40 rounds find no optimum.
    Source   McCullagh & Nelder (1989), Generalized Linear Models, section 2.5; Albert & Anderson (1984), doi:10.1093/biomet/71.1.1.
    Checked  R survey svyglm(): tests/reference/regression.toml, 1e-10 (logistic 1e-8).
    """
    found = _optimum(lines, terms, family=family, place=place)
    back = carried_back(terms)
    scores = np.zeros((len(terms), units))
    for block, z in blocks(lines, terms):
        residual = lines.outcome[block] - lines.weight[block] * _means(z @ found.scaled, family)
        unit = lines.units[-1][block]
        first = np.flatnonzero(np.r_[True, unit[1:] != unit[:-1]])
        scores[:, unit[first]] += np.add.reduceat(z * residual[:, None], first, axis=0).T
    return Fit(back @ found.scaled, back @ found.inverse @ scores, found.rounds, found.size)


def coefficients_of(lines: Lines, terms: Sequence[Term], *, family: Family, place: str) -> FloatArray:
    """The coefficients alone. Refuses as `fitted` does."""
    return np.asarray(carried_back(terms) @ _optimum(lines, terms, family=family, place=place).scaled)


def _optimum(lines: Lines, terms: Sequence[Term], *, family: Family, place: str) -> _Optimum:
    if family is Family.LOGISTIC and lines.total.sum() in (0.0, float(lines.n.sum())):
        raise OneCategory(
            "Everybody has the same outcome, so that nothing can explain it.",
            where=place,
            remedy="Check which codes count as yes.",
        )
    scaled, step, loss = np.zeros(len(terms)), np.zeros(len(terms)), np.inf
    for rounds in range(1, MOST_ROUNDS + 1):
        sums = _sums(lines, terms, scaled, family)
        if family is Family.LOGISTIC and sums.margin > 0:
            raise _separated(terms, step, place)  # every row lies on its right side: the further out, the better
        if sums.loss > loss + 1e-9 * abs(loss):
            step = step / 2  # too far: the likelihood fell
            scaled = scaled - step
            continue
        loss = sums.loss
        inverse = _inverse(sums.information, terms, step=step, place=place)
        step = inverse @ sums.gradient
        scaled = scaled + step
        size = float(np.abs(step).sum())
        if size < CLOSE * (1.0 if family is Family.LOGISTIC else max(1.0, float(np.abs(scaled).sum()))):
            return _Optimum(scaled, inverse, rounds, size)
        if np.abs(scaled).max() > LARGEST and family is Family.LOGISTIC:
            break
    raise _separated(terms, step, place)


def _means(eta: FloatArray, family: Family) -> FloatArray:
    if family is Family.LINEAR:
        return eta
    return np.asarray(1 / (1 + np.exp(-np.clip(eta, -LARGEST, LARGEST))))


def _sums(lines: Lines, terms: Sequence[Term], scaled: FloatArray, family: Family) -> _Sums:
    information, gradient = np.zeros((len(terms), len(terms))), np.zeros(len(terms))
    loss, margin = 0.0, np.inf
    for block, z in blocks(lines, terms):
        eta, weight, outcome = z @ scaled, lines.weight[block], lines.outcome[block]
        mean = _means(eta, family)
        slope = weight * mean * (1 - mean) if family is Family.LOGISTIC else weight
        information += (z * slope[:, None]).T @ z
        gradient += z.T @ (outcome - weight * mean)
        if family is Family.LOGISTIC:
            loss += float((weight * np.logaddexp(0, eta) - outcome * eta).sum())
            no, yes = lines.total[block] < lines.n[block], lines.total[block] > 0
            margin = min(margin, float(np.where(no, -eta, np.inf).min()), float(np.where(yes, eta, np.inf).min()))
    return _Sums(information, gradient, loss, margin)


def _inverse(information: FloatArray, terms: Sequence[Term], *, step: FloatArray, place: str) -> FloatArray:
    """Of terms brought to one length, after each was found to add something to those before it."""
    length = np.sqrt(np.diag(information))
    if not length.min() > 0:
        if not step.any():  # in the first round every row has a slope, so that the term itself is zero
            raise ArgumentInvalid(
                f"“{terms[int(length.argmin())].shown}” is 0 for everybody, so that it explains nothing.",
                where=place,
                remedy="Leave it out.",
            )
        raise _separated(terms, step, place)
    unit = information / np.outer(length, length)
    triangle = np.zeros_like(unit)
    for index, term in enumerate(terms):
        before = np.linalg.solve(triangle[:index, :index], unit[:index, index])
        left = 1.0 - float(before @ before)
        if left < DETERMINED:
            if step.any():  # it was not so in the first round: what is left of the information vanishes
                raise _separated(terms, step, place)
            raise ArgumentInvalid(
                f"“{term.shown}” is a combination of the predictors before it.",
                where=place,
                remedy="Leave one of them out.",
            )
        triangle[index, :index], triangle[index, index] = before, np.sqrt(left)
    return np.asarray(np.linalg.inv(unit) / np.outer(length, length))


def _separated(terms: Sequence[Term], step: FloatArray, place: str) -> NotConverged:
    """Steps towards infinity do not shrink: they show which predictors lead there."""
    going = [
        term for term, each in zip(terms, np.abs(step), strict=True) if each > 0.01 and term.predictor != INTERCEPT
    ]
    names = ", ".join(f"“{name}”" for name in dict.fromkeys(each.predictor for each in going[:5]))
    if not going:
        return NotConverged(
            f"{MOST_ROUNDS} rounds found no optimum.",
            where=place,
            remedy="Choose fewer predictors, or look for outliers.",
        )
    return NotConverged(
        f"The predictors separate yes from no ({names}), so that no finite odds ratio fits.",
        where=place,
        remedy="Join categories that are alike, or leave the predictor out.",
    )
