"""From data sets to readings."""

from datetime import date

import pytest

from custodes.evidence.types import MissingPolicy, PeriodKind
from custodes.indicators.actions import reproduce_reading
from custodes.indicators.errors import DatasetUnsuitable, PopulationMissing
from custodes.indicators.models import Reading, ReadingRevision
from custodes.ledger.actions import dataset_path
from custodes.ledger.models import Entry
from custodes.places.models import Population
from custodes.programmes.models import Indicator
from tests.factories import make_dataset, make_definition_version, make_indicator
from tests.indicators.conftest import END, START, SURVEY_SCHEMA, survey_rows


def expected_share(rows, policy="exclude"):
    counted = [row for row in rows if policy == "denominator" or row["trust"] != 9.0]
    positive = sum(row["_weight"] for row in rows if row["trust"] in (2.0, 3.0))
    return positive / sum(row["_weight"] for row in counted)


def test_computation_makes_total_areas_and_groups(country):
    computation = country.compute(crossings=[["area:1"], ["sex"], ["area:1", "sex"]])

    assert computation.state == "done", computation.problem
    assert Reading.objects.count() == 1 + 2 + 2 + 4
    total = country.total()
    assert total.value == pytest.approx(expected_share(survey_rows()), abs=1e-12)
    assert total.low < total.value < total.high
    assert (total.n, total.missing, total.status) == (220, 20, "draft")
    assert Reading.objects.get(area=country.county_a, cell_key="sex=female").categories == {"sex": "female"}
    assert set(computation.gaps) == {"sex", "area:1"}


def test_missing_policy_of_the_indicator_is_applied_and_missing_is_kept(country):
    Indicator.objects.update(missing_policy=MissingPolicy.DENOMINATOR.value)
    country.indicator.refresh_from_db()

    country.compute()

    total = country.total()
    assert total.value == pytest.approx(expected_share(survey_rows(), "denominator"), abs=1e-12)
    assert total.missing == 20


def test_computing_the_same_again_changes_nothing(country):
    country.compute()
    before = list(Reading.objects.values())

    country.compute()

    assert list(Reading.objects.values()) == before
    assert ReadingRevision.objects.count() == 1


def test_dataset_of_the_wrong_kind_is_refused(country):
    register = make_dataset(country="XX")

    with pytest.raises(DatasetUnsuitable, match="kind"):
        country.compute(datasets=[register])


def test_dataset_of_another_programme_is_refused(country):
    other = make_dataset(survey_rows(year=2024), kind="survey", programme="other", country="XX", schema=SURVEY_SCHEMA)

    with pytest.raises(DatasetUnsuitable, match="another programme"):
        country.compute(datasets=[other])


def test_i03_rate_without_population_is_refused_before_it_is_queued(country):
    version = make_definition_version(
        "SAF-03", estimator="event_rate", unit="per 100,000", arguments={"what": "deaths"}
    )
    indicator = make_indicator(country.programme, definition=version.definition)
    events = make_dataset(
        [{"_row": 1, "_start": START, "_end": START, "_area": "XA", "_event": "1"}], kind="events", country="XX"
    )

    for known in (None, country.county_a):  # nobody's population, then that of one county only
        if known:
            Population.objects.create(
                area=known, year=2024, value=150_000, source="Bureau", version="1", created_by="system"
            )
        with pytest.raises(PopulationMissing, match="population"):
            country.compute(indicator=indicator, datasets=[events], kind=PeriodKind.MONTH, crossings=[["area:1"]])


def test_rate_uses_population_of_the_latest_year_and_says_which(country):
    version = make_definition_version(
        "SAF-03", estimator="event_rate", unit="per 100,000", arguments={"what": "deaths"}
    )
    indicator = make_indicator(country.programme, definition=version.definition)
    for area, value in ((country.area, 200_000), (country.county_a, 150_000), (country.county_b, 50_000)):
        Population.objects.create(area=area, year=2024, value=value, source="Bureau", version="1", created_by="system")
    rows = [
        {
            "_row": 1,
            "_event": "a",
            "_area": "XA",
            "_start": START,
            "_end": START,
            "_deaths_low": 2,
            "_deaths_best": 3,
            "_deaths_high": 6,
        },
        {
            "_row": 2,
            "_event": "b",
            "_area": None,
            "_start": START,
            "_end": START,
            "_deaths_low": 1,
            "_deaths_best": 1,
            "_deaths_high": 1,
        },
    ]
    events = make_dataset(rows, kind="events", country="XX", starts=START, ends=END)

    country.compute(
        indicator=indicator, datasets=[events], kind=PeriodKind.MONTH, crossings=[["area:1"]], source="incidents"
    )

    total = country.total(indicator)
    assert (total.value, total.low, total.high) == pytest.approx((2.0, 1.5, 3.5))
    assert any("2024" in note for note in total.notes)
    assert Reading.objects.get(indicator=indicator, area=country.county_a).value == pytest.approx(2.0)


def test_reproduction_holds_then_refuses_after_one_byte(country):
    country.compute()
    reading = country.total()
    assert reproduce_reading(reading.pk).holds

    place = dataset_path(country.survey.sha256)
    content = bytearray(place.read_bytes())
    content[100] ^= 1
    place.write_bytes(bytes(content))

    refused = reproduce_reading(reading.pk)
    assert not refused.holds
    assert "bytes have changed" in refused.sentences[0]


def test_reproduction_notices_a_changed_row(country):
    country.compute()
    reading = country.total()
    Reading.objects.filter(pk=reading.pk).update(value=0.99)

    assert "changed outside the platform" in reproduce_reading(reading.pk).sentences[0]


def test_computation_that_fails_says_why_and_writes_nothing(country):
    country.indicator.arguments = {"column": "no_such_column"}
    country.indicator.save()

    computation = country.compute()

    assert computation.state == "failed"
    assert "no_such_column" in computation.problem["what"]
    assert not Reading.objects.exists()
    assert not Entry.objects.filter(act="computation.finish").exists()


def test_two_rounds_are_read_from_two_data_sets(country):
    earlier = make_dataset(
        survey_rows(year=2024),
        kind="survey",
        source="survey",
        series="people-survey",
        country="XX",
        schema=SURVEY_SCHEMA,
        starts=date(2024, 11, 1),
        ends=date(2024, 11, 30),
    )
    country.compute(datasets=[earlier, country.survey], start=date(2024, 11, 1), end=date(2024, 11, 30))
    country.compute(datasets=[earlier, country.survey])

    assert Reading.objects.count() == 2
    assert country.total(end=END).n == 220
