"""References such as ${age}: unclosed ones, names that no row has, and names that two rows have."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from custodes.collection.xlsform.columns import NamedSheet, Row
from custodes.collection.xlsform.problems import FormProblem
from custodes.collection.xlsform.survey_rows import META_NAMES, SurveyRow, referable_names

OPENED = re.compile(r"\$\{")
REFERENCE = re.compile(r"\$\{(?:last-saved#)?([^\W\d][\w.\-]*)\}")


def reference_problems(sheets: tuple[NamedSheet, ...], rows: tuple[SurveyRow, ...]) -> Iterator[FormProblem]:
    """What is wrong with the references in every cell of these sheets."""
    names = referable_names(rows)
    for sheet in sheets:
        for row in sheet.rows:
            yield from _of_row(sheet, row, names)


def _of_row(sheet: NamedSheet, row: Row, names: Mapping[str, tuple[int, ...]]) -> Iterator[FormProblem]:
    for column, text in row.cells.items():
        for opened in OPENED.finditer(text):
            found = REFERENCE.match(text, opened.start())
            if found is None:
                what = "A reference is not closed, or holds more than a question's name."
                remedy = "Write it as ${name}, with the name of one question."
                yield sheet.problem("PYREF_001", row, column, what, remedy, at=opened.start())
            elif found[1] not in names and found[1] not in META_NAMES:
                near = get_close_matches(found[1], names, n=1)
                remedy = f"Did you mean ${{{near[0]}}}?" if near else "Use a name from the survey sheet."
                yield sheet.problem(
                    "PYREF_003", row, column, f"No question is named {found[1]}.", remedy, at=found.start(1)
                )
            elif len(names.get(found[1], ())) > 1:
                places = ", ".join(str(number) for number in names[found[1]])
                what = f"{found[1]} is the name of several rows: {places}."
                yield sheet.problem("PYREF_004", row, column, what, "Rename all but one.", at=found.start(1))
