"""One request for a reading of every month, quarter or year."""

from datetime import date

import pytest

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.types import Period, PeriodKind
from custodes.indicators.models import Reading
from custodes.indicators.rules.crossings import period_label, periods_between
from custodes.places.models import Population
from tests.factories import make_dataset, make_definition_version, make_indicator


def test_periods_between_are_whole_ones_only():
    months = periods_between(date(2024, 12, 15), date(2025, 3, 30), PeriodKind.MONTH)
    assert months == (
        Period(date(2025, 1, 1), date(2025, 1, 31), PeriodKind.MONTH),
        Period(date(2025, 2, 1), date(2025, 2, 28), PeriodKind.MONTH),
    )
    quarters = periods_between(date(2025, 1, 1), date(2025, 12, 31), PeriodKind.QUARTER)
    assert [period_label(quarter) for quarter in quarters] == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    years = periods_between(date(2021, 2, 1), date(2023, 12, 31), PeriodKind.YEAR)
    assert [period_label(year) for year in years] == ["2022", "2023"]
    assert len(periods_between(date(2024, 2, 1), date(2024, 2, 29), PeriodKind.DAY)) == 29


@pytest.fixture
def incidents(country):
    version = make_definition_version(
        "SAF-03", estimator="event_rate", unit="per 100,000", arguments={"what": "deaths", "factor": 100_000}
    )
    for year in (2024, 2025):
        for area, value in ((country.area, 200_000), (country.county_a, 150_000), (country.county_b, 50_000)):
            Population.objects.create(
                area=area, year=year, value=value * (year - 2023), source="Bureau", version="1", created_by="system"
            )
    rows = [
        {"_row": n, "_event": str(n), "_area": area, "_start": day, "_end": day, "_deaths_low": 1, "_deaths_best": deaths, "_deaths_high": 9}
        for n, (area, day, deaths) in enumerate(
            [("XA", date(2024, 3, 5), 4), ("XB", date(2024, 3, 9), 2), ("XA", date(2025, 1, 31), 6), (None, date(2025, 1, 2), 1)]
        )
    ]  # fmt: skip
    return make_indicator(country.programme, definition=version.definition), make_dataset(
        rows, kind="events", country="XX", starts=date(2024, 1, 1), ends=date(2025, 12, 31)
    )


def test_every_month_has_a_reading_and_an_empty_month_of_events_is_a_true_zero(country, incidents):
    indicator, events = incidents

    computation = country.compute(
        indicator=indicator, datasets=[events], start=date(2024, 1, 1), end=date(2025, 2, 28), kind=PeriodKind.MONTH,
        every=PeriodKind.MONTH, crossings=[["area:1"]], source="incidents",
    )  # fmt: skip

    assert computation.state == "done", computation.problem
    totals = Reading.objects.filter(indicator=indicator, area=country.area).order_by("start")
    assert totals.count() == 14
    assert totals.get(start=date(2024, 3, 1)).value == pytest.approx(3.0)
    assert totals.get(start=date(2025, 1, 1)).value == pytest.approx(1.75)  # 7 deaths over the 400,000 of 2025
    empty = totals.get(start=date(2024, 4, 1))
    assert (empty.value, empty.n, empty.denominator) == (0.0, 0, 200_000)
    counties = Reading.objects.filter(indicator=indicator, area=country.county_b)
    assert counties.count() == 14
    assert counties.get(start=date(2025, 1, 1)).value == 0.0
    assert counties.get(start=date(2025, 1, 1)).denominator == 100_000


def test_month_without_an_administrative_report_has_no_reading(country):
    version = make_definition_version("CNT-03", estimator="administrative_count", unit="count", arguments={})
    indicator = make_indicator(country.programme, definition=version.definition)
    rows = [
        {
            "_row": month,
            "_area": "XA",
            "_start": date(2025, month, 1),
            "_end": date(2025, month, 28),
            "_value": float(month),
        }
        for month in (1, 3)
    ]
    country.compute(
        indicator=indicator, datasets=[make_dataset(rows, country="XX")], start=date(2025, 1, 1), end=date(2025, 3, 31),
        kind=PeriodKind.MONTH, every=PeriodKind.MONTH, source="register",
    )  # fmt: skip

    values = dict(Reading.objects.filter(indicator=indicator).values_list("start", "value"))
    assert values == {date(2025, 1, 1): 1.0, date(2025, 3, 1): 3.0}


def test_span_across_a_break_is_refused(country):
    make_definition_version(
        "TRU-01", number=2, is_break=True, valid_from=date(2025, 1, 1), break_reason="other wording"
    )

    with pytest.raises(ArgumentInvalid, match="changed on"):
        country.compute(start=date(2024, 1, 1), end=date(2025, 12, 31), every=PeriodKind.YEAR)


def test_span_without_a_whole_period_is_refused(country):
    with pytest.raises(ArgumentInvalid, match="no whole year"):
        country.compute(every=PeriodKind.YEAR)


def test_rows_that_span_several_periods_are_refused(country):
    version = make_definition_version("CNT-04", estimator="administrative_count", unit="count", arguments={})
    indicator = make_indicator(country.programme, definition=version.definition)
    yearly = [{"_row": 1, "_area": "XA", "_start": date(2025, 1, 1), "_end": date(2025, 12, 31), "_value": 120.0}]

    computation = country.compute(
        indicator=indicator, datasets=[make_dataset(yearly, country="XX")], start=date(2025, 1, 1), end=date(2025, 12, 31),
        kind=PeriodKind.MONTH, every=PeriodKind.MONTH, source="register",
    )  # fmt: skip

    assert computation.state == "failed"
    assert "span more than one month" in computation.problem["what"]
    assert not Reading.objects.exists()


def test_area_without_a_population_has_no_zero_rate(country, incidents):
    indicator, events = incidents
    Population.objects.filter(area=country.county_b).delete()

    country.compute(
        indicator=indicator, datasets=[events], start=date(2024, 1, 1), end=date(2024, 12, 31), kind=PeriodKind.MONTH,
        every=PeriodKind.MONTH, crossings=[["area:1"]], source="incidents",
    )  # fmt: skip

    of_nobody = Reading.objects.filter(indicator=indicator, area=country.county_b)
    assert not of_nobody.filter(value__isnull=False).exists()
    assert Reading.objects.filter(indicator=indicator, area=country.county_a, value=0.0).count() == 11
