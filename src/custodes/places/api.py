"""Areas and populations, to read. `site` mounts the router with the authentication by token, which stands in a higher layer."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from custodes.places.errors import PlacesNotAllowed
from custodes.places.models import Population
from custodes.places.queries import areas_for

MOST_ROWS = 1000
router = Router(tags=["places"])


class ProblemOut(Schema):
    """What is wrong, where, and what to do next."""

    code: str
    what: str
    where: str
    remedy: str


class AreaOut(Schema):
    """One area; the parent is named by its code."""

    code: str
    name: str
    country: str
    level: int
    parent: str
    valid_from: date
    valid_to: date | None
    source: str
    synthetic: bool


class PopulationOut(Schema):
    """People of an area and year by one source and version; empty sex or age band is the total."""

    area: str
    year: int
    sex: str
    age_band: str
    value: int
    source: str
    version: str


def _reader(request: HttpRequest) -> Any:
    """The account behind a token that may read."""
    token = getattr(request, "api_token", None)
    if token is None or "read" not in token.scopes:
        raise PlacesNotAllowed(_("The token may not read."), remedy=_("Make a token with the scope read."))
    return request.auth  # type: ignore[attr-defined]


@router.get("/areas", response={200: list[AreaOut], 403: ProblemOut}, summary="Areas, parents before children")
def list_areas(
    request: HttpRequest, country: str = "", level: int | None = None, q: str = "", offset: int = 0
) -> list[AreaOut]:
    """Up to 1,000 areas from `offset` on."""
    rows = areas_for(_reader(request), text=q, country=country, level=level)[max(0, offset) :][:MOST_ROWS]
    return [
        AreaOut(
            code=area.code, name=area.name, country=area.country, level=area.level, source=area.source,
            parent=area.parent.code if area.parent else "", valid_from=area.valid_from, valid_to=area.valid_to,
            synthetic=area.synthetic,
        )
        for area in rows
    ]  # fmt: skip


@router.get("/populations", response={200: list[PopulationOut], 403: ProblemOut}, summary="People by area and year")
def list_populations(
    request: HttpRequest, country: str = "", area: str = "", year: int | None = None, offset: int = 0
) -> list[PopulationOut]:
    """Up to 1,000 figures from `offset` on."""
    areas = areas_for(_reader(request), country=country)
    if area:
        areas = areas.filter(code=area)
    rows = Population.objects.filter(area__in=areas.order_by().values("pk"))
    if year is not None:
        rows = rows.filter(year=year)
    chosen = rows.select_related("area").defer("area__geometry", "area__outline")
    ordered = chosen.order_by("area__code", "year", "source", "version", "sex", "age_band")
    return [
        PopulationOut(
            area=row.area.code, year=row.year, sex=row.sex, age_band=row.age_band, value=row.value, source=row.source,
            version=row.version,
        )
        for row in ordered[max(0, offset) :][:MOST_ROWS]
    ]  # fmt: skip
