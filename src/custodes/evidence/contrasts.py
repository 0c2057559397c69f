"""Differences between domains and other linear contrasts of estimates from one sample, with the covariance that they share."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from custodes.evidence.arguments import nearest
from custodes.evidence.domain_sums import DomainSums
from custodes.evidence.domain_variances import degrees_of_freedom, lonely_domains, variances
from custodes.evidence.errors import ArgumentInvalid, LonelyStratum, NothingObserved, Refusal
from custodes.evidence.measures import Statistic
from custodes.evidence.survey import FloatArray
from custodes.evidence.survey_estimates import (
    Question,
    SurveyEstimate,
    SurveySums,
    estimates_with_sums,
    quantile_of_t,
)
from custodes.evidence.types import Cell, Design

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
    Refuses  what either estimate is refused for, answer by answer; ArgumentInvalid where there are not two categories, or none is `against`.
    Source   Lumley (2010), Complex Surveys, ch. 2; Binder (1983), doi:10.2307/1402588.
    Checked  R survey svyby(covmat = TRUE) with svycontrast(): tests/reference/contrasts.toml, 1e-10.
    """
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
    Refuses  what any of the estimates is refused for; ArgumentInvalid for a name that is neither, or where both kinds are mixed.
    Source   Lumley (2010), Complex Surveys, ch. 2; Binder (1983), doi:10.2307/1402588.
    Checked  R survey svycontrast(): tests/reference/contrasts.toml, 1e-10.
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
        index = place.get(term.name, place.get(";".join(sorted(term.name.split(";")))))
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
    categories = sorted({dict(cell.categories)[difference.column] for cell in cells} - {""})
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
    return f"{survey.sums.cells[one].key} - {survey.sums.cells[other].key}"


def linearised(survey: SurveySums, question: Question) -> FloatArray:
    """The influence of every collapsed row on every estimate: (M, K). Estimates without a value have none and are refused."""
    sums = survey.sums
    if question.statistic is Statistic.TOTAL:
        return sums.value
    below = sums.weight[[item.counted for item in survey.items]] if sums.below is None else sums.below
    y, x = sums.by_domain(sums.value), sums.by_domain(below)
    safe = np.where(x != 0, x, 1.0)
    return np.asarray((sums.value - (y / safe)[:, sums.domain] * below) / safe[:, sums.domain])


def _of_domains(
    survey: SurveySums, asked: Sequence[tuple[Mapping[int, float], str]], question: Question
) -> tuple[Contrast, ...]:
    """Contrasts of domains, for every variable and level."""
    joined = _joined(survey.sums, linearised(survey, question), [factors for factors, _ in asked])
    spread, df = variances(joined, joined.value), degrees_of_freedom(joined)[0]
    lonely = lonely_domains(joined)
    width = len(survey.sums.cells)
    found = []
    for index, item in enumerate(survey.items):
        for place, (factors, label) in enumerate(asked):
            parts = [survey.answers[index * width + domain] for domain in factors]
            known = Contrast(
                label, question.statistic, item.variable, item.level, None,
                sum(each.estimate.n for each in parts), sum(each.estimate.missing for each in parts), question.coverage,
            )  # fmt: skip
            refusal = _refusal_or_none(parts, lonely.get((item.counted, place)), spread[index, place])
            found.append(
                _finished(known, parts, tuple(factors.values()), spread[index, place], df[item.counted, place], refusal)
            )
    return tuple(found)


def _of_items(survey: SurveySums, factors: Mapping[int, float], label: str, question: Question) -> tuple[Contrast, ...]:
    """One contrast of variables or levels, in every domain."""
    sums, items = survey.sums, [survey.items[index] for index in factors]
    combined = np.array(list(factors.values())) @ linearised(survey, question)[list(factors)]
    counted = sums.count[sorted({item.counted for item in items})].sum(axis=0)
    joined = replace(sums, value=combined[np.newaxis, :], below=None, squares=None, count=counted[np.newaxis, :])
    spread, df = variances(joined, joined.value), degrees_of_freedom(joined)[0]
    lonely = lonely_domains(joined)
    width = len(sums.cells)
    found = []
    for domain, cell in enumerate(sums.cells):
        parts = [survey.answers[index * width + domain] for index in factors]
        known = Contrast(
            cell.key, question.statistic, label, "", None,
            min(each.estimate.n for each in parts), max(each.estimate.missing for each in parts), question.coverage,
        )  # fmt: skip
        refusal = _refusal_or_none(parts, lonely.get((0, domain)), spread[0, domain])
        found.append(_finished(known, parts, tuple(factors.values()), spread[0, domain], df[0, domain], refusal))
    return tuple(found)


def _joined(sums: DomainSums, scores: FloatArray, asked: Sequence[Mapping[int, float]]) -> DomainSums:
    """The collapsed sample with each contrast in the place of a domain: clusters that several of its domains share are added up."""
    ends = [*sums.starts.tolist(), len(sums.domain)]
    value, weight, count, domain, cluster = [], [], [], [], []
    for place, factors in enumerate(asked):
        rows = np.concatenate([np.arange(ends[each], ends[each + 1]) for each in factors])
        times = np.concatenate([np.full(ends[each + 1] - ends[each], factor) for each, factor in factors.items()])
        order = np.argsort(sums.cluster[rows], kind="stable")
        rows, times = rows[order], times[order]
        here, first = np.unique(sums.cluster[rows], return_index=True)
        value.append(np.add.reduceat(scores[:, rows] * times, first, axis=1))
        weight.append(np.add.reduceat(sums.weight[:, rows], first, axis=1))
        count.append(np.add.reduceat(sums.count[:, rows], first, axis=1))
        domain.append(np.full(len(here), place))
        cluster.append(here)
    return DomainSums(
        sums.frame,
        tuple(Cell((("contrast", str(place)),)) for place in range(len(asked))),
        np.concatenate(domain),
        np.concatenate(cluster),
        np.concatenate(value, axis=1),
        None,
        np.concatenate(weight, axis=1),
        np.concatenate(count, axis=1),
        None,
    )


def _refusal_or_none(parts: Sequence[SurveyEstimate], stratum: str | None, variance: float) -> Refusal | None:
    if stratum is not None:
        return LonelyStratum(
            f"The stratum “{stratum}” has one cluster, so its variance cannot be estimated.",
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
    known: Contrast,
    parts: Sequence[SurveyEstimate],
    factors: Sequence[float],
    variance: float,
    df: int,
    refusal: Refusal | None,
) -> Contrast:
    if refusal is not None:
        codes = [each.estimate.refusal for each in parts if each.estimate.refusal]
        return replace(known, refusal=codes[0] if codes else refusal.code, refusal_text=str(refusal))
    value = math.fsum(factor * (each.estimate.value or 0.0) for factor, each in zip(factors, parts, strict=True))
    se = math.sqrt(max(0.0, float(variance)))
    half = quantile_of_t(known.coverage, int(df)) * se
    return replace(known, value=value, se=se, low=value - half, high=value + half, df=float(df))
