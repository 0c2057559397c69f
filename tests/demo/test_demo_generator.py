"""The generator keeps its promises: same seed, same tables; nothing after the day; nothing under a real country's name or code."""

import hashlib
import tomllib
from datetime import date, timedelta

import numpy as np
import pytest
from babel import Locale

from custodes.site.demo import PROVENANCE
from custodes.site.demo.country import karuna, reform_plan
from custodes.site.demo.generate import AS_OF, generate
from custodes.site.demo.population import county_people
from custodes.site.demo.randomness import CHOSEN_DRAWS, stream
from custodes.site.demo.stations import POLICING_WAVES, station_roster
from custodes.site.demo.write import toml_text, write_files


def digests(folder) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_generate_writes_same_bytes_for_same_seed(tmp_path, karuna_made):
    write_files(tmp_path / "one", karuna_made)
    write_files(tmp_path / "two", generate())
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_generate_gives_other_people_for_another_seed_and_the_same_country(karuna_made):
    other = generate(seed=7)
    assert other.tables["survey_r1"] != karuna_made.tables["survey_r1"]
    assert other.population == karuna_made.population
    assert other.boundaries == karuna_made.boundaries


def test_stream_of_a_new_table_moves_no_other(karuna_made):
    before = stream(karuna_made.seed, "training.register").random(5)
    stream(karuna_made.seed, "a table that comes later").random(1000)
    after = stream(karuna_made.seed, "training.register").random(5)
    assert np.array_equal(before, after)
    assert not np.array_equal(before, stream(karuna_made.seed, "a table that comes later").random(5))


def test_chosen_draws_hold_for_the_default_seed_alone():
    table = "survey.answers.trust_police.R4"
    assert CHOSEN_DRAWS[table] > 0
    plain = hashlib.sha256(f"{table}#0".encode()).digest()
    words = tuple(int.from_bytes(plain[at : at + 4], "big") for at in range(0, 16, 4))
    expected = np.random.Generator(np.random.PCG64(np.random.SeedSequence(11, spawn_key=words))).random(3)
    assert np.array_equal(stream(11, table).random(3), expected)


def test_as_of_cuts_every_table_and_later_days_only_add(karuna_made):
    earlier = generate(as_of=date(2024, 6, 30))
    assert "survey_r3" not in earlier.tables
    assert "survey_r5" not in karuna_made.tables
    assert "survey_r5" in generate(as_of=date(2026, 12, 31)).tables
    for name, column in (
        ("stations", "month"),
        ("training", "date"),
        ("incidents", "day"),
        ("personnel", "date"),
        ("sessions", "date"),
    ):
        latest = max(earlier.tables[name][column].to_pylist())
        assert latest <= date(2024, 6, 30)
        cut = [day <= latest for day in karuna_made.tables[name][column].to_pylist()]
        assert karuna_made.tables[name].filter(cut).to_pylist() == earlier.tables[name].to_pylist()


@pytest.fixture(scope="module")
def twice_as_large():
    return generate(scale=2.0)


@pytest.mark.parametrize("name", ["survey_r2", "training", "incidents"])
def test_scale_multiplies_rows(karuna_made, twice_as_large, name):
    doubled = twice_as_large.tables[name].num_rows
    assert doubled == pytest.approx(2 * karuna_made.tables[name].num_rows, rel=0.35 if name == "incidents" else 0.001)


def test_sizes_are_those_of_the_design(karuna_made):
    rows = {name: table.num_rows for name, table in karuna_made.tables.items()}
    assert [rows[f"survey_r{number}"] for number in range(1, 5)] == [1800] * 4
    assert rows["stations"] == 60 * 66 * 6
    assert rows["training"] == 9600
    assert 440 <= rows["incidents"] <= 480
    assert sum(karuna_made.tables["complaint_cohorts"]["received"].to_pylist()) == 372 + 486 + 648 + 366


def test_names_and_codes_are_in_no_list_of_countries(karuna_made):
    country = karuna()
    territories = Locale("en").territories
    known = {str(name).casefold() for name in territories.values()}
    names = {
        country.name,
        country.capital,
        country.transfer.name,
        *(c.name for c in country.counties),
        *(g.name for g in country.groups),
    }
    names |= {word for post in station_roster(country, seed=1) for word in (post.name, post.name.split()[0])}
    names |= {entry.name for entry in (*reform_plan().organisations, *reform_plan().institutions)}
    assert {name.casefold() for name in names} & known == set()
    assert "QR" not in territories
    assert {feature["properties"]["code"][:2] for feature in karuna_made.boundaries["features"]} == {"QR"}


def test_country_adds_up_to_the_design():
    country = karuna()
    people = county_people(country, 2023)
    assert sum(people.values()) == 4_800_000
    assert sum(county.stations for county in country.counties) == 60
    assert len(country.counties) == 15
    urban = sum(county.thousand_people * county.urban for county in country.counties) / 4800
    assert round(urban, 2) == 0.44
    assert round(sum(county.thousand_people * county.ossari for county in country.counties) / 4800, 2) == 0.23
    roster = station_roster(country, seed=20230101)
    assert sum(post.policing_from is None for post in roster) == 18
    assert [sum(post.policing_from == start for post in roster) for start, _ in POLICING_WAVES] == [16, 14, 12]


def test_plan_money_and_indicators_add_up():
    plan = reform_plan()
    assert sum(partner.amount for partner in plan.partners) == pytest.approx(plan.budget)
    outcomes = [result for result in plan.results if result.level == "outcome"]
    assert sum(result.budget for result in outcomes) + plan.management == pytest.approx(plan.budget)
    for outcome in outcomes:
        parts = [result.budget for result in plan.results if result.parent == outcome.code]
        assert sum(parts) <= outcome.budget + 1e-9
    assert len(plan.indicators) == 24
    assert {entry.result for entry in plan.indicators} <= {result.code for result in plan.results}
    assert {entry.owner for entry in plan.indicators} <= {body.slug for body in plan.institutions}
    for entry in plan.indicators:
        if entry.target is not None and entry.direction in {"up", "down"}:
            assert entry.target_on > entry.baseline_on
            assert (entry.target > entry.baseline) == (entry.direction == "up")
    assert all(result.because and result.assuming for result in plan.results if result.level != "impact")


def test_everything_written_says_that_it_is_synthetic(tmp_path, karuna_made):
    written = {path.name: path for path in write_files(tmp_path, karuna_made)}
    assert (tmp_path / "PROVENANCE.txt").read_text().strip() == PROVENANCE
    assert karuna_made.boundaries["description"] == PROVENANCE
    assert set(karuna_made.tables["incidents_acled"]["source"].to_pylist()) == {"Synthetic generator"}
    assert set(karuna_made.tables["incidents_acled"]["iso"].to_pylist()) == {""}
    truth = tomllib.loads(written["truth.toml"].read_text())
    assert truth["generator"]["provenance"] == PROVENANCE
    assert truth["generator"]["as_of"] == AS_OF


def test_toml_text_reads_back_as_it_was():
    values = {"a": 1, "b": {"c": [0.5, 1.5], "d e": {"f": date(2025, 1, 1), "g": 'Ünï "q"'}, "h": True}}
    assert tomllib.loads(toml_text(values)) == values


def test_population_bands_add_up_and_velda_moves():
    country = karuna()
    before, after = county_people(country, 2024), county_people(country, 2025)
    growth = 1 + country.growth
    assert after["QR11"] == pytest.approx(before["QR11"] * 0.82 * growth, abs=2)
    assert after["QR08"] == pytest.approx((before["QR08"] + 0.18 * before["QR11"]) * growth, abs=2)
    assert sum(after.values()) == pytest.approx(sum(before.values()) * growth, abs=1)
    assert AS_OF - timedelta(days=1) > country.transfer.on
