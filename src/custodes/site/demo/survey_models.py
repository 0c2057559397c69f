"""What the people of Karuna would say: for each question the chance of a good answer in every area and group, and of no answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from custodes.site.demo.country import Country
from custodes.site.demo.randomness import stream
from custodes.site.demo.stations import POLICING_WAVES, Station
from custodes.site.demo.survey_frame import ROUNDS, Frame

REPORTING_BEFORE, REPORTING_AFTER = (
    0.40,
    0.48,
)  # share of thefts that victims report, before and after a year of community policing
THEFT_EFFECT = -0.20  # on the logarithm of thefts, reached after twelve months
THEFT_BASE = 0.18
THEFT_TREND = -0.0015  # of the base, each month
CONTACT_SHARE, VIOLENCE_SHARE = 0.30, 0.095
_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)


@dataclass(frozen=True)
class Question:
    """How one question is answered. Effects are on the logit; shares are 0 to 1.

    planted   population share of good answers in each round (don't-know excluded, unless `unknown_counts`); the intercept is solved for it.
              Empty for trust, whose intercept is given.
    group     effect of being Karun, Ossari, Lumeni, other.
    area      standard deviation between areas; person: between persons, shared by questions of one battery.
    """

    name: str
    planted: tuple[float, ...] = ()
    group: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    conflict: float = 0.0
    urban: float = 0.0
    female: float = 0.0
    area: float = 0.35
    person: float = 0.0
    battery: tuple[float, ...] = (0.0,)
    unknown_conflict: float = 0.15
    unknown_else: float = 0.04
    unknown_counts: bool = False
    intercept: float | None = None
    rounds: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    ossari_rounds: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    policing: Mapping[int, tuple[float, float, float]] = field(default_factory=dict)


TRUST = Question(
    "trust_police",
    group=(0.0, -0.62, -0.30, -0.15),
    conflict=-0.25,
    urban=-0.10,
    area=0.42,
    intercept=-0.22,
    rounds=(0.0, 0.06, 0.14, 0.20, 0.26),
    ossari_rounds=(0.0, 0.0, 0.0, 0.02, 0.04),
    policing={3: (0.18, 0.18, 0.0), 4: (0.36, 0.36, 0.18), 5: (0.36, 0.36, 0.36)},
)
SAFETY = Question(
    "safe_after_dark",
    planted=(0.440, 0.452, 0.463, 0.475, 0.486),
    group=(0.0, -0.20, -0.25, 0.0),
    conflict=-0.45,
    urban=-0.25,
    female=-0.50,
    unknown_conflict=0.25,
    unknown_else=0.068,
    unknown_counts=True,
)
EQUAL = Question(
    "equal_treatment", planted=(0.330, 0.333, 0.340, 0.346, 0.352), group=(0.0, -0.85, -0.60, -0.2), conflict=-0.2
)
BRIBE = Question(
    "bribe",
    planted=(0.220, 0.207, 0.190, 0.172, 0.158),
    group=(0.0, 0.35, 0.25, 0.1),
    urban=0.15,
    female=-0.30,
    unknown_conflict=0.06,
)
SERVICE = Question(
    "service",
    planted=(0.510, 0.525, 0.552, 0.576, 0.592),
    group=(0.0, -0.40, -0.25, 0.0),
    conflict=-0.15,
    person=0.9,
    battery=(0.35, 0.10, 0.00, -0.15, -0.30),
    unknown_conflict=0.05,
    unknown_else=0.02,
)
REPORTED = Question(
    "violence_reported",
    planted=(0.280, 0.286, 0.295, 0.305, 0.315),
    group=(0.0, -0.3, -0.3, 0.0),
    female=-0.35,
    unknown_conflict=0.03,
    unknown_else=0.01,
)
QUESTIONS = (TRUST, SAFETY, EQUAL, BRIBE, SERVICE, REPORTED)


@dataclass(frozen=True)
class Population:
    """The people behind the survey: the frame, where its stations stand in the reform, and which areas lie in a conflict county."""

    country: Country
    roster: tuple[Station, ...]
    frame: Frame
    seed: int

    @property
    def conflict(self) -> np.ndarray:
        return np.array([county.conflict_affected for county in self.country.counties])[self.frame.county]

    def unknown(self, question: Question) -> np.ndarray:
        """Chance of no answer in each area."""
        return np.where(self.conflict, question.unknown_conflict, question.unknown_else)

    def logits(self, question: Question, round_number: int) -> np.ndarray:
        """Areas by groups, without the effect of sex, person or place in a battery."""
        scores = self._shape(question, round_number)
        return scores + (
            question.intercept if question.intercept is not None else self._solved(question, round_number, scores)
        )

    def shares(self, question: Question, round_number: int) -> np.ndarray:
        """Chance of a good answer, areas by groups, averaged over sex, persons and the battery."""
        return _average(question, self.logits(question, round_number))

    def population_share(
        self,
        question: Question,
        round_number: int,
        *,
        where: np.ndarray | None = None,
        group: int | None = None,
        counts: bool | None = None,
    ) -> float:
        """The true share of good answers, for a part of the areas or one group, under either policy on don't-know."""
        good = self.shares(question, round_number)
        weight = self.frame.people[:, None] * self.frame.groups
        if where is not None:
            weight = weight * where[:, None]
        if group is not None:
            weight = weight * (np.arange(weight.shape[1]) == group)
        known = (1 - self.unknown(question))[:, None]
        counts = question.unknown_counts if counts is None else counts
        return float((weight * known * good).sum() / (weight if counts else weight * known).sum())

    def _shape(self, question: Question, round_number: int) -> np.ndarray:
        frame = self.frame
        effect = stream(self.seed, f"survey.area.{question.name}").normal(0, question.area, frame.size)
        line = (
            question.conflict * self.conflict
            + question.urban * frame.urban
            + effect
            + question.rounds[round_number - 1]
        )
        if round_number in question.policing:
            starts = [start for start, _ in POLICING_WAVES]
            by_wave = dict(zip(starts, question.policing[round_number], strict=True))
            gains = np.array(
                [by_wave.get(post.policing_from, 0.0) if post.policing_from else 0.0 for post in self.roster]
            )
            line = line + gains[frame.station]
        group = np.array(question.group)
        group[1] += question.ossari_rounds[round_number - 1]
        return line[:, None] + group[None, :]

    def _solved(self, question: Question, round_number: int, scores: np.ndarray) -> float:
        """The intercept under which the population gives just the planted share."""
        weight = self.frame.people[:, None] * self.frame.groups
        known = (1 - self.unknown(question))[:, None]
        below = (weight if question.unknown_counts else weight * known).sum()
        low, high = -6.0, 6.0
        for _ in range(30):
            middle = (low + high) / 2
            share = (weight * known * _average(question, scores + middle)).sum() / below
            low, high = (middle, high) if share < question.planted[round_number - 1] else (low, middle)
        return (low + high) / 2


def theft_chance(roster: tuple[Station, ...], round_number: int) -> np.ndarray:
    """Chance that an adult was a victim of theft in the twelve months before the round, at each station."""
    return THEFT_BASE * np.array(
        [np.mean([true_theft(post, day) for day in _year_before(round_number)]) for post in roster]
    )


def reporting_chance(roster: tuple[Station, ...], round_number: int) -> np.ndarray:
    """Chance that a victim of theft reported it, at each station."""
    return np.array([np.mean([theft_reporting(post, day) for day in _year_before(round_number)]) for post in roster])


def true_theft(post: Station, day: date) -> float:
    """Thefts that happen in a month, relative to January 2021, season left out."""
    months = (day.year - 2021) * 12 + day.month - 1
    return (1 + THEFT_TREND * months) * float(np.exp(THEFT_EFFECT * min(post.policing_months(day), 12) / 12))


def theft_reporting(post: Station, day: date) -> float:
    """Share of thefts reported to a station in a month: people who know the officer tell more."""
    return REPORTING_BEFORE + (REPORTING_AFTER - REPORTING_BEFORE) * min(post.policing_months(day), 12) / 12


def _year_before(round_number: int) -> list[date]:
    end = ROUNDS[round_number]
    return [date(end.year - (month >= end.month), month, 1) for month in range(1, 13)]


def _average(question: Question, logits: np.ndarray) -> np.ndarray:
    nodes = _NODES if question.person else np.array([0.0])
    weights = _NODE_WEIGHTS / _NODE_WEIGHTS.sum() if question.person else np.array([1.0])
    sexes = ((0.51, question.female), (0.49, 0.0)) if question.female else ((1.0, 0.0),)
    total = np.zeros_like(logits)
    for share, effect in sexes:
        for node, weight in zip(nodes, weights, strict=True):
            for place in question.battery:
                total += (
                    share * weight / len(question.battery) * expit(logits + effect + question.person * node + place)
                )
    return total


def expit(values: np.ndarray) -> np.ndarray:
    """The logistic curve."""
    return 1 / (1 + np.exp(-values))
