"""Every relative link of the documentation leads to a file that exists, and to a heading where it names one."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted(REPOSITORY.glob("*.md")) + sorted((REPOSITORY / "docs").rglob("*.md"))
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
CODE = re.compile(r"^ *(`{3,}).*?^ *\1", re.DOTALL | re.MULTILINE)
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:")


def relative_links(text: str) -> list[str]:
    """Where the links of a page lead, code blocks and other sites aside."""
    return [link for link in LINK.findall(CODE.sub("", text)) if not SCHEME.match(link)]


def anchors(text: str) -> set[str]:
    """The names that a page's headings have as the target of a link."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def fault_of(page: Path, link: str) -> str:
    """Why a link leads nowhere, or empty text."""
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return "no such file"
    if not target.is_relative_to(REPOSITORY):
        return "outside the repository"
    if anchor and target.suffix == ".md" and anchor not in anchors(target.read_text(encoding="utf-8")):
        return "no such heading"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(REPOSITORY)) for page in PAGES])
def test_links_of_a_page_lead_somewhere(page):
    links = relative_links(page.read_text(encoding="utf-8"))

    assert [f"{link}: {fault}" for link in links if (fault := fault_of(page, link))] == []


def test_links_are_found_and_a_broken_one_is_noticed():
    text = "[a](reference/settings.md#site) ![b](gone.png) [c](https://example.org) `x`\n```\n[d](e.md)\n```\n"
    index = REPOSITORY / "docs" / "README.md"

    assert relative_links(text) == ["reference/settings.md#site", "gone.png"]
    assert [fault_of(index, link) for link in relative_links(text)] == ["", "no such file"]
    assert fault_of(index, "reference/settings.md#sites") == "no such heading"
    assert len(relative_links(index.read_text(encoding="utf-8"))) > 15


def test_index_leads_to_every_page_for_readers():
    """Method pages and decisions are reached through their folders; every other page stands in the index by name."""
    docs = REPOSITORY / "docs"
    named = {(docs / link.partition("#")[0]).resolve() for link in relative_links((docs / "README.md").read_text())}
    through_folder = {docs / "methods", docs / "decisions"}
    pages = [page for page in docs.rglob("*.md") if page.parent not in through_folder and page.name != "README.md"]

    assert [str(page.relative_to(docs)) for page in pages if page not in named] == []
    assert through_folder <= named
