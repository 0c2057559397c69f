"""Pages of the figures: the picture of a chart by its name."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from custodes.figures.actions import drawn_figure
from custodes.figures.errors import FigureNotFound


@require_safe
def figure(request: HttpRequest, name: str) -> HttpResponse:
    """The SVG of a stored chart; it never changes under its name, so browsers may keep it for ever."""
    try:
        drawn = drawn_figure(name)
    except FigureNotFound as problem:
        raise Http404(str(problem)) from problem
    response = HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["ETag"] = f'"{name}"'
    response["Content-Security-Policy"] = "default-src 'none'"
    return response
