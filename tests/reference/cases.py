"""The stored reference values: tables from other programs, with their source and tolerance, one TOML file for each group."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DATA = Path(os.environ.get("CUSTODES_REFERENCE_DATA", ROOT.parent / "shared" / "data"))


@dataclass(frozen=True)
class Case:
    """One call with what another program answered. tolerances: relative, by field of the estimate."""

    group: str
    name: str
    estimator: str
    source: str
    version: str
    tolerance: float
    tolerances: dict[str, float]
    call: dict[str, Any]
    expected: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"


def all_cases() -> list[Case]:
    cases = []
    for path in sorted(HERE.glob("*.toml")):
        stored = tomllib.loads(path.read_text(encoding="utf-8"))
        cases += [
            Case(
                group=path.stem,
                name=case["name"],
                estimator=case["estimator"],
                source=stored["source"],
                version=stored["version"],
                tolerance=stored["tolerance"],
                tolerances=stored.get("tolerances", {}),
                call=case,
                expected=tuple(case["expected"]),
            )
            for case in stored.get("case", ())
        ]
    return cases
