"""A small country with two counties, one survey of 240 people, and those who make, check and publish its figures."""

from dataclasses import dataclass
from datetime import date

import pytest

from custodes.evidence.types import PeriodKind
from custodes.indicators.actions import publish_readings, submit_readings, verify_readings
from custodes.indicators.actions.computations import request_computation
from custodes.indicators.models import Computation, Reading
from custodes.jobs.actions import work_on
from custodes.ledger.models import Dataset
from custodes.people.models import Account
from custodes.people.rules import Role
from custodes.places.models import Area
from custodes.programmes.models import Indicator, Programme
from tests.factories import (
    make_account,
    make_area,
    make_dataset,
    make_definition_version,
    make_indicator,
    make_programme,
)

START, END = date(2025, 11, 1), date(2025, 11, 30)


def survey_rows(*, year: int = 2025, women_share: float = 0.5) -> list[dict]:
    """240 answers in 24 clusters of two strata: trust 0–3, 9 is don't know; county A trusts more than county B."""
    rows = []
    for number in range(240):
        county = "XA" if number < 120 else "XB"
        answer = (number * 7) % 4 if county == "XA" else (number * 7) % 3
        rows.append(
            {
                "_row": number + 1, "_area": county, "_start": date(year, 11, 1), "_end": date(year, 11, 30),
                "_weight": 1.0 + (number % 5) / 10, "_stratum": county, "_cluster": f"{county}{number // 10}",
                "sex": "female" if number % 2 else "male", "trust": 9.0 if number % 12 == 0 else float(answer),
            }
        )  # fmt: skip
    return rows


SURVEY_COLUMNS = ("_row", "_area", "_start", "_end", "_weight", "_stratum", "_cluster", "sex", "trust")
SURVEY_SCHEMA = {
    "columns": [{"name": name, "type": "string"} for name in SURVEY_COLUMNS],
    "missing": {"trust": {"9": "Don't know"}},
    "roles": {"sex": "category", "trust": "answer"},
}


@dataclass
class Country:
    """What the tests act on."""

    area: Area
    county_a: Area
    county_b: Area
    programme: Programme
    indicator: Indicator
    survey: Dataset
    officer: Account
    verifier: Account
    publisher: Account

    def compute(
        self,
        *,
        indicator: Indicator | None = None,
        datasets=None,
        start=START,
        end=END,
        kind=PeriodKind.ROUND,
        crossings=(),
        **options,
    ) -> Computation:
        """Request and work, as the worker would."""
        computation = request_computation(
            indicator or self.indicator, by=self.officer, datasets=[self.survey] if datasets is None else datasets,
            source=options.pop("source", "survey"), start=start, end=end, period_kind=kind, crossings=crossings, **options,
        )  # fmt: skip
        work_on("indicators.computation", computation.pk)
        computation.refresh_from_db()
        return computation

    def total(self, indicator: Indicator | None = None, **filters) -> Reading:
        return Reading.objects.get(indicator=indicator or self.indicator, cell_key="", area=self.area, **filters)


@pytest.fixture
def country(db) -> Country:
    area = make_area("XX", country="XX")
    counties = [make_area(code, parent=area, country="XX") for code in ("XA", "XB")]
    programme = make_programme("reform", country_area=area)
    version = make_definition_version("TRU-01", arguments={"column": "trust", "positive": ["2", "3"]})
    indicator = make_indicator(programme, definition=version.definition)
    survey = make_dataset(
        survey_rows(),
        kind="survey",
        source="survey",
        series="people-survey",
        country="XX",
        schema=SURVEY_SCHEMA,
        starts=START,
        ends=END,
    )
    return Country(
        area, *counties, programme, indicator, survey,
        make_account(Role.ME_OFFICER), make_account(Role.VERIFIER), make_account(Role.PUBLISHER),
    )  # fmt: skip


def published(country: Country, reading: Reading) -> Reading:
    """The reading after its three acts by three people."""
    submit_readings(reading, by=country.officer)
    verify_readings(reading, by=country.verifier)
    return publish_readings(reading, by=country.publisher)[0]
