"""Finds every fault of a workbook that can be seen in its cells, where pyxform stops at the first."""

from collections.abc import Iterator

from custodes.collection.xlsform.choices import choice_lists, choice_problems
from custodes.collection.xlsform.columns import NamedSheet, header_problems
from custodes.collection.xlsform.formulas import formula_problems
from custodes.collection.xlsform.problems import FormProblem, in_order
from custodes.collection.xlsform.references import reference_problems
from custodes.collection.xlsform.structure import structure_problems
from custodes.collection.xlsform.survey_rows import survey_rows
from custodes.collection.xlsform.workbook import Workbook


def precheck(workbook: Workbook) -> tuple[FormProblem, ...]:
    """All that is wrong in the cells of a form's workbook, in the order of its sheets and rows."""
    return in_order(_problems(workbook))


def _problems(workbook: Workbook) -> Iterator[FormProblem]:
    survey, choices, settings = (NamedSheet(workbook.sheet(name)) for name in ("survey", "choices", "settings"))
    if not survey.columns:
        return  # pyxform says it, with the sheets that have a similar name
    for sheet in (survey, choices, settings):
        yield from header_problems(sheet)
    rows = survey_rows(survey)
    lists = choice_lists(choices, NamedSheet(workbook.sheet("external_choices")))
    yield from structure_problems(survey, rows, lists)
    yield from choice_problems(choices, settings, rows)
    yield from reference_problems((survey, choices, settings, NamedSheet(workbook.sheet("entities"))), rows)
    yield from formula_problems(survey)
