"""Who sends: a device's key, in the address or as the password of Basic, looked up at most once a second."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from custodes.collection.models import Device
from custodes.collection.openrosa import Answer
from custodes.collection.receiver.messages import Request, RequestRefused
from custodes.collection.receiver.threads import with_own_connection

CHALLENGE = 'Basic realm="custodes", charset="UTF-8"'
FRESH_SECONDS = 0.9  # a withdrawn key works no longer than a second
PREFIX = 6
MOST_FAILURES, FAILURE_SECONDS, MOST_PREFIXES = 20, 60, 10_000

NO_KEY = Answer(
    401, _("This address needs the name and the key of a device. Scan the device's code again, or ask the office."), {},
    (("WWW-Authenticate", CHALLENGE),),
)  # fmt: skip
UNKNOWN_KEY = Answer(403, _("This device is not known here. Scan its code again, or ask the office for a new one."))
TOO_MANY = Answer(
    429, _("Too many wrong keys came from here. Wait a minute."), {}, (("Retry-After", str(FAILURE_SECONDS)),)
)


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device as its key found it."""

    pk: int
    key_sha256: str
    ends: date
    withdrawn_at: datetime | None
    forms: frozenset[int]
    read_at: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key, and the number of the device where Basic names it."""

    key: str
    device: int | None = None


def basic_credentials(header: str) -> Credentials | None:
    """What an Authorization header holds, or None where it is no Basic of a device."""
    kind, _space, text = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, colon, key = base64.b64decode(text.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    number = name.removeprefix("device-")
    return Credentials(key, int(number) if number.isascii() and number.isdigit() else -1) if colon else None


class KeyRing:
    """The keys seen lately. The look-up runs in a thread that may wait for the database."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._known: dict[str, KnownDevice] = {}
        self._failures: dict[str, tuple[int, float]] = {}

    async def device(self, credentials: Credentials) -> KnownDevice:
        """The device of the key. Raises RequestRefused where it is unknown, ended, withdrawn, or guessed at."""
        digest, now = hashlib.sha256(credentials.key.encode()).hexdigest(), time.monotonic()
        known = self._known.get(digest)
        if known is None or now - known.read_at > FRESH_SECONDS:
            known = await self._looked_up(credentials.key, digest, now)
        if not hmac.compare_digest(known.key_sha256, digest) or credentials.device not in (None, known.pk):
            raise RequestRefused(UNKNOWN_KEY)
        ended = timezone.localdate(known.withdrawn_at) if known.withdrawn_at else known.ends
        if known.withdrawn_at or known.ends < timezone.localdate():
            raise RequestRefused(access_ended(ended))
        return known

    async def _looked_up(self, key: str, digest: str, now: float) -> KnownDevice:
        count, since = self._failures.get(key[:PREFIX], (0, now))
        if now - since > FAILURE_SECONDS:
            count, since = 0, now
        if count >= MOST_FAILURES:
            raise RequestRefused(TOO_MANY)
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, with_own_connection(device_behind), digest
        )
        if found is None:
            self._known.pop(digest, None)
            if len(self._failures) > MOST_PREFIXES:
                self._failures.clear()
            self._failures[key[:PREFIX]] = (count + 1, since)
            raise RequestRefused(UNKNOWN_KEY)
        self._known[digest] = found
        return found


def access_ended(day: date) -> Answer:
    """The key was good until then. The day is written in the language of whoever reads the sentence."""
    return Answer(403, _("This device's access ended on %(day)s. Ask the office for a new code."), {"day": _Day(day)})


@dataclass(frozen=True, slots=True)
class _Day:
    """A day, written in the language of the moment."""

    day: date

    def __str__(self) -> str:
        return formats.date_format(self.day, "DATE_FORMAT")


def device_behind(digest: str) -> KnownDevice | None:
    """The row behind the hash of a key, and the forms of its scope."""
    found = Device.objects.filter(key_sha256=digest).first()
    if found is None:
        return None
    forms = frozenset(found.forms.values_list("pk", flat=True))
    return KnownDevice(found.pk, found.key_sha256, found.ends, found.withdrawn_at, forms, time.monotonic())


def credentials_of(request: Request, key: str) -> Credentials:
    """From the address, else from the header. Raises RequestRefused with a challenge."""
    found = Credentials(key) if key else basic_credentials(request.headers.get("authorization", ""))
    if found is None or not found.key:
        raise RequestRefused(NO_KEY)
    return found
