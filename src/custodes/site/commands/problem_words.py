"""Problems of the library in the words of the command line: the option that is at fault, and what to type."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from custodes.evidence.columns import CORRECT_OR_DECLARE
from custodes.evidence.errors import ColumnNotNumeric, Problem

SURVEY_OPTIONS = {
    "variables": "VAR",
    "statistic": "--stat",
    "denominator": "--denominator",
    "quantiles": "--quantiles",
    "missing policy": "--missing",
    "coverage": "--coverage",
    "categories": "--by",
    "by": "--by",
    "design, weight": "--weight",
    "design, strata": "--strata",
    "design, clusters": "--cluster",
    "design, fpc": "--fpc",
    "fpc": "--fpc",
    "replicates": "--replicates",
    "replicate scale": "--replicate-scale",
    "replicate method": "--replicate-method",
    "kept": "--fay",
    "count": "--replicate-count",
    "calibration": "--calibrate",
    "bounds": "--calibrate, bounds",
    "margin": "--calibrate, margin",
    "difference": "--difference",
    "wave": "--wave",
    "against": "--against",
    "contrast": "--contrast",
    "row": "ROW",
    "column": "COLUMN",
    "row, column, by": "ROW, COLUMN, --by",
    "outcome, predictors, by": "OUTCOME, PREDICTOR, --by",
    "predictors": "PREDICTOR",
    "factors": "--factor",
    "references": "--reference",
    "success": "--success",
    "table": "FILE",
}
AGREEMENT_OPTIONS = {
    "units": "--units",
    "coders": "--coders",
    "codes": "--codes",
    "units, coders, codes": "--units, --coders, --codes",
    "coverage": "--coverage",
    "draws": "--draws",
    "level": "--level",
    "table": "FILE",
}
IMPACT_OPTIONS = {
    "table": "FILE",
    "treatment": "--treated, --first-treated",
    "time": "--time",
    "coverage": "--coverage",
}
# A place with the name of a column behind it; “row 3, column y” and “column y” say themselves where they are.
WITH_COLUMN = ("design, ", "margin ")
BY_OPTION = {
    "Name the codes that count as yes": "Name the codes that count as yes by --success",
    "Check the missing codes.": "Check the file, and --missing-code.",
}


@contextmanager
def said_by_option(options: Mapping[str, str], *, takes_missing_code: bool) -> Iterator[None]:
    """Let a Problem through with the option in the place of the library's word, and a remedy that can be typed."""
    try:
        yield
    except Problem as problem:
        problem.where = _option(problem.where, options)
        problem.remedy = _remedy(problem, takes_missing_code=takes_missing_code)
        raise


def _option(where: str, options: Mapping[str, str]) -> str:
    if where in options:
        return options[where]
    if where.startswith(WITH_COLUMN):
        word = max((each for each in options if where.startswith(f"{each} ")), key=len, default="")
        return f"{options[word]}{where[len(word) :]}" if word else where
    return where


def _remedy(problem: Problem, *, takes_missing_code: bool) -> str:
    if problem.remedy == CORRECT_OR_DECLARE:
        if not takes_missing_code:
            return "Correct the cell, or leave it empty."
        code = problem.value if isinstance(problem, ColumnNotNumeric) else ""
        if not code:  # a weight or the like, which nobody can leave unanswered
            return "Correct the cell, or leave the row out."
        return f"Correct the cell, or, where it stands for no answer, say --missing-code {shlex.quote(code)}"
    remedy = problem.remedy
    if takes_missing_code:
        for words, typed in BY_OPTION.items():
            remedy = remedy.replace(words, typed)
    return remedy
