"""The reference is complete: every setting, command, error and item of a shelf is in it, and it says what the program does."""

import tomllib
from dataclasses import asdict, fields
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from tools.reference_pages import commands_page, errors_page, problems

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


def test_commands_page_is_what_the_program_says():
    assert (DOCS / "reference" / "commands.md").read_text() == commands_page(), "run: make docs"


def test_errors_page_is_what_the_program_raises():
    assert (DOCS / "reference" / "errors.md").read_text() == errors_page(), "run: make docs"


def test_errors_have_one_meaning_per_code():
    codes = [kind.code for kind in problems()]

    assert sorted({code for code in codes if codes.count(code) > 1}) == []


@pytest.mark.parametrize("shelf", ["custodes.evidence.estimators", "custodes.collection.sources"])
def test_every_item_of_a_shelf_has_a_page(shelf):
    folder = REPOSITORY / "src" / Path(*shelf.split("."))
    items = [item.name for item in iter_modules([str(folder)]) if not item.name.startswith("_")]

    assert items
    assert [name for name in items if not any(DOCS.rglob(f"{name}.md"))] == []
