"""The pages of the public account: home, programme, indicator, and how a figure was made."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from custodes.portal.answers import public_answer
from custodes.portal.queries.indicators import indicator_account_or_none
from custodes.portal.queries.making import making_or_none
from custodes.portal.queries.programmes import programme_account_or_none, programme_accounts
from custodes.programmes.rules.words import DIRECTIONS, MISSING, PATHS


@public_answer(kept=True)
def home(request: HttpRequest) -> HttpResponse:
    """Every public programme with one sentence of promised and reached."""
    context = {"accounts": programme_accounts(language=language()), "page_title": _("The public account")}
    return render(request, "portal/home.html", context)


@public_answer(kept=True)
def programme(request: HttpRequest, programme: str) -> HttpResponse:
    """One programme: what was promised, reached, by whom, for how much."""
    account = programme_account_or_none(programme, language=language())
    if account is None:
        raise Http404(_("There is no public programme of that name."))
    context = {
        "account": account,
        "page_title": account.title,
        "page_caption": _("Programme"),
        "breadcrumbs": [(_("Programmes"), reverse("portal-home")), (account.title, "")],
    }
    return render(request, "portal/programme.html", context)


@public_answer(kept=True)
def indicator(request: HttpRequest, programme: str, code: str) -> HttpResponse:
    """One indicator: value, series, groups, map, definition, downloads."""
    account = indicator_account_or_none(
        programme, code, language=language(), area_url=lambda area: reverse("portal-place", args=[area])
    )
    if account is None:
        raise Http404(_("There is no public indicator of that name."))
    found = account.indicator
    latest = account.story.main.latest if account.story.main else None
    context = {
        "account": account,
        "indicator": found,
        "version": found.sheet,
        "csv_url": reverse("portal-csv", args=[programme, code]),
        "missing_policy": MISSING.get(latest.missing_policy if latest else found.missing_policy, ""),
        "direction_words": DIRECTIONS.get(found.sheet.direction, ""),
        "path_words": PATHS.get(found.path, "") if found.targets.all() else "",
        "page_title": found.sheet.name,
        "page_caption": found.code,
        "breadcrumbs": [
            (_("Programmes"), reverse("portal-home")),
            (found.programme.title, reverse("portal-programme", args=[programme])),
            (found.code, ""),
        ],
    }
    return render(request, "portal/indicator.html", context)


@public_answer(kept=True)
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    """How one figure was made."""
    making = making_or_none(pk, language=language())
    if making is None:
        raise Http404(_("There is no public figure of that number."))
    found = making.indicator
    context = {
        "making": making,
        "page_title": _("How this figure was made"),
        "page_caption": found.sheet.name,
        "breadcrumbs": [
            (_("Programmes"), reverse("portal-home")),
            (found.programme.title, reverse("portal-programme", args=[found.programme.code])),
            (found.code, reverse("portal-indicator", args=[found.programme.code, found.code])),
            (_("How this figure was made"), ""),
        ],
    }
    return render(request, "portal/reading.html", context)


def language() -> str:
    """The language of the page."""
    return get_language() or "en"
