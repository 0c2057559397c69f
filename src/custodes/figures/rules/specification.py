"""What makes a Vega-Lite dict one of our charts: it carries its data, its finding and its description."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from custodes.figures.errors import SpecificationReachesOut

Specification = dict[str, Any]
REACHING_KEYS = frozenset({"url", "href", "loader"})


def specification_bytes(specification: Specification) -> bytes:
    """The one spelling of a specification, on which its name depends."""
    return json.dumps(specification, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def specification_name(specification: Specification) -> str:
    """The sha256 of a specification, in hexadecimal: the name of its picture."""
    return hashlib.sha256(specification_bytes(specification)).hexdigest()


def check_specification_is_self_contained(specification: Specification) -> None:
    """Raise SpecificationReachesOut if any part names an address: a renderer must never reach the network."""
    for key, value in _pairs(specification):
        if key in REACHING_KEYS and value not in (None, False):
            raise SpecificationReachesOut(
                f"A chart may not load anything, and this one names {value!r}.",
                where=key,
                remedy="Put the rows into data.values.",
            )


def _pairs(part: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        # Rows of data may have a column of any name; only the grammar around them is judged.
        for key, value in part.items():
            if key == "values":
                continue
            yield key, value
            yield from _pairs(value)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from _pairs(each)
