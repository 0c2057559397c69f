"""Questions about imports, data sets, forms, devices and exports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from custodes.collection.errors import (
    DatasetNotFound,
    ExportNotFound,
    FormNotFound,
    FormUploadNotFound,
    ImportNotFound,
    SubmissionNotFound,
)
from custodes.collection.models import (
    Device,
    Export,
    Form,
    FormUpload,
    FormVersion,
    ImportRun,
    QuestionColumn,
    QuestionVersion,
    Submission,
)
from custodes.collection.permissions import EXPORTS_FORMS, SEES_IMPORTS, can_export
from custodes.ledger.models import Dataset
from custodes.ledger.queries import entries_about
from custodes.people.permissions import Visitor, grant_or_none
from custodes.people.queries import account_names, rows_within
from custodes.people.rules import Role
from custodes.places.queries import known_areas
from custodes.places.rules import KnownArea
from custodes.programmes.models import Programme


def imports_for(account: Visitor) -> QuerySet[ImportRun]:
    """The imports within the account's grants, newest first, without their previews (I25)."""
    runs = rows_within(ImportRun.objects.all(), account, programme="programme", roles=SEES_IMPORTS)
    return runs.select_related("dataset").defer("preview", "mapping", "dataset__schema").order_by("-created_at", "-pk")


def import_for(account: Visitor, pk: int) -> ImportRun:
    """One import with everything, or ImportNotFound: as if it did not exist for whoever may not see it."""
    run = rows_within(ImportRun.objects.all(), account, programme="programme", roles=SEES_IMPORTS)
    found = run.select_related("dataset").filter(pk=pk).first()
    if found is None:
        raise ImportNotFound(_("There is no import of that number."), where=str(pk), remedy=_("Look in the list."))
    return found


def datasets_for(account: Visitor, *, text: str = "") -> QuerySet[Dataset]:
    """The data sets within the account's grants, newest first (I25)."""
    rows = rows_within(Dataset.objects.all(), account, programme="programme")
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(series__icontains=text) | Q(sha256__startswith=text.lower()))
    return rows.order_by("-created_at", "-pk")


def dataset_for(account: Visitor, sha256: str) -> Dataset:
    """One data set, or DatasetNotFound for whoever may not see it."""
    found = datasets_for(account).filter(sha256=sha256).first()
    if found is None:
        raise DatasetNotFound(_("There is no such data set."), where=sha256[:64], remedy=_("Look in the list."))
    return found


def programme_choices(account: Visitor) -> list[tuple[str, str]]:
    """Code and title of the programmes within the account's grants."""
    rows = rows_within(Programme.objects.all(), account, programme="code")
    return [(row.code, row.title) for row in rows.order_by("title").only("code", "title")]


def area_choices(run: ImportRun) -> list[KnownArea]:
    """The areas that a written place of this import may mean."""
    level = (run.preview or {}).get("mapping", {}).get("area_level", 1)
    return known_areas(run.country, level)


WAITING_STAGES = (FormUpload.Stage.CONVERSION, FormUpload.Stage.PROBLEMS, FormUpload.Stage.READY)
MOST_HISTORY = 50


def forms_for(account: Visitor) -> QuerySet[Form]:
    """The forms within the account's grants, by title, with their number of versions; a draft whose uploads were all withdrawn is none (I25)."""
    live = FormUpload.objects.filter(form=OuterRef("pk")).exclude(stage=FormUpload.Stage.WITHDRAWN)
    forms = rows_within(Form.objects.all(), account, programme="programme", roles=SEES_IMPORTS)
    forms = forms.filter(~Q(state=Form.State.DRAFT) | Exists(live))
    return forms.select_related("current").annotate(version_count=Count("versions")).order_by("title", "xform_id")


def form_for(account: Visitor, pk: int) -> Form:
    """One form, or FormNotFound: as if it did not exist for whoever may not see it."""
    found = forms_for(account).filter(pk=pk).first()
    if found is None:
        raise FormNotFound(_("There is no form of that number."), where=str(pk), remedy=_("Look in the list."))
    return found


def form_uploads_for(account: Visitor) -> QuerySet[FormUpload]:
    """The files of forms within the account's grants, newest first, without what a list does not show (I25)."""
    uploads = rows_within(FormUpload.objects.all(), account, programme="programme", roles=SEES_IMPORTS)
    return uploads.defer("problems", "summary").order_by("-created_at", "-pk")


def waiting_form_uploads(account: Visitor, *, form: Form | None = None) -> QuerySet[FormUpload]:
    """The uploads that somebody still has to do something with."""
    uploads = form_uploads_for(account).filter(stage__in=WAITING_STAGES)
    return uploads.filter(form=form) if form is not None else uploads


def form_upload_for(account: Visitor, pk: int) -> FormUpload:
    """One upload with everything, or FormUploadNotFound for whoever may not see it."""
    uploads = rows_within(FormUpload.objects.all(), account, programme="programme", roles=SEES_IMPORTS)
    found = uploads.select_related("form", "published_version").prefetch_related("media").filter(pk=pk).first()
    if found is None:
        raise FormUploadNotFound(_("There is no upload of that number."), where=str(pk), remedy=_("Look in the list."))
    return found


def versions_of(form: Form) -> QuerySet[FormVersion]:
    """The versions of a form, newest first, with the files that go with them and their number of questions."""
    versions = form.versions.select_related("upload").prefetch_related("upload__media")
    return versions.annotate(question_count=Count("questions")).order_by("-number")


def version_of(form: Form, number: int) -> FormVersion:
    """One version of a form, or FormNotFound."""
    found = versions_of(form).filter(number=number).first()
    if found is None:
        raise FormNotFound(
            _("This form has no version %(number)s.") % {"number": number}, where=str(form), remedy=_("Look at its page.")
        )  # fmt: skip
    return found


def questions_of(version: FormVersion) -> QuerySet[QuestionVersion]:
    """What a version asks, in its order, each question with the columns of its answers."""
    columns = Prefetch("question__columns", queryset=QuestionColumn.objects.order_by("pk"))
    return version.questions.select_related("question").prefetch_related(columns).order_by("position")


@dataclass(frozen=True, slots=True)
class FormEvent:
    """One thing that was done with a form: when, by whom, what, and why."""

    when: datetime
    who: str
    act: str
    facts: dict[str, object]
    why: str


def form_history(form: Form) -> Sequence[FormEvent]:
    """The latest that happened to a form, newest first, with names looked up in one query."""
    entries = list(entries_about(f"form:{form.pk}").reverse()[:MOST_HISTORY])
    names = account_names([entry.actor for entry in entries])
    return tuple(
        FormEvent(datetime.fromisoformat(entry.when), names[entry.actor], entry.act, entry.what, entry.why)
        for entry in entries
    )


def devices_for(account: Visitor) -> QuerySet[Device]:
    """The devices of programmes within the account's grants, by label, with those of their forms that it may see (I25)."""
    forms = rows_within(Form.objects.all(), account, programme="programme", roles=SEES_IMPORTS)
    rows = rows_within(Device.objects.all(), account, programme="programme", sensitivity=None, roles=SEES_IMPORTS)
    return rows.prefetch_related(Prefetch("forms", queryset=forms)).order_by("label", "pk")


def forms_for_devices(account: Visitor) -> list[Form]:
    """The forms that the account may give to a device: those of which it is the M&E officer, by title."""
    rows = rows_within(
        Form.objects.exclude(state=Form.State.CLOSED), account, programme="programme", roles=[Role.ME_OFFICER]
    )
    return [
        form
        for form in rows.order_by("title", "xform_id")
        if grant_or_none(account, Role.ME_OFFICER, programme=form.programme, sensitivity=form.sensitivity)
    ]


def exports_for(account: Visitor) -> QuerySet[Export]:
    """The exports of forms within the account's grants, newest first (I25)."""
    rows = rows_within(
        Export.objects.all(), account, programme="form__programme", sensitivity="form__sensitivity", roles=EXPORTS_FORMS
    )
    return rows.select_related("form").order_by("-created_at", "-pk")


def export_for(account: Visitor, pk: int) -> Export:
    """One export, or ExportNotFound for whoever may not see it."""
    found = exports_for(account).filter(pk=pk).first()
    if found is None:
        raise ExportNotFound(_("There is no export of that number."), where=str(pk), remedy=_("Look in the list."))
    return found


def submissions_for(account: Visitor, form: Form, *, inbox: str | None = None) -> QuerySet[Submission]:
    """What was sent of a form, newest first, without its content; for those who may take the records away, and for nobody else (I25)."""
    if not can_export(account, programme=form.programme, sensitivity=form.sensitivity):
        return Submission.objects.none()
    rows = Submission.objects.filter(form=form, deleted_at__isnull=True)
    if inbox is not None:
        rows = rows.filter(inbox=inbox)
    return rows.select_related("device").order_by("-received_at", "-pk")


def submission_for(account: Visitor, form: Form, pk: int) -> Submission:
    """One submission with its current content, or SubmissionNotFound for whoever may not see it."""
    rows = submissions_for(account, form).select_related("current", "version").prefetch_related("attachments")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise SubmissionNotFound(
            _("There is no submission of that number."), where=str(pk), remedy=_("Look in the list.")
        )
    return found
