"""What the sixty stations recorded month by month, 2021 to 2026: one row for each station, month and kind of record.

Planted: T05 community policing lowers robbery; T06 theft falls as much, but more of it is reported; T07 training changes nothing; T08 vehicles went
where break-ins were falling already; T09 identity tags lower use of force; T11 a new form counts threats as assaults; T12 Velda changes county;
T13 one station in Tarrowin is silent for six months, and its file says 0.
"""

from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa

from custodes.site.demo.country import Country
from custodes.site.demo.randomness import stream
from custodes.site.demo.stations import SILENT_FROM, SILENT_TO, Station, station_people
from custodes.site.demo.survey_models import REPORTING_BEFORE, theft_reporting

MONTHS = tuple(date(year, month, 1) for year in range(2021, 2027) for month in range(1, 13))
BASE = {
    "theft": 34.0,
    "robbery": 20.0,
    "assault": 28.0,
    "break_in": 34.0,
    "counter_complaints": 3.0,
}  # per 100,000 people a month
KINDS = (*BASE, "use_of_force")
COLUMNS = (
    "station",
    "station_name",
    "county",
    "county_name",
    "policing_area",
    "month",
    "kind",
    "people",
    "records",
    "report_received",
)
SEASON = 0.08
TREND = -0.0015  # of the base, a month
POLICING_EFFECT = -0.20  # on the logarithm, after twelve months
VEHICLE_TREND = -0.006  # of the base, a month, at stations that later receive vehicles, before and after
SHAPE = 40.0  # of the gamma that spreads the Poisson means
ASSAULT_YEARLY = -0.03
ASSAULT_FORM_ON = date(2025, 1, 1)
ASSAULT_FORM_FACTOR = 1.25 / 0.97  # recorded 2025 over 2024 is then +25 %
FORCE_MONTHLY, FORCE_TREND, FORCE_AUTOREGRESSION, FORCE_NOISE = 60.0, 0.004, 0.3, 0.05
TAGS_ON, TAGS_EFFECT = date(2024, 7, 1), -0.25


def station_months(country: Country, roster: tuple[Station, ...], *, seed: int, as_of: date) -> pa.Table:
    """Tidy: station, county of that month, people served, kind, count, and whether the station's report came."""
    months = [month for month in MONTHS if _month_end(month) <= as_of]
    people = np.array([station_people(country, roster, month.year) for month in MONTHS])
    counts = {kind: _counts(kind, roster, people, seed) for kind in BASE} | {"use_of_force": _force(people, seed)}
    names = {county.code: county.name for county in country.counties}
    columns: dict[str, list[object]] = {name: [] for name in COLUMNS}
    for at, month in enumerate(months):
        for place, post in enumerate(roster):
            silent = is_silent(post, month)
            county = post.county_on(month)
            for kind in KINDS:
                columns["station"].append(post.code)
                columns["station_name"].append(post.name)
                columns["county"].append(county)
                columns["county_name"].append(names[county])
                columns["policing_area"].append("covered" if post.policing_from else "never")
                columns["month"].append(month)
                columns["kind"].append(kind)
                columns["people"].append(round(float(people[at, place])))
                columns["records"].append(0 if silent else int(counts[kind][at, place]))
                columns["report_received"].append("no" if silent else "yes")
    return pa.table(columns)


def is_silent(post: Station, month: date) -> bool:
    """Whether the station sent no report for the month."""
    return post.silent and SILENT_FROM <= month <= SILENT_TO


def expected_rate(kind: str, post: Station, month: date) -> float:
    """The factor by which time, season and reform multiply a station's own rate: the planted truth."""
    elapsed = (month.year - 2021) * 12 + month.month - 1
    season = 1 + SEASON * np.cos(2 * np.pi * (month.month - 12) / 12)
    return float(season * _EFFECTS[kind](post, month, elapsed))


def _policing(post: Station, month: date) -> float:
    return float(np.exp(POLICING_EFFECT * min(post.policing_months(month), 12) / 12))


def _theft(post: Station, month: date, elapsed: int) -> float:
    return (1 + TREND * elapsed) * _policing(post, month) * theft_reporting(post, month) / REPORTING_BEFORE


def _robbery(post: Station, month: date, elapsed: int) -> float:
    return (1 + TREND * elapsed) * _policing(post, month)


def _assault(_post: Station, month: date, elapsed: int) -> float:
    counted = ASSAULT_FORM_FACTOR if month >= ASSAULT_FORM_ON else 1.0
    return float((1 + ASSAULT_YEARLY) ** (elapsed / 12)) * counted


def _break_in(post: Station, _month: date, elapsed: int) -> float:
    return 1 + (TREND + (VEHICLE_TREND if post.vehicles_from else 0.0)) * elapsed


def _complaints(_post: Station, _month: date, elapsed: int) -> float:
    return 1 + TREND * elapsed


_EFFECTS: dict[str, Callable[[Station, date, int], float]] = {
    "theft": _theft,
    "robbery": _robbery,
    "assault": _assault,
    "break_in": _break_in,
    "counter_complaints": _complaints,
}


def _counts(kind: str, roster: tuple[Station, ...], people: np.ndarray, seed: int) -> np.ndarray:
    """Months by stations: Poisson counts whose means are spread by a gamma."""
    random = stream(seed, f"stations.{kind}")
    own = np.clip(random.normal(BASE[kind], BASE[kind] / 5, len(roster)), BASE[kind] / 4, None)
    factors = np.array([[expected_rate(kind, post, month) for post in roster] for month in MONTHS])
    means = own * factors * people / 100_000
    return random.poisson(means * random.gamma(SHAPE, 1 / SHAPE, means.shape))


def _force(people: np.ndarray, seed: int) -> np.ndarray:
    """National use of force with its trend, season, serial errors and the fall of July 2024, shared out over the stations."""
    random = stream(seed, "stations.use_of_force")
    error, totals = 0.0, []
    for elapsed, month in enumerate(MONTHS):
        error = FORCE_AUTOREGRESSION * error + random.normal(0, FORCE_NOISE)
        level = np.log(FORCE_MONTHLY) + FORCE_TREND * elapsed + error + (TAGS_EFFECT if month >= TAGS_ON else 0.0)
        totals.append(round(float(np.exp(level + SEASON * np.cos(2 * np.pi * month.month / 12)))))
    return np.array([random.multinomial(total, row / row.sum()) for total, row in zip(totals, people, strict=True)])


def _month_end(month: date) -> date:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
