"""A sample made ready for many questions answers as the rows do as they lie, and still names the row of the file."""

import math
import random

import pyarrow
import pytest

from custodes.evidence.errors import ArgumentInvalid, ColumnNotNumeric
from custodes.evidence.measures import Statistic
from custodes.evidence.prepared_samples import prepared_sample
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.tables import open_dataset
from custodes.evidence.types import Design, Stage

DESIGN = Design("w", "stratum", "cluster")
IN_STAGES = Design("w", "stratum", "cluster", "clusters", stages=(Stage("house", fpc="houses"),))
QUESTIONS = {
    "means": (Question(Statistic.MEAN, ("y", "gaps"), by=("sex",)), DESIGN),
    "totals in stages": (Question(Statistic.TOTAL, ("y",), by=("sex",)), IN_STAGES),
    "proportions": (Question(Statistic.PROPORTION, ("answer",)), DESIGN),
    "quantiles": (Question(Statistic.QUANTILE, ("y",), by=("sex",)), DESIGN),
    "rows without clusters": (Question(Statistic.MEAN, ("y",), by=("sex",)), Design("w", "stratum")),
    "a census": (Question(Statistic.MEAN, ("y",)), Design()),
}


def _rows(**columns: list[object]) -> pyarrow.Table:
    draw = random.Random(3)
    number = 400
    cluster = [draw.randrange(20) for _ in range(number)]
    rows = {
        "w": [draw.uniform(0.5, 4) for _ in range(number)],
        "stratum": [f"s{each % 4}" for each in cluster],
        "cluster": cluster,
        "clusters": [40.0] * number,
        "house": [draw.randrange(6) for _ in range(number)],
        "houses": [30.0] * number,
        "sex": [draw.choice("fm") for _ in range(number)],
        "y": [draw.gauss(10, 2) for _ in range(number)],
        "gaps": [draw.choice([None, 1.5, 4.0]) for _ in range(number)],
        "answer": [draw.choice(["yes", "no", None]) for _ in range(number)],
    }
    return pyarrow.table(rows | columns)


@pytest.mark.parametrize("name", QUESTIONS)
def test_prepared_sample_answers_as_the_rows_as_they_lie(name):
    question, design = QUESTIONS[name]
    with open_dataset(_rows(), threads=1) as opened:
        prepared = prepared_sample(opened, design)
        assert (prepared is opened.table) == (design.strata is None)
        pairs = zip(
            estimate_survey(opened.table, question, design=design),
            estimate_survey(prepared, question, design=design),
            strict=True,
        )
        for one, other in pairs:
            assert (one.variable, one.level, one.estimate.cell) == (other.variable, other.level, other.estimate.cell)
            assert (one.estimate.n, one.estimate.df) == (other.estimate.n, other.estimate.df)
            for number in ("value", "se", "low", "high", "missing_share", "design_effect"):
                expected, found = getattr(one.estimate, number), getattr(other.estimate, number)
                assert (expected is None) == (found is None)
                assert expected is None or math.isclose(expected, found, rel_tol=1e-12, abs_tol=1e-12)


def test_wrong_weight_is_named_before_anything_is_asked():
    weights: list[object] = [1.0] * 400
    weights[17] = None
    with open_dataset(_rows(w=weights), threads=1) as opened, pytest.raises(ArgumentInvalid) as refused:
        prepared_sample(opened, DESIGN)
    assert refused.value.where == "row 18, column w"


def test_wrong_value_is_named_by_its_row_in_the_file():
    values: list[object] = ["2"] * 400
    values[299] = "two"
    with open_dataset(_rows(y=values), threads=1) as opened:
        prepared = prepared_sample(opened, DESIGN)
        with pytest.raises(ColumnNotNumeric) as refused:
            estimate_survey(prepared, Question(Statistic.MEAN, ("y",)), design=DESIGN)
    assert refused.value.where == "row 300, column y"
