"""A form from a faulty workbook to a closed form, as an M&E officer meets it."""

import pytest
from openpyxl import Workbook

from custodes.people.rules import Role
from tests.journeys.steps import fill_in, is_wider_than_window, press, rows_of, wait_until_done

TELEPHONE = {"width": 320, "height": 700}
SURVEY = (
    ("type", "name", "label::English (en)", "label::Arabic (ar)", "calculation"),
    ("text", "station", "Which station did you visit?", "أي مركز زرت؟", None),
    ("integer", "officers", "How many officers were on duty?", "كم ضابطًا كان في الخدمة؟", None),
    ("select_one yesno", "treated", "Were people treated with respect?", "هل عومل الناس باحترام؟", None),
)
CHOICES = (
    ("list_name", "name", "label::English (en)", "label::Arabic (ar)"), ("yesno", "yes", "Yes", "نعم"), ("yesno", "no", "No", "لا"),
)  # fmt: skip
SETTINGS = (("form_title", "form_id", "version"), ("Visits to stations", "journey-visits", "2026-11"))


@pytest.fixture
def workbook(tmp_path):
    """Writes the form as a workbook; `changes` replaces cells of the survey by row and column, from 1."""

    def write(name: str, **sheets):
        book = Workbook()
        book.remove(book.active)
        for title, rows in {"survey": SURVEY, "choices": CHOICES, "settings": SETTINGS, **sheets}.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        place = tmp_path / name
        book.save(place)
        return place

    return write


def send(page, file) -> None:
    """Send a file from the page of a new form and wait until it is converted."""
    page.goto("/en/collect/forms/new/")
    fill_in(page, file=str(file))
    press(page, "Send the file")
    wait_until_done(page)


def accessible(page, serious_problems) -> None:
    """In English and Arabic, wide and on a telephone."""
    address = page.url
    for language in ("en", "ar"):
        page.goto(address.replace("/en/", f"/{language}/"))
        assert serious_problems(page) == []
        page.set_viewport_size(TELEPHONE)
        assert not is_wider_than_window(page)
        page.set_viewport_size({"width": 1200, "height": 900})
    page.goto(address)


def test_form_goes_from_faults_to_published_to_closed(page, signed_in, workbook, serious_problems):
    officer = signed_in(page, Role.ME_OFFICER)

    faulty = (
        *SURVEY[:2],
        ("integer", "officers", "How many officers?", "كم؟", "${nobody} +"),
        ("select_one yesnoo", "treated", "Treated?", "؟", None),
    )
    send(officer, workbook("visits.xlsx", survey=faulty))
    faults = rows_of(officer, "Faults")
    assert {tuple(row[:3]) for row in faults if "can be published" not in row[3]} == {
        ("survey", "3", "calculation"), ("survey", "4", "type"),
    }  # fmt: skip
    assert all(row[4] for row in faults)
    assert officer.get_by_role("button", name="Publish this version").count() == 0
    accessible(officer, serious_problems)

    officer.get_by_role("link", name="Send the corrected file").click()
    fill_in(officer, file=str(workbook("visits.xlsx")))
    press(officer, "Send the file")
    wait_until_done(officer)
    assert ["station", "text", "Which station did you visit?", ""] in rows_of(officer, "Questions")
    press(officer, "Publish this version")
    assert "Licence" in officer.locator("main .govuk-error-summary").inner_text()
    accessible(officer, serious_problems)
    fill_in(
        officer, licence="CC0-1.0", provenance="Monitors visit stations without notice.", country="QR", synthetic=True
    )
    press(officer, "Publish this version")

    assert officer.locator("h1").inner_text() == "Visits to stations"
    assert "Devices are offered this form" in officer.locator("main").inner_text()
    accessible(officer, serious_problems)
    with officer.expect_download() as download:
        officer.get_by_role("link", name="Version 1").click()
        officer.get_by_role("link", name="Download as devices get it").click()
    assert b'id="journey-visits"' in download.value.path().read_bytes()
    accessible(officer, serious_problems)

    officer.get_by_role("link", name="Visits to stations").first.click()
    officer.get_by_role("button", name="Close", exact=True).click()
    fill_in(officer, reason="The round is over.")
    press(officer, "Close")
    assert "The round is over." in officer.locator("main .app-history").inner_text()
    assert "kept as late" in officer.locator("main").inner_text()
    officer.goto("/en/collect/forms/")
    assert ["Visits to stations invented", "Closed", "journey-visits", "2026-11", "1"] in [
        [" ".join(cell.split()) for cell in row] for row in rows_of(officer, "Forms")
    ]
