"""What an estimator asks for: one declaration from which form, API schema and command option are made, and the one place where it is checked."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from custodes.evidence.errors import ArgumentInvalid


class ArgumentType(StrEnum):
    """What stands in an argument; decides the widget, the JSON type and the command option."""

    COLUMN = "column"
    COLUMNS = "columns"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    VALUES = "values"  # several codes, as text
    BOOL = "bool"
    POPULATION = "population"  # area code to persons; the empty code is the whole territory


@dataclass(frozen=True, slots=True)
class Argument:
    """One question that an estimator asks before it can count."""

    name: str
    label: str
    help: str
    type: ArgumentType
    required: bool = True
    default: Any = None
    choices: tuple[str, ...] = ()


def nearest(name: str, known: Iterable[str]) -> str:
    """The sentence that helps after a name nobody knows: the nearest one, or the list."""
    names = sorted(known)
    lower = {each.lower(): each for each in names}
    close = get_close_matches(name.lower(), list(lower), n=1, cutoff=0.5)
    if close:
        return f"Did you mean “{lower[close[0]]}”?"
    return f"There are: {', '.join(names)}." if names else ""


def code_order(codes: Iterable[str]) -> list[str]:
    """The distinct codes as a reader expects them: by size where all are numbers, 2 before 10, else by letters; the empty code first."""
    distinct = sorted(set(codes))
    try:
        sizes = {code: float(code) for code in distinct if code}
    except ValueError:
        return distinct
    return sorted(distinct, key=lambda code: (code != "", sizes.get(code, 0.0), code))


def count_of(number: int, one: str, many: str) -> str:
    """`1 cluster`, `2 clusters`."""
    return f"{number} {one if number == 1 else many}"


def category_text(value: object) -> str:
    """The code of a category as text: 3 and 3.0 are both `3`, as in the tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def clean_arguments(declared: tuple[Argument, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in their types with defaults filled in, or ArgumentInvalid that names the one and the remedy."""
    known = {argument.name: argument for argument in declared}
    for name in given:
        if name not in known:
            raise ArgumentInvalid(
                f"There is no argument “{name}”.", where=f"argument {name}", remedy=nearest(name, known)
            )
    cleaned: dict[str, Any] = {}
    for name, argument in known.items():
        value = given.get(name)
        if value is None or value == "" or (isinstance(value, list | tuple | dict) and not value):
            if argument.required and argument.default is None:
                raise ArgumentInvalid(
                    f"“{argument.label}” is not given.", where=f"argument {name}", remedy=argument.help
                )
            value = argument.default
        cleaned[name] = None if value is None else _converted(argument, value)
    return cleaned


def _converted(argument: Argument, value: Any) -> Any:
    match argument.type:
        case ArgumentType.COLUMN | ArgumentType.TEXT:
            return str(value)
        case ArgumentType.COLUMNS:
            return _texts(value)
        case ArgumentType.VALUES:
            return _texts(value)
        case ArgumentType.NUMBER:
            return _number(argument, value)
        case ArgumentType.BOOL:
            return _flag(argument, value)
        case ArgumentType.CHOICE:
            return _choice(argument, value)
        case ArgumentType.POPULATION:
            return _population(argument, value)


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, Iterable):
        return tuple(category_text(part) for part in value)
    return (category_text(value),)


def _number(argument: Argument, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ArgumentInvalid(
            f"“{value}” is not a number.", where=f"argument {argument.name}", remedy="Give a number such as 100000."
        )
    return number


def _flag(argument: Argument, value: Any) -> bool:
    text = category_text(value).strip().lower()
    if text in {"true", "yes", "1", "on"}:
        return True
    if text in {"false", "no", "0", "off"}:
        return False
    raise ArgumentInvalid(
        f"“{value}” is neither yes nor no.", where=f"argument {argument.name}", remedy="Give yes or no."
    )


def _choice(argument: Argument, value: Any) -> str:
    text = str(value)
    if text not in argument.choices:
        raise ArgumentInvalid(
            f"“{text}” is not a choice for “{argument.label}”.",
            where=f"argument {argument.name}",
            remedy=nearest(text, argument.choices),
        )
    return text


def _population(argument: Argument, value: Any) -> dict[str, float]:
    where = f"argument {argument.name}"
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise ArgumentInvalid(
                f"The population is not JSON: {error.msg}.", where=where, remedy='Write {"": 4900000, "CF11": 879000}.'
            ) from error
    if not isinstance(value, Mapping):
        raise ArgumentInvalid(
            "The population is not a table of area codes and persons.", where=where, remedy='Write {"": 4900000}.'
        )
    persons = {str(area): _number(argument, count) for area, count in value.items()}
    for area, count in persons.items():
        if count < 0:
            raise ArgumentInvalid(
                f"The population of “{area}” is below zero.", where=where, remedy="Give the number of persons."
            )
    return persons
