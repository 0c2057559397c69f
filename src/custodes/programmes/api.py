"""Plans and definitions as JSON, read only."""

from datetime import date, datetime

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema

from custodes.people.api import ProblemOut, TokenAuth, check_scope
from custodes.people.rules import ApiScope
from custodes.programmes import queries
from custodes.programmes.models import DefinitionVersion, Indicator, Programme


class ProgrammeOut(Schema):
    """A programme and the state of its plan."""

    code: str
    title: str
    summary: str
    status: str
    starts: date
    ends: date
    country: str
    lead_institution: str | None
    approved_version: int | None


class ResultOut(Schema):
    """An intended change; `parent` is the code of the result above."""

    code: str
    level: str
    parent: str | None
    statement: str
    actor: str
    because: str
    assumptions: str


class DatedValueOut(Schema):
    """A value on a day; shares are 0 to 1."""

    on: date
    value: float


class IndicatorOut(Schema):
    """An indicator with its way from baseline to target as last approved (as it stands before the first approval)."""

    code: str
    name: str
    result: str
    definition: str
    definition_version: int
    unit: str
    direction: str
    institution: str | None
    owner: str
    frequency: str
    missing_policy: str
    path: str
    step_on: date | None
    baseline: DatedValueOut | None
    targets: list[DatedValueOut]
    plan_version: int | None


class DefinitionOut(Schema):
    """A reference sheet: the version in force."""

    code: str
    version: int
    name: str
    wording: str
    rationale: str
    unit: str
    numerator: str
    denominator: str
    estimator: str
    direction: str
    over_time: str
    over_place: str
    source_kind: str
    frequency: str
    limits: str
    dimensions: list[str]
    standard: str
    counts_people: bool
    is_sensitive: bool
    is_break: bool
    valid_from: date | None
    break_reason: str
    changed_at: datetime


router = Router(tags=["plan"], auth=TokenAuth())
_REFUSED = {403: ProblemOut}


@router.get(
    "/programmes", response={200: list[ProgrammeOut], **_REFUSED}, summary="Programmes that the account may see"
)
def programmes(request: HttpRequest) -> list[ProgrammeOut]:
    """By title."""
    check_scope(request, ApiScope.READ)
    return [_programme(row) for row in queries.programmes_with_counts(request.auth).order_by("title")]


@router.get("/programmes/{code}", response={200: ProgrammeOut, **_REFUSED}, summary="One programme")
def programme(request: HttpRequest, code: str) -> ProgrammeOut:
    """404 where there is none, or none that the account may see."""
    check_scope(request, ApiScope.READ)
    return _programme(get_object_or_404(queries.programmes_with_counts(request.auth), code=code))


@router.get("/programmes/{code}/results", response={200: list[ResultOut], **_REFUSED}, summary="The results tree")
def results(request: HttpRequest, code: str) -> list[ResultOut]:
    """By position; the tree is in `parent`."""
    check_scope(request, ApiScope.READ)
    found = get_object_or_404(queries.visible_programmes(request.auth), code=code)
    return [
        ResultOut(
            code=row.code,
            level=row.level,
            parent=row.parent.code if row.parent else None,
            statement=row.statement,
            actor=row.actor,
            because=row.because,
            assumptions=row.assumptions,
        )
        for row in found.results.select_related("parent")
    ]


@router.get("/programmes/{code}/indicators", response={200: list[IndicatorOut], **_REFUSED}, summary="Indicators")
def indicators(request: HttpRequest, code: str) -> list[IndicatorOut]:
    """The programme's indicators that the account may see."""
    check_scope(request, ApiScope.READ)
    found = get_object_or_404(queries.visible_programmes(request.auth), code=code)
    paths = queries.expected_paths_of(found)
    return [_indicator(row, paths) for row in queries.visible_indicators_of(found, request.auth)]


@router.get("/definitions", response={200: list[DefinitionOut], **_REFUSED}, summary="Definitions in force")
def definitions(request: HttpRequest, q: str = "") -> list[DefinitionOut]:
    """By code; `q` searches code, name, wording and standard."""
    check_scope(request, ApiScope.READ)
    rows = queries.current_versions(queries.visible_definitions(request.auth), words=q)
    return [_definition(row) for row in rows]


@router.get("/definitions/{code}", response={200: DefinitionOut, **_REFUSED}, summary="One reference sheet")
def definition(request: HttpRequest, code: str) -> DefinitionOut:
    """The version in force."""
    check_scope(request, ApiScope.READ)
    rows = queries.current_versions(queries.visible_definitions(request.auth))
    return _definition(get_object_or_404(rows, definition__code=code))


def _programme(row: Programme) -> ProgrammeOut:
    return ProgrammeOut(
        code=row.code, title=row.title, summary=row.summary, status=row.status, starts=row.starts, ends=row.ends,
        country=row.country_area.country, approved_version=row.version_number or None,
        lead_institution=row.lead_institution.code if row.lead_institution else None,
    )  # fmt: skip


def _indicator(row: Indicator, paths: dict[str, queries.ExpectedPath]) -> IndicatorOut:
    path = paths.get(row.code) or queries.no_path(row.code)
    return IndicatorOut(
        code=row.code, name=row.sheet.name, result=row.result.code, definition=row.definition.code,
        definition_version=row.sheet.number, unit=row.sheet.unit, direction=row.sheet.direction,
        institution=row.institution.code if row.institution else None, owner=row.owner, frequency=row.frequency,
        missing_policy=row.missing_policy, path=path.shape.value, step_on=path.step_on, plan_version=path.version,
        baseline=DatedValueOut(on=path.baseline.on, value=path.baseline.value) if path.baseline else None,
        targets=[DatedValueOut(on=target.on, value=target.value) for target in path.targets],
    )  # fmt: skip


def _definition(row: DefinitionVersion) -> DefinitionOut:
    names = set(DefinitionOut.model_fields) - {"code", "version", "changed_at"}
    values = {name: getattr(row, name) for name in names}
    return DefinitionOut(code=row.definition.code, version=row.number, changed_at=row.created_at, **values)
