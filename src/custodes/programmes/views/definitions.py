"""The shared library of definitions: list, reference sheet, editing, loading."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from custodes.evidence.registry import estimator
from custodes.programmes import actions, queries
from custodes.programmes.forms import DefinitionForm, LibraryForm
from custodes.programmes.permissions import check_may_define, may_define
from custodes.programmes.rules.sheets import sheet_remarks
from custodes.programmes.views.pages import accepted, crumbs, form_page

page_with_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@login_required
def definition_list(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    context = {
        "versions": queries.current_versions(queries.visible_definitions(request.user), words=text),
        "text": text,
        "may_define": may_define(request.user),
        "breadcrumbs": crumbs(),
    }
    return render(request, "programmes/definition_list.html", context)


@require_safe
@login_required
def definition_detail(request: HttpRequest, code: str) -> HttpResponse:
    definition = get_object_or_404(queries.visible_definitions(request.user), code=code)
    versions = list(definition.versions.all())
    context = {
        "definition": definition,
        "sheet": versions[0],
        "estimator": estimator(versions[0].estimator),
        "versions": versions,
        "remarks": sheet_remarks(queries.sheet_of(versions[0])),
        "indicators": queries.indicators_using(definition, request.user),
        "may_define": may_define(request.user),
        "breadcrumbs": crumbs(definitions=True),
    }
    return render(request, "programmes/definition.html", context)


@page_with_form
@login_required
def definition_new(request: HttpRequest) -> HttpResponse:
    check_may_define(request.user)
    form = DefinitionForm(request.POST or None, is_new=True, in_use=False)

    def act() -> None:
        actions.create_definition(form.cleaned_data["code"], sheet=form.sheet, by=request.user)

    if request.method == "POST" and accepted(form, act):
        return redirect("definition-detail", form.cleaned_data["code"])
    return form_page(
        request, form, title=_("New definition"), button=_("Create definition"), breadcrumbs=crumbs(definitions=True)
    )


@page_with_form
@login_required
def definition_edit(request: HttpRequest, code: str) -> HttpResponse:
    check_may_define(request.user)
    definition = get_object_or_404(queries.visible_definitions(request.user), code=code)
    current = definition.current
    initial = {name: getattr(current, name) for name in queries.SHEET_FIELDS}
    form = DefinitionForm(
        request.POST or None, is_new=False, in_use=queries.definition_is_in_use(definition),
        initial=initial | {"dimensions": ", ".join(current.dimensions)},
    )  # fmt: skip

    def act() -> None:
        values = form.cleaned_data
        actions.edit_definition(
            definition, sheet=form.sheet, by=request.user, break_on=values.get("break_on"),
            break_reason=values.get("break_reason", ""),
        )  # fmt: skip

    if request.method == "POST" and accepted(form, act):
        messages.success(request, _("The definition was changed."))
        return redirect("definition-detail", code)
    title = _("Change definition %(code)s") % {"code": code}
    return form_page(request, form, title=title, button=_("Save"), breadcrumbs=crumbs(definitions=True))


@page_with_form
@login_required
def library_load(request: HttpRequest) -> HttpResponse:
    check_may_define(request.user)
    known = frozenset(queries.visible_definitions(request.user).values_list("code", flat=True))
    form = LibraryForm(request.POST or None, known=known)
    loaded: list[object] = []

    def act() -> None:
        loaded.extend(actions.load_indicator_library(by=request.user, codes=form.cleaned_data["codes"]))

    if request.method == "POST" and accepted(form, act):
        text = ngettext("%(count)s definition was loaded.", "%(count)s definitions were loaded.", len(loaded))
        messages.success(request, text % {"count": len(loaded)})
        return redirect("definition-list")
    return form_page(
        request, form, title=_("Load definitions from the library"), button=_("Load"),
        breadcrumbs=crumbs(definitions=True),
    )  # fmt: skip
