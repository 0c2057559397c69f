"""What functions of a form are given and give back: nodes, text, numbers and booleans, converted as the ODK XForms specification says."""

import math
from collections.abc import Sequence
from datetime import tzinfo

from lxml import etree

from custodes.collection.xform.dates import day_number_or_none

Value = Sequence[etree._Element] | str | float | bool


def nodes_of(value: Value) -> list[etree._Element]:
    """The nodes of a value; a text has none."""
    return [each for each in value if isinstance(each, etree._Element)] if isinstance(value, list) else []


def node_text(node: etree._Element) -> str:
    """The text in an element."""
    return "".join(node.itertext()) if len(node) else node.text or ""


def texts_of(value: Value) -> list[str]:
    """The text of every node, or the one text of another value."""
    return [node_text(node) for node in nodes_of(value)] if isinstance(value, list) else [text_of(value)]


def text_of(value: Value) -> str:
    """A value as text, as XPath 1.0 string(): of nodes the first, whole numbers without a point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return number_text(float(value))
    if isinstance(value, str):
        return str(value)
    nodes = nodes_of(value)
    return node_text(nodes[0]) if nodes else ""


def number_text(number: float) -> str:
    """A number as XPath writes it."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == int(number) and abs(number) < 1e18:
        return str(int(number))
    text = repr(number)
    return f"{number:.20f}".rstrip("0").rstrip(".") if "e" in text else text


def number_of(value: Value, *, zone: tzinfo) -> float:
    """A value as a number; a date or moment is its days since 1970-01-01."""
    if isinstance(value, bool | float | int):
        return float(value)
    return text_number(text_of(value), zone=zone)


def text_number(text: str, *, zone: tzinfo) -> float:
    """A text as a number, else as a day, else not a number."""
    plain = text.strip()
    if not plain:
        return math.nan
    days = day_number_or_none(plain, zone=zone) if plain[0].isdigit() and "-" in plain else None
    if days is not None:
        return days
    try:
        return (
            float(plain)
            if plain.lower().lstrip("+-") not in {"nan", "inf", "infinity"} and "_" not in plain
            else math.nan
        )
    except ValueError:
        return math.nan


def boolean_of(value: Value) -> bool:
    """A value as XPath 1.0 boolean(): nodes that exist, text that is not empty, numbers that are not zero."""
    if isinstance(value, float):
        return not (math.isnan(value) or value == 0)
    return bool(value)
