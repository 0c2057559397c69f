"""The frame of the yearly survey and how a sample is drawn from it: 4,800 areas, 29 strata, ten areas per county and twelve adults each."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from custodes.site.demo.country import Country
from custodes.site.demo.randomness import stream
from custodes.site.demo.stations import Station

ROUNDS = {number: date(2021 + number, 11, 1) for number in range(1, 6)}
AREAS_PER_COUNTY = 10
ADULTS_PER_AREA = 12
RESPONSE = 0.78
_COMPOSITION_STRENGTH = 14.0  # how alike the areas of a county are in their groups; lower is more apart


@dataclass(frozen=True)
class Frame:
    """Every survey area, in columns of one length; `county` is an index into the country's counties, as first drawn in 2021."""

    county: np.ndarray
    urban: np.ndarray
    station: np.ndarray
    people: np.ndarray
    groups: np.ndarray  # one row per area, one column per group, adding up to 1
    moved: np.ndarray  # true where the transfer of 2025 puts the area in another county

    @cached_property
    def size(self) -> int:
        return len(self.county)

    def county_on(self, country: Country, day: date) -> np.ndarray:
        """The county of each area on a day."""
        codes = [county.code for county in country.counties]
        if day < country.transfer.on:
            return self.county
        return np.where(self.moved, codes.index(country.transfer.destination), self.county)


@dataclass(frozen=True)
class Sample:
    """The areas of one round and the adults who answered in them, in columns of one length per adult except `areas`."""

    areas: np.ndarray  # index into the frame, one per selected area
    area: np.ndarray  # index into the frame, one per adult
    county: np.ndarray
    weight: np.ndarray
    stratum_areas: np.ndarray
    approached: np.ndarray
    group: np.ndarray
    female: np.ndarray
    age: np.ndarray
    disabled: np.ndarray


def survey_frame(country: Country, roster: tuple[Station, ...], *, seed: int) -> Frame:
    """All areas of about a thousand people, county by county, the urban ones first, each in the beat of one station."""
    random = stream(seed, "survey.frame")
    county, urban, station, groups = [], [], [], []
    for index, entry in enumerate(country.counties):
        count = entry.thousand_people
        county.append(np.full(count, index))
        urban.append(np.arange(count) < round(entry.urban * count))
        posts = [place for place, post in enumerate(roster) if post.first_county == entry.code]
        edges = np.cumsum([roster[place].share for place in posts])
        position = (np.arange(count) + 0.5) / count
        station.append(np.array(posts)[np.minimum(np.searchsorted(edges, position), len(posts) - 1)])
        groups.append(random.dirichlet(np.array(country.composition(entry)) * _COMPOSITION_STRENGTH, count))
    beats = np.concatenate(station)
    velda = [place for place, post in enumerate(roster) if post.moves_to]
    people = np.clip(random.lognormal(np.log(980), 0.2, len(beats)), 450, 2200).round()
    return Frame(
        np.concatenate(county), np.concatenate(urban), beats, people, np.concatenate(groups), np.isin(beats, velda)
    )


def draw_sample(country: Country, frame: Frame, round_number: int, *, seed: int, scale: float = 1.0) -> Sample:
    """One round: systematic selection proportional to size in each stratum, then adults at random within the area."""
    random = stream(seed, f"survey.sample.R{round_number}")
    county = frame.county_on(country, ROUNDS[round_number])
    areas, base, stratum_areas = [], [], []
    for index in range(len(country.counties)):
        for urban, wanted in (
            (True, _urban_areas(country, index)),
            (False, AREAS_PER_COUNTY - _urban_areas(country, index)),
        ):
            members = np.flatnonzero((county == index) & (frame.urban == urban))
            if not wanted:
                continue
            areas.append(_systematic(members, frame.people[members], wanted, random))
            base.append(frame.people[members].sum() / (wanted * frame.people[areas[-1]]))
            stratum_areas.append(np.full(wanted, len(members)))
    chosen = np.concatenate(areas)
    each = max(1, round(ADULTS_PER_AREA * scale))
    adults = frame.people[chosen] * country.adult_share * random.normal(1, 0.04, len(chosen))
    approached = each + random.negative_binomial(each, RESPONSE, len(chosen))
    growth = (1 + country.growth) ** (ROUNDS[round_number].year - country.population_year)
    weight = np.concatenate(base) * adults * growth / each
    area = np.repeat(chosen, each)
    return Sample(
        areas=chosen,
        area=area,
        county=county[area],
        weight=np.repeat(weight, each),
        stratum_areas=np.repeat(np.concatenate(stratum_areas), each),
        approached=np.repeat(approached, each),
        group=(random.random(len(area))[:, None] > np.cumsum(frame.groups[area], axis=1)[:, :-1]).sum(axis=1),
        female=random.random(len(area)) < 0.51,
        age=_ages(random, len(area)),
        disabled=random.random(len(area)) < 0.09,
    )


def _urban_areas(country: Country, index: int) -> int:
    share = country.counties[index].urban
    return AREAS_PER_COUNTY if share == 1 else int(np.clip(round(AREAS_PER_COUNTY * share), 2, 8))


def _systematic(members: np.ndarray, sizes: np.ndarray, wanted: int, random: np.random.Generator) -> np.ndarray:
    """Selection at equal steps along the cumulated sizes from a random start; neighbours are rarely both taken."""
    ends = np.cumsum(sizes)
    marks = (np.arange(wanted) + random.random()) * ends[-1] / wanted
    return members[np.searchsorted(ends, marks, side="right")]


def _ages(random: np.random.Generator, count: int) -> np.ndarray:
    """Adults of a young country: 18 and over, half of them under 35."""
    lows, highs = np.array([18, 25, 35, 50, 65]), np.array([25, 35, 50, 65, 90])
    band = random.choice(5, count, p=(0.22, 0.27, 0.28, 0.16, 0.07))
    return lows[band] + (random.random(count) * (highs - lows)[band]).astype(int)
