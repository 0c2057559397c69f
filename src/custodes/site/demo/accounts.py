"""One account for each role of the demonstration; they sign in by a button, without password or second factor."""

import secrets
from dataclasses import dataclass

from custodes.ledger.models import Sensitivity
from custodes.people.actions import create_account, create_first_administrator, grant_role
from custodes.people.models import Account
from custodes.people.rules import Role
from custodes.site.demo.country import Country


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of Karuna: all names are invented."""

    username: str
    full_name: str
    role: Role
    sensitivity: int = Sensitivity.RESTRICTED


PEOPLE = (
    Person("manager", "Adaro Kelwin", Role.PROGRAMME_MANAGER),
    Person("approver", "Selira Dovane", Role.APPROVER),
    Person("officer", "Imara Tessou", Role.ME_OFFICER),
    Person("verifier", "Joren Malabe", Role.VERIFIER),
    Person("publisher", "Nadira Osk", Role.PUBLISHER),
    Person("analyst", "Tavo Renquist-Bel", Role.ANALYST),
    Person("evaluator", "Orla Venn", Role.EVALUATOR),
    Person("leadership", "Marek Adoun", Role.MISSION_LEADERSHIP, Sensitivity.INTERNAL),
    Person("focalpoint", "Lieutenant Sael Borrin", Role.FOCAL_POINT, Sensitivity.INTERNAL),
    Person("donor", "Hanne Lysk", Role.DONOR, Sensitivity.PUBLIC),
    Person("parliament", "Deputy Yanu Corro", Role.PARLIAMENT_MEMBER, Sensitivity.INTERNAL),
    Person("monitor", "Faro Lindi", Role.MONITOR, Sensitivity.PUBLIC),
)


def demonstration_accounts(country: Country, programme: str) -> dict[str, Account]:
    """The administrator, then everybody else with one grant over the programme; by user name."""
    administrator = create_first_administrator(
        "administrator", password=secrets.token_urlsafe(24), organisation_name=f"Reform Office of {country.long_name}",
        full_name="Bexa Amurri", is_demonstration=True,
    )  # fmt: skip
    accounts = {"administrator": administrator}
    for person in PEOPLE:
        account = create_account(person.username, by=administrator, full_name=person.full_name, is_demonstration=True)
        # A definition is shared by all programmes, and boundaries by all of them too: these two act beyond one programme.
        is_shared = person.role in (Role.PROGRAMME_MANAGER, Role.ME_OFFICER)
        grant_role(
            account, by=administrator, role=person.role, programme="" if is_shared else programme,
            sensitivity=person.sensitivity, why="demonstration",
        )  # fmt: skip
        accounts[person.username] = account
    return accounts
