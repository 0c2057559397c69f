"""The small registers of the reform: equipment checks, finance, recommendations, committee sessions, milestones, the panel, the self-assessment.

Each is short enough to be written down; what is drawn at random is only which county or body a row falls to.
"""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from custodes.site.demo.country import Country
from custodes.site.demo.population import whole_parts
from custodes.site.demo.randomness import stream

CHECKS = {  # day: vehicles delivered, found in use; radios delivered, found in use
    date(2024, 6, 30): (18, 12, 142, 87),
    date(2024, 12, 31): (30, 21, 220, 150),
    date(2025, 6, 30): (42, 31, 312, 227),
    date(2025, 12, 31): (42, 33, 312, 243),
    date(2026, 6, 30): (42, 35, 312, 252),
    date(2026, 12, 31): (42, 36, 312, 262),
}
FINANCE = {
    2022: (0.30, 3.00),
    2023: (0.84, 7.00),
    2024: (1.316, 9.40),
    2025: (1.648, 10.30),
    2026: (1.80, 10.0),
}  # EUR million: national, all
SESSIONS = {2022: 2, 2023: 4, 2024: 6, 2025: 8, 2026: 10}  # with the minister present
ABSENT = {2022: 5, 2023: 4, 2024: 4, 2025: 3, 2026: 2}
RECOMMENDATIONS = {2024: (12, 3), 2025: (22, 9), 2026: (16, 7)}  # due in the year; implemented by the due date
BODIES = ("ombudsperson", "audit-office", "complaints-authority", "committee-on-security")
RISK_AREAS = ("political", "financial", "personnel", "operations", "procurement")
INTEGRITY = {date(2023, 6, 30): (35, 30, 38, 27, 25), date(2025, 3, 31): (40, 36, 44, 32, 28)}
PANEL = {
    date(2022, 12, 31): (3, 3, 2, 4, 3, 3, 2, 3, 4),
    date(2024, 6, 30): (4, 3, 3, 4, 3, 4, 3, 3, 4),
    date(2026, 6, 30): (3, 2, 3, 4, 3, 3, 2, 3, 4),
}
MILESTONES = (
    ("CAP-04", date(2022, 12, 31), 0, "No conduct regulation stands"),
    ("CAP-04", date(2023, 5, 15), 1, "First draft sent to the Authority and the Committee"),
    ("CAP-04", date(2023, 11, 20), 2, "Tabled in the cabinet"),
    ("CAP-04", date(2024, 4, 8), 3, "Adopted and gazetted"),
    ("CAP-04", date(2024, 7, 1), 4, "In force, with identity tags"),
    ("OVR-01", date(2022, 12, 31), 1, "Budget published, without detail"),
    ("OVR-01", date(2024, 10, 30), 2, "Budget debated by the Committee before the vote"),
)


def equipment_checks(country: Country, *, seed: int, as_of: date) -> pa.Table:
    """By day of check, kind and county: items delivered so far and items found in use."""
    rows: list[tuple[Any, ...]] = []
    for day, (vehicles, vehicles_used, radios, radios_used) in CHECKS.items():
        if day > as_of:
            continue
        for kind, delivered, used in (("vehicle", vehicles, vehicles_used), ("radio", radios, radios_used)):
            # The same draw at each check: what a county has received it keeps.
            weight = stream(seed, f"equipment.{kind}").gamma(4.0, 1.0, len(country.counties))
            there = whole_parts(weight, delivered)
            wear = stream(seed, f"equipment.{kind}.wear").normal(1.0, 0.05, len(country.counties))
            found = _capped(there * wear, used, there)
            rows.extend(
                (day, kind, county, int(a), int(b)) for county, a, b in zip(country.counties, there, found, strict=True)
            )
    return pa.table(
        {
            "date": [row[0] for row in rows],
            "kind": [row[1] for row in rows],
            "county": [row[2].code for row in rows],
            "county_name": [row[2].name for row in rows],
            "delivered": [row[3] for row in rows],
            "in_use": [row[4] for row in rows],
        }
    )


def finance_years(*, as_of: date) -> pa.Table:
    """Cost of reform by year in euro, and the part that the national budget carried; whole years only."""
    kept = [(year, *amounts) for year, amounts in FINANCE.items() if date(year, 12, 31) <= as_of]
    return pa.table(
        {
            "year": [row[0] for row in kept],
            "national_eur": [round(row[1] * 1e6) for row in kept],
            "total_eur": [round(row[2] * 1e6) for row in kept],
        }
    )


def recommendation_register(*, seed: int, as_of: date) -> pa.Table:
    """One row for each recommendation of an oversight body that has been issued; `due_by_now` and `in_time` are as of the day."""
    random = stream(seed, "recommendations")
    rows = []
    for year, (due, done) in RECOMMENDATIONS.items():
        # Those of 2026 are due in its first half.
        span = 180 if year == 2026 else 364
        order = random.permutation(due)
        for place in range(due):
            due_on = date(year, 1, 1) + timedelta(days=int(span * (place + 0.5) / due))
            in_time = bool(order[place] < done)
            closed = (
                due_on - timedelta(days=int(random.integers(1, 40)))
                if in_time
                else due_on + timedelta(days=int(random.integers(60, 600)))
            )
            rows.append((BODIES[int(random.integers(0, 4))], due_on - timedelta(days=180), due_on, closed, in_time))
    kept = sorted((row for row in rows if row[1] <= as_of), key=lambda row: (row[2], row[0]))
    return pa.table(
        {
            "recommendation": [f"REC-{place + 1:03d}" for place in range(len(kept))],
            "institution": [row[0] for row in kept],
            "issued": [row[1] for row in kept],
            "due": [row[2] for row in kept],
            "implemented": pa.array([row[3] if row[3] <= as_of else None for row in kept], pa.date32()),
            "due_by_now": [int(row[2] <= as_of) for row in kept],
            "in_time": [int(row[2] <= as_of and row[4]) for row in kept],
        }
    )


def committee_sessions(*, seed: int, as_of: date) -> pa.Table:
    """One row for each session of the Committee on Security, and whether the minister was present."""
    random = stream(seed, "committee")
    rows: list[tuple[Any, ...]] = []
    for year, present in SESSIONS.items():
        count = present + ABSENT[year]
        attended = random.permutation(count) < present
        days = np.sort(random.permutation(330)[:count])
        rows.extend(
            (date(year, 1, 15) + timedelta(days=int(day)), int(there))
            for day, there in zip(days, attended, strict=True)
        )
    kept = [row for row in rows if row[0] <= as_of]
    return pa.table(
        {"date": [row[0] for row in kept], "held": [1] * len(kept), "minister_present": [row[1] for row in kept]}
    )


def milestone_register(*, as_of: date) -> pa.Table:
    """Dated stages of CAP-04 and OVR-01, with what happened."""
    kept = [row for row in MILESTONES if row[1] <= as_of]
    names = ("indicator", "date", "stage", "what")
    return pa.table({name: [row[place] for row in kept] for place, name in enumerate(names)})


def integrity_assessment(*, as_of: date) -> pa.Table:
    """Scores 0 to 100 of the five risk areas at each self-assessment."""
    dated = [(day, scores) for day, scores in INTEGRITY.items() if day <= as_of]
    rows = [(day, area, score, 1) for day, scores in dated for area, score in zip(RISK_AREAS, scores, strict=True)]
    names = ("date", "risk_area", "score", "scored")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def panel_judgements(*, as_of: date) -> pa.Table:
    """What each of nine judges said of political will, 1 to 5."""
    rows = [
        (day, f"J{place + 1}", score)
        for day, scores in PANEL.items()
        if day <= as_of
        for place, score in enumerate(scores)
    ]
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(("date", "judge", "score"))})


def _capped(weights: np.ndarray, total: int, limits: np.ndarray) -> np.ndarray:
    """Split a whole number by weights, no part above its limit; what is over goes to the parts with room."""
    parts = np.minimum(whole_parts(weights, total), limits)
    while (rest := total - int(parts.sum())) > 0:
        room = limits - parts
        parts += np.minimum(whole_parts(room.astype(float), rest), room)
    return parts
