"""The reference is complete: every setting, command, error and item of a shelf is in it, and it says what the program does."""

import json
import re
import tomllib
from dataclasses import asdict, fields
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from tools.reference_pages import PAGES, problems, reading_states_page

from custodes.collection.registry import all_sources
from custodes.collection.rules.mapping import mapping_from_json
from custodes.indicators.rules.review import TRANSITIONS
from custodes.site.config import Config, load_config

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
EXAMPLE = REPOSITORY / "custodes.example.toml"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value


def _settings() -> list[tuple[str, str, Any]]:
    return [
        (section, key, _plain(value)) for section, content in asdict(Config()).items() for key, value in content.items()
    ]


def test_example_configuration_is_the_defaults():
    assert load_config(EXAMPLE, environ={}) == Config()


def test_example_configuration_names_every_setting_and_no_other():
    values = tomllib.loads(EXAMPLE.read_text())

    assert [(s, k, v) for s, content in values.items() for k, v in content.items()] == _settings()


def test_settings_page_has_every_setting_with_its_default():
    found, section = [], ""
    for line in (DOCS / "reference" / "settings.md").read_text().splitlines():
        if line.startswith("## ["):
            section = line.removeprefix("## [").removesuffix("]")
        elif line.startswith("| `"):
            key, default, meaning = (cell.strip() for cell in line.strip("|").split("|"))
            assert meaning
            found.append((section, key.strip("`"), tomllib.loads(f"v = {default.strip('`')}")["v"]))

    assert found == _settings()


def test_every_section_of_settings_says_what_it_is():
    assert [item.name for item in fields(Config) if not (item.default_factory.__doc__ or "").strip()] == []


@pytest.mark.parametrize("name", PAGES)
def test_drawn_page_is_what_the_program_does(name):
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


def test_reading_states_page_follows_the_table_of_states(monkeypatch):
    drawn = reading_states_page()
    monkeypatch.setitem(TRANSITIONS["submitted"], "recompute", "draft")

    assert "submitted --> draft: recompute" not in drawn
    assert "submitted --> draft: recompute" in reading_states_page()


def test_errors_have_one_meaning_per_code():
    codes = [kind.code for kind in problems()]

    assert sorted({code for code in codes if codes.count(code) > 1}) == []


@pytest.mark.parametrize("shelf", ["custodes.evidence.estimators", "custodes.collection.sources"])
def test_every_item_of_a_shelf_has_a_page(shelf):
    folder = REPOSITORY / "src" / Path(*shelf.split("."))
    items = [item.name for item in iter_modules([str(folder)]) if not item.name.startswith("_")]

    assert items
    assert [name for name in items if not any(DOCS.rglob(f"{name}.md"))] == []


@pytest.mark.parametrize("item", all_sources(), ids=[item.slug for item in all_sources()])
def test_page_of_a_source_has_its_name_licence_and_every_field(item):
    text = (DOCS / "reference" / "sources" / f"{item.slug}.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    found = [(cells[0].strip("*`"), cells[0].startswith("**"), cells[1]) for cells in rows if "`" in cells[0]]

    assert text.startswith(f"# {item.name}\n")
    assert item.licence in text
    assert found == [(each.role, each.required, each.label) for each in item.fields]
    assert [each.role for each in item.fields for name in each.names if f"`{name}`" not in text] == []


@pytest.mark.parametrize("item", all_sources(), ids=[item.slug for item in all_sources()])
def test_example_of_a_source_is_recognised_and_its_mapping_is_one(item):
    text = (DOCS / "reference" / "sources" / f"{item.slug}.md").read_text(encoding="utf-8")
    header = re.findall(r"```csv\n(.+?)\n", text)[0].split(",")
    mapping = mapping_from_json(json.loads(re.findall(r"```json\n(.+?)```", text, re.DOTALL)[0]))

    assert item.sniff(header) == 1.0
    assert set(mapping.columns) <= {each.role for each in item.fields}
    assert set(mapping.columns.values()) <= set(header)
