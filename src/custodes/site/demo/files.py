"""How each file of the demonstration is uploaded and what it feeds, read from `files.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Feed:
    """An indicator that is read from the file. `every` is the span of one reading; `series` tells sources of one indicator apart."""

    indicator: str
    estimator: str
    every: str
    arguments: Mapping[str, Any]
    by: tuple[tuple[str, ...], ...]
    where: Mapping[str, str]
    missing: str
    cumulative: bool
    series: str


@dataclass(frozen=True, slots=True)
class Upload:
    """One kind of file: its names without ending, and the meaning of its columns; an empty text means that it has none."""

    names: tuple[str, ...]
    title: str
    owner: str
    source: str
    sensitivity: str
    period: str
    period_kind: str
    place: str
    code_column: str
    weight: str
    strata: str
    clusters: str
    fpc: str
    unit: str
    received: str
    person: str
    categories: tuple[str, ...]
    numbers: tuple[str, ...]
    missing_codes: tuple[str, ...]
    feeds: tuple[Feed, ...]


@cache
def uploads() -> tuple[Upload, ...]:
    """Every kind of file, in the order in which an officer would bring them."""
    raw = tomllib.loads((resources.files("custodes.site.demo") / "files.toml").read_text(encoding="utf-8"))
    return tuple(_upload(entry) for entry in raw["file"])


def _upload(entry: dict[str, Any]) -> Upload:
    texts = ("place", "code_column", "weight", "strata", "clusters", "fpc", "unit", "received", "person")
    lists = ("names", "categories", "numbers", "missing_codes")
    values: dict[str, Any] = {name: value for name, value in entry.items() if name not in {"feed", *lists}}
    values |= {name: entry.get(name, "") for name in texts}
    values |= {name: tuple(entry.get(name, ())) for name in lists}
    return Upload(**values, feeds=tuple(_feed(feed) for feed in entry.get("feed", ())))


def _feed(entry: dict[str, Any]) -> Feed:
    return Feed(
        indicator=entry["indicator"],
        estimator=entry["estimator"],
        every=entry["every"],
        arguments=entry.get("arguments", {}),
        by=tuple(tuple(crossing) for crossing in entry["by"]),
        where=entry.get("where", {}),
        missing=entry.get("missing", "exclude"),
        cumulative=entry.get("cumulative", False),
        series=entry.get("series", ""),
    )
