"""Pages of places: list, one area, boundaries and populations to upload."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from custodes.evidence.errors import Problem
from custodes.places.actions import import_area_list, import_boundaries, import_population
from custodes.places.forms import AreaListForm, BoundariesForm, PopulationForm
from custodes.places.models import Area
from custodes.places.outline import OutlinedArea, svg_outline
from custodes.places.permissions import check_may_change_places, grant_over_places
from custodes.places.queries import areas_for, countries_for, neighbours_of, populations_of, successions_of
from custodes.places.tables import TableFormat

ROWS_PER_PAGE = 100


@require_safe
@login_required
def area_list(request: HttpRequest) -> HttpResponse:
    """Areas as a tree by country, with search."""
    text, country = request.GET.get("q", "").strip(), request.GET.get("country", "").strip()
    page = Paginator(areas_for(request.user, text=text, country=country), ROWS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    chosen = {name: value for name, value in (("q", text), ("country", country)) if value}
    context = {
        "page": page, "text": text, "country": country, "query": f"{urlencode(chosen)}&" if chosen else "",
        "countries": countries_for(request.user), "may_change": grant_over_places(request.user) is not None,
    }  # fmt: skip
    return render(request, "places/area_list.html", context)


@require_safe
@login_required
def area_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One area: shape, names, dates, what became of it, who lives there."""
    area = get_object_or_404(areas_for(request.user), pk=pk)
    context = {
        "area": area, "outline": _outline(area), "names": area.names.order_by("text"), "children": area.children.defer("geometry", "outline"),
        "successions": successions_of(area), "populations": populations_of(area),
        "breadcrumbs": [{"label": _("Places"), "url": reverse("area-list")}, {"label": area.name, "url": ""}],
    }  # fmt: skip
    return render(request, "places/area_detail.html", context)


@require_safe
@login_required
def area_of_code(request: HttpRequest, code: str) -> HttpResponse:
    """The area that bears a code now, or bore it last."""
    area = areas_for(request.user).filter(code=code).order_by("-valid_from").first()
    if area is None:
        raise Http404(_("There is no such area for you."))
    return redirect("area-detail", pk=area.pk)


def _outline(area: Area) -> str:
    import shapely

    shapes = [
        OutlinedArea(each.name, shapely.from_wkb(bytes(each.outline)), each.pk == area.pk)
        for each in neighbours_of(area)
    ]
    return mark_safe(svg_outline(shapes, title=_("Where %(area)s lies") % {"area": area.name})) if shapes else ""


@login_required
def boundaries_import(request: HttpRequest) -> HttpResponse:
    """Upload boundaries."""
    check_may_change_places(request.user)
    form = BoundariesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        chosen = dict(form.cleaned_data)
        for name in ("parent_field", "level_field"):
            chosen[name] = chosen[name] or None
        try:
            with uploaded_as_file(chosen.pop("file")) as path:
                result = import_boundaries(path, by=request.user, **chosen)
        except Problem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _boundaries_sentence(result))
            return redirect(f"{reverse('area-list')}?{urlencode({'country': chosen['country']})}")
    return _form_page(request, form, _("Import boundaries"))


def _boundaries_sentence(result: Any) -> str:
    parts = [
        _("%(new)s new areas, %(known)s known already.") % {"new": len(result.created), "known": len(result.unchanged)}
    ]
    if result.repaired:
        parts.append(_("Invalid shapes were repaired: %(names)s.") % {"names": ", ".join(result.repaired)})
    for name, rows in result.same_names:
        parts.append(
            _("Rows %(rows)s share the name “%(name)s”: written places of that name will be put to a person.")
            % {"rows": ", ".join(map(str, rows)), "name": name}
        )
    return " ".join(parts)


@login_required
def area_list_import(request: HttpRequest) -> HttpResponse:
    """Upload a list of areas without their shapes."""
    check_may_change_places(request.user)
    form = AreaListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        chosen = dict(form.cleaned_data)
        layout = TableFormat(encoding=chosen.pop("encoding"), delimiter=chosen.pop("delimiter"))
        try:
            with uploaded_as_file(chosen.pop("file")) as path:
                result = import_area_list(path, by=request.user, layout=layout, **chosen)
        except Problem as problem:
            form.add_error(None, str(problem))
        else:
            counts = {"new": len(result.created), "known": len(result.unchanged)}
            messages.success(request, _("%(new)s new areas, %(known)s known already.") % counts)
            return redirect("area-list")
    return _form_page(request, form, _("Import a list of areas"))


@login_required
def population_import(request: HttpRequest) -> HttpResponse:
    """Upload a population table."""
    check_may_change_places(request.user)
    form = PopulationForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        chosen = dict(form.cleaned_data)
        layout = TableFormat(encoding=chosen.pop("encoding"), delimiter=chosen.pop("delimiter"))
        try:
            with uploaded_as_file(chosen.pop("file")) as path:
                result = import_population(path, by=request.user, layout=layout, **chosen)
        except Problem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(
                request,
                _("%(new)s new figures, %(known)s known already.") % {"new": result.created, "known": result.unchanged},
            )
            return redirect("area-list")
    return _form_page(request, form, _("Import populations"))


@contextmanager
def uploaded_as_file(upload: UploadedFile) -> Iterator[Path]:
    """The upload under its own name in a folder of its own, so that messages can name it."""
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder) / (get_valid_filename(upload.name or "file")[-100:] or "file")
        with path.open("wb") as stream:
            for chunk in upload.chunks():
                stream.write(chunk)
        yield path


def _form_page(request: HttpRequest, form: Form, title: str) -> HttpResponse:
    context = {
        "form": form, "page_title": title,
        "breadcrumbs": [{"label": _("Places"), "url": reverse("area-list")}, {"label": title, "url": ""}],
    }  # fmt: skip
    return render(request, "places/upload.html", context, status=400 if form.errors else 200)
