"""A difference of two means with the spread of both groups: what two-by-two designs and checks before the measure rest on."""

import math
from dataclasses import dataclass

import numpy as np

from custodes.evidence.designs.panel import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two means of changes, its standard error and degrees of freedom."""

    value: float
    se: float
    df: float


def difference(change: FloatArray, is_treated: BoolArray) -> Difference:
    """Mean change of the treated less that of the others, with Welch's degrees of freedom; one treated unit borrows the others' spread."""
    treated, untreated = change[is_treated], change[~is_treated]
    value = float(treated.mean() - untreated.mean())
    other = float(untreated.var(ddof=1))
    if treated.size == 1:
        return Difference(value, math.sqrt(other * (1 + 1 / untreated.size)), float(untreated.size - 1))
    parts = np.array([treated.var(ddof=1) / treated.size, other / untreated.size])
    variance = float(parts.sum())
    sizes = np.array([treated.size - 1, untreated.size - 1])
    df = variance**2 / float((parts**2 / sizes).sum()) if variance > 0 else float(sizes.sum())
    return Difference(value, math.sqrt(variance), df)
