"""The invariants of domain.md §3 that the library itself keeps; each test bears the name of its invariant."""

from datetime import date

import pyarrow
import pytest

from custodes.evidence.change import change
from custodes.evidence.disclosure import DisclosurePolicy, Withholding, withholding_reason
from custodes.evidence.errors import ArgumentInvalid, BreakInSeries, NumeratorOutOfRange
from custodes.evidence.progress import Band, LightReason, light
from custodes.evidence.registry import all_estimators, estimator
from custodes.evidence.types import Cell, Design, Direction, Estimate, Light, Period, Uncertainty
from tests.evidence.samples import table_of


def _estimate(value: float, *, n: int = 100, se: float | None = 0.01) -> Estimate:
    uncertainty = Uncertainty.NONE if se is None else Uncertainty.DESIGN
    return Estimate(Cell(), value, "share", "survey_proportion", n, se=se, df=20.0, uncertainty=uncertainty)


@pytest.mark.parametrize(("numerator", "denominator"), [(5.0, 4.0), (-1.0, 4.0)])
def test_i03_percentage_outside_its_denominator_is_named_with_its_row(numerator, denominator):
    rows = [{"_numerator": 1.0, "_denominator": 2.0}, {"_numerator": numerator, "_denominator": denominator}]

    with pytest.raises(NumeratorOutOfRange, match="row 2"):
        estimator("administrative_ratio").estimate(table_of(rows), arguments={})


def test_i03_percentage_of_nothing_is_refused():
    (ratio,) = estimator("administrative_ratio").estimate(
        table_of([{"_numerator": 0.0, "_denominator": 0.0}]), arguments={}
    )

    assert (ratio.value, ratio.refusal) == (None, "refused.denominator-zero")


@pytest.mark.parametrize("slug", ["event_rate", "administrative_rate"])
def test_i03_rate_names_year_and_version_of_its_denominator(slug):
    table = table_of([{"_event": "e1", "_value": 1.0}])
    population = {"population": {"": 1000}, "factor": 100}
    with pytest.raises(ArgumentInvalid, match="Year of the population"):
        estimator(slug).estimate(table, arguments=population)

    named = {**population, "population_year": "2024", "population_version": "projection 3"}
    (rate,) = estimator(slug).estimate(table, arguments=named)
    assert rate.value == pytest.approx(0.1)
    assert rate.notes[0] == "Population of 2024, projection 3."


@pytest.mark.parametrize("slug", ["event_rate", "administrative_rate"])
def test_i03_rate_without_the_version_of_its_denominator_is_refused(slug):
    with pytest.raises(ArgumentInvalid, match="Version of the population"):
        estimator(slug).estimate(
            table_of([{"_event": "e1", "_value": 1.0}]), arguments={"population": {"": 1000}, "population_year": "2024"}
        )


@pytest.mark.parametrize("slug", ["event_rate", "administrative_rate"])
def test_i03_rate_of_an_area_where_nobody_is_known_is_refused(slug):
    arguments = {"population": {"": 1000}, "population_year": "2024", "population_version": "1", "factor": 10}
    (rate,) = estimator(slug).estimate(
        table_of([{"_event": "e1", "_area": "A", "_value": 1.0}]), arguments=arguments, by=("_area",)
    )

    assert (rate.value, rate.refusal) == (None, "refused.denominator-zero")


def test_i03_rate_of_rows_without_an_area_is_refused_and_not_divided_by_everybody():
    rows = [{"_event": "e1", "_area": "A"}, {"_event": "e2", "_area": None}]
    arguments = {"population": {"": 1000, "A": 500}, "population_year": "2024", "population_version": "1", "factor": 10}
    unplaced, placed = estimator("event_rate").estimate(table_of(rows), arguments=arguments, by=("_area",))

    assert (unplaced.cell.key, unplaced.value, unplaced.refusal) == ("_area=", None, "refused.denominator-zero")
    assert placed.value == pytest.approx(0.02)


@pytest.mark.parametrize("slug", ["event_rate", "administrative_rate"])
def test_i03_rate_of_a_group_is_divided_by_its_own_persons_or_refused(slug):
    rows = [{"_event": f"e{n}", "_area": "A", "sex": sex, "_value": 1.0} for n, sex in enumerate("ffm")]
    arguments = {
        "population": {"": 1000, "A": 1000},
        "population_year": "2024",
        "population_version": "1",
        "factor": 10,
    }
    women, men = estimator(slug).estimate(table_of(rows), arguments=arguments, by=("sex",))
    assert (women.value, women.refusal) == (None, "refused.denominator-zero")
    assert "No population by sex" in women.refusal_text
    assert men.value is None

    arguments["population"] |= {"|sex=f": 400, "A|sex=f": 400, "A|sex=m": 600}
    women, men = estimator(slug).estimate(table_of(rows), arguments=arguments, by=("sex",))
    assert (women.value, women.denominator) == (pytest.approx(0.05), 400)
    assert men.value is None
    women, men = estimator(slug).estimate(table_of(rows), arguments=arguments, by=("_area", "sex"))
    assert (women.denominator, men.denominator) == (400, 600)


def test_i04_crossed_cells_add_up_to_the_total_since_nobody_is_left_out():
    rows = [{"sex": sex, "urban": urban, "_value": 1.5} for sex in ("f", "m", None) for urban in ("u", "r", None)]
    item, table = estimator("administrative_count"), table_of(rows)

    (total,) = item.estimate(table, arguments={})
    cells = item.estimate(table, arguments={}, by=("sex", "urban"))
    assert len(cells) == 9
    assert sum(cell.value for cell in cells) == total.value == 13.5


@pytest.mark.parametrize(("day", "is_refused"), [((2025, 1, 1), True), ((2024, 1, 1), False), ((2026, 1, 1), False)])
def test_i06_change_across_a_break_is_refused(day, is_refused):
    asked = {
        "before_period": Period(date(2024, 1, 1), date(2024, 12, 31)),
        "after_period": Period(date(2025, 1, 1), date(2025, 12, 31)),
        "breaks": (date(*day),),
    }
    if is_refused:
        with pytest.raises(BreakInSeries, match="2025-01-01"):
            change(_estimate(0.4), _estimate(0.5), **asked)
    else:
        assert change(_estimate(0.4), _estimate(0.5), **asked).value == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"low": 45.0, "high": 52.0}, LightReason.INTERVAL_SPANS),
        ({"completeness": 0.79}, LightReason.INCOMPLETE),
        ({"expected": None}, LightReason.NO_EXPECTED_VALUE),
        ({"baseline": None}, LightReason.NO_EXPECTED_VALUE),
        ({"has_break": True}, LightReason.BREAK),
    ],
)
def test_i12_light_is_grey_with_its_reason(asked, reason):
    clear = {"direction": Direction.UP, "baseline": 40.0, "expected": 50.0}
    assert light(50.0, **clear, completeness=0.8).light is Light.ON_TRACK

    verdict = light(50.0, **{**clear, **asked})
    assert (verdict.light, verdict.reason) == (Light.CANNOT_TELL, reason)
    assert len(verdict.possible) > 1


def test_i12_refused_value_has_a_grey_light():
    verdict = light(None, direction=Direction.UP, baseline=40.0, expected=50.0)

    assert (verdict.light, verdict.reason) == (Light.CANNOT_TELL, LightReason.NO_VALUE)


def test_i12_no_direction_has_no_light():
    verdict = light(50.0, direction=Direction.NONE, baseline=40.0, expected=50.0)

    assert (verdict.light, verdict.reason) == (Light.NO_LIGHT, LightReason.NO_DIRECTION)


def test_i18_survey_estimate_shows_n_design_and_interval():
    rows = [{"_weight": 1.0, "_cluster": f"c{index % 5}", "trust": index % 7 // 4} for index in range(60)]
    (share,) = estimator("survey_proportion").estimate(
        table_of(rows), arguments={"column": "trust", "positive": ["1"]}, design=Design("_weight", None, "_cluster")
    )

    assert (share.n, share.df, share.uncertainty) == (60, 4.0, Uncertainty.DESIGN)
    assert share.design_effect is not None
    assert share.low < share.value < share.high


@pytest.mark.parametrize(
    ("estimate", "reason"),
    [
        (_estimate(0.5, n=30), Withholding.SHOWN),
        (_estimate(0.5, n=29), Withholding.SMALL_SAMPLE),
        (_estimate(0.5, se=0.150), Withholding.SHOWN),
        (_estimate(0.5, se=0.151), Withholding.IMPRECISE),
        (_estimate(0.5, n=3, se=None), Withholding.SHOWN),  # counted, not sampled
    ],
)
def test_i18_small_or_imprecise_survey_estimate_is_withheld(estimate, reason):
    assert withholding_reason(estimate) is reason


def test_i18_thresholds_are_settings():
    assert withholding_reason(_estimate(0.5, n=40), DisclosurePolicy(min_survey_n=50)) is Withholding.SMALL_SAMPLE


def test_i19_persons_are_recounted_and_never_added_over_time_or_place():
    rows = [
        {"_person": "k1", "_area": "A", "year": "2024"},
        {"_person": "k1", "_area": "B", "year": "2025"},
        {"_person": "k2", "_area": "B", "year": "2025"},
    ]
    item, table = estimator("distinct_persons"), table_of(rows)

    (total,) = item.estimate(table, arguments={})
    assert total.value == 2.0
    for column in ("_area", "year"):
        assert sum(cell.value for cell in item.estimate(table, arguments={}, by=(column,))) == 3.0


def test_i21_silent_station_is_missing_and_a_true_zero_is_zero():
    rows = [
        {"_unit": "quiet", "_start": "2025-03-01", "_received": True, "_value": 0.0},
        {"_unit": "silent", "_start": "2025-03-01", "_received": False, "_value": 0.0},  # the file says 0 (T13)
    ]
    item, table = estimator("administrative_count"), table_of(rows)
    quiet, silent = item.estimate(table, arguments={}, by=("_unit",))

    assert (quiet.value, quiet.completeness) == (0.0, 1.0)
    assert (silent.value, silent.completeness, silent.refusal) == (None, 0.0, "refused.nothing-observed")
    (both,) = item.estimate(table, arguments={})
    assert (both.value, both.completeness, both.missing) == (0.0, 0.5, 1)
    assert both.notes[0].startswith("1 of 2 expected reports came.")


def test_i21_unreceived_report_does_not_lower_a_ratio():
    rows = [
        {"_received": True, "_numerator": 8.0, "_denominator": 10.0},
        {"_received": False, "_numerator": 0.0, "_denominator": 10.0},
    ]
    (ratio,) = estimator("administrative_ratio").estimate(table_of(rows), arguments={})

    assert (ratio.value, ratio.numerator, ratio.denominator) == (0.8, 8.0, 10.0)


def test_i21_missing_answer_is_not_a_zero_in_a_mean():
    rows = [{"number": value} for value in (1.0, None, 3.0, float("nan"), 99.0)]
    (mean,) = estimator("survey_mean").estimate(
        table_of(rows), arguments={"column": "number", "missing_codes": ["99"]}, design=Design()
    )

    assert (mean.value, mean.n, mean.missing, mean.missing_share) == (2.0, 2, 3, 0.6)


def test_i22_ratio_is_recomputed_at_each_level_and_never_averaged():
    rows = [
        {"_area": "A", "_numerator": 1.0, "_denominator": 2.0},
        {"_area": "B", "_numerator": 9.0, "_denominator": 98.0},
    ]
    (ratio,) = estimator("administrative_ratio").estimate(table_of(rows), arguments={})

    assert ratio.value == pytest.approx(0.1)


def test_i22_no_estimator_reads_two_sources():
    for item in all_estimators():
        assert not {argument.name for argument in item.arguments} & {"tables", "sources", "datasets"}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [({"low": 0.38, "high": 0.46}, LightReason.INTERVAL_SPANS), ({"band": None}, LightReason.NO_EXPECTED_VALUE)],
)
def test_i12_light_of_a_band_is_grey_with_its_reason(asked, reason):
    clear = {"direction": Direction.BAND, "band": Band(0.4, 0.6), "low": 0.41, "high": 0.43}
    assert light(0.42, **clear).light is Light.ON_TRACK

    verdict = light(0.42, **{**clear, **asked})
    assert (verdict.light, verdict.reason) == (Light.CANNOT_TELL, reason)
    assert len(verdict.possible) > 1


def test_i21_deaths_that_no_row_numbers_are_missing_and_never_none():
    rows = [{"_event": "e1", "_deaths_best": None}, {"_event": "e2", "_deaths_best": None}]
    table = table_of(rows, {"_event": pyarrow.string(), "_deaths_best": pyarrow.float64()})
    (deaths,) = estimator("event_count").estimate(table, arguments={"what": "deaths"})

    assert (deaths.value, deaths.missing, deaths.refusal) == (None, 2, "refused.nothing-observed")


def test_i21_register_that_names_nobody_is_missing_and_not_empty():
    table = table_of([{"_person": None}, {"_person": ""}], {"_person": pyarrow.string()})
    (persons,) = estimator("distinct_persons").estimate(table, arguments={})

    assert (persons.value, persons.missing, persons.refusal) == (None, 2, "refused.nothing-observed")


def test_i21_ratio_of_which_no_report_came_is_missing():
    rows = [{"_received": False, "_numerator": 0.0, "_denominator": 10.0}]
    (ratio,) = estimator("administrative_ratio").estimate(table_of(rows), arguments={})

    assert (ratio.value, ratio.refusal) == (None, "refused.nothing-observed")
