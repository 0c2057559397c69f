"""What an analyst asks of several columns at once: each measure as expressions over the rows, after one look at every column."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from custodes.evidence.arguments import code_order
from custodes.evidence.columns import category, check_column, has_number, is_observed, numeric, remembered
from custodes.evidence.errors import ArgumentInvalid, ColumnNotNumeric, TableEmpty
from custodes.evidence.types import MissingPolicy

MOST_LEVELS = 500
EVERYBODY = 0


class Statistic(StrEnum):
    """What may be estimated of a column."""

    MEAN = "mean"
    TOTAL = "total"
    PROPORTION = "proportion"
    RATIO = "ratio"
    QUANTILE = "quantile"


@dataclass(frozen=True, slots=True)
class Measure:
    """One column, or one level of a categorical column, that is added up.

    value     float expression, null where it does not count; below: that of a ratio's denominator.
    is_level  the value is 1 or 0, so that its square is itself.
    counted, answered  index of the rows (in `Measures.groups`) that make n, and of those that somebody answered.
    """

    variable: str
    level: str
    value: Any
    counted: int
    answered: int
    below: Any = None
    is_level: bool = False


@dataclass(frozen=True, slots=True)
class Measures:
    """All measures of one call, with the groups of rows that they share; the first group is everybody and has no expression."""

    items: tuple[Measure, ...]
    groups: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Column:
    value: Any
    answered: Any  # None where every row is
    is_text: bool


def measures_of(
    table: Any,
    variables: Sequence[str],
    *,
    statistic: Statistic,
    denominator: str | None,
    missing: MissingPolicy,
    missing_codes: Sequence[str],
    careful: bool = True,
) -> Measures:
    """The measures of these columns. Raises TableEmpty, ColumnMissing, ColumnNotNumeric with its row, ArgumentInvalid.

    careful  look for values that are not a number or infinite; without it a sum that is not finite must send the caller back for them.
    """
    _check_question(variables, statistic=statistic, denominator=denominator, missing=missing)
    names = [*variables, *([denominator] if denominator else [])]
    by_level = statistic is Statistic.PROPORTION
    columns = _columns(table, names, missing_codes, as_categories=by_level, careful=careful)
    if denominator and columns[denominator].is_text:
        numeric(table, denominator, where=f"column {denominator}", missing_codes=missing_codes)  # names the row
    groups: list[Any] = [None]
    items: list[Measure] = []
    for name in variables:
        column = columns[name]
        answered = column.answered
        if denominator:
            answered = _both(answered, columns[denominator].answered)
        group = EVERYBODY if answered is None else len(groups)
        if answered is not None:
            groups.append(answered)
        counted = EVERYBODY if missing is MissingPolicy.DENOMINATOR else group
        if not column.is_text:
            below = None if denominator is None else _where(columns[denominator].value, answered)
            items.append(Measure(name, "", _where(column.value, answered), counted, group, below))
            continue
        if statistic not in (Statistic.MEAN, Statistic.TOTAL, Statistic.PROPORTION):
            numeric(table, name, where=f"column {name}", missing_codes=missing_codes)  # names the row
        # Where nobody answered there is no level, and one measure that is refused.
        for level in _levels(table, name, column) or [""]:
            is_level = (column.value == level).ifelse(1.0, 0.0)
            items.append(Measure(name, level, _where(is_level, answered), counted, group, is_level=True))
    return Measures(tuple(items), tuple(groups))


def _check_question(
    variables: Sequence[str], *, statistic: Statistic, denominator: str | None, missing: MissingPolicy
) -> None:
    if not variables:
        raise ArgumentInvalid("No column to estimate was named.", where="variables", remedy="Name one or more columns.")
    if len(set(variables)) != len(variables):
        raise ArgumentInvalid("A column is named twice.", where="variables", remedy="Name each column once.")
    if (denominator is not None) != (statistic is Statistic.RATIO):
        raise ArgumentInvalid(
            "A ratio needs a denominator, and nothing else takes one.",
            where="denominator",
            remedy="Choose the statistic ratio and name the column below the line, or leave it out.",
        )
    if missing is MissingPolicy.DENOMINATOR and statistic is not Statistic.PROPORTION:
        raise ArgumentInvalid(
            f"A {statistic} cannot count missing answers in the denominator: they have no number.",
            where="missing policy",
            remedy="Exclude and report them.",
        )


def _columns(
    table: Any, names: Sequence[str], missing_codes: Sequence[str], *, as_categories: bool, careful: bool
) -> dict[str, _Column]:
    """Each column with its answered rows; one aggregation looks at all of them, so that a column without gaps costs no more."""
    for name in names:
        check_column(table, name, where="variables")
    asked = ("columns", tuple(names), tuple(missing_codes), as_categories, careful)
    found = remembered(
        table,
        asked,
        lambda: _looked_at(table, names, missing_codes, as_categories=as_categories, careful=careful),
    )
    if not found["rows"]:
        raise TableEmpty("The table has no rows.", where="table", remedy="Choose a file or a period with rows.")
    columns = {}
    for index, name in enumerate(names):
        whole = found[f"known_{index}"] == found["rows"] and not missing_codes
        is_words = found.get(f"words_{index}", 0) > 0 and not found.get(f"numbers_{index}", 0)
        if as_categories or is_words:
            columns[name] = _category_column(table, name, missing_codes, whole=whole)
        else:
            extremes = (found.get(f"low_{index}") or 0.0, found.get(f"high_{index}") or 0.0)
            columns[name] = _number_column(table, name, missing_codes, whole=whole, extremes=extremes)
    return columns


def _looked_at(
    table: Any, names: Sequence[str], missing_codes: Sequence[str], *, as_categories: bool, careful: bool
) -> dict[str, Any]:
    """How many rows there are, and of each column how many are filled and, where that is asked, its extremes, or its words and numbers."""
    looks: dict[str, Any] = {"rows": table.count()}
    for index, name in enumerate(names):
        kind = table[name].type()
        looks[f"known_{index}"] = table[name].count()
        if kind.is_floating() and careful:
            looks |= {f"low_{index}": table[name].min(), f"high_{index}": table[name].max()}
        elif kind.is_string() and not as_categories:
            answered = is_observed(table, name, missing_codes, where=f"column {name}")
            is_number = has_number(table[name])
            looks |= {
                f"words_{index}": (answered & ~is_number).sum(),
                f"numbers_{index}": (answered & is_number).sum(),
            }
    found = table.aggregate(**looks).to_pyarrow().to_pylist()[0]
    return {
        look: 0 if value is None and not look.startswith(("low", "high")) else value for look, value in found.items()
    }


def _category_column(table: Any, name: str, missing_codes: Sequence[str], *, whole: bool) -> _Column:
    code = category(table, name, where=f"column {name}")
    if whole and not table[name].type().is_string() and not table[name].type().is_floating():
        return _Column(code, None, is_text=True)
    return _Column(code, is_observed(table, name, missing_codes, where=f"column {name}"), is_text=True)


def _number_column(
    table: Any, name: str, missing_codes: Sequence[str], *, whole: bool, extremes: tuple[float, float]
) -> _Column:
    finite = all(abs(value) < float("inf") for value in extremes)  # false for not-a-number too, which sorts highest
    if whole and finite and table[name].type().is_numeric():
        return _Column(table[name].cast("float64"), None, is_text=False)
    value = numeric(table, name, where=f"column {name}", missing_codes=missing_codes)
    return _Column(value, value.notnull(), is_text=False)


def _levels(table: Any, name: str, column: _Column) -> list[str]:
    rows = table if column.answered is None else table.filter(column.answered)
    codes = rows.select(level=column.value).distinct().order_by("level").limit(MOST_LEVELS + 1)
    levels = [str(code) for code in codes.to_pyarrow().column("level").to_pylist()]
    if len(levels) > MOST_LEVELS:
        raise ColumnNotNumeric(
            f"The column has more than {MOST_LEVELS} different values, too many to be categories.",
            where=f"column {name}",
            remedy="Choose a column of categories, or group the values first.",
        )
    return code_order(levels)


def _both(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _where(value: Any, answered: Any) -> Any:
    """The value where it counts; a null of an engine is skipped by its sum."""
    return value if answered is None else answered.ifelse(value, None)
