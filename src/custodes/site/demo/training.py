"""The training register: who attended which course, by pseudonymous key. Planted (T14): 9,600 attendances are 6,140 officers."""

import hashlib
from datetime import date

import numpy as np
import pyarrow as pa

from custodes.site.demo.country import Country
from custodes.site.demo.personnel import BAND_SHARES, RANK_BANDS
from custodes.site.demo.population import whole_parts
from custodes.site.demo.randomness import stream

COURSES = (
    "Fair treatment", "Use of force", "Custody and detention", "Evidence and statements", "Victims of violence at home",
    "Crowds and assemblies", "Complaints procedure", "Community policing", "Leading a shift", "Identity tags and records",
)  # fmt: skip
ATTENDANCES, OFFICERS = 9_600, 6_140  # by 30 June 2026
LATER_ATTENDANCES, LATER_OFFICERS = 1_400, 760  # in the second half of 2026
HALVES = tuple(date(year, month, 1) for year in range(2023, 2027) for month in (1, 7))
PASSED = (0.48, 0.52, 0.56, 0.60, 0.63, 0.67, 0.71, 0.73)  # of the attendances of each half-year
POST_MARK, GAIN_MARK = 70, 15


def training_register(country: Country, *, seed: int, as_of: date, scale: float = 1.0) -> pa.Table:
    """One row for each attendance, in order of date."""
    random = stream(seed, "training.register")
    people, attendances = round(OFFICERS * scale), round(ATTENDANCES * scale)
    later_people, later = round(LATER_OFFICERS * scale), round(LATER_ATTENDANCES * scale)
    person = np.concatenate(
        [_spread(random, 0, people, attendances), _spread(random, people, people + later_people, later)]
    )
    half = np.concatenate([random.integers(0, 7, attendances), np.full(later, 7)])
    days = np.array([(_half_end(start) - start).days for start in HALVES])
    day = np.array(HALVES, dtype="datetime64[D]")[half] + (random.random(len(half)) * (days[half] + 1)).astype(int)
    passed = np.zeros(len(half), dtype=bool)
    for index, share in enumerate(PASSED):
        members = np.flatnonzero(half == index)
        passed[random.permutation(members)[: round(share * len(members))]] = True
    before, after = _scores(random, passed)
    everyone = people + later_people
    posts = whole_parts(np.array([county.thousand_people for county in country.counties], dtype=float), everyone)
    county = random.permutation(np.repeat(np.arange(len(posts)), posts))[person]
    rank = random.choice(3, everyone, p=BAND_SHARES)[person]
    female = (random.random(everyone) < 0.15)[person]
    keys = np.array([person_key(seed, index) for index in range(everyone)])
    table = pa.table(
        {
            "date": pa.array(day),
            "course": pa.array(np.array(COURSES)[random.integers(0, len(COURSES), len(day))]),
            "person": pa.array(keys[person]),
            "sex": pa.array(np.where(female, "female", "male")),
            "rank_band": pa.array(np.array(RANK_BANDS)[rank]),
            "county": pa.array(np.array([entry.code for entry in country.counties])[county]),
            "county_name": pa.array(np.array([entry.name for entry in country.counties])[county]),
            "pre": pa.array(before),
            "post": pa.array(after),
            "passed": pa.array(passed.astype(np.int64)),
            "tested": pa.array(np.ones(len(day), dtype=np.int64)),
        }
    )
    return table.take(np.argsort(day, kind="stable")).filter(np.sort(day, kind="stable") <= np.datetime64(as_of))


def person_key(seed: int, index: int) -> str:
    """A key that tells persons apart and nothing else."""
    return "P" + hashlib.sha256(f"{seed}:officer:{index}".encode()).hexdigest()[:12]


def _spread(random: np.random.Generator, first: int, last: int, attendances: int) -> np.ndarray:
    """Attendances over persons: everyone once, the rest to persons drawn with favour, as some are always sent."""
    favour = random.gamma(0.8, 1.0, last - first)
    more = random.choice(np.arange(first, last), attendances - (last - first), p=favour / favour.sum())
    return random.permutation(np.concatenate([np.arange(first, last), more]))


def _scores(random: np.random.Generator, passed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Marks out of 100 before and after that agree with whether the attendance met both marks."""
    before = np.clip(random.normal(52, 12, len(passed)).round(), 15, 82).astype(np.int64)
    reached = np.maximum(POST_MARK, before + GAIN_MARK)
    above = (reached + random.integers(0, 16, len(passed))).clip(max=100)
    below = before + np.minimum(random.integers(0, 20, len(passed)), np.maximum(0, reached - before - 1))
    return before, np.where(passed, above, below)


def _half_end(start: date) -> date:
    return date(start.year, 6, 30) if start.month == 1 else date(start.year, 12, 31)
