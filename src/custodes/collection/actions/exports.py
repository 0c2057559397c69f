"""Exports of a form: asked for, made in the background from what was received, kept under the hash of their bytes."""

import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from custodes.collection.actions.imports import problem_from_row
from custodes.collection.exports.records import (
    AttachedFile,
    ExportFormat,
    ExportVersion,
    Record,
    RecordSource,
    StableColumn,
)
from custodes.collection.models import (
    Attachment,
    Export,
    Form,
    FormVersion,
    Question,
    QuestionColumn,
    QuestionVersion,
    Revision,
    Submission,
)
from custodes.collection.permissions import EXPORTS_FORMS
from custodes.collection.xform.reading import parse_form
from custodes.evidence.errors import FileUnreadable, Problem
from custodes.jobs.actions import Lease, queue_job, work_on
from custodes.ledger.actions import record
from custodes.ledger.rules import file_hash
from custodes.people.models import Account, RoleGrant
from custodes.people.permissions import check_role

if TYPE_CHECKING:
    from custodes.collection.exports.making import MadeExport

FOLDER, SEGMENTS = "exports", "segments"
MANY_RECORDS = 20_000  # from which on a second process is worth its start
AT_ONCE = 500  # rows fetched together


def start_export(
    form: Form, *, by: Account, kind: ExportFormat, language: str | None = None, states: Collection[str] = ()
) -> Export:
    """Queue an export of a form's records. Writes `export.start`.

    language  puts labels of that language in the place of codes.
    states    of review that count; none means all.
    Raises    NotAllowed, ArgumentInvalid.
    """
    grant = _check_export_role(by, form)
    with transaction.atomic():
        export = Export.objects.create(
            form=form, kind=kind.value, language=language, states=sorted(states), created_by=by.reference
        )
        export.entry = record(
            "export.start", subject=f"export:{export.pk}", by=by.reference, role=grant.role,
            what={"form": form.pk, "kind": kind.value, "states": export.states},
        ).seq  # fmt: skip
        queue_job(export)
    return export


def export_form(
    form: Form, *, by: Account, kind: ExportFormat, language: str | None = None, states: Collection[str] = ()
) -> Export:
    """The whole export in this process, for the command line; the same steps, lease and ledger. Raises any Problem of them."""
    export = start_export(form, by=by, kind=kind, language=language, states=states)
    work_on(export._meta.label_lower, export.pk)
    export.refresh_from_db()
    if export.has_failed:
        raise problem_from_row(export.problem or {})
    return export


def work_on_export(export: Export, lease: Lease) -> None:
    """Make the file of an export and put it in its place. Writes `export.make`, with the hash of what left the platform."""
    from custodes.collection.exports.making import (
        make_export,  # pyarrow is slow to import, and pages need no export made
    )

    account = Account.objects.filter(pk=export.created_by.partition(":")[2]).first()
    if account is None:
        raise Problem(
            _("The account that asked for the export is gone."), where=str(export), remedy=_("Ask for it again.")
        )
    grant = _check_export_role(account, export.form)
    kind, media = ExportFormat(export.kind), Path(settings.MEDIA_ROOT)
    submissions = _counted_submissions(export)
    total = submissions.count()
    (media / FOLDER).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=media / FOLDER) as temporary:
        made = make_export(
            _versions_of(export.form), records=_record_source(export.form, submissions, total), to=Path(temporary) / f"export{kind.ending}",
            kind=kind, segments=media / SEGMENTS / str(export.form.pk), language=export.language,
            processes=min(2, os.cpu_count() or 1) if total >= MANY_RECORDS else 1, progress=lease.report,
        )  # fmt: skip
        _keep(export, made)
    with transaction.atomic():
        export.records, export.rows = made.rows["record"], made.rows
        export.entry = record(
            "export.make", subject=f"export:{export.pk}", by=account.reference, role=grant.role,
            what={"form": export.form.pk, "kind": export.kind, "records": export.records, "sha256": export.file_sha256},
        ).seq  # fmt: skip
        export.save()
        lease.finish()


def _check_export_role(by: Account, form: Form) -> RoleGrant:
    return check_role(by, *EXPORTS_FORMS, programme=form.programme, sensitivity=form.sensitivity)


def _counted_submissions(export: Export) -> QuerySet[Submission]:
    """What counts: not deleted, not a trial of a draft; also what waits in an inbox, which the export says."""
    rows = Submission.objects.filter(
        form=export.form, is_test=False, deleted_at__isnull=True, current__isnull=False
    )  # fmt: skip
    if export.states:
        rows = rows.filter(state__in=export.states)
    return rows.order_by("received_at", "instance_id")


def _record_source(form: Form, submissions: QuerySet[Submission], total: int) -> RecordSource:
    """The records of a form. The XML is fetched by revision, so that an edit that arrives meanwhile changes nothing half-way."""
    numbers = dict(FormVersion.objects.filter(form=form).values_list("version", "number"))
    revisions: dict[str, int] = {}
    rows = submissions.select_related("current", "device").defer("current__xml")
    rows = rows.prefetch_related(Prefetch("attachments", Attachment.objects.order_by("name", "pk")))

    def heads() -> Iterator[Record]:
        for row in rows.iterator(chunk_size=AT_ONCE):
            if row.current is None:  # deleted since it was counted
                continue
            revisions[row.instance_id] = row.current.pk
            last = {
                each.name: each.sha256 for each in row.attachments.all()
            }  # of several files of one name the last counts
            yield Record(
                row.instance_id, numbers.get(row.current.version_text), row.current.sha256, row.received_at, row.state, row.inbox,
                row.device.label if row.device is not None else "", row.current.device_name,
                tuple(AttachedFile(name, sha256) for name, sha256 in last.items()),
            )  # fmt: skip

    def contents(records: Sequence[Record]) -> list[bytes]:
        wanted = [revisions[each.instance_id] for each in records]
        found = dict(Revision.objects.filter(pk__in=wanted).values_list("pk", "xml"))
        return [bytes(found[pk]) for pk in wanted]

    return RecordSource(total, heads(), contents)


def _versions_of(form: Form) -> list[ExportVersion]:
    columns_of = Prefetch("questions__question__columns", QuestionColumn.objects.filter(part="").order_by("pk"))
    versions = form.versions.order_by("number").prefetch_related(columns_of)
    found = []
    for version in versions:
        columns = {}
        for asked in version.questions.all():
            question = _merged(asked.question)
            columns[asked.path] = StableColumn(str(question.pk), _name(question, asked), question.missing_codes)
        found.append(ExportVersion(version.number, version.version, parse_form(_xform(version)), columns))
    return found


def _name(question: Question, asked: QuestionVersion) -> str:
    """The name that the question's column got first; exports give a further type of it a suffix."""
    first = next(iter(question.columns.all()), None)
    return first.name if first is not None else asked.path.rpartition("/")[2]


def _merged(question: Question) -> Question:
    """The question that stands for one that was merged into it."""
    seen = set()
    while question.merged_into is not None and question.pk not in seen:
        seen.add(question.pk)
        question = question.merged_into
    return question


def _xform(version: FormVersion) -> bytes:
    place = Path(settings.MEDIA_ROOT) / "forms" / version.xform_sha256[:2] / f"{version.xform_sha256}.xml"
    try:
        return place.read_bytes()
    except FileNotFoundError as error:
        raise FileUnreadable(
            _("The form of a version is no longer in the storage."), where=str(version), remedy=_("Restore it from the backup.")
        ) from error  # fmt: skip


def _keep(export: Export, made: "MadeExport") -> None:
    """Put the file under its hash; the same bytes twice are one file."""
    with made.file.open("rb") as stream:
        export.file_sha256 = file_hash(stream)
        os.fsync(stream.fileno())
    export.file_bytes = made.file.stat().st_size
    export.file_name = f"{get_valid_filename(export.form.xform_id)[:100] or 'form'}{made.file.suffix}"
    name = f"{FOLDER}/{export.file_sha256[:2]}/{export.file_sha256}/{export.file_name}"
    place = Path(settings.MEDIA_ROOT) / name
    place.parent.mkdir(parents=True, exist_ok=True)
    os.replace(made.file, place)
    export.file = name
