"""Whether an answer is of the type its question asks for, and how calculated values are stored."""

import math
import re
from datetime import UTC

from custodes.collection.xform.dates import is_date, moment_or_none, time_of_day_or_none
from custodes.collection.xform.earth import point_or_none
from custodes.collection.xform.values import Value, number_text, text_of

WHOLE = re.compile(r"[+-]?\d{1,18}")
DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
WHOLE_TYPES = frozenset({"int", "integer", "long"})
DECIMAL_TYPES = frozenset({"decimal", "double", "float"})
FEWEST_POINTS = {"geotrace": 2, "geoshape": 3}
WANTED = {
    "int": "a whole number",
    "decimal": "a number",
    "date": "a date such as 2024-01-31",
    "dateTime": "a date with a time",
    "time": "a time such as 08:30",
    "geopoint": "a latitude and a longitude",
    "geotrace": "two places or more",
    "geoshape": "three places or more",
    "boolean": "true or false",
}


def is_of_type(text: str, kind: str) -> bool:
    """Whether a text is a value of a bind's type; types that are text take anything."""
    if kind in WHOLE_TYPES:
        return WHOLE.fullmatch(text) is not None
    if kind in DECIMAL_TYPES:
        return DECIMAL.fullmatch(text) is not None
    if kind == "date":
        return is_date(text)
    if kind == "dateTime":
        return "T" in text and moment_or_none(text, zone=UTC) is not None
    if kind == "time":
        return "T" not in text and time_of_day_or_none(text) is not None
    if kind == "boolean":
        return text in {"true", "false", "1", "0"}
    if kind == "geopoint":
        return len(text.split()) in {2, 3, 4} and point_or_none(text) is not None
    if kind in FEWEST_POINTS:
        pieces = [piece for piece in text.split(";") if piece.strip()]
        return len(pieces) >= FEWEST_POINTS[kind] and all(point_or_none(piece) is not None for piece in pieces)
    return True


def type_in_words(kind: str) -> str:
    """What a type asks for."""
    return WANTED["int" if kind in WHOLE_TYPES else "decimal" if kind in DECIMAL_TYPES else kind]


def stored(value: Value, kind: str) -> str:
    """A computed value as it is stored under a bind's type: whole numbers cut, a date without its time, no number as nothing."""
    if isinstance(value, float) and (math.isnan(value) or math.isinf(value)):
        return ""
    if isinstance(value, float) and kind in WHOLE_TYPES:
        return number_text(float(math.trunc(value)))
    text = text_of(value)
    return text.split("T")[0] if kind == "date" else text
