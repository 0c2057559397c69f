"""The chain: how an entry is hashed, and what a file of bytes or a value is named by."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BufferedReader
from typing import IO, Any, cast

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the chain as it is hashed, without its own hash."""

    seq: int
    act: str
    subject: str
    actor: str
    role: str
    when: str
    why: str
    what: Mapping[str, Any]
    previous: str


def canonical_json(value: object) -> bytes:
    """The one spelling of a value: sorted keys, no spaces, UTF-8; a float is refused because its text is not unique.

    Figures enter as decimal text (`decimal_text`). Raises TypeError on a float or on a type that JSON has no word for.
    """
    _check_no_float(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _check_no_float(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float: write figures as decimal text")
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{key!r} is not a text key")
            _check_no_float(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_no_float(item)


def decimal_text(value: float | int | None) -> str | None:
    """A figure as the shortest decimal text that reads back to the same double."""
    return None if value is None else repr(float(value))


def link_hash(link: Link) -> str:
    """sha256 of the canonical JSON of an entry, the previous entry's hash included."""
    return hashlib.sha256(canonical_json(asdict(link))).hexdigest()


def value_hash(value: object) -> str:
    """sha256 of the canonical JSON of a value."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def file_hash(stream: IO[bytes]) -> str:
    """sha256 of everything left in a stream."""
    return hashlib.file_digest(cast(BufferedReader, stream), "sha256").hexdigest()


def utc_text(moment: datetime) -> str:
    """`2026-06-30T12:00:00.000000Z`, the form that entries are hashed in."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
