"""The functions of forms that XPath 1.0 has not, or has otherwise. Source: ODK XForms specification, "XPath Functions"."""

import base64
import hashlib
import math
import random
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

from custodes.collection.errors import ExpressionInvalid
from custodes.collection.xform.dates import (
    date_from_days,
    day_number_or_none,
    formatted,
    moment_or_none,
    moment_text,
    time_of_day_or_none,
)
from custodes.collection.xform.earth import area_square_metres, distance_metres, points
from custodes.collection.xform.values import Value, boolean_of, node_text, nodes_of, number_of, text_of, texts_of

ADDRESS = "urn:custodes:form-functions"
LONGEST_MATCHED = 10_000  # characters; a longer answer is no telephone number, and patterns can be slow
JAVA_CLASSES = {
    r"\p{L}": r"[^\W\d_]",
    r"\p{Alpha}": "[A-Za-z]",
    r"\p{N}": r"\d",
    r"\p{Digit}": "[0-9]",
    r"\p{Alnum}": "[A-Za-z0-9]",
}
Function = Callable[..., Value]


@dataclass(slots=True)
class Surroundings:
    """What functions may look at beside their arguments."""

    clock: Callable[[], datetime]
    zone: tzinfo
    chance: random.Random
    current: etree._Element
    is_relevant: Callable[[etree._Element], bool]
    choice_label: Callable[[str, str], str]
    text_by_id: Callable[[str], str]
    lists: Mapping[str, etree._Element]
    property: Callable[[str], str]
    version: str


class Functions:
    """The functions, in one form's surroundings; `table` gives them to lxml by name."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.found: dict[tuple[str, str, str], dict[str, str]] = {}

    def table(self) -> dict[tuple[str, str], Function]:
        """Every function under its name in expressions, without the context that lxml passes first."""
        own: dict[str, Function] = {
            name.removeprefix("f_").replace("_", "-"): getattr(self, name)
            for name in dir(self)
            if name.startswith("f_")
        }
        return {(ADDRESS, name): _without_context(function) for name, function in own.items()}

    def number(self, value: Value) -> float:
        return number_of(value, zone=self.around.zone)

    # Comparison of what may be dates

    def f_less(self, left: Value, right: Value) -> bool:
        return self._compared(left, right, lambda here, there: here < there)

    def f_at_most(self, left: Value, right: Value) -> bool:
        return self._compared(left, right, lambda here, there: here <= there)

    def f_more(self, left: Value, right: Value) -> bool:
        return self._compared(left, right, lambda here, there: here > there)

    def f_at_least(self, left: Value, right: Value) -> bool:
        return self._compared(left, right, lambda here, there: here >= there)

    def _compared(self, left: Value, right: Value, holds: Callable[[float, float], bool]) -> bool:
        """Whether it holds for any pair of nodes, as XPath 1.0 §3.4 says."""
        return any(holds(here, there) for here in self._numbers(left) for there in self._numbers(right))

    def _numbers(self, value: Value) -> list[float]:
        return [self.number(text) for text in texts_of(value)] if isinstance(value, list) else [self.number(value)]

    # Text

    def f_concat(self, *values: Value) -> str:
        return "".join(text for value in values for text in texts_of(value))

    def f_join(self, between: Value, *values: Value) -> str:
        return text_of(between).join(text for value in values for text in texts_of(value))

    def f_substr(self, value: Value, start: Value, end: Value | None = None) -> str:
        text = text_of(value)
        first = _index(self.number(start), len(text))
        last = len(text) if end is None else _index(self.number(end), len(text))
        return text[first:last]

    def f_ends_with(self, value: Value, end: Value) -> bool:
        return text_of(value).endswith(text_of(end))

    def f_regex(self, value: Value, pattern: Value) -> bool:
        """Whether the whole text fits the pattern, as ODK Collect has it."""
        text = text_of(value)
        return len(text) <= LONGEST_MATCHED and pattern_of(text_of(pattern)).fullmatch(text) is not None

    def f_uuid(self, length: Value | None = None) -> str:
        if length is None:
            return str(uuid.UUID(int=self.around.chance.getrandbits(128), version=4))
        letters = "0123456789abcdefghijklmnopqrstuvwxyz"
        return "".join(self.around.chance.choice(letters) for _ in range(max(0, int(self.number(length)))))

    def f_digest(self, value: Value, method: Value, encoding: Value = "base64") -> str:
        name = text_of(method).lower().replace("-", "")
        if name not in {"md5", "sha1", "sha256", "sha384", "sha512"}:
            raise ExpressionInvalid(f"digest() knows no method {text_of(method)}.", remedy="Use SHA-256.")
        made = hashlib.new(name, text_of(value).encode(), usedforsecurity=False).digest()
        return made.hex() if text_of(encoding).lower() == "hex" else base64.b64encode(made).decode()

    def f_base64_decode(self, value: Value, _kind: Value = "") -> str:
        try:
            return base64.b64decode(text_of(value), validate=True).decode()
        except ValueError:
            return ""

    # Conditions

    def f_if(self, condition: Value, then: Value, otherwise: Value) -> Value:
        return then if boolean_of(condition) else otherwise

    def f_coalesce(self, *values: Value) -> str:
        return next((text for value in values if (text := text_of(value))), "")

    def f_once(self, current: Value, value: Value) -> str:
        return text_of(current) or text_of(value)

    def f_boolean_from_string(self, value: Value) -> bool:
        return text_of(value) in {"true", "1"}

    def f_checklist(self, least: Value, most: Value, *values: Value) -> bool:
        count = sum(1.0 for value in values for number in self._numbers(value) if number > 0)
        return self._between(count, least, most)

    def f_weighted_checklist(self, least: Value, most: Value, *values: Value) -> bool:
        weights = zip(values[::2], values[1::2], strict=True)
        return self._between(
            sum(self.number(weight) for value, weight in weights if self.number(value) > 0), least, most
        )

    def _between(self, count: float, least: Value, most: Value) -> bool:
        low, high = self.number(least), self.number(most)
        return (low == -1 or count >= low) and (high == -1 or count <= high)

    # Numbers

    def f_number(self, value: Value = "") -> float:
        return self.number(value)

    def f_int(self, value: Value) -> float:
        number = self.number(value)
        return number if math.isnan(number) or math.isinf(number) else float(math.trunc(number))

    def f_round(self, value: Value, places: Value = 0.0) -> float:
        number, digits = self.number(value), self.number(places)
        if not (math.isfinite(number) and math.isfinite(digits)):
            return number
        if digits == 0:
            return float(math.floor(number + 0.5))  # XPath 1.0 §4.4: a half goes up
        return float(Decimal(repr(number)).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP))

    def f_sum(self, value: Value) -> float:
        return sum(self.number(text) for text in texts_of(value) if text.strip())  # what is not answered adds nothing

    def f_max(self, *values: Value) -> float:
        return max(self._answered(values), default=math.nan)

    def f_min(self, *values: Value) -> float:
        return min(self._answered(values), default=math.nan)

    def _answered(self, values: tuple[Value, ...]) -> list[float]:
        return [self.number(text) for value in values for text in texts_of(value) if text.strip()]

    def f_random(self) -> float:
        return self.around.chance.random()

    # Nodes

    def f_current(self) -> Value:
        return [self.around.current]

    def f_count(self, value: Value) -> float:
        return float(sum(1 for node in nodes_of(value) if self.around.is_relevant(node)))

    def f_count_non_empty(self, value: Value) -> float:
        return float(sum(1 for node in nodes_of(value) if node_text(node)))

    def f_position(self, value: Value) -> float:
        """The place of a node among its siblings of the same name."""
        nodes = nodes_of(value)
        return float(1 + sum(1 for _ in nodes[0].itersiblings(nodes[0].tag, preceding=True))) if nodes else math.nan

    def f_indexed_repeat(self, value: Value, *places: Value) -> Value:
        """The node in the repeat of these numbers, level by level."""
        inside: etree._Element | None = None
        for repeat, number in zip(places[::2], places[1::2], strict=True):
            instances = [each for each in nodes_of(repeat) if inside is None or inside in each.iterancestors()]
            wanted = self.number(number)
            if math.isnan(wanted) or not 1 <= wanted <= len(instances):
                return ""
            inside = instances[int(wanted) - 1]
        return [each for each in nodes_of(value) if inside is None or inside in each.iterancestors()]

    def f_randomize(self, value: Value, seed: Value | None = None) -> Value:
        """The nodes in a random order; with a seed, the same everywhere (Park and Miller 1988, inside-out Fisher–Yates)."""
        nodes = nodes_of(value)
        state = _seed(self.around.chance.getrandbits(30) if seed is None else self.number(seed))
        shuffled: list[etree._Element] = []
        for place, node in enumerate(nodes):
            state = state * 16_807 % 2_147_483_647
            other = int((state - 1) / 2_147_483_646 * (place + 1))
            shuffled.append(node)
            shuffled[place], shuffled[other] = shuffled[other], node
        return shuffled

    def f_pulldata(self, instance: Value, wanted: Value, key: Value, value: Value) -> str:
        """The one column of the first row in which another column has a value; the rows are indexed once."""
        place = (text_of(instance), text_of(wanted), text_of(key))
        if place not in self.found:
            root = self.around.lists.get(place[0])
            index: dict[str, str] = {}
            for item in root if root is not None else ():
                index.setdefault(item.findtext(place[2]) or "", item.findtext(place[1]) or "")
            self.found[place] = index
        return self.found[place].get(text_of(value), "")

    # Selections

    def f_selected(self, value: Value, wanted: Value) -> bool:
        return text_of(wanted).strip() in text_of(value).split()

    def f_selected_at(self, value: Value, place: Value) -> str:
        chosen, number = text_of(value).split(), self.number(place)
        return chosen[int(number)] if 0 <= number < len(chosen) else ""

    def f_count_selected(self, value: Value) -> float:
        return float(len(text_of(value).split()))

    def f_choice_name(self, value: Value, path: Value) -> str:
        return self.around.choice_label(text_of(value), text_of(path).strip())

    def f_itext(self, key: Value) -> str:
        return self.around.text_by_id(text_of(key))

    # Dates

    def f_today(self) -> str:
        return self.around.clock().astimezone(self.around.zone).date().isoformat()

    def f_now(self) -> str:
        return moment_text(self.around.clock().astimezone(self.around.zone))

    def f_date(self, value: Value) -> str:
        if isinstance(value, float | int) and not isinstance(value, bool):
            return date_from_days(float(value))
        moment = self._moment(value)
        return moment.date().isoformat() if moment else date_from_days(self.number(value))

    def _moment(self, value: Value) -> datetime | None:
        """A moment as the clocks show it where the form is filled in."""
        moment = moment_or_none(text_of(value), zone=self.around.zone)
        return moment.astimezone(self.around.zone) if moment else None

    def f_date_time(self, value: Value) -> str:
        moment = self._moment(value)
        return moment_text(moment) if moment else ""

    def f_decimal_date_time(self, value: Value) -> float:
        days = day_number_or_none(text_of(value), zone=self.around.zone)
        return self.number(value) if days is None else days

    def f_decimal_time(self, value: Value) -> float:
        found = time_of_day_or_none(text_of(value))
        if found is None:
            return math.nan
        return (found.hour * 3600 + found.minute * 60 + found.second + found.microsecond / 1e6) / 86_400

    def f_format_date(self, value: Value, pattern: Value) -> str:
        moment = self._moment(value)
        return formatted(moment, text_of(pattern)) if moment else ""

    def f_format_date_time(self, value: Value, pattern: Value) -> str:
        return self.f_format_date(value, pattern)

    # Places and the device

    def f_area(self, *values: Value) -> float:
        places = points([text for value in values for text in texts_of(value) if text.strip()])
        return math.nan if places is None else area_square_metres(places)

    def f_distance(self, *values: Value) -> float:
        places = points([text for value in values for text in texts_of(value) if text.strip()])
        return math.nan if places is None else distance_metres(places)

    def f_property(self, name: Value) -> str:
        return self.around.property(text_of(name))

    def f_version(self) -> str:
        return self.around.version


def _without_context(function: Function) -> Function:
    return lambda _context, *arguments: function(*arguments)


def _mathematical(name: str, function: Callable[..., float]) -> Function:
    def called(self: Functions, *values: Value) -> float:
        numbers = [self.number(value) for value in values]
        try:
            return function(*numbers)
        except (ValueError, OverflowError, ZeroDivisionError):
            return math.nan

    called.__name__ = name
    return called


MATHEMATICAL: dict[str, Callable[..., float]] = {
    "abs": abs, "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan, "atan2": math.atan2,
    "sqrt": math.sqrt, "exp": math.exp, "exp10": lambda number: math.pow(10, number), "log": math.log, "log10": math.log10, "pow": math.pow,
    "pi": lambda: math.pi,
}  # fmt: skip
for _name, _function in MATHEMATICAL.items():
    setattr(Functions, f"f_{_name}", _mathematical(_name, _function))


def pattern_of(text: str) -> re.Pattern[str]:
    """A pattern as forms write it, which is Java's.

    Refuses  ExpressionInvalid where it cannot be read.
    """
    for java, ours in JAVA_CLASSES.items():
        text = text.replace(java, ours)
    try:
        return re.compile(text)
    except re.error as error:
        raise ExpressionInvalid(f"The pattern {text} cannot be read: {error}.", remedy="Check its brackets.") from error


def _index(number: float, length: int) -> int:
    """A place counted from 0; from the end where it is negative."""
    if math.isnan(number):
        return 0
    place = int(max(-1e9, min(1e9, number)))
    return max(0, place + length) if place < 0 else place


def _seed(number: float) -> int:
    whole = int(number) % 2_147_483_647 if math.isfinite(number) else 42
    return whole or 2_147_483_646
