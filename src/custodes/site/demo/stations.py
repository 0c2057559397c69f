"""The sixty police stations: names, counties, the people they serve, and when each began what the programme brings."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from custodes.site.demo.country import Country, County
from custodes.site.demo.population import county_people
from custodes.site.demo.randomness import stream

POLICING_WAVES = ((date(2024, 1, 1), 16), (date(2024, 7, 1), 14), (date(2025, 1, 1), 12))
TRAINING_WAVES = (date(2023, 4, 1), date(2023, 10, 1), date(2024, 4, 1), date(2024, 10, 1), date(2025, 4, 1))
VEHICLES_ON = date(2024, 3, 1)
VEHICLE_STATIONS = 20
SILENT_COUNTY = "QR09"
SILENT_FROM, SILENT_TO = date(2025, 3, 1), date(2025, 8, 1)
_QUARTERS = ("Central", "North", "South", "East", "West", "Harbour", "Market", "Hill", "River")


@dataclass(frozen=True, slots=True)
class Station:
    """A police station; `share` is the part of its first county's people that it serves."""

    code: str
    name: str
    first_county: str
    share: float
    policing_from: date | None
    trained_from: date
    vehicles_from: date | None
    silent: bool
    moves_to: str
    moves_on: date | None

    def county_on(self, day: date) -> str:
        """The county in which it stands on a day."""
        return self.moves_to if self.moves_on is not None and day >= self.moves_on else self.first_county

    def policing_months(self, day: date) -> int:
        """Whole months since community policing began here; 0 before and in the first month."""
        return _months_between(self.policing_from, day) if self.policing_from else 0


def station_roster(country: Country, *, seed: int) -> tuple[Station, ...]:
    """All stations, county by county."""
    places = [(county, index) for county in country.counties for index in range(county.stations)]
    policing = _policing_starts(len(places), seed)
    order = stream(seed, "stations.training").permutation(len(places))
    vehicles = set(stream(seed, "stations.vehicles").permutation(len(places))[:VEHICLE_STATIONS].tolist())
    roster = []
    for position, (county, index) in enumerate(places):
        moves = county.code == country.transfer.origin and index == county.stations - 1
        roster.append(
            Station(
                code=f"PS{position + 1:02d}",
                name=country.transfer.name if moves else f"{county.name} {_QUARTERS[index]}",
                first_county=county.code,
                share=_share(country, county, index),
                policing_from=policing[position],
                trained_from=TRAINING_WAVES[int(order[position]) % len(TRAINING_WAVES)],
                vehicles_from=VEHICLES_ON if position in vehicles else None,
                silent=county.code == SILENT_COUNTY and index == 1,
                moves_to=country.transfer.destination if moves else "",
                moves_on=country.transfer.on if moves else None,
            )
        )
    return tuple(roster)


def station_people(country: Country, roster: tuple[Station, ...], year: int) -> np.ndarray:
    """People served by each station in mid-year: a constant part of its first county, whose growth is the country's."""
    before = county_people(country, country.population_year)
    growth = (1 + country.growth) ** (year - country.population_year)
    return np.array([before[station.first_county] * station.share * growth for station in roster])


def _policing_starts(count: int, seed: int) -> list[date | None]:
    starts: list[date | None] = [start for start, stations in POLICING_WAVES for _ in range(stations)]
    starts += [None] * (count - len(starts))
    return [starts[index] for index in stream(seed, "stations.policing").permutation(count)]


def _share(country: Country, county: County, index: int) -> float:
    """The central station serves more than the others; Velda's serves just the share that moved."""
    if county.code == country.transfer.origin:
        last = index == county.stations - 1
        return country.transfer.share if last else (1 - country.transfer.share) / (county.stations - 1)
    weights = [1.4 if place == 0 else 1.0 for place in range(county.stations)]
    return weights[index] / sum(weights)


def _months_between(start: date, day: date) -> int:
    return max(0, (day.year - start.year) * 12 + day.month - start.month)
