"""Every page there is, for staff and public, in English and Arabic: accessible, within its own policy, no wider than a telephone."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page

from custodes.people.rules import Role
from tests.journeys.steps import fill_in, is_wider_than_window, press
from tests.running_site import RunningSite

LANGUAGES = ("en", "ar")
TELEPHONE = {"width": 320, "height": 700}
ON_TELEPHONE, ON_DESK = "320 px", "1200 px"
PROGRAMME = "accountability"
NOT_A_REVEAL = (
    ":not(.govuk-password-input__toggle)"  # shows what was typed; without scripts it stays away and nothing is lost
)
OFFICER, MANAGER, ADMIN, APPROVER = Role.ME_OFFICER, Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR, Role.APPROVER
# What the pages ask for beside the language: filled with rows of the demonstration.
FINDINGS = {
    "account": "from custodes.people.models import Account; print(Account.objects.get(username='officer').pk)",
    "grant": "from custodes.people.models import RoleGrant; print(RoleGrant.objects.filter(account__username='officer').first().pk)",
    "area": "from custodes.places.models import Area; print(Area.objects.get(code='QR12').pk)",
    "import": "from custodes.collection.models import ImportRun; print(ImportRun.objects.order_by('-pk').first().pk)",
    "computation": "from custodes.indicators.models import Computation; print(Computation.objects.filter(indicator__code='TRU-01').first().pk)",
    "reading": "from custodes.indicators.models import Reading; print(Reading.objects.filter(indicator__code='TRU-01').first().pk)",
    "dataset": "from custodes.ledger.models import Dataset; print(Dataset.objects.filter(kind='survey').first().sha256)",
}
# The demonstration holds no form, so one is published and a further version of it waits.
PUBLISHED_FORM = ("--licence", "CC0-1.0", "--provenance", "A test", "--country", "QR", "--synthetic")
# name → (who opens it, address below the language)
STAFF_PAGES = {
    "work-queue": (OFFICER, "measure/work/"), "board-list": (OFFICER, "measure/"), "programme-board": (OFFICER, "measure/{programme}/"),
    "indicator-page": (OFFICER, "measure/{programme}/TRU-01/"), "computation-new": (OFFICER, "measure/{programme}/TRU-01/compute/"),
    "quality-check-new": (OFFICER, "measure/{programme}/TRU-01/quality/"), "computation-detail": (OFFICER, "measure/computations/{computation}/"),
    "reading-detail": (OFFICER, "measure/readings/{reading}/"), "import-list": (OFFICER, "collect/"), "import-new": (OFFICER, "collect/new/"),
    "import-detail": (OFFICER, "collect/{import}/"),
    "form-list": (OFFICER, "collect/forms/"), "form-upload-new": (OFFICER, "collect/forms/new/"),
    "form-upload-detail": (OFFICER, "collect/forms/uploads/{upload}/"), "form-detail": (OFFICER, "collect/forms/{form}/"),
    "form-version-new": (OFFICER, "collect/forms/{form}/upload/"), "form-state": (OFFICER, "collect/forms/{form}/state/closed/"),
    "form-version": (OFFICER, "collect/forms/{form}/versions/1/"), "submission-list": (OFFICER, "collect/forms/{form}/submissions/"),
    "dataset-list": (OFFICER, "collect/data/"),
    "device-list": (OFFICER, "collect/devices/"), "device-new": (OFFICER, "collect/devices/new/"),
    "dataset-detail": (OFFICER, "collect/data/{dataset}/"),
    "area-list": (OFFICER, "places/"), "area-detail": (OFFICER, "places/{area}/"), "area-of-code": (OFFICER, "places/code/QR12/"),
    "boundaries-import": (OFFICER, "places/boundaries/"),
    "area-list-import": (OFFICER, "places/list/"),
    "population-import": (OFFICER, "places/population/"),
    "programme-list": (MANAGER, "plan/"), "programme-new": (MANAGER, "plan/new"), "definition-list": (MANAGER, "plan/definitions"),
    "definition-new": (MANAGER, "plan/definitions/new"), "library-load": (MANAGER, "plan/definitions/load"),
    "definition-detail": (MANAGER, "plan/definitions/sheet/TRU-01"), "definition-edit": (MANAGER, "plan/definitions/sheet/TRU-01/edit"),
    "programme-detail": (MANAGER, "plan/programmes/{programme}"), "programme-edit": (MANAGER, "plan/programmes/{programme}/edit"),
    "result-new": (MANAGER, "plan/programmes/{programme}/results/new"), "result-edit": (MANAGER, "plan/programmes/{programme}/results/O1/edit"),
    "partner-new": (MANAGER, "plan/programmes/{programme}/partners/new"), "indicator-new": (MANAGER, "plan/programmes/{programme}/indicators/new"),
    "indicator-edit": (MANAGER, "plan/programmes/{programme}/indicators/TRU-01/edit"),
    "indicator-targets": (MANAGER, "plan/programmes/{programme}/indicators/TRU-01/targets"),
    "plan-approve": (APPROVER, "plan/programmes/{programme}/approve"),
    "plan-version": (MANAGER, "plan/programmes/{programme}/versions/1"), "account-list": (ADMIN, "people/"), "account-new": (ADMIN, "people/new/"),
    "account-detail": (ADMIN, "people/{account}/"), "account-deactivate": (ADMIN, "people/{account}/deactivate/"),
    "account-reactivate": (ADMIN, "people/{account}/reactivate/"), "account-reset-credentials": (ADMIN, "people/{account}/credentials/"),
    "grant-new": (ADMIN, "people/{account}/grants/new/"), "grant-end": (ADMIN, "people/grants/{grant}/end/"),
    "organisation-list": (ADMIN, "people/organisations/"), "organisation-new": (ADMIN, "people/organisations/new/"),
    "institution-list": (ADMIN, "people/institutions/"), "institution-new": (ADMIN, "people/institutions/new/"),
    "own-account": (OFFICER, "people/you/"),
    "token-new": (OFFICER, "people/you/tokens/new/"),
    "second-factor-needed": (OFFICER, "people/second-factor/"),
}  # fmt: skip
PUBLIC_PAGES = {
    "portal-home": "", "portal-programme": "programmes/{programme}/",
    "portal-indicator": "programmes/{programme}/indicators/TRU-01/", "portal-reading": "figures/{reading}/",
    "portal-place-list": "areas/", "portal-place": "areas/QR12/", "portal-data": "data/", "portal-methods": "methods/",
    "account_login": "account/login/", "account_reset_password": "account/password/reset/",
}  # fmt: skip
# Further pages of the same names that are drawn in another way.
OTHER_DRAWINGS = {
    "two sources": "programmes/{programme}/indicators/SAF-02/", "months": "programmes/{programme}/indicators/CRM-03/",
    "stages": "programmes/{programme}/indicators/CAP-04/", "not found": "programmes/nowhere/",
    "small cells": "programmes/{programme}/indicators/ACC-05/",
}  # fmt: skip
ACCOUNT_PAGES = (
    "account/logout/",
    "account/password/change/",
    "account/email/",
    "account/2fa/",
    "account/2fa/totp/activate/",
)
# Answers that are files, redirects or need a token of another person; each stands under a test of its app.
NO_PAGES = frozenset({
    "readings-act", "import-rejects", "form-xform", "form-media", "form-upload-media", "form-upload-withdraw",
    "portal-csv", "portal-json", "portal-datapackage", "demonstration-sign-in", "first-setup",
    "submission-detail", "submission-file", "export-new", "export-file", "token-revoke", "device-withdraw", "plan-submit", "figure", "health",
})  # fmt: skip
FORMS = {
    name: STAFF_PAGES[name]
    for name in (
        "import-new", "form-upload-new", "form-version-new", "form-state", "computation-new",
        "boundaries-import", "area-list-import", "population-import", "programme-new", "result-new",
        "partner-new", "definition-new", "library-load", "account-new", "grant-new", "grant-end", "organisation-new", "institution-new",
        "token-new", "device-new", "account-deactivate", "quality-check-new",
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def rows(demonstration_site: RunningSite, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Numbers and names of rows that stand in the addresses."""
    found = _with_forms(demonstration_site, tmp_path_factory.mktemp("forms"))
    program = "\n".join(FINDINGS.values())
    done = demonstration_site.custodes("manage", "shell", "-v", "0", "-c", program)
    assert done.returncode == 0, done.stderr
    return dict(zip(FINDINGS, done.stdout.split(), strict=True)) | {"programme": PROGRAMME} | found


def _with_forms(site: RunningSite, folder: Path) -> dict[str, str]:
    """Publish a form and leave a second version of it waiting, with a file it asks for, a rename and a warning."""
    for version, row in (
        ("1", "text|name|What is your name?"),
        ("2", "select_one_from_file towns.csv|full_name|What is your name?"),
    ):
        file = folder / f"version-{version}.md"
        survey = f"| survey |\n| | type|name|label |\n| | {row} |\n| | text|place|Where? |\n"
        settings = f"| settings |\n| | form_title | form_id | version |\n| | Every page | every-page | {version} |\n"
        file.write_text(survey + settings, encoding="utf-8")
        sent = site.custodes("forms", "upload", str(file), "--as", "officer")
        assert sent.returncode == 0, sent.stderr
        upload = re.search(r"forms publish (\d+)", sent.stdout).group(1)
        if version == "1":
            done = site.custodes("forms", "publish", upload, "--as", "officer", *PUBLISHED_FORM)
            assert done.returncode == 0, done.stderr
    program = "from custodes.collection.models import Form; print(Form.objects.get(xform_id='every-page').pk)"
    return {"upload": upload, "form": site.custodes("manage", "shell", "-v", "0", "-c", program).stdout.strip()}


@pytest.fixture(scope="module")
def page_of(browser, demonstration_site) -> Iterator[Callable[[Role | None], Page]]:
    """One signed-in page for each role, kept over the module; what the browser complains of fails the test that sees it."""
    from tests.journeys.conftest import PATIENCE_MILLISECONDS, WINDOW, _faults_of

    pages, contexts = {}, []

    def open_page(role: Role | None) -> tuple[Page, list[str]]:
        if role not in pages:
            context = browser.new_context(base_url=demonstration_site.address, viewport=WINDOW, locale="en-GB")
            context.set_default_timeout(PATIENCE_MILLISECONDS)
            contexts.append(context)
            page, faults = context.new_page(), _faults_of(context)
            if role:
                page.goto("/en/account/login/")
                page.locator(
                    "section[aria-labelledby=demonstration-accounts] button", has_text=str(role.label)
                ).first.click()
                page.wait_for_url("**/measure/work/")
            pages[role] = page, faults
        return pages[role]

    yield open_page
    for context in contexts:
        context.close()


def check(page: Page, faults: list[str], serious_problems, *, language: str) -> None:
    """What holds for every page in every state."""
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert page.locator("h1").count() == 1
    assert serious_problems(page) == []
    page.set_viewport_size(TELEPHONE)
    try:
        assert not is_wider_than_window(page), f"wider than {ON_TELEPHONE}"
    finally:
        page.set_viewport_size({"width": 1200, "height": 900})
    assert not faults, faults


def names_of_pages(patterns: list[URLPattern | URLResolver]) -> set[str]:
    """The names of all addresses of our own apps."""
    names: set[str] = set()
    for each in patterns:
        if isinstance(each, URLResolver):
            if each.app_name not in ("ninja", "api-1.0.0") and "allauth" not in str(each.urlconf_name):
                names |= names_of_pages(each.url_patterns)
        elif each.name and each.callback.__module__.startswith(("custodes.", "django.views.decorators", "functools")):
            names.add(each.name)
    return names


def test_no_page_is_left_out_of_these_tests():
    ours = {name for name in names_of_pages(get_resolver().url_patterns) if not name.startswith(("account_", "mfa_"))}
    assert len(ours) > 60
    assert ours - set(STAFF_PAGES) - set(PUBLIC_PAGES) - NO_PAGES == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*PUBLIC_PAGES, *OTHER_DRAWINGS])
def test_public_page_is_accessible_and_fits(page_of, rows, serious_problems, name, language):
    page, faults = page_of(None)
    answer = page.goto(f"/{language}/" + (PUBLIC_PAGES | OTHER_DRAWINGS)[name].format(**rows))
    assert answer.status == (404 if name == "not found" else 200)
    for summary in page.locator("main summary").all()[:4]:
        summary.click()
    check(page, faults, serious_problems, language=language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STAFF_PAGES)
def test_staff_page_is_accessible_and_fits(page_of, rows, serious_problems, name, language):
    role, address = STAFF_PAGES[name]
    page, faults = page_of(role)
    assert page.goto(f"/{language}/" + address.format(**rows)).status == 200
    check(page, faults, serious_problems, language=language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", ACCOUNT_PAGES)
def test_account_page_is_accessible_and_fits(page_of, serious_problems, address, language):
    page, faults = page_of(OFFICER)
    assert page.goto(f"/{language}/{address}").status == 200
    check(page, faults, serious_problems, language=language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMS)
def test_form_sent_empty_says_so_and_is_accessible(page_of, rows, serious_problems, name, language):
    role, address = FORMS[name]
    page, faults = page_of(role)
    page.goto(f"/{language}/" + address.format(**rows))
    form = page.locator("main form[method=post]").last
    form.evaluate(
        "form => { form.noValidate = true; form.querySelectorAll('input[type=text], textarea').forEach(field => { field.value = '' }) }"
    )
    form.locator("button").last.click()
    page.wait_for_load_state()
    assert page.locator("main .govuk-error-summary").count() == 1
    check(page, faults, serious_problems, language=language)


@pytest.fixture(scope="module")
def page_without_scripts_of(browser, demonstration_site) -> Iterator[Callable[[Role | None], Page]]:
    """One signed-in page for each role whose browser runs no JavaScript, kept over the module."""
    from tests.journeys.conftest import PATIENCE_MILLISECONDS, WINDOW

    pages, contexts = {}, []

    def open_page(role: Role | None) -> Page:
        if role not in pages:
            context = browser.new_context(
                base_url=demonstration_site.address, viewport=WINDOW, locale="en-GB", java_script_enabled=False
            )
            context.set_default_timeout(PATIENCE_MILLISECONDS)
            contexts.append(context)
            page = context.new_page()
            if role:
                page.goto("/en/account/login/")
                page.locator(
                    "section[aria-labelledby=demonstration-accounts] button", has_text=str(role.label)
                ).first.click()
                page.wait_for_url("**/measure/work/")
            pages[role] = page
        return pages[role]

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", [*PUBLIC_PAGES, *STAFF_PAGES])
def test_page_shows_all_it_has_without_scripts(page_without_scripts_of, rows, name):
    """No part stays away or closed for good: what scripts would open is open or a native control, and every form has a button that sends it."""
    role, address = STAFF_PAGES.get(name) or (None, PUBLIC_PAGES[name])
    page = page_without_scripts_of(role)

    assert page.goto("/en/" + address.format(**rows)).status == 200

    assert page.locator("h1").is_visible()
    assert page.locator(f"main [hidden]{NOT_A_REVEAL}, noscript:visible").count() == 0
    assert (
        page.locator(f"main [hx-trigger*=load], main a[href='#'], main button[type=button]{NOT_A_REVEAL}").count() == 0
    )
    for form in page.locator("main form").all():
        assert form.locator("button[type=submit], button:not([type]), input[type=submit]").count() >= 1
    for summary in page.locator("main details > summary").all()[:2]:
        summary.click()
        assert summary.locator("xpath=..").get_attribute("open") is not None


def test_file_is_sent_and_followed_without_scripts(page_without_scripts, tmp_path):
    page = page_without_scripts
    page.goto("/en/account/login/")
    page.get_by_role("button", name="M&E officer").click()
    table = tmp_path / "small.csv"
    table.write_text("month,value\n2026-01,4\n2026-02,x\n2026-03,5\n", encoding="utf-8")
    page.goto("/en/collect/new/")
    fill_in(
        page, file=str(table), source="administrative", title="Small table", series="small-table", country="QR", synthetic=True,
        licence="CC0-1.0", provenance="A test",
    )  # fmt: skip
    press(page, "Send the file")
    page.locator("main h2", has_text="What the file means").wait_for(timeout=30_000)
    fill_in(page, role__period="month", role__value="value")
    press(page, "Confirm and import")
    rejects = page.get_by_role("link", name="Download them with problem and fix")
    rejects.wait_for(timeout=30_000)
    with page.expect_download() as download:
        rejects.click()
    assert "is not a number" in download.value.path().read_text(encoding="utf-8")
