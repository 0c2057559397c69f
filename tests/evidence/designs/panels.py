"""Panels made for tests: from seeds, and from the reference files."""

from dataclasses import replace

import numpy as np

from custodes.evidence.designs.panel import Panel, panel_of_table
from tests.evidence.samples import reference_table


def panel_of(outcome, first, *, clusters=None) -> Panel:
    """A panel from arrays; `first` at or past the last period is never."""
    outcome = np.asarray(outcome, dtype=np.float64)
    units, periods = outcome.shape
    return Panel(
        units=tuple(f"u{index}" for index in range(units)),
        times=tuple(str(2000 + index) for index in range(periods)),
        outcome=outcome,
        first=np.asarray(first, dtype=np.int64),
        clusters=np.arange(units) if clusters is None else np.asarray(clusters, dtype=np.int64),
        name="complaints",
    )


def drawn_panel(seed: int, *, units: int = 60, periods: int = 8, effect: float = 0.0, starts=(3, 5, 8)) -> Panel:
    """Unit levels, a common path and noise; cohorts in equal parts; `effect` is added from the start on."""
    chance = np.random.default_rng(seed)
    first = np.array(starts)[np.arange(units) % len(starts)]
    noise = chance.normal(size=(units, periods)) + chance.normal(size=(units, 1)) + chance.normal(size=periods)
    after = np.arange(periods)[None, :] >= first[:, None]
    return panel_of(10 + noise + effect * after, first)


def reference_panel(file: str, columns: dict[str, str]) -> Panel:
    """The panel of a reference file; a file of one series needs no unit."""
    table = reference_table(file)
    if "unit" not in columns:
        table = table.mutate(series=1)
        columns = {**columns, "unit": "series"}
    return panel_of_table(table, **columns)


def moved(panel: Panel, *, add=0.0, times=1.0) -> Panel:
    return replace(panel, outcome=panel.outcome * times + add)
