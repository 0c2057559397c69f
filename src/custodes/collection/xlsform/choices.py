"""The choices sheet: its lists, and what is wrong with their rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from custodes.collection.xlsform.columns import NamedSheet, Row
from custodes.collection.xlsform.problems import FormProblem, Severity
from custodes.collection.xlsform.survey_rows import MULTIPLE, SurveyRow

YES = {"yes", "true", "true()"}


@dataclass(frozen=True, slots=True)
class ChoiceLists:
    """The names of the lists: those of the choices sheet and those of external_choices."""

    inner: frozenset[str]
    external: frozenset[str]


def choice_lists(choices: NamedSheet, external: NamedSheet) -> ChoiceLists:
    """The lists that a question may use."""
    inner, outer = (frozenset(row.text("list_name") for row in sheet.rows) - {""} for sheet in (choices, external))
    return ChoiceLists(inner, outer)


def choice_problems(choices: NamedSheet, settings: NamedSheet, rows: tuple[SurveyRow, ...]) -> Iterator[FormProblem]:
    """Choices without list, name or label, doubled ones, and names that a select-multiple cannot keep apart."""
    doubles_meant = any(row.text("allow_choice_duplicates").lower() in YES for row in settings.rows)
    multiple = {each.select[1] for each in rows if each.select and each.select[0] in MULTIPLE}
    first: dict[tuple[str, str], int] = {}
    for row in choices.rows:
        chosen, name = row.text("list_name"), row.text("name")
        if not chosen:
            yield from _without_list(choices, row)
            continue
        if not name:
            what = f"A choice of the list {chosen} has no name."
            yield choices.problem("NAMES_006", row, "name", what, "Give it a short name that the data will show.")
            continue
        if chosen in multiple and " " in name:
            what = f"The name {name} holds a space, and the list {chosen} is used where several may be chosen."
            yield choices.problem("CHOICE_SPACE", row, "name", what, f"Write {name.replace(' ', '_')}.")
        other = first.setdefault((chosen, name), row.number)
        if other != row.number and not doubles_meant:
            what = f"The name {name} stands in the list {chosen} twice, here and in row {other}."
            yield choices.problem(
                "NAMES_007", row, "name", what, "Rename one; if it is meant, set allow_choice_duplicates to yes."
            )
        if not row.has("label", "image", "big-image", "audio", "video"):
            what = f"The choice {name} of the list {chosen} has no label."
            yield choices.problem(
                "LABEL_001", row, "label", what, "Write what people will read.", severity=Severity.WARNING
            )


def _without_list(choices: NamedSheet, row: Row) -> Iterator[FormProblem]:
    if row.has("name", "label"):
        what = "A choice stands in no list, so no question shows it."
        yield choices.problem(
            "LIST_NAME_MISSING", row, "list_name", what, "Write its list_name.", severity=Severity.WARNING
        )
