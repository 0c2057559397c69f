"""What was planted in Karuna, read off the public pages: the right answer stands there, the careless one does not (domain.md §10)."""

import csv
import html
import io
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.request import urlopen

import pytest

from tests.running_site import RunningSite, demonstration_folder, running_site, shared_folder

Words = Callable[[str], str]


@pytest.fixture(scope="module")
def untouched_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A copy of the demonstration of its own: other journeys add readings to theirs."""
    own = tmp_path_factory.mktemp("truths") / "data"
    with running_site(demonstration_folder(shared_folder(tmp_path_factory), own)) as site:
        yield site


@pytest.fixture(scope="module")
def words(untouched_site: RunningSite) -> Words:
    """The text of an indicator's public page, one line for each row, paragraph and heading."""

    def read(code: str) -> str:
        page = urlopen(f"{untouched_site.address}/en/programmes/accountability/indicators/{code}/").read().decode()
        page = re.sub(r"<svg.*?</svg>|<head>.*?</head>", "", page, flags=re.DOTALL)
        page = re.sub(r"</(tr|p|h1|h2|li|dd|caption|figcaption)>", "\n", page)
        return re.sub(r"[ \t]+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))

    return read


@pytest.fixture(scope="module")
def cells(untouched_site: RunningSite) -> Callable[[str], list[dict[str, str]]]:
    """The rows of an indicator's public CSV."""

    def read(code: str) -> list[dict[str, str]]:
        address = f"{untouched_site.address}/en/programmes/accountability/indicators/{code}/data.csv"
        return list(csv.DictReader(io.StringIO(urlopen(address).read().decode("utf-8-sig"))))

    return read


def row_of(text: str, start: str) -> str:
    """The first line that begins with these words."""
    return next(line.strip() for line in text.splitlines() if line.strip().startswith(start))


def test_t01_rise_over_one_year_is_not_established_and_over_three_is(words):
    text = words("TRU-01")
    assert "+1.3 points, not established" in row_of(text, "November 2023") or "+1.4 points, not established" in row_of(
        text, "November 2023"
    )
    assert re.search(r"From November 2022 to November 2025: \+9\.\d points .* a change is established", text)
    assert not re.search(r"^ ?November 2023 .*points, established", text, flags=re.MULTILINE)


def test_t02_gap_to_the_ossari_stands_beside_the_green_light(words):
    text = words("TRU-01")
    light, gap = text.index("on track"), text.index("Gap between Karun and Ossari: 14.9 points")
    assert 0 < gap - light < 500


def test_t03_each_policy_is_applied_and_the_missing_are_printed(words):
    trust, safety = words("TRU-01"), words("SAF-01")
    assert "48.2 % (45.0 to 51.5)" in trust
    assert "134 gave no answer" in trust
    assert "Counted in the denominator, the figure would be 45.3 %" in trust
    assert "47.5 % (44.5 to 50.6)" in safety
    assert "52.8 % (" not in safety  # the careless figure is named only as what the other policy would give
    assert "Without them, the figure would be 52.8 %" in safety


def test_t04_counties_cannot_be_told_apart_and_are_not_ranked(words):
    rows = re.findall(
        r"^ ?(\w+) [\d.]+ % \([\d.]+ to [\d.]+\) (cannot tell|above|below) ", words("TRU-01"), flags=re.MULTILINE
    )
    assert len(rows) == 15
    assert sum(verdict == "cannot tell" for _, verdict in rows) >= 12
    assert [name for name, _ in rows][:3] == ["Sarime", "Oreva", "Teluma"]  # by code, not by value


def test_t06_recorded_and_reported_theft_stand_side_by_side(words):
    recorded, reported = words("CRM-01"), words("CRM-02")
    assert "Adults victim of theft in the past 12 months" in recorded
    assert "These figures mislead when they are read alone" in recorded
    assert re.search(
        r"areas with community policing 17\.5 % \(.*\) 14\.5 % \(", reported
    )  # victims fall by a sixth and more
    assert "no light" in recorded  # a recorded fall is not called a success


def test_t11_no_change_is_computed_across_the_break(words):
    text = words("CRM-03")
    assert "1 January 2025: The police form counts threats as assaults" in text
    assert "not comparable" in row_of(text, "January 2025")
    assert not re.search(r"From .* 2024 to .* 2026: [+−]\d", text)


def test_t12_transfer_of_velda_is_bridged_by_share_and_marked_estimated(words, cells):
    text = words("CRM-01")
    assert "(estimated)" in row_of(text, "Quessane, 2024")
    recorded, bridged = (
        int(number.replace(",", "")) for number in re.findall(r"[\d,]{3,}", row_of(text, "Quessane, 2024"))[1:3]
    )
    assert bridged == round(recorded * 0.82)
    after = int(re.findall(r"[\d,]{3,}", row_of(text, "Quessane, 2025"))[1].replace(",", ""))
    assert after / recorded < 0.87  # the careless reading: thefts fell by a fifth
    assert abs(after / bridged - 1) < 0.08  # on the same land they hardly moved
    rates = {row["period_start"]: float(row["value"]) for row in cells("CRM-01") if row["area_code"] == "QR11"}
    assert abs(rates["2025-01-01"] / rates["2024-01-01"] - 1) < 0.08


def test_t13_silent_station_is_missing_and_never_zero(words, cells):
    assert "incomplete" in row_of(words("CRM-01"), "Tarrowin") or "% of reports" in row_of(words("CRM-01"), "Tarrowin")
    months = {row["period_start"]: row for row in cells("CRM-03") if row["area_code"] == "QR09"}
    silent = [months[f"2025-{month:02d}-01"] for month in range(3, 9)]
    heard = [float(months[f"2024-{month:02d}-01"]["value"]) for month in range(3, 9)]
    assert all(int(row["missing"]) > 0 for row in silent)
    assert min(float(row["value"]) for row in silent) > 0.6 * min(heard)  # a zero counted in would take off a third


def test_t14_persons_are_counted_once(words):
    text = words("CAP-01")
    assert "6,140" in row_of(text, "6,140")
    assert "at risk" in text
    assert not re.search(
        r"^ ?9,600", text, flags=re.MULTILINE
    )  # attendances are the records behind it, never the figure


def test_t25_rank_bands_show_that_women_fall_above_constable(words):
    text = words("WPS-01")
    assert "14.1 %" in text
    assert row_of(text, "inspectors and above").startswith("inspectors and above 8.9 % 7.4 %")
    assert row_of(text, "sergeants").startswith("sergeants 9.7 % 9.0 %")


def test_i27_demonstration_stands_under_qr_only_and_says_that_it_is_invented(tmp_path_factory):
    place = demonstration_folder(shared_folder(tmp_path_factory), tmp_path_factory.mktemp("rows") / "data")
    with closing(sqlite3.connect(place / "custodes.sqlite3")) as rows:
        for table in ("ledger_dataset", "places_area"):
            assert rows.execute(f"select distinct country, synthetic from {table}").fetchall() == [("QR", 1)], table
