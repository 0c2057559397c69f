"""The columns of a form's sheets: which of the many names for one column a header is, and in which language."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from custodes.collection.xlsform.problems import FormProblem, Severity
from custodes.collection.xlsform.workbook import Sheet

SURVEY_COLUMNS = frozenset({
    "type", "name", "label", "hint", "guidance_hint", "appearance", "relevant", "required", "required_message",
    "constraint", "constraint_message", "calculation", "read_only", "default", "choice_filter", "repeat_count",
    "parameters", "trigger", "image", "big-image", "audio", "video", "autoplay", "rows", "save_to", "query", "intent",
    "disabled", "note", "accuracythreshold", "noapperrorstring", "sms_field", "sms_option", "compact_tag",
})  # fmt: skip
CHOICES_COLUMNS = frozenset({
    "list_name", "name", "label", "image", "big-image", "audio", "video", "geometry",
})  # fmt: skip
SETTINGS_COLUMNS = frozenset({
    "form_title", "form_id", "id_string", "title", "version", "default_language", "style", "public_key",
    "submission_url", "auto_send", "auto_delete", "instance_name", "name", "allow_choice_duplicates", "namespaces",
    "client_editable", "clean_text_values", "omit_instanceid", "prefix", "delimiter", "sms_keyword",
    "add_none_option",
})  # fmt: skip
ALIASES = {
    "relevance": "relevant", "calculate": "calculation", "readonly": "read_only", "caption": "label",
    "command": "type", "tag": "name", "value": "name", "count": "repeat_count", "jr:count": "repeat_count",
    "constraining_message": "constraint_message", "jr:constraintmsg": "constraint_message",
    "requiredmsg": "required_message", "jr:requiredmsg": "required_message",
    "no_app_error_string": "noapperrorstring", "list name": "list_name", "set_form_title": "form_title",
    "set_form_id": "form_id",
}  # fmt: skip
WRAPPERS = {"bind", "body", "control", "media", "instance"}
ALMOST = 0.8


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its place, the header as written, the one name we use for it, and its language ("" where none is named)."""

    position: int
    header: str
    name: str
    language: str


def sheet_columns(sheet: Sheet) -> tuple[Column, ...]:
    """The columns of a sheet that have a header."""
    double = any("::" in header for header in sheet.headers)
    return tuple(_column(place, header, double=double) for place, header in enumerate(sheet.headers) if header)


def _column(position: int, header: str, *, double: bool) -> Column:
    parts = [part.strip() for part in re.split("::" if double else r"(?<!jr):", header)]
    if len(parts) > 1 and parts[0].lower() in WRAPPERS:
        parts = parts[1:]
    name = re.sub(r"\s+", "_", parts[0]).lower()
    return Column(position, header, ALIASES.get(name, name), parts[1] if len(parts) > 1 else "")


@dataclass(frozen=True, slots=True)
class Row:
    """One row by the names of its columns."""

    number: int
    cells: Mapping[Column, str]

    def text(self, name: str) -> str:
        """What stands under a column, in whatever language comes first; empty where nothing does."""
        return next((text for column, text in self.cells.items() if column.name == name), "")

    def has(self, *names: str) -> bool:
        """Whether anything stands under one of these columns."""
        return any(column.name in names for column in self.cells)


class NamedSheet:
    """A sheet with its columns understood, and a way to say that one of its cells is wrong."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.name = sheet.name
        self.columns = sheet_columns(sheet)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The filled rows."""
        by_place = {column.position: column for column in self.columns}
        return tuple(
            Row(row.number, {by_place[place]: text for place, text in row.cells.items() if place in by_place})
            for row in self.sheet.rows
        )

    def column(self, name: str) -> Column | None:
        """The first column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    def problem(
        self, code: str, row: Row | int | None, column: Column | str, problem: str, remedy: str, *,
        severity: Severity = Severity.ERROR, at: int | None = None,
    ) -> FormProblem:  # fmt: skip
        """What is wrong with one cell, with its address and text."""
        found = self._written(row, column) if isinstance(column, str) else column
        number = row.number if isinstance(row, Row) else row
        return FormProblem(
            code, self.name, number, found.header if found else str(column), problem, remedy, severity,
            cell=self.sheet.address(number, found.position if found else None),
            text=row.cells.get(found, "") if isinstance(row, Row) and found else "", at=at,
        )  # fmt: skip

    def _written(self, row: Row | int | None, name: str) -> Column | None:
        filled = row.cells if isinstance(row, Row) else {}
        return next((column for column in filled if column.name == name), self.column(name))


def header_problems(sheet: NamedSheet) -> Iterator[FormProblem]:
    """Headers that stand twice, under one name or two, and headers that are almost one that is known."""
    seen: dict[tuple[str, str], Column] = {}
    known = {"survey": SURVEY_COLUMNS, "choices": CHOICES_COLUMNS, "settings": SETTINGS_COLUMNS}.get(
        sheet.name, frozenset()
    )
    for column in sheet.columns:
        other = seen.setdefault((column.name, column.language), column)
        if other is not column and column.name in known:
            what = f"The columns {other.header} and {column.header} mean the same."
            yield sheet.problem("HEADER_002", 1, column, what, f"Keep one of them, best named {column.name}.")
        elif other is not column and other.header == column.header:
            what = f"There are two columns {column.header}."
            yield sheet.problem("HEADER_002", 1, column, what, "Rename or remove one of them.")
        near = get_close_matches(column.name, known, n=1, cutoff=ALMOST)
        if column.name not in known and sheet.name != "choices" and near and sheet.column(near[0]) is None:
            what = f"No column is named {column.header}; it has no effect."
            yield sheet.problem(
                "HEADER_UNKNOWN", 1, column, what, f"Did you mean {near[0]}?", severity=Severity.WARNING
            )
