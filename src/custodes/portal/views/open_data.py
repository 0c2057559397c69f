"""Downloads, their catalogue, and the methods page."""

from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from custodes.portal.answers import public_answer
from custodes.portal.queries.catalogue import downloads, estimators, licences_of
from custodes.portal.queries.indicators import open_rows, public_figures_whole, public_indicator_or_none
from custodes.portal.rules.open_data import csv_text, json_row, table_schema
from custodes.portal.views.pages import language
from custodes.programmes.models import Indicator


def _indicator_or_404(programme: str, code: str) -> Indicator:
    found = public_indicator_or_none(programme, code)
    if found is None:
        raise Http404(_("There is no public indicator of that name."))
    return found


@public_answer(kept=True)
def catalogue(request: HttpRequest) -> HttpResponse:
    """Everything that can be downloaded."""
    return render(request, "portal/data.html", {"groups": downloads(), "page_title": _("Data")})


@public_answer(kept=True)
def methods(request: HttpRequest) -> HttpResponse:
    """How figures are made, judged and withheld, with the thresholds in force."""
    context = {
        "lights": settings.CONFIG.lights,
        "disclosure": settings.CONFIG.disclosure,
        "estimators": estimators(),
        "page_title": _("How figures are made"),
    }
    return render(request, "portal/methods.html", context)


@public_answer(kept=False)
def table_csv(request: HttpRequest, programme: str, code: str) -> HttpResponse:
    """The figures of one indicator as CSV."""
    text = csv_text(open_rows(_indicator_or_404(programme, code), language=language()))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8; header=present")
    response["Content-Disposition"] = f'attachment; filename="{programme}-{code}.csv"'
    return response


@public_answer(kept=False)
def table_json(request: HttpRequest, programme: str, code: str) -> HttpResponse:
    """The same cells as JSON."""
    found = _indicator_or_404(programme, code)
    rows = [json_row(row) for row in open_rows(found, language=language())]
    body = {
        "programme": found.programme.code,
        "indicator": found.code,
        "name": found.sheet.name,
        "unit": found.sheet.unit,
        "figures": rows,
    }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False, "allow_nan": False})


@public_answer(kept=False)
def datapackage(request: HttpRequest, programme: str, code: str) -> HttpResponse:
    """The Frictionless description of the CSV: columns, types, hash."""
    found = _indicator_or_404(programme, code)
    text = csv_text(open_rows(found, language=language())).encode()
    hashes = {each for figure in public_figures_whole(found) for each in figure.dataset_hashes}
    resource: dict[str, Any] = {
        "name": "data", "path": "data.csv", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8", "bytes": len(text),
        "hash": f"sha256:{sha256(text).hexdigest()}", "schema": {"fields": table_schema(), "primaryKey": ["reading"], "missingValues": [""]},
    }  # fmt: skip
    body = {
        "name": f"{programme}-{code}".lower(), "title": found.sheet.name, "description": found.sheet.wording,
        "homepage": request.build_absolute_uri(reverse("portal-indicator", args=[programme, code])),
        "licenses": [{"title": licence} for licence in licences_of(hashes)], "resources": [resource],
    }  # fmt: skip
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})
