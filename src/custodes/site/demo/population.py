"""People by county, year, sex and age band, from the totals of 2023 and a growth of 2.1 % a year; whole persons that add up."""

from datetime import date

import numpy as np
import pyarrow as pa

from custodes.site.demo.country import Country

YEARS = tuple(range(2021, 2027))
AGE_BANDS = ("0-17", "18-24", "25-34", "35-49", "50-64", "65+")
_ADULT_SHARES = (0.22, 0.27, 0.28, 0.16, 0.07)  # of adults, youngest band first
FEMALE = 0.509


def county_people(country: Country, year: int) -> dict[str, int]:
    """People of each county in mid-year, with Velda in Pelwen from the year of its transfer."""
    growth = (1 + country.growth) ** (year - country.population_year)
    thousands = {county.code: float(county.thousand_people) for county in country.counties}
    if date(year, 7, 1) >= country.transfer.on:
        moved = thousands[country.transfer.origin] * country.transfer.share
        thousands[country.transfer.origin] -= moved
        thousands[country.transfer.destination] += moved
    parts = whole_parts(np.array(list(thousands.values())), round(country.population * growth))
    return dict(zip(thousands, (int(part) for part in parts), strict=True))


def population_table(country: Country) -> pa.Table:
    """One row for each county, year, sex and age band."""
    shares = np.array([1 - country.adult_share, *(country.adult_share * share for share in _ADULT_SHARES)])
    rows: list[tuple[str, int, str, str, int]] = []
    for year in YEARS:
        for code, people in county_people(country, year).items():
            weights = np.concatenate([shares * FEMALE, shares * (1 - FEMALE)])
            cells = whole_parts(weights, people)
            labels = [(sex, band) for sex in ("female", "male") for band in AGE_BANDS]
            rows.extend((code, year, sex, band, int(cell)) for (sex, band), cell in zip(labels, cells, strict=True))
    county, years, sex, band, value = zip(*rows, strict=True)
    names = {entry.code: entry.name for entry in country.counties}
    return pa.table(
        {
            "county": county,
            "county_name": [names[code] for code in county],
            "year": years,
            "sex": sex,
            "age_band": band,
            "people": value,
        }
    )


def whole_parts(weights: np.ndarray, total: int) -> np.ndarray:
    """Split a whole number in proportion to weights, by largest remainder, so that the parts add up to it."""
    exact = weights / weights.sum() * total
    parts = np.floor(exact).astype(np.int64)
    rest = int(total - parts.sum())
    parts[np.argsort(-(exact - parts), kind="stable")[:rest]] += 1
    return parts
