"""The made parts of the methods pages say what the program does today, and every public method has a page."""

import inspect
from importlib import import_module
from pkgutil import iter_modules

import pytest
from tools.method_pages import (
    MADE,
    METHODS,
    REPOSITORY,
    SECTIONS,
    contract,
    index,
    refreshed,
    sections_of,
    values_table,
)

PAGES = sorted(page for page in METHODS.glob("*.md") if page.name != "README.md")
DESIGNS = ("two_by_two", "staggered", "sun_abraham", "rollout", "synthetic_control", "synthetic_did", "interrupted")


def _contracts(text: str) -> list[str]:
    return [words for _, kind, words, _, _ in MADE.findall(text) if kind == "contract"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_made_parts_of_a_page_are_what_the_program_says(page):
    text = page.read_text(encoding="utf-8")

    assert refreshed(text) == text, "run: make docs"
    assert _contracts(text), "write <!-- contract MODULE:FUNCTION --> and <!-- end -->, then: make docs"


def test_index_names_every_page():
    assert (METHODS / "README.md").read_text(encoding="utf-8") == index(), "run: make docs"


def test_every_design_and_every_item_of_the_shelf_has_its_contract_on_a_page():
    folder = REPOSITORY / "src" / "custodes" / "evidence" / "estimators"
    shelf = [f"custodes.evidence.estimators.{item.name}" for item in iter_modules([str(folder)])]
    wanted = {*shelf, *(f"custodes.evidence.designs.{name}" for name in DESIGNS)}
    found = {each.partition(":")[0] for page in PAGES for each in _contracts(page.read_text(encoding="utf-8"))}

    assert len(shelf) > 10
    assert sorted(wanted - found) == []


def test_contract_follows_the_docstring():
    design = import_module("custodes.evidence.designs.two_by_two").two_by_two
    made = contract("custodes.evidence.designs.two_by_two:two_by_two")

    assert list(sections_of(inspect.getdoc(design))) == list(SECTIONS)
    assert "permutations=999, seed=1, scale='level'" in made
    assert "| Units | the unit of the outcome. |" in made


def test_page_with_another_promise_or_value_is_stale():
    text = (METHODS / "two_by_two.md").read_text(encoding="utf-8")

    assert "| −27.349111 (1e-07) |" in text
    assert refreshed(text.replace("| Units | the unit of the outcome. |", "| Units | per cent. |")) == text
    assert refreshed(text.replace("| −27.349111 (1e-07) |", "| −27.4 (1e-07) |")) == text


def test_marks_that_name_nothing_are_refused():
    with pytest.raises(ValueError, match="no case"):
        values_table("impact_designs design=none")
    with pytest.raises(ValueError, match="lacks Shapes"):
        contract("custodes.evidence.designs.sentences:figure")
