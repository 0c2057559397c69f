"""`custodes bench`: run the measurements of the repository's benchmarks folder, each of which checks itself against a budget or a named peer."""

import subprocess
import sys
from pathlib import Path

import typer

from custodes.site.errors import NameUnknown

FOLDER = Path("benchmarks")


def run_benchmarks(name: str | None, *, folder: Path = FOLDER) -> int:
    """Run one measurement or all, and return how many missed their budget. Raises NameUnknown."""
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
        if name in (None, title):
            typer.echo(f"== {title}")
            missed += subprocess.run([sys.executable, place], check=False).returncode != 0
    return missed
