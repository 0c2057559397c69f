"""The main job, whole: evidence comes in, becomes a figure, is checked by a second person, published, explained and proven."""

import csv
import re
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from custodes.people.rules import Role
from tests.journeys.steps import (
    compute,
    fact,
    fill_in,
    import_file,
    is_wider_than_window,
    number_in,
    press,
    wait_until_done,
)

BOARD = "/en/measure/accountability/"
INDICATOR = BOARD + "TRU-01/"
PUBLIC = "/en/programmes/accountability/indicators/TRU-01/"
TITLE = "Yearly survey of safety and trust, round 5"
REASON = "Please check the women of the North-East: fewer were asked than planned."
ROUND = {"start": "2026-11-01", "end": "2026-11-30"}


@pytest.fixture(scope="module")
def round_five(tmp_path_factory) -> Path:
    """The round of November 2026, which the demonstration does not hold, with one county written in another way."""
    from pyarrow import csv as arrow_csv

    from custodes.site.demo.country import karuna
    from custodes.site.demo.randomness import DEFAULT_SEED
    from custodes.site.demo.stations import station_roster
    from custodes.site.demo.survey import survey_round
    from custodes.site.demo.survey_frame import survey_frame
    from custodes.site.demo.survey_models import Population

    country = karuna()
    roster = station_roster(country, seed=DEFAULT_SEED)
    people = Population(country, roster, survey_frame(country, roster, seed=DEFAULT_SEED), DEFAULT_SEED)
    place = tmp_path_factory.mktemp("round") / "survey_r5.csv"
    arrow_csv.write_csv(survey_round(people, 5, as_of=date(2026, 12, 31)), place)
    place.write_text(place.read_text(encoding="utf-8").replace("Sarime", "Sarimé-sur-Mer"), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def visit(browser, demonstration_site):
    """Opens the demonstration for one person; every person has a browser of their own. What the browsers complain of fails the journey."""
    from tests.journeys.conftest import WINDOW, _faults_of

    contexts, faults = [], []

    def open_page() -> Page:
        context = browser.new_context(base_url=demonstration_site.address, viewport=WINDOW, locale="en-GB")
        contexts.append(context)
        faults.append(_faults_of(context))
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert not any(faults), faults


def sign_in(page: Page, role: Role) -> Page:
    page.goto("/en/account/login/")
    page.locator("section[aria-labelledby=demonstration-accounts] button", has_text=str(role.label)).first.click()
    page.wait_for_url("**/measure/work/")
    return page


def readings_on(page: Page) -> dict[str, str]:
    """Group and status of the readings on the page of a computation."""
    rows = page.get_by_role("region", name="Readings").locator("tbody tr")
    return {
        row.locator("th").inner_text().strip(): row.locator("td").last.inner_text().split("\n")[0].strip()
        for row in rows.all()
    }


def choose_only(page: Page, group: str) -> None:
    """Tick the readings of one group and no others."""
    for row in page.get_by_role("region", name="Readings").locator("tbody tr").all():
        box = row.get_by_role("checkbox")
        box.check() if row.locator("th").inner_text().strip() == group else box.uncheck()


def test_figure_goes_from_file_to_public_account_and_proof(
    visit, round_five, demonstration_site, tmp_path, take_screenshot, serious_problems
):
    officer = sign_in(visit(), Role.ME_OFFICER)
    _import_round(officer, round_five, take_screenshot, serious_problems)
    computation = _compute_and_submit(officer)
    _officer_cannot_verify(officer, computation)

    verifier = sign_in(visit(), Role.VERIFIER)
    _return_one_verify_another(verifier)
    _resubmit(officer)
    verifier.goto(computation)
    choose_only(verifier, "Karuna, sex=female")
    press(verifier, "Verify")

    publisher = sign_in(visit(), Role.PUBLISHER)
    publisher.locator("#publish + div").get_by_role("link", name="TRU-01").click()
    assert set(readings_on(publisher).values()) == {"Verified"}
    press(publisher, "Publish")
    assert set(readings_on(publisher).values()) == {"Published"}

    visitor = visit()
    number, data_set = _visitor_sees_and_downloads(visitor, tmp_path)
    _proof(demonstration_site, number, data_set)


def _import_round(page: Page, file: Path, take_screenshot, serious_problems) -> None:
    words = {
        "source": "survey", "programme": "accountability", "title": TITLE, "series": "survey", "country": "QR",
        "licence": "CC0-1.0", "provenance": "Statistics Bureau of Karuna, sent on 5 December 2026", "synthetic": True,
    }  # fmt: skip
    import_file(page, file, **words)
    expect(page.get_by_role("heading", name="What the file means")).to_be_visible()
    assert serious_problems(page) == []
    page.get_by_role("heading", name="What the file means").scroll_into_view_if_needed()
    take_screenshot(page, "import-mapping")
    # The mapping is that of the earlier rounds; the days of the round and the county with another name are asked for.
    fill_in(page, **{"from": "2026-11-01", "to": "2026-11-30", "place__0": "QR01"})
    press(page, "Confirm and import")
    wait_until_done(page)
    assert fact(page, "Data set").startswith(f"{TITLE}, 1,8")
    assert fact(page, "Rejected rows") == "0"
    assert fact(page, "Rows without an area") == "0"
    assert serious_problems(page) == []


def _compute_and_submit(page: Page) -> str:
    compute(page, INDICATOR + "compute/", titles=[TITLE], splits=["sex"], **ROUND)
    assert readings_on(page) == dict.fromkeys(("Karuna", "Karuna, sex=female", "Karuna, sex=male"), "Draft")
    press(page, "Submit")
    assert set(readings_on(page).values()) == {"Submitted"}
    return page.url


def _officer_cannot_verify(page: Page, computation: str) -> None:
    page.goto(computation)
    assert page.get_by_role("button", name="Verify").count() == 0
    assert page.locator("main form").count() == 0  # nothing to tick where there is nothing to do
    address = page.get_by_role("region", name="Readings").locator("tbody th a").first.get_attribute("href")
    page.evaluate(
        """answers => {
            const form = document.createElement('form');
            form.method = 'post';
            form.action = '/en/measure/readings/act/';
            const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
            for (const [name, value] of Object.entries({...answers, csrfmiddlewaretoken: token})) {
                form.append(Object.assign(document.createElement('input'), {type: 'hidden', name, value}));
            }
            document.body.append(form);
            form.submit();
        }""",
        {"readings": address.rstrip("/").rpartition("/")[2], "act": "verify", "back": urlsplit(page.url).path},
    )
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("role")
    assert set(readings_on(page).values()) == {"Submitted"}


def _return_one_verify_another(page: Page) -> None:
    page.locator("#verify + div").get_by_role("link", name="TRU-01").click()
    choose_only(page, "Karuna, sex=female")
    press(page, "Return")
    expect(page.locator("main")).to_contain_text("reason")  # without a reason nothing is returned
    assert set(readings_on(page).values()) == {"Submitted"}
    choose_only(page, "Karuna, sex=female")
    page.locator("[name=reason]").fill(REASON)
    press(page, "Return")
    for group in ("Karuna", "Karuna, sex=male"):
        choose_only(page, group)
        press(page, "Verify")
    assert readings_on(page) == {
        "Karuna": "Verified", "Karuna, sex=male": "Verified", "Karuna, sex=female": "Returned",
    }  # fmt: skip


def _resubmit(page: Page) -> None:
    page.goto("/en/measure/work/")
    returned = page.locator("section[aria-labelledby=returned]")
    expect(returned).to_contain_text(REASON)
    returned.get_by_role("link", name=re.compile("TRU-01.*sex=female")).click()
    page.locator("[name=reason]").fill("Checked: the list of those asked is complete.")
    press(page, "Submit")
    expect(page.locator("main")).to_contain_text("Submitted")


def _visitor_sees_and_downloads(page: Page, folder: Path) -> tuple[int, str]:
    page.goto(PUBLIC)
    shown = page.locator("main .app-value").first.inner_text()
    expect(page.locator("main")).to_contain_text("November 2026")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    place = folder / "data.csv"
    download.value.save_as(place)
    page.get_by_role("link", name="How this figure was made").first.click()
    expect(page.get_by_role("heading", name="How this figure was made")).to_be_visible()
    number = int(page.url.rstrip("/").rpartition("/")[2])
    data_set = re.search(r"[0-9a-f]{64}", fact(page, "Data sets")).group()
    with place.open(encoding="utf-8", newline="") as stream:
        row = next(row for row in csv.DictReader(stream) if row["reading"] == str(number))
    assert (row["period_end"], row["categories"], row["status"]) == ("2026-11-30", "", "shown")
    assert number_in(shown) == number_in(page.locator("main .app-value").inner_text())
    assert number_in(shown) == pytest.approx(100 * float(row["value"]), abs=0.0501)
    assert not is_wider_than_window(page)
    return number, data_set


def _proof(site, number: int, data_set: str) -> None:
    confirmed = site.custodes("reproduce", str(number))
    assert confirmed.returncode == 0, confirmed.stdout + confirmed.stderr
    assert f"Reading {number} holds." in confirmed.stdout
    [file] = [place for place in site.data_dir.rglob("*.parquet") if data_set in place.name]
    kept = file.read_bytes()
    file.chmod(0o644)
    try:
        file.write_bytes(kept[:200] + bytes([kept[200] ^ 1]) + kept[201:])
        refused, checked = site.custodes("reproduce", str(number)), site.custodes("verify")
    finally:
        file.write_bytes(kept)
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert data_set[:12] in refused.stdout + refused.stderr
    assert "DOES NOT HOLD" in refused.stdout
    assert checked.returncode == 1
    assert site.custodes("verify").returncode == 0
