"""Who serves in the police: by half-year, rank band, sex and county, with vetting. Planted (T25): more women overall, fewer above constable."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from custodes.site.demo.country import Country
from custodes.site.demo.population import whole_parts

RANK_BANDS = ("constable", "sergeant", "inspector_and_above")
DATES = tuple(date(year, month, day) for year in range(2022, 2027) for month, day in ((6, 30), (12, 31)))[1:]
FIRST, LAST = date(2022, 12, 31), date(2026, 6, 30)
OFFICERS = {FIRST: 12_000, LAST: 12_400}
BAND_SHARES = (0.72, 0.20, 0.08)
WOMEN = {FIRST: (0.110, 0.097, 0.089), LAST: (0.141, 0.090, 0.074)}  # of all, of sergeants, of inspectors and above
POSTS_TO_VET = 12_000
VETTED = {FIRST: 0, LAST: 7_560}


def personnel_table(country: Country, *, as_of: date) -> pa.Table:
    """Officers and women among them by date, rank band and county."""
    rows: list[tuple[Any, ...]] = []
    for day in DATES:
        if day > as_of:
            continue
        officers, women = strength(day)
        for band, total, female in zip(RANK_BANDS, officers, women, strict=True):
            by_county = whole_parts(_posts(country), total)
            women_by_county = np.minimum(whole_parts(by_county, female), by_county)
            rows.extend(
                (day, band, county, int(all_of), int(women_of))
                for county, all_of, women_of in zip(country.counties, by_county, women_by_county, strict=True)
            )
    return pa.table(
        {
            "date": [row[0] for row in rows],
            "rank_band": [row[1] for row in rows],
            "county": [row[2].code for row in rows],
            "county_name": [row[2].name for row in rows],
            "officers": [row[3] for row in rows],
            "women": [row[4] for row in rows],
            "men": [row[3] - row[4] for row in rows],
        }
    )


def strength(day: date) -> tuple[list[int], list[int]]:
    """Officers of each band on a day, and women among them: straight lines through the two planted dates."""
    x = (day - FIRST).days / (LAST - FIRST).days
    # The force kept 12,000 posts until the budget of 2026 added 400.
    total = OFFICERS[LAST] if day >= date(2026, 1, 1) else OFFICERS[FIRST]
    officers = [int(part) for part in whole_parts(np.array(BAND_SHARES), total)]
    shares = [before + (after - before) * x for before, after in zip(WOMEN[FIRST], WOMEN[LAST], strict=True)]
    above = [round(shares[1] * officers[1]), round(shares[2] * officers[2])]
    return officers, [round(shares[0] * total) - sum(above), *above]


def officers_by_year(country: Country) -> dict[int, dict[str, int]]:
    """Officers in post at the middle of each year, by county."""
    totals = {2023: 12_000, 2024: 12_000, 2025: 12_000, 2026: 12_400}
    return {
        year: {
            county.code: int(part)
            for county, part in zip(country.counties, whole_parts(_posts(country), total), strict=True)
        }
        for year, total in totals.items()
    }


def vetting_table(country: Country, *, as_of: date) -> pa.Table:
    """Posts of 2022 to be vetted and those cleared, by date, rank band and county; cumulative to date."""
    rows: list[tuple[Any, ...]] = []
    for day in DATES:
        if day > as_of:
            continue
        x = (day - FIRST).days / (LAST - FIRST).days
        cleared = round(VETTED[FIRST] + (VETTED[LAST] - VETTED[FIRST]) * x)
        posts = whole_parts(np.outer(BAND_SHARES, _posts(country)).ravel(), POSTS_TO_VET)
        north_east = np.array([0.7 if county.region == "QR-NE" else 1.0 for county in country.counties])
        vetted = np.minimum(whole_parts(posts * np.outer((1.0, 1.0, 1.05), north_east).ravel(), cleared), posts)
        labels = [(band, county) for band in RANK_BANDS for county in country.counties]
        rows.extend(
            (day, band, county, int(post), int(done))
            for (band, county), post, done in zip(labels, posts, vetted, strict=True)
        )
    return pa.table(
        {
            "date": [row[0] for row in rows],
            "rank_band": [row[1] for row in rows],
            "county": [row[2].code for row in rows],
            "county_name": [row[2].name for row in rows],
            "posts": [row[3] for row in rows],
            "vetted": [row[4] for row in rows],
        }
    )


def _posts(country: Country) -> np.ndarray:
    """Officers are spread by stations, with the headquarters in the capital."""
    return np.array(
        [county.stations + (6 if county.name == country.capital else 0) for county in country.counties], dtype=float
    )
