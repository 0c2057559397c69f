"""The assembly of the API: each app's router under one address, and the one place where a Problem becomes JSON."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from custodes import __version__
from custodes.collection.api import router as collection
from custodes.evidence.errors import Problem
from custodes.indicators.api import router as indicators
from custodes.people.api import TokenAuth
from custodes.people.api import router as people
from custodes.places.api import router as places
from custodes.portal.api import router as portal
from custodes.programmes.api import router as programmes

PROBLEM = "#/components/schemas/ProblemOut"
EVERY_REQUEST = (400, 422)
WITH_TOKEN = (401, 403)
WITH_PLACE = (404,)
WRITING = (404, 409, 413)


class CustodesAPI(NinjaAPI):
    """The API whose description declares every status that it answers with."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                for status in _possible_problems(path, method, operation):
                    operation["responses"].setdefault(status, _problem_response(status))
        return schema


def _possible_problems(path: str, method: str, operation: dict[str, Any]) -> set[int]:
    found = set(EVERY_REQUEST) if operation.get("parameters") or "requestBody" in operation else set()
    found |= set(WITH_TOKEN) if operation.get("security") else set()
    found |= set(WITH_PLACE) if "{" in path else set()
    return found | (set(WRITING) if method != "get" else set())


def _problem_response(status: int) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": PROBLEM}}}
    return {"description": HTTPStatus(status).phrase, "content": content}


# The interactive page needs inline scripts, which the content security policy forbids: docs/reference/api.md stands in for it.
api = CustodesAPI(
    title="Custodes",
    version=__version__,
    docs_url=None,
    urls_namespace="api",
    description="Plans, evidence and published figures. Everything under /public needs no token; everything else sees what the token's account sees.",
)
api.add_router("", portal)
api.add_router("", people)
api.add_router("", places, auth=TokenAuth())
api.add_router("", programmes)
api.add_router("", collection)
api.add_router("", indicators)


def _answer(
    request: HttpRequest, *, code: str, status: int, what: str, where: str = "", remedy: str = ""
) -> HttpResponse:
    return api.create_response(
        request, {"code": code, "what": what, "where": where, "remedy": remedy}, status=status
    )  # fmt: skip


@api.exception_handler(Problem)
def problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    """What is wrong, where, and what to do next, under the problem's own status."""
    return _answer(
        request, code=problem.code, status=problem.status, what=problem.what, where=problem.where, remedy=problem.remedy
    )


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """Nothing is there, or nothing that the account may see: the answer is the same."""
    return _answer(
        request, code="not-found", status=404, what=_("There is nothing of that name for you."), where=request.path,
        remedy=_("Ask the list above it for what there is."),
    )  # fmt: skip


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """No token, or one that is unknown, revoked or expired."""
    response = _answer(
        request, code="token-missing", status=401, what=_("There is no valid token."), where="Authorization",
        remedy=_("Send “Authorization: Bearer” and a token that is in force."),
    )  # fmt: skip
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(PermissionDenied)
def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    """The account may not."""
    return _answer(request, code="not-allowed", status=403, what=str(error) or _("This is not allowed."))


@api.exception_handler(HttpError)
def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Anything that the framework itself refuses, such as a body that is no JSON."""
    return _answer(request, code="input.invalid", status=error.status_code, what=str(error))


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A parameter or a field of the body is missing or of the wrong kind."""
    places = [".".join(str(part) for part in each["loc"]) for each in error.errors]
    what = "; ".join(f"{place}: {each['msg']}" for place, each in zip(places, error.errors, strict=True))
    return _answer(
        request, code="input.invalid", status=422, what=what, where=", ".join(places),
        remedy=_("See /api/v1/openapi.json for what is expected there."),
    )  # fmt: skip
