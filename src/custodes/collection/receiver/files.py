"""Sending a file: ETag, 304, one range, chunk by chunk."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256 as _sha256
from pathlib import Path

from custodes.collection.openrosa import XML
from custodes.collection.receiver.catalogue import StoredBytes
from custodes.collection.receiver.messages import Request, Send, common_headers

CHUNK = 262_144
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Span:
    """Which bytes are sent: from the first up to, without, the end."""

    first: int
    end: int


def span_asked(header: str, size: int) -> Span | None:
    """The one range that a header asks for; the whole where it asks for several or for nothing we know; None where nothing is there."""
    match = _RANGE.fullmatch(header.strip())
    if not match or not (match[1] or match[2]):
        return Span(0, size)
    if not match[1]:
        last = int(match[2])
        return Span(max(size - last, 0), size) if last else None
    first, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
    return Span(first, end) if first < end else None


def is_held(request: Request, etag: str) -> bool:
    """Whether the client holds these bytes already."""
    held = request.headers.get("if-none-match", "")
    return held.strip() == "*" or etag in [each.strip().removeprefix("W/") for each in held.split(",")]


async def send_made(send: Send, request: Request, body: bytes, *, content_type: str = XML) -> None:
    """Bytes that were made for this request, with the same headers as a file."""
    await _send(send, request, len(body), _sha256(body).hexdigest(), content_type, source=body)


async def send_file(send: Send, request: Request, file: StoredBytes, threads: ThreadPoolExecutor) -> None:
    """A file from disk. Raises FileNotFoundError before anything is sent."""
    size = file.path.stat().st_size
    await _send(send, request, size, file.sha256, file.content_type, source=file.path, threads=threads)


async def _send(
    send: Send, request: Request, size: int, name: str, content_type: str, *, source: bytes | Path,
    threads: ThreadPoolExecutor | None = None,
) -> None:  # fmt: skip
    etag = f'"{name}"'
    head = [*common_headers(request.language), (b"etag", etag.encode()), (b"accept-ranges", b"bytes")]
    if is_held(request, etag):
        await send({"type": "http.response.start", "status": 304, "headers": head})
        await send({"type": "http.response.body", "body": b""})
        return
    wanted = request.headers.get("range", "") if request.headers.get("if-range", etag) == etag else ""
    span = span_asked(wanted, size)
    status = 200 if span == Span(0, size) and not wanted else 206
    if wanted and not _RANGE.fullmatch(wanted.strip()):
        status = 200
    if span is None:
        status, span = 416, Span(0, 0)
        head.append((b"content-range", f"bytes */{size}".encode()))
    elif status == 206:
        head.append((b"content-range", f"bytes {span.first}-{span.end - 1}/{size}".encode()))
    head += [(b"content-type", content_type.encode()), (b"content-length", str(span.end - span.first).encode())]
    await send({"type": "http.response.start", "status": status, "headers": head})
    if request.method != "HEAD":
        await _send_span(send, span, source, threads)
    await send({"type": "http.response.body", "body": b""})


async def _send_span(send: Send, span: Span, source: bytes | Path, threads: ThreadPoolExecutor | None) -> None:
    if isinstance(source, bytes):
        await send({"type": "http.response.body", "body": source[span.first : span.end], "more_body": True})
        return
    loop = asyncio.get_running_loop()
    place = span.first
    while place < span.end:
        chunk = await loop.run_in_executor(threads, _read, source, place, min(CHUNK, span.end - place))
        if not chunk:
            break
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        place += len(chunk)


def _read(path: Path, place: int, count: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(place)
        return stream.read(count)
