"""The one place where a Problem becomes a page: what is wrong, where, and what to do next."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from custodes.evidence.errors import Problem


class ProblemMiddleware:
    """Answers a Problem that a view did not catch with its status and its message."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Problem):
            return render(request, "problem.html", {"problem": exception}, status=exception.status)
        if isinstance(exception, PermissionDenied) and exception.args:
            return render(request, "403.html", {"reason": str(exception)}, status=403)
        return None
