"""What the command line and a web start import."""

import os
import subprocess
import sys

import pytest

# Coverage measures child processes too and brings Django with its plugin: these children are looked at alone.
ALONE = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
HEAVY = {"django", "scipy", "ibis", "duckdb", "pandas", "pyarrow"}
OF_COMMANDS = HEAVY | {"numpy", "pydantic", "rich"}


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
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=ALONE)

    loaded = set(ran.stdout.split())
    assert "custodes" in loaded
    assert not loaded & HEAVY


def test_listing_the_shelf_brings_no_framework_and_no_heavy_module():
    script = (
        "import sys; from custodes.evidence.registry import all_estimators; n = len(all_estimators());"
        "print(n, *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=ALONE)

    number, *loaded = ran.stdout.split()
    assert int(number) >= 14
    assert not set(loaded) & HEAVY


@pytest.mark.parametrize(
    "words", [["--help"], ["estimate", "--help"], ["impact", "--help"], ["sample", "draw", "--help"]]
)
def test_help_brings_nothing_that_only_a_running_command_needs(words):
    script = (
        f"import sys; sys.argv[1:] = {words!r}\n"
        "from custodes.site.cli import main\n"
        "try: main()\n"
        "except SystemExit: print('loaded', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=ALONE)

    loaded = set(ran.stdout.split("loaded")[-1].split())
    assert "typer" in loaded
    assert not loaded & OF_COMMANDS
