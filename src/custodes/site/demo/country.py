"""What is fixed about the Republic of Karuna and its reform programme, read from `country.toml` and `programme.toml`."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Region:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class County:
    """One of fifteen; shares are 0 to 1 and people are those of 2023, before Velda moved."""

    code: str
    name: str
    region: str
    thousand_people: int
    urban: float
    stations: int
    ossari: float
    lumeni: float
    conflict_affected: bool
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Group:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A part of one county that the law gave to another."""

    name: str
    origin: str
    destination: str
    share: float
    on: date
    basis: str


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    name: str
    long_name: str
    capital: str
    population_year: int
    population: int
    growth: float
    adult_share: float
    languages: tuple[str, ...]
    background: str
    groups: tuple[Group, ...]
    other_share: float
    regions: tuple[Region, ...]
    counties: tuple[County, ...]
    transfer: Transfer

    def county(self, code: str) -> County:
        return next(county for county in self.counties if county.code == code)

    def composition(self, county: County) -> tuple[float, float, float, float]:
        """Shares of Karun, Ossari, Lumeni and others, in the order of `groups`."""
        return (1 - county.ossari - county.lumeni - self.other_share, county.ossari, county.lumeni, self.other_share)


@dataclass(frozen=True, slots=True)
class Institution:
    slug: str
    name: str
    kind: str
    parent: str
    description: str


@dataclass(frozen=True, slots=True)
class Organisation:
    slug: str
    name: str
    iati_type: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation's part in the programme; the amount is in millions of euro, 0 where it brings none."""

    organisation: str
    role: str
    amount: float


@dataclass(frozen=True, slots=True)
class Result:
    code: str
    level: str
    parent: str
    title: str
    statement: str
    text: str
    because: str
    assuming: str
    budget: float


@dataclass(frozen=True, slots=True)
class Milestone:
    on: date
    value: float


@dataclass(frozen=True, slots=True)
class IndicatorPlan:
    """What the plan says of an indicator; `latest` and `light` are what the demonstration is designed to show."""

    code: str
    result: str
    title: str
    measure: str
    unit: str
    direction: str
    source: str
    path: str
    baseline: float
    baseline_on: date
    target: float | None
    target_on: date | None
    step_on: date | None
    milestones: tuple[Milestone, ...]
    latest: float
    latest_on: date
    light: str
    owner: str
    dimensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    title: str
    kind: str
    result: str
    start: date
    end: date
    text: str


@dataclass(frozen=True, slots=True)
class Stakeholder:
    name: str
    interest: int
    influence: int
    position: str
    marginalised: bool


@dataclass(frozen=True, slots=True)
class Risk:
    title: str
    kind: str
    likelihood: int
    impact: int
    treatment: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    code: str
    condition: str
    status: str
    note: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The programme: who pays, what is meant to change, and how it will be seen."""

    title: str
    summary: str
    start: date
    end: date
    currency: str
    budget: float
    committed: float
    paid: float
    management: float
    lead: str
    institutions: tuple[Institution, ...]
    organisations: tuple[Organisation, ...]
    partners: tuple[Partner, ...]
    results: tuple[Result, ...]
    indicators: tuple[IndicatorPlan, ...]
    activities: tuple[Activity, ...]
    stakeholders: tuple[Stakeholder, ...]
    risks: tuple[Risk, ...]
    benchmarks: tuple[Benchmark, ...]

    def indicator(self, code: str) -> IndicatorPlan:
        return next(indicator for indicator in self.indicators if indicator.code == code)


@cache
def karuna() -> Country:
    """The country."""
    raw = _toml("country.toml")
    fixed = {key: raw[key] for key in raw if key not in {"region", "county", "transfer", "groups", "languages"}}
    return Country(
        **fixed,
        languages=tuple(raw["languages"]),
        groups=tuple(Group(**entry) for entry in raw["groups"]),
        regions=tuple(Region(**entry) for entry in raw["region"]),
        counties=tuple(County(**entry) for entry in raw["county"]),
        transfer=Transfer(**raw["transfer"]),
    )


@cache
def reform_plan() -> Plan:
    """The programme Police Accountability and Integrity, 2023 to 2026."""
    raw = _toml("programme.toml")
    return Plan(
        **raw["programme"],
        institutions=tuple(Institution(**entry) for entry in raw["institution"]),
        organisations=tuple(Organisation(**entry) for entry in raw["organisation"]),
        partners=tuple(Partner(**entry) for entry in raw["partner"]),
        results=tuple(
            Result(**({"because": "", "assuming": "", "parent": "", "budget": 0.0} | e)) for e in raw["result"]
        ),
        indicators=tuple(_indicator(entry) for entry in raw["indicator"]),
        activities=tuple(Activity(**entry) for entry in raw["activity"]),
        stakeholders=tuple(Stakeholder(**({"marginalised": False} | entry)) for entry in raw["stakeholder"]),
        risks=tuple(Risk(**entry) for entry in raw["risk"]),
        benchmarks=tuple(Benchmark(**entry) for entry in raw["benchmark"]),
    )


def _indicator(entry: dict[str, Any]) -> IndicatorPlan:
    optional = {"target": None, "target_on": None, "step_on": None, "milestones": (), "dimensions": ()}
    entry = optional | entry
    milestones = tuple(Milestone(**milestone) for milestone in entry["milestones"])
    return IndicatorPlan(**(entry | {"milestones": milestones, "dimensions": tuple(entry["dimensions"])}))


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("custodes.site.demo") / name).read_text(encoding="utf-8"))
