"""Survey micro-data: one row for each person asked."""

from collections.abc import Iterable

from custodes.collection.source import AREA, END, START, CellProblem, Field, FieldType, Record, Source


def _problems(record: Record) -> Iterable[CellProblem]:
    if record.get("weight") is not None and record["weight"] < 0:
        yield CellProblem("weight", "The weight is below zero.", "Correct it, or leave the person out.")
    if record.get("fpc") is not None and record["fpc"] < 1:
        yield CellProblem("fpc", "A stratum has at least one unit.", "Give the number of units in the population.")


_DATE_NAMES = ("interview_date", "date_of_interview", "dateintr", "date")
_WEIGHT_NAMES = ("withinwt", "weight", "wt", "pweight", "final_weight", "weights")
SOURCE = Source(
    slug="survey",
    name="Survey micro-data",
    kind="survey",
    description="One row for each person asked: CSV, gzip CSV, Parquet, SPSS .sav with value labels, or XLSX.",
    licence="",
    fields=(
        Field("weight", "Weight", FieldType.NUMBER, "_weight", _WEIGHT_NAMES, required=True, filled=True),
        Field("strata", "Stratum", FieldType.TEXT, "_stratum", ("stratum", "strata")),
        Field("clusters", "First-stage unit (cluster)", FieldType.TEXT, "_cluster", ("psu", "cluster", "cluster_id", "eacode", "ea")),
        Field("fpc", "First-stage units in the stratum's population", FieldType.NUMBER, "_fpc", ("fpc", "areas_in_stratum")),
        AREA,
        Field("period", "Day of the interview", FieldType.DATE, names=_DATE_NAMES),
        START,
        END,
    ),
    check=_problems,
)  # fmt: skip
