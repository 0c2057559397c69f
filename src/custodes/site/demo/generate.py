"""The whole demonstration in one value: the country, its plan, and every table, made from a seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from custodes.site.demo.boundaries import BEGINNING, feature_collection
from custodes.site.demo.complaints import allegation_counts, complaint_cohorts, complaints_per_officer
from custodes.site.demo.country import Country, Plan, karuna, reform_plan
from custodes.site.demo.homicide import homicide_months, homicide_years
from custodes.site.demo.incidents import acled_layout, incident_table
from custodes.site.demo.personnel import officers_by_year, personnel_table, vetting_table
from custodes.site.demo.population import population_table
from custodes.site.demo.randomness import DEFAULT_SEED
from custodes.site.demo.registers import (
    committee_sessions,
    equipment_checks,
    finance_years,
    integrity_assessment,
    milestone_register,
    panel_judgements,
    recommendation_register,
)
from custodes.site.demo.station_series import station_months
from custodes.site.demo.stations import station_roster
from custodes.site.demo.survey import survey_round
from custodes.site.demo.survey_frame import ROUNDS, survey_frame
from custodes.site.demo.survey_models import Population
from custodes.site.demo.training import training_register
from custodes.site.demo.truth import planted_truth

AS_OF = date(2026, 6, 30)


@dataclass(frozen=True)
class Demonstration:
    """The Republic of Karuna as known on a day.

    tables       every table by the name of its file, without the ending; a survey round that lies ahead is absent.
    boundaries   GeoJSON of country, regions and counties until 2024, and `boundaries_now` from 2025, when Velda had moved.
    population   people by county, year, sex and age band.
    truth        planted parameters and the answers of the finite population.
    """

    country: Country
    plan: Plan
    seed: int
    as_of: date
    scale: float
    boundaries: Mapping[str, Any]
    boundaries_now: Mapping[str, Any]
    population: pa.Table
    tables: Mapping[str, pa.Table]
    truth: Mapping[str, Any]


def generate(*, seed: int = DEFAULT_SEED, as_of: date = AS_OF, scale: float = 1.0) -> Demonstration:
    """Make all of it: the same seed, day and scale give the same tables."""
    country = karuna()
    roster = station_roster(country, seed=seed)
    people = Population(country, roster, survey_frame(country, roster, seed=seed), seed)
    incidents = incident_table(country, seed=seed, as_of=as_of, scale=scale)
    homicides = homicide_months(country, seed=seed, as_of=as_of)
    tables = {
        **_rounds(people, as_of=as_of, scale=scale),
        "stations": station_months(country, roster, seed=seed, as_of=as_of),
        "homicide_months": homicides,
        "homicide_years": homicide_years(country, homicides),
        "complaint_cohorts": complaint_cohorts(country, seed=seed, as_of=as_of),
        "complaints_per_officer": complaints_per_officer(
            country, seed=seed, as_of=as_of, officers=officers_by_year(country)
        ),
        "allegations": allegation_counts(country, seed=seed, as_of=as_of),
        "training": training_register(country, seed=seed, as_of=as_of, scale=scale),
        "personnel": personnel_table(country, as_of=as_of),
        "vetting": vetting_table(country, as_of=as_of),
        "equipment": equipment_checks(country, seed=seed, as_of=as_of),
        "finance": finance_years(as_of=as_of),
        "recommendations": recommendation_register(seed=seed, as_of=as_of),
        "sessions": committee_sessions(seed=seed, as_of=as_of),
        "milestones": milestone_register(as_of=as_of),
        "integrity": integrity_assessment(as_of=as_of),
        "panel": panel_judgements(as_of=as_of),
        "incidents": incidents,
        "incidents_acled": acled_layout(country, incidents),
    }
    return Demonstration(
        country=country,
        plan=reform_plan(),
        seed=seed,
        as_of=as_of,
        scale=scale,
        boundaries=feature_collection(country, on=BEGINNING),
        boundaries_now=feature_collection(country, on=country.transfer.on),
        population=population_table(country),
        tables=MappingProxyType(tables),
        truth=planted_truth(people, as_of=as_of, scale=scale),
    )


def _rounds(people: Population, *, as_of: date, scale: float) -> dict[str, pa.Table]:
    rounds = {f"survey_r{number}": survey_round(people, number, as_of=as_of, scale=scale) for number in ROUNDS}
    return {name: table for name, table in rounds.items() if table.num_rows}
