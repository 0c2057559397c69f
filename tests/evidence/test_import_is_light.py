"""What the command line and a web start import."""

import subprocess
import sys

import pytest

HEAVY = {"django", "scipy", "ibis", "duckdb", "pandas", "pyarrow"}


@pytest.mark.parametrize(
    "modules",
    [
        "custodes.evidence",
        "custodes.evidence.registry",
        "custodes.evidence.tables, custodes.evidence.progress, custodes.evidence.gaps, custodes.evidence.disclosure",
    ],
)
def test_import_brings_no_framework_and_no_heavy_module(modules):
    script = f"import {modules}, sys; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    loaded = set(ran.stdout.split())
    assert "custodes" in loaded
    assert not loaded & HEAVY


def test_listing_the_shelf_brings_no_framework_and_no_heavy_module():
    script = (
        "import sys; from custodes.evidence.registry import all_estimators; n = len(all_estimators());"
        "print(n, *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    number, *loaded = ran.stdout.split()
    assert int(number) >= 14
    assert not set(loaded) & HEAVY
