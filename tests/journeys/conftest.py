"""Journeys drive Debian's Chromium against `custodes run`: web server, worker and database of its own, as an office would run it.

page              a fresh visitor of the demonstration; `page.goto("/en/")`. A CSP violation or a script error fails the test
signed_in         `signed_in(page, Role.PUBLISHER)` signs the visitor in as that role's demonstration account
empty_page        the same on a site without the demonstration
serious_problems  `serious_problems(page)` lists what axe-core finds serious or critical on the page as it stands
take_screenshot   `take_screenshot(page, "board")` writes docs/screenshots/board.png when CUSTODES_SCREENSHOTS=1, otherwise a temporary file
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from custodes.people.rules import Role
from tests.running_site import RunningSite, demonstration_folder, running_site, shared_folder

REPOSITORY = Path(__file__).resolve().parents[2]
AXE = REPOSITORY / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
DEBIANS = Path("/usr/lib/chromium/chromium")  # without the flags for a desktop that the script of that name adds
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WINDOW = {"width": 1200, "height": 900}
PATIENCE_MILLISECONDS = 15_000  # the machine may be busy with the other half of the tests
SERIOUS = ("serious", "critical")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(REPOSITORY / "tests" / "journeys"):
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, or a skip that names the command which installs it."""
    named = os.environ.get("CUSTODES_CHROMIUM"), str(DEBIANS), "chromium", "chromium-browser"
    program = next((found for found in map(shutil.which, filter(None, named)) if found), None)
    if program is None:
        pytest.skip("Chromium is absent: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS), headless=True)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demonstration_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A site that holds the demonstration; one for all journeys of this process, so each makes its own rows."""
    own = tmp_path_factory.mktemp("demonstration") / "data"
    with running_site(demonstration_folder(shared_folder(tmp_path_factory), own)) as site:
        yield site


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A site without the demonstration, waiting for its first administrator."""
    with running_site(tmp_path_factory.mktemp("empty") / "data", "--empty") as site:
        yield site


def _visit(browser: Browser, site: RunningSite, **options: object) -> Iterator[Page]:
    context = browser.new_context(base_url=site.address, viewport=WINDOW, locale="en-GB", **options)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    faults = _faults_of(context)
    yield context.new_page()
    context.close()
    assert not faults, "the browser complained:\n" + "\n".join(faults)


def _faults_of(context: BrowserContext) -> list[str]:
    """What the context's pages will complain of: breaches of the content security policy and script errors."""
    faults: list[str] = []
    context.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    return faults


@pytest.fixture
def page(browser: Browser, demonstration_site: RunningSite) -> Iterator[Page]:
    """A fresh visitor of the demonstration."""
    yield from _visit(browser, demonstration_site)


@pytest.fixture
def page_without_scripts(browser: Browser, demonstration_site: RunningSite) -> Iterator[Page]:
    """A fresh visitor of the demonstration whose browser runs no JavaScript."""
    yield from _visit(browser, demonstration_site, java_script_enabled=False)


@pytest.fixture
def empty_page(browser: Browser, empty_site: RunningSite) -> Iterator[Page]:
    """A fresh visitor of a site without the demonstration."""
    yield from _visit(browser, empty_site)


@pytest.fixture
def signed_in() -> Callable[[Page, Role], Page]:
    """Signs a page in as the demonstration account of a role; the page then shows what that role sees first."""

    def sign_in(page: Page, role: Role) -> Page:
        page.goto("/en/account/login/")
        page.locator("section[aria-labelledby=demonstration-accounts] button", has_text=str(role.label)).first.click()
        page.wait_for_url(lambda url: "/account/login/" not in url)
        return page

    return sign_in


@pytest.fixture(scope="session")
def serious_problems() -> Callable[[Page], list[str]]:
    """Lists what axe-core finds serious or critical. It is evaluated by the debugger, which the page's policy does not bind."""
    if not AXE.exists():
        pytest.skip("axe-core is absent: make setup")
    source = AXE.read_text(encoding="utf-8")

    def examine(page: Page) -> list[str]:
        page.evaluate(source + "; undefined")
        found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        return [
            f"{item['impact']} {item['id']}: {item['help']} at {item['nodes'][0]['target']}"
            for item in found
            if item["impact"] in SERIOUS
        ]

    return examine


@pytest.fixture
def take_screenshot(tmp_path: Path) -> Callable[..., Path]:
    """Takes the manual's pictures."""

    def take(page: Page, name: str, *, full_page: bool = False) -> Path:
        keep = os.environ.get("CUSTODES_SCREENSHOTS") == "1"
        folder = REPOSITORY / "docs" / "screenshots" if keep else tmp_path
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / f"{name}.png"
        page.screenshot(path=place, full_page=full_page, animations="disabled")
        return place

    return take
