"""What a person does on a page, in words that every journey shares."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

WORK_SECONDS = 60


def fill_in(page: Page, **answers: object) -> None:
    """Answer the page's form by the names of its fields: text, choice, list of choices, tick, or file."""
    for name, answer in answers.items():
        field = page.locator(f"main [name='{name.replace('__', '-')}']")
        kind, tag = field.first.get_attribute("type"), field.first.evaluate("field => field.tagName")
        if kind == "file":
            field.set_input_files(answer)
        elif kind in ("checkbox", "radio"):
            for value in answer if isinstance(answer, list) else [answer]:
                one = (
                    field
                    if value is True
                    else page.locator(f"main [name='{name.replace('__', '-')}'][value='{value}']")
                )
                one.check()
        elif tag == "SELECT":
            field.select_option(**answer) if isinstance(answer, dict) else field.select_option(answer)
        else:
            field.fill(str(answer))


def press(page: Page, button: str) -> None:
    """Press a button of the page's main part and wait for the answer."""
    page.locator("main").get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()


def wait_until_done(page: Page, *, sign: str = "progress, [role=status] p") -> None:
    """Wait for the page of a job to say that it ended; it renews itself.

    The page's foot is asked for too: between two renewals there is a moment without any page, hence without the sign.
    """
    ended = page.locator(f"body:has(footer):not(:has(main :is({sign})))")
    expect(ended).to_have_count(1, timeout=WORK_SECONDS * 1000)


def fact(page: Page, label: str) -> str:
    """The text that stands beside a label in a summary list."""
    row = page.locator("main .govuk-summary-list__row").filter(has=page.get_by_text(label, exact=True))
    return row.locator("dd").inner_text().strip()


def import_file(page: Page, file: Path, **answers: object) -> None:
    """Send a file from the page that takes them and wait until it is read."""
    page.goto("/en/collect/new/")
    fill_in(page, file=str(file), **answers)
    press(page, "Send the file")
    wait_until_done(page)


def compute(page: Page, address: str, *, titles: list[str], **answers: object) -> None:
    """Compute readings of an indicator from the data sets of these titles and wait for them."""
    page.goto(address)
    for title in titles:
        page.get_by_role("checkbox", name=re.compile(rf"^{re.escape(title)} \(")).first.check()
    fill_in(page, **answers)
    press(page, "Compute")
    wait_until_done(page)


def rows_of(page: Page, name: str) -> list[list[str]]:
    """The cells of a table's body as text; the table is named by the region or caption around it."""
    table = page.get_by_role("region", name=name).locator("tbody tr")
    return [row.locator("th, td").all_inner_texts() for row in table.all()]


def number_in(text: str) -> float:
    """The first number of a text written in English."""
    return float(re.search(r"[−-]?[\d,]+(?:\.\d+)?", text).group().replace(",", "").replace("−", "-"))


def is_wider_than_window(page: Page) -> bool:
    """Whether the page itself has to be moved sideways."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
