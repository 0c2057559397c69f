"""Linear and logistic regression under a sample design: one grouped aggregation, Newton's method, standard errors by linearisation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from custodes.evidence.arguments import count_of
from custodes.evidence.columns import MEMBER
from custodes.evidence.design_columns import checked_weight
from custodes.evidence.errors import ArgumentInvalid, NothingObserved, Refusal, SampleTooSmall
from custodes.evidence.fitting import Fit, fitted
from custodes.evidence.given_replicates import given_weights
from custodes.evidence.intervals import t_quantile
from custodes.evidence.line_replicates import LineReplicates, line_replicates
from custodes.evidence.model_lines import Lines, collapsed_lines
from custodes.evidence.model_terms import Term, terms_of
from custodes.evidence.predictors import Family, Model, model_rows
from custodes.evidence.regression_replicates import replicate_covariance
from custodes.evidence.stages import check_lonely_units, staged_covariance
from custodes.evidence.survey import FloatArray, Frame
from custodes.evidence.survey_points import sample_of
from custodes.evidence.types import Cell, Design


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient. level: the category that is held against the reference, empty for a number and the intercept.

    predictor, level  of an interaction, those of its columns with a colon between; a number has no level: `distance:sex`, `m`.
    t, p  of the coefficient against zero. odds_ratio, odds_low, odds_high: of a logistic regression alone, e to the power of value, low and high.
    """

    predictor: str
    level: str
    value: float
    se: float
    low: float
    high: float
    t: float
    p: float
    odds_ratio: float | None = None
    odds_low: float | None = None
    odds_high: float | None = None


@dataclass(frozen=True, slots=True)
class Regression:
    """The regression of one domain, or the named reason why there is none.

    covariance  of the coefficients, in their order; df: clusters − strata + 1 − coefficients.
    rounds      of the fit; last_step: the largest move of a linear predictor in the last of them.
    """

    cell: Cell
    family: Family
    outcome: str
    n: int
    missing: int
    coverage: float
    coefficients: tuple[Coefficient, ...] = ()
    covariance: FloatArray | None = field(default=None, compare=False)
    df: float | None = None
    rounds: int | None = None
    last_step: float | None = None
    problem: Refusal | None = None

    @property
    def refusal(self) -> str:
        """The code of the refusal, from errors.py; empty where there is an answer."""
        return self.problem.code if self.problem else ""

    @property
    def refusal_text(self) -> str:
        return str(self.problem) if self.problem else ""


def regress(table: Any, model: Model, *, design: Design) -> tuple[Regression, ...]:
    """How an outcome goes with its predictors in the population, for each domain of a crossing.

    Shapes   table: one row per respondent; rows with an outcome or a predictor missing are left out and reported, and stay in the design.
    Units    a linear coefficient: the outcome's unit per unit of the predictor; a logistic one: log odds. Weights are above zero.
    Returns  coefficients with standard errors by linearisation at every stage, or by replicates, the model fitted anew under each; t
             intervals with df = clusters − strata (given replicates: independent weights − 1) + 1 − coefficients, t and p; for logistic
             the odds ratio with its interval, and how the fit converged.
    Refuses  NotConverged where the predictors separate yes from no, or no optimum is found; SampleTooSmall, also where a replicate has no
             regression; LonelyStratum, NothingObserved; all domain by domain. InputProblem for the whole: a wrong value, a predictor that
             others determine, a reference or an interaction of categories without anybody.
    Source   Binder (1983), doi:10.2307/1402588; Fuller (1975), Sankhyā C 37, 117; Lumley & Scott (2017), doi:10.1214/16-STS605.
    Checked  R survey svyglm(): tests/reference/regression.toml, regression_further.toml, 1e-10 (logistic 1e-8).
    """
    if MEMBER in table.columns:
        raise ArgumentInvalid(
            "The rows are marked by a filter of the platform.", where=MEMBER, remedy="Cross by the column instead."
        )
    sample = sample_of(table, design, plan=model.replicates, calibration=None)
    checked_weight(sample.table, design)
    rows = model_rows(sample.table, model)
    plan, weights = model.replicates, []
    if plan is not None and sample.given:
        weights = given_weights(rows.table, plan, sample.given, weight=str(design.weight))
    keys, lines = collapsed_lines(rows, design=sample.weighed, given=weights)
    replicates = None
    if plan is not None:
        replicates = line_replicates(plan, keys.frame, rows.table, weights=weights, by=rows.domain, cells=keys.cells)
    fitting = _Fitting(model, rows.effects, keys.frame, replicates)
    found = []
    for domain, held in enumerate(keys.cells):
        here = keys.domain == domain
        categories = dict(held.categories)
        cell = Cell.of({name: categories[key] for name, key in zip(model.by, rows.domain, strict=True)})
        n, everybody = int(lines.n[here].sum()), int(lines.rows[here].sum())
        blank = Regression(cell, model.family, model.outcome, n, everybody - n, model.coverage)
        try:
            found.append(_regression(blank, lines.chosen(here & (lines.n > 0)), fitting, domain))
        except Refusal as refusal:
            found.append(replace(blank, problem=refusal))
    return tuple(sorted(found, key=lambda each: each.cell))


@dataclass(frozen=True, slots=True)
class _Fitting:
    """What all domains have together."""

    model: Model
    effects: tuple[tuple[str, ...], ...]
    frame: Frame
    replicates: LineReplicates | None


def _regression(blank: Regression, lines: Lines, fitting: _Fitting, domain: int) -> Regression:
    place, frame, model, replicates = blank.cell.key or "total", fitting.frame, fitting.model, fitting.replicates
    if not len(lines.n):
        raise NothingObserved("Every row lacks an answer.", where=place, remedy="Check the missing codes.")
    check_lonely_units(frame, lines.units, place=place)
    terms = terms_of(lines, fitting.effects, references=model.references, place=place)
    clusters = np.unique(lines.units[0])
    strata = len(np.unique(frame.stratum[clusters]))
    degrees = len(clusters) - strata
    said = f"{count_of(len(clusters), 'cluster', 'clusters')} in {count_of(strata, 'stratum', 'strata')}"
    if replicates is not None and replicates.degrees is not None:
        degrees = min(int(replicates.degrees[domain]), blank.n - 1)
        said = count_of(degrees + 1, "independent replicate weight", "independent replicate weights")
    df = degrees + 1 - len(terms)
    if df < 1:
        raise SampleTooSmall(
            f"{said} leave no degree of freedom for {count_of(len(terms), 'coefficient', 'coefficients')}.",
            where=place,
            remedy="Choose fewer predictors, or join domains.",
        )
    fit = fitted(lines, terms, family=model.family, units=len((frame, *frame.later)[-1].stratum), place=place)
    if replicates is None:
        variance = staged_covariance(frame, fit.scores)
    else:
        variance = replicate_covariance(replicates, lines, terms, fit.coefficients, family=model.family, place=place)
    return replace(
        blank,
        coefficients=_coefficients(terms, fit, variance, df=df, model=model),
        covariance=variance,
        df=float(df),
        rounds=fit.rounds,
        last_step=fit.last_step,
    )


def _coefficients(
    terms: Sequence[Term], fit: Fit, variance: FloatArray, *, df: int, model: Model
) -> tuple[Coefficient, ...]:
    from scipy.special import stdtr  # scipy.stats would take two seconds

    quantile = t_quantile(model.coverage, df)
    found = []
    for index, term in enumerate(terms):
        value, se = float(fit.coefficients[index]), math.sqrt(max(0.0, float(variance[index, index])))
        t = value / se if se else math.copysign(math.inf, value) if value else 0.0
        one = Coefficient(
            term.predictor, term.level, value, se, value - quantile * se, value + quantile * se, t,
            2 * float(stdtr(df, -abs(t))),
        )  # fmt: skip
        if model.family is Family.LOGISTIC:
            odds, low, high = (_exponential(each) for each in (one.value, one.low, one.high))
            one = replace(one, odds_ratio=odds, odds_low=low, odds_high=high)
        found.append(one)
    return tuple(found)


def _exponential(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf
