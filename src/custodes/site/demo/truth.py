"""What was planted, and what a perfect reader of the whole population would find: tests compare their answers with this, never with a copy."""

from datetime import date
from typing import Any

import numpy as np

from custodes.site.demo import PROVENANCE, complaints, personnel, station_series, training
from custodes.site.demo.country import reform_plan
from custodes.site.demo.stations import POLICING_WAVES, SILENT_FROM, SILENT_TO, VEHICLES_ON
from custodes.site.demo.survey import population_thefts
from custodes.site.demo.survey_frame import ROUNDS
from custodes.site.demo.survey_models import (
    QUESTIONS,
    REPORTING_AFTER,
    REPORTING_BEFORE,
    SAFETY,
    THEFT_EFFECT,
    TRUST,
    Population,
)

KARUN, OSSARI = 0, 1
_DESIGN_TRUST = [0.385, 0.399, 0.438, 0.483, 0.507]


def planted_truth(people: Population, *, as_of: date, scale: float) -> dict[str, Any]:
    """Everything known beforehand, by truth of the design."""
    return {
        "generator": {"seed": people.seed, "as_of": as_of, "scale": scale, "provenance": PROVENANCE},
        "population_shares": {
            question.name: [people.population_share(question, number) for number in ROUNDS] for question in QUESTIONS
        },
        **_survey_truths(people),
        **_station_truths(people),
        **_register_truths(people),
        "indicators": {entry.code: _indicator(entry) for entry in reform_plan().indicators},
    }


def _survey_truths(people: Population) -> dict[str, Any]:
    covered = np.array([post.policing_from is not None for post in people.roster])[people.frame.station]
    thefts = {number: population_thefts(people, number, where=covered) for number in ROUNDS}
    counties = people.frame.county_on(people.country, ROUNDS[4])
    by_county = {
        county.code: people.population_share(TRUST, 4, where=(counties == index).astype(float))
        for index, county in enumerate(people.country.counties)
    }
    return {
        "T01": {"design": _DESIGN_TRUST, "trust": [people.population_share(TRUST, number) for number in ROUNDS]},
        "T02": {
            "gap": [
                people.population_share(TRUST, n, group=KARUN) - people.population_share(TRUST, n, group=OSSARI)
                for n in ROUNDS
            ]
        },
        "T03": {
            "trust_excluded": people.population_share(TRUST, 4, counts=False),
            "trust_in_denominator": people.population_share(TRUST, 4, counts=True),
            "safety_in_denominator": people.population_share(SAFETY, 4, counts=True),
            "safety_excluded": people.population_share(SAFETY, 4, counts=False),
        },
        "T04": {"trust_r4": by_county},
        "T06": {
            "victims_covered": [thefts[number][0] for number in ROUNDS],
            "victims_change_r1_r4": thefts[4][0] / thefts[1][0] - 1,
            "victims_national": [population_thefts(people, number)[0] for number in ROUNDS],
            "reporting_before": REPORTING_BEFORE,
            "reporting_after": REPORTING_AFTER,
            "recorded_effect": float(np.exp(THEFT_EFFECT)) * REPORTING_AFTER / REPORTING_BEFORE - 1,
        },
    }


def _station_truths(people: Population) -> dict[str, Any]:
    transfer = people.country.transfer
    pelwen = people.country.county(transfer.destination).thousand_people
    moved = people.country.county(transfer.origin).thousand_people * transfer.share
    return {
        "T05": {
            "log_effect_after_12_months": station_series.POLICING_EFFECT,
            "waves": [start for start, _ in POLICING_WAVES],
            "stations": [count for _, count in POLICING_WAVES],
        },
        "T07": {"effect": 0.0},
        "T08": {"effect": 0.0, "trend_a_month": station_series.VEHICLE_TREND, "kind": "break_in", "from": VEHICLES_ON},
        "T09": {
            "log_effect": station_series.TAGS_EFFECT,
            "from": station_series.TAGS_ON,
            "trend_a_month": station_series.FORCE_TREND,
            "autoregression": station_series.FORCE_AUTOREGRESSION,
        },
        "T11": {
            "break_on": station_series.ASSAULT_FORM_ON,
            "true_change_a_year": station_series.ASSAULT_YEARLY,
            "recorded_change_2024_2025": station_series.ASSAULT_FORM_FACTOR * (1 + station_series.ASSAULT_YEARLY) - 1,
        },
        "T12": {
            "on": transfer.on,
            "share": transfer.share,
            "origin": transfer.origin,
            "destination": transfer.destination,
            "people_origin": -transfer.share,
            "people_destination": moved / pelwen,
        },
        "T13": {
            "station": next(post.code for post in people.roster if post.silent),
            "from": SILENT_FROM,
            "to": SILENT_TO,
            "months": 6,
        },
    }


def _register_truths(people: Population) -> dict[str, Any]:
    first, last = personnel.WOMEN[personnel.FIRST], personnel.WOMEN[personnel.LAST]
    return {
        "T14": {"attendances": training.ATTENDANCES, "officers": training.OFFICERS, "by": date(2026, 6, 30)},
        "T15": {"complaints": [complaints.CASES[year] for year in (2023, 2024, 2025)]},
        "T16": {
            "median_days": [complaints.MEDIAN_DAYS[year] for year in complaints.CASES],
            "sigma": complaints.SIGMA_DAYS,
        },
        "T17": {"odds": complaints.OSSARI_ODDS, "share_of_files": complaints.OSSARI_FILES},
        "T25": {
            "women": [first[0], last[0]],
            "sergeant": [first[1], last[1]],
            "inspector_and_above": [first[2], last[2]],
        },
    }


def _indicator(entry: Any) -> dict[str, Any]:
    return {"baseline": entry.baseline, "latest": entry.latest, "latest_on": entry.latest_on, "light": entry.light}
