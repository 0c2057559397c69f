"""The structure holds: contracts between packages, migrations, what a wheel contains, and nothing of anybody's machine."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
# A list of a form has its items at root/item, which is no path of a machine.
MACHINE_PATHS = re.compile(r"(?<![\w.-])/(?:work|root(?!/item)|home/\w+)/")
REGISTRY_HOSTS = re.compile(r"\b(?:pypi|registry|npm|nexus|artifactory|proxy)[\w-]*(?:\.[\w-]+)+\b", re.IGNORECASE)
PICTURE = re.compile(r"docs/screenshots/([\w-]+\.png)|\.\./screenshots/([\w-]+\.png)|\(screenshots/([\w-]+\.png)")


def _tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is no git clone: git ls-files does not answer")
    return [place for name in listed.stdout.decode().split("\0") if name and (place := REPOSITORY / name).is_file()]


def _texts() -> list[tuple[str, str]]:
    texts = []
    for place in _tracked_files():
        try:
            texts.append((str(place.relative_to(REPOSITORY)), place.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # a picture or another binary file
    return texts


def test_import_contracts_hold():
    done = subprocess.run([BIN / "lint-imports"], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_import_contract_notices_a_package_without_a_place(tmp_path):
    """The contract is exhaustive: a layer taken out of it leaves a package without a place, and it fails."""
    contracts = (REPOSITORY / "pyproject.toml").read_text()
    assert '  "people",\n' in contracts
    (tmp_path / "pyproject.toml").write_text(contracts.replace('  "people",\n', "", 1))

    done = subprocess.run(
        [BIN / "lint-imports", "--no-cache", "--config", tmp_path / "pyproject.toml"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "people" in done.stdout


@pytest.mark.django_db
def test_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_wheel_contains_what_it_needs_and_no_tests(tmp_path):
    subprocess.run(
        [BIN / "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=REPOSITORY, capture_output=True, check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    assert "custodes/site/templates/skeleton.html" in names
    assert "custodes/site/demo/country.toml" in names
    assert "custodes/static/brand/mark.svg" in names
    assert "custodes/locale/ar/LC_MESSAGES/django.po" in names
    assert not [name for name in names if not name.startswith(("custodes/", "custodes-"))]
    built = [place.relative_to(REPOSITORY / "src") for place in (REPOSITORY / "src/custodes/static/dist").glob("*")]
    compiled = [place.relative_to(REPOSITORY / "src") for place in (REPOSITORY / "src/custodes/locale").rglob("*.mo")]
    assert {str(place) for place in built + compiled} <= names


def test_no_file_names_a_machine():
    hashed = ("requirements.txt", "package-lock.json")
    found = [
        f"{name}: {match.group()}"
        for name, text in _texts()
        if Path(name) != Path(__file__).relative_to(REPOSITORY)
        for match in MACHINE_PATHS.finditer(text)
    ]
    found += [
        f"{name}: {match.group()}" for name, text in _texts() if name.endswith(hashed)
        for match in REGISTRY_HOSTS.finditer(text)
    ]  # fmt: skip

    assert found == []


def test_pictures_exist_and_are_used():
    shown = {
        next(filter(None, groups))
        for name, text in _texts()
        if name.endswith(".md")
        for groups in PICTURE.findall(text)
    }
    taken = {place.name for place in (REPOSITORY / "docs" / "screenshots").glob("*.png")}

    assert shown - taken == set(), "shown but never taken"
    assert taken - shown == set(), "taken but never shown"
