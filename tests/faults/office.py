"""An office to break: an officer, a country of six counties, reports of a year, and files and requests without end."""

import csv
import io
import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from django.utils import timezone

from custodes.collection.actions import import_file, start_import
from custodes.collection.models import ImportRun
from custodes.evidence.types import PeriodKind
from custodes.indicators.actions.computations import request_computation
from custodes.indicators.models import Computation
from custodes.ledger.models import Dataset
from custodes.people.actions import create_api_token
from custodes.people.models import Account
from custodes.people.rules import ApiScope, Role
from custodes.programmes.models import Indicator
from tests.factories import (
    make_account,
    make_area,
    make_dataset,
    make_definition_version,
    make_indicator,
    make_programme,
)

COUNTIES = [f"X{letter}" for letter in "ABCDEF"]
START, END = date(2024, 1, 1), date(2024, 12, 31)
CROSSINGS = [["sex"], ["area:1"], ["area:1", "sex"]]
SURVEY_ROWS = 6000
WORDS = {
    "source": "survey",
    "title": "Survey",
    "series": "people-survey",
    "licence": "CC0-1.0",
    "provenance": "Made for a test.",
}


@dataclass(frozen=True, slots=True)
class Office:
    """What the rounds act on."""

    folder: Path
    officer: Account
    token: str
    indicator: Indicator
    reports: Dataset

    def queue_import(self, seed: int) -> ImportRun:
        return start_import(survey_file(self.folder, seed), by=self.officer, **WORDS)

    def queue_computation(self, number: int) -> Computation:
        """Readings of every month, for the country, each county, each sex and each of both together."""
        return request_computation(
            self.indicator, by=self.officer, datasets=[self.reports], source=f"reports-{number}", start=START, end=END,
            period_kind=PeriodKind.MONTH, every=PeriodKind.MONTH, crossings=CROSSINGS,
        )  # fmt: skip


def survey_bytes(seed: int) -> bytes:
    """A survey for every seed: who answers first has another number."""
    header, rest = _survey_text().split(b"\r\n", 1)
    return b"%s\r\n%d%s" % (header, SURVEY_ROWS + seed, rest.removeprefix(b"0"))


@cache
def _survey_text() -> bytes:
    chance, stream = random.Random(1), io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["id", "date", "weight", "stratum", "psu", "sex", *(f"question_{number}" for number in range(12))])
    for number in range(SURVEY_ROWS):
        answers = [chance.randrange(5) for _ in range(12)]
        writer.writerow(
            [
                number,
                f"2025-03-{1 + number % 28:02d}",
                round(chance.uniform(0.5, 2), 3),
                number % 6,
                number // 10,
                "fm"[number % 2],
                *answers,
            ]
        )
    return stream.getvalue().encode()


def survey_file(folder: Path, seed: int) -> Path:
    place = folder / f"survey-{seed}.csv"
    place.write_bytes(survey_bytes(seed))
    return place


def _report_rows() -> list[dict]:
    rows, month = [], START
    while month <= END:
        last = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        for place, county in enumerate(COUNTIES):
            for sex in ("female", "male"):
                rows.append(
                    {"_row": len(rows) + 1, "_area": county, "_start": month, "_end": last, "sex": sex,
                     "_value": float(10 + place + month.month)}
                )  # fmt: skip
        month = last + timedelta(days=1)
    return rows


def opened_office(folder: Path) -> Office:
    """The office with its people and places, before anything was imported. Needs the migrated database."""
    country = make_area("XX", country="XX")
    for code in COUNTIES:
        make_area(code, parent=country, country="XX")
    programme = make_programme("reform", country_area=country)
    version = make_definition_version("CRM-01", unit="count", estimator="administrative_count", source_kind="Reports")
    indicator = make_indicator(programme, definition=version.definition)
    officer = make_account(Role.ME_OFFICER)
    token = create_api_token(
        "rounds",
        by=officer,
        scopes=[ApiScope.WRITE_IMPORTS, ApiScope.WRITE_READINGS],
        expires=timezone.localdate() + timedelta(days=2),
    )
    return Office(folder, officer, token.secret, indicator, Dataset())


def bring_reports() -> None:
    """Write the reports' data set. It starts Arrow's threads, so the caller's process forks no more."""
    rows = _report_rows()
    schema = {"columns": [{"name": name, "type": "string"} for name in rows[0]], "roles": {"sex": "category"}}
    make_dataset(rows, country="XX", schema=schema, starts=START, ends=END)


def bring_first_survey(office: Office) -> None:
    """The first file, whose mapping is remembered for all that follow. It starts threads too."""
    import_file(survey_file(office.folder, 0), by=office.officer, **WORDS)
