"""What a careless reader, a careless request or a careless database user could make of readings, and must not."""

from datetime import date

import pytest

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.types import MissingPolicy, PeriodKind
from custodes.indicators.actions import publish_readings, reproduce_reading, submit_readings, verify_readings
from custodes.indicators.models import Computation, Reading
from custodes.indicators.queries.board import programme_board
from custodes.indicators.queries.readings import staff_story_figures, visible_indicator_or_none
from custodes.indicators.queries.story import indicator_story
from tests.factories import make_dataset, make_definition_version, make_indicator
from tests.indicators.conftest import SURVEY_SCHEMA, survey_rows


def story_of(country, indicator=None):
    indicator = visible_indicator_or_none(country.officer, "reform", (indicator or country.indicator).code)
    figures = staff_story_figures(Reading.objects.filter(indicator=indicator), country.area, breaks=()).settled
    return indicator_story(indicator, figures, language="en", area_url=lambda code: f"/{code}/")


def verified(country):
    readings = list(Reading.objects.filter(status="draft"))
    submit_readings(readings, by=country.officer)
    return verify_readings(readings, by=country.verifier)


@pytest.fixture
def counted(country):
    version = make_definition_version(
        "CNT-09", estimator="administrative_count", unit="count", arguments={}, frequency="yearly"
    )
    indicator = make_indicator(country.programme, definition=version.definition)
    rows = [
        {"_row": month, "_area": "XA", "_start": date(2025, month, 1), "_end": date(2025, month, 28), "_value": 75.0}
        for month in range(1, 13)
    ]
    register = make_dataset(rows, country="XX")
    for every in (PeriodKind.YEAR, PeriodKind.MONTH):
        country.compute(
            indicator=indicator,
            datasets=[register],
            start=date(2025, 1, 1),
            end=date(2025, 12, 31),
            kind=every,
            every=every,
            source="register",
        )
    return indicator


def test_months_and_years_are_two_series_and_the_stated_frequency_speaks(country, counted):
    verified(country)
    row = next(
        row
        for branch in programme_board(country.programme, country.officer).branches
        for row in branch.rows
        if row.indicator.code == "CNT-09"
    )
    assert (row.latest.value, row.latest.period_kind) == (900.0, "year")

    sources = story_of(country, counted).sources
    assert [(each.latest.period_kind, each.is_main, len(each.series)) for each in sources] == [
        ("year", True, 1),
        ("month", False, 12),
    ]
    assert not any("825" in sentence for source in sources for sentence in source.changes)


def test_policy_that_was_applied_is_the_one_that_is_told(country):
    country.compute(missing_policy=MissingPolicy.DENOMINATOR)
    verified(country)
    total = country.total()
    assert total.missing_policy == "denominator"
    assert country.indicator.missing_policy == "exclude"

    note = story_of(country).sources[0].notes[0]

    assert "stand in the denominator" in note
    assert f"{total.value / (1 - total.missing_share) * 100:.1f} %" in note


def test_cell_that_the_data_no_longer_have_loses_its_number(country):
    country.compute(crossings=[["sex"]])
    readings = verified(country)
    publish_readings(readings, by=country.publisher)
    recoded = make_dataset(
        [row | {"sex": row["sex"][0]} for row in survey_rows()], kind="survey", country="XX", schema=SURVEY_SCHEMA
    )

    country.compute(datasets=[recoded], crossings=[["sex"]])

    gone = Reading.objects.filter(cell_key__in=["sex=female", "sex=male"])
    assert {(reading.value, reading.status, reading.refusal) for reading in gone} == {
        (None, "draft", "indicators.no-longer-in-the-data")
    }
    assert Reading.objects.filter(cell_key__in=["sex=f", "sex=m"], value__isnull=False).count() == 2
    assert country.total().status == "draft" or country.total().value is not None


def test_other_periods_and_splits_keep_their_cells(country):
    country.compute(crossings=[["sex"], ["area:1"]])
    country.compute(crossings=[["sex"]])

    assert Reading.objects.filter(area__level=1, value__isnull=False).count() == 2


def test_gap_is_that_of_the_groups_even_where_the_total_did_not_change(country):
    country.compute()
    country.compute(crossings=[["sex"]])
    verified(country)

    gaps = [drawing.gap for drawing in story_of(country).sources[0].splits]

    assert gaps
    assert gaps[0].startswith("Gap between")


def test_request_cannot_change_what_the_definition_settles(country):
    for arguments in (
        {"column": "sex", "positive": ["female"]},
        {"positive": ["0"]},
        {"where": {"sex": ["female"]}},
        {"nonsense": 1},
    ):
        with pytest.raises(ArgumentInvalid, match="settled by the definition"):
            country.compute(arguments=arguments)
    assert not Computation.objects.exists()
    assert country.compute(arguments={"interval": "wilson"}).state == "done"


def test_source_of_an_indicator_chooses_its_own_rows(country):
    country.indicator.arguments = {"sources": {"women": {"where": {"sex": ["female"]}}}}
    country.indicator.save()

    country.compute(source="women")

    assert country.total().n < 130


def test_reproduction_refuses_a_figure_that_the_ledger_does_not_know(country):
    country.compute()
    verified(country)
    reading = country.total()
    assert reproduce_reading(reading.pk).holds
    computation = reading.computation

    Computation.objects.filter(pk=computation.pk).update(arguments={"column": "trust", "positive": ["0", "1"]})
    country.compute()  # somebody recomputes with the forged question through the platform: nothing follows from it
    forged = reproduce_reading(reading.pk)

    assert not forged.holds
    assert "ledger" in forged.sentences[0]
