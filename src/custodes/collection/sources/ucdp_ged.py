"""The Georeferenced Event Dataset of the Uppsala Conflict Data Program, from version 23.1 on."""

from collections.abc import Iterable

from custodes.collection.source import CellProblem, Field, FieldType, Record, Source


def _problems(record: Record) -> Iterable[CellProblem]:
    # In 20 of the 1,848 events of GED 23.1 for one country, best lies outside low to high: the source is kept as it was published.
    for role in ("low", "best", "high"):
        if record.get(role) is not None and record[role] < 0:
            yield CellProblem(role, "Deaths are below zero.", "Correct the figure as in the source.")
    for role, limit in (("lon", 180), ("lat", 90)):
        if record.get(role) is not None and abs(record[role]) > limit:
            yield CellProblem(role, f"{record[role]:g} is no such coordinate.", "Give decimal degrees, WGS 84.")
    start, end = record.get("start"), record.get("end")
    if start is not None and end is not None and end < start:
        yield CellProblem("end", "The event ends before it starts.", "Correct the dates.")


SOURCE = Source(
    slug="ucdp_ged",
    name="UCDP GED events",
    kind="events",
    description="Events of organised violence with low, best and high deaths, as UCDP publishes them (CSV).",
    licence="CC BY 4.0",
    fields=(
        Field("event", "Event", FieldType.TEXT, "_event", ("id",), required=True, filled=True),
        Field("start", "First day", FieldType.DATE, names=("date_start",), required=True, filled=True),
        Field("end", "Last day", FieldType.DATE, names=("date_end",), required=True, filled=True),
        Field("low", "Deaths, low", FieldType.WHOLE, "_deaths_low", ("low",), required=True, filled=True),
        Field("best", "Deaths, best", FieldType.WHOLE, "_deaths_best", ("best",), required=True, filled=True),
        Field("high", "Deaths, high", FieldType.WHOLE, "_deaths_high", ("high",), required=True, filled=True),
        Field("lon", "Longitude", FieldType.NUMBER, "_lon", ("lon", "longitude")),
        Field("lat", "Latitude", FieldType.NUMBER, "_lat", ("lat", "latitude")),
        Field("precision", "Precision of the place", FieldType.WHOLE, "_precision", ("where_prec",)),
        Field("area", "Place", FieldType.TEXT, names=("adm_1",)),
    ),
    check=_problems,
    released="year",
)  # fmt: skip
