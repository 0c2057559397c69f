"""Puts an export together: segments and what is known of each record become the rows of its tables, stretch by stretch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from custodes.collection.exports.layout import (
    INDEX,
    KEY,
    MAIN,
    METADATA_COLUMNS,
    PARENT_KEY,
    UNMAPPED,
    Appearance,
    Layout,
    Source,
)
from custodes.collection.exports.segment_tables import DATE, DECIMAL, INTEGER, TEXT
from custodes.collection.exports.segments import ColumnFacts, Segment
from custodes.collection.xform.analysis_columns import GEOPOINT_PARTS
from custodes.collection.xform.texts import Text

FLAG = "0/1"
CODED = frozenset({"select_one", "select_multiple", "rank"})
PIECE = 2_000  # rows that are put together at once
LABEL_SEPARATOR = "; "
ARROW_TYPES = {TEXT: pa.string(), INTEGER: pa.int64(), DECIMAL: pa.float64(), DATE: pa.date32(), FLAG: pa.int8()}


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column of an export. `type` is how typed files store it; `source` and `asked` are empty for what is known of the record itself.

    `codes_are_numbers` says of a select-one that every choice and every answer is a whole number.
    """

    name: str
    type: str
    longest: int  # bytes
    filled: int
    source: Source | None = None
    asked: tuple[Appearance, ...] = ()
    codes_are_numbers: bool = False

    @property
    def choices(self) -> dict[str, Mapping[str, str]]:
        """The choices of all versions with their labels by language; of a label that changed the latest."""
        found: dict[str, Mapping[str, str]] = {}
        for appearance in self.asked:
            for choice in appearance.question.choices:
                found[choice.value] = {**found.get(choice.value, {}), **wordings_of(choice.label)}
        return found


def wordings_of(text: Text) -> dict[str, str]:
    """A text by language; pyxform writes - where a translation is missing, which is no wording."""
    return {each.language: each.plain for each in text.wordings if each.plain not in {"", "-"}}


@dataclass(frozen=True, slots=True)
class OutputTable:
    """A table of an export."""

    name: str
    rows: int
    columns: tuple[OutputColumn, ...]

    @property
    def cells(self) -> int:
        """Rows times columns."""
        return self.rows * len(self.columns)


@dataclass(frozen=True, slots=True)
class Wording:
    """Codes, or labels in a language; a code without a label in it stays the code."""

    language: str | None = None

    @property
    def is_labels(self) -> bool:
        """Whether labels stand in the place of codes."""
        return self.language is not None


class Assembly:
    """The tables of an export, ready to be written in any format."""

    def __init__(
        self, layout: Layout, segments: Sequence[Segment], metadata: Sequence[pa.Table], wording: Wording
    ) -> None:
        self.segments = segments
        self._metadata = metadata
        self._wording = wording
        self.layout = layout
        with_records = frozenset(number for each in segments for number in each.versions)
        self.versions = tuple(each for each in layout.versions if each.number in with_records)
        self.tables = tuple(self._table(each.name, each.columns) for each in layout.tables(with_records))

    def _table(self, name: str, answers: Sequence[Any]) -> OutputTable:
        stored = [each.tables[name] for each in self.segments if name in each.tables]
        rows = sum(each.rows for each in stored)
        columns = [OutputColumn(KEY, TEXT, 0, rows)]
        if name == MAIN:
            columns += [OutputColumn(each, TEXT, 0, rows) for each in METADATA_COLUMNS]
        else:
            columns += [OutputColumn(PARENT_KEY, TEXT, 0, rows), OutputColumn(INDEX, INTEGER, 0, rows)]
        for answer in answers:
            facts = [each.columns[answer.source.stored] for each in stored if answer.source.stored in each.columns]
            numbers = answer.source.kind == "select_one" and _codes_are_numbers(answer.asked, facts)
            kind = FLAG if answer.source.choice is not None else type_of(answer.source, facts)
            longest = max((each.longest for each in facts), default=0)
            filled = sum(each.filled for each in facts)
            columns.append(OutputColumn(answer.name, kind, longest, filled, answer.source, answer.asked, numbers))
        columns.append(OutputColumn(UNMAPPED, TEXT, 0, sum(each.unmapped for each in stored)))
        return OutputTable(name, rows, tuple(columns))

    def texts(self, table: OutputTable) -> Iterator[pa.Table]:
        """The rows of a table as texts, in order, some thousands at a time."""
        for segment, metadata in zip(self.segments, self._metadata, strict=True):
            stored = segment.read(table.name)
            if stored is not None:
                whole = stored.combine_chunks()
                for begin in range(0, len(whole), PIECE):
                    yield self._assembled(table, whole.slice(begin, PIECE), metadata.slice(begin, PIECE))

    def typed(self, table: OutputTable) -> Iterator[pa.Table]:
        """The same in the types of the columns."""
        schema = pa.schema([(each.name, ARROW_TYPES[each.type]) for each in table.columns])
        for part in self.texts(table):
            yield part.cast(schema)

    def _assembled(self, table: OutputTable, stored: pa.Table, metadata: pa.Table) -> pa.Table:
        made: dict[str, pa.Array] = {}
        flags: dict[Source, dict[str, pa.Array]] = {}
        nothing = pa.nulls(len(stored), pa.string())
        for column in table.columns:
            source = column.source
            if source is None:
                origin = metadata if column.name in METADATA_COLUMNS else stored
                made[column.name] = (
                    origin[column.name].cast(pa.string()) if column.name in origin.column_names else nothing
                )
            elif source.choice is not None:
                whole = Source(source.table, source.question, source.kind)
                if whole not in flags:
                    flags[whole] = _flags(stored, whole, table)
                made[column.name] = flags[whole].get(source.choice, nothing)
            else:
                values = stored[source.stored] if source.stored in stored.column_names else nothing
                made[column.name] = self._worded(values, column)
        return pa.table(made)

    def _worded(self, values: Any, column: OutputColumn) -> Any:
        if self._wording.language is None or column.source is None or column.source.kind not in CODED:
            return values
        labels = {
            code: words[self._wording.language]
            for code, words in column.choices.items()
            if words.get(self._wording.language)
        }
        if not labels:
            return values
        if column.source.kind == "select_one":
            return _replaced(values, labels)
        encoded = _dictionary(values)
        joined = [
            LABEL_SEPARATOR.join(labels.get(code, code) for code in each.split())
            for each in encoded.dictionary.to_pylist()
        ]
        return pc.take(pa.array(joined, pa.string()), encoded.indices)


def type_of(source: Source, facts: Sequence[ColumnFacts]) -> str:
    """How a column is stored in typed files: as its question says, as long as every value fits; no value is bent to it."""
    fits = {each.fits for each in facts if each.filled}
    if source.kind == "date":
        return DATE if fits <= {DATE} else TEXT
    if source.kind == "decimal" or source.part in GEOPOINT_PARTS:
        return DECIMAL if fits <= {INTEGER, DECIMAL} else TEXT
    if source.kind in {"integer", "range"}:
        if fits <= {INTEGER}:
            return INTEGER
        return DECIMAL if fits <= {INTEGER, DECIMAL} else TEXT
    return TEXT


def _codes_are_numbers(asked: Sequence[Appearance], facts: Sequence[ColumnFacts]) -> bool:
    codes = [choice.value for each in asked for choice in each.question.choices]
    return (
        bool(codes)
        and all(code.lstrip("-").isdecimal() and code.isascii() and str(int(code)) == code for code in codes)
        and {each.fits for each in facts if each.filled} <= {INTEGER}
    )


def _dictionary(values: Any) -> pa.DictionaryArray:
    """The values with each different one kept once."""
    encoded = pc.dictionary_encode(values)
    return encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded


def _replaced(values: Any, labels: Mapping[str, str]) -> Any:
    found = pc.index_in(values, value_set=pa.array(list(labels), pa.string()))
    return pc.coalesce(pc.take(pa.array(list(labels.values()), pa.string()), found), values)


def _flags(stored: pa.Table, whole: Source, table: OutputTable) -> dict[str, pa.Array]:
    """For each choice of a select-multiple whether it was chosen: 1, 0, or nothing where the question has no answer."""
    if whole.stored not in stored.column_names:
        return {}
    encoded = _dictionary(stored[whole.stored])
    chosen = [frozenset(each.split()) for each in encoded.dictionary.to_pylist()]
    found = {}
    for column in table.columns:
        source = column.source
        if (
            source is not None
            and source.choice is not None
            and Source(source.table, source.question, source.kind) == whole
        ):
            marks = pa.array(["1" if source.choice in each else "0" for each in chosen], pa.string())
            found[source.choice] = pc.take(marks, encoded.indices)
    return found
