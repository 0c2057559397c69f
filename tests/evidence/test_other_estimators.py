"""What the stored values do not say of the estimators that read no sample."""

import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.registry import estimator
from custodes.evidence.types import Uncertainty
from tests.evidence.samples import table_of

LADDER = ["none", "drafted", "adopted"]


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_median_equals_that_of_the_standard_library(values):
    (median,) = estimator("administrative_median").estimate(
        table_of([{"_value": value} for value in values]), arguments={}
    )

    assert median.value == pytest.approx(statistics.median(values), rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("statistic", ["mean", "median"])
@given(ratings=st.lists(st.integers(1, 5), min_size=3, max_size=9))
def test_judgement_is_the_middle_of_the_judges_with_their_spread(statistic, ratings):
    (judged,) = estimator("judgement").estimate(None, arguments={"ratings": ratings, "statistic": statistic})

    assert judged.value == pytest.approx(getattr(statistics, statistic)(ratings))
    assert (judged.low, judged.high, judged.n) == (min(ratings), max(ratings), len(ratings))
    assert (judged.uncertainty, judged.coverage) == (Uncertainty.JUDGES, None)


def test_judgement_of_two_is_refused():
    (judged,) = estimator("judgement").estimate(None, arguments={"ratings": ["2", "5"]})

    assert (judged.value, judged.refusal) == (None, "refused.sample-too-small")


@pytest.mark.parametrize("rating", ["0", "6", "good"])
def test_judgement_outside_the_scale_is_named(rating):
    with pytest.raises(ArgumentInvalid, match=f"“{rating}” is not a rating"):
        estimator("judgement").estimate(None, arguments={"ratings": ["2", "3", rating]})


def test_stage_outside_the_ladder_is_named_with_the_nearest():
    with pytest.raises(ArgumentInvalid, match=r"“adoptd”.*“adopted”"):
        estimator("ordinal_milestone").estimate(
            None, arguments={"stages": LADDER, "stage": "adoptd", "documents": ["Gazette 1"]}
        )


def test_stage_without_a_document_is_refused():
    with pytest.raises(ArgumentInvalid, match="Documents"):
        estimator("ordinal_milestone").estimate(None, arguments={"stages": LADDER, "stage": "adopted", "documents": []})


def test_deaths_without_a_number_are_missing_and_make_a_lower_bound():
    rows = [
        {"_event": "e1", "_deaths_low": 1, "_deaths_best": 2, "_deaths_high": 5},
        {"_event": "e2", "_deaths_low": None, "_deaths_best": None, "_deaths_high": None},
    ]
    (deaths,) = estimator("event_count").estimate(table_of(rows), arguments={"what": "deaths"})

    assert (deaths.value, deaths.low, deaths.high, deaths.n, deaths.missing) == (2.0, 1.0, 5.0, 1, 1)
    assert "lower bound" in deaths.notes[0]


def test_deaths_whose_bounds_contradict_have_no_interval():
    rows = [{"_event": "e1", "_deaths_low": 9, "_deaths_best": 2, "_deaths_high": 5}]
    (deaths,) = estimator("event_count").estimate(table_of(rows), arguments={"what": "deaths"})

    assert (deaths.value, deaths.low, deaths.high, deaths.uncertainty) == (2.0, None, None, Uncertainty.NONE)
    assert "contradict" in deaths.notes[0]


def test_event_listed_twice_is_one_event_and_said():
    (events,) = estimator("event_count").estimate(table_of([{"_event": "e1"}, {"_event": "e1"}]), arguments={})

    assert (events.value, events.notes) == (1.0, ("1 rows repeat an event.",))


def test_factor_that_contradicts_a_percentage_is_refused():
    with pytest.raises(ArgumentInvalid, match="factor of 100"):
        estimator("administrative_ratio").estimate(
            table_of([{"_numerator": 1.0, "_denominator": 2.0}]), arguments={"factor": 100}
        )


def test_ratio_that_is_no_percentage_may_exceed_one():
    (ratio,) = estimator("administrative_ratio").estimate(
        table_of([{"_numerator": 30.0, "_denominator": 2.0}]), arguments={"percentage": "no", "factor": "10"}
    )

    assert ratio.value == 150.0


def test_unit_that_reports_by_category_is_one_expected_report():
    rows = [
        {"_unit": unit, "_start": "2025-01-01", "_received": unit == "a", "sex": sex, "_value": 1.0}
        for unit in ("a", "b")
        for sex in ("f", "m")
    ] + [{"_unit": "a", "_start": "2025-02-01", "_received": True, "sex": "f", "_value": 1.0}]
    (count,) = estimator("administrative_count").estimate(table_of(rows), arguments={})

    assert count.completeness == pytest.approx(2 / 3)
    assert count.value == 3.0
