"""What a computation looks up: persons of groups, what a list of events covers, areas on their own days, missing codes of each data set."""

from datetime import date

import pytest

from custodes.evidence.types import MissingPolicy, PeriodKind
from custodes.indicators.actions.reproduction import reproduce_reading
from custodes.indicators.errors import DatasetUnsuitable
from custodes.indicators.models import Reading
from custodes.places.models import Area, Population
from tests.factories import make_area, make_dataset, make_definition_version, make_indicator
from tests.indicators.conftest import SURVEY_SCHEMA, survey_rows

YEAR = {"start": date(2024, 1, 1), "end": date(2024, 12, 31)}


def people(area, value, *, year=2024, sex=""):
    return Population.objects.create(
        area=area, year=year, sex=sex, value=value, source="Bureau", version="1", created_by="system"
    )


@pytest.fixture
def deaths(country):
    version = make_definition_version(
        "SAF-03", estimator="event_rate", unit="per 100,000", arguments={"what": "deaths", "factor": 100_000}
    )
    people(country.area, 200_000)
    people(country.county_a, 150_000)
    people(country.county_b, 50_000)
    return make_indicator(country.programme, definition=version.definition)


def events(*rows, **described):
    return make_dataset(
        [
            {"_row": n, "_event": str(n), "_area": area, "_start": day, "_end": day, "_deaths_best": 2, "sex": sex}
            for n, (area, day, sex) in enumerate(rows)
        ],
        kind="events", country="XX", **{"starts": date(2024, 1, 1), "ends": date(2024, 12, 31)} | described,
    )  # fmt: skip


def test_i03_rate_by_sex_takes_the_persons_of_that_sex_and_refuses_without(country, deaths):
    listed = events(("XA", date(2024, 3, 5), "female"), ("XB", date(2024, 3, 9), "male"))
    asked = {"indicator": deaths, "datasets": [listed], "kind": PeriodKind.YEAR, "crossings": [["sex"]], **YEAR}
    country.compute(**asked)
    refused = Reading.objects.get(indicator=deaths, cell_key="sex=female")
    assert (refused.value, refused.refusal) == (None, "refused.denominator-zero")

    people(country.area, 80_000, sex="female")
    country.compute(**asked)

    assert Reading.objects.get(indicator=deaths, cell_key="sex=female").value == pytest.approx(2.5)
    assert Reading.objects.get(indicator=deaths, cell_key="sex=male").value is None
    assert country.total(deaths).value == pytest.approx(2.0)


def test_i21_months_that_no_list_covers_are_refused_and_never_zero(country, deaths):
    first = events(("XA", date(2024, 3, 5), "male"))
    second = events(("XB", date(2025, 5, 9), "male"), starts=date(2025, 1, 1), ends=date(2025, 6, 30))
    asked = {"indicator": deaths, "datasets": [first, second], "kind": PeriodKind.MONTH, "every": PeriodKind.MONTH}
    for start, end, uncovered in (
        (date(2035, 1, 1), date(2035, 12, 31), "2035-01-01 to 2035-01-31"),
        (date(2024, 12, 1), date(2025, 12, 31), "2025-07-01 to 2025-07-31"),
    ):
        with pytest.raises(DatasetUnsuitable, match=f"cover 2024-01-01 to 2025-06-30, and not all of {uncovered}"):
            country.compute(**asked, start=start, end=end)
    assert not Reading.objects.exists()

    country.compute(**asked, start=date(2024, 11, 1), end=date(2025, 6, 30))  # across the two lists, which touch

    values = (
        Reading.objects.filter(indicator=deaths, area=country.area).order_by("start").values_list("value", flat=True)
    )
    assert list(values) == [0, 0, 0, 0, 0, 0, 1, 0]


def test_i21_list_without_known_days_is_refused(country, deaths):
    with pytest.raises(DatasetUnsuitable, match="no known days"):
        country.compute(
            indicator=deaths, datasets=[events(("XA", date(2024, 3, 5), "male"), starts=None, ends=None)], **YEAR
        )


@pytest.mark.parametrize(("policy", "missing", "denominator"), [("exclude", 20, 460), ("denominator", 20, 480)])
def test_missing_codes_of_one_round_do_not_empty_the_answers_of_another(country, policy, missing, denominator):
    plain = [row | {"_weight": 1.0} for row in survey_rows()]
    first = make_dataset(plain, kind="survey", country="XX", schema=SURVEY_SCHEMA)
    second = make_dataset(
        [row | {"_start": date(2025, 11, 2)} for row in plain], kind="survey", country="XX",
        schema=SURVEY_SCHEMA | {"missing": {}},
    )  # fmt: skip

    country.compute(datasets=[first, second], missing_policy=MissingPolicy(policy))

    pooled = country.total()
    assert (pooled.missing, pooled.denominator) == (missing, denominator)
    assert pooled.df == 44  # 48 clusters in 4 strata, though both rounds name theirs alike
    assert reproduce_reading(pooled.pk).holds


def test_missing_code_of_one_column_does_not_empty_another(country):
    rows = [row | {"_weight": 1.0, "visits": float(number % 10)} for number, row in enumerate(survey_rows())]
    columns = [*SURVEY_SCHEMA["columns"], {"name": "visits", "type": "string"}]
    survey = make_dataset(rows, kind="survey", country="XX", schema=SURVEY_SCHEMA | {"columns": columns})
    version = make_definition_version(
        "VIS-01", estimator="survey_ratio", unit="ratio", arguments={"numerator": "visits", "denominator": "trust"}
    )
    indicator = make_indicator(country.programme, definition=version.definition)

    country.compute(indicator=indicator, datasets=[survey])

    found = country.total(indicator)
    answered = [row for row in rows if row["trust"] != 9]
    assert (found.n, found.missing) == (220, 20)
    assert found.numerator == pytest.approx(sum(row["visits"] for row in answered))


def test_i08_every_reading_stands_at_the_area_of_its_own_last_day(country, deaths):
    for area in (country.area, country.county_a):
        people(area, 100_000, year=2025)
    Area.objects.filter(pk=country.county_b.pk).update(valid_to=date(2025, 4, 9))
    new_b = make_area("XB", parent=country.area, country="XX", valid_from=date(2025, 4, 10))
    late = make_area("XC", parent=country.area, country="XX", valid_from=date(2025, 2, 1))
    people(country.county_b, 40_000, year=2025)
    people(new_b, 20_000, year=2025)
    people(late, 10_000, year=2025)
    listed = events(
        ("XB", date(2025, 3, 5), "male"), ("XB", date(2025, 4, 20), "male"),
        starts=date(2024, 1, 1), ends=date(2025, 12, 31),
    )  # fmt: skip

    computation = country.compute(
        indicator=deaths, datasets=[listed], kind=PeriodKind.MONTH, every=PeriodKind.MONTH, crossings=[["area:1"]],
        start=date(2024, 12, 1), end=date(2025, 5, 31),
    )  # fmt: skip

    assert computation.state == "done", computation.problem
    readings = Reading.objects.filter(indicator=deaths)
    assert {reading.end for reading in readings.filter(area=country.county_b)} == {
        date(2024, 12, 31), date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31),
    }  # fmt: skip
    assert {reading.end for reading in readings.filter(area=new_b)} == {date(2025, 4, 30), date(2025, 5, 31)}
    assert readings.filter(area=late).order_by("end").first().end == date(2025, 2, 28)  # nothing before it existed
    assert readings.get(area=country.county_b, end=date(2025, 3, 31)).value == pytest.approx(5)
    assert readings.get(area=new_b, end=date(2025, 4, 30)).value == pytest.approx(10)
    around = readings.filter(area__in=[country.county_b, new_b], end__range=(date(2025, 3, 31), date(2025, 4, 30)))
    assert [reproduce_reading(reading.pk).holds for reading in around] == [True, True]


def test_i08_row_in_an_area_that_did_not_exist_then_is_refused(country, deaths):
    Area.objects.filter(pk=country.county_b.pk).update(valid_from=date(2025, 1, 1))
    listed = events(("XB", date(2024, 3, 5), "male"), ends=date(2025, 12, 31))
    people(country.area, 1, year=2025)
    computation = country.compute(
        indicator=deaths, datasets=[listed], kind=PeriodKind.YEAR, every=PeriodKind.YEAR, start=date(2024, 1, 1),
        end=date(2025, 12, 31),
    )  # fmt: skip
    assert (computation.state, computation.problem["where"]) == ("failed", "XB")


def test_i08_row_in_an_area_that_had_ended_is_refused(country, deaths):
    Area.objects.filter(pk=country.county_b.pk).update(valid_to=date(2024, 2, 1))
    listed = events(("XB", date(2024, 3, 5), "male"))
    asked = {"indicator": deaths, "datasets": [listed], "kind": PeriodKind.MONTH, "every": PeriodKind.MONTH}
    for start in (date(2024, 1, 1), date(2024, 3, 1)):  # it was valid at the end of the first month, or of none
        computation = country.compute(**asked, start=start, end=date(2024, 5, 31))
        assert (computation.state, computation.problem["where"]) == ("failed", "XB")
