"""Tidy administrative tables: figures by area, period and categories, or a register with a person on each row."""

from collections.abc import Iterable

from custodes.collection.source import AREA, END, START, CellProblem, Field, FieldType, Record, Source


def _problems(record: Record) -> Iterable[CellProblem]:
    if record.get("denominator") is not None and record["denominator"] < 0:
        yield CellProblem("denominator", "The denominator is below zero.", "Correct it.")


_PERIOD_NAMES = ("period", "month", "quarter", "half_year", "year", "date", "day")
SOURCE = Source(
    slug="administrative",
    name="Administrative table",
    kind="administrative",
    description="Figures of an office by area, period and category, or a register: CSV, gzip CSV, Parquet or an XLSX sheet.",
    licence="",
    fields=(
        Field("period", "Period", FieldType.DATE, names=_PERIOD_NAMES, required=True, filled=True),
        AREA,
        Field("numerator", "Numerator", FieldType.NUMBER, "_numerator", ("numerator",)),
        Field("denominator", "Denominator", FieldType.NUMBER, "_denominator", ("denominator",)),
        Field("value", "Value", FieldType.NUMBER, "_value", ("value",)),
        Field("unit", "Who reports", FieldType.TEXT, "_unit", ("unit", "station", "station_id", "prison")),
        Field("received", "Whether the report came", FieldType.FLAG, "_received", ("received",)),
        Field("person", "Person (kept as a pseudonym only)", FieldType.PERSON, "_person", ("person", "person_id", "person_key")),
        START,
        END,
    ),
    check=_problems,
)  # fmt: skip
