"""The first pass over a file: what its columns are, which places and days it names, what a person must be asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from custodes.collection.rules.cells import flag_or_none, numbers_from
from custodes.collection.rules.dates import Span, is_ambiguous_date, span_or_none
from custodes.collection.rules.mapping import ImportMapping, Silence, fixed_span, mapping_from_json
from custodes.collection.rules.profile import MOST_DISTINCT, ColumnProfile
from custodes.collection.rules.silence import UnitRecord, silent_candidates
from custodes.collection.source import FieldType, Source
from custodes.collection.tables import SourceRows
from custodes.evidence.arguments import nearest
from custodes.evidence.errors import ColumnMissing
from custodes.places.tables import Row

PREVIEW_ROWS = 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Question:
    """What stands between the file and its import. A blocking one needs an answer of a person."""

    code: str
    text: str
    column: str = ""
    blocking: bool = True


@dataclass(slots=True)
class FileReading:
    """What the first pass found. `mapping` is complete: proposals and the types of all columns are filled in."""

    header: tuple[str, ...]
    mapping: ImportMapping
    first_rows: list[list[str]] = field(default_factory=list)
    rows: int = 0
    places: dict[str, int] = field(default_factory=dict)
    too_many_places: bool = False
    span: Span | None = None
    ambiguous: str = ""
    silent: tuple[Silence, ...] = ()
    questions: list[Question] = field(default_factory=list)


def read_through(
    source: Source, file: Path, *, given: Mapping[str, Any], remembered: Mapping[str, Any], progress: Progress
) -> FileReading:
    """Go through the file once. Refuses FileUnreadable, TableEmpty, ColumnMissing, MappingInvalid.

    given       what the person declared with the file; it wins over
    remembered  the mapping of an earlier file with the same header, which wins over proposals by usual names.
    """
    layout = mapping_from_json({**remembered, **given}).layout
    with source.read(file, layout) as rows:
        mapping = _mapping_of(source, rows, given, remembered)
        check_mapping(source, mapping, rows.header, file.name)
        reading = FileReading(rows.header, mapping)
        profiles = {column: ColumnProfile() for column in rows.header}
        units: dict[str, UnitRecord] = {}
        for batch in rows.batches():
            whole = [row for row in batch if len(row.cells) == len(rows.header)]
            reading.rows += len(batch)
            reading.first_rows += [list(row.cells) for row in batch[: PREVIEW_ROWS - len(reading.first_rows)]]
            _look_at(reading, source, whole, profiles, units)
            progress(rows.table.done, rows.table.total)
    _finish(reading, source, profiles, units)
    return reading


def _mapping_of(
    source: Source, rows: SourceRows, given: Mapping[str, Any], remembered: Mapping[str, Any]
) -> ImportMapping:
    said: dict[str, Any] = {"labels": rows.labels, "missing": rows.missing}
    if not remembered and "columns" not in given:
        said["columns"] = source.propose(rows.header)
    mapping = mapping_from_json({**said, **remembered, **given})
    labels = {**rows.labels, **mapping.labels}
    missing = {**rows.missing, **mapping.missing}
    return replace(mapping, labels=labels, missing=missing)


def check_mapping(source: Source, mapping: ImportMapping, header: Sequence[str], file: str) -> None:
    """ColumnMissing or MappingInvalid unless every named column and role exists."""
    roles = {each.role: each for each in source.fields}
    for role, column in mapping.columns.items():
        if role not in roles:
            mapping_invalid(f"The source {source.slug} has no field “{role}”.", nearest(role, roles))
        if column not in header:
            raise ColumnMissing(
                f"There is no column “{column}” ({roles[role].label.lower()}).",
                where=f"{file}, header",
                remedy=nearest(column, header) + " Choose another column in the mapping, or export the file with it.",
            )
    if mapping.not_reported and "unit" not in mapping.columns:
        mapping_invalid("“not_reported” names units, but no column says who reports.", "Choose the column of the unit.")
    named = {"types": mapping.types, "missing": mapping.missing, "labels": mapping.labels, "measures": mapping.measures}
    for part, columns in named.items():
        for column in columns:
            if column not in header:
                raise ColumnMissing(
                    f"There is no column “{column}”.", where=f"{file}, mapping, {part}", remedy=nearest(column, header)
                )
    taken = {each.column for each in source.fields if each.column} | {"_row", "_area", "_area_text", "_start", "_end"}
    for column in header:
        if column in taken:
            mapping_invalid(f"“{column}” is a name of ours.", "Rename the column in the file.")


def mapping_invalid(what: str, remedy: str) -> None:
    from custodes.collection.errors import MappingInvalid

    raise MappingInvalid(what, where="mapping, columns", remedy=remedy)


def _look_at(
    reading: FileReading, source: Source, batch: Sequence[Row], profiles: dict[str, ColumnProfile], units: dict[str, UnitRecord]
) -> None:  # fmt: skip
    if not batch:
        return
    mapping, numbers = reading.mapping, [row.number for row in batch]
    empty = frozenset(mapping.empty)
    columns: dict[str, Sequence[str]] = dict(
        zip(reading.header, zip(*(row.cells for row in batch), strict=True), strict=True)
    )
    if empty:
        columns = {name: ["" if cell.strip() in empty else cell for cell in cells] for name, cells in columns.items()}
    for name, profile in profiles.items():
        declared = mapping.missing.get(name, {})
        odd = any(not _is_number(code) for code in declared)
        profile.look_at(
            [("" if cell in declared else cell) for cell in columns[name]] if odd else columns[name], numbers
        )
    if (place := mapping.columns.get("area")) and not reading.too_many_places:
        for cell in columns[place]:
            if text := cell.strip():
                reading.places[text] = reading.places.get(text, 0) + 1
        reading.too_many_places = len(reading.places) > MOST_DISTINCT
    _look_at_days(reading, columns)
    if source.field("unit") and "unit" in mapping.columns:
        _look_at_units(reading, columns, profiles, units)


def _is_number(code: str) -> bool:
    return not numbers_from([code]).bad


def _look_at_days(reading: FileReading, columns: Mapping[str, Sequence[str]]) -> None:
    mapping = reading.mapping
    for role in ("period", "start", "end"):
        for text in set(columns[mapping.columns[role]]) if role in mapping.columns else ():
            if not mapping.date_order and is_ambiguous_date(text):
                reading.ambiguous = reading.ambiguous or text
            span = span_or_none(text, mapping.date_order, mapping.period_kind)
            if span:
                known = reading.span or span
                reading.span = Span(min(known.start, span.start), max(known.end, span.end))


def _look_at_units(
    reading: FileReading, columns: Mapping[str, Sequence[str]], profiles: Mapping[str, ColumnProfile], units: dict[str, UnitRecord]
) -> None:  # fmt: skip
    mapping = reading.mapping
    period = mapping.columns.get("period") or mapping.columns.get("start")
    if not period:
        return
    measures = measured_columns(mapping, {name: profile.type for name, profile in profiles.items()})
    amounts = [numbers_from(columns[name]).array.to_pylist() for name in measures]
    received = columns[mapping.columns["received"]] if "received" in mapping.columns else None
    for index, (unit, text) in enumerate(zip(columns[mapping.columns["unit"]], columns[period], strict=True)):
        span = span_or_none(text, mapping.date_order, mapping.period_kind)
        came = received is None or flag_or_none(received[index]) is not False
        if span is not None and unit.strip():
            amounts_there = [column[index] if came else None for column in amounts]
            units.setdefault(unit.strip(), UnitRecord()).add(span, amounts_there)


def measured_columns(mapping: ImportMapping, types: Mapping[str, str]) -> tuple[str, ...]:
    """Columns that count something: those declared, or all numbers that stand for nothing else."""
    if mapping.measures:
        return mapping.measures
    figures = {mapping.columns[role] for role in ("numerator", "denominator", "value") if role in mapping.columns}
    other = set(mapping.columns.values()) - figures
    chosen = figures or {name for name, kind in (dict(types) | dict(mapping.types)).items() if kind == "number"} - other
    return tuple(sorted(chosen))


def _finish(
    reading: FileReading, source: Source, profiles: Mapping[str, ColumnProfile], units: dict[str, UnitRecord]
) -> None:
    mapping = reading.mapping
    roles = set(mapping.columns.values())
    types = {name: mapping.types.get(name, profile.type) for name, profile in profiles.items()}
    for name, profile in profiles.items():
        if profile.is_mixed and name not in mapping.types and name not in roles:
            row, text = profile.odd[0]
            reading.questions.append(
                Question(
                    "mixed-column",
                    f"{profile.numeric:,} of {profile.filled:,} filled cells of “{name}” are numbers, but row {row} says “{text}”. "
                    "As numbers, such rows go to the reject file; or choose text, or declare the code as missing.",
                    name,
                    blocking=False,
                )
            )
    if source.field("unit"):
        measures = measured_columns(mapping, types)
        mapping = replace(mapping, measures=measures) if "unit" in mapping.columns else mapping
        reading.silent = silent_candidates(units, (*mapping.not_reported, *mapping.reported_zero))
    reading.mapping = replace(mapping, types=types)
    reading.questions += _open_questions(reading, source)


def _open_questions(reading: FileReading, source: Source) -> list[Question]:
    mapping, questions = reading.mapping, []
    dated = "period" in mapping.columns or "start" in mapping.columns
    for each in source.fields:
        needless = each.role == "period" and (mapping.dates or "start" in mapping.columns)
        needless = needless or (each.role == "weight" and mapping.unweighted)
        if each.required and each.role not in mapping.columns and not needless:
            text = f"No column was found for “{each.label}”: choose it."
            if each.role == "weight":
                text = "No column was found for the weight: choose it, or say that the survey is unweighted."
            questions.append(Question(f"field:{each.role}", text))
    if source.kind == "survey" and not dated and fixed_span(mapping) is None:
        questions.append(
            Question("dates", "The file does not say when: give the first and last day of the survey round.")
        )
    if reading.ambiguous:
        questions.append(
            Question("date-order", f"“{reading.ambiguous}” may be read in two ways: say whether the day or the month stands first.")
        )  # fmt: skip
    if reading.too_many_places:
        questions.append(
            Question("places", f"The place column has more than {MOST_DISTINCT:,} different texts: choose another.")
        )
    for silence in reading.silent:
        questions.append(
            Question(
                "silent",
                f"“{silence.unit}” says zero for everything from {silence.start} to {silence.end}, though it usually counts more. "
                "Did no report come, or was it truly zero?",
                silence.unit,
            )
        )
    return questions


def person_roles(source: Source) -> frozenset[str]:
    """Roles whose columns are not kept."""
    return frozenset(each.role for each in source.fields if each.type is FieldType.PERSON)
