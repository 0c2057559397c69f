"""Places: the list of those with figures, and the account of one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from custodes.portal.answers import public_answer
from custodes.portal.queries.places import place_account_or_none, places_with_figures
from custodes.portal.views.pages import language


@public_answer(kept=True)
def place_list(request: HttpRequest) -> HttpResponse:
    """Every place with public figures, by name and never by rank."""
    context = {"groups": places_with_figures(), "page_title": _("Places")}
    return render(request, "portal/place_list.html", context)


@public_answer(kept=True)
def place(request: HttpRequest, code: str) -> HttpResponse:
    """All public figures of one place, beside those of its country."""
    account = place_account_or_none(code, language=language())
    if account is None:
        raise Http404(_("There is no place of that code with public figures."))
    above = [(area.name, reverse("portal-place", args=[area.code])) for area in account.parents]
    context = {
        "account": account,
        "page_title": account.area.name,
        "page_caption": account.area.code,
        "breadcrumbs": [(_("Places"), reverse("portal-place-list")), *above, (account.area.name, "")],
    }
    return render(request, "portal/place.html", context)
