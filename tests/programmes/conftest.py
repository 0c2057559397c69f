"""A reform in Karuna with a manager, an approver who is somebody else, and an answer to whether a definition is in use."""

from datetime import date

import pytest
from django.utils import translation

from custodes.evidence.types import Direction, PathShape
from custodes.indicators.models import Reading
from custodes.people.rules import Role
from custodes.programmes import actions
from custodes.programmes.models import Programme
from custodes.programmes.rules.sheets import ReferenceSheet
from custodes.programmes.rules.targets import DatedValue
from custodes.programmes.signals import definition_in_use_asked
from tests.factories import make_account, make_area, make_programme


def has_verified_reading(definition, **_signal) -> bool:
    verified = Reading.objects.filter(definition_version__definition=definition, status__in=["verified", "published"])
    return verified.exists()


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _readings_answer():
    definition_in_use_asked.connect(has_verified_reading)
    yield
    definition_in_use_asked.disconnect(has_verified_reading)


@pytest.fixture
def karuna(db):
    return make_area("QR", name="Karuna", country="QR")


@pytest.fixture
def manager(db):
    return make_account(Role.PROGRAMME_MANAGER)


@pytest.fixture
def approver(db):
    return make_account(Role.APPROVER)


@pytest.fixture
def programme(karuna):
    return make_programme("police-reform", country_area=karuna, status=Programme.Status.DRAFT)


def sheet(**changes) -> ReferenceSheet:
    values = {
        "name": "Adults who trust the police", "wording": "Share of adults.", "unit": "proportion", "numerator": "n",
        "denominator": "d", "estimator": "survey_proportion", "direction": Direction.UP, "source_kind": "survey",
        "arguments": {"column": "trust_police", "positive": ["2", "3"]},
    } | changes  # fmt: skip
    return ReferenceSheet(**values)


def make_plan(programme, manager, *, code: str = "TRU-01", baseline: float = 0.385, target: float = 0.48):
    """An outcome with one indicator, its baseline and target, made by the actions; returns the indicator."""
    version = actions.create_definition(code, sheet=sheet(), by=manager)
    result = actions.add_result(programme, level="outcome", code=f"O-{code}", statement="Fair treatment", by=manager)
    indicator = actions.add_indicator(result, definition=version.definition, path=PathShape.LINEAR, by=manager)
    actions.set_baseline(indicator, value=baseline, on=date(2022, 11, 30), source="Survey R1", by=manager)
    actions.set_targets(indicator, targets=[DatedValue(date(2026, 11, 30), target)], by=manager)
    return indicator


@pytest.fixture
def indicator(programme, manager):
    return make_plan(programme, manager)


@pytest.fixture
def approved(programme, indicator, manager, approver):
    """The programme after its first approval."""
    actions.submit_plan(programme, by=manager)
    actions.approve_plan(programme, by=approver, reason="Agreed by the board.")
    return programme


def verified_reading(indicator, area):
    """A reading that freezes the definition."""
    from custodes.indicators.models import Reading

    return Reading.objects.create(
        indicator=indicator, definition_version=indicator.definition.current, start=date(2023, 11, 1),
        end=date(2023, 11, 30), period_kind="round", area=area, source="survey", value=0.4, n=100, method="m",
        status="verified", entered_by="account:1", verified_by="account:2", code_version="1", result_hash="0" * 64,
        created_by="account:1",
    )  # fmt: skip
