"""What a regression is asked to explain, and by what: the outcome and the terms of the predictors as expressions over the rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from typing import Any

from custodes.evidence.arguments import code_order, nearest
from custodes.evidence.columns import ROW, category, check_column, has_number, is_observed, numeric, with_row_numbers
from custodes.evidence.errors import ArgumentInvalid, ColumnNotNumeric
from custodes.evidence.replicates import ReplicatePlan

OUTCOME, COUNTED = "_outcome", "_counted"
MOST_SHOWN = 12  # codes of an outcome in a message


class Family(StrEnum):
    """What kind of outcome is explained."""

    LINEAR = "linear"  # a number, by its mean
    LOGISTIC = "logistic"  # yes or no, by the logarithm of its odds


@dataclass(frozen=True, slots=True)
class Model:
    """What is asked of a sample.

    predictors  columns of numbers; columns of text, and those named in `factors`, are categories, each against a reference. `a:b` is their
                interaction alone, `a*b` the interaction with `a` and `b` beside it.
    references  column to the category that the others are held against; otherwise the first.
    success     codes of the outcome that count as yes, for the logistic family; otherwise the outcome is 0 or 1.
    replicates  replicate weights to make or to take, instead of linearisation.
    """

    outcome: str
    predictors: tuple[str, ...] = ()
    family: Family = Family.LINEAR
    factors: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    success: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    coverage: float = 0.95
    missing_codes: tuple[str, ...] = ()
    replicates: ReplicatePlan | None = None


@dataclass(frozen=True, slots=True)
class ModelRows:
    """The table with `_outcome`, one column for each predictor (number, or code as text), `_counted` where none is missing, and keys of the domain.

    effects  each as the columns that it multiplies: those of one column first, then products of two, and so on.
    columns  of the effects, each to the column that holds it; factors: those that are categories; domain: the columns of `by`, as text.
    """

    table: Any
    effects: tuple[tuple[str, ...], ...]
    columns: Mapping[str, str]
    factors: frozenset[str]
    domain: tuple[str, ...]


def model_rows(table: Any, model: Model) -> ModelRows:
    """Read the columns of a model. Raises ColumnMissing, ColumnNotNumeric or ArgumentInvalid with the row of a wrong value."""
    effects = effects_of(model.predictors, table.columns)
    names = tuple(dict.fromkeys(name for effect in effects for name in effect))
    _check(model, names)
    table = with_row_numbers(table)
    for name in (model.outcome, *names, *model.by):
        check_column(table, name, where="outcome, predictors, by")
    factors = _factors(table, model, names)
    outcome = _outcome(table, model)
    columns = {name: f"_predictor_{index}" for index, name in enumerate(names)}
    values = {
        columns[name]: _code(table, name, model) if name in factors else _number(table, name, model) for name in names
    }
    domain = tuple(f"_domain_{index}" for index in range(len(model.by)))
    keys = {held: category(table, name, where="by").fill_null("") for held, name in zip(domain, model.by, strict=True)}
    rows = table.mutate(**{OUTCOME: outcome}, **values, **keys)
    counted = rows[OUTCOME].notnull()
    for held in values:
        counted = counted & rows[held].notnull()
    return ModelRows(rows.mutate(**{COUNTED: counted}), effects, columns, factors, domain)


def effects_of(predictors: Sequence[str], columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Each effect as the columns that it multiplies, those of fewest columns first. Raises ArgumentInvalid.

    A column whose own name holds a sign is itself, and no product.
    """
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for text in predictors:
        parts = [text] if text in columns else text.split("*")
        factors = [tuple(part.split(":")) if part not in columns else (part,) for part in parts]
        for size in range(1, len(factors) + 1):
            for chosen in combinations(factors, size):
                effect = tuple(name.strip() for factor in chosen for name in factor)
                if not all(effect) or len(set(effect)) != len(effect):
                    raise ArgumentInvalid(
                        f"“{text}” is no product of columns.",
                        where="predictors",
                        remedy="Write a:b, or a*b for a, b and a:b, with different columns.",
                    )
                found.setdefault(frozenset(effect), effect)
    return tuple(sorted(found.values(), key=len))


def _check(model: Model, names: Sequence[str]) -> None:
    named = [model.outcome, *names, *model.by]
    twice = next((text for text in model.predictors if model.predictors.count(text) > 1), None)
    twice = twice or next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise ArgumentInvalid(
            f"The column “{twice}” is named twice.",
            where="outcome, predictors, by",
            remedy="Name each column once: it is outcome, predictor or domain.",
        )
    for option, chosen in (("factors", model.factors), ("references", tuple(model.references))):
        unknown = next((name for name in chosen if name not in names), None)
        if unknown is not None:
            raise ArgumentInvalid(f"“{unknown}” is not a predictor.", where=option, remedy=nearest(unknown, names))
    if model.success and model.family is not Family.LOGISTIC:
        raise ArgumentInvalid(
            "Codes that count as yes belong to the logistic family.",
            where="success",
            remedy="Leave them out, or choose logistic.",
        )
    if not 0.5 <= model.coverage < 1:
        raise ArgumentInvalid(
            f"A coverage of {model.coverage} makes no interval.",
            where="coverage",
            remedy="Give a number from 0.5 up to, not including, 1.",
        )


def _factors(table: Any, model: Model, names: Sequence[str]) -> frozenset[str]:
    """The predictors that are categories: named so, or text in which no value is a number."""
    texts = [name for name in names if table[name].type().is_string() and name not in model.factors]
    numbers = _numbers_in(table, texts, model)
    found = {name for name in texts if not numbers[name]}
    unordered = [name for name in model.references if name not in found and name not in model.factors]
    if unordered:
        raise ArgumentInvalid(
            f"“{unordered[0]}” is a number and has no reference.",
            where="references",
            remedy="Leave the reference out, or name the column as a factor too.",
        )
    return frozenset({*model.factors, *found})


def _numbers_in(table: Any, texts: Sequence[str], model: Model) -> dict[str, int]:
    """How many answers of each column of text are numbers; one with some is a column of numbers with a mistake in it."""
    if not texts:
        return {}
    looks = {}
    for index, name in enumerate(texts):
        answered = is_observed(table, name, model.missing_codes, where=f"column {name}")
        looks[f"numbers_{index}"] = (answered & has_number(table[name])).sum()
    found = table.aggregate(**looks).to_pyarrow().to_pylist()[0]
    return {name: int(found[f"numbers_{index}"] or 0) for index, name in enumerate(texts)}


def _number(table: Any, name: str, model: Model) -> Any:
    return numeric(table, name, where=f"column {name}", missing_codes=model.missing_codes)


def _code(table: Any, name: str, model: Model) -> Any:
    code = category(table, name, where=f"column {name}")
    return is_observed(table, name, model.missing_codes, where=f"column {name}").ifelse(code, None)


def _outcome(table: Any, model: Model) -> Any:
    name = model.outcome
    if model.success:
        _check_success(table, model)
        return _code(table, name, model).isin(list(model.success)).cast("int8").cast("float64")
    is_text = model.family is Family.LOGISTIC and table[name].type().is_string()
    if is_text and not _numbers_in(table, [name], model)[name] and (codes := _codes(table, model)):
        raise ArgumentInvalid(
            f"The outcome “{name}” is text, and neither 0 nor 1.",
            where=f"column {name}",
            remedy=f"Name the codes that count as yes. {_there_are(codes)}",
        )
    outcome = _number(table, name, model)
    if model.family is Family.LOGISTIC:
        wrong = table.select(row=table[ROW], outcome=outcome).filter(lambda rows: ~rows.outcome.isin([0.0, 1.0]))
        first = wrong.order_by("row").limit(1).to_pyarrow().to_pylist()
        if first:
            raise ColumnNotNumeric(
                f"“{first[0]['outcome']:g}” is neither 0 nor 1.",
                where=f"row {first[0]['row']}, column {name}",
                remedy="Name the codes that count as yes, or choose the linear family.",
            )
    return outcome


def _check_success(table: Any, model: Model) -> None:
    """ArgumentInvalid where a code that counts as yes is nobody's: a slip of the pen would make a yes into a no."""
    code = _code(table, model.outcome, model)
    found = table.select(code=code).filter(lambda rows: rows.code.isin(list(model.success))).distinct()
    known = set(found.to_pyarrow().column("code").to_pylist())
    absent = next((each for each in model.success if each not in known), None)
    if absent is not None:
        raise ArgumentInvalid(
            f"The code “{absent}” stands nowhere in “{model.outcome}”.",
            where="success",
            remedy=_there_are(_codes(table, model)),
        )


def _codes(table: Any, model: Model) -> list[str]:
    """The codes of the outcome; one more than are shown where there are many."""
    rows = table.select(code=_code(table, model.outcome, model)).filter(lambda rows: rows.code.notnull()).distinct()
    found = rows.order_by("code").limit(MOST_SHOWN + 1).to_pyarrow().column("code").to_pylist()
    return [str(each) for each in found]


def _there_are(codes: Sequence[str]) -> str:
    if not codes:
        return "Nobody gave one."
    return f"There are: {', '.join(code_order(codes[:MOST_SHOWN]))}{', …' if len(codes) > MOST_SHOWN else '.'}"
