"""Writes what an officer would upload: plain CSV files, two maps, and `truth.toml` for those who check."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pyarrow import csv

from custodes.site.demo import PROVENANCE
from custodes.site.demo.generate import AS_OF, Demonstration, generate
from custodes.site.demo.randomness import DEFAULT_SEED

# Our own layout of the incidents stays inside; the export layout is what is uploaded.
INTERNAL = frozenset({"incidents"})


def write(folder: Path, *, seed: int = DEFAULT_SEED, as_of: date = AS_OF, scale: float = 1.0) -> Demonstration:
    """Generate and write; returns what was written."""
    demonstration = generate(seed=seed, as_of=as_of, scale=scale)
    write_files(folder, demonstration)
    return demonstration


def write_files(folder: Path, demonstration: Demonstration) -> tuple[Path, ...]:
    """One file for each table, the population, the boundaries before and after 2025, the provenance and the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in {**demonstration.tables, "population": demonstration.population}.items():
        if name in INTERNAL:
            continue
        path = folder / f"{name}.csv"
        csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))
        written.append(path)
    for name, shapes in (
        ("boundaries_2021", demonstration.boundaries),
        ("boundaries_2025", demonstration.boundaries_now),
    ):
        path = folder / f"{name}.geojson"
        path.write_text(json.dumps(shapes, separators=(",", ":")) + "\n", encoding="utf-8")
        written.append(path)
    for name, text in (("PROVENANCE.txt", PROVENANCE + "\n"), ("truth.toml", toml_text(demonstration.truth))):
        path = folder / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return tuple(written)


def toml_text(values: Mapping[str, Any], *, prefix: str = "") -> str:
    """A mapping as TOML: plain values first, then one table for each mapping inside."""
    plain = [f"{_key(key)} = {_value(value)}" for key, value in values.items() if not isinstance(value, Mapping)]
    head = [f"[{prefix}]"] if prefix and plain else []
    parts = ["\n".join(head + plain)] if plain else []
    for key, value in values.items():
        if isinstance(value, Mapping):
            parts.append(toml_text(value, prefix=f"{prefix}.{_key(key)}" if prefix else _key(key)).rstrip("\n"))
    return "\n\n".join(parts) + "\n"


def _key(key: object) -> str:
    text = str(key)
    return text if text.replace("-", "").replace("_", "").isalnum() and text.isascii() else json.dumps(text)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    # Eight digits: more would print the last bits of the processor's logarithm.
    return json.dumps(round(value, 8) if isinstance(value, float) else value, ensure_ascii=False)
