"""Pages of imports and data sets."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from custodes.collection.actions import answer_import, start_import
from custodes.collection.errors import ImportNotFound
from custodes.collection.forms import AnswerForm, UploadForm
from custodes.collection.models import ImportRun
from custodes.collection.permissions import can_answer, can_import
from custodes.collection.queries import area_choices, datasets_for, import_for, imports_for, programme_choices
from custodes.collection.registry import source as source_named
from custodes.evidence.errors import Problem
from custodes.jobs.models import JobState
from custodes.people.permissions import check_role
from custodes.people.queries import account_names
from custodes.people.rules import Role

ROWS_PER_PAGE = 50


def _crumbs(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [
        {"label": _("Imports"), "url": reverse("import-list")},
        *({"label": each[0], "url": each[1]} for each in pairs),
    ]


@require_safe
@login_required
def import_list(request: HttpRequest) -> HttpResponse:
    """All imports that the account may see, newest first."""
    page = Paginator(imports_for(request.user), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    names = account_names([run.created_by for run in page.object_list])
    rows = [{"run": run, "by": names[run.created_by], "tag": _tag(run)} for run in page.object_list]
    return render(
        request, "collection/import_list.html", {"page": page, "rows": rows, "may_import": can_import(request.user)}
    )


def _tag(run: ImportRun) -> dict[str, str]:
    """Where an import stands, as a word and a colour."""
    if run.state == JobState.FAILED:
        return {"label": _("Failed"), "colour": "red"}
    if run.stage == ImportRun.Stage.QUESTIONS:
        return {"label": _("Waiting for answers"), "colour": "yellow"}
    if run.stage == ImportRun.Stage.ENDED:
        return {"label": run.get_outcome_display(), "colour": "green"}
    return {"label": run.get_stage_display(), "colour": "blue"}


@login_required
def import_new(request: HttpRequest) -> HttpResponse:
    """Upload a file."""
    if not can_import(request.user):
        check_role(request.user, Role.ME_OFFICER)
    form = UploadForm(request.POST or None, request.FILES or None, programmes=programme_choices(request.user))
    if request.method == "POST" and form.is_valid():
        words = (
            "source",
            "programme",
            "title",
            "series",
            "country",
            "licence",
            "provenance",
            "sensitivity",
            "synthetic",
        )
        chosen = {name: form.cleaned_data[name] for name in words}
        upload = form.cleaned_data["file"]
        try:
            run = start_import(upload, by=request.user, file_name=upload.name, mapping=form.layout(), **chosen)
        except Problem as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("import-detail", pk=run.pk)
    context = {"form": form, "page_title": _("Import a file"), "breadcrumbs": _crumbs((_("Import a file"), ""))}
    return render(request, "collection/import_new.html", context, status=400 if form.errors else 200)


@login_required
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an import stands: progress, questions, or its result."""
    run = import_for(request.user, pk)
    form = _answer_form(request, run)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            answer_import(run, by=request.user, mapping=form.answer_mapping(), matches=form.answer_matches())
        except Problem as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("import-detail", pk=run.pk)
    preview = run.preview or {}
    context = {
        "run": run, "form": form, "tag": _tag(run), "by": account_names([run.created_by])[run.created_by],
        "preview": _preview_table(preview),
        "questions": preview.get("questions", ()), "notes": preview.get("notes", {}),
        "unplaced": _unplaced_table(preview),
        "breadcrumbs": _crumbs((run.title, "")),
    }  # fmt: skip
    return render(request, "collection/import_detail.html", context, status=400 if form and form.errors else 200)


def _answer_form(request: HttpRequest, run: ImportRun) -> AnswerForm | None:
    waits = run.stage == ImportRun.Stage.QUESTIONS and run.state == JobState.DONE
    failed = run.state == JobState.FAILED and bool((run.preview or {}).get("header"))
    if not (waits or failed) or not can_answer(request.user, programme=run.programme, sensitivity=run.sensitivity):
        return None
    return AnswerForm(
        request.POST if request.method == "POST" else None, run=run, source=source_named(run.source), areas=area_choices(run)
    )  # fmt: skip


def _preview_table(preview: dict[str, Any]) -> dict[str, Any] | None:
    if not preview.get("header"):
        return None
    return {
        "caption": _("The first rows of %(count)s") % {"count": f"{preview.get('row_count', 0):,}"},
        "columns": [{"label": name} for name in preview["header"]],
        "rows": preview.get("rows", ()),
    }


def _unplaced_table(preview: dict[str, Any]) -> dict[str, Any] | None:
    if not preview.get("unplaced"):
        return None
    labels = (_("Row"), _("Event or unit"), _("Place as written"), _("First day"))
    return {
        "caption": _("Rows that belong to no area of ours"),
        "columns": [{"label": label} for label in labels],
        "rows": preview["unplaced"],
    }


@require_safe
@login_required
def import_rejects(request: HttpRequest, pk: int) -> FileResponse:
    """The reject file: the person's own rows with row, column, problem and fix."""
    try:
        run = import_for(request.user, pk)
    except ImportNotFound as problem:
        raise Http404(str(problem)) from problem
    if not run.rejects:
        raise Http404
    return FileResponse(
        run.rejects.open("rb"),
        as_attachment=True,
        filename=f"rejected-rows-{run.pk}.csv",
        content_type="text/csv; charset=utf-8",
    )


@require_safe
@login_required
def dataset_list(request: HttpRequest) -> HttpResponse:
    """All data sets that the account may see."""
    text = request.GET.get("q", "").strip()
    rows = datasets_for(request.user, text=text).defer("schema")
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    query = f"{urlencode({'q': text})}&" if text else ""
    return render(request, "collection/dataset_list.html", {"page": page, "text": text, "query": query})


@require_safe
@login_required
def dataset_detail(request: HttpRequest, sha256: str) -> HttpResponse:
    """What a data set holds and where it comes from; no row of it."""
    dataset = get_object_or_404(datasets_for(request.user), sha256=sha256)
    schema = dataset.schema
    columns = [
        {
            "name": column["name"], "type": column["type"], "role": schema.get("roles", {}).get(column["name"], ""),
            "question": schema.get("labels", {}).get(column["name"], {}).get("question", ""),
            "values": schema.get("labels", {}).get(column["name"], {}).get("values", {}),
            "missing": schema.get("missing", {}).get(column["name"], {}),
        }
        for column in schema["columns"]
    ]  # fmt: skip
    context = {
        "dataset": dataset, "columns": columns, "by": account_names([dataset.created_by])[dataset.created_by],
        "runs": imports_for(request.user).filter(dataset=dataset)[:20],
        "breadcrumbs": [{"label": _("Data sets"), "url": reverse("dataset-list")}, {"label": dataset.title, "url": ""}],
    }  # fmt: skip
    return render(request, "collection/dataset_detail.html", context)
