"""Truths T01 to T04 and T06: the right reading of the survey finds what was planted, the careless one says something else."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from custodes.site.demo.country import karuna, reform_plan
from custodes.site.demo.generate import generate
from custodes.site.demo.stations import station_roster
from custodes.site.demo.survey import LABELS, SERVICE_ITEMS, population_thefts, survey_round
from custodes.site.demo.survey_frame import AREAS_PER_COUNTY, ROUNDS, survey_frame
from custodes.site.demo.survey_models import BRIBE, EQUAL, REPORTED, SAFETY, TRUST, Population
from tests.demo.readings import column, survey_share

ALL_ROUNDS = date(2026, 12, 31)
TRUSTED = (2, 3)


@pytest.fixture(scope="module")
def rounds():
    """All five, as they will stand at the end of 2026."""
    tables = generate(as_of=ALL_ROUNDS).tables
    return {number: tables[f"survey_r{number}"] for number in ROUNDS}


@pytest.fixture(scope="module")
def trust(rounds):
    return {number: survey_share(table, "trust_police", TRUSTED) for number, table in rounds.items()}


def fresh_population(seed: int) -> Population:
    country = karuna()
    roster = station_roster(country, seed=seed)
    return Population(country, roster, survey_frame(country, roster, seed=seed), seed)


def test_t01_readings_are_those_of_the_design(trust, karuna_made):
    assert [round(100 * trust[n].value, 1) for n in ROUNDS] == pytest.approx([38.5, 39.9, 43.8, 48.3, 50.7], abs=0.25)
    planted = karuna_made.truth["T01"]["trust"]
    assert planted == pytest.approx(karuna_made.truth["T01"]["design"], abs=0.005)
    assert all(abs(trust[n].value - planted[n - 1]) < 1.96 * trust[n].se for n in ROUNDS)


def test_t01_standard_error_and_design_effect_are_those_of_the_design(trust):
    assert np.mean([100 * trust[n].se for n in ROUNDS]) == pytest.approx(1.7, abs=0.15)
    assert np.mean([trust[n].deff for n in ROUNDS]) == pytest.approx(2.0, abs=0.25)


def test_t01_first_step_is_not_established_and_the_whole_way_is(trust):
    assert not trust[1].differs_from(trust[2])
    assert 100 * np.hypot(trust[1].se, trust[2].se) == pytest.approx(2.4, abs=0.2)
    assert trust[1].differs_from(trust[4])
    assert 100 * (trust[4].value - trust[1].value) == pytest.approx(9.8, abs=0.4)


def test_t01_forgetting_the_design_makes_errors_too_small(rounds, trust):
    answers = column(rounds[4], "trust_police")
    valid = answers != 9
    careless = float(np.sqrt(trust[4].value * (1 - trust[4].value) / valid.sum()))
    assert careless < 0.8 * trust[4].se


def test_t01_intervals_cover_the_truth_over_seeds():
    """With no chosen draw: 40 seeds, one round each; 95 % intervals may miss five times before doubt is due."""
    missed = 0
    for seed in range(1, 41):
        people = fresh_population(seed)
        reading = survey_share(survey_round(people, 4, as_of=ALL_ROUNDS), "trust_police", TRUSTED)
        missed += abs(reading.value - people.population_share(TRUST, 4)) > 2.0 * reading.se
    assert missed <= 5


def test_t02_gap_between_ossari_and_karun_stays_while_the_nation_rises(rounds, trust, karuna_made):
    gaps = {}
    for number in (1, 4):
        group = column(rounds[number], "group")
        karun = survey_share(rounds[number], "trust_police", TRUSTED, among=group == "karun")
        ossari = survey_share(rounds[number], "trust_police", TRUSTED, among=group == "ossari")
        assert karun.differs_from(ossari)
        gaps[number] = 100 * (karun.value - ossari.value)
    assert gaps[1] == pytest.approx(14.5, abs=0.5)
    assert gaps[4] == pytest.approx(14.9, abs=0.5)
    planted = karuna_made.truth["T02"]["gap"]
    assert [gaps[1] / 100, gaps[4] / 100] == pytest.approx([planted[0], planted[3]], abs=0.01)
    # The careless reader looks at the nation alone and sees the target met.
    assert 100 * trust[4].value > reform_plan().indicator("TRU-01").target


def test_t03_each_policy_on_dont_know_gives_its_own_answer(rounds, karuna_made):
    planted, table = karuna_made.truth["T03"], rounds[4]
    readings = {
        "trust_excluded": survey_share(table, "trust_police", TRUSTED).value,
        "trust_in_denominator": survey_share(table, "trust_police", TRUSTED, unknown_counts=True).value,
        "safety_in_denominator": survey_share(table, "safe_after_dark", (3, 4), unknown_counts=True).value,
        "safety_excluded": survey_share(table, "safe_after_dark", (3, 4)).value,
    }
    assert readings == pytest.approx({name: planted[name] for name in readings}, abs=0.005)
    assert [round(100 * value, 1) for value in readings.values()] == pytest.approx([48.3, 45.2, 47.5, 52.8], abs=0.25)


def test_t03_dont_knows_are_many_where_the_war_was(rounds):
    answers = np.concatenate([column(rounds[n], "trust_police") for n in ROUNDS])
    county = np.concatenate([column(rounds[n], "county") for n in ROUNDS])
    conflict = np.isin(county, [entry.code for entry in karuna().counties if entry.conflict_affected])
    assert (answers[conflict] == 9).mean() == pytest.approx(0.15, abs=0.02)
    assert (answers[~conflict] == 9).mean() == pytest.approx(0.04, abs=0.01)


def test_t04_counties_are_too_small_to_rank(rounds, karuna_made):
    county = column(rounds[4], "county")
    readings = {
        code: survey_share(rounds[4], "trust_police", TRUSTED, among=county == code) for code in np.unique(county)
    }
    planted = karuna_made.truth["T04"]["trust_r4"]
    assert len(readings) == 15
    assert all(95 <= reading.n <= 120 for reading in readings.values())
    assert np.median([100 * reading.se for reading in readings.values()]) == pytest.approx(5.5, abs=0.9)
    # Ten areas in two strata leave eight degrees of freedom.
    assert sum(abs(reading.value - planted[code]) < 2.31 * reading.se for code, reading in readings.items()) >= 13
    # The careless reader ranks them; most neighbours in that ranking cannot be told apart, and it is not the true order.
    ranking = sorted(readings, key=lambda code: readings[code].value)
    apart = sum(readings[a].differs_from(readings[b]) for a, b in pairwise(ranking))
    assert apart == 0
    assert ranking != sorted(planted, key=planted.get)


def test_t06_victims_fall_by_18_percent_where_community_policing_works(rounds, karuna_made):
    victims, reported = {}, {}
    for number in (1, 4):
        covered = column(rounds[number], "policing_area") == "covered"
        victims[number] = survey_share(rounds[number], "theft", (1,), among=covered).value
        reported[number] = survey_share(rounds[number], "theft_reported", (1,), among=covered).value
    change = victims[4] / victims[1] - 1
    assert change == pytest.approx(-0.18, abs=0.015)
    assert change == pytest.approx(karuna_made.truth["T06"]["victims_change_r1_r4"], abs=0.01)
    assert reported[1] == pytest.approx(0.40, abs=0.02)
    assert reported[4] > reported[1] + 0.03
    people = fresh_population(20230101)
    assert population_thefts(people, 5)[1] > population_thefts(people, 1)[1]


@pytest.mark.parametrize(
    ("code", "question", "name", "positive", "domain"),
    [
        ("SAF-01", SAFETY, "safe_after_dark", (3, 4), ""),
        ("TRU-02", EQUAL, "equal_treatment", (1,), ""),
        ("COR-01", BRIBE, "bribe", (1, 2), "contact_police"),
        ("SRV-02", REPORTED, "violence_reported", (1,), "violence"),
    ],
)
def test_other_questions_read_as_the_plan_says(rounds, code, question, name, positive, domain):
    plan = reform_plan().indicator(code)
    for number, wanted in ((1, plan.baseline), (4, plan.latest)):
        among = column(rounds[number], domain) == 1 if domain else None
        reading = survey_share(rounds[number], name, positive, unknown_counts=question.unknown_counts, among=among)
        assert 100 * reading.value == pytest.approx(wanted, abs=0.25)
        assert 100 * question.planted[number - 1] == pytest.approx(wanted, abs=0.01)


def test_service_mean_of_five_shares_reads_as_the_plan_says(rounds):
    plan = reform_plan().indicator("SRV-01")
    for number, wanted in ((1, plan.baseline), (4, plan.latest)):
        shares = [survey_share(rounds[number], item, (3, 4)).value for item in SERVICE_ITEMS]
        assert 100 * np.mean(shares) == pytest.approx(wanted, abs=0.25)
        assert max(shares) - min(shares) > 0.05


def test_sample_has_the_design_of_29_strata_ten_areas_and_twelve_adults(rounds):
    for table in rounds.values():
        strata, areas, county = column(table, "stratum"), column(table, "area"), column(table, "county")
        assert len(np.unique(strata)) == 29
        assert all(len(np.unique(areas[county == code])) == AREAS_PER_COUNTY for code in np.unique(county))
        assert set(np.unique(areas, return_counts=True)[1]) == {12}
        assert all(len(np.unique(areas[strata == stratum])) >= 2 for stratum in np.unique(strata))
        contacts = (
            table.group_by("area").aggregate([("approached_in_area", "min")])["approached_in_area_min"].to_pylist()
        )
        assert table.num_rows / sum(contacts) == pytest.approx(0.78, abs=0.03)
        assert len(np.unique(column(table, "interviewer"))) == 40


def test_weights_add_up_to_the_adults_of_the_year(rounds):
    for number, table in rounds.items():
        adults = 4_800_000 * 1.021 ** (ROUNDS[number].year - 2023) * 0.55
        assert column(table, "weight").sum() == pytest.approx(adults, rel=0.03)


def test_answers_are_codes_that_the_labels_know_and_empty_where_not_asked(rounds):
    for name, (_, labels) in LABELS.items():
        answers = column(rounds[4], name)
        assert {str(int(answer)) for answer in np.unique(answers[~np.isnan(answers)])} == set(labels)
    contact = column(rounds[4], "contact_police") == 1
    assert np.array_equal(np.isnan(column(rounds[4], "bribe")), ~contact)


def test_velda_is_interviewed_under_pelwen_from_2025(rounds):
    velda = next(post.code for post in station_roster(karuna(), seed=20230101) if post.name == "Velda")
    seen = {number: set(column(table, "county")[column(table, "station") == velda]) for number, table in rounds.items()}
    assert seen[1] | seen[2] | seen[3] == {"QR11"}
    assert seen[4] | seen[5] == {"QR08"}
