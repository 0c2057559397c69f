"""`custodes bench`: run the measurements of the repository's benchmarks folder, each of which checks itself against a budget or a named peer.

A measurement that takes hours says so by a line `IS_LONG = True`; it runs when it is named, or with `--long`.
"""

import subprocess
import sys
from pathlib import Path

import typer

from custodes.site.errors import NameUnknown

FOLDER = Path("benchmarks")
LONG = "IS_LONG = True"


def run_benchmarks(name: str | None, *, with_long: bool = False, folder: Path = FOLDER) -> int:
    """Run one measurement, the quick ones or all, and return how many missed their budget. Raises NameUnknown."""
    known = {place.stem: place for place in sorted(folder.glob("*.py")) if not place.stem.startswith("_")}
    if not known:
        raise NameUnknown(
            "there are no measurements here.",
            where=str(folder),
            remedy="Run this in a clone of the repository: make bench",
        )
    if name is not None and name not in known:
        raise NameUnknown(
            f"there is no measurement called {name}.", where="NAME", remedy=f"Choose from: {', '.join(known)}"
        )
    missed = 0
    for title, place in known.items():
        if name not in (None, title):
            continue
        if name is None and not with_long and is_long(place):
            typer.echo(f"== {title}: left out, as it is long; custodes bench {title}, or --long")
            continue
        typer.echo(f"== {title}")
        missed += subprocess.run([sys.executable, place], check=False).returncode != 0
    return missed


def is_long(place: Path) -> bool:
    """Whether a measurement declares that it takes hours."""
    return LONG in place.read_text(encoding="utf-8").splitlines()
