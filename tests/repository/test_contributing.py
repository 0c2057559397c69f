"""What CONTRIBUTING shows works: its examples are taken from the page, dropped onto the shelves of a copy of the repository, and run."""

import csv
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from custodes.collection import sources
from custodes.collection.actions import import_file
from custodes.collection.registry import all_sources, source
from custodes.evidence import estimators
from custodes.evidence.registry import all_estimators, estimator
from custodes.ledger.actions import dataset_path
from custodes.people.models import Account, RoleGrant
from tests.evidence.samples import table_of

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"`((?:src|docs|tests)/[\w./]+)`:\n\n```\w+\n(.+?)```", re.DOTALL)
ESTIMATOR = "src/custodes/evidence/estimators/administrative_mean.py"
SOURCE = "src/custodes/collection/sources/incident_log.py"
MAPPINGS = "docs/reference/mappings.md"
COPIED = ("src/custodes", "docs/methods", "docs/reference", "tests/contract", "tests/evidence", "tests/reference")


def examples() -> dict[str, str]:
    """Place of each worked example in the repository, and its text."""
    return dict(EXAMPLE.findall((REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def copy_with_examples(tmp_path_factory) -> Path:
    """A copy of the repository, as far as the contract suites need it, with every example in its place."""
    copy = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(REPOSITORY / name, copy / name)
    for name, text in examples().items():
        if name == MAPPINGS:  # a row of a table that stands there
            stood = (copy / name).read_text(encoding="utf-8")
            text = stood.replace("| `administrative` |", f"{text}| `administrative` |")
            assert text != stood
        else:
            assert not (copy / name).exists(), f"{name} is no example any more: it exists"
        (copy / name).write_text(text, encoding="utf-8")
    return copy


def run_in(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("COVERAGE_", "PYTEST_"))}
    environment |= {"PYTHONPATH": os.pathsep.join([str(copy / "src"), str(copy)])}
    environment |= {"CUSTODES_SITE__DATA_DIR": str(copy / "var"), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("CUSTODES_DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def shelf_with_examples(copy_with_examples, monkeypatch):
    """The shelves of this process, with a folder more that holds the examples."""
    for package, name in ((estimators, ESTIMATOR), (sources, SOURCE)):
        folder = (copy_with_examples / name).parent.parent / f"brought_{package.__name__.rsplit('.', 1)[1]}"
        folder.mkdir(exist_ok=True)
        shutil.copy(copy_with_examples / name, folder)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    all_estimators.cache_clear()
    all_sources.cache_clear()
    yield
    monkeypatch.undo()
    for name in (ESTIMATOR, SOURCE):
        sys.modules.pop(name.removeprefix("src/").removesuffix(".py").replace("/", "."), None)
    all_estimators.cache_clear()
    all_sources.cache_clear()


def test_contributing_holds_a_whole_example_for_each_shelf():
    assert {ESTIMATOR, SOURCE, MAPPINGS} <= set(examples())


@pytest.mark.parametrize(
    ("suites", "slug", "least"),
    [
        (("tests/contract/test_estimators.py", "tests/evidence/test_reference_values.py"), "administrative_mean", 14),
        (("tests/contract/test_sources.py",), "incident_log", 9),
    ],
)
def test_example_passes_the_contract_suite_of_its_shelf(copy_with_examples, suites, slug, least):
    ran = run_in(copy_with_examples, "-m", "pytest", "-q", "-p", "no:cacheprovider", *suites, "-k", slug)

    passed = re.search(r"(\d+) passed", ran.stdout)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert passed
    assert int(passed.group(1)) >= least


@pytest.mark.parametrize("name", [ESTIMATOR, SOURCE])
def test_example_keeps_the_style_of_the_repository(copy_with_examples, name):
    for arguments in (("check",), ("format", "--check")):
        ran = run_in(copy_with_examples, "-m", "ruff", *arguments, "--no-cache", name)
        assert ran.returncode == 0, ran.stdout


def test_estimator_of_the_example_is_listed_and_estimates_rightly(shelf_with_examples):
    rows = [
        {"_area": "N", "_unit": "a", "_start": "2025-01-01", "_received": True, "_value": 30.0},
        {"_area": "N", "_unit": "b", "_start": "2025-01-01", "_received": True, "_value": 0.0},
        {"_area": "S", "_unit": "c", "_start": "2025-01-01", "_received": True, "_value": 15.0},
        {"_area": "S", "_unit": "d", "_start": "2025-01-01", "_received": False, "_value": None},
    ]

    north, south = estimator("administrative_mean").estimate(table_of(rows), arguments={}, by=("_area",))

    assert "administrative_mean" in {item.slug for item in all_estimators()}
    assert (north.cell.key, north.value, north.n, north.missing) == ("_area=N", 15.0, 2, 0)
    assert (south.cell.key, south.value, south.n, south.missing) == ("_area=S", 15.0, 1, 1)
    assert (north.completeness, south.completeness) == (1.0, 0.5)


@pytest.mark.django_db
def test_source_of_the_example_is_listed_and_reads_rightly(shelf_with_examples, tmp_path):
    officer = Account.objects.create(username="officer")
    RoleGrant.objects.create(
        account=officer, role="me_officer", starts=date(2020, 1, 1), sensitivity=2, created_by="system"
    )
    with (tmp_path / "log.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(
            [["log_number", "day", "killed", "kind"], ["1", "2026-03-02", "0", "theft"],
             ["2", "2026-03-03", "-1", "assault"], ["3", "2026-03-04", "", "assault"]]
        )  # fmt: skip

    run = import_file(
        tmp_path / "log.csv", by=officer, source="incident_log", title="Log", series="log", licence="CC0", provenance="a test"
    )  # fmt: skip

    kept = pq.read_table(dataset_path(run.dataset.sha256))
    assert "incident_log" in {item.slug for item in all_sources()}
    assert source("incident_log").sniff(["log_number", "day", "killed"]) == 1.0
    assert (run.rows_read, run.rows_rejected) == (3, 1)
    assert kept["_event"].to_pylist() == ["1", "3"]
    assert kept["_start"].to_pylist() == [date(2026, 3, 2), date(2026, 3, 4)]
    assert kept["_deaths_best"].to_pylist() == [0, None]
