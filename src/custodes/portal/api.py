"""The public account as JSON: no token, no cookie, the same protected cells as the pages (I20)."""

from datetime import date
from typing import Annotated

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from ninja.decorators import decorate_view

from custodes.people.api import ProblemOut
from custodes.portal.answers import public_answer
from custodes.portal.queries.indicators import note_of, open_row_of, open_rows, public_indicator_or_none
from custodes.portal.queries.places import place_account_or_none, places_with_figures
from custodes.portal.queries.programmes import ProgrammeAccount, Promise, programme_account_or_none, programme_accounts
from custodes.portal.rules.open_data import OpenRow, json_row, open_row
from custodes.programmes.rules.targets import DatedValue

LANGUAGE = "en"  # of sentences and notes: an address without a language has one and the same answer for everybody
LONGEST = 1000
Limit = Annotated[int, Query(ge=1, le=LONGEST)]
Offset = Annotated[int, Query(ge=0)]


class LightCountOut(Schema):
    """How many indicators with a target have one light."""

    light: str
    indicators: int


class PublicProgrammeOut(Schema):
    """A public programme, as its plan was last approved."""

    code: str
    title: str
    summary: str
    starts: date
    ends: date
    plan_version: int
    promised: int
    reached: int
    lights: list[LightCountOut]
    sentence: str
    updated: date | None


class FigureOut(Schema):
    """One public cell, with the names of the CSV's columns. Proportions are 0 to 1; `status` says why there is no value."""

    programme: str
    indicator: str
    definition_version: int
    area_code: str
    area_name: str
    period_start: date
    period_end: date
    period_kind: str
    categories: str
    categories_label: str
    source: str
    value: float | None
    low: float | None
    high: float | None
    se: float | None
    n: int | None
    missing: int | None
    missing_policy: str
    design_effect: float | None
    df: float | None
    unit: str
    uncertainty: str
    method: str
    status: str
    note: str
    reading: int
    result_hash: str


class FigurePage(Schema):
    """Some of the figures, and how many there are."""

    items: list[FigureOut]
    count: int


class PublicValueOut(Schema):
    """A value on a day."""

    on: date
    value: float


class PublicIndicatorOut(Schema):
    """One indicator and source: promised, reached, and whether that is enough."""

    code: str
    name: str
    unit: str
    source: str
    is_main_source: bool
    definition_version: int
    baseline: PublicValueOut | None
    target: PublicValueOut | None
    expected: float | None
    pace: float | None
    light: str
    latest: FigureOut | None
    promised: str
    reached: str
    verdict: str


class PublicPlaceOut(Schema):
    """An area with public figures."""

    code: str
    name: str
    level: int
    country: str


router = Router(tags=["public account"], auth=None)
_ABSENT = {404: ProblemOut}


@router.get("/public/programmes", response={200: list[PublicProgrammeOut]}, summary="Public programmes")
@decorate_view(public_answer(kept=True, language=LANGUAGE))
def public_programmes(request: HttpRequest) -> list[PublicProgrammeOut]:
    """By title, each with one sentence of promised and reached."""
    return [_programme(account) for account in programme_accounts(language=LANGUAGE)]


@router.get(
    "/public/programmes/{programme}/indicators",
    response={200: list[PublicIndicatorOut], **_ABSENT},
    summary="Promised and reached of a public programme",
)
@decorate_view(public_answer(kept=True, language=LANGUAGE))
def public_indicators(request: HttpRequest, programme: str) -> list[PublicIndicatorOut]:
    """Indicator by indicator; two sources of one stand side by side."""
    account = programme_account_or_none(programme, language=LANGUAGE)
    if account is None:
        raise Http404
    return [_indicator(account, promise) for promise in account.promises]


@router.get(
    "/public/programmes/{programme}/indicators/{code}/figures",
    response={200: FigurePage, **_ABSENT},
    summary="Every public figure of an indicator",
)
@decorate_view(public_answer(kept=True, language=LANGUAGE))
def public_figures(
    request: HttpRequest, programme: str, code: str, area: str = "", period_from: date | None = None,
    period_to: date | None = None, limit: Limit = 100, offset: Offset = 0,
) -> FigurePage:  # fmt: skip
    """By period, area and category. Filters choose among cells that were protected together, so that asking for fewer tells no more."""
    indicator = public_indicator_or_none(programme, code)
    if indicator is None:
        raise Http404
    rows = [
        row
        for row in open_rows(indicator, language=LANGUAGE)
        if (not area or row.area_code == area)
        and (period_from is None or row.period_end >= period_from)
        and (period_to is None or row.period_start <= period_to)
    ]
    return FigurePage(items=[_figure(row) for row in rows[offset : offset + limit]], count=len(rows))


@router.get("/public/figures/{reading}", response={200: FigureOut, **_ABSENT}, summary="One public figure")
@decorate_view(public_answer(kept=True, language=LANGUAGE))
def public_figure(request: HttpRequest, reading: int) -> FigureOut:
    """The cell that the page “how this figure was made” speaks of."""
    row = open_row_of(reading, language=LANGUAGE)
    if row is None:
        raise Http404
    return _figure(row)


@router.get("/public/places", response={200: list[PublicPlaceOut]}, summary="Places with public figures")
@decorate_view(public_answer(kept=True, language=LANGUAGE))
def public_places(request: HttpRequest) -> list[PublicPlaceOut]:
    """By country, level and name."""
    areas = [area for group in places_with_figures() for area in group.areas]
    return [PublicPlaceOut(code=area.code, name=area.name, level=area.level, country=area.country) for area in areas]


@router.get(
    "/public/places/{code}/figures", response={200: FigurePage, **_ABSENT}, summary="The latest figures of a place"
)
@decorate_view(public_answer(kept=True, language=LANGUAGE))
def public_place_figures(request: HttpRequest, code: str, limit: Limit = 100, offset: Offset = 0) -> FigurePage:
    """The latest total of each indicator and source."""
    account = place_account_or_none(code, language=LANGUAGE)
    if account is None:
        raise Http404
    rows = [
        open_row(row.figure, programme=row.indicator.programme.code, label="", note=note_of(row.figure))
        for row in account.rows
    ]
    return FigurePage(items=[_figure(row) for row in rows[offset : offset + limit]], count=len(rows))


def _figure(row: OpenRow) -> FigureOut:
    return FigureOut(**json_row(row))


def _programme(account: ProgrammeAccount) -> PublicProgrammeOut:
    return PublicProgrammeOut(
        code=account.programme.code, title=account.title, summary=account.summary, starts=account.programme.starts,
        ends=account.programme.ends, plan_version=account.version.number, promised=account.count.promised, reached=account.count.reached,
        lights=[LightCountOut(light=light.value, indicators=number) for light, number in account.count.lights],
        sentence=account.sentence, updated=account.updated,
    )  # fmt: skip


def _indicator(account: ProgrammeAccount, promise: Promise) -> PublicIndicatorOut:
    row, latest = promise.row, promise.row.latest
    return PublicIndicatorOut(
        code=row.indicator.code, name=row.version.name, unit=row.version.unit, source=row.source, is_main_source=row.is_main_source,
        definition_version=row.version.number, baseline=_dated(promise.plan.baseline), target=_dated(promise.plan.target),
        expected=row.standing.expected, pace=row.standing.pace, light=row.standing.verdict.light.value,
        latest=_figure(open_row(latest, programme=account.programme.code, label="", note=note_of(latest))) if latest else None,
        promised=promise.promised, reached=promise.reached, verdict=promise.verdict,
    )  # fmt: skip


def _dated(value: DatedValue | None) -> PublicValueOut | None:
    return None if value is None else PublicValueOut(on=value.on, value=value.value)
