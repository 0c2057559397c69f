"""What an export is made of: its format, the versions of a form, and its records in order, whose XML is fetched only where it has to be read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from custodes.collection.xform.model import Form


class ExportFormat(StrEnum):
    """The formats of an export."""

    CSV = "csv"
    CSV_FOR_SPREADSHEETS = "csv_for_spreadsheets"
    XLSX = "xlsx"
    PARQUET = "parquet"
    SPSS = "spss"

    @property
    def ending(self) -> str:
        """The ending of the file's name."""
        return ".xlsx" if self is ExportFormat.XLSX else ".zip"


@dataclass(frozen=True, slots=True)
class StableColumn:
    """The identity of a question: its id, its column, and the codes that stand for no answer with their wording."""

    question: str
    column: str
    missing_codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportVersion:
    """One version of the form. `columns` gives each path its question; a path that is not in it is a question of its own under its own name."""

    number: int
    version: str  # as the form says it
    form: Form
    columns: Mapping[str, StableColumn] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that came with a record."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record without its content. `version` is the number of an `ExportVersion`, or None where its version is not here."""

    instance_id: str
    version: int | None
    sha256: str  # of its XML
    received: datetime
    state: str = ""
    inbox: str = ""
    enumerator: str = ""
    device: str = ""
    attachments: tuple[AttachedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordSource:
    """The records of an export.

    heads     every record once, in the order (received, instance id).
    contents  the XML of some of them, in the order asked; it is called only for records that no segment holds yet.
    """

    total: int
    heads: Iterable[Record]
    contents: Callable[[Sequence[Record]], Sequence[bytes]]
