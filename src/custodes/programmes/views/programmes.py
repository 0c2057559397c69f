"""Programmes, their results tree, partners and plan versions."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from custodes.people.permissions import check_role, grant_or_none
from custodes.people.queries import account_name, account_names
from custodes.programmes import actions, queries
from custodes.programmes.forms import DecisionForm, PartnerForm, ProgrammeForm, ResultForm
from custodes.programmes.models import PlanVersion
from custodes.programmes.permissions import (
    PLANNERS,
    check_may_approve,
    check_may_plan,
    may_approve,
    may_define,
    may_plan,
)
from custodes.programmes.rules.plan import plan_difference
from custodes.programmes.views.pages import accepted, crumbs, form_page, programme_or_404, result_or_404

ROWS_PER_PAGE = 50
page_with_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@login_required
def programme_list(request: HttpRequest) -> HttpResponse:
    rows = queries.programmes_with_counts(request.user).order_by("title")
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    may_add = grant_or_none(request.user, *PLANNERS) is not None
    return render(request, "programmes/programme_list.html", {"page": page, "may_add": may_add})


@page_with_form
@login_required
def programme_new(request: HttpRequest) -> HttpResponse:
    check_role(request.user, *PLANNERS)
    form = ProgrammeForm(request.POST or None, is_new=True, approved_before=False)

    def act() -> None:
        actions.create_programme(by=request.user, **form.cleaned_data)

    if request.method == "POST" and accepted(form, act):
        return redirect("programme-detail", form.cleaned_data["code"])
    return form_page(request, form, title=_("New programme"), button=_("Create programme"), breadcrumbs=crumbs())


@require_safe
@login_required
def programme_detail(request: HttpRequest, code: str) -> HttpResponse:
    programme = programme_or_404(request, code)
    versions = list(programme.plan_versions.all())
    indicators = queries.visible_indicators_of(programme, request.user)
    hidden = queries.hidden_indicators_of(programme, request.user)
    context = {
        "programme": programme,
        "tree": queries.results_tree(programme, indicators),
        "remarks": queries.smart_remarks(indicators),
        "partners": programme.partner_roles.select_related("organisation"),
        "versions": versions,
        "waiting": queries.pending_difference(programme, hidden=hidden.values()) if versions else [],
        "may_plan": may_plan(request.user, programme) and programme.status != programme.Status.CLOSED,
        "may_approve": may_approve(request.user, programme),
        "may_define": may_define(request.user),
        "breadcrumbs": crumbs(),
    }
    return render(request, "programmes/programme.html", context)


@page_with_form
@login_required
def programme_edit(request: HttpRequest, code: str) -> HttpResponse:
    programme = programme_or_404(request, code)
    check_may_plan(request.user, programme)
    names = ("title", "summary", "starts", "ends", "lead_institution", "is_public")
    form = ProgrammeForm(
        request.POST or None, is_new=False, approved_before=_approved_before(programme),
        initial={name: getattr(programme, name) for name in names},
    )  # fmt: skip

    def act() -> None:
        values = {name: form.cleaned_data[name] for name in names}
        actions.edit_programme(programme, by=request.user, reason=form.reason_given, **values)

    if request.method == "POST" and accepted(form, act):
        return _back(request, programme, _("The programme was changed."))
    return form_page(request, form, title=_("Change the programme"), button=_("Save"), breadcrumbs=crumbs(programme))


@page_with_form
@login_required
def result_new(request: HttpRequest, code: str) -> HttpResponse:
    programme = programme_or_404(request, code)
    check_may_plan(request.user, programme)
    form = ResultForm(request.POST or None, programme=programme, approved_before=_approved_before(programme))

    def act() -> None:
        values = {name: value for name, value in form.cleaned_data.items() if name != "reason"}
        actions.add_result(programme, by=request.user, reason=form.reason_given, **values)

    if request.method == "POST" and accepted(form, act):
        return _back(request, programme, _("The result was added."))
    return form_page(request, form, title=_("New result"), button=_("Add result"), breadcrumbs=crumbs(programme))


@page_with_form
@login_required
def result_edit(request: HttpRequest, code: str, result: str) -> HttpResponse:
    programme = programme_or_404(request, code)
    check_may_plan(request.user, programme)
    row = result_or_404(programme, result)
    names = ("parent", "statement", "actor", "because", "assumptions", "position")
    form = ResultForm(
        request.POST or None, programme=programme, result=row, approved_before=_approved_before(programme),
        initial={name: getattr(row, name) for name in names},
    )  # fmt: skip

    def act() -> None:
        values = {name: form.cleaned_data[name] for name in names}
        actions.edit_result(row, by=request.user, reason=form.reason_given, **values)

    if request.method == "POST" and accepted(form, act):
        return _back(request, programme, _("The result was changed."))
    title = _("Change result %(code)s") % {"code": row.code}
    return form_page(request, form, title=title, button=_("Save"), breadcrumbs=crumbs(programme))


@page_with_form
@login_required
def partner_new(request: HttpRequest, code: str) -> HttpResponse:
    programme = programme_or_404(request, code)
    check_may_plan(request.user, programme)
    form = PartnerForm(request.POST or None, approved_before=_approved_before(programme))

    def act() -> None:
        values = {name: value for name, value in form.cleaned_data.items() if name != "reason"}
        actions.add_partner(programme, by=request.user, reason=form.reason_given, **values)

    if request.method == "POST" and accepted(form, act):
        return _back(request, programme, _("The partner was added."))
    return form_page(request, form, title=_("New partner"), button=_("Add partner"), breadcrumbs=crumbs(programme))


@require_POST
@login_required
def plan_submit(request: HttpRequest, code: str) -> HttpResponse:
    programme = programme_or_404(request, code)
    actions.submit_plan(programme, by=request.user)
    return _back(request, programme, _("The plan was submitted for approval."))


@page_with_form
@login_required
def plan_approve(request: HttpRequest, code: str) -> HttpResponse:
    programme = programme_or_404(request, code)
    check_may_approve(request.user, programme)
    form = DecisionForm(request.POST or None, initial={"seen": queries.plan_fingerprint(programme)})

    def act() -> None:
        values = form.cleaned_data
        if values["decision"] == DecisionForm.APPROVE:
            actions.approve_plan(programme, by=request.user, reason=values["reason"], seen=values["seen"])
        else:
            actions.return_plan(programme, by=request.user, reason=values["reason"])

    if request.method == "POST" and accepted(form, act):
        return _back(request, programme, _("The decision was recorded."))
    hidden = queries.hidden_indicators_of(programme, request.user)
    changes = queries.told_changes(queries.pending_changes(programme), hidden=hidden)
    names = account_names([change.created_by for change in changes])
    return form_page(
        request, form, title=_("Approve or return the plan"), button=_("Record the decision"),
        template="programmes/plan_approve.html", programme=programme,
        tree=queries.results_tree(programme, queries.visible_indicators_of(programme, request.user)),
        difference=queries.pending_difference(programme, hidden=hidden.values()), breadcrumbs=crumbs(programme),
        changes=[(change, names[change.created_by]) for change in changes],
    )  # fmt: skip


@require_safe
@login_required
def plan_version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    programme = programme_or_404(request, code)
    version = get_object_or_404(PlanVersion.objects.select_related("programme"), programme=programme, number=number)
    before = queries.plan_version_before(version)
    hidden = queries.hidden_indicators_of(programme, request.user)
    changes = queries.told_changes(version.changes.all(), hidden=hidden)
    shown = queries.snapshot_without(version.snapshot, hidden.values())
    earlier = queries.snapshot_without(before.snapshot, hidden.values()) if before else None
    names = account_names([change.created_by for change in changes])
    context = {
        "programme": programme,
        "version": version,
        "before": before,
        "indicators": shown["indicators"],
        "difference": plan_difference(earlier, shown) if earlier else [],
        "changes": [(change, names[change.created_by]) for change in changes],
        "approver": account_name(version.approved_by),
        "breadcrumbs": crumbs(programme),
    }
    return render(request, "programmes/plan_version.html", context)


def _approved_before(programme) -> bool:  # type: ignore[no-untyped-def]
    return queries.latest_plan_version(programme) is not None


def _back(request: HttpRequest, programme, text: str) -> HttpResponse:  # type: ignore[no-untyped-def]
    messages.success(request, text)
    return redirect(reverse("programme-detail", args=[programme.code]))
