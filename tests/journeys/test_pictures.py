"""The manual's pictures, taken of the demonstration as it is loaded. CUSTODES_SCREENSHOTS=1 writes them to docs/screenshots."""

import pytest
from playwright.sync_api import Page

from custodes.people.rules import Role

PUBLIC = {
    "public-account": "/en/",
    "public-indicator": "/en/programmes/accountability/indicators/TRU-01/",
    "place": "/en/areas/QR12/",
}
STAFF = {
    "board": "/en/measure/accountability/",
    "work-queue": "/en/measure/work/",
    "map": "/en/measure/accountability/TRU-01/",
}


WINDOW = {"width": 1200, "height": 1300}


def wait_for_pictures(page: Page) -> None:
    """Draw and load every chart, also those below the window."""
    page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(image => { image.loading = 'eager' })")
    page.wait_for_load_state("networkidle")
    page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth > 0)")


@pytest.mark.parametrize("name", PUBLIC)
def test_picture_of_public_page(page, take_screenshot, name):
    page.set_viewport_size(WINDOW)
    assert page.goto(PUBLIC[name]).status == 200
    wait_for_pictures(page)
    assert take_screenshot(page, name).stat().st_size > 20_000


def test_picture_of_how_a_figure_was_made(page, take_screenshot):
    page.goto(PUBLIC["public-indicator"])
    page.get_by_role("link", name="How this figure was made").first.click()
    page.wait_for_load_state()
    assert page.locator("h1").inner_text() == "How this figure was made"
    assert take_screenshot(page, "how-this-figure-was-made", full_page=True).exists()


@pytest.mark.parametrize("name", STAFF)
def test_picture_of_staff_page(page, signed_in, take_screenshot, name):
    signed_in(page, Role.VERIFIER if name == "work-queue" else Role.ME_OFFICER)
    page.set_viewport_size(WINDOW)
    assert page.goto(STAFF[name]).status == 200
    wait_for_pictures(page)
    if name == "map":
        page.locator("main .app-map").first.scroll_into_view_if_needed()
    assert take_screenshot(page, name).stat().st_size > 20_000


def test_picture_of_arabic_on_a_telephone(page, take_screenshot):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto("/ar/programmes/accountability/indicators/TRU-01/")
    wait_for_pictures(page)
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert take_screenshot(page, "arabic-320").exists()
