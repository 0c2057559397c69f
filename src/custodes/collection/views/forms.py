"""Pages of forms: from a file through its faults or its preview to a version; and the form with its versions and states."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from custodes.collection.actions import (
    add_form_media,
    publish_form_version,
    set_form_state,
    start_form_upload,
    withdraw_form_upload,
)
from custodes.collection.actions.forms import check_form_role
from custodes.collection.actions.keeping import FORM_MEDIA, FORMS, place_by_hash
from custodes.collection.errors import FormNotFound
from custodes.collection.forms import (
    FormMediaForm,
    FormStateForm,
    FormUploadForm,
    FormVersionForm,
    PublishForm,
    short_path,
)
from custodes.collection.models import Form, FormUpload
from custodes.collection.permissions import can_change_form, can_export, can_import
from custodes.collection.queries import (
    FormEvent,
    form_for,
    form_history,
    form_upload_for,
    forms_for,
    programme_choices,
    questions_of,
    submissions_for,
    version_of,
    versions_of,
    waiting_form_uploads,
)
from custodes.collection.rules.form_states import states_after
from custodes.evidence.errors import Problem
from custodes.people.permissions import check_role
from custodes.people.queries import account_names
from custodes.people.rules import Role

ROWS_PER_PAGE = 50
MOST_WAITING = 20
COLOURS = {Form.State.DRAFT: "grey", Form.State.OPEN: "green", Form.State.CLOSING: "yellow", Form.State.CLOSED: "grey"}
STAGE_COLOURS = {
    FormUpload.Stage.CONVERSION: "blue", FormUpload.Stage.PROBLEMS: "red", FormUpload.Stage.READY: "yellow",
    FormUpload.Stage.PUBLISHED: "green", FormUpload.Stage.WITHDRAWN: "grey",
}  # fmt: skip
# What the button of a change of state says, and the heading of the page that asks why.
ACTS = {
    Form.State.OPEN: gettext_lazy("Open again"),
    Form.State.CLOSING: gettext_lazy("Stop listing"),
    Form.State.CLOSED: gettext_lazy("Close"),
}
page_with_form = require_http_methods(["GET", "HEAD", "POST"])


def _crumbs(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"label": _("Forms"), "url": reverse("form-list")}, *({"label": each[0], "url": each[1]} for each in pairs)]


def _form_crumb(form: Form) -> tuple[str, str]:
    return form.title, reverse("form-detail", args=[form.pk])


def _state_tag(form: Form) -> dict[str, str]:
    return {"label": form.get_state_display(), "colour": COLOURS[Form.State(form.state)]}


def _stage_tag(upload: FormUpload) -> dict[str, str]:
    if upload.has_failed:
        return {"label": _("Failed"), "colour": "red"}
    return {"label": upload.get_stage_display(), "colour": STAGE_COLOURS[FormUpload.Stage(upload.stage)]}


@require_safe
@login_required
def form_list(request: HttpRequest) -> HttpResponse:
    """All forms that the account may see, and the files that wait for somebody."""
    page = Paginator(forms_for(request.user), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    waiting = list(waiting_form_uploads(request.user)[:MOST_WAITING])
    names = account_names([each.created_by for each in waiting])
    context = {
        "page": page, "rows": [{"form": each, "tag": _state_tag(each)} for each in page.object_list],
        "waiting": [{"upload": each, "by": names[each.created_by], "tag": _stage_tag(each)} for each in waiting],
        "may_change": can_import(request.user),
    }  # fmt: skip
    return render(request, "collection/form_list.html", context)


@page_with_form
@login_required
def form_upload_new(request: HttpRequest) -> HttpResponse:
    """Send the file of a form."""
    if not can_import(request.user):
        check_role(request.user, Role.ME_OFFICER)
    form = FormUploadForm(request.POST or None, request.FILES or None, programmes=programme_choices(request.user))
    if request.method == "POST" and form.is_valid():
        chosen = {name: form.cleaned_data[name] for name in ("programme", "sensitivity")}
        return _sent(request, form, **chosen) or _upload_page(
            request, form, _("New form"), _crumbs((_("New form"), ""))
        )
    return _upload_page(request, form, _("New form"), _crumbs((_("New form"), "")))


@page_with_form
@login_required
def form_version_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the file of a further version of a form."""
    questionnaire = form_for(request.user, pk)
    check_form_role(request.user, programme=questionnaire.programme, sensitivity=questionnaire.sensitivity)
    form = FormVersionForm(request.POST or None, request.FILES or None)
    crumbs = _crumbs(_form_crumb(questionnaire), (_("New version"), ""))
    if request.method == "POST" and form.is_valid():
        return _sent(request, form, form=questionnaire) or _upload_page(request, form, _("New version"), crumbs)
    return _upload_page(request, form, _("New version"), crumbs)


def _sent(request: HttpRequest, page_form: Any, **chosen: Any) -> HttpResponse | None:
    """Start the upload and go to its page; None where it was refused, with the reason on the page's form."""
    file = page_form.cleaned_data["file"]
    try:
        upload = start_form_upload(file, by=request.user, file_name=file.name, **chosen)
    except Problem as problem:
        page_form.add_error(None, str(problem))
        return None
    return redirect("form-upload-detail", pk=upload.pk)


def _upload_page(request: HttpRequest, form: Any, title: str, crumbs: list[dict[str, str]]) -> HttpResponse:
    context = {"form": form, "page_title": title, "breadcrumbs": crumbs}
    return render(request, "collection/form_upload_new.html", context, status=400 if form.errors else 200)


@page_with_form
@login_required
def form_upload_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an upload stands: being converted, its faults, or what would be published; sent, it publishes."""
    upload = form_upload_for(request.user, pk)
    form = _publish_form_or_none(request, upload)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            version = publish_form_version(upload, by=request.user, confirmed=form.confirmed(), **form.words())
        except Problem as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("form-detail", pk=version.form_id)
    return _upload_detail(request, upload, form)


def _publish_form_or_none(request: HttpRequest, upload: FormUpload) -> PublishForm | None:
    if upload.is_going or upload.stage != FormUpload.Stage.READY or not _may_change(request, upload):
        return None
    return PublishForm(request.POST if request.method == "POST" else None, upload=upload)


def _may_change(request: HttpRequest, row: FormUpload | Form) -> bool:
    return can_change_form(request.user, programme=row.programme, sensitivity=row.sensitivity)


def _upload_detail(
    request: HttpRequest, upload: FormUpload, form: PublishForm | None, *, media_form: FormMediaForm | None = None
) -> HttpResponse:  # fmt: skip
    present = {each.name: each for each in upload.media.all()}
    open_stages = (FormUpload.Stage.READY, FormUpload.Stage.PROBLEMS)
    may_change = _may_change(request, upload)
    has_preview = upload.stage in (FormUpload.Stage.READY, FormUpload.Stage.PUBLISHED)
    context = {
        "upload": upload, "form": form, "tag": _stage_tag(upload), "by": account_names([upload.created_by])[upload.created_by],
        "problems": [_problem_row(each) for each in upload.problems],
        "errors": sum(each["severity"] == "error" for each in upload.problems),
        "questions": [_question_row(each, upload) for each in upload.summary.get("questions", ())] if has_preview else [],
        "changes": list(_change_rows(upload.summary)) if has_preview and upload.summary.get("against") else None,
        "media": [{"name": name, "file": present.get(name)} for name in upload.summary.get("media", ())],
        "media_form": media_form or FormMediaForm(), "may_add_media": form is not None,
        "may_withdraw": may_change and (upload.has_failed or (not upload.is_going and upload.stage in open_stages)),
        "may_change": may_change, "breadcrumbs": _crumbs((str(upload), "")),
    }  # fmt: skip
    refused = bool((form is not None and form.errors) or (media_form is not None and media_form.errors))
    return render(request, "collection/form_upload_detail.html", context, status=400 if refused else 200)


def _problem_row(problem: Mapping[str, Any]) -> dict[str, Any]:
    """One fault as the table shows it, with the text at fault cut where it goes wrong."""
    text, at = problem["text"], problem["at"]
    marked = (
        {"before": text[:at], "mark": text[at : at + 1] or " ", "after": text[at + 1 :]} if at is not None else None
    )
    return {**problem, "marked": marked, "is_error": problem["severity"] == "error"}


def _question_row(question: Mapping[str, Any], upload: FormUpload) -> dict[str, Any]:
    language = (upload.summary["languages"] or [""])[0]
    labels = question["labels"]
    return {
        **question,
        "short": short_path(question["path"]),
        "label": labels.get(language) or next(iter(labels.values()), ""),
    }


def _change_rows(summary: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """What differs from the current version, one line for each change."""
    asked = {each["path"]: next(iter(each["labels"].values()), "") for each in summary["questions"]}
    unsure = {each["after"] for each in summary["proposals"]}
    for path in summary["added"]:
        if path in asked:
            change = _("new, unless you tick it below") if path in unsure else _("new")
            yield {"path": short_path(path), "change": change, "before": "", "after": asked[path]}
    for each in summary["removed"]:
        if each["type"] != "metadata":
            label = next(iter(each["labels"].values()), "")
            yield {"path": short_path(each["path"]), "change": _("no longer asked"), "before": label, "after": ""}
    for each in summary["renamed"]:
        path = short_path(each["path"])
        yield {"path": path, "change": _("renamed or moved"), "before": short_path(each["before"]), "after": path}
    for each in summary["retyped"]:
        yield {
            "path": short_path(each["path"]),
            "change": _("another type"),
            "before": each["before"],
            "after": each["after"],
        }
    for each in summary["relabelled"]:
        change = _("reworded (%(language)s)") % {"language": each["language"]} if each["language"] else _("reworded")
        yield {"path": short_path(each["path"]), "change": change, "before": each["before"], "after": each["after"]}
    for each in summary["choices"]:
        yield {
            "path": short_path(each["path"]), "change": _("other choices"), "before": ", ".join(each["removed"]),
            "after": ", ".join(each["added"]),
        }  # fmt: skip


@require_POST
@login_required
def form_upload_media(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a file that the form asks for."""
    upload = form_upload_for(request.user, pk)
    form = FormMediaForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            add_form_media(upload, file, by=request.user, name=file.name)
        except Problem as problem:
            form.add_error("file", str(problem))
        else:
            return redirect("form-upload-detail", pk=pk)
    return _upload_detail(request, upload, _unsent_publish_form(request, upload), media_form=form)


def _unsent_publish_form(request: HttpRequest, upload: FormUpload) -> PublishForm | None:
    ready = not upload.is_going and upload.stage == FormUpload.Stage.READY and _may_change(request, upload)
    return PublishForm(upload=upload) if ready else None


@require_POST
@login_required
def form_upload_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Set an upload aside."""
    withdraw_form_upload(form_upload_for(request.user, pk), by=request.user)
    return redirect("form-list")


@require_safe
@login_required
def form_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A form: its state, its versions, what was done with it."""
    form = form_for(request.user, pk)
    may_change = _may_change(request, form)
    context = {
        "questionnaire": form, "tag": _state_tag(form), "versions": list(versions_of(form)),
        "waiting": [{"upload": each, "tag": _stage_tag(each)} for each in waiting_form_uploads(request.user, form=form)[:MOST_WAITING]],
        "acts": [{"state": each, "label": ACTS[Form.State(each)]} for each in states_after(form.state)] if may_change else [],
        "history": [{"event": each, "sentence": _sentence(each)} for each in form_history(form)],
        "may_change": may_change, "breadcrumbs": _crumbs((form.title, "")),
        "may_read": can_export(request.user, programme=form.programme, sensitivity=form.sensitivity),
        "submission_count": submissions_for(request.user, form).count(),
    }  # fmt: skip
    return render(request, "collection/form_detail.html", context)


def _sentence(event: FormEvent) -> str:
    """What was done, in words."""
    states = dict(Form.State.choices)
    match event.act:
        case "form.state":
            return _("%(before)s became %(after)s") % {
                "before": states.get(str(event.facts.get("from")), ""), "after": states.get(str(event.facts.get("to")), "")
            }  # fmt: skip
        case "form.publish":
            asked = int(str(event.facts.get("questions", 0)))
            version = str(event.facts.get("version") or "–")
            return ngettext(
                "Version %(version)s published with %(number)s field", "Version %(version)s published with %(number)s fields", asked
            ) % {"version": version, "number": asked}  # fmt: skip
        case _:
            return _("First file sent")


@page_with_form
@login_required
def form_state(request: HttpRequest, pk: int, state: str) -> HttpResponse:
    """Ask why a form is opened or closed, and do it."""
    questionnaire = form_for(request.user, pk)
    check_form_role(request.user, programme=questionnaire.programme, sensitivity=questionnaire.sensitivity)
    if state not in states_after(questionnaire.state):
        raise Http404
    form = FormStateForm(request.POST or None, state=state, initial={"late": questionnaire.late})
    if request.method == "POST" and form.is_valid():
        try:
            set_form_state(questionnaire, by=request.user, state=state, **form.cleaned_data)
        except Problem as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("form-detail", pk=pk)
    context = {
        "form": form, "page_title": ACTS[Form.State(state)], "page_caption": questionnaire.title, "state": state,
        "breadcrumbs": _crumbs(_form_crumb(questionnaire), (str(ACTS[Form.State(state)]), "")),
    }  # fmt: skip
    return render(request, "collection/form_state.html", context, status=400 if form.errors else 200)


@require_safe
@login_required
def form_version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What one version asks, with the columns of its answers."""
    form = form_for(request.user, pk)
    version = version_of(form, number)
    language = (version.languages or [""])[0]
    rows = [
        {
            "row": each, "short": short_path(each.path), "label": each.labels.get(language) or next(iter(each.labels.values()), ""),
            "columns": [column.name for column in each.question.columns.all() if column.type == each.type and not column.part],
        }
        for each in questions_of(version).exclude(type="metadata").defer("choices")
    ]  # fmt: skip
    context = {
        "questionnaire": form, "version": version, "rows": rows, "media": version.upload.media.all(),
        "by": account_names([version.created_by])[version.created_by],
        "breadcrumbs": _crumbs(_form_crumb(form), (_("Version %(number)s") % {"number": version.number}, "")),
    }  # fmt: skip
    return render(request, "collection/form_version.html", context)


@require_safe
@login_required
def form_xform(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """The XForm of a version, byte for byte as devices get it."""
    form, version = _version_or_404(request, pk, number)
    place = place_by_hash(FORMS, version.xform_sha256, ".xml")
    if not place.exists():
        raise Http404
    name = f"{form.xform_id}-{version.number}.xml"
    return FileResponse(place.open("rb"), as_attachment=True, filename=name, content_type="text/xml; charset=utf-8")


@require_safe
@login_required
def form_media(request: HttpRequest, pk: int, number: int, name: str) -> FileResponse:
    """A file that goes with a version; always to be saved, never shown."""
    _form, version = _version_or_404(request, pk, number)
    media = next((each for each in version.upload.media.all() if each.name == name), None)
    place = place_by_hash(FORM_MEDIA, media.sha256) if media is not None else None
    if place is None or not place.exists():
        raise Http404
    return FileResponse(place.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream")


def _version_or_404(request: HttpRequest, pk: int, number: int) -> tuple[Form, Any]:
    try:
        form = form_for(request.user, pk)
        return form, version_of(form, number)
    except FormNotFound as problem:
        raise Http404(str(problem)) from problem
