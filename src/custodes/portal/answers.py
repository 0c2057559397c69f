"""How every public answer leaves: no cookie, a mark of its content, kept whole once its figures are protected (I9)."""

from collections.abc import Callable
from functools import wraps

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from custodes.portal.queries.fingerprint import public_fingerprint

FRESH_SECONDS = 60
KEPT_SECONDS = 24 * 3600
View = Callable[..., HttpResponse]


def public_answer(*, kept: bool, language: str = "") -> Callable[[View], View]:
    """A view whose answer is the same for everybody.

    A visitor who has it already is answered 304 by one query. `kept` answers are rendered once until the ledger moves: what enters the cache is
    the finished answer, so no unprotected number can. Addresses with a query are never kept, lest one visitor's stand in another's page.
    `language` is that of an address without one.
    """

    def decorate(view: View) -> View:
        @require_safe
        @wraps(view)
        def answer(request: HttpRequest, *args: object, **options: object) -> HttpResponse:
            with translation.override(language or get_language()):
                return answered(request, *args, **options)

        def answered(request: HttpRequest, *args: object, **options: object) -> HttpResponse:
            mark = public_fingerprint(request.get_full_path(), get_language() or "")
            unchanged = get_conditional_response(request, etag=f'"{mark}"')
            if unchanged is not None:
                return _marked(unchanged, mark)
            is_kept = kept and not request.META.get("QUERY_STRING")
            found = cache.get(f"portal:{mark}") if is_kept else None
            if found is not None:
                kind, body = found
                return _marked(HttpResponse(body, content_type=kind), mark)
            response = view(request, *args, **options)
            if response.status_code == 200:
                _marked(response, mark)
                if is_kept:
                    cache.set(f"portal:{mark}", (response["Content-Type"], response.content), KEPT_SECONDS)
            return response

        return answer

    return decorate


def _marked(response: HttpResponse, mark: str) -> HttpResponse:
    response["ETag"] = f'"{mark}"'
    response["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return response
