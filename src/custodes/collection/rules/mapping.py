"""What a person declared about a file: which column means what, and how it is written. Kept as JSON, see docs/reference/mappings.md."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from custodes.collection.errors import MappingInvalid
from custodes.collection.rules.dates import DATE_ORDERS, Span, span_or_none
from custodes.evidence.arguments import nearest
from custodes.ledger.rules import canonical_json
from custodes.places.tables import TableFormat

COLUMN_TYPES = ("number", "category", "text")
PERIOD_KINDS = ("", "day", "month", "quarter", "half_year", "year")


@dataclass(frozen=True, slots=True)
class Silence:
    """A unit of which a person said what its zeros of a time are; both days are part of it."""

    unit: str
    start: str
    end: str

    def covers(self, unit: str, span: Span) -> bool:
        first, last = span_or_none(self.start), span_or_none(self.end)
        return unit == self.unit and first is not None and last is not None and (
            first.start <= span.start and span.end <= last.end
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """A whole mapping; every part may be left out.

    columns       role of the source's field to column name: {"weight": "withinwt"}.
    types         column to number, category or text, for columns without a role; the rest is found from the cells.
    dates         first and last day of the whole file, where no column says it: ("2014-03-01", "2015-12-31").
    period_kind   what one row covers where the file names a day only, such as the first of the month.
    missing       column to code to wording of answers that are none: "don't know".
    labels        column to {"question", "values"}.
    empty         texts that mean an empty cell, such as NA.
    measures      columns that count something; empty: all number columns without a role.
    not_reported  unit and time that a person confirmed as silent: their numbers are missing, never zero (I21).
    reported_zero unit and time whose zeros a person confirmed as counted.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    dates: tuple[str, str] | None = None
    date_order: str = ""
    period_kind: str = ""
    missing: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    not_reported: tuple[Silence, ...] = ()
    reported_zero: tuple[Silence, ...] = ()
    area_level: int = 1
    place_by_position: bool = False
    unweighted: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    header_row: int = 1

    @property
    def layout(self) -> TableFormat:
        return TableFormat(self.encoding, self.delimiter, self.sheet, self.header_row)

    def as_json(self) -> dict[str, Any]:
        """The mapping as it is stored: parts that say nothing are left out."""
        plain = ImportMapping()
        stored = {
            name: value
            for name, value in asdict(self).items()
            if value != asdict(plain)[name] and value not in ({}, (), None)
        }
        for name in ("not_reported", "reported_zero"):
            if name in stored:
                stored[name] = [
                    {"unit": each["unit"], "from": each["start"], "to": each["end"]} for each in stored[name]
                ]
        if "dates" in stored:
            stored["dates"] = {"from": stored["dates"][0], "to": stored["dates"][1]}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in stored.items()}


def mapping_from_json(stored: Mapping[str, Any]) -> ImportMapping:
    """The mapping that was stored or sent, checked part by part. Raises MappingInvalid that names the part."""
    known = ImportMapping.__dataclass_fields__
    for name in stored:
        if name not in known:
            raise MappingInvalid(f"There is no “{name}” in a mapping.", where="mapping", remedy=nearest(name, known))
    parts = dict(stored)
    for name in ("columns", "types", "labels", "missing"):
        parts[name] = _object(parts.get(name) or {}, name)
    parts["columns"] = {role: str(column) for role, column in parts["columns"].items() if column}
    parts["missing"] = {column: _codes(codes) for column, codes in parts["missing"].items()}
    for name in ("empty", "measures"):
        parts[name] = tuple(str(each) for each in _list(parts.get(name) or [], name))
    for name in ("not_reported", "reported_zero"):
        parts[name] = tuple(_silence(each, name) for each in _list(parts.get(name) or [], name))
    parts["dates"] = _dates(parts.get("dates"))
    for name, kind in (("area_level", int), ("header_row", int), ("place_by_position", bool), ("unweighted", bool)):
        if name in parts and type(parts[name]) is not kind:
            raise MappingInvalid(f"“{name}” is not a {kind.__name__}.", where="mapping", remedy="Correct the value.")
    for name in ("encoding", "delimiter", "sheet", "date_order", "period_kind"):
        if not isinstance(parts.get(name, ""), str):
            raise MappingInvalid(f"“{name}” is not text.", where="mapping", remedy="Write it in quotation marks.")
    if len(parts.get("delimiter", "") or ",") != 1:
        raise MappingInvalid("The delimiter is not one sign.", where="mapping", remedy="Write “,”, “;” or a tab.")
    if parts.get("date_order", "") not in ("", *DATE_ORDERS):
        raise MappingInvalid("“date_order” is unknown.", where="mapping", remedy=f"Choose {', '.join(DATE_ORDERS)}.")
    if parts.get("period_kind", "") not in PERIOD_KINDS:
        raise MappingInvalid(
            "“period_kind” is unknown.", where="mapping", remedy=f"Choose {', '.join(PERIOD_KINDS[1:])}."
        )
    for column, kind in parts["types"].items():
        if kind not in COLUMN_TYPES:
            raise MappingInvalid(
                f"“{kind}” is no type of a column.", where=f"mapping, types, {column}", remedy=nearest(str(kind), COLUMN_TYPES)
            )  # fmt: skip
    return ImportMapping(**parts)


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise MappingInvalid(f"“{name}” is not an object.", where="mapping", remedy="Write names and values in braces.")
    return dict(value)


def _list(value: object, name: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise MappingInvalid(f"“{name}” is not a list.", where="mapping", remedy="Write the values in brackets.")
    return value


def _codes(codes: object) -> dict[str, str]:
    if isinstance(codes, Mapping):
        return {str(code): str(words) for code, words in codes.items()}
    return {str(code): "" for code in _list(codes, "missing")}


def _silence(stored: object, name: str) -> Silence:
    parts = _object(stored, name)
    silence = Silence(*(str(parts.get(part, "")) for part in ("unit", "from", "to")))
    if not silence.unit or span_or_none(silence.start) is None or span_or_none(silence.end) is None:
        raise MappingInvalid(
            "An entry lacks its unit, or its days cannot be read.", where=f"mapping, {name}",
            remedy="Write unit, from and to, as in 2025-03.",
        )  # fmt: skip
    return silence


def _dates(stored: object) -> tuple[str, str] | None:
    if not stored:
        return None
    first, last = stored if isinstance(stored, list | tuple) else (stored.get("from", ""), stored.get("to", ""))  # type: ignore[attr-defined]
    starts, ends = span_or_none(str(first)), span_or_none(str(last))
    if starts is None or ends is None or ends.end < starts.start:
        raise MappingInvalid(
            "The first and last day cannot be read, or stand the wrong way round.", where="mapping, dates",
            remedy="Write from and to as in 2014-03-01.",
        )  # fmt: skip
    return str(first), str(last)


def fixed_span(mapping: ImportMapping) -> Span | None:
    """The days of the whole file, where the mapping says them."""
    if mapping.dates is None:
        return None
    first, last = span_or_none(mapping.dates[0]), span_or_none(mapping.dates[1])
    return Span(first.start, last.end) if first and last else None


def header_signature(header: Sequence[str]) -> str:
    """What stays the same between two files with the same columns."""
    return sha256(canonical_json(list(header))).hexdigest()
