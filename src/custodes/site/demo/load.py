"""Loads the Republic of Karuna into an empty database through the platform's own actions."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from django.test.utils import override_settings

from custodes.programmes.models import Programme
from custodes.site.demo.accounts import demonstration_accounts
from custodes.site.demo.crime import make_crime_readings
from custodes.site.demo.plan import PROGRAMME, enter_bodies, enter_country, enter_plan
from custodes.site.demo.readings import Hands, bring_evidence, make_readings
from custodes.site.demo.write import write

IMMEDIATE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


def load_demonstration(*, tell: Callable[[str], None] = lambda step: None) -> Programme:
    """Accounts, country, plan, evidence and readings. Every step is the action of the person whose task it is, and stands in the ledger.

    Background work is done at once. Expects an empty database; what was written stays if it is interrupted, so the caller keeps a marker.
    """
    with tempfile.TemporaryDirectory() as temporary, override_settings(DEMONSTRATION=True, TASKS=IMMEDIATE):
        folder = Path(temporary)
        tell("making Karuna")
        demonstration = write(folder)
        accounts = demonstration_accounts(demonstration.country, PROGRAMME)
        area = enter_country(demonstration.country, folder, officer=accounts["officer"])
        institutions = enter_bodies(demonstration.plan, administrator=accounts["administrator"])
        programme = enter_plan(
            demonstration.plan, area, institutions, manager=accounts["manager"], approver=accounts["approver"]
        )
        datasets = bring_evidence(demonstration, folder, programme, officer=accounts["officer"], tell=tell)
        hands = Hands(accounts["officer"], accounts["verifier"], accounts["publisher"])
        make_readings(demonstration, datasets, programme, hands, tell=tell)
        tell("computing recorded crime")
        make_crime_readings(
            programme, datasets["stations"][0], hands, manager=accounts["manager"], approver=accounts["approver"],
            as_of=demonstration.as_of,
        )  # fmt: skip
    return programme
