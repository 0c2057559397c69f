"""Readings and computations as JSON, for tokens: each sees and does what its account may."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status
from pydantic import model_validator

from custodes.evidence.types import MissingPolicy, PeriodKind
from custodes.indicators.actions import request_computation, submit_readings
from custodes.indicators.errors import DatasetUnsuitable
from custodes.indicators.models import Computation, Reading
from custodes.indicators.queries.readings import (
    revisions_of,
    staff_figures,
    visible_indicator_or_none,
    visible_readings,
)
from custodes.indicators.queries.story import reading_with_making
from custodes.indicators.rules.figures import Figure
from custodes.ledger.models import Dataset
from custodes.people.api import ProblemOut, TokenAuth, check_scope
from custodes.people.queries import rows_within
from custodes.people.rules import ApiScope
from custodes.programmes.models import Indicator

LONGEST = 500
Limit = Annotated[int, Query(ge=1, le=LONGEST)]
Offset = Annotated[int, Query(ge=0)]
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
ReadingStatus = Literal["draft", "submitted", "returned", "verified", "published"]


class ReadingOut(Schema):
    """A reading as staff may see it. Proportions are 0 to 1. `state` says why there is no value; an unreliable survey figure has none (I18)."""

    id: int
    programme: str
    indicator: str
    definition_version: int
    start: date
    end: date
    period_kind: str
    area: str
    categories: dict[str, str]
    source: str
    value: float | None
    text: str
    low: float | None
    high: float | None
    se: float | None
    n: int | None
    missing: int | None
    numerator: float | None
    denominator: float | None
    unit: str
    uncertainty: str
    completeness: float | None
    state: str
    reason: str
    status: str
    is_estimated: bool
    notes: list[str]
    result_hash: str


class ReadingPage(Schema):
    """Some of the readings, and how many there are."""

    items: list[ReadingOut]
    count: int


class RevisionOut(Schema):
    """One act on a reading."""

    number: int
    act: str
    role: str
    by: str
    at: datetime
    why: str
    ledger_entry: int
    content_hash: str


class ReadingDetailOut(ReadingOut):
    """A reading with all that it was made from, and everything that happened to it."""

    method: str
    dataset_hashes: list[str]
    missing_policy: str
    arguments: dict[str, Any]
    population: str
    code_version: str
    computation: int | None
    entered_by: str
    verified_by: str
    revisions: list[RevisionOut]


class ComputationIn(Schema):
    """What readings to make. Data sets are named by their sha256; `crossings` as in [["sex"], ["area:2", "sex"]]."""

    programme: str
    indicator: str
    datasets: list[str] = []
    source: Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,60}$")]
    start: date
    end: date
    period_kind: PeriodKind
    crossings: list[list[str]] = []
    missing_policy: MissingPolicy | None = None
    arguments: dict[str, Any] = {}

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> "ComputationIn":
        if self.end < self.start:
            raise ValueError(_("The last day is before the first."))
        return self


class ComputationOut(Schema):
    """Where a computation stands; `problem` says why it ended without readings."""

    id: int
    programme: str
    indicator: str
    definition_version: int
    source: str
    start: date
    end: date
    period_kind: str
    state: str
    progress_done: int
    progress_total: int
    problem: dict[str, str] | None
    readings: int


class SubmissionIn(Schema):
    """Readings to hand to a verifier, by their numbers."""

    readings: Annotated[list[Key], Field(min_length=1, max_length=LONGEST)]
    note: Annotated[str, Field(max_length=2000)] = ""


router = Router(tags=["readings"], auth=TokenAuth())
_ABSENT = {403: ProblemOut, 404: ProblemOut}
_REFUSED = {**_ABSENT, 400: ProblemOut, 409: ProblemOut, 422: ProblemOut}


@router.get("/readings", response={200: ReadingPage, 403: ProblemOut}, summary="Readings that the account may see")
def readings(
    request: HttpRequest, programme: str = "", indicator: str = "", area: str = "", source: str = "", status: ReadingStatus | None = None,
    period_from: date | None = None, period_to: date | None = None, limit: Limit = 100, offset: Offset = 0,
) -> ReadingPage:  # fmt: skip
    """Newest first. A period is chosen where it touches the days asked for."""
    check_scope(request, ApiScope.READ)
    chosen = {
        "indicator__programme__code": programme, "indicator__code": indicator, "area__code": area, "source": source,
        "status": status, "end__gte": period_from, "start__lte": period_to,
    }  # fmt: skip
    rows = visible_readings(request.auth).filter(**{name: value for name, value in chosen.items() if value})
    keys = list(rows.order_by("-end", "pk").values_list("pk", flat=True)[offset : offset + limit])
    return ReadingPage(items=_readings(keys), count=rows.count())


@router.post("/readings/submit", response={200: list[ReadingOut], **_REFUSED}, summary="Hand readings to a verifier")
def submit(request: HttpRequest, body: SubmissionIn) -> list[ReadingOut]:
    """All of them or none."""
    check_scope(request, ApiScope.WRITE_READINGS)
    wanted = set(body.readings)
    rows = list(visible_readings(request.auth).filter(pk__in=wanted))
    if len(rows) < len(wanted):
        raise Http404
    submitted = submit_readings(rows, by=request.auth, note=body.note)
    return _readings([row.pk for row in submitted])


@router.get("/readings/{id}", response={200: ReadingDetailOut, **_ABSENT}, summary="One reading and how it was made")
def reading(request: HttpRequest, id: Key) -> ReadingDetailOut:  # noqa: A002 (the word of the address)
    """With every act on it, by reference of the account."""
    check_scope(request, ApiScope.READ)
    if not visible_readings(request.auth).filter(pk=id).exists():
        raise Http404
    found = reading_with_making(id)
    computation = found.computation
    population = (computation.inputs.get("population") or {}).get(str(found.end.year)) if computation else None
    return ReadingDetailOut(
        **_readings([id])[0].dict(), method=found.method, dataset_hashes=found.dataset_hashes,
        missing_policy=computation.missing_policy if computation else "", arguments=computation.arguments if computation else {},
        population=f"{population['version']} ({population['year']})" if population else "", code_version=found.code_version,
        computation=found.computation_id, entered_by=found.entered_by, verified_by=found.verified_by,
        revisions=[
            RevisionOut(
                number=row.number, act=row.act, role=row.role, by=row.by, at=row.at, why=row.why, ledger_entry=row.entry,
                content_hash=row.content_hash,
            )
            for row in revisions_of(found)
        ],
    )  # fmt: skip


@router.post("/computations", response={202: ComputationOut, **_REFUSED}, summary="Ask for readings to be made")
def compute(request: HttpRequest, body: ComputationIn, response: HttpResponse) -> Status:
    """Queued for a worker; `Location` is where to ask how it stands."""
    check_scope(request, ApiScope.WRITE_READINGS)
    indicator = _indicator_or_404(request, body.programme, body.indicator)
    computation = request_computation(
        indicator, by=request.auth, datasets=_datasets(request, body.datasets), source=body.source, start=body.start, end=body.end,
        period_kind=body.period_kind, crossings=body.crossings, missing_policy=body.missing_policy, arguments=body.arguments,
    )  # fmt: skip
    response["Location"] = reverse("api:computation", args=[computation.pk])
    return Status(202, _computation(computation, indicator))


@router.get(
    "/computations/{id}", response={200: ComputationOut, **_ABSENT}, summary="Where a computation stands", url_name="computation"
)  # fmt: skip
def computation(request: HttpRequest, id: Key) -> ComputationOut:  # noqa: A002 (the word of the address)
    """404 where the account may not see the indicator."""
    check_scope(request, ApiScope.READ)
    found = Computation.objects.select_related("indicator__programme", "definition_version").filter(pk=id).first()
    if found is None:
        raise Http404
    return _computation(found, _indicator_or_404(request, found.indicator.programme.code, found.indicator.code))


def _indicator_or_404(request: HttpRequest, programme: str, code: str) -> Indicator:
    found = visible_indicator_or_none(request.auth, programme, code)
    if found is None:
        raise Http404
    return found


def _datasets(request: HttpRequest, hashes: list[str]) -> list[Dataset]:
    """The data sets of those hashes, if the account may see every one."""
    rows = rows_within(Dataset.objects.all(), request.auth, programme="programme").filter(sha256__in=set(hashes))
    found = list(rows)
    missing = sorted(set(hashes) - {dataset.sha256 for dataset in found})
    if missing:
        raise DatasetUnsuitable(
            _("There is no such data set for you."), where=", ".join(missing), remedy=_("Ask /datasets for what there is.")
        )  # fmt: skip
    return found


def _readings(keys: list[int]) -> list[ReadingOut]:
    """The readings in the order of the keys, unreliable ones without their numbers."""
    rows = Reading.objects.filter(pk__in=keys)
    programmes = dict(rows.values_list("pk", "indicator__programme__code"))
    figures = {figure.pk: figure for figure in staff_figures(rows)}
    return [_reading(figures[key], programmes[key]) for key in keys]


def _reading(figure: Figure, programme: str) -> ReadingOut:
    return ReadingOut(
        id=figure.pk, programme=programme, indicator=figure.indicator, definition_version=figure.definition_version, start=figure.start,
        end=figure.end, period_kind=figure.period_kind, area=figure.area_code, categories=dict(figure.categories), source=figure.source,
        value=figure.value, text=figure.text, low=figure.low, high=figure.high, se=figure.se, n=figure.n, missing=figure.missing,
        numerator=figure.numerator, denominator=figure.denominator, unit=figure.unit, uncertainty=figure.uncertainty.value,
        completeness=figure.completeness, state=figure.state.value, reason=figure.reason, status=figure.status,
        is_estimated=figure.is_estimated, notes=list(figure.notes), result_hash=figure.result_hash,
    )  # fmt: skip


def _computation(computation: Computation, indicator: Indicator) -> ComputationOut:
    return ComputationOut(
        id=computation.pk, programme=indicator.programme.code, indicator=indicator.code,
        definition_version=computation.definition_version.number, source=computation.source, start=computation.start,
        end=computation.end, period_kind=computation.period_kind, state=computation.state, progress_done=computation.progress_done,
        progress_total=computation.progress_total, problem=computation.problem, readings=computation.readings.count(),
    )  # fmt: skip
