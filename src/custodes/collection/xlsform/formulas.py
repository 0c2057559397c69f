"""Expressions in the cells of a survey: whether they can be read, which functions they call, and with how many arguments."""

import re
from collections.abc import Iterator

from custodes.collection.errors import ExpressionInvalid
from custodes.collection.xform.function_table import FUNCTIONS, check_functions
from custodes.collection.xform.parsing import parsed
from custodes.collection.xlsform.columns import Column, NamedSheet, Row
from custodes.collection.xlsform.problems import FormProblem

FORMULAS = ("relevant", "constraint", "calculation", "required", "read_only", "choice_filter", "repeat_count")
WORDS = {"yes", "no", "true", "false"}
REFERENCE = re.compile(r"\$\{[^}]*\}")
CALL = re.compile(r"([\w:.\-]+)\(.*\)", re.DOTALL)


def formula_problems(survey: NamedSheet) -> Iterator[FormProblem]:
    """What is wrong with the expressions of a survey sheet, cell by cell."""
    for row in survey.rows:
        for column, text in row.cells.items():
            if _is_formula(column, text):
                found = formula_problem_or_none(text)
                if found is not None:
                    yield _told(survey, row, column, found)


def _is_formula(column: Column, text: str) -> bool:
    if column.name == "default":
        call = CALL.fullmatch(text)
        return call is not None and call[1] in FUNCTIONS
    return column.name in FORMULAS and text.lower() not in WORDS


def formula_problem_or_none(text: str) -> ExpressionInvalid | None:
    """What is wrong with an expression: our reader says where, and lxml has the last word on syntax."""
    try:
        check_functions(parsed(text))
    except ExpressionInvalid as problem:
        return problem
    from lxml import etree  # slow to import

    path = REFERENCE.sub(lambda match: "_" * len(match.group()), text)
    try:
        etree.XPath(path)
    except etree.XPathSyntaxError as error:
        at = error.error_log[0].column if error.error_log else 0
        return ExpressionInvalid(
            "The expression cannot be read.", at=at, remedy="Check brackets, commas and operators."
        )
    return None


def _told(survey: NamedSheet, row: Row, column: Column, found: ExpressionInvalid) -> FormProblem:
    code = "EXPRESSION_FUNCTION" if "()" in found.what else "EXPRESSION_SYNTAX"
    return survey.problem(code, row, column, found.what, found.remedy, at=found.at)
