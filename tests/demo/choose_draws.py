"""Which draw the default seed starts from, stream by stream: run by hand after a change of the survey's model, and copied into `randomness.py`.

    PYTHONPATH=src python tests/demo/choose_draws.py

It takes the first draw whose sample gives a reading near the planted population value (within a fifth of a
point, less than an eighth of its sampling error). Models and planted values are not touched, and no other seed is affected.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from custodes.site.demo import randomness, survey
from custodes.site.demo.country import karuna
from custodes.site.demo.stations import station_roster
from custodes.site.demo.survey_frame import Sample, draw_sample, survey_frame
from custodes.site.demo.survey_models import BRIBE, EQUAL, REPORTED, SAFETY, SERVICE, TRUST, Population, Question

DESIGN_TRUST = (38.5, 39.9, 43.8, 48.3, 50.7)
DESIGN_GAP = (14.5, 14.7, 14.8, 14.9, 14.3)
ATTEMPTS = 20_000


def share(sample: Sample, good: np.ndarray, *, among: np.ndarray) -> float:
    return 100 * float((sample.weight * good * among).sum() / (sample.weight * among).sum())


def misses(question: Question, number: int, sample: Sample, drawn: list[np.ndarray], among: np.ndarray) -> list[float]:
    """How far each reading lies from what is wanted, in tolerances."""
    known = [answer != survey.DONT_KNOW for answer in drawn]
    readings = [share(sample, answer == 1, among=among & valid) for answer, valid in zip(drawn, known, strict=True)]
    if question is TRUST:
        by_group = [share(sample, drawn[0] == 1, among=known[0] & (sample.group == group)) for group in (0, 1)]
        with_unknown = share(sample, drawn[0] == 1, among=among)
        wanted_with = 45.2 if number == 4 else with_unknown
        return [
            (readings[0] - DESIGN_TRUST[number - 1]) / 0.08,
            (by_group[0] - by_group[1] - DESIGN_GAP[number - 1]) / 0.2,
            (with_unknown - wanted_with) / 0.15,
        ]
    if question is SAFETY:
        counted = share(sample, drawn[0] == 1, among=among)
        known_wanted = 52.8 if number == 4 else readings[0]
        return [(counted - 100 * SAFETY.planted[number - 1]) / 0.05, (readings[0] - known_wanted) / 0.1]
    return [(np.mean(readings) - 100 * question.planted[number - 1]) / 0.1]


def theft_misses(population: Population, number: int, sample: Sample) -> list[float]:
    covered = np.array([post.policing_from is not None for post in population.roster])[population.frame.station]
    theft, told = survey.drawn_thefts(population, sample, number)
    here, everyone = covered[sample.area], np.ones(len(sample.area), dtype=bool)
    expected, expected_here = (survey.population_thefts(population, number, where=part) for part in (None, covered))
    return [
        (share(sample, theft, among=everyone) - 100 * expected[0]) / 0.4,
        (share(sample, theft, among=here) - 100 * expected_here[0]) / 0.1,
        (share(sample, told, among=theft & here) - 100 * expected_here[1]) / 1.5,
    ]


@dataclass(frozen=True)
class Attempt:
    """One stream, and how far the readings made from its present draw lie from what is wanted."""

    table: str
    misses: Callable[[], list[float]]

    def first_near(self) -> int:
        for draw in range(ATTEMPTS):
            randomness.CHOSEN_DRAWS[self.table] = draw
            if max(abs(miss) for miss in self.misses()) <= 1:
                return draw
        raise SystemExit(
            f"{self.table}: no draw of {ATTEMPTS} comes near; the model does not give what the design says"
        )


def attempts(population: Population, number: int) -> Iterator[Attempt]:
    sample = draw_sample(population.country, population.frame, number, seed=population.seed)
    random = randomness.stream(population.seed, f"survey.experience.R{number}")
    everyone = np.ones(len(sample.area), dtype=bool)
    contact = random.random(len(everyone)) < survey.CONTACT_SHARE
    violence = random.random(len(everyone)) < survey.VIOLENCE_SHARE
    parts = {TRUST.name: everyone, SAFETY.name: everyone, EQUAL.name: everyone, REPORTED.name: violence}
    for question in (TRUST, SAFETY, EQUAL, BRIBE, SERVICE, REPORTED):
        scores = population.logits(question, number)

        def question_misses(question: Question = question, scores: np.ndarray = scores) -> list[float]:
            drawn = survey.drawn_answers(population, sample, number, question, logits=scores)
            return misses(question, number, sample, drawn, parts.get(question.name, contact))

        yield Attempt(f"survey.answers.{question.name}.R{number}", question_misses)
    yield Attempt(f"survey.answers.theft.R{number}", lambda: theft_misses(population, number, sample))


def main() -> None:
    country, seed = karuna(), randomness.DEFAULT_SEED
    roster = station_roster(country, seed=seed)
    population = Population(country, roster, survey_frame(country, roster, seed=seed), seed)
    for number in range(1, 6):
        for attempt in attempts(population, number):
            sys.stdout.write(f'    "{attempt.table}": {attempt.first_near()},\n')


if __name__ == "__main__":
    main()
