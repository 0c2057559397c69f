"""The body of a submission as it arrives: multipart parsed chunk by chunk, the XML in memory, every attachment straight to disk."""

import asyncio
import logging
import re
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from custodes.collection.openrosa import Answer
from custodes.collection.receiver.messages import ClientGone, Receive, Request, RequestRefused
from custodes.collection.receiver.storage import IncomingFile, is_full

XML_PART = "xml_submission_file"
MOST_XML_BYTES = 10_000_000
MOST_PARTS = 1_000
LONGEST_NAME = 255
BYTES_PER_SECOND = 1024
CLOSE = (("Connection", "close"),)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
log = logging.getLogger(__name__)

NOT_MULTIPART = Answer(400, _("This is no multipart form (Content-Type: multipart/form-data with a boundary)."))
XML_ABSENT = Answer(400, _("The part “xml_submission_file” is missing."))
XML_TWICE = Answer(400, _("The part “xml_submission_file” came twice."))
CUT_OFF = Answer(400, _("The request is cut off or damaged: %(fault)s. Nothing was stored; send it again."))
NAME_UNFIT = Answer(400, _("An attachment has no usable name: “%(name)s”. Nothing was stored."))
STORAGE_FULL = Answer(
    507, _("The server's storage is full. Nothing was stored: keep the form and send it later."), {}, CLOSE
)
TOO_SLOW = Answer(
    408, _("The connection is too slow. Nothing was stored: send it again where the signal is better."), {}, CLOSE
)


def too_large() -> Answer:
    """More than one request may bring."""
    most = f"{settings.CONFIG.submissions.max_bytes:,}"
    return Answer(
        413,
        _("This is larger than the %(most)s bytes that are taken at once. Nothing was stored."),
        {"most": most},
        CLOSE,
    )


@dataclass(slots=True)
class Part:
    """An attachment while it arrives."""

    name: str
    content_type: str
    file: IncomingFile


@dataclass(slots=True)
class Body:
    """What has arrived."""

    xml: bytearray | None = None
    parts: list[Part] = field(default_factory=list)

    def drop(self) -> None:
        """Remove every file that has not got its name."""
        for part in self.parts:
            part.file.drop()


class _Chunks:
    """The chunks of a body, counted against limit and pace."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.count = 0
        self.is_ended = False

    async def read(self, pace: asyncio.Timeout) -> bytes:
        """The next chunk. Raises ClientGone."""
        message = await self.receive()
        if message["type"] != "http.request":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        self.is_ended = not message.get("more_body", False)
        seconds = settings.CONFIG.submissions.slow_seconds
        before, self.count = self.count, self.count + len(chunk)
        window = seconds * BYTES_PER_SECOND
        if before // window != self.count // window:
            pace.reschedule(asyncio.get_running_loop().time() + seconds)
        return chunk

    async def drain(self, pace: asyncio.Timeout) -> None:
        """Read and forget up to twice the limit, so that a client that only listens once it has written gets to hear the answer."""
        while not self.is_ended and self.count <= 2 * settings.CONFIG.submissions.max_bytes:
            await self.read(pace)


async def drained(receive: Receive) -> None:
    """Let a client finish whose request is refused whatever its body says."""
    chunks = _Chunks(receive)
    try:
        async with asyncio.timeout(settings.CONFIG.submissions.slow_seconds) as pace:
            await chunks.drain(pace)
    except TimeoutError:
        return


async def body_of(request: Request, receive: Receive) -> Body:
    """The whole body. Raises RequestRefused, ClientGone; then nothing of it is left on disk."""
    declared, limit = request.headers.get("content-length", ""), settings.CONFIG.submissions.max_bytes
    if request.headers.get("expect", "").lower() == "100-continue" and declared.isdigit() and int(declared) > limit:
        raise RequestRefused(too_large())  # the client asks before it writes
    chunks, body = _Chunks(receive), Body()
    try:
        async with asyncio.timeout(settings.CONFIG.submissions.slow_seconds) as pace:
            try:
                await _read_parts(_parser(request), chunks, body, pace)
            except RequestRefused:
                body.drop()
                await chunks.drain(pace)
                raise
    except TimeoutError:
        body.drop()
        raise RequestRefused(TOO_SLOW) from None
    except BaseException:
        body.drop()
        raise
    return body


def _parser(request: Request) -> PushMultipartParser | None:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary or len(boundary) > LONGEST_NAME:
        return None
    try:
        return PushMultipartParser(boundary, max_segment_count=MOST_PARTS)
    except MultipartError:
        return None


async def _read_parts(parser: PushMultipartParser | None, chunks: _Chunks, body: Body, pace: asyncio.Timeout) -> None:
    if parser is None:
        raise RequestRefused(NOT_MULTIPART)
    filling = _Filling(body)
    try:
        while not chunks.is_ended:
            chunk = await chunks.read(pace)
            if chunks.count > settings.CONFIG.submissions.max_bytes:
                raise RequestRefused(too_large())
            if chunk:
                for event in parser.parse(chunk):
                    filling.take(event)
        parser.close()
    except MultipartError as error:
        raise RequestRefused(Answer(400, CUT_OFF.sentence, {"fault": str(error.args[0])})) from None
    except OSError as error:
        if is_full(error):
            log.error("The storage is full: a submission was refused (%s).", error.strerror)
            raise RequestRefused(STORAGE_FULL) from None
        raise
    if body.xml is None:
        raise RequestRefused(XML_ABSENT)


class _Filling:
    """Puts what the parser tells into the body: the XML into memory, files to disk, other fields nowhere."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.file: IncomingFile | None = None
        self.is_xml = False

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if event is None:
            self.file, self.is_xml = None, False
        elif isinstance(event, MultipartSegment):
            self._begin(event)
        elif self.file is not None:
            self.file.write(event)
        elif self.is_xml and self.body.xml is not None:
            self.body.xml += event
            if len(self.body.xml) > MOST_XML_BYTES:
                raise RequestRefused(too_large())

    def _begin(self, part: MultipartSegment) -> None:
        if part.name == XML_PART:
            if self.body.xml is not None:
                raise RequestRefused(XML_TWICE)
            self.body.xml, self.is_xml = bytearray(), True
        elif part.filename is not None:
            self.file = IncomingFile.opened()
            self.body.parts.append(Part(_file_name(part), (part.content_type or "")[:100], self.file))


def _file_name(part: MultipartSegment) -> str:
    """The last part of a path, as some clients send one. It names a row, never a file."""
    name = re.split(r"[/\\]", part.filename or "")[-1]
    if not name or len(name) > LONGEST_NAME or _CONTROL.search(name):
        raise RequestRefused(Answer(400, NAME_UNFIT.sentence, {"name": _CONTROL.sub("?", name[:50])}))
    return name
