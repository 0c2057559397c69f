"""What an item of the source shelf is: one declaration from which page, command, mapping form and contract tests follow."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from custodes.collection.tables import SourceRows, open_source
from custodes.places.tables import TableFormat


class FieldType(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    DATE = "date"
    FLAG = "flag"
    PERSON = "person"  # hashed with the office's salt; the column itself is not kept


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a column may mean.

    role    its name in a mapping; column: the name it gets in the data set, empty where it has none of its own.
    names   usual column names, by which it is proposed.
    filled  every row must have it.
    """

    role: str
    label: str
    type: FieldType
    column: str = ""
    names: tuple[str, ...] = ()
    required: bool = False
    filled: bool = False


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with one cell, and what to do."""

    role: str
    problem: str
    fix: str


Record = Mapping[str, Any]
AREA = Field("area", "Place", FieldType.TEXT)
PERIOD = Field("period", "Period", FieldType.DATE)
START = Field("start", "First day", FieldType.DATE)
END = Field("end", "Last day", FieldType.DATE)


def no_problems(record: Record) -> Iterable[CellProblem]:
    """A source whose records are right as soon as their cells are."""
    return ()


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of file.

    kind      survey, events or administrative: decides the columns of the data set.
    licence   usual licence of such files, proposed at upload.
    check     what contradicts itself within one record, given as role to typed value.
    released  for events: the whole months or years in which the source is released, so that a list covers the one in which its first event lies
              from its first day, and the one of its last event up to the last; empty: from the first to the last event.
    """

    slug: str
    name: str
    kind: str
    description: str
    licence: str
    fields: tuple[Field, ...]
    check: Callable[[Record], Iterable[CellProblem]] = no_problems
    released: str = ""

    def field(self, role: str) -> Field | None:
        """The field of that role, if the source has it."""
        return next((field for field in self.fields if field.role == role), None)

    def propose(self, header: Sequence[str]) -> dict[str, str]:
        """Role to column, by usual names only."""
        lower = {column.casefold(): column for column in header}
        proposed: dict[str, str] = {}
        for field in self.fields:
            name = next((name for name in field.names if name.casefold() in lower), None)
            if name is not None:
                proposed[field.role] = lower[name.casefold()]
        return proposed

    def sniff(self, header: Sequence[str]) -> float:
        """How much a header looks like this source: the share of its fields with usual names that are there."""
        usual = [field for field in self.fields if field.names and field.required]
        found = self.propose(header)
        return sum(field.role in found for field in usual) / len(usual) if usual else 0.0

    @contextmanager
    def read(self, file: Path, layout: TableFormat) -> Iterator[SourceRows]:
        """The file as rows of text with what it says of itself (labels, missing codes)."""
        with open_source(file, layout) as rows:
            yield rows

    def problems(self, record: Record) -> tuple[CellProblem, ...]:
        """What contradicts itself within one record."""
        return tuple(self.check(record))
