"""Calibrated weights meet their totals, or are refused with the reason."""

import pytest

from custodes.evidence.calibration import CALIBRATED, Calibration, Distance, Margin, calibrated
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.measures import Statistic
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.types import Design
from tests.evidence.samples import table_of

ROWS = [
    {"w": 2.0, "a": "x" if index % 3 else "y", "b": "p" if index % 2 else "q", "v": float(index)} for index in range(12)
]
A = Margin(("a",), {"x": 20.0, "y": 10.0})
B = Margin(("b",), {"p": 18.0, "q": 12.0})


@pytest.mark.parametrize("distance", list(Distance))
def test_weights_meet_every_margin(distance):
    bounds = (0.4, 2.5) if distance is Distance.LOGIT else None

    found = calibrated(table_of(ROWS), Calibration((A, B), distance=distance, bounds=bounds), design=Design("w"))

    for margin in (A, B):
        sums = found.table.group_by(margin.columns[0]).aggregate(total=found.table[CALIBRATED].sum()).to_pyarrow()
        met = {row[margin.columns[0]]: row["total"] for row in sums.to_pylist()}
        assert met == pytest.approx(margin.totals, rel=1e-9)
    assert found.convergence.distance_left < 1e-9


@pytest.mark.parametrize("distance", list(Distance))
def test_weights_stay_within_bounds(distance):
    known = Calibration((A,), (("v", 190.0),), distance, bounds=(0.9, 1.6))

    found = calibrated(table_of(ROWS), known, design=Design("w"))

    assert found.convergence.smallest >= 0.9
    assert found.convergence.largest <= 1.6


def test_total_of_a_calibrated_column_is_known_without_error():
    question = Question(Statistic.TOTAL, ("v",), calibration=Calibration(sums=(("v", 140.0),)))

    (found,) = estimate_survey(table_of(ROWS), question, design=Design("w"))

    assert found.estimate.value == pytest.approx(140.0, rel=1e-12)
    assert found.estimate.se == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (Calibration(), "Nothing is known"),
        (Calibration((Margin(("a",), {"x": 20.0}),)), "“y” has no total"),
        (Calibration((Margin(("a",), {"x": 20.0, "y": 10.0, "z": 1.0}),)), "“z” has nobody"),
        (Calibration((Margin(("a",), {"x": 20.0, "y": 0.0}),)), "not above zero"),
        (Calibration((A, Margin(("b",), {"p": 18.0, "q": 13.0}))), "do not meet the totals"),
        (Calibration((A,), (("v", 900.0),), bounds=(0.9, 1.1)), "do not meet the totals"),
        (Calibration((A,), bounds=(1.2, 2.0)), "either side of 1"),
        (Calibration((A,), distance=Distance.LOGIT), "between bounds"),
        (Calibration(sums=(("v", 3000.0), ("w", 24.0))), "zero or below"),
    ],
)
def test_totals_that_cannot_be_met_are_refused(known, said):
    with pytest.raises(ArgumentInvalid) as caught:
        calibrated(table_of(ROWS), known, design=Design("w"))

    assert said in caught.value.what
