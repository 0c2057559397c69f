"""Complaints against the police, 2023 to 2026, counted from invented cases: only counts leave this module, never a case.

Planted: T15 campaigns raise complaints; T16 the days to a decision; T17 fewer findings for Ossari complainants; T18 cells under ten.
Shares that the plan reports are planted as finite totals: so many of the year's cases were decided in time, and chance chooses which.
"""

from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Any

import numpy as np
import pyarrow as pa

from custodes.site.demo.country import Country
from custodes.site.demo.population import whole_parts
from custodes.site.demo.randomness import stream

CASES = {2023: 372, 2024: 486, 2025: 648, 2026: 732}  # 366 of 2026 in its first half
ALLEGATIONS_PER_CASE = 1.35
CHANNELS = {"walk_in": 0.38, "phone": 0.24, "web": 0.19, "desk": 0.14, "referral": 0.05}
CATEGORIES = {
    "neglect": 0.34,
    "force": 0.21,
    "bribery": 0.19,
    "detention": 0.11,
    "discrimination": 0.06,
    "property": 0.05,
    "sexual_violence": 0.02,
    "death_injury": 0.02,
}
FINDINGS = {
    "substantiated": 0.14,
    "partly": 0.07,
    "not_substantiated": 0.27,
    "unfounded": 0.09,
    "lawful": 0.10,
    "unable": 0.12,
    "resolved": 0.13,
    "withdrawn": 0.08,
}
SERIOUS = ("force", "sexual_violence", "death_injury")
ANONYMOUS = 0.22
OSSARI_FILES, OSSARI_ODDS = 0.30, 0.60
MEDIAN_DAYS, SIGMA_DAYS = {2023: 131.0, 2024: 105.0, 2025: 80.0, 2026: 76.0}, 0.75
OUTSIDE_CHAIN = {2023: 0.12, 2024: 0.40, 2025: 0.66, 2026: 0.70}
UPDATED = {2023: 0.18, 2024: 0.29, 2025: 0.41, 2026: 0.46}
SANCTIONED = {2023: 0.22, 2024: 0.26, 2025: 0.31, 2026: 0.33}


Cells = dict[tuple[Any, ...], Any]


@dataclass(frozen=True)
class Cases:
    """All cases of one year in columns of one length; `days` is from receipt to decision, known to the generator alone."""

    year: int
    received: np.ndarray
    county: np.ndarray
    channel: np.ndarray
    anonymous: np.ndarray
    ossari: np.ndarray
    female: np.ndarray
    days: np.ndarray
    updated: np.ndarray


@dataclass(frozen=True)
class Allegations:
    """All allegations of one year's cases; `case` points into them."""

    case: np.ndarray
    category: np.ndarray
    finding: np.ndarray
    outside_chain: np.ndarray
    sanctioned: np.ndarray


def cases_of(country: Country, year: int, *, seed: int) -> Cases:
    random = stream(seed, f"complaints.cases.{year}")
    count = CASES[year]
    days_in_year = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    if year == 2026:  # the first half is planted, the second lies ahead
        first = np.sort(random.integers(0, 181, count // 2))
        offset = np.concatenate([first, np.sort(random.integers(181, days_in_year, count - count // 2))])
    else:
        offset = np.sort(random.integers(0, days_in_year, count))
    pull = np.array([county.thousand_people * (1 + 0.6 * county.urban) for county in country.counties])
    duration = stream(seed, f"complaints.days.{year}")
    updates = stream(seed, f"complaints.updates.{year}")
    return Cases(
        year=year,
        received=np.datetime64(f"{year}-01-01") + offset,
        county=random.choice(len(pull), count, p=pull / pull.sum()),
        channel=random.permutation(_allotted(CHANNELS, count)),
        anonymous=random.random(count) < ANONYMOUS,
        ossari=random.random(count) < OSSARI_FILES,
        female=random.random(count) < 0.37,
        days=np.maximum(
            1, np.ceil(MEDIAN_DAYS[year] * np.exp(SIGMA_DAYS * duration.permutation(_normal_scores(count))))
        ),
        updated=updates.permutation(_planted(UPDATED[year], count)),
    )


def allegations_of(cases: Cases, *, seed: int) -> Allegations:
    """About 1.35 to a case; a finding against the officer is rarer where the complainant is Ossari."""
    random = stream(seed, f"complaints.allegations.{cases.year}")
    count = len(cases.days)
    extra = random.permutation(_planted(ALLEGATIONS_PER_CASE - 1, count)).astype(int)
    case = np.repeat(np.arange(count), 1 + extra)
    category = random.permutation(_allotted(CATEGORIES, len(case)))
    chance = np.array(list(FINDINGS.values()))
    odds = chance[0] / (1 - chance[0])
    ossari = cases.ossari[case]
    base = odds / (OSSARI_FILES * OSSARI_ODDS + 1 - OSSARI_FILES)
    substantiated = np.where(ossari, base * OSSARI_ODDS / (1 + base * OSSARI_ODDS), base / (1 + base))
    rest = random.choice(np.array(list(FINDINGS))[1:], len(case), p=chance[1:] / chance[1:].sum())
    finding = np.where(random.random(len(case)) < substantiated, "substantiated", rest)
    serious, found = np.isin(category, SERIOUS), finding == "substantiated"
    outside, sanctioned = np.zeros(len(case), bool), np.zeros(len(case), bool)
    outside[serious] = random.permutation(_planted(OUTSIDE_CHAIN[cases.year], int(serious.sum())))
    sanctioned[found] = random.permutation(_planted(SANCTIONED[cases.year], int(found.sum())))
    return Allegations(case, category, finding, outside, sanctioned)


def complaint_cohorts(country: Country, *, seed: int, as_of: date) -> pa.Table:
    """By month of receipt, county and sex: cases received, those 90 days old, those of them decided within 90 days, decided so far, updated.

    ACC-02 divides `decided_in_90` by `open_90_days`. Dividing `decided_in_90_any_age` by `decided` forgets the cases still open; dividing it by
    `received` counts cases against the Authority that are not yet due.
    """
    cells: Cells = {}
    for cases in _received(country, seed, as_of):
        age = (np.datetime64(as_of) - cases.received).astype(int)
        due, decided, in_time = age >= 90, cases.days <= age, cases.days <= 90
        flags = np.column_stack([np.ones(len(age)), due, due & in_time, decided, decided & in_time, cases.updated])
        sex = np.where(cases.anonymous, "not_stated", np.where(cases.female, "female", "male"))
        for at, received in enumerate(cases.received.tolist()):
            _add(cells, (received.replace(day=1), int(cases.county[at]), str(sex[at])), flags[at])
    names = ("received", "open_90_days", "decided_in_90", "decided", "decided_in_90_any_age", "updated_in_28")
    return _counts_table(country, cells, keys=("month", "sex"), names=names)


def complaints_per_officer(
    country: Country, *, seed: int, as_of: date, officers: dict[int, dict[str, int]]
) -> pa.Table:
    """By year and county: complaints received and officers in post (ACC-01); whole years only."""
    cells: Cells = {}
    for cases in _received(country, seed, as_of):
        if date(cases.year, 12, 31) > as_of:
            continue
        received = np.bincount(cases.county, minlength=len(country.counties))
        for at, county in enumerate(country.counties):
            _add(cells, (cases.year, at), np.array([received[at], officers[cases.year][county.code]]))
    return _counts_table(country, cells, keys=("year",), names=("complaints", "officers"))


def allegation_counts(country: Country, *, seed: int, as_of: date) -> pa.Table:
    """By half-year, county and category: allegations, serious ones, those investigated outside the chain, substantiated, sanctioned."""
    cells: Cells = {}
    for year in CASES:
        cases = cases_of(country, year, seed=seed)
        claims = allegations_of(cases, seed=seed)
        serious, found = np.isin(claims.category, SERIOUS), claims.finding == "substantiated"
        flags = np.column_stack([np.ones(len(claims.case)), serious, claims.outside_chain, found, claims.sanctioned])
        for at in np.flatnonzero(cases.received[claims.case] <= np.datetime64(as_of)):
            received = cases.received[claims.case[at]].item()
            half = date(received.year, 1 if received.month < 7 else 7, 1)
            _add(cells, (half, int(cases.county[claims.case[at]]), str(claims.category[at])), flags[at])
    names = ("allegations", "serious", "outside_chain", "substantiated", "sanctioned")
    return _counts_table(country, cells, keys=("half_year", "category"), names=names)


def _received(country: Country, seed: int, as_of: date) -> list[Cases]:
    """Each year's cases received by a day."""
    years = []
    for year in CASES:
        cases = cases_of(country, year, seed=seed)
        keep = cases.received <= np.datetime64(as_of)
        if keep.any():
            columns = {name: getattr(cases, name)[keep] for name in Cases.__dataclass_fields__ if name != "year"}
            years.append(Cases(year=year, **columns))
    return years


def _add(cells: Cells, key: tuple[Any, ...], values: np.ndarray) -> None:
    cells[key] = cells.get(key, 0) + values.astype(np.int64)


def _counts_table(country: Country, cells: Cells, *, keys: tuple[str, ...], names: tuple[str, ...]) -> pa.Table:
    """Cells in order; a key is the period, the county's index, and the label of a category if there is one."""
    rows = sorted(cells.items(), key=lambda cell: cell[0])
    columns: dict[str, list[Any]] = {
        keys[0]: [key[0] for key, _ in rows],
        "county": [country.counties[key[1]].code for key, _ in rows],
        "county_name": [country.counties[key[1]].name for key, _ in rows],
    }
    for place, name in enumerate(keys[1:], start=2):
        columns[name] = [key[place] for key, _ in rows]
    return pa.table(columns | {name: [int(values[at]) for _, values in rows] for at, name in enumerate(names)})


def _planted(share: float, count: int) -> np.ndarray:
    """So many true, the rest false."""
    return np.arange(count) < round(share * count)


def _allotted(shares: dict[str, float], count: int) -> np.ndarray:
    """Each label as often as its share says."""
    return np.repeat(np.array(list(shares)), whole_parts(np.array(list(shares.values())), count))


def _normal_scores(count: int) -> np.ndarray:
    """Evenly spaced quantiles of the standard normal, so that a finite year has just the planted distribution."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((place + 0.5) / count) for place in range(count)])
