"""The ASGI application before Django's: it answers under `/or/` and hands everything else on."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from custodes.collection.openrosa import Answer
from custodes.collection.receiver import catalogue
from custodes.collection.receiver.bodies import drained
from custodes.collection.receiver.files import send_file, send_made
from custodes.collection.receiver.keys import KeyRing, KnownDevice, credentials_of
from custodes.collection.receiver.messages import ClientGone, Receive, Request, RequestRefused, Send, send_answer
from custodes.collection.receiver.receiving import received
from custodes.collection.receiver.sweep import start_sweeping
from custodes.collection.receiver.writer import BUSY, Writer

PREFIX = "/or/"
READ = ("GET", "HEAD")
WORDS = {"formList", "forms", "submission"}
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]
log = logging.getLogger(__name__)

NOT_PRIVATE = Answer(403, _("This connection can be overheard. Use https instead of http in the server's address."))
WRONG_HOST = Answer(400, _("The server does not answer under this address. Check it, or ask the office."))
NOT_FOUND = Answer(404, _("There is nothing at this address. Refresh the list of forms, or ask the office."))
EMPTY_HEAD = Answer(204, "")


class Receiver:
    """OpenRosa 1.0 under `/or/<key>/` and, with Basic, `/or/`; the site itself everywhere else."""

    def __init__(self, site: Application) -> None:
        self.site = site
        self.reading = ThreadPoolExecutor(2, thread_name_prefix="receiver reading")
        self.disk = ThreadPoolExecutor(4, thread_name_prefix="receiver disk")
        self.keys = KeyRing(self.reading)
        self.writer = Writer()
        self.is_sweeping = False

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.site(scope, receive, send)
            return
        request = Request.of(scope, PREFIX)
        if not self.is_sweeping:
            self.is_sweeping = True
            start_sweeping()
        try:
            await self._answered(request, receive, send)
        except ClientGone:
            return
        except RequestRefused as refused:
            await send_answer(send, refused.answer, request)
        except DatabaseError as error:
            log.error("A device's request could not be answered: %s", error)
            await send_answer(send, BUSY, request)

    async def _answered(self, request: Request, receive: Receive, send: Send) -> None:
        first, _slash, rest = request.path.partition("/")
        key, path = ("", request.path) if first in WORDS or not first else (first, rest)
        base = f"{request.scheme}://{request.host}{PREFIX}{f'{key}/' if key else ''}"
        try:
            device = await self._device(request, key)
        except RequestRefused:
            if request.method == "POST":
                await drained(receive)
            raise
        self.writer.note_contact(device.pk)
        if path == "submission":
            await self._submission(request, receive, send, device, base)
        elif path == "formList":
            _check_read(request)
            await self._form_list(request, send, device, base)
        elif path.startswith("submission/receipt/"):
            _check_read(request)
            await self._receipt(request, send, device, path.removeprefix("submission/receipt/"))
        else:
            _check_read(request)
            await self._form_part(request, send, device, base, path.split("/"))

    async def _device(self, request: Request, key: str) -> KnownDevice:
        if request.host is None:
            raise RequestRefused(WRONG_HOST)
        if not request.is_private:
            raise RequestRefused(NOT_PRIVATE)
        return await self.keys.device(credentials_of(request, key))

    async def _read(self, call: Callable[..., Any], *arguments: Any, **words: Any) -> Any:
        """Run a question to the database in a thread; what is not found is a 404."""
        found = await asyncio.get_running_loop().run_in_executor(self.reading, lambda: call(*arguments, **words))
        if found is None:
            raise RequestRefused(NOT_FOUND)
        return found

    async def _form_list(self, request: Request, send: Send, device: KnownDevice, base: str) -> None:
        asked = request.asked("listAllVersions").lower() == "true"
        body = await self._read(catalogue.form_list, device, base, form_id=request.asked("formID"), all_versions=asked)
        await send_made(send, request, body)

    async def _form_part(self, request: Request, send: Send, device: KnownDevice, base: str, words: list[str]) -> None:
        """forms/7, forms/7/manifest, forms/7/media/name."""
        if len(words) < 2 or words[0] != "forms" or not (words[1].isascii() and words[1].isdigit()):
            raise RequestRefused(NOT_FOUND)
        number, rest = int(words[1][:15]), words[2:]
        if rest == ["manifest"]:
            await send_made(send, request, await self._read(catalogue.manifest, device, base, number))
            return
        if not rest:
            file = await self._read(catalogue.form_file, device, number)
        elif rest[0] == "media" and len(rest) > 1:
            file = await self._read(catalogue.media_file, device, number, "/".join(rest[1:]))
        else:
            raise RequestRefused(NOT_FOUND)
        try:
            await send_file(send, request, file, self.disk)
        except FileNotFoundError:
            log.error("The file of a form is absent: %s", file.sha256)
            raise RequestRefused(NOT_FOUND) from None

    async def _receipt(self, request: Request, send: Send, device: KnownDevice, instance_id: str) -> None:
        body = json.dumps(await self._read(catalogue.receipt, device, instance_id), ensure_ascii=False).encode()
        await send_made(send, request, body, content_type="application/json")

    async def _submission(self, request: Request, receive: Receive, send: Send, device: KnownDevice, base: str) -> None:
        most = str(settings.CONFIG.submissions.max_bytes)
        headers: tuple[tuple[str, str], ...] = (("X-OpenRosa-Accept-Content-Length", most),)
        try:
            if request.method == "HEAD":
                answer = EMPTY_HEAD
            elif request.method == "POST":
                answer, name = await received(request, receive, device, disk=self.disk, writer=self.writer)
                headers += (("Location", f"{base}submission/receipt/{quote(name, safe='')}"),)
            else:
                raise RequestRefused(method_not_allowed("HEAD", "POST"))
        except RequestRefused as refused:
            answer = refused.answer
        await send_answer(send, replace(answer, headers=answer.headers + headers), request)


def method_not_allowed(*methods: str) -> Answer:
    """Which methods an address knows."""
    return Answer(
        405,
        _("This address takes only: %(methods)s."),
        {"methods": ", ".join(methods)},
        (("Allow", ", ".join(methods)),),
    )


def _check_read(request: Request) -> None:
    if request.method not in READ:
        raise RequestRefused(method_not_allowed(*READ))
