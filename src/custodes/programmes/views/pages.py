"""What the pages of a plan have in common: finding the programme, and a form that an action may refuse."""

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from custodes.evidence.errors import Problem
from custodes.people.forms import add_problem
from custodes.programmes.models import Indicator, Programme, Result
from custodes.programmes.queries import visible_indicators, visible_programmes

FORBIDDEN = 403


def programme_or_404(request: HttpRequest, code: str) -> Programme:
    """The programme of that code, if the account may see it."""
    return get_object_or_404(visible_programmes(request.user), code=code)


def result_or_404(programme: Programme, code: str) -> Result:
    """The result of that code in a programme that was found."""
    return get_object_or_404(Result.objects.select_related("programme", "parent"), programme=programme, code=code)


def indicator_or_404(request: HttpRequest, programme: Programme, code: str) -> Indicator:
    """The indicator of that code, if the account may see it."""
    found = get_object_or_404(visible_indicators(request.user), programme=programme, code=code)
    found.programme = programme
    return found


def crumbs(programme: Programme | None = None, *, definitions: bool = False) -> list[dict[str, str]]:
    """Breadcrumbs from the list of programmes on."""
    trail = [{"label": _("Plan"), "url": reverse("programme-list")}]
    if programme:
        trail.append({"label": programme.title, "url": reverse("programme-detail", args=[programme.code])})
    if definitions:
        trail.append({"label": _("Definitions"), "url": reverse("definition-list")})
    return trail


def accepted(form: Form, act: Callable[[], object]) -> bool:
    """Whether the form was clean and the action went through; a refusal of the input becomes an error of the form."""
    if not form.is_valid():
        return False
    try:
        act()
    except Problem as problem:
        if problem.status == FORBIDDEN:
            raise
        add_problem(form, problem)
        return False
    return True


def form_page(request: HttpRequest, form: Form, *, title: str, button: str, **context: Any) -> HttpResponse:
    """One form on one page; 400 when it came with mistakes."""
    template = context.pop("template", "programmes/form_page.html")
    context |= {"form": form, "page_title": title, "button": button}
    return render(request, template, context, status=400 if form.errors else 200)
