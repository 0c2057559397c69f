"""Whatever pyxform's catalogue holds is understood, and what it does not is shown as it is."""

import pytest
from pyxform.errors import ErrorCode, PyXFormError

from custodes.collection.xlsform.kinds import FormFileKind
from custodes.collection.xlsform.problems import UNKNOWN
from custodes.collection.xlsform.remedies import ADVICE
from custodes.collection.xlsform.translation import PATTERNS, Translator
from custodes.collection.xlsform.workbook import Workbook, read_workbook

CONTEXT = {
    "row": 2, "sheet": "survey", "column": "label", "q": "age", "value": "age", "name": "age", "sheet_name": "survey", "header": "label",
    "other": "caption", "missing": "'type'", "columns": "x", "saveto": "p", "other_row": 3, "dataset": "trees", "question": "q", "scope": "/a",
    "other_scope": "/b", "type": "group", "candidates": "'surveys'", "accepted": "rows", "rejected": "row", "tick_labelset": "tick_labelset",
}  # fmt: skip


@pytest.fixture
def translator() -> Translator:
    book = read_workbook(b"| survey |\n| | type | name | label |\n| | text | age | Age |", FormFileKind.MARKDOWN)
    assert isinstance(book, Workbook)
    return Translator(book)


@pytest.mark.parametrize("code", list(ErrorCode), ids=lambda code: code.name)
def test_catalogue_is_understood_with_and_without_its_code(translator, code):
    parts = {key: value for key, value in CONTEXT.items() if f"{{{key}}}" in code.value.msg}
    text = code.value.format(**parts)

    (by_code,) = translator.error(PyXFormError(code=code, context=parts))
    (by_text,) = translator.error(PyXFormError(text))

    assert by_code.code == code.name
    assert by_text == by_code
    assert "{" not in by_code.problem.replace("${", "")
    if "[row : {row}]" in code.value.msg:
        assert by_code.row == 2


def test_every_code_that_patterns_give_has_advice():
    assert {code for code, _ in PATTERNS} - set(ADVICE) == set()


def test_unknown_text_is_shown_word_for_word(translator):
    (problem,) = translator.error(PyXFormError("[row : 2] The moon is full."))

    assert (problem.code, problem.row, problem.problem) == (UNKNOWN, 2, "The moon is full.")


def test_error_of_several_lines_is_several_problems(translator):
    lines = "\n".join(ErrorCode.NAMES_007.value.format(row=row) for row in (4, 7))

    assert [(each.code, each.row) for each in translator.error(PyXFormError(lines))] == [
        ("NAMES_007", 4),
        ("NAMES_007", 7),
    ]


def test_question_named_without_row_is_found(translator):
    (problem,) = translator.error(PyXFormError("The survey element named 'age' has no label or hint."))

    assert (problem.code, problem.row, problem.cell) == ("LABEL_MISSING", 2, "C2")
