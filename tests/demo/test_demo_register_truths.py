"""Truths T06 and T11 to T14, T16, T25 in the tables of the administration: the right reading and the careless one, both computed."""

from datetime import date

import numpy as np
import pytest

from custodes.site.demo.country import karuna, reform_plan
from custodes.site.demo.population import county_people
from custodes.site.demo.station_series import expected_rate
from custodes.site.demo.stations import station_roster
from tests.demo.readings import total


@pytest.fixture(scope="module")
def stations(karuna_made):
    return karuna_made.tables["stations"].to_pylist()


def rate(rows, kind, *, year, **where) -> float:
    """Records per 100,000 people a month, over the reports that came."""
    chosen = [
        row
        for row in rows
        if row["kind"] == kind
        and row["month"].year == year
        and row["report_received"] == "yes"
        and all(row[name] == value for name, value in where.items())
    ]
    return 100_000 * sum(row["records"] for row in chosen) / sum(row["people"] for row in chosen)


def records(rows, kind, *, year, **where) -> int:
    return sum(
        row["records"]
        for row in rows
        if row["kind"] == kind
        and row["month"].year == year
        and all(row[name] == value for name, value in where.items())
    )


def test_t06_recorded_theft_shows_next_to_nothing_at_the_same_stations(stations, karuna_made):
    covered = rate(stations, "theft", year=2025, policing_area="covered") - rate(
        stations, "theft", year=2022, policing_area="covered"
    )
    never = rate(stations, "theft", year=2025, policing_area="never") - rate(
        stations, "theft", year=2022, policing_area="never"
    )
    effect = covered - never
    assert effect == pytest.approx(-0.5, abs=0.6)
    # Robbery, whose reporting did not change, shows the fall that theft hides.
    robbery = rate(stations, "robbery", year=2025, policing_area="covered") / rate(
        stations, "robbery", year=2022, policing_area="covered"
    )
    others = rate(stations, "robbery", year=2025, policing_area="never") / rate(
        stations, "robbery", year=2022, policing_area="never"
    )
    assert robbery / others < 0.87
    assert karuna_made.truth["T06"]["recorded_effect"] == pytest.approx(-0.0175, abs=0.001)


def test_t06_true_and_recorded_effects_agree_with_the_model():
    post = next(entry for entry in station_roster(karuna(), seed=20230101) if entry.policing_from == date(2024, 1, 1))
    month = date(2026, 1, 1)
    without = 1 - 0.0015 * 60
    season = expected_rate("counter_complaints", post, month) / without
    assert expected_rate("robbery", post, month) == pytest.approx(season * without * np.exp(-0.20))
    assert expected_rate("theft", post, month) == pytest.approx(season * without * np.exp(-0.20) * 0.48 / 0.40)


def test_t11_assault_jumps_with_the_form_and_falls_on_either_side(stations, karuna_made):
    yearly = {year: rate(stations, "assault", year=year) for year in range(2021, 2026)}
    careless = yearly[2025] / yearly[2024] - 1
    assert careless == pytest.approx(0.25, abs=0.03)
    assert careless == pytest.approx(karuna_made.truth["T11"]["recorded_change_2024_2025"], abs=0.03)
    before = (yearly[2024] / yearly[2021]) ** (1 / 3) - 1
    assert before == pytest.approx(-0.03, abs=0.012)
    halves = [
        [row for row in stations if row["kind"] == "assault" and row["month"].year == year and row["month"].month <= 6]
        for year in (2025, 2026)
    ]
    after = [sum(row["records"] for row in half) / sum(row["people"] for row in half) for half in halves]
    assert after[1] / after[0] - 1 == pytest.approx(-0.03, abs=0.045)


def test_t12_velda_moves_counts_and_people_but_not_rates(stations, karuna_made):
    kinds = ("theft", "robbery", "break_in")
    change = {}
    for county in ("QR08", "QR11"):
        counts = {
            year: sum(records(stations, kind, year=year, county=county) for kind in kinds) for year in (2024, 2025)
        }
        rates = {year: sum(rate(stations, kind, year=year, county=county) for kind in kinds) for year in (2024, 2025)}
        # The fall that the whole country saw is not Velda's.
        nation = sum(rate(stations, kind, year=2025) for kind in kinds) / sum(
            rate(stations, kind, year=2024) for kind in kinds
        )
        change[county] = (counts[2025] / counts[2024] / nation / 1.021 - 1, rates[2025] / rates[2024] / nation - 1)
    planted = karuna_made.truth["T12"]
    assert planted["people_destination"] == pytest.approx(0.135)
    assert change["QR11"][0] == pytest.approx(-0.18, abs=0.06)
    assert change["QR08"][0] == pytest.approx(0.135, abs=0.06)
    assert abs(change["QR11"][1]) < 0.06
    assert abs(change["QR08"][1]) < 0.06


def test_t12_the_station_changes_county_once_and_takes_its_people(stations):
    velda = [row for row in stations if row["station_name"] == "Velda" and row["kind"] == "theft"]
    assert {row["county"] for row in velda if row["month"] < date(2025, 1, 1)} == {"QR11"}
    assert {row["county"] for row in velda if row["month"] >= date(2025, 1, 1)} == {"QR08"}
    for year in (2024, 2025):
        people = county_people(karuna(), year)
        served = {
            county: sum(
                row["people"]
                for row in stations
                if row["county"] == county and row["kind"] == "theft" and row["month"] == date(year, 6, 1)
            )
            for county in ("QR08", "QR11")
        }
        assert served == pytest.approx({county: people[county] for county in served}, rel=0.001)


def test_t13_silent_station_says_zero_and_is_missing(stations):
    silent = [row for row in stations if row["report_received"] == "no"]
    assert {row["county"] for row in silent} == {"QR09"}
    assert len({row["station"] for row in silent}) == 1
    assert sorted({row["month"] for row in silent}) == [date(2025, month, 1) for month in range(3, 9)]
    assert {row["records"] for row in silent} == {0}
    everything = [
        row for row in stations if row["county"] == "QR09" and row["kind"] == "theft" and row["month"].year == 2025
    ]
    careless = 100_000 * sum(row["records"] for row in everything) / sum(row["people"] for row in everything)
    right = rate(stations, "theft", year=2025, county="QR09")
    assert careless < 0.92 * right
    assert right == pytest.approx(rate(stations, "theft", year=2024, county="QR09"), rel=0.12)
    assert len([row for row in everything if row["report_received"] == "yes"]) / len(everything) == pytest.approx(
        30 / 36
    )


def test_t14_persons_not_attendances(karuna_made):
    register, plan = karuna_made.tables["training"], reform_plan().indicator("CAP-01")
    attendances, officers = register.num_rows, len(set(register["person"].to_pylist()))
    assert (attendances, officers) == (9600, 6140)
    expected = plan.target * (date(2026, 6, 30) - plan.baseline_on).days / (plan.target_on - plan.baseline_on).days
    assert officers / expected == pytest.approx(0.88, abs=0.005)
    assert attendances / expected == pytest.approx(1.37, abs=0.005)


def test_t14_summing_years_counts_persons_twice(karuna_made):
    rows = karuna_made.tables["training"].to_pylist()
    yearly = [len({row["person"] for row in rows if row["date"].year == year}) for year in range(2023, 2027)]
    assert sum(yearly) > 6140
    counties = {
        county: {row["person"] for row in rows if row["county"] == county} for county in {row["county"] for row in rows}
    }
    assert sum(len(people) for people in counties.values()) == 6140


def test_t16_only_cohorts_open_90_days_give_the_share_decided_in_time(karuna_made):
    cohorts = karuna_made.tables["complaint_cohorts"]

    def share(above, below, year):
        def within(row):
            return row["month"].year == year

        return total(cohorts, above, within) / total(cohorts, below, within)

    right = [share("decided_in_90", "open_90_days", year) for year in range(2023, 2027)]
    assert [round(100 * value) for value in right[:3]] == [31, 42, 56]
    assert right[3] == pytest.approx(0.60, abs=0.03)
    assert share("decided_in_90_any_age", "decided", 2026) == pytest.approx(0.83, abs=0.03)
    assert share("decided_in_90_any_age", "received", 2026) == pytest.approx(0.43, abs=0.03)


def test_t18_sexual_violence_stays_under_ten_in_every_county_and_year(karuna_made):
    cells: dict[tuple[str, int], int] = {}
    for row in karuna_made.tables["allegations"].to_pylist():
        if row["category"] == "sexual_violence":
            key = (row["county"], row["half_year"].year)
            cells[key] = cells.get(key, 0) + row["allegations"]
    assert cells
    assert max(cells.values()) < 10


def test_t25_women_rise_overall_and_fall_above_constable(karuna_made):
    table, planted = karuna_made.tables["personnel"], karuna_made.truth["T25"]

    def share(day, band=None):
        def inside(row):
            return row["date"] == day and band in (None, row["rank_band"])

        return total(table, "women", inside) / total(table, "officers", inside)

    first, last = date(2022, 12, 31), date(2026, 6, 30)
    assert [share(first), share(last)] == pytest.approx(planted["women"], abs=0.0005)
    for band in ("sergeant", "inspector_and_above"):
        assert [share(first, band), share(last, band)] == pytest.approx(planted[band], abs=0.0006)
        assert share(last, band) < share(first, band)
    assert share(last, "constable") > share(first, "constable")
    assert total(table, "officers", lambda row: row["date"] == first) == 12_000
    assert total(table, "officers", lambda row: row["date"] == last) == 12_400


def test_homicide_is_counted_by_two_sources_apart(karuna_made):
    for source, wanted in (("police", {2022: 9.8, 2025: 9.1}), ("health", {2022: 12.1, 2025: 11.3})):
        for year, value in wanted.items():

            def inside(row, source=source, year=year):
                return row["source"] == source and row["year"] == year

            table = karuna_made.tables["homicide_years"]
            assert 100_000 * total(table, "victims", inside) / total(table, "people", inside) == pytest.approx(
                value, abs=0.02
            )
    assert 2026 not in karuna_made.tables["homicide_years"]["year"].to_pylist()


def test_use_of_force_falls_with_the_tags_more_than_before_and_after_show(stations):
    monthly = {}
    for row in stations:
        if row["kind"] == "use_of_force" and row["report_received"] == "yes":
            monthly[row["month"]] = monthly.get(row["month"], 0) + row["records"]
    months = sorted(monthly)
    elapsed = np.arange(len(months))
    tags = np.array([month >= date(2024, 7, 1) for month in months], dtype=float)
    turn = 2 * np.pi * np.array([month.month for month in months]) / 12
    design = np.column_stack([np.ones(len(months)), elapsed, tags, np.cos(turn), np.sin(turn)])
    logs = np.log([monthly[month] for month in months])
    level = np.linalg.lstsq(design, logs, rcond=None)[0][2]
    careless = logs[tags == 1].mean() - logs[tags == 0].mean()
    assert level == pytest.approx(-0.25, abs=0.08)
    assert careless == pytest.approx(np.log(0.88), abs=0.06)
    assert level < careless
