"""One submission from its first byte to its answer: read, made durable, filed."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from custodes.collection.errors import XmlRefused
from custodes.collection.openrosa import Answer
from custodes.collection.receiver.arrivals import Arrival, StoredFile
from custodes.collection.receiver.bodies import STORAGE_FULL, Body, Part, body_of
from custodes.collection.receiver.keys import KnownDevice
from custodes.collection.receiver.messages import Receive, Request, RequestRefused
from custodes.collection.receiver.scanning import Instance, scan, texts_of
from custodes.collection.receiver.storage import is_full
from custodes.collection.receiver.writer import Writer

SCAN_HERE_BYTES = 65_536  # a larger XML is read in a thread, so that others need not wait for it
LONGEST_DEVICE_NAME = 255
XML_REFUSED = Answer(400, _("The form was refused at %(where)s: %(what)s Nothing was stored."))
log = logging.getLogger(__name__)


async def received(
    request: Request, receive: Receive, device: KnownDevice, *, disk: ThreadPoolExecutor, writer: Writer
) -> tuple[Answer, str]:
    """The answer, once everything is durable, and the id under which it is known. Raises RequestRefused, ClientGone."""
    body = await body_of(request, receive)
    try:
        arrival = await _arrival(request, device, body, disk)
    finally:
        body.drop()
    return await writer.answer_to(arrival), arrival.instance_id


async def _arrival(request: Request, device: KnownDevice, body: Body, disk: ThreadPoolExecutor) -> Arrival:
    """What arrived, with every attachment on disk under its name."""
    xml, loop = bytes(body.xml or b""), asyncio.get_running_loop()
    if len(xml) > SCAN_HERE_BYTES:
        instance = await loop.run_in_executor(disk, _scanned, xml, request.language)
    else:
        instance = _scanned(xml, request.language)
    files: Sequence[StoredFile] = ()
    if body.parts:
        files = await loop.run_in_executor(disk, _kept, body.parts, xml)
    return Arrival(
        device=device.pk, forms=device.forms, device_name=request.asked("deviceID")[:LONGEST_DEVICE_NAME],
        instance=instance, xml=xml, files=tuple(files), received_at=timezone.now(),
    )  # fmt: skip


def _scanned(xml: bytes, language: str) -> Instance:
    with translation.override(language):
        try:
            return scan(xml)
        except XmlRefused as problem:
            facts = {"where": problem.where, "what": problem.what}
            raise RequestRefused(Answer(XML_REFUSED.status, XML_REFUSED.sentence, facts)) from None


def _kept(parts: Sequence[Part], xml: bytes) -> list[StoredFile]:
    """Give every file its name on disk. Raises RequestRefused where the disk is full; what has its name already is swept later."""
    named = texts_of(xml)
    try:
        return [
            StoredFile(part.name, part.file.keep(), part.file.size, part.content_type, part.name in named)
            for part in parts
        ]
    except OSError as error:
        if not is_full(error):
            raise
        log.error("The storage is full: a submission was refused (%s).", error.strerror)
        raise RequestRefused(STORAGE_FULL) from None
