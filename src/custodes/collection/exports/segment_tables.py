"""The rows of records as Arrow tables, and what their values are."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from custodes.collection.exports.layout import INDEX, KEY, MAIN, PARENT_KEY, UNMAPPED, Source
from custodes.collection.exports.reading import ReadingPlan, RecordReader, RepeatStep, Row
from custodes.collection.exports.scanning import Scanner
from custodes.collection.exports.segments import ColumnFacts
from custodes.collection.xform.analysis_columns import GEOPOINT_PARTS

BATCH = 1_000  # rows of the main table that are held as Python's own texts
LONGEST_INTEGER = 18  # digits that every 64-bit integer holds
TEXT, INTEGER, DECIMAL, DATE = "text", "integer", "decimal", "date"
TYPED_KINDS = frozenset({"integer", "decimal", "range", "date", "select_one"})
DECIMAL_FORM = r"^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d{1,2})?$"
DATE_FORM = r"^(1[6-9]|[2-9]\d)\d\d-\d\d-\d\d$"  # from 1600: SPSS has no day before 1582
INTEGER_FORM = r"^(0|-?[1-9]\d*)$"


class FinishedTable(NamedTuple):
    """A table of a segment, ready to be written."""

    name: str
    table: pa.Table
    unmapped: int
    facts: dict[str, ColumnFacts]


class SegmentTables:
    """The tables of a segment while its records are read one after the other."""

    def __init__(self, plans: Mapping[int, ReadingPlan]) -> None:
        self._columns = columns_of(plans)
        together = {number: aligned(plan, self._columns) for number, plan in plans.items()}
        self._scanners = {number: Scanner(plan) for number, plan in together.items()}
        self._readers = {number: RecordReader(plan) for number, plan in together.items()}
        self._waiting: dict[str, list[Row]] = {table: [] for table in self._columns}
        self._batches: dict[str, list[pa.RecordBatch]] = {table: [] for table in self._columns}

    def add(self, key: str, version: int, content: bytes) -> None:
        """Take a record."""
        found = self._scanners[version].rows_or_none(key, content) or self._readers[version].rows(key, content)
        for table, rows in found.items():
            self._waiting[table] += rows
        if len(self._waiting[MAIN]) >= BATCH:
            self._flush()

    def finished(self) -> Iterator[FinishedTable]:
        """The tables, the record's own first."""
        self._flush()
        for name, sources in self._columns.items():
            table = pa.Table.from_batches(self._batches.pop(name)).combine_chunks()
            wholes = [part for source in sources for part in (source, *_parts(source))]
            facts = {source.stored: facts_of(table[source.stored], source) for source in wholes}
            yield FinishedTable(name, table, len(table) - table[UNMAPPED].null_count, facts)

    def _flush(self) -> None:
        for name, rows in self._waiting.items():
            self._batches[name].append(_batch(name, rows, self._columns[name]))
        self._waiting = {table: [] for table in self._columns}


def columns_of(plans: Mapping[int, ReadingPlan]) -> dict[str, tuple[Source, ...]]:
    """The columns of several versions together, table by table, the record's own table first."""
    found: dict[str, dict[Source, None]] = {MAIN: {}}
    for number in sorted(plans):
        for table, sources in plans[number].columns.items():
            found.setdefault(table, {}).update(dict.fromkeys(sources))
    return {table: tuple(sources) for table, sources in found.items()}


def aligned(plan: ReadingPlan, columns: Mapping[str, tuple[Source, ...]]) -> ReadingPlan:
    """A plan that puts each answer where it stands among the columns of all versions."""
    places = {table: {source: place for place, source in enumerate(sources)} for table, sources in columns.items()}

    def moved(steps: Mapping[str, object], table: str) -> dict[str, object]:
        made: dict[str, object] = {}
        for name, step in steps.items():
            if isinstance(step, int):
                made[name] = places[table][plan.columns[table][step]] if step >= 0 else step
            elif isinstance(step, RepeatStep):
                made[name] = RepeatStep(step.table, len(columns[step.table]), moved(step.steps, step.table))
            elif isinstance(step, dict):
                made[name] = moved(step, table)
        return made

    return ReadingPlan({table: columns[table] for table in plan.columns}, moved(plan.steps, MAIN))


def _batch(table: str, rows: list[Row], sources: tuple[Source, ...]) -> pa.RecordBatch:
    arrays: dict[str, pa.Array] = {KEY: pa.array([row.key for row in rows], pa.string())}
    if table != MAIN:
        arrays[PARENT_KEY] = pa.array([row.parent_key for row in rows], pa.string())
        arrays[INDEX] = pa.array([row.index for row in rows], pa.int32())
    answers = list(zip(*[row.answers for row in rows], strict=True)) or [()] * len(sources)
    for source, values in zip(sources, answers, strict=True):
        arrays[source.stored] = pa.array(values, pa.string())
        parts = _parts(source)
        for part, numbers in zip(parts, _coordinates(values) if parts else (), strict=True):
            arrays[part.stored] = pa.array(numbers, pa.string())
    arrays[UNMAPPED] = pa.array([row.unmapped_json for row in rows], pa.string())
    return pa.record_batch(arrays)


def _parts(source: Source) -> tuple[Source, ...]:
    """The coordinates of a place; the choices of a select-multiple are told apart when an export is put together."""
    if source.kind != "geopoint":
        return ()
    return tuple(Source(source.table, source.question, source.kind, part) for part in GEOPOINT_PARTS)


def facts_of(values: pa.ChunkedArray, source: Source) -> ColumnFacts:
    """What the values of a column are. A type is named only where every value is read back from it as it was written."""
    filled = len(values) - values.null_count
    longest = int(pc.max(pc.binary_length(values)).as_py() or 0)
    typed = source.kind in TYPED_KINDS or source.part in GEOPOINT_PARTS
    return ColumnFacts(filled, longest, narrowest(values, longest) if typed and filled else TEXT)


def narrowest(values: pa.ChunkedArray, longest: int) -> str:
    """The narrowest type that loses nothing: an integer of at most 18 digits, a decimal number, a date, else text."""
    if longest <= LONGEST_INTEGER and _all(pc.match_substring_regex(values, INTEGER_FORM)):
        return INTEGER
    if longest == len("2024-01-31") and _all(pc.match_substring_regex(values, DATE_FORM)):
        try:
            pc.cast(values, pa.date32())
        except pa.ArrowInvalid:  # the 31st of February
            return TEXT
        return DATE
    return DECIMAL if _all(pc.match_substring_regex(values, DECIMAL_FORM)) else TEXT


def _all(mask: Any) -> bool:
    return bool(pc.all(mask).as_py())


def _coordinates(values: tuple[str | None, ...]) -> Iterator[tuple[str | None, ...]]:
    """Latitude, longitude, altitude and accuracy of places, as they were sent."""
    split = [tuple((value or "").split()[:4]) for value in values]
    filled = [parts + (None,) * (4 - len(parts)) for parts in split]
    return zip(*filled, strict=True) if filled else iter([()] * 4)
