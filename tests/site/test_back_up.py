"""The back-up of the how-to is run as it stands there, and what it restores proves itself."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.running_site import prepared_folder, run_custodes, shared_folder, site_environment
from tests.site.test_import_command import MAPPING, OFFICER, SURVEY

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "back-up-and-restore.md"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with an installation that holds one data set."""
    folder = tmp_path_factory.mktemp("installed")
    environment = site_environment(prepared_folder(shared_folder(tmp_path_factory), folder / "var"))
    (folder / "survey.csv").write_text(SURVEY)
    (folder / "survey.toml").write_text(MAPPING)
    for arguments in (
        ("manage", "shell", "-v", "0", "-c", OFFICER),
        ("import", "survey.csv", "--source", "survey", "--mapping", "survey.toml", "--as", "amina"),
    ):
        done = run_custodes(*arguments, environment=environment, folder=folder)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def office(installed, tmp_path):
    """A copy of it, with the program where the how-to looks for it."""
    shutil.copytree(installed, tmp_path, dirs_exist_ok=True)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in ("python", "custodes"):
        (tmp_path / ".venv" / "bin" / name).symlink_to(Path(sys.executable).parent / name)
    return tmp_path


def _bash(script: str, *, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODES_")}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip


def test_back_up_of_the_how_to_restores_a_record_that_holds(office):
    back_up, restore = re.findall(r"```bash\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    saved = _bash(back_up, folder=office)
    assert saved.returncode == 0, saved.stderr
    shutil.rmtree(office / "var")

    restored = _bash(restore, folder=office)

    assert restored.returncode == 0, restored.stderr
    assert "all 1 files have the bytes" in restored.stdout
    head = re.search(r"Head (\S+)", (office / "backup" / "head.txt").read_text())
    assert head
    assert f"Head {head.group(1)}" in restored.stdout
    with closing(sqlite3.connect(office / "restored" / "custodes.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM people_account").fetchone() == (2,)


def test_back_up_without_its_data_sets_is_unmasked(office):
    back_up, restore = re.findall(r"```bash\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert _bash(back_up, folder=office).returncode == 0
    shutil.rmtree(office / "backup" / "media" / "datasets")

    restored = _bash(restore, folder=office)

    assert restored.returncode == 1
    assert "FAILED" in restored.stderr
