"""Imports, data sets and forms over the API: send a file, ask where it stands, publish it, list what there is."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from custodes.collection.actions import (
    add_form_media,
    publish_form_version,
    set_form_state,
    start_form_upload,
    start_import,
)
from custodes.collection.models import Form as Questionnaire
from custodes.collection.models import FormUpload, FormVersion, ImportRun
from custodes.collection.queries import (
    dataset_for,
    datasets_for,
    form_for,
    form_upload_for,
    forms_for,
    import_for,
    questions_of,
    version_of,
    versions_of,
)
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


class FormUploadIn(Schema):
    """Of which form a file is a version; without it, the id in the file decides. The rest is for a new form."""

    form: int | None = None
    programme: str = ""
    sensitivity: int = Sensitivity.RESTRICTED


class FormProblemOut(Schema):
    """One thing that is wrong with a form's file, and where."""

    code: str
    severity: str
    sheet: str
    row: int | None
    column: str
    cell: str
    text: str
    at: int | None
    problem: str
    remedy: str


class FormUploadOut(Schema):
    """Where a form's file stands. `summary` is what it asks and how that differs from the current version."""

    id: int
    form: int | None
    state: str
    stage: str
    progress_percent: int
    xform_id: str
    title: str
    version: str
    xform_sha256: str
    problems: list[FormProblemOut]
    summary: dict[str, Any]
    media: list[str]
    problem: ProblemOut | None


class FormVersionOut(Schema):
    """One published version, without its questions."""

    number: int
    version: str
    title: str
    xform_sha256: str
    xform_md5: str
    languages: list[str]
    question_count: int
    published_at: datetime


class FormOut(Schema):
    """A form and where it stands."""

    id: int
    xform_id: str
    title: str
    programme: str
    series: str
    country: str
    licence: str
    provenance: str
    synthetic: bool
    sensitivity: int
    state: str
    late: str
    current_version: str


class FormDetailOut(FormOut):
    """A form with its versions, newest first."""

    versions: list[FormVersionOut]


class QuestionOut(Schema):
    """A question as one version asks it: its number, which never changes, and the columns of its answers."""

    question: int
    stable_id: str
    path: str
    repeat: str
    type: str
    labels: dict[str, str]
    choices: list[dict[str, Any]]
    columns: list[str]


class PublishIn(Schema):
    """`confirmed`: path of a new question → number of the former one that it is. The rest is asked for with a form's first version."""

    confirmed: dict[str, int] = Field(default_factory=dict)
    series: str = ""
    licence: str = ""
    provenance: str = ""
    country: str = ""
    synthetic: bool = False


class FormStateIn(Schema):
    """The state to go to, and why; `late`: keep or refuse what still arrives once it is closed."""

    state: str
    reason: str
    late: str = ""


@router.get("/forms", response={200: list[FormOut], 403: ProblemOut}, summary="Forms, by title")
def list_forms(request: HttpRequest, offset: int = 0) -> list[FormOut]:
    """Up to 500 forms from `offset` on."""
    check_scope(request, ApiScope.READ)
    return [FormOut(**_form_fields(row)) for row in forms_for(request.auth)[max(0, offset) :][:MOST_ROWS]]  # type: ignore[attr-defined]


@router.post(
    "/forms/uploads",
    response={202: FormUploadOut, 400: ProblemOut, 403: ProblemOut, 404: ProblemOut, 413: ProblemOut},
    summary="Send the file of a form",
)
def create_form_upload(
    request: HttpRequest, details: Form[FormUploadIn], file: File[UploadedFile]
) -> Status[FormUploadOut]:
    """Keeps the file and queues its conversion. Needs the scope write:forms."""
    check_scope(request, ApiScope.WRITE_FORMS)
    account = request.auth  # type: ignore[attr-defined]
    form = form_for(account, details.form) if details.form is not None else None
    upload = start_form_upload(
        file, by=account, form=form, programme=details.programme, sensitivity=details.sensitivity, file_name=file.name or "file"
    )  # type: ignore[arg-type]  # fmt: skip
    return Status(202, _upload_out(upload))


@router.get(
    "/forms/uploads/{pk}",
    response={200: FormUploadOut, 403: ProblemOut, 404: ProblemOut},
    summary="Where the file of a form stands",
)
def read_form_upload(request: HttpRequest, pk: int) -> FormUploadOut:
    """Its faults, or what would be published."""
    check_scope(request, ApiScope.READ)
    return _upload_out(form_upload_for(request.auth, pk))  # type: ignore[attr-defined]


@router.post(
    "/forms/uploads/{pk}/media",
    response={
        200: FormUploadOut, 400: ProblemOut, 403: ProblemOut, 404: ProblemOut, 409: ProblemOut, 413: ProblemOut,
    },
    summary="Add a file that the form asks for",
)  # fmt: skip
def create_form_media(request: HttpRequest, pk: int, file: File[UploadedFile]) -> FormUploadOut:
    """Under the file's own name; the same name again replaces it. Needs the scope write:forms."""
    check_scope(request, ApiScope.WRITE_FORMS)
    account = request.auth  # type: ignore[attr-defined]
    add_form_media(form_upload_for(account, pk), file, by=account, name=file.name or "")  # type: ignore[arg-type]
    return _upload_out(form_upload_for(account, pk))


@router.post(
    "/forms/uploads/{pk}/publish",
    response={200: FormVersionOut, 400: ProblemOut, 403: ProblemOut, 404: ProblemOut, 409: ProblemOut},
    summary="Publish the file of a form as its next version",
)
def create_form_version(request: HttpRequest, pk: int, details: PublishIn) -> FormVersionOut:
    """Opens a form that was a draft. Needs the scope write:forms."""
    check_scope(request, ApiScope.WRITE_FORMS)
    account = request.auth  # type: ignore[attr-defined]
    version = publish_form_version(form_upload_for(account, pk), by=account, **details.dict())
    return _version_out(version_of(version.form, version.number))


@router.get(
    "/forms/{pk}",
    response={200: FormDetailOut, 403: ProblemOut, 404: ProblemOut},
    summary="One form with its versions",
)
def read_form(request: HttpRequest, pk: int) -> FormDetailOut:
    """One form within the token's grants."""
    check_scope(request, ApiScope.READ)
    form = form_for(request.auth, pk)  # type: ignore[attr-defined]
    return FormDetailOut(**_form_fields(form), versions=[_version_out(each) for each in versions_of(form)])


@router.post(
    "/forms/{pk}/state",
    response={200: FormOut, 400: ProblemOut, 403: ProblemOut, 404: ProblemOut, 409: ProblemOut},
    summary="Open, wind down or close a form",
)
def create_form_state(request: HttpRequest, pk: int, details: FormStateIn) -> FormOut:
    """Needs the scope write:forms."""
    check_scope(request, ApiScope.WRITE_FORMS)
    account = request.auth  # type: ignore[attr-defined]
    set_form_state(form_for(account, pk), by=account, **details.dict())
    return FormOut(**_form_fields(form_for(account, pk)))


@router.get(
    "/forms/{pk}/versions/{number}/questions",
    response={200: list[QuestionOut], 403: ProblemOut, 404: ProblemOut},
    summary="What a version asks",
)
def list_questions(request: HttpRequest, pk: int, number: int) -> list[QuestionOut]:
    """Every field of the version, in its order."""
    check_scope(request, ApiScope.READ)
    version = version_of(form_for(request.auth, pk), number)  # type: ignore[attr-defined]
    return [
        QuestionOut(
            question=row.question_id, stable_id=row.question.stable_id, path=row.path, repeat=row.repeat, type=row.type,
            labels=row.labels, choices=row.choices,
            columns=[
                each.name for each in row.question.columns.all() if (each.type, each.table) == (row.type, row.repeat)
            ],
        )
        for row in questions_of(version)
    ]  # fmt: skip


def _form_fields(form: Questionnaire) -> dict[str, Any]:
    names = [name for name in FormOut.model_fields if name not in ("id", "current_version")]
    fields = {name: getattr(form, name) for name in names}
    return fields | {"id": form.pk, "current_version": form.current.version if form.current else ""}


def _version_out(version: FormVersion) -> FormVersionOut:
    names = ("number", "version", "title", "xform_sha256", "xform_md5", "languages")
    fields = {name: getattr(version, name) for name in names}
    count = version.question_count  # type: ignore[attr-defined]  # of `versions_of`
    return FormVersionOut(**fields, question_count=count, published_at=version.created_at)


def _upload_out(upload: FormUpload) -> FormUploadOut:
    names = ("state", "stage", "progress_percent", "xform_id", "title", "version", "xform_sha256", "summary")
    return FormUploadOut(
        **{name: getattr(upload, name) for name in names}, id=upload.pk, form=upload.form_id,
        problems=[FormProblemOut(**each) for each in upload.problems], media=[each.name for each in upload.media.all()],
        problem=ProblemOut(**upload.problem) if upload.problem else None,
    )  # fmt: skip
