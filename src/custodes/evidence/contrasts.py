"""Differences between domains and other linear contrasts of estimates from one sample, with the covariance that they share."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from custodes.evidence.arguments import code_order, nearest
from custodes.evidence.columns import check_column
from custodes.evidence.contrast_variances import Spread, spread_of_domains, spread_of_items
from custodes.evidence.errors import ArgumentInvalid, LonelyStratum, NothingObserved, Refusal
from custodes.evidence.measures import Statistic
from custodes.evidence.survey import stratum_words
from custodes.evidence.survey_estimates import (
    Question,
    SurveyEstimate,
    SurveySums,
    estimates_with_sums,
    quantile_of_t,
)
from custodes.evidence.types import EMPTY, Cell, Design

# A sign stands between spaces, so that names may contain one; a name with spaces stands in quotation marks.
TOKEN = re.compile(
    r'\s*(?:(?P<sign>[+-])(?=\s|$)|(?P<factor>-?\d+(?:\.\d*)?|-?\.\d+)\s*\*|"(?P<quoted>[^"]+)"|(?P<name>\S+))'
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Between the categories of one column, which the domains are crossed by, while the other columns are held.

    against  the category that is taken from each other; None takes the first.
    """

    column: str
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Contrast:
    """A sum of estimates times factors, or the named reason why there is none.

    domain, variable, level  say what minus what, in the part in which the estimates differ.
    n  rows behind all of them; where one set of rows answers several variables, of the one with fewest. missing: the same way.
    """

    domain: str
    statistic: Statistic
    variable: str
    level: str
    value: float | None
    n: int
    missing: int
    coverage: float
    se: float | None = None
    low: float | None = None
    high: float | None = None
    df: float | None = None
    refusal: str = ""  # code of the Refusal, from errors.py
    refusal_text: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a contrast: the factor, and the name as it was written."""

    factor: float
    name: str


def differences(table: Any, question: Question, difference: Difference, *, design: Design) -> tuple[Contrast, ...]:
    """Each category's estimate less that of one of them, for every variable and every crossing of the other columns.

    Shapes   table: one row per respondent. `question.by` need not name the column of the difference. By variable and level, then by domain.
    Units    those of the variables; a difference of proportions is −1 to 1.
    Returns  value, se, low, high, df, n, missing. The standard error counts the clusters that both domains share; t interval with df =
             clusters − strata among clusters with answers in either. Rows without a category stay in the design and are not compared.
             Stages, replicates and calibrated weights as for `estimate_survey`: a replicate's difference is that of its estimates, given
             replicates leave as many degrees as are independent among the rows of either domain, less one.
    Refuses  what either estimate is refused for, answer by answer; ArgumentInvalid where there are not two categories, or none is `against`;
             and for quantiles: a linearised one has an interval and no influence to add up, and jackknife replicates of it say nothing
             (R survey 4.1 has no covariance of quantiles: svyby(covmat = TRUE) stops, and the replicates it returns lack their estimate).
    Source   Lumley (2010), Complex Surveys, ch. 2; Binder (1983), doi:10.2307/1402588; Deville & Särndal (1992),
             doi:10.1080/01621459.1992.10475217 (calibrated weights); Wolter (2007), Introduction to Variance Estimation (replicates).
    Checked  R survey svyby(covmat = TRUE) with svycontrast(): tests/reference/contrasts.toml, contrasts_further.toml, 1e-10.
    """
    check_column(table, difference.column, where="difference")
    by = question.by if difference.column in question.by else (*question.by, difference.column)
    survey = estimates_with_sums(table, replace(question, by=by, design_effects=False), design=design)
    pairs = _pairs(survey.sums.cells, difference)
    return _of_domains(
        survey, [({one: 1.0, other: -1.0}, _minus(survey, one, other)) for one, other in pairs], question
    )


def contrast(table: Any, question: Question, expression: str, *, design: Design) -> tuple[Contrast, ...]:
    """A linear combination of variables within each domain, or of domains for each variable.

    Shapes   expression: such as `api00 - api99`, `grade=a - grade=b` (levels) or `area=north - 0.5 * area=south - 0.5 * area=east` (domains
             of the crossing). Signs stand between spaces; names with spaces in quotation marks.
    Units    those of the variables.
    Returns  value, se, low, high, df, n, missing, with the covariance of all terms under the design; df = clusters − strata among clusters
             with answers in any of them.
             Stages, replicates and calibrated weights as for `differences`.
    Refuses  what any of the estimates is refused for; ArgumentInvalid for a name that is neither, where both kinds are mixed, and for quantiles.
    Source   Lumley (2010), Complex Surveys, ch. 2; Binder (1983), doi:10.2307/1402588.
    Checked  R survey svycontrast(), withReplicates(): tests/reference/contrasts.toml, contrasts_further.toml, 1e-10.
    """
    terms = terms_of(expression)
    survey = estimates_with_sums(table, replace(question, design_effects=False), design=design)
    items = _factors(terms, [_names_of_item(item.variable, item.level) for item in survey.items])
    domains = _factors(terms, [_names_of_cell(cell, question.by) for cell in survey.sums.cells])
    label = " ".join(_written(terms))
    if len(items) == len({term.name for term in terms}):
        return _of_items(survey, _sums_of_factors(terms, items), label, question)
    if len(domains) == len({term.name for term in terms}):
        return _of_domains(survey, [(_sums_of_factors(terms, domains), label)], question)
    known = [name for each in survey.items for name in _names_of_item(each.variable, each.level)[:1]]
    known += [cell.key for cell in survey.sums.cells if cell.key]
    wrong = next((term.name for term in terms if term.name not in items and term.name not in domains), None)
    if wrong is None:
        raise ArgumentInvalid(
            "Variables and domains are mixed.", where="contrast", remedy="Combine one kind; cross by the other."
        )
    raise ArgumentInvalid(
        f"“{wrong}” is neither a variable that is estimated nor a domain.",
        where="contrast",
        remedy=f"{nearest(wrong, known)} Signs stand between spaces, factors before *.",
    )


def terms_of(expression: str) -> tuple[Term, ...]:
    """Read `a - 0.5 * b + c`. Raises ArgumentInvalid that shows where it stopped."""
    found: list[Term] = []
    sign, factor, is_open, is_signed = 1.0, 1.0, True, False
    place = 0
    text = expression.rstrip()
    while place < len(text):
        token = TOKEN.match(text, place)
        if token is None:
            raise _unreadable(text, place)
        is_name = token["sign"] is None and token["factor"] is None
        if token["sign"]:
            if is_signed or (is_open and (found or factor != 1)):
                raise _unreadable(text, place)
            sign, is_open, is_signed = (-1.0 if token["sign"] == "-" else 1.0), True, True
        elif not is_open:
            raise _unreadable(text, place)
        elif is_name:
            found.append(Term(sign * factor, token["quoted"] or token["name"]))
            sign, factor, is_open, is_signed = 1.0, 1.0, False, False
        else:
            factor *= float(token["factor"])
        place = token.end()
    if is_open:
        raise _unreadable(text, len(text))
    return tuple(found)


def _unreadable(text: str, place: int) -> ArgumentInvalid:
    return ArgumentInvalid(
        f"It cannot be read from “{text[place:].strip() or 'its end'}” on.",
        where="contrast",
        remedy='Write it as "a - b" or "a - 0.5 * b - 0.5 * c", with spaces around signs.',
    )


def _written(terms: Iterable[Term]) -> Iterable[str]:
    for index, term in enumerate(terms):
        size = "" if abs(term.factor) == 1 else f"{abs(term.factor):g} * "
        sign = "-" if term.factor < 0 else "+"
        lead = ("- " if term.factor < 0 else "") if index == 0 else f"{sign} "
        yield f"{lead}{size}{term.name}"


def _names_of_item(variable: str, level: str) -> tuple[str, ...]:
    return (f"{variable}={level}",) if level else (variable,)


def _names_of_cell(cell: Cell, by: Sequence[str]) -> tuple[str, ...]:
    """Its key, in any order of columns; its category alone where one column is crossed."""
    if not cell.categories:
        return ()
    if len(by) == 1:
        return cell.key, cell.categories[0][1]
    return (cell.key,)


def _factors(terms: Iterable[Term], names: Sequence[Sequence[str]]) -> dict[str, int]:
    """Which of the things so named each term means; names that mean none are left out."""
    place = {name: index for index, known in enumerate(names) for name in known}
    found = {}
    for term in terms:
        key = ";".join(sorted(part.replace(f"={EMPTY}", "=") for part in term.name.split(";")))
        index = place.get(term.name, place.get(key))
        if index is not None:
            found[term.name] = index
    return found


def _sums_of_factors(terms: Iterable[Term], place: Mapping[str, int]) -> dict[int, float]:
    added: dict[int, float] = {}
    for term in terms:
        added[place[term.name]] = added.get(place[term.name], 0.0) + term.factor
    return added


def _pairs(cells: Sequence[Cell], difference: Difference) -> list[tuple[int, int]]:
    """Each domain with the one that is taken from it."""
    categories = code_order({dict(cell.categories)[difference.column] for cell in cells} - {""})
    against = difference.against if difference.against is not None else next(iter(categories), "")
    if against not in categories:
        raise ArgumentInvalid(
            f"The column “{difference.column}” has no category “{against}”.",
            where="against",
            remedy=nearest(against, categories),
        )
    if len(categories) < 2:
        raise ArgumentInvalid(
            f"The column “{difference.column}” has one category, so that there is no difference.",
            where="difference",
            remedy="Name a column with two or more.",
        )
    place = {cell: index for index, cell in enumerate(cells)}
    pairs = []
    for one, cell in enumerate(cells):
        held = dict(cell.categories)
        other = place.get(Cell.of(held | {difference.column: against}))
        if held[difference.column] not in ("", against) and other is not None:
            pairs.append((one, other))
    if not pairs:
        raise ArgumentInvalid(
            f"Nowhere does “{against}” of “{difference.column}” stand beside another category.",
            where="difference",
            remedy="Cross by fewer columns, or take another category away.",
        )
    return pairs


def _minus(survey: SurveySums, one: int, other: int) -> str:
    by = survey.question.by
    return f"{survey.sums.cells[one].written(by)} - {survey.sums.cells[other].written(by)}"


def _of_domains(
    survey: SurveySums, asked: Sequence[tuple[Mapping[int, float], str]], question: Question
) -> tuple[Contrast, ...]:
    """Contrasts of domains, for every variable and level."""
    spread = spread_of_domains(survey, [factors for factors, _ in asked])
    width = len(survey.sums.cells)
    found = []
    for index, item in enumerate(survey.items):
        for place, (factors, label) in enumerate(asked):
            parts = [survey.answers[index * width + domain] for domain in factors]
            known = Contrast(
                label, question.statistic, item.variable, item.level, None,
                sum(each.estimate.n for each in parts), sum(each.estimate.missing for each in parts), question.coverage,
            )  # fmt: skip
            found.append(_finished(known, parts, tuple(factors.values()), spread, (index, place)))
    return tuple(found)


def _of_items(survey: SurveySums, factors: Mapping[int, float], label: str, question: Question) -> tuple[Contrast, ...]:
    """One contrast of variables or levels, in every domain."""
    spread = spread_of_items(survey, factors)
    width = len(survey.sums.cells)
    found = []
    for domain, cell in enumerate(survey.sums.cells):
        parts = [survey.answers[index * width + domain] for index in factors]
        known = Contrast(
            cell.written(question.by), question.statistic, label, "", None,
            min(each.estimate.n for each in parts), max(each.estimate.missing for each in parts), question.coverage,
        )  # fmt: skip
        found.append(_finished(known, parts, tuple(factors.values()), spread, (0, domain)))
    return tuple(found)


def _refusal_or_none(parts: Sequence[SurveyEstimate], stratum: str | None, variance: float) -> Refusal | None:
    if stratum is not None:
        return LonelyStratum(
            f"{stratum_words(stratum)} has one cluster, so its variance cannot be estimated.",
            remedy="Join it with a stratum that is alike, or choose a policy for strata with one cluster.",
        )
    refused = next((each.estimate for each in parts if each.estimate.refusal), None)
    if refused is not None:
        return NothingObserved(
            f"There is no estimate to compare. {refused.refusal_text}", remedy="Leave this domain out."
        )
    if math.isnan(variance):
        return LonelyStratum("Every stratum has one cluster.", remedy="Join strata that are alike.")
    return None


def _finished(
    known: Contrast, parts: Sequence[SurveyEstimate], factors: Sequence[float], spread: Spread, place: tuple[int, int]
) -> Contrast:
    variance, df = float(spread.variance[place]), int(spread.df[place])
    refusal = _refusal_or_none(parts, spread.lonely.get(place), variance)
    if refusal is not None:
        codes = [each.estimate.refusal for each in parts if each.estimate.refusal]
        return replace(known, refusal=codes[0] if codes else refusal.code, refusal_text=str(refusal))
    value = math.fsum(factor * (each.estimate.value or 0.0) for factor, each in zip(factors, parts, strict=True))
    se = math.sqrt(max(0.0, variance))
    half = quantile_of_t(known.coverage, df) * se
    return replace(known, value=value, se=se, low=value - half, high=value + half, df=float(df))
