"""Pages that belong to no app: health, and the answer to a form that came without its token."""

from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from custodes import __version__


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and files can be reached; load balancers ask here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    default_storage.exists("datasets")
    return JsonResponse({"status": "ok", "version": __version__, "database": connection.vendor})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token: say so, and how to go on."""
    return render(request, "403_csrf.html", status=403)
