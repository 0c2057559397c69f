"""Records of small forms, exported, and read back as tables of texts."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from custodes.collection.exports.making import MadeExport, make_export
from custodes.collection.exports.records import ExportFormat, ExportVersion, Record, RecordSource
from custodes.collection.xform.model import Form
from tests.collection.xform.conftest import form_of

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Sent:
    """A record as a test sends it."""

    key: str
    version: int | None
    xml: bytes


@dataclass(frozen=True)
class Exported:
    """An export, and its tables read back; an empty cell is an empty text."""

    made: MadeExport
    tables: dict[str, Rows]
    asked_for: tuple[str, ...]  # records whose XML was fetched

    @property
    def record(self) -> Rows:
        return self.tables["record"]

    @property
    def columns(self) -> list[str]:
        """The columns of the record's table that hold answers."""
        return [each["column"] for each in self.tables["dictionary"] if each["table"] == "record" and each["question"]]

    def described(self, column: str, table: str = "record") -> dict[str, str]:
        """A column's row of the dictionary."""
        return next(each for each in self.tables["dictionary"] if (each["table"], each["column"]) == (table, column))

    def unmapped(self, row: int = 0, table: str = "record") -> dict[str, list[str]]:
        """What a row holds that no version asks for."""
        text = self.tables[table][row]["record_unmapped"]
        return json.loads(text) if text else {}


def read_zip(place: Path) -> dict[str, Rows]:
    """The CSV files of a zip."""
    with zipfile.ZipFile(place) as archive:
        return {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline="")))
            for name in archive.namelist()
            if name.endswith(".csv")
        }  # fmt: skip


def source_of(sent: Sequence[Sent], asked_for: list[str] | None = None, **known: str) -> RecordSource:
    """The records of a test, each received a minute after the one before."""
    contents = {each.key: each.xml for each in sent}

    def fetched(some: Sequence[Record]) -> list[bytes]:
        if asked_for is not None:
            asked_for.extend(each.instance_id for each in some)
        return [contents[each.instance_id] for each in some]

    heads = [
        Record(each.key, each.version, hashlib.sha256(each.xml).hexdigest(), BEGIN + timedelta(minutes=minute), **known)
        for minute, each in enumerate(sent)
    ]
    return RecordSource(len(heads), iter(heads), fetched)


class Exporter:
    """Exports into one folder, whose segments stay."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, versions: Sequence[ExportVersion], *sent: Sent, kind: ExportFormat = ExportFormat.CSV, language: str | None = None,
        segment_size: int = 5_000, known: dict | None = None,
    ) -> Exported:  # fmt: skip
        asked_for: list[str] = []
        made = make_export(
            versions, records=source_of(sent, asked_for, **(known or {})), to=self.folder / f"export{kind.ending}", kind=kind,
            segments=self.folder / "segments", language=language, segment_size=segment_size,
        )  # fmt: skip
        tables = read_zip(made.file) if kind.ending == ".zip" else {}
        return Exported(made, tables, tuple(asked_for))


@pytest.fixture
def export(tmp_path) -> Exporter:
    """The maker of exports."""
    return Exporter(tmp_path)


def version_of(number: int, form: Form, **columns) -> ExportVersion:
    """A version whose questions have these identities, by the last part of their path."""
    by_path = {each.path: columns[each.name] for each in form.questions if each.name in columns}
    return ExportVersion(number, f"v{number}", form, by_path)


def one_version(*rows: str, **more) -> list[ExportVersion]:
    """A form of one version, of these rows."""
    return [version_of(1, form_of(*rows, **more))]


def sent(inner: str, *, key: str = "uuid:1", version: int | None = 1) -> Sent:
    """A record with this inside."""
    return Sent(
        key, version, f'<data id="small" version="1">{inner}<meta><instanceID>{key}</instanceID></meta></data>'.encode()
    )
