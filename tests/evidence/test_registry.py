"""The shelf finds what is in its folder and what other packages bring."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from custodes.evidence import estimators
from custodes.evidence.registry import all_estimators

PLUGIN = """
from dataclasses import replace
from custodes.evidence.estimators.judgement import ESTIMATOR as judgement
ESTIMATOR = replace(judgement, slug={slug!r})
"""


def _shelf_with_plugin(folder: Path, slug: str) -> subprocess.CompletedProcess[str]:
    (folder / "brought.py").write_text(PLUGIN.format(slug=slug), encoding="utf-8")
    information = folder / "brought-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n", encoding="utf-8")
    (information / "entry_points.txt").write_text("[custodes.estimators]\nx = brought:ESTIMATOR\n", encoding="utf-8")
    script = "from custodes.evidence.registry import all_estimators; print(*(item.slug for item in all_estimators()))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)


def test_shelf_holds_one_estimator_for_each_file():
    files = {path.stem for path in Path(estimators.__path__[0]).glob("*.py")} - {"__init__"}

    assert {item.slug for item in all_estimators()} == files


def test_estimator_of_another_package_is_found_by_its_entry_point(tmp_path):
    ran = _shelf_with_plugin(tmp_path, "delphi")

    assert ran.returncode == 0, ran.stderr
    assert "delphi" in ran.stdout.split()


@pytest.mark.parametrize("slug", ["judgement"])
def test_slug_that_two_packages_claim_is_refused(tmp_path, slug):
    ran = _shelf_with_plugin(tmp_path, slug)

    assert ran.returncode != 0
    assert f"Two estimators are called “{slug}”" in ran.stderr
