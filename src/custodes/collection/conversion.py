"""The second pass: rows of text become the typed columns of a data set, or go to the reject file with problem and fix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from custodes.collection.placing import Placing
from custodes.collection.rules.cells import category_code, flag_or_none, number_fix, numbers_from
from custodes.collection.rules.dates import Span, is_ambiguous_date, span_or_none
from custodes.collection.rules.mapping import ImportMapping
from custodes.collection.source import Field, FieldType, Source
from custodes.evidence.pseudonyms import pseudonym
from custodes.places.tables import Row

LARGEST_WHOLE = 2**53


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken: its own cells, the column, what is wrong and what to do."""

    row: int
    cells: Sequence[str]
    column: str
    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class Converted:
    """One portion: the rows that were taken, and those that were not."""

    table: Any
    rejects: tuple[Reject, ...]


@dataclass(slots=True)
class _Portion:
    """Cells by column, and the first problem of each row."""

    columns: Mapping[str, Sequence[str]]
    size: int
    problems: dict[int, tuple[str, str, str]] = field(default_factory=dict)

    def reject(self, index: int, column: str, problem: str, fix: str) -> None:
        self.problems.setdefault(index, (column, problem, fix))


@dataclass(frozen=True, slots=True)
class Conversion:
    """How one file becomes a data set.

    whole_span  the days of every row: the mapping's fixed days, or a survey's round; None where each row says its own.
    salt        the office's secret that turns a person's key into a pseudonym.
    """

    source: Source
    header: tuple[str, ...]
    mapping: ImportMapping
    placing: Placing
    whole_span: Span | None
    salt: bytes

    @property
    def kept(self) -> tuple[str, ...]:
        """The file's own columns that stay: all but a person's key."""
        dropped = {
            self.mapping.columns.get(each.role) for each in self.source.fields if each.type is FieldType.PERSON
        }  # fmt: skip
        return tuple(name for name in self.header if name not in dropped)

    @property
    def has_received(self) -> bool:
        return "received" in self.mapping.columns or bool(self.mapping.not_reported)

    def schema(self, metadata: Mapping[bytes, bytes]) -> Any:
        """The Arrow schema, the same for every portion."""
        import pyarrow as pa  # slow to import

        types = {FieldType.NUMBER: pa.float64(), FieldType.WHOLE: pa.int64(), FieldType.FLAG: pa.bool_()}
        ours = [("_row", pa.int64()), ("_area", pa.string()), ("_area_text", pa.string())]
        ours += [("_start", pa.date32()), ("_end", pa.date32())]
        for each in self._fields():
            ours.append((each.column, types.get(each.type, pa.string())))
        if self.has_received and "received" not in self.mapping.columns:
            ours.append(("_received", pa.bool_()))
        own = [(name, pa.float64() if self.mapping.types.get(name) == "number" else pa.string()) for name in self.kept]
        return pa.schema([*ours, *own], metadata=dict(metadata))

    def _fields(self) -> list[Field]:
        return [each for each in self.source.fields if each.column and each.role in self.mapping.columns]

    def convert(self, batch: Sequence[Row], schema: Any) -> Converted:
        """One portion of rows."""
        import pyarrow as pa

        width = len(self.header)
        ragged = [
            Reject(row.number, row.cells, "", f"The row has {len(row.cells)} cells instead of {width}.", "Correct its separators.")
            for row in batch
            if len(row.cells) != width
        ]  # fmt: skip
        rows = [row for row in batch if len(row.cells) == width]
        cells = zip(*(row.cells for row in rows), strict=True) if rows else [()] * width
        portion = _Portion(
            {name: self._emptied(column) for name, column in zip(self.header, cells, strict=True)}, len(rows)
        )
        made = self._made(portion)
        made["_row"] = pa.array([row.number for row in rows], pa.int64())
        self._check_records(portion, made)
        table = pa.table([made[name] for name in schema.names], schema=schema)
        if portion.problems:
            keep = [index not in portion.problems for index in range(len(rows))]
            table = table.filter(pa.array(keep, pa.bool_()))
        wrong = [
            Reject(rows[index].number, rows[index].cells, *problem)
            for index, problem in sorted(portion.problems.items())
        ]
        return Converted(table, tuple(sorted([*ragged, *wrong], key=lambda reject: reject.row)))

    def _emptied(self, column: Sequence[str]) -> Sequence[str]:
        if not self.mapping.empty:
            return column
        return ["" if cell.strip() in self.mapping.empty else cell for cell in column]

    def _made(self, portion: _Portion) -> dict[str, Any]:
        import pyarrow as pa

        made: dict[str, Any] = {}
        spans = self._spans(portion)
        made["_start"] = pa.array([span.start if span else None for span in spans], pa.date32())
        made["_end"] = pa.array([span.end if span else None for span in spans], pa.date32())
        for each in self._fields():
            made[each.column] = self._field(portion, each)
        for name in self.kept:
            made[name] = self._own(portion, name)
        self._silence(portion, spans, made)
        place = self.mapping.columns.get("area")
        texts = [text.strip() or None for text in portion.columns[place]] if place else [None] * portion.size
        made["_area_text"] = pa.array(texts, pa.string())
        made["_area"] = pa.array(self._areas(texts, spans, made, portion.size), pa.string())
        return made

    def _areas(
        self, texts: Sequence[str | None], spans: Sequence[Span | None], made: Mapping[str, Any], size: int
    ) -> list[str | None]:
        lon, lat = (made[name].to_pylist() if name in made else [None] * size for name in ("_lon", "_lat"))
        return self.placing.codes(texts, lon, lat, [span.start if span else None for span in spans])

    def _spans(self, portion: _Portion) -> list[Span | None]:
        columns = self.mapping.columns
        if self.whole_span is not None:
            return [self.whole_span] * portion.size
        if "start" in columns:
            starts = self._days(portion, columns["start"], filled=True)
            ends = self._days(portion, columns["end"], filled=True) if "end" in columns else starts
            both = zip(starts, ends, strict=True)
            return [Span(first.start, last.end) if first and last else None for first, last in both]
        return self._days(portion, columns["period"], filled=True) if "period" in columns else [None] * portion.size

    def _days(self, portion: _Portion, column: str, *, filled: bool) -> list[Span | None]:
        spans = []
        for index, text in enumerate(portion.columns[column]):
            span = span_or_none(text, self.mapping.date_order, self.mapping.period_kind)
            if span is None and (filled or text.strip()):
                portion.reject(index, column, *_date_problem(text))
            spans.append(span)
        return spans

    def _field(self, portion: _Portion, each: Field) -> Any:
        import pyarrow as pa

        column = self.mapping.columns[each.role]
        cells = portion.columns[column]
        if each.filled:
            for index, text in enumerate(cells):
                if not text.strip():
                    portion.reject(index, column, f"{each.label} is empty.", "Fill the cell, or leave the row out.")
        match each.type:
            case FieldType.NUMBER | FieldType.WHOLE:
                numbers = self._numbers(portion, column, cells)
                return self._whole(portion, column, numbers) if each.type is FieldType.WHOLE else numbers
            case FieldType.FLAG:
                return pa.array([self._flag(portion, column, i, text) for i, text in enumerate(cells)], pa.bool_())
            case FieldType.PERSON:
                return pa.array([pseudonym(text, secret=self.salt) for text in cells], pa.string())
            case _:
                return pa.array([category_code(text) for text in cells], pa.string())

    def _flag(self, portion: _Portion, column: str, index: int, text: str) -> bool | None:
        flag = flag_or_none(text)
        if flag is None and text.strip():
            portion.reject(index, column, f"“{text}” is neither yes nor no.", "Write yes or no.")
        return flag

    def _numbers(self, portion: _Portion, column: str, cells: Sequence[str]) -> Any:
        declared = self.mapping.missing.get(column, {})
        words = {code for code in declared if numbers_from([code]).bad}
        found = numbers_from([("" if cell.strip() in words else cell) for cell in cells] if words else cells)
        for index in found.bad:
            text = cells[index]
            portion.reject(index, column, f"“{text[:60]}” is not a number.", number_fix(text))
        return found.array

    def _whole(self, portion: _Portion, column: str, numbers: Any) -> Any:
        import pyarrow as pa

        values = []
        for index, value in enumerate(numbers.to_pylist()):
            if value is not None and (not value.is_integer() or abs(value) > LARGEST_WHOLE):
                portion.reject(index, column, f"{value:g} is not a whole number.", "Write digits only.")
                value = None
            values.append(None if value is None else int(value))
        return pa.array(values, pa.int64())

    def _own(self, portion: _Portion, name: str) -> Any:
        import pyarrow as pa

        cells, kind = portion.columns[name], self.mapping.types.get(name)
        if kind == "number":
            return self._numbers(portion, name, cells)
        if kind == "category":
            return pa.array([category_code(text) for text in cells], pa.string())
        return pa.array([text.strip() or None for text in cells], pa.string())

    def _silence(self, portion: _Portion, spans: Sequence[Span | None], made: dict[str, Any]) -> None:
        """Numbers of reports that did not come are missing, never zero (I21)."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self.has_received:
            return
        known = made["_received"].to_pylist() if "_received" in made else [True] * portion.size
        if self.mapping.not_reported:
            units = portion.columns[self.mapping.columns["unit"]]
            for index, (unit, span) in enumerate(zip(units, spans, strict=True)):
                if span and any(each.covers(unit.strip(), span) for each in self.mapping.not_reported):
                    known[index] = False
        made["_received"] = pa.array(known, pa.bool_())
        came = pc.fill_null(made["_received"], True)
        figures = {each.column for each in self._fields() if each.role in ("numerator", "denominator", "value")}
        for name in {*figures, *self.mapping.measures} & set(made):
            if pa.types.is_floating(made[name].type):
                made[name] = pc.if_else(came, made[name], pa.scalar(None, made[name].type))

    def _check_records(self, portion: _Portion, made: Mapping[str, Any]) -> None:
        roles = {each.role: made[each.column].to_pylist() for each in self._fields()}
        for role, name in (("start", "_start"), ("end", "_end")):
            roles[role] = made[name].to_pylist()
        for index, values in enumerate(zip(*roles.values(), strict=True)):
            for problem in self.source.problems(dict(zip(roles, values, strict=True))):
                column = self.mapping.columns.get(problem.role, problem.role)
                portion.reject(index, column, problem.problem, problem.fix)


def _date_problem(text: str) -> tuple[str, str]:
    if not text.strip():
        return "The date is empty.", "Fill the cell, or leave the row out."
    if is_ambiguous_date(text):
        return f"“{text}” may be read in two ways.", "Say in the mapping whether the day or the month stands first."
    return f"“{text[:60]}” is no date or period.", "Write 2025-03-31, 2025-03, 2025-Q1 or 2025."
