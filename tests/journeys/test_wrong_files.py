"""Wrong files as the person meets them: a message with place and remedy on the page, and nothing written."""

import pytest

from custodes.people.rules import Role
from tests.journeys.steps import fact, fill_in, import_file, press, wait_until_done

WORDS = {
    "title": "A wrong file", "series": "wrong-files", "country": "QR", "synthetic": True, "licence": "CC0-1.0",
    "provenance": "Made for a test",
}  # fmt: skip
# name → (bytes, kind of file, what the page must say: the place, then the remedy)
FILES = {
    "no header": (b"\n\n", "survey", ("wrong.csv", "Export it again")),
    "latin-1": ("respondent,county,weight\n1,Sarimé,1.5\n".encode("latin-1"), "survey", ("wrong.csv, line 2", "Save the file as UTF-8")),
    "semicolons": (b"respondent;county;weight\n1;Sarime;1.5\n", "survey", ("wrong.csv, line 1", "delimiter")),
    "long line": (b"respondent,weight\n1," + b"9" * 1_100_000 + b"\n", "survey", ("wrong.csv, line 2", "one record per line")),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "survey", ("wrong.csv, line", "Save the file as UTF-8")),
}  # fmt: skip


@pytest.fixture
def officer(page, signed_in):
    return signed_in(page, Role.ME_OFFICER)


@pytest.mark.parametrize("name", FILES)
def test_wrong_file_is_refused_with_place_and_remedy(officer, tmp_path, serious_problems, name):
    content, source, said = FILES[name]
    place = tmp_path / "wrong.csv"
    place.write_bytes(content)
    import_file(officer, place, source=source, **WORDS)
    shown = officer.locator("main").inner_text()
    for words in said:
        assert words in shown
    assert "Nothing was written." in shown
    assert serious_problems(officer) == []


def test_empty_file_is_refused_on_the_form(officer, tmp_path, serious_problems):
    place = tmp_path / "empty.csv"
    place.write_bytes(b"")
    officer.goto("/en/collect/new/")
    fill_in(officer, file=str(place), source="survey", **WORDS)
    press(officer, "Send the file")
    assert "empty" in officer.locator("main .govuk-error-summary").inner_text()
    assert serious_problems(officer) == []


def test_survey_without_weight_asks_for_it_and_for_its_time(officer, tmp_path):
    place = tmp_path / "unweighted.csv"
    place.write_bytes(b"respondent,trust\n1,2\n2,3\n")
    import_file(officer, place, source="survey", **WORDS)
    shown = officer.locator("main").inner_text()
    assert "Weight" in shown
    assert "What the file means" in shown
    assert officer.locator("main dt", has_text="Data set").count() == 0


def test_text_in_a_number_column_goes_to_the_reject_file(officer, tmp_path):
    place = tmp_path / "mixed.csv"
    rows = b"".join(b"%d,1.5,%d\n" % (number, number % 4) for number in range(20))
    place.write_bytes(b"respondent,weight,trust\n" + rows + b"20,heavy,2\n")
    import_file(officer, place, source="survey", **(WORDS | {"series": "mixed-file"}))
    fill_in(officer, **{"from": "2026-01-01", "to": "2026-01-31"})
    press(officer, "Confirm and import")
    wait_until_done(officer)
    assert fact(officer, "Rejected rows").startswith("1")
    with officer.expect_download() as download:
        officer.get_by_role("link", name="Download them with problem and fix").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert "weight" in text
    assert "heavy" in text
