"""Real input 1 by command: the survey of 29 countries comes in with a mapping file, and the known shares follow."""

import csv
import gzip
from datetime import date

import pytest

from custodes.evidence.types import MissingPolicy, PeriodKind
from custodes.indicators.actions import request_computation
from custodes.indicators.models import Reading
from custodes.jobs.actions import work_on
from custodes.ledger.models import Dataset
from custodes.people.rules import Role
from custodes.places.actions import import_area_list
from custodes.places.models import Area
from custodes.site.commands.imports import import_from_command
from tests.factories import make_account, make_definition_version, make_indicator, make_programme

COUNTRIES = "country_name_check_codebook"
START, END = date(2014, 3, 1), date(2015, 12, 31)
MAPPING = f"""
area_level = 1

[import]
title = "Afrobarometer round 6"
series = "afrobarometer"
licence = "Free for use with citation"
provenance = "Afrobarometer round 6, 29 countries"

[columns]
weight = "withinwt"
area = "{COUNTRIES}"

[dates]
from = {START}
to = {END}
"""


@pytest.fixture
def officer(db):
    return make_account(Role.ME_OFFICER, username="amina")


@pytest.fixture
def survey(officer, reference_data, tmp_path, monkeypatch) -> Dataset:
    """The survey, imported by the function behind `custodes import`."""
    monkeypatch.setenv("CUSTODES_SITE__DATA_DIR", str(tmp_path / "data"))
    file = reference_data / "afrobarometer_r6" / "afrobarometer_r6_ssa29.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        names = sorted({row[COUNTRIES] for row in csv.DictReader(stream)})
    places, mapping = tmp_path / "countries.csv", tmp_path / "survey.toml"
    rows = "".join(f"C{number:02},{name},R6\n" for number, name in enumerate(names, start=1))
    places.write_text("code,name,parent\nR6,29 countries,\n" + rows, encoding="utf-8")
    mapping.write_text(MAPPING, encoding="utf-8")
    import_area_list(
        places, by=officer, country="", valid_from=date(2000, 1, 1), source="names as the survey writes them"
    )
    import_from_command(file, source="survey", mapping=mapping, account="amina", words={})
    return Dataset.objects.get()


@pytest.fixture
def shares(survey, officer):
    """Computes the share of trust under a policy: area to reading."""
    programme = make_programme("trust", country_area=Area.objects.get(code="R6"))
    arguments = {"column": "trust_police", "positive": ["2", "3"]}
    version = make_definition_version("TRU-01", estimator="survey_proportion", unit="proportion", arguments=arguments)
    indicator = make_indicator(programme, definition=version.definition)

    def compute(policy: MissingPolicy) -> dict[str, Reading]:
        computation = request_computation(
            indicator, by=officer, datasets=[survey], source=policy.value, start=START, end=END, period_kind=PeriodKind.ROUND,
            crossings=[["area:1"]], missing_policy=policy,
        )  # fmt: skip
        work_on(computation._meta.label_lower, computation.pk)
        readings = Reading.objects.filter(computation=computation).select_related("area")
        return {reading.area.name: reading for reading in readings}

    return compute


def test_survey_of_29_countries_by_command_gives_the_known_shares_under_both_policies(shares, survey):
    assert survey.rows == 45_541
    excluded = shares(MissingPolicy.EXCLUDE)
    known = {"Liberia": 23.0, "Sierra Leone": 32.4, "Nigeria": 21.3, "Mali": 51.7, "Niger": 87.4, "29 countries": 50.4}
    assert {name: round(100 * excluded[name].value, 1) for name in known} == known
    assert (excluded["Liberia"].n, excluded["Sierra Leone"].n) == (1_188, 1_136)
    assert (excluded["29 countries"].n, excluded["29 countries"].missing) == (44_731, 810)
    counted = shares(MissingPolicy.DENOMINATOR)
    assert round(100 * counted["29 countries"].value, 1) == 49.5
    assert counted["29 countries"].missing == 810
