"""What pyxform says, as problems with place and remedy: by its code, else by its catalogue's text, else by patterns of ours.

pyxform 4.5 has a catalogue, but raises most messages as text. Text that nothing here knows is shown word for word under `XLS-000`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from custodes.collection.xlsform.columns import NamedSheet
from custodes.collection.xlsform.problems import UNKNOWN, FormProblem, Severity
from custodes.collection.xlsform.remedies import ADVICE
from custodes.collection.xlsform.workbook import Workbook

ROW = re.compile(r"\[row ?: ?(\d+)\]\s*")
LANGUAGE_LACKS = re.compile(
    r"Language '(?P<language>.+?)' is missing the (?P<sheet>\w+) (?:columns )?(?P<columns>.+?)(?: column)?\."
)
PATTERNS: tuple[tuple[str, str], ...] = (
    ("HEADER_DOUBLE", r"Duplicate column header: (?P<header>.+)"),
    ("SURVEY_MISSING", r"You must have a sheet named 'survey'"),
    ("DATE_AMBIGUOUS", r"invalid date on the (?P<sheet>.+) sheet, under the (?P<column>.+) column on row number (?P<row>\d+)"),
    ("TYPE_MISSING", r"Question with no type"),
    ("TYPE_UNKNOWN", r"Unknown question type '(?P<type>.+?)'"),
    ("NAME_MISSING", r"Question or group with no name"),
    ("LIST_UNKNOWN", r"List name not in (?:choices|external choices|columns) sheet: (?P<list>\S+)"),
    ("LIST_UNKNOWN", r"Repeat loop without list name(?P<list>)"),
    ("LIST_EMPTY", r"Please ensure that the (?:external_)?choices sheet has"),
    ("LIST_EMPTY", r"There should be choices for this question|Arguments 'itemset' and 'list_name' must not both"),
    ("CHOICE_SPACE", r"Choice names with spaces cannot be added to multiple choice selects. See \[(?P<name>.+?)\] in \[(?P<list>.+?)\]"),
    ("CALCULATION_MISSING", r"Missing calculation"),
    ("BACKGROUND_GEOPOINT", r"(?P<what>.*background-geopoint.*)"),
    ("OR_OTHER_LANGUAGES", r"This form uses or_other and translations"),
    ("OR_OTHER", r"(?P<what>.*or[ _]other.*)"),
    ("FILE_EXTENSION", r"(?P<what>File name for .*)"),
    ("SEARCH", r"Question '(?P<name>.+?)' (?P<what>.*'search\(\)'.*)"),
    ("LABEL_MISSING", r"The survey element named '(?P<name>.+?)' has no label or hint"),
    ("BIG_IMAGE", r"To use big-image, you must also specify an image for the survey element named (?P<name>\S+?)\.?$"),
    ("AUDIT_NAME", r"Audits must always be named"),
    ("TRIGGER_HIDDEN", r"The question \$\{(?P<name>.+?)\} is not user-visible"),
    ("INSTANCE_CLASH", r"(?P<what>The same instance id will be generated.*)"),
    ("ENCRYPTION_ID", r"Cannot omit instanceID"),
    ("FORM_ID_EMPTY", r"Survey cannot have an empty id_string"),
    ("FORM_ID_TWICE", r"The form_id and id_string column headers are both"),
    ("PYREF_003", r"There is no survey element named '(?P<q>.+?)'"),
    ("PYREF_004", r"There are multiple survey elements named '(?P<q>.+?)'"),
    ("TABLE_LIST", r"(?P<what>.*(?:table-list|[Bb]adly formatted list|Choice filter not supported for table-list).*)"),
    ("FILE_DAMAGED", r"(?P<what>Error reading \.\w+ file.*|.*does not appear to be a valid XLSForm.*|.*was not recognized as a supported type.*)"),
    ("REPEAT_LABEL", r"(?:Group|Repeat|Loop) has no label: \{'name': '(?P<name>.+?)'"),
    ("DISABLED", r"The 'disabled' column header is not part"),
    ("ROW_SKIPPED", r"Row without name, text, or label is being skipped"),
    ("MAX_PIXELS", r"Use the max-pixels parameter"),
    ("DEVICE_FIELD", r"(?P<type>\S+) is no longer supported on most devices"),
    ("EXTERNAL_FILTER", r"select one external is only meant for filtered selects"),
    ("LANGUAGE_CODE", r"do not contain valid machine-readable codes: (?P<languages>.+?)\. Learn"),
    ("PARAMETER_VALUE", r"(?P<what>.*(?:[Pp]arameter|must be set to|must have an integer|location-priority|seed value must be|Invalid value for).*)"),
)  # fmt: skip


class Translator:
    """Turns pyxform's messages on one workbook into problems."""

    def __init__(self, workbook: Workbook) -> None:
        self.sheets = {name: NamedSheet(sheet) for name, sheet in workbook.sheets.items()}

    def error(self, error: Exception) -> tuple[FormProblem, ...]:
        """The problems that one error of pyxform tells of; some tell of several, a line for each."""
        code = getattr(error, "code", None)
        text, context = str(error), getattr(error, "context", {})
        if code is not None:
            parts = {str(key): str(value) for key, value in context.items()}
            return (self._told(code.name, text, parts, Severity.ERROR),)
        lines = text.splitlines()
        if len(lines) > 1 and all(ROW.match(line) for line in lines):
            return tuple(self._translated(line, Severity.ERROR) for line in lines)
        return (self._translated(text, Severity.ERROR),)

    def warning(self, text: str) -> tuple[FormProblem, ...]:
        """The problems that one warning of pyxform tells of."""
        lacking = tuple(LANGUAGE_LACKS.finditer(text))
        if lacking:
            return tuple(
                self._told("TRANSLATION_MISSING", text, each.groupdict(), Severity.WARNING) for each in lacking
            )
        return (self._translated(text, Severity.WARNING),)

    def _translated(self, text: str, severity: Severity) -> FormProblem:
        whole = " ".join(text.split())
        for code, parts in _readings(whole):
            return self._told(code, whole, parts, severity)
        found = ROW.search(whole)
        row = int(found[1]) if found else None
        remedy = "This is what pyxform says; we have no better words for it yet."
        return FormProblem(UNKNOWN, "survey" if row else "", row, "", ROW.sub("", whole), remedy, severity)

    def _told(self, code: str, text: str, parts: Mapping[str, str], severity: Severity) -> FormProblem:
        advice = ADVICE[code]
        filled = _Parts({key: value or "" for key, value in parts.items()})
        sheet, column = advice.sheet.format_map(filled), advice.column.format_map(filled)
        found = ROW.search(text)
        row = filled.get("row") or (found[1] if found else "")
        place = self._place(sheet, filled, int(row) if row.isdigit() else None)
        problem, remedy = advice.problem.format_map(filled), advice.remedy.format_map(filled)
        problem = ROW.sub("", problem).strip()
        named = self.sheets.get(sheet)
        number = place if place is not None else (1 if code.startswith("HEADER") else None)
        if named is None:
            return FormProblem(code, sheet, number, column, problem, remedy, severity)
        rows = next((row for row in named.rows if row.number == number), None)
        return named.problem(code, rows or number, column, problem, remedy, severity=severity)

    def _place(self, sheet: str, parts: Mapping[str, str], row: int | None) -> int | None:
        """The row of a message, found by the name or type it mentions where it gives no number."""
        if row is not None or sheet not in self.sheets:
            return row
        for column, key in (("name", "name"), ("type", "type")):
            if wanted := parts.get(key):
                for each in self.sheets[sheet].rows:
                    if each.text(column) == wanted:
                        return each.number
        return None


class _Parts(dict[str, str]):
    """The parts of a message; one that is not there is left empty."""

    def __missing__(self, key: str) -> str:
        return ""


def _readings(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """How a message can be understood, the catalogue first."""
    for code, template in _catalogue():
        if found := template.search(text):
            yield code, found.groupdict()
    for code, pattern in PATTERNS:
        if found := re.search(pattern, text):
            yield code, found.groupdict()


@cache
def _catalogue() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The texts of pyxform's catalogue as patterns whose groups are what it fills in."""
    from pyxform.errors import ErrorCode  # 1.4 s to import; only jobs come here

    found = []
    for code in ErrorCode:
        seen: set[str] = set()
        pieces = re.split(r"(?<!\{)\{(\w+)\}(?!\})", " ".join(code.value.msg.split()))
        pattern = ""
        for place, piece in enumerate(pieces):
            if place % 2 == 0:
                pattern += re.escape(piece.replace("{{", "{").replace("}}", "}"))
            elif piece in seen:
                pattern += f"(?P={piece})"
            else:
                seen.add(piece)
                pattern += f"(?P<{piece}>.*?)"
        found.append((code.name, re.compile(pattern)))
    return tuple(found)
