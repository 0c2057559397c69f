"""The first thing anybody sees: an empty site answers, is accessible, keeps its own policy and works in four languages."""

import pytest


def test_health_answers_in_a_browser(empty_page):
    answer = empty_page.goto("/health")

    assert answer.status == 200
    assert answer.json()["status"] == "ok"


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("es", "ltr"), ("ar", "rtl")])
def test_sign_in_page_is_accessible_in_every_language(empty_page, serious_problems, language, direction):
    empty_page.goto(f"/{language}/account/login/")

    assert empty_page.locator("html").get_attribute("dir") == direction
    assert empty_page.locator("h1").count() == 1
    assert serious_problems(empty_page) == []


def test_policy_breach_is_noticed(browser, empty_site):
    """The listener that guards every journey must itself be able to fail."""
    from tests.journeys.conftest import _faults_of

    context = browser.new_context(base_url=empty_site.address)
    faults = _faults_of(context)
    page = context.new_page()
    page.goto("/en/account/login/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    page.wait_for_timeout(200)
    context.close()

    assert len(faults) == 1
    assert "style-src" in faults[0]


def test_axe_finds_a_planted_problem(empty_page, serious_problems):
    """The accessibility check must itself be able to fail."""
    empty_page.goto("/en/account/login/")
    empty_page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/x.png\">')")

    assert any("image-alt" in problem for problem in serious_problems(empty_page))
