"""People killed on purpose, as the police and as the hospitals count them: two sources that are never added or averaged."""

from datetime import date

import numpy as np
import pyarrow as pa

from custodes.site.demo.country import Country
from custodes.site.demo.population import FEMALE, county_people, whole_parts
from custodes.site.demo.randomness import stream

SOURCES = ("police", "health")
RATES = {  # per 100,000 people a year; 2026 stands for its whole year
    "police": {2021: 10.0, 2022: 9.8, 2023: 9.7, 2024: 9.4, 2025: 9.1, 2026: 8.9},
    "health": {2021: 12.3, 2022: 12.1, 2023: 11.9, 2024: 11.6, 2025: 11.3, 2026: 11.1},
}
_FEMALE_SHARE = 0.19
_CONFLICT_FACTOR = 1.7


def homicide_months(country: Country, *, seed: int, as_of: date) -> pa.Table:
    """Victims by source, county, month and sex; the yearly totals are planted, their spread over the country is drawn."""
    rows: list[tuple[str, str, date, str, int]] = []
    for source in SOURCES:
        random = stream(seed, f"homicide.{source}")
        for year, rate in RATES[source].items():
            people = county_people(country, year)
            total = round(rate * sum(people.values()) / 100_000)
            risk = np.array(
                [people[c.code] * (_CONFLICT_FACTOR if c.conflict_affected else 1.0) for c in country.counties]
            )
            cells = np.multiply.outer(risk / risk.sum(), np.full(12, 1 / 12))
            cells = np.multiply.outer(cells, (_FEMALE_SHARE, 1 - _FEMALE_SHARE))
            drawn = random.multinomial(total, cells.ravel()).reshape(cells.shape)
            rows.extend(
                (source, county.code, date(year, month + 1, 1), sex, int(drawn[at, month, which]))
                for at, county in enumerate(country.counties)
                for month in range(12)
                for which, sex in enumerate(("female", "male"))
            )
    names = {county.code: county.name for county in country.counties}
    kept = [row for row in rows if (row[2].year, row[2].month) <= (as_of.year, as_of.month)]
    source_column, county_column, month_column, sex_column, victims = zip(*kept, strict=True)
    return pa.table(
        {
            "source": source_column,
            "county": county_column,
            "county_name": [names[code] for code in county_column],
            "month": month_column,
            "sex": sex_column,
            "victims": victims,
        }
    )


def homicide_years(country: Country, months: pa.Table) -> pa.Table:
    """Whole years only: victims and people by source, county, year and sex."""
    keys = ["source", "county", "county_name", "year", "sex"]
    with_year = months.append_column("year", pa.array([day.year for day in months["month"].to_pylist()]))
    sums = with_year.group_by(keys, use_threads=False).aggregate([("victims", "sum"), ("month", "count_distinct")])
    whole = [row for row in sums.to_pylist() if row["month_count_distinct"] == 12]
    columns: dict[str, list[object]] = {name: [row[name] for row in whole] for name in keys}
    columns["victims"] = [row["victims_sum"] for row in whole]
    columns["people"] = [_people(country, row["county"], row["year"], row["sex"]) for row in whole]
    return pa.table(columns)


def _people(country: Country, county: str, year: int, sex: str) -> int:
    female, male = whole_parts(np.array([FEMALE, 1 - FEMALE]), county_people(country, year)[county])
    return int(female if sex == "female" else male)
