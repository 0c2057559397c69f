"""Imports and data sets over the API: send a file, ask where it stands, list what there is."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from custodes.collection.actions import start_import
from custodes.collection.models import ImportRun
from custodes.collection.queries import dataset_for, datasets_for, import_for
from custodes.ledger.models import Dataset, Sensitivity
from custodes.people.api import ProblemOut, TokenAuth, check_scope
from custodes.people.rules import ApiScope

MOST_ROWS = 500
router = Router(tags=["collection"], auth=TokenAuth())


class ImportIn(Schema):
    """What a file needs to become a data set; the mapping is the remembered one, or is confirmed on the import's page."""

    source: str
    title: str
    series: str
    licence: str
    provenance: str
    programme: str = ""
    country: str = ""
    synthetic: bool = False
    sensitivity: int = Sensitivity.RESTRICTED
    encoding: str = "utf-8"
    delimiter: str = ","


class ImportOut(Schema):
    """Where an import stands. `questions` are open ones; `dataset` is the sha256 once it is there."""

    id: int
    source: str
    series: str
    state: str
    stage: str
    outcome: str
    progress_percent: int
    rows_read: int
    rows_rejected: int
    rows_unplaced: int
    dataset: str
    questions: list[str]
    problem: ProblemOut | None


class DatasetOut(Schema):
    """One data set without its rows."""

    sha256: str
    title: str
    kind: str
    source: str
    series: str
    rows: int
    starts: date | None
    ends: date | None
    programme: str
    country: str
    licence: str
    provenance: str
    source_sha256: str
    sensitivity: int
    synthetic: bool


class DatasetDetailOut(DatasetOut):
    """One data set with its columns, labels, missing codes and roles."""

    columns: dict[str, Any]


@router.post(
    "/imports",
    response={202: ImportOut, 400: ProblemOut, 403: ProblemOut, 404: ProblemOut},
    summary="Send a file to import",
)
def create_import(request: HttpRequest, details: Form[ImportIn], file: File[UploadedFile]) -> Status[ImportOut]:
    """Keeps the file and queues its import. Needs the scope write:imports."""
    check_scope(request, ApiScope.WRITE_IMPORTS)
    words = details.dict()
    layout = {name: words.pop(name) for name in ("encoding", "delimiter")}
    run = start_import(file, by=request.auth, file_name=file.name or "file", mapping=layout, **words)  # type: ignore[attr-defined]
    return Status(202, _import_out(run))


@router.get(
    "/imports/{pk}", response={200: ImportOut, 403: ProblemOut, 404: ProblemOut}, summary="Where an import stands"
)
def read_import(request: HttpRequest, pk: int) -> ImportOut:
    """One import within the token's grants."""
    check_scope(request, ApiScope.READ)
    return _import_out(import_for(request.auth, pk))  # type: ignore[attr-defined]


@router.get("/datasets", response={200: list[DatasetOut], 403: ProblemOut}, summary="Data sets, newest first")
def list_datasets(request: HttpRequest, q: str = "", offset: int = 0) -> list[DatasetOut]:
    """Up to 500 data sets from `offset` on."""
    check_scope(request, ApiScope.READ)
    rows = datasets_for(request.auth, text=q).defer("schema")[max(0, offset) :][:MOST_ROWS]  # type: ignore[attr-defined]
    return [DatasetOut(**_dataset_fields(row)) for row in rows]


@router.get(
    "/datasets/{sha256}", response={200: DatasetDetailOut, 403: ProblemOut, 404: ProblemOut}, summary="One data set"
)
def read_dataset(request: HttpRequest, sha256: str) -> DatasetDetailOut:
    """Columns, labels, provenance and hash; no row."""
    check_scope(request, ApiScope.READ)
    dataset = dataset_for(request.auth, sha256)  # type: ignore[attr-defined]
    return DatasetDetailOut(**_dataset_fields(dataset), columns=dataset.schema)


def _dataset_fields(dataset: Dataset) -> dict[str, Any]:
    return {name: getattr(dataset, name) for name in DatasetOut.model_fields}


def _import_out(run: ImportRun) -> ImportOut:
    questions = [each["text"] for each in (run.preview or {}).get("questions", ()) if each["blocking"]]
    waits = run.stage == ImportRun.Stage.QUESTIONS
    return ImportOut(
        id=run.pk, source=run.source, series=run.series, state=run.state, stage=run.stage, outcome=run.outcome,
        progress_percent=run.progress_percent, rows_read=run.rows_read, rows_rejected=run.rows_rejected,
        rows_unplaced=run.rows_unplaced, dataset=run.dataset.sha256 if run.dataset else "",
        questions=questions if waits else [], problem=ProblemOut(**run.problem) if run.problem else None,
    )  # fmt: skip
