"""What a computation looks up: persons of groups, what a list of events covers, areas on their own days, missing codes of each data set."""

from datetime import date

import pytest
from tests.factories import make_dataset, make_definition_version, make_indicator

from custodes.evidence.types import PeriodKind
from custodes.indicators.models import Reading
from custodes.places.models import Population

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
