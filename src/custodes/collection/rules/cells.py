"""Cells of text as typed columns. Empty is missing, never zero (I21); what cannot be read is named with its fix."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_WHOLE_AS_FLOAT = re.compile(r"^-?\d+\.0+$")
_YES = frozenset({"1", "1.0", "true", "yes", "y", "x", "oui", "vrai", "sí", "si", "received", "نعم"})
_NO = frozenset({"0", "0.0", "false", "no", "n", "non", "faux", "not received", "لا"})


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers with null for empty cells, and the places of cells that are none."""

    array: Any
    bad: tuple[int, ...] = field(default=())


def numbers_from(texts: Sequence[str]) -> Numbers:
    """The cells as float64. Infinity and “nan” are no numbers."""
    import pyarrow  # slow to import
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(pyarrow.array(texts, pyarrow.string()))
    filled = pc.if_else(pc.equal(trimmed, ""), pyarrow.scalar(None, pyarrow.string()), trimmed)
    try:
        array = pc.cast(filled, pyarrow.float64())
    except pyarrow.ArrowInvalid:
        array, bad = _one_by_one(filled.to_pylist())
        return Numbers(array, bad)
    if pc.all(pc.is_finite(array), min_count=0).as_py() in (True, None):
        return Numbers(array)
    array, bad = _one_by_one(filled.to_pylist())
    return Numbers(array, bad)


def _one_by_one(texts: Sequence[str | None]) -> tuple[Any, tuple[int, ...]]:
    import math

    import pyarrow

    values: list[float | None] = []
    bad: list[int] = []
    for index, text in enumerate(texts):
        value = None
        if text is not None:
            try:
                value = float(text) if "_" not in text else math.nan
            except ValueError:
                value = math.nan
            if not math.isfinite(value):
                bad.append(index)
                value = None
        values.append(value)
    return pyarrow.array(values, pyarrow.float64()), tuple(bad)


def category_code(text: str) -> str | None:
    """The code of a category: 3.0 is 3, empty is null."""
    text = text.strip()
    if not text:
        return None
    return text.split(".")[0] if _WHOLE_AS_FLOAT.match(text) else text


def flag_or_none(text: str) -> bool | None:
    """Yes or no in the languages of the office; None for anything else."""
    folded = text.strip().casefold()
    return True if folded in _YES else False if folded in _NO else None


def number_fix(text: str) -> str:
    """What to do about a cell that is no number."""
    if re.fullmatch(r"-?\d{1,3}(?:[.,\s]\d{3})*,\d+|-?\d+,\d+", text.strip()):
        return f"Write a point for the decimal comma and no separators: {text.strip().replace('.', '').replace(' ', '').replace(',', '.')}."
    return "Write a number, or leave the cell empty where it is not known."
