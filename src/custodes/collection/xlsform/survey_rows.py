"""The survey sheet as a tree: what each row begins, ends or asks, what encloses it, and which names can be referred to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from custodes.collection.xlsform.columns import NamedSheet, Row

BEGIN = re.compile(r"begin[ _](group|repeat|loop|lgroup|looped group)(?: (?:over )?(\S+))?")
END = re.compile(r"end[ _](group|repeat|loop|lgroup|looped group)")
SELECT = re.compile(
    r"(select_one_from_file|select_multiple_from_file|select one from file|select multiple from file|select_one_external|select_one|select_multiple"
    r"|select one from|select one|select1|select all that apply from|select all that apply|add select one prompt using"
    r"|add select multiple prompt using|select one using|select multiple using|select multiple from|rank) (\S+)"
    r"(?: (or specify other|or_other|or other))?"
)
MULTIPLE = {
    "select_multiple",
    "select all that apply from",
    "select all that apply",
    "add select multiple prompt using",
}
FROM_FILE = {"select_one_from_file", "select_multiple_from_file", "select one from file", "select multiple from file"}
KINDS = {"lgroup": "repeat", "looped group": "repeat"}
IN_SETTINGS = frozenset({"form_title", "set form title", "form_id", "set form id", "prefix"})
META_NAMES = frozenset({"instanceID", "instanceName", "audit", "entity", "meta", "deprecatedID"})


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """One row of the survey: what it does, and the groups and repeats it stands in, outermost first."""

    row: Row
    type: str
    name: str
    begins: str
    ends: str
    enclosing: tuple["SurveyRow", ...]

    @property
    def number(self) -> int:
        """Its row in the sheet."""
        return self.row.number

    @property
    def select(self) -> tuple[str, str] | None:
        """The command and the list of a select."""
        found = SELECT.fullmatch(self.type)
        return (found[1], found[2]) if found else None

    @property
    def path(self) -> tuple[str, ...]:
        """The names from the outermost group to itself."""
        return (*(each.name for each in self.enclosing if each.begins != "loop"), self.name)


def survey_rows(sheet: NamedSheet) -> tuple[SurveyRow, ...]:
    """The rows of the survey in order; rows without a type, and rows switched off, are not among them."""
    found: list[SurveyRow] = []
    open_rows: list[SurveyRow] = []
    for row in sheet.rows:
        kind = re.sub(r"\s+", " ", row.text("type"))
        if not kind or row.text("disabled").lower() in {"yes", "true"}:
            continue
        begin, end = BEGIN.fullmatch(kind), END.fullmatch(kind)
        begins = KINDS.get(begin[1], begin[1]) if begin else ""
        ends = KINDS.get(end[1], end[1]) if end else ""
        name = row.text("name") or ("audit" if kind == "audit" else "")
        each = SurveyRow(row, kind, name, begins, ends, tuple(open_rows))
        found.append(each)
        if begins:
            open_rows.append(each)
        elif ends and open_rows and open_rows[-1].begins == ends:
            open_rows.pop()
    return tuple(found)


def referable_names(rows: tuple[SurveyRow, ...]) -> Mapping[str, tuple[int, ...]]:
    """Every name that `${…}` may mention, with the rows that bear it; names that pyxform adds by itself are among them."""
    found: dict[str, tuple[int, ...]] = {}
    for each in rows:
        if each.ends or not each.name:
            continue
        found[each.name] = (*found.get(each.name, ()), each.number)
        select = SELECT.fullmatch(each.type)
        if select and select[3]:
            found.setdefault(f"{each.name}_other", (each.number,))
        if each.begins == "repeat" and each.row.has("repeat_count"):
            found.setdefault(f"{each.name}_count", (each.number,))
    return found
