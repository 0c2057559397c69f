"""Violent incidents by the model of truth T23: most in the four counties that the war marked, more around the election of August 2025.

The same incidents in two layouts: as an export of the public conflict data projects would give them, and with our own names and meaning.
"""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from custodes.site.demo.boundaries import area_shapes
from custodes.site.demo.country import Country
from custodes.site.demo.randomness import stream

MONTHS = tuple(date(year, month, 1) for year in range(2021, 2027) for month in range(1, 13))
BASE, CONFLICT, OSSARI, COUNTY_SPREAD, MEMORY, SIZE = 0.10, 1.6, 1.75, 0.35, 0.5, 1.2
ELECTION = (date(2025, 7, 1), date(2025, 11, 1))
ELECTION_RISE, ELECTION_RISE_ELSEWHERE = 0.9, 0.27
ELECTION_COUNTIES = ("QR01", "QR11")  # beside those marked by the war
TYPES = (  # event type, sub-event type, first actor, its code, second actor, its code, share, mean deaths
    ("Battles", "Armed clash", "Armed band (Karuna)", 3, "Karuna Defence Force", 1, 0.20, 1.6),
    ("Violence against civilians", "Attack", "Armed band (Karuna)", 3, "Civilians (Karuna)", 7, 0.34, 0.9),
    (
        "Violence against civilians",
        "Abduction/forced disappearance",
        "Armed band (Karuna)",
        3,
        "Civilians (Karuna)",
        7,
        0.10,
        0.0,
    ),
    ("Riots", "Violent demonstration", "Rioters (Karuna)", 5, "Police Forces of Karuna", 1, 0.12, 0.15),
    ("Riots", "Mob violence", "Rioters (Karuna)", 5, "Civilians (Karuna)", 7, 0.10, 0.3),
    ("Protests", "Protest with intervention", "Protesters (Karuna)", 6, "Police Forces of Karuna", 1, 0.08, 0.05),
    (
        "Explosions/Remote violence",
        "Remote explosive/landmine/IED",
        "Unidentified armed group (Karuna)",
        3,
        "Civilians (Karuna)",
        7,
        0.06,
        1.1,
    ),
)


def incident_counts(country: Country, *, seed: int, scale: float = 1.0) -> np.ndarray:
    """Incidents by month and county, each month drawn on the memory of the three before."""
    random = stream(seed, "incidents.counts")
    own = random.normal(0, COUNTY_SPREAD, len(country.counties))
    conflict = np.array([county.conflict_affected for county in country.counties])
    level = (
        np.log(BASE)
        + CONFLICT * conflict
        + OSSARI * (np.array([county.ossari for county in country.counties]) - 0.23)
        + own
    )
    tense = conflict | np.isin([county.code for county in country.counties], ELECTION_COUNTIES)
    counts = np.zeros((len(MONTHS), len(country.counties)), dtype=np.int64)
    for at, month in enumerate(MONTHS):
        memory = MEMORY * np.log1p(counts[max(0, at - 3) : at].mean(axis=0) / scale) if at else 0.0
        election = np.where(tense, ELECTION_RISE, ELECTION_RISE_ELSEWHERE) * (ELECTION[0] <= month <= ELECTION[1])
        mean = np.exp(level + memory + election) * scale
        counts[at] = random.negative_binomial(SIZE, SIZE / (SIZE + mean))
    return counts


def incident_table(country: Country, *, seed: int, as_of: date, scale: float = 1.0) -> pa.Table:
    """Our own layout: identifier, day, type, actors, county, position and its precision, deaths low, best and high."""
    counts = incident_counts(country, seed=seed, scale=scale)
    before = _geometries(country, on=MONTHS[0])
    after = _geometries(country, on=country.transfer.on)
    where, what = stream(seed, "incidents.places"), stream(seed, "incidents.kinds")
    rows: list[tuple[Any, ...]] = []
    for at, month in enumerate(MONTHS):
        shapes = after if month >= country.transfer.on else before
        for place, county in enumerate(country.counties):
            for _ in range(int(counts[at, place])):
                day = month + timedelta(days=int(what.integers(0, 28)))
                kind = TYPES[int(what.choice(len(TYPES), p=[entry[6] for entry in TYPES]))]
                best = int(what.negative_binomial(0.6, 0.6 / (0.6 + kind[7]))) if kind[7] else 0
                low = best - int(what.binomial(best, 0.15))
                high = best + int(what.poisson(0.25 * best))
                lon, lat = _point_inside(shapes[county.code], where)
                precision = int(what.choice((1, 2, 3), p=(0.55, 0.35, 0.10)))
                rows.append((day, kind, county, lon, lat, precision, low, best, high))
    rows.sort(key=lambda row: row[0])
    kept = [(number, *row) for number, row in enumerate(rows, start=1) if row[0] <= as_of]
    names = ("day", "kind", "county", "longitude", "latitude", "precision", "deaths_low", "deaths_best", "deaths_high")
    column = {name: [row[place] for row in kept] for place, name in enumerate(names, start=1)}
    kinds, counties = column.pop("kind"), column.pop("county")
    return pa.table(
        {
            "event": [f"KRN{row[0]}" for row in kept],
            "day": column.pop("day"),
            "event_type": [kind[0] for kind in kinds],
            "sub_event_type": [kind[1] for kind in kinds],
            "actor1": [kind[2] for kind in kinds],
            "inter1": [kind[3] for kind in kinds],
            "actor2": [kind[4] for kind in kinds],
            "inter2": [kind[5] for kind in kinds],
            "county": [county.code for county in counties],
            "county_name": [county.name for county in counties],
            **column,
        }
    )


def acled_layout(country: Country, incidents: pa.Table) -> pa.Table:
    """The columns of an ACLED export. `iso` stays empty: no number of ISO 3166 stands for Karuna. One figure of deaths, as there."""
    rows = incidents.to_pylist()
    regions = {
        county.code: next(r.name for r in country.regions if r.code == county.region) for county in country.counties
    }
    table: dict[str, list[object]] = {
        "event_id_cnty": [row["event"] for row in rows],
        "event_date": [row["day"] for row in rows],
        "year": [row["day"].year for row in rows],
        "time_precision": [1] * len(rows),
        "disorder_type": [
            "Demonstrations" if row["event_type"] == "Protests" else "Political violence" for row in rows
        ],
        "event_type": [row["event_type"] for row in rows],
        "sub_event_type": [row["sub_event_type"] for row in rows],
        "actor1": [row["actor1"] for row in rows],
        "assoc_actor_1": [""] * len(rows),
        "inter1": [row["inter1"] for row in rows],
        "actor2": [row["actor2"] for row in rows],
        "assoc_actor_2": [""] * len(rows),
        "inter2": [row["inter2"] for row in rows],
        "interaction": [int(f"{min(row['inter1'], row['inter2'])}{max(row['inter1'], row['inter2'])}") for row in rows],
        "civilian_targeting": ["Civilian targeting" if row["inter2"] == 7 else "" for row in rows],
        "iso": [""] * len(rows),
        "region": ["Synthetic"] * len(rows),
        "country": [country.name] * len(rows),
        "admin1": [row["county_name"] for row in rows],
        "admin2": [regions[row["county"]] for row in rows],
        "admin3": [""] * len(rows),
        "location": [f"{row['county_name']} county" for row in rows],
        "latitude": [row["latitude"] for row in rows],
        "longitude": [row["longitude"] for row in rows],
        "geo_precision": [row["precision"] for row in rows],
        "source": ["Synthetic generator"] * len(rows),
        "source_scale": ["Synthetic"] * len(rows),
        "notes": ["Synthetic event of a fictional country; no such thing happened."] * len(rows),
        "fatalities": [row["deaths_best"] for row in rows],
        "tags": [""] * len(rows),
        "timestamp": [1_782_864_000] * len(rows),
    }
    return pa.table(table)


def _geometries(country: Country, *, on: date) -> dict[str, BaseGeometry]:
    return {shape.code: shape.geometry for shape in area_shapes(country, on=on)}


def _point_inside(shape: BaseGeometry, random: np.random.Generator) -> tuple[float, float]:
    """A point drawn evenly over the area, well inside its border after rounding."""
    west, south, east, north = shape.bounds
    while True:
        lon, lat = round(float(random.uniform(west, east)), 4), round(float(random.uniform(south, north)), 4)
        if shape.contains(shapely.Point(lon, lat)):
            return lon, lat
