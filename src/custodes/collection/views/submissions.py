"""Pages of what devices sent of a form: the list, one submission with its answers, its files; and taking all of it away as a file."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from custodes.collection.actions import start_export
from custodes.collection.exports.records import ExportFormat
from custodes.collection.forms import short_path
from custodes.collection.models import Export, Form, QuestionVersion, Submission
from custodes.collection.permissions import EXPORTS_FORMS
from custodes.collection.queries import export_for, exports_for, form_for, submission_for, submissions_for
from custodes.collection.receiver.storage import attachment_path
from custodes.collection.rules.answers import answers_in
from custodes.people.permissions import check_role
from custodes.people.queries import account_names

ROWS_PER_PAGE = 50
MOST_EXPORTS = 10
STATE_COLOURS = {
    Submission.State.RECEIVED: "blue", Submission.State.HAS_ISSUES: "yellow", Submission.State.APPROVED: "green",
    Submission.State.REJECTED: "red",
}  # fmt: skip


def _form(request: HttpRequest, pk: int) -> Form:
    """The form, for those who may read what was sent of it; everybody else is told which role it needs."""
    form = form_for(request.user, pk)
    check_role(request.user, *EXPORTS_FORMS, programme=form.programme, sensitivity=form.sensitivity)
    return form


def _crumbs(form: Form, *pairs: tuple[str, str]) -> list[dict[str, str]]:
    above = (
        (_("Forms"), reverse("form-list")),
        (form.title, reverse("form-detail", args=[form.pk])),
        (_("Submissions"), reverse("submission-list", args=[form.pk]) if pairs else ""),
    )
    return [{"label": label, "url": url} for label, url in (*above, *pairs)]


@require_safe
@never_cache
@login_required
def submission_list(request: HttpRequest, pk: int) -> HttpResponse:
    """What was sent of a form, newest first; one inbox of it where the address names one."""
    form = _form(request, pk)
    everything = submissions_for(request.user, form)
    counts = dict(everything.order_by().values_list("inbox").annotate(Count("pk")))
    inbox = request.GET.get("inbox", "")
    chosen = inbox if inbox in Submission.Inbox.values and inbox else None
    page = Paginator(submissions_for(request.user, form, inbox=chosen), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    exports = list(exports_for(request.user).filter(form=form)[:MOST_EXPORTS])
    names = account_names([each.created_by for each in exports])
    context = {
        "questionnaire": form, "page": page, "chosen": chosen, "query": f"inbox={chosen}&" if chosen else "",
        "rows": [{"submission": each, "tag": _tag(each)} for each in page.object_list],
        "total": sum(counts.values()),
        "inboxes": [
            {"key": each.value, "label": each.label, "count": counts[each.value], "is_chosen": each.value == chosen}
            for each in Submission.Inbox if each.value and counts.get(each.value)
        ],
        "exports": [{"export": each, "by": names[each.created_by]} for each in exports],
        "renewed_after": min((each.renewed_after for each in exports if each.is_going), default=0),
        "kinds": Export.Kind.choices, "breadcrumbs": _crumbs(form),
    }  # fmt: skip
    return render(request, "collection/submission_list.html", context)


def _tag(submission: Submission) -> dict[str, str]:
    """Where a submission stands, as a word and a colour."""
    return {"label": submission.get_state_display(), "colour": STATE_COLOURS[Submission.State(submission.state)]}


@require_safe
@never_cache
@login_required
def submission_detail(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The answers of one submission beside their questions, its files, and every content that came under its name."""
    form = _form(request, pk)
    submission = submission_for(request.user, form, number)
    context = {
        "questionnaire": form, "submission": submission, "tag": _tag(submission), "answers": _answers(submission),
        "attachments": submission.attachments.all(), "revisions": submission.revisions.defer("xml").order_by("pk"),
        "breadcrumbs": _crumbs(form, (submission.instance_id, "")),
    }  # fmt: skip
    return render(request, "collection/submission_detail.html", context)


def _answers(submission: Submission) -> list[dict[str, Any]]:
    """Each answer with its question as it was worded in the version that was filled in; a choice with its label beside its code."""
    if submission.current is None:
        return []
    asked: dict[str, QuestionVersion] = {}
    if submission.version is not None:
        asked = {each.path: each for each in submission.version.questions.all()}
    rows = []
    for answer in answers_in(bytes(submission.current.xml)):
        question = asked.get(answer.path)
        label = _first(question.labels) if question else ""
        rows.append(
            {"name": short_path(answer.path), "times": answer.times, "label": label, "text": answer.text, "choice": _choice(question, answer.text)}
        )  # fmt: skip
    return rows


def _choice(question: QuestionVersion | None, text: str) -> str:
    if question is None or not question.choices:
        return ""
    labels = {each["name"]: _first(each["labels"]) for each in question.choices}
    return ", ".join(labels[code] for code in text.split() if labels.get(code))


def _first(labels: dict[str, str]) -> str:
    return next(iter(labels.values()), "")


@require_safe
@login_required
def submission_file(request: HttpRequest, pk: int, number: int, attachment: int) -> FileResponse:
    """A file of a submission, never opened in the page: it comes from a stranger's device."""
    form = _form(request, pk)
    row = get_object_or_404(submission_for(request.user, form, number).attachments.all(), pk=attachment)
    place = attachment_path(row.sha256)
    if not place.is_file():
        raise Http404
    return FileResponse(
        place.open("rb"), as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )


@require_POST
@login_required
def export_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for everything that was sent of a form, as a file."""
    form = _form(request, pk)
    kind = request.POST.get("kind", "")
    if kind not in Export.Kind.values:
        raise Http404
    start_export(form, by=request.user, kind=ExportFormat(kind))
    return redirect("submission-list", pk=form.pk)


@require_safe
@login_required
def export_file(request: HttpRequest, pk: int) -> FileResponse:
    """The file of an export."""
    export = export_for(request.user, pk)
    if not export.file:
        raise Http404
    return FileResponse(export.file.open("rb"), as_attachment=True, filename=export.file_name)
