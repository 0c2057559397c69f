"""Each fault of a form is told with its code, sheet, row and column, and all of them at once."""

import pytest

from custodes.collection.xlsform.problems import UNKNOWN

YES_NO = """
| choices |
| | list_name | name | label |
| | yes_no | yes | Yes |
| | yes_no | no | No |
"""


def survey(*rows: str, headers: str = "type | name | label", more: str = "") -> str:
    """A survey sheet of these rows, with other sheets after it."""
    return "\n".join(["| survey |", f"| | {headers} |", *(f"| | {row} |" for row in rows)]) + more


FAULTS = {
    "unknown type": (survey("txt | a | A"), ("TYPE_UNKNOWN", "survey", 2, "type", "text")),
    "no type": (survey("| a | A"), ("TYPE_MISSING", "survey", 2, "type", "text or integer")),
    "no name": (survey("text | | A"), ("NAME_MISSING", "survey", 2, "name", "short name")),
    "bad name": (survey("text | 1 a | A"), ("NAMES_008", "survey", 2, "name", "_1_a")),
    "double name": (survey("text | a | A", "text | a | B"), ("NAMES_001", "survey", 3, "name", "Rename")),
    "reserved name": (survey("text | meta | A"), ("NAMES_005", "survey", 2, "name", "another")),
    "double repeat": (
        survey("begin repeat|r|R", "text|a|A", "end repeat||", "begin group|g|G", "begin repeat|r|R", "text|b|B", "end repeat||", "end group||"),
        ("NAMES_004", "survey", 6, "name", "Rename"),
    ),
    "repeat named as the form": (survey("begin repeat|data|R", "text|a|A", "end repeat||"), ("NAMES_003", "survey", 2, "name", "Rename")),
    "list unknown": (survey("select_one yesno | a | A", more=YES_NO), ("LIST_UNKNOWN", "survey", 2, "type", "yes_no")),
    "no list": (survey("select_one | a | A", more=YES_NO), ("LIST_MISSING", "survey", 2, "type", "list name")),
    "unclosed group": (survey("begin group | g | G", "text | a | A"), ("SURVEY_002", "survey", 2, "type", "end group")),
    "end without begin": (survey("text | a | A", "end repeat | |"), ("SURVEY_001", "survey", 3, "type", "Remove")),
    "crossed ends": (
        survey("begin group|g|G", "begin repeat|r|R", "text|a|A", "end group||", "end repeat||"), ("SURVEY_001", "survey", 5, "type", "Remove"),
    ),
    "reference unknown": (survey("text | age | A", "note | b | You are ${ag}"), ("PYREF_003", "survey", 3, "label", "${age}")),
    "reference open": (survey("text | age | A", "note | b | You are ${age"), ("PYREF_001", "survey", 3, "label", "${name}")),
    "reference of two": (
        survey("begin group|g|G", "text|a|A", "end group||", "begin group|h|H", "text|a|A", "end group||", "note|n|${a}"),
        ("PYREF_004", "survey", 8, "label", "Rename"),
    ),
    "nothing calculated": (survey("calculate | c |"), ("CALCULATION_MISSING", "survey", 2, "calculation", "formula")),
    "headers mean the same": (
        survey("text | a | A | 1 | 1", headers="type | name | label | relevant | relevance"), ("HEADER_002", "survey", 1, "relevance", "Keep one"),
    ),
    "no type header": (survey("text | a | A", headers="typ | name | label"), ("HEADER_003", "survey", 1, "type", "Rename typ")),
    "choice without name": (
        survey("select_one l | a | A", more="\n| choices |\n| | list_name | name | label |\n| | l | | One |"),
        ("NAMES_006", "choices", 2, "name", "short name"),
    ),
    "choice twice": (
        survey("select_one l | a | A", more="\n| choices |\n| | list_name | name | label |\n| | l | x | One |\n| | l | x | Two |"),
        ("NAMES_007", "choices", 3, "name", "allow_choice_duplicates"),
    ),
    "choice with space": (
        survey("select_multiple l | a | A", more="\n| choices |\n| | list_name | name | label |\n| | l | x y | One |"),
        ("CHOICE_SPACE", "choices", 2, "name", "x_y"),
    ),
    "parameters unreadable": (
        survey("range | a | A | start 0", headers="type | name | label | parameters"), ("SURVEY_004", "survey", 2, "parameters", "key=value"),
    ),
    "parameter unknown": (
        survey("range | a | A | begin=0", headers="type | name | label | parameters"), ("SURVEY_005", "survey", 2, "parameters", "step"),
    ),
    "range without step": (
        survey("range | a | A | step=0", headers="type | name | label | parameters"), ("RANGE_002", "survey", 2, "parameters", "start=0"),
    ),
    "photo of no size": (
        survey("image | a | A | max-pixels=big", headers="type | name | label | parameters"),
        ("PARAMETER_VALUE", "survey", None, "parameters", "Mend"),
    ),
    "entity without sheet": (
        survey("text | a | A | p", headers="type | name | label | save_to"), ("ENTITY_001", "survey", 2, "save_to", "clear save_to"),
    ),
    "expression unreadable": (
        survey("integer | a | A | . > 3 and", headers="type | name | label | constraint"),
        ("EXPRESSION_SYNTAX", "survey", 2, "constraint", "brackets"),
    ),
    "function unknown": (
        survey("integer | a | A | selectd(., 'x')", headers="type | name | label | relevant"),
        ("EXPRESSION_FUNCTION", "survey", 2, "relevant", "selected"),
    ),
    "argument missing": (
        survey("calculate | a | | if(1 > 2, 3)", headers="type | name | label | calculation"),
        ("EXPRESSION_FUNCTION", "survey", 2, "calculation", "commas"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_told_with_its_place_and_what_to_do(convert, name):
    form, (code, sheet, row, column, remedy) = FAULTS[name]

    result = convert(form)

    assert result.xform is None
    told = {(each.code, each.sheet, each.row, each.column): each for each in result.errors}
    assert list(told) == [(code, sheet, row, column)]
    assert remedy in told[code, sheet, row, column].remedy


def test_all_faults_are_told_at_once(convert):
    form = survey(
        "txt | a | A | ", "text | | B | ", "integer | c | ${zz} | . >", "select_one nix | d | D | ", "begin group | g | G | ",
        headers="type | name | label | constraint",
    )  # fmt: skip

    told = [(each.row, each.code) for each in convert(form).errors]

    assert told == [
        (2, "TYPE_UNKNOWN"), (3, "NAME_MISSING"), (4, "EXPRESSION_SYNTAX"), (4, "PYREF_003"), (5, "LIST_UNKNOWN"), (6, "SURVEY_002"),
    ]  # fmt: skip


def test_caret_stands_under_the_character_at_fault(convert):
    (problem,) = convert(
        survey("integer | a | A | ${a} > 3 or foo(2)", headers="type | name | label | constraint")
    ).errors

    assert problem.caret == "${a} > 3 or foo(2)\n            ^"
    assert problem.cell == "D2"
    assert problem.where == "survey, row 2, constraint"


def test_warning_leaves_the_form(convert):
    result = convert(survey("text | a | A", "text | A | B", "image | p | Photo"))

    assert result.xform is not None
    assert [(each.code, each.row) for each in result.warnings] == [("NAMES_002", 3), ("MAX_PIXELS", 4)]


def test_misspelt_header_is_noticed(convert):
    result = convert(survey("text | a | A | ${a} = 1", headers="type | name | label | relevent"))

    assert [(each.code, each.column, each.remedy) for each in result.warnings] == [
        ("HEADER_UNKNOWN", "relevent", "Did you mean relevant?")
    ]


def test_choice_in_no_list_is_noticed(convert):
    form = survey(
        "select_one l | a | A", more="\n| choices |\n| | list_name | name | label |\n| | l | x | One |\n| | | y | Two |"
    )

    assert [(each.code, each.row) for each in convert(form).warnings] == [("LIST_NAME_MISSING", 3)]


def test_missing_translation_names_language_sheet_and_columns(convert):
    form = survey(
        "text | a | A | Eh | h", headers="type | name | label::English (en) | label::French (fr) | hint::French (fr)"
    )

    (warning,) = convert(form).warnings

    assert warning.problem == "The language English (en) lacks hint in survey."


def test_missing_sheet_is_told_with_what_is_there(convert):
    result = convert(
        "| surveys |\n| | type | name | label |\n| | text | a | A |\n| choices |\n| | list_name | name |\n| | a | b |"
    )

    assert [each.code for each in result.errors] == ["NAMES_013"]
    assert "surveys" in result.errors[0].problem


@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_is_without_words(convert, name):
    assert UNKNOWN not in {each.code for each in convert(FAULTS[name][0]).problems}
