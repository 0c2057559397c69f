"""Indicators of a programme: chosen from the definitions, with baseline, path and targets."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from custodes.evidence.types import MissingPolicy, PathShape
from custodes.programmes import actions, queries
from custodes.programmes.forms import IndicatorForm, NewIndicatorForm, TargetsForm
from custodes.programmes.models import Indicator, Programme
from custodes.programmes.permissions import check_may_plan
from custodes.programmes.views.pages import accepted, crumbs, form_page, indicator_or_404, programme_or_404

page_with_form = require_http_methods(["GET", "HEAD", "POST"])


@page_with_form
@login_required
def indicator_new(request: HttpRequest, code: str) -> HttpResponse:
    """First the choice of a definition, with a search; then the form for it (`?definition=TRU-01`)."""
    programme = programme_or_404(request, code)
    check_may_plan(request.user, programme)
    definitions = queries.visible_definitions(request.user)
    chosen = request.GET.get("definition", "")
    if not chosen:
        return _definition_choice(request, programme)
    version = get_object_or_404(queries.current_versions(definitions), definition__code=chosen)
    form = NewIndicatorForm(
        request.POST or None, programme=programme,
        approved_before=queries.latest_plan_version(programme) is not None,
        initial={"code": chosen, "frequency": version.frequency, "result": request.GET.get("result"), "is_public": True,
                 "missing_policy": MissingPolicy.EXCLUDE.value, "path": PathShape.LINEAR.value},
    )  # fmt: skip

    def act() -> None:
        values = {name: value for name, value in form.cleaned_data.items() if name not in ("reason", "result")}
        values |= {"path": PathShape(values["path"]), "missing_policy": MissingPolicy(values["missing_policy"])}
        actions.add_indicator(
            form.cleaned_data["result"], definition=version.definition, by=request.user, reason=form.reason_given,
            **values,
        )  # fmt: skip

    if request.method == "POST" and accepted(form, act):
        messages.success(request, _("The indicator was added. Now its baseline and targets."))
        return redirect("indicator-targets", programme.code, form.cleaned_data["code"])
    return form_page(
        request, form, title=version.name, button=_("Add indicator"), page_caption=_("New indicator"),
        breadcrumbs=crumbs(programme),
    )  # fmt: skip


def _definition_choice(request: HttpRequest, programme: Programme) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    versions = queries.current_versions(queries.visible_definitions(request.user), words=text)
    context = {"programme": programme, "versions": versions, "text": text, "breadcrumbs": crumbs(programme)}
    return render(request, "programmes/indicator_new.html", context)


@page_with_form
@login_required
def indicator_edit(request: HttpRequest, code: str, indicator: str) -> HttpResponse:
    programme = programme_or_404(request, code)
    check_may_plan(request.user, programme)
    row = indicator_or_404(request, programme, indicator)
    names = ("result", "institution", "owner", "frequency", "missing_policy", "source", "arguments", "is_public")
    form = IndicatorForm(
        request.POST or None, programme=programme,
        approved_before=queries.latest_plan_version(programme) is not None,
        initial={name: getattr(row, name) for name in names},
    )  # fmt: skip

    def act() -> None:
        values = {name: form.cleaned_data[name] for name in names}
        values["missing_policy"] = MissingPolicy(values["missing_policy"])
        actions.edit_indicator(row, by=request.user, reason=form.reason_given, **values)

    if request.method == "POST" and accepted(form, act):
        messages.success(request, _("The indicator was changed."))
        return redirect("programme-detail", programme.code)
    title = _("Change indicator %(code)s") % {"code": row.code}
    return form_page(request, form, title=title, button=_("Save"), breadcrumbs=crumbs(programme))


@page_with_form
@login_required
def indicator_targets(request: HttpRequest, code: str, indicator: str) -> HttpResponse:
    programme = programme_or_404(request, code)
    check_may_plan(request.user, programme)
    row = indicator_or_404(request, programme, indicator)
    sheet = row.definition.current
    form = TargetsForm(
        request.POST or None, indicator=row, unit=sheet.unit,
        approved_before=queries.latest_plan_version(programme) is not None,
    )  # fmt: skip
    if request.method == "POST" and accepted(form, lambda: _set_way(form, row, request)):
        messages.success(request, _("Baseline, path and targets were saved."))
        return redirect("programme-detail", programme.code)
    return form_page(
        request, form, title=_("Baseline, path and targets"), button=_("Save"),
        page_caption=f"{row.code} {sheet.name}", breadcrumbs=crumbs(programme),
    )  # fmt: skip


@transaction.atomic
def _set_way(form: TargetsForm, indicator: Indicator, request: HttpRequest) -> None:
    """Only what was changed becomes an action, and all of it or nothing is kept."""
    values, by, reason = form.cleaned_data, request.user, form.reason_given
    if form.baseline_changed:
        actions.set_baseline(
            indicator, value=form.baseline_value_stored, on=values["baseline_on"], source=values["baseline_source"],
            by=by, confirmed=values["confirmed"], reason=reason,
        )  # fmt: skip
    if form.targets_changed:
        actions.set_targets(indicator, targets=form.targets, by=by, confirmed=values["confirmed"], reason=reason)
    if form.path_changed:
        actions.set_path(
            indicator, path=PathShape(values["path"]), step_on=values["step_on"], path_reason=values["path_reason"],
            by=by, reason=reason,
        )  # fmt: skip
