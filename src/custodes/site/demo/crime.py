"""Recorded crime of Karuna: thefts by year, assaults by month, the break in the form, and the newest months that still wait for somebody."""

from dataclasses import replace
from datetime import date, timedelta

from custodes.evidence.types import PeriodKind
from custodes.indicators.actions import publish_readings, request_computation, submit_readings, verify_readings
from custodes.indicators.models import Computation, Reading
from custodes.ledger.models import Dataset
from custodes.people.models import Account
from custodes.programmes.actions import approve_plan, edit_definition
from custodes.programmes.models import Indicator, Programme
from custodes.programmes.queries import sheet_of
from custodes.site.demo.readings import Hands

BEGINNING = date(2021, 1, 1)
SURVEYS_BEGIN = date(2022, 1, 1)  # so that what is recorded and what people report span the same years
BREAK_ON = date(2025, 1, 1)
BREAK_REASON = "The police form counts threats as assaults from January 2025."
WITH_THREATS = (
    "Assaults and threats of assault that police stations recorded, per 100,000 people of their areas and month."
)
SOURCE = "police"


def make_crime_readings(
    programme: Programme, stations: Dataset, hands: Hands, *, manager: Account, approver: Account, as_of: date
) -> None:
    """Thefts by year and assaults by month, all whole periods up to the day; assaults are not comparable across January 2025 (T11)."""
    thefts, assaults = (Indicator.objects.get(programme=programme, code=code) for code in ("CRM-01", "CRM-03"))
    last_year = date(as_of.year - 1, 12, 31)
    _publish(
        _records(
            thefts, stations, hands, SURVEYS_BEGIN, last_year, PeriodKind.YEAR, splits=("area:2", "policing_area")
        ),
        hands,
    )
    _publish(_records(assaults, stations, hands, BEGINNING, BREAK_ON - timedelta(days=1), PeriodKind.MONTH), hands)
    definition = assaults.definition
    edit_definition(
        definition, sheet=replace(sheet_of(definition.current), wording=WITH_THREATS), by=manager, break_on=BREAK_ON,
        break_reason=BREAK_REASON,
    )  # fmt: skip
    programme.refresh_from_db()
    approve_plan(programme, by=approver, reason="The new form of the police is what the plan measures by from now on.")
    newest = as_of.replace(day=1)
    before = (newest - timedelta(days=1)).replace(day=1)
    _publish(_records(assaults, stations, hands, BREAK_ON, before - timedelta(days=1), PeriodKind.MONTH), hands)
    submitted = _records(assaults, stations, hands, before, newest - timedelta(days=1), PeriodKind.MONTH)
    submit_readings(
        list(Reading.objects.filter(computation=submitted)),
        by=hands.officer,
        note="All stations but one have reported.",
    )
    _records(assaults, stations, hands, newest, as_of, PeriodKind.MONTH)


def _records(
    indicator: Indicator,
    stations: Dataset,
    hands: Hands,
    start: date,
    end: date,
    every: PeriodKind,
    *,
    splits: tuple[str, ...] = ("area:2",),
) -> Computation:
    return request_computation(
        indicator, by=hands.officer, datasets=[stations], source=SOURCE, start=start, end=end, period_kind=every, every=every,
        crossings=[[column] for column in splits],
    )  # fmt: skip


def _publish(computation: Computation, hands: Hands) -> None:
    readings = list(Reading.objects.filter(computation=computation))
    submit_readings(readings, by=hands.officer)
    verify_readings(readings, by=hands.verifier)
    publish_readings(readings, by=hands.publisher)
