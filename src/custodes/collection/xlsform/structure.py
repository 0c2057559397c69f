"""The rows of the survey: types, names, groups that begin and end, lists that exist, parameters that can be read."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from custodes.collection.xlsform.choices import ChoiceLists
from custodes.collection.xlsform.columns import NamedSheet
from custodes.collection.xlsform.problems import FormProblem, Severity
from custodes.collection.xlsform.survey_rows import FROM_FILE, IN_SETTINGS, SELECT, SurveyRow

NAME = re.compile(r"[^\W\d][\w.\-]*")
PARAMETER = re.compile(r"\s*[\w\-]+\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s,;=]+)\s*[,;]?")
CALLED = re.compile(r"[\w:.\-]+\(")
SHOWN_TYPES = ("select_one", "select_multiple", "begin group", "end group", "begin repeat", "end repeat")


def structure_problems(survey: NamedSheet, rows: tuple[SurveyRow, ...], lists: ChoiceLists) -> Iterator[FormProblem]:
    """What is wrong with the rows of a survey as a whole."""
    yield from _missing_headers(survey)
    yield from _without_type(survey)
    for each in rows:
        yield from _type_problems(survey, each, lists)
        yield from _name_problems(survey, each)
        yield from _cell_problems(survey, each)
    yield from _clashes(survey, rows)
    yield from _unmatched(survey, rows)


def _missing_headers(survey: NamedSheet) -> Iterator[FormProblem]:
    if survey.column("type") is None:
        near = get_close_matches("type", [column.name for column in survey.columns], n=1)
        remedy = f"Rename {near[0]}." if near else "Write the headers into the first row."
        yield survey.problem("HEADER_003", 1, "type", "The column type is missing.", remedy)


def _without_type(survey: NamedSheet) -> Iterator[FormProblem]:
    if survey.column("type") is None:
        return
    for row in survey.rows:
        if not row.text("type") and row.has("name", "label") and row.text("disabled").lower() not in {"yes", "true"}:
            yield survey.problem(
                "TYPE_MISSING", row, "type", "The row has no type.", "Write one, such as text or integer."
            )


def known_types() -> frozenset[str]:
    """The types that pyxform knows, and those that it reads by pattern."""
    from pyxform.aliases import _type_alias_map  # 1.4 s to import; only jobs come here
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

    return frozenset(QUESTION_TYPE_DICT) | frozenset(_type_alias_map) | IN_SETTINGS


def _type_problems(survey: NamedSheet, each: SurveyRow, lists: ChoiceLists) -> Iterator[FormProblem]:
    if each.begins == "loop":
        yield from _loop_problems(survey, each, lists)
    elif each.select is not None:
        yield from _list_problems(survey, each, lists)
    elif each.type in {"select_one", "select_multiple", "rank", "select one", "select all that apply"}:
        yield survey.problem(
            "LIST_MISSING", each.row, "type", f"{each.type} names no list.", f"Write {each.type} and a list name."
        )
    elif not (each.begins or each.ends or each.type in known_types() or re.match(r"osm \S|include", each.type)):
        near = get_close_matches(each.type, (*known_types(), *SHOWN_TYPES), n=1)
        remedy = f"Did you mean {near[0]}?" if near else "Use a type of the XLSForm reference, such as text or integer."
        yield survey.problem("TYPE_UNKNOWN", each.row, "type", f"There is no question type {each.type}.", remedy)


def _loop_problems(survey: NamedSheet, each: SurveyRow, lists: ChoiceLists) -> Iterator[FormProblem]:
    name = each.type.split(" ")[-1] if each.type.count(" ") > 1 or "_loop " in each.type else ""
    if not name or name not in lists.inner:
        what = f"There is no list {name} in choices." if name else "The loop names no list."
        yield survey.problem("LIST_UNKNOWN", each.row, "type", what, "Write begin loop over and the name of a list.")


def _list_problems(survey: NamedSheet, each: SurveyRow, lists: ChoiceLists) -> Iterator[FormProblem]:
    found = SELECT.fullmatch(each.type)
    if found is None or found[1] in FROM_FILE:
        return
    names, sheet = (
        (lists.external, "external_choices") if found[1] == "select_one_external" else (lists.inner, "choices")
    )
    is_search = each.row.text("appearance").replace(" ", "").find("search(") >= 0
    if found[2] in names or "${" in found[2] or is_search and not names:
        return
    near = get_close_matches(found[2], names, n=1)
    remedy = f"Did you mean {near[0]}?" if near else f"Add the list to the sheet {sheet}."
    yield survey.problem("LIST_UNKNOWN", each.row, "type", f"There is no list {found[2]} in {sheet}.", remedy)


def _name_problems(survey: NamedSheet, each: SurveyRow) -> Iterator[FormProblem]:
    if each.ends or each.type in {"note", "audit"} and not each.name or each.type in IN_SETTINGS:
        return
    if not each.name:
        yield survey.problem(
            "NAME_MISSING", each.row, "name", "The row has no name.", "Give it a short name without spaces."
        )
    elif not NAME.fullmatch(each.name):
        what = (
            f"{each.name} cannot be a name: it begins with a letter or _, and holds letters, digits, _, - and . only."
        )
        yield survey.problem("NAMES_008", each.row, "name", what, f"Write {_allowed(each.name)}.")
    elif each.name == "meta" and not each.enclosing:
        yield survey.problem(
            "NAMES_005", each.row, "name", "The name meta is reserved for the form's own data.", "Choose another."
        )


def _allowed(name: str) -> str:
    changed = re.sub(r"[^\w.\-]", "_", name.strip())
    return changed if NAME.fullmatch(changed) else f"_{changed}"


def _cell_problems(survey: NamedSheet, each: SurveyRow) -> Iterator[FormProblem]:
    dynamic = CALLED.search(each.row.text("default")) or "${" in each.row.text("default")
    if each.type == "calculate" and not each.row.text("calculation") and not dynamic:
        yield survey.problem(
            "CALCULATION_MISSING", each.row, "calculation", "A calculate row calculates nothing.", "Write its formula."
        )
    parameters = each.row.text("parameters")
    if parameters and PARAMETER.sub("", parameters).strip():
        what = f"The parameters cannot be read: {PARAMETER.sub('', parameters).strip()}."
        yield survey.problem(
            "SURVEY_004", each.row, "parameters", what, "Write them as key=value, such as max-pixels=1024."
        )


def _clashes(survey: NamedSheet, rows: tuple[SurveyRow, ...]) -> Iterator[FormProblem]:
    """Names that stand twice in one group, or differ only in case, and repeats that share a name anywhere."""
    seen: dict[tuple[object, str], SurveyRow] = {}
    repeats: dict[str, SurveyRow] = {}
    for each in rows:
        if each.ends or not each.name:
            continue
        parent = each.enclosing[-1].number if each.enclosing else None
        other = seen.setdefault((parent, each.name.lower()), each)
        if other is not each and other.name == each.name:
            what = f"The name {each.name} stands twice in one group, here and in row {other.number}."
            yield survey.problem("NAMES_001", each.row, "name", what, "Rename one of them.")
        elif other is not each:
            what = f"{each.name} differs from {other.name} in row {other.number} only by capitals, which some programs do not tell apart."
            yield survey.problem("NAMES_002", each.row, "name", what, "Rename one of them.", severity=Severity.WARNING)
        elif each.begins == "repeat":
            first = repeats.setdefault(each.name, each)
            if first is not each:
                what = f"Two repeats are named {each.name}, here and in row {first.number}."
                yield survey.problem("NAMES_004", each.row, "name", what, "Rename one of them.")
            elif each.name == "data":
                yield survey.problem(
                    "NAMES_003", each.row, "name", "A repeat cannot be named data, as the form is.", "Rename it."
                )


def _unmatched(survey: NamedSheet, rows: tuple[SurveyRow, ...]) -> Iterator[FormProblem]:
    still_open: list[SurveyRow] = []
    for each in rows:
        if each.begins:
            still_open.append(each)
        elif each.ends:
            partner = next((other for other in reversed(still_open) if other.begins == each.ends), None)
            last = still_open[-1] if still_open else None
            if partner is not None:
                still_open.remove(partner)
            if partner is None or partner is not last:
                there = f" while the {last.begins} {last.name} of row {last.number} is open" if last else ""
                what = f"end {each.ends} stands here{there}, and ends nothing."
                remedy = "Remove it, or write the begin that belongs to it."
                yield survey.problem("SURVEY_001", each.row, "type", what, remedy)
    for each in still_open:
        what = f"The {each.begins} {each.name} begins and never ends."
        yield survey.problem("SURVEY_002", each.row, "type", what, f"Write end {each.begins} after its last question.")
