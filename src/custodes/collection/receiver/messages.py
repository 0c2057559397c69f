"""Requests and answers of this receiver, between ASGI and what is meant."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http.request import validate_host

from custodes.collection.openrosa import OPENROSA_VERSION, XML, Answer, language_asked, response_xml

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
LOOPBACK = {"127.0.0.1", "::1"}


class RequestRefused(Exception):
    """Ends a request with an answer that says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.sentence))
        self.answer = answer


class ClientGone(Exception):
    """The client closed the connection before its request was whole."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: method, path below the prefix, headers in lower case, and the base of the addresses we answer with."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, list[str]]
    scheme: str
    peer: str

    @classmethod
    def of(cls, scope: Mapping[str, Any], prefix: str) -> "Request":
        """Read from ASGI's scope."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        scheme = scope.get("scheme", "http")
        if settings.CONFIG.security.https and headers.get("x-forwarded-proto") == "https":
            scheme = "https"  # as Django believes it, and for the same reason: every way in goes through the proxy
        return cls(
            method=scope["method"],
            path=scope["path"].removeprefix(prefix),
            headers=headers,
            query=parse_qs(scope["query_string"].decode("latin-1")),
            scheme=scheme,
            peer=(scope.get("client") or ("",))[0],
        )

    @property
    def language(self) -> str:
        return language_asked(self.headers.get("accept-language", ""))

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way could read it: HTTPS, or never off this machine."""
        return self.scheme == "https" or self.peer in LOOPBACK

    @property
    def host(self) -> str | None:
        """The host under which we were asked, or None where we do not answer under it."""
        host = self.headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        return host if validate_host(name.lower(), settings.ALLOWED_HOSTS) else None

    def asked(self, name: str) -> str:
        """A word of the query, or empty text."""
        return self.query.get(name, [""])[0]


def common_headers(language: str) -> list[tuple[bytes, bytes]]:
    """What every answer carries; the server adds Date."""
    return [
        (b"x-openrosa-version", OPENROSA_VERSION.encode()),
        (b"content-language", language.encode()),
        (b"cache-control", b"private, no-cache"),
        (b"x-content-type-options", b"nosniff"),
        (b"vary", b"Accept-Language"),
    ]


async def send_answer(send: Send, answer: Answer, request: Request) -> None:
    """An envelope with the sentence in the language asked."""
    body = response_xml(answer.told(request.language)) if answer.status != 204 else b""
    headers = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in answer.headers]
    await send_bytes(send, request, body, status=answer.status, headers=headers)


async def send_bytes(
    send: Send, request: Request, body: bytes, *, status: int = 200, content_type: str = XML,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:  # fmt: skip
    """A whole body at once; only its head where HEAD asked."""
    head = common_headers(request.language) + (headers or [])
    if status != 204:
        head += [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})
