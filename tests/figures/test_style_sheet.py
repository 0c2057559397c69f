"""What the front end weighs, and that no host stands in its lock file."""

import gzip
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DIST = REPOSITORY / "src" / "custodes" / "static" / "dist"


@pytest.mark.parametrize(("name", "budget"), [("app.css", 16_000), ("app.rtl.css", 16_000), ("app.js", 12_000)])
def test_built_file_stays_within_its_budget(name: str, budget: int) -> None:
    if not (DIST / name).exists():
        pytest.skip("the front end is not built: cd frontend && npm ci && node build.mjs")
    assert len(gzip.compress((DIST / name).read_bytes(), 9)) < budget


def test_built_sheet_names_no_address_outside_the_site() -> None:
    if not (DIST / "app.css").exists():
        pytest.skip("the front end is not built: cd frontend && npm ci && node build.mjs")
    assert re.findall(r"url\(|@import|@font-face|GDS Transport", (DIST / "app.css").read_text()) == []


def test_lock_file_names_no_host() -> None:
    lock = (REPOSITORY / "frontend" / "package-lock.json").read_text()
    assert "://" not in lock
    assert "integrity" in lock


def test_own_rules_use_logical_properties_only() -> None:
    physical = re.compile(
        r"(?:^|[\s;{])(?:(?:margin|padding|border)-(?:left|right)|left|right|float|text-align:\s*(?:left|right))\s*:?"
    )
    for sheet in sorted((REPOSITORY / "frontend" / "parts").glob("*.scss")):
        rules = re.sub(r"//.*", "", sheet.read_text())
        assert physical.findall(rules) == [], sheet.name
