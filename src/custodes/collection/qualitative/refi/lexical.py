"""How the standard writes times and values: what does not fit is listed when read, and refused when written."""

import re

from custodes.evidence.errors import ArgumentInvalid

_ZONE = r"(?:Z|[+-]\d{2}:\d{2})?"
_DAY = r"-?\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
FORMS = {
    "Text": re.compile(r".*", re.DOTALL),
    "Boolean": re.compile(r"true|false|0|1"),
    "Integer": re.compile(r"[+-]?\d+", re.ASCII),
    "Float": re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII),
    "Date": re.compile(_DAY + _ZONE, re.ASCII),
    "DateTime": re.compile(_DAY + r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?" + _ZONE, re.ASCII),
}
SUFFIX = re.compile(r"[a-z0-9]{1,8}")


def fits(kind: str, value: str) -> bool:
    """Whether a value is written as the standard writes that kind."""
    return kind in FORMS and FORMS[kind].fullmatch(value.strip()) is not None


def checked(kind: str, value: str, where: str) -> str:
    """A value as it may be written; empty text stays empty."""
    if value and not fits(kind, value):
        raise ArgumentInvalid(
            f"“{value[:60]}” is not written as {kind}.",
            where=where,
            remedy="Write it as the XML schema of that kind does.",
        )
    return value


def checked_kind(kind: str, where: str) -> str:
    """A kind of variable that the standard knows."""
    if kind not in FORMS:
        raise ArgumentInvalid(
            f"“{kind}” is no kind of variable.", where=where, remedy=f"Choose one of {', '.join(FORMS)}."
        )
    return kind
