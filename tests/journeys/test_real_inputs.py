"""Real evidence on a site that begins empty, by browser alone: set-up, accounts, places, plan, import, figures as they are known."""

import csv
import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.authenticator import code_now
from tests.journeys.steps import compute, fact, fill_in, import_file, number_in, press, wait_until_done
from tests.running_site import RunningSite, running_site

PASSWORD = "a long sentence for this office only"
POSITIVE = '{"column": "trust_police", "positive": ["2", "3"]}'
NEXT = "main .govuk-pagination__next a"
COUNTRIES = "country_name_check_codebook"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A site that nobody has used yet."""
    with running_site(tmp_path_factory.mktemp("office") / "data", "--empty") as site:
        yield site


@pytest.fixture(scope="module")
def visit(browser, office) -> Iterator[Callable[[], Page]]:
    """Opens the site for one person, in a browser of their own; what the browsers complain of fails the journey."""
    from tests.journeys.conftest import PATIENCE_MILLISECONDS, WINDOW, _faults_of

    contexts, faults = [], []

    def open_page() -> Page:
        context = browser.new_context(base_url=office.address, viewport=WINDOW, locale="en-GB")
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        faults.append(_faults_of(context))
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert not any(faults), faults


@pytest.fixture(scope="module")
def administrator(visit, office) -> Page:
    """The first administrator, made with the printed code, with a second factor."""
    page = visit()
    page.goto("/en/account/login/")
    expect(page.get_by_role("heading", name="Set up this site")).to_be_visible()
    words = {
        "organisation_name": "Office of the Region", "full_name": "Ada First", "username": "ada", "password": PASSWORD,
        "password_again": PASSWORD,
    }  # fmt: skip
    fill_in(page, code="guessed", **words)
    press(page, "Set up")
    expect(page.locator("main")).to_contain_text("This is not the set-up code.")
    code = re.search(r"Set-up code: (\S+)", office.log.read_text(encoding="utf-8")).group(1)
    fill_in(page, code=code, **words)
    press(page, "Set up")
    set_up_second_factor(page)
    return page


def set_up_second_factor(page: Page) -> None:
    """Show the site an authenticator app, from the page that asks for it."""
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    page.get_by_role("link", name="An authenticator app on your telephone").click()
    secret = (
        page.locator("main")
        .get_by_text(re.compile(r"^[A-Z2-7]{32}$"))
        .or_(page.locator("main input[value][disabled], main input[readonly]"))
    )
    shown = secret.first
    text = shown.input_value() if shown.evaluate("e => e.tagName") == "INPUT" else shown.inner_text()
    fill_in(page, code=code_now(text))
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text(re.compile("recovery codes", re.IGNORECASE))


def make_account(administrator: Page, username: str, *roles: str) -> str:
    """Make an account with these roles over everything and return the password that is shown once."""
    administrator.goto("/en/people/new/")
    fill_in(administrator, username=username)
    press(administrator, "Make the account")
    password = fact(administrator, "Password")
    administrator.get_by_role("link", name="Give a role").click()
    grant = administrator.url
    for role in roles:
        administrator.goto(grant)
        fill_in(administrator, role=role, sensitivity="2", why="set-up of the office")
        press(administrator, "Give the role")
        expect(administrator.locator("main")).to_contain_text("The role was given.")
    return password


def sign_in(page: Page, username: str, password: str) -> Page:
    page.goto("/en/account/login/")
    fill_in(page, login=username, password=password)
    press(page, "Sign in")
    return page


@pytest.fixture(scope="module")
def officer(administrator, visit) -> Page:
    """Who plans and brings evidence."""
    return sign_in(visit(), "amina", make_account(administrator, "amina", "me_officer", "programme_manager"))


@pytest.fixture(scope="module")
def verifier(administrator, visit) -> Page:
    """Who checks what others computed; the role wants a second factor."""
    page = sign_in(visit(), "vero", make_account(administrator, "vero", "verifier"))
    page.goto("/en/people/second-factor/")
    set_up_second_factor(page)
    return page


def make_programme(page: Page, code: str, *, country: str, title: str) -> None:
    """A programme with one result, to hang indicators on."""
    page.goto("/en/plan/new")
    fill_in(page, code=code, title=title, starts="1989-01-01", ends="2030-12-31", country_area={"label": country})
    page.locator("main form button").first.click()
    page.goto(f"/en/plan/programmes/{code}/results/new")
    fill_in(page, level="impact", code="I", statement="People are safer and trust those who protect them")
    page.locator("main form button").first.click()
    expect(page.locator("main")).to_contain_text("People are safer and trust")


def load_definitions(page: Page, *codes: str) -> None:
    """Take reference sheets from the library."""
    page.goto("/en/plan/definitions/load")
    fill_in(page, codes=list(codes))
    press(page, "Load")


def add_indicator(page: Page, programme: str, definition: str, **answers: object) -> None:
    """Add an indicator that needs no target: a figure to know."""
    page.goto(f"/en/plan/programmes/{programme}/indicators/new?definition={definition}")
    fill_in(page, result={"label": "I People are safer and trust those who protect them"}, **answers)
    press(page, "Add indicator")
    expect(page.locator("main")).to_contain_text("The indicator was added.")


def readings_on(page: Page) -> dict[str, tuple[str, str, str]]:
    """Group to value, n and missing, over all pages of a computation's readings."""
    found = {}
    while True:
        for row in page.locator("main form tbody tr").all():
            cells = [cell.strip() for cell in row.locator("th, td").all_inner_texts()]
            found[cells[1]] = (cells[2], cells[3], cells[4])
        following = page.locator(NEXT)
        if not following.count():
            return found
        following.click()


def verify_all(officer: Page, verifier: Page) -> None:
    """Submit the readings on the officer's page and have them verified by the other person."""
    address = officer.url.partition("?")[0]
    for page, button in ((officer, "Submit"), (verifier, "Verify")):
        page.goto(address)
        place = page.locator("main .app-pagination__place")
        last = int(place.inner_text().rpartition(" ")[2]) if place.count() else 1
        for number in range(1, last + 1):
            page.goto(f"{address}?page={number}")
            press(page, button)


@pytest.fixture(scope="module")
def countries(officer, reference_data, tmp_path_factory) -> Path:
    """The countries of the survey as a plain list under one region, imported; returns the survey."""
    survey = reference_data / "afrobarometer_r6" / "afrobarometer_r6_ssa29.csv.gz"
    with gzip.open(survey, "rt", encoding="utf-8", newline="") as stream:
        names = sorted({row[COUNTRIES] for row in csv.DictReader(stream)})
    place = tmp_path_factory.mktemp("lists") / "countries.csv"
    with place.open("w", encoding="utf-8", newline="") as stream:
        rows = [(f"C{number:02}", name, "R6") for number, name in enumerate(names, start=1)]
        csv.writer(stream).writerows([("code", "name", "parent"), ("R6", "29 countries of round 6", ""), *rows])
    officer.goto("/en/places/")
    officer.get_by_role("link", name="Import a list of areas").click()
    fill_in(officer, file=str(place), valid_from="2000-01-01", source="names as the survey writes them")
    press(officer, "Import")
    expect(officer.locator("main")).to_contain_text("30 new areas, 0 known already.")
    return survey


def test_real_input_1_trust_by_country_comes_out_as_it_is_known(officer, countries, serious_problems):
    import_file(
        officer, countries, source="survey", title="Afrobarometer round 6", series="afrobarometer",
        licence="Free for use with citation", provenance="Afrobarometer round 6, 29 countries",
    )  # fmt: skip
    assert serious_problems(officer) == []
    fill_in(officer, role__weight="withinwt", role__area=COUNTRIES, **{"from": "2014-03-01", "to": "2015-12-31"})
    press(officer, "Confirm and import")
    wait_until_done(officer)
    assert fact(officer, "Data set") == "Afrobarometer round 6, 45,541 rows"
    assert (fact(officer, "Rejected rows"), fact(officer, "Rows without an area")) == ("0", "0")
    load_definitions(officer, "TRU-01")
    make_programme(officer, "trust", country="29 countries of round 6", title="Trust in the police")
    add_indicator(officer, "trust", "TRU-01", arguments=POSITIVE)
    asked = {"start": "2014-03-01", "end": "2015-12-31", "splits": ["area:1"]}
    compute(officer, "/en/measure/trust/TRU-01/compute/", titles=["Afrobarometer round 6"], **asked)
    found = readings_on(officer)
    assert len(found) == 30
    share = {name: number_in(value) for name, (value, _n, _missing) in found.items()}
    assert {name: share[name] for name in ("Liberia", "Sierra Leone", "Nigeria", "Mali", "Niger")} == {
        "Liberia": 23.0, "Sierra Leone": 32.4, "Nigeria": 21.3, "Mali": 51.7, "Niger": 87.4,
    }  # fmt: skip
    assert share["29 countries of round 6"] == 50.4
    assert {name: found[name][1:] for name in ("Liberia", "Sierra Leone")} == {
        "Liberia": ("1,188", "11"), "Sierra Leone": ("1,136", "55"),
    }  # fmt: skip
    assert found["29 countries of round 6"][1:] == ("44,731", "810")
    compute(
        officer, "/en/measure/trust/TRU-01/compute/", titles=["Afrobarometer round 6"], source="with-unknown",
        missing_policy="denominator", start="2014-03-01", end="2015-12-31",
    )  # fmt: skip
    assert number_in(readings_on(officer)["29 countries of round 6"][0]) == 49.5


@pytest.fixture(scope="module")
def prefectures(officer, reference_data) -> Path:
    """The prefectures of the Central African Republic with a population, imported; returns the list of events."""
    officer.goto("/en/places/boundaries/")
    fill_in(
        officer, file=str(reference_data / "admin" / "caf_adm1.topo.json"), country="CF", code_field="id", name_field="name",
        country_name="Central African Republic", valid_from="1960-01-01", source="Natural Earth, public domain",
    )  # fmt: skip
    press(officer, "Import")
    expect(officer.locator("main")).to_contain_text("17 new areas")
    return reference_data / "ucdp_ged_car" / "ged231_car.csv"


def test_real_input_2_events_are_counted_placed_and_shown_by_month(
    officer, verifier, prefectures, tmp_path, serious_problems, take_screenshot
):
    import_file(
        officer, prefectures, source="ucdp_ged", title="UCDP GED 23.1", series="ucdp-ged", country="CF", licence="CC BY 4.0",
        provenance="Davies et al. 2023; Sundberg and Melander 2013", sensitivity="0",
    )  # fmt: skip
    fill_in(
        officer, **{"from": "1989-01-01", "to": "2022-12-31"}
    )  # version 23.1 is complete from 1989; the first event here is of 1991
    press(officer, "Confirm and import")  # one screen: the mapping is proposed, and every written place is known
    wait_until_done(officer)
    assert fact(officer, "Data set") == "UCDP GED 23.1, 1,848 rows"
    assert fact(officer, "Rows without an area") == "42"
    listed = officer.locator("table", has_text="Rows that belong to no area of ours").locator("tbody tr")
    assert listed.count() == 42
    assert serious_problems(officer) == []
    population = tmp_path / "population.csv"
    population.write_text("area,year,value\nCF,1990,2800000\nCF,2003,3895139\n", encoding="utf-8")
    officer.goto("/en/places/population/")
    fill_in(officer, file=str(population), country="CF", level="0", source="a test", version="round figures")
    press(officer, "Import")
    _plan_events(officer)
    address = "/en/measure/car/{}/compute/"
    whole = {"titles": ["UCDP GED 23.1"], "source": "ucdp", "period_kind": "year"}
    compute(officer, address.format("DEATHS"), **whole, start="1989-01-01", end="2022-12-31", splits=["area:1"])
    found = readings_on(officer)
    assert [number_in(part) for part in re.findall(r"[\d,]+", found["Central African Republic"][0])] == [
        14948,
        13721,
        17760,
    ]
    assert len(found) == 18
    compute(officer, address.format("DEATHS"), **whole, start="2013-01-01", end="2013-12-31")
    assert number_in(readings_on(officer)["Central African Republic"][0]) == 3396
    compute(officer, address.format("SAF-03"), **whole, start="2012-01-01", end="2013-12-31", every="year")
    rates = [number_in(row) for row in officer.locator("main form tbody tr td:nth-child(3)").all_inner_texts()]
    assert max(rates) == pytest.approx(3396 / 3895139 * 100_000, abs=0.06)
    compute(
        officer,
        address.format("DEATHS"),
        **whole,
        start="2013-01-01",
        end="2013-12-31",
        every="month",
        splits=["area:1"],
    )
    verify_all(officer, verifier)
    _indicator_page(verifier, serious_problems)
    take_screenshot(verifier, "events", full_page=True)


def _plan_events(page: Page) -> None:
    load_definitions(page, "SAF-03")
    page.goto("/en/plan/definitions/new")
    fill_in(
        page, code="DEATHS", name="Deaths in organised violence", wording="Deaths, best estimate, as the source lists them",
        unit="deaths", estimator="event_count", arguments='{"what": "deaths"}', direction="down", source_kind="UCDP GED",
    )  # fmt: skip
    press(page, "Create definition")
    make_programme(page, "car", country="Central African Republic", title="Peace in the Central African Republic")
    add_indicator(page, "car", "DEATHS", source="ucdp")
    add_indicator(page, "car", "SAF-03", source="ucdp")


def _indicator_page(page: Page, serious_problems) -> None:
    page.goto("/en/measure/car/DEATHS/")
    main = page.locator("main")
    expect(main.locator("svg [href*='/places/code/'], svg a").first).to_be_visible()
    for summary in main.locator("summary", has_text="The same figures as a table").all():
        summary.click()
    months = [row.locator("th, td").first.inner_text() for row in main.locator("table").first.locator("tbody tr").all()]
    assert {"January 2013", "December 2013"} <= set(months)
    pictures = main.locator("img[src*='/figures/']")
    assert pictures.count() >= 1
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 0
    assert serious_problems(page) == []
