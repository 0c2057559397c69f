"""The CSV export of the Armed Conflict Location & Event Data project: one figure of deaths, so no low and no high."""

from collections.abc import Iterable

from custodes.collection.source import CellProblem, Field, FieldType, Record, Source


def _problems(record: Record) -> Iterable[CellProblem]:
    if record.get("best") is not None and record["best"] < 0:
        yield CellProblem("best", "Deaths are below zero.", "Correct the figure as in the source.")
    for role, limit in (("lon", 180), ("lat", 90)):
        if record.get(role) is not None and abs(record[role]) > limit:
            yield CellProblem(role, f"{record[role]:g} is no such coordinate.", "Give decimal degrees, WGS 84.")


SOURCE = Source(
    slug="acled",
    name="ACLED events",
    kind="events",
    description="The CSV export of ACLED. Its terms restrict the publication of rows: choose the sensitivity with care.",
    licence="ACLED terms of use; rows may not be published",
    fields=(
        Field("event", "Event", FieldType.TEXT, "_event", ("event_id_cnty",), required=True, filled=True),
        Field("period", "Day", FieldType.DATE, names=("event_date",), required=True, filled=True),
        Field("best", "Deaths", FieldType.WHOLE, "_deaths_best", ("fatalities",), required=True),
        Field("lon", "Longitude", FieldType.NUMBER, "_lon", ("longitude",)),
        Field("lat", "Latitude", FieldType.NUMBER, "_lat", ("latitude",)),
        Field("precision", "Precision of the place", FieldType.WHOLE, "_precision", ("geo_precision",)),
        Field("area", "Place", FieldType.TEXT, names=("admin1",)),
    ),
    check=_problems,
    released="month",
)  # fmt: skip
