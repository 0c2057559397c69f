"""Stages of a sample beneath the first: what was drawn within what, and the spread that each stage adds to the variance.

The variance of a sample in stages is that between first-stage units, plus, for each of them, that within it times the share of first-stage units
that was drawn, and so on downwards. Each stage is therefore a frame like the first one, with strata that lie within the units above.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.errors import ArgumentInvalid, LonelyStratum
from custodes.evidence.survey import Coded, FloatArray, Frame, IntArray, covariance, drawn_fraction, stratum_words
from custodes.evidence.types import Cell, Design, LonelyPolicy, Stage


@dataclass(frozen=True, slots=True)
class StageKeys:
    """The keys of one stage for each row of an aggregation; least and largest number that it gives as population, where it does."""

    stage: Stage
    stratum: Coded
    cluster: Coded
    low: FloatArray | None = None
    high: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class StageRows:
    """The collapsed rows of one stage, sorted by domain and unit."""

    frame: Frame
    cells: tuple[Cell, ...]
    domain: IntArray
    cluster: IntArray


def check_stages(design: Design) -> None:
    """ArgumentInvalid where a stage lies beneath none, or declares a population that the one above leaves open."""
    if design.stages and not design.clusters:
        raise ArgumentInvalid(
            "A later stage needs units of the first to lie in.",
            where="design, clusters",
            remedy="Name the column of the first-stage units.",
        )
    is_open = design.fpc is None
    for number, stage in enumerate(design.stages, start=2):
        if is_open and stage.fpc:
            raise ArgumentInvalid(
                f"Stage {number} declares its population and the stage above does not.",
                where=f"column {stage.fpc}",
                remedy="Declare the population of every stage from the first down.",
            )
        is_open = stage.fpc is None


def contributing_stages(design: Design) -> tuple[Stage, ...]:
    """The later stages that add to the variance: beneath a stage drawn with replacement none does (ultimate clusters)."""
    declared = [design.fpc, *(stage.fpc for stage in design.stages)]
    depth = declared.index(None) if None in declared else len(declared)
    return design.stages[:depth]


def with_later_stages(
    frame: Frame, cluster: IntArray, names: Coded, stages: Sequence[StageKeys], *, is_stratified: bool
) -> tuple[Frame, tuple[IntArray, ...]]:
    """The frame with its later stages, and the unit of each row at each of them, numbered in the order of the units above.

    names    of the first-stage units, row by row.
    Refuses  ArgumentInvalid where a population varies within its stratum, or is smaller than what was drawn of it.
    """
    if not stages:
        return frame, ()
    later: list[Frame] = []
    units: list[IntArray] = []
    unit, share = cluster, frame.fraction[frame.stratum]  # of what lies beneath each unit, the share that counts
    places = np.array(frame.strata if is_stratified else ("",), dtype=object)[frame.stratum]
    for keys in stages:
        label = _labels(places, names, unit)
        strata, stratum_of_row = np.unique(unit * len(keys.stratum.names) + keys.stratum.codes, return_inverse=True)
        above = strata // len(keys.stratum.names)
        places = label[above]
        if keys.stage.strata:
            places = places + " › " + keys.stratum.names[strata % len(keys.stratum.names)].astype(object)
        size_of_names = len(keys.cluster.names)
        found, unit = np.unique(stratum_of_row * size_of_names + keys.cluster.codes, return_inverse=True)
        stratum = found // size_of_names
        size = np.bincount(stratum, minlength=len(strata)).astype(np.int64)
        drawn = np.zeros(len(strata))
        if keys.stage.fpc and keys.low is not None and keys.high is not None:
            low, high = np.full(len(strata), np.inf), np.full(len(strata), -np.inf)
            np.minimum.at(low, stratum_of_row, keys.low)
            np.maximum.at(high, stratum_of_row, keys.high)
            drawn = drawn_fraction(low, high, size, strata=places, column=keys.stage.fpc)
        fraction = 1 - (1 - drawn) * share[above]
        later.append(Frame(stratum, tuple(places), size, fraction, frame.lonely, True, above=above[stratum]))
        units.append(unit)
        places, names = places[stratum], keys.cluster
        share = (share[above] * drawn)[stratum]
    return replace(frame, later=tuple(later)), tuple(units)


def _labels(places: NDArray[np.object_], names: Coded, unit: IntArray) -> NDArray[np.object_]:
    """What each unit is called: the stratum that it lies in and its own name."""
    code = np.zeros(len(places), dtype=np.int64)
    code[unit] = names.codes
    return np.array(
        [" › ".join(filter(None, pair)) for pair in zip(places, names.names[code], strict=True)], dtype=object
    )


def rows_by_stage(
    frame: Frame, cells: tuple[Cell, ...], domain: IntArray, units: Sequence[IntArray], scores: NDArray[Any]
) -> Iterator[tuple[StageRows, NDArray[Any]]]:
    """The rows of each stage from the first down, with the scores added up to its units.

    Shapes   domain and units: of each collapsed row, sorted by domain and unit of the last stage; scores: (M, K).
    """
    for each, unit in zip((replace(frame, later=()), *frame.later), units, strict=True):
        key = domain * len(each.stratum) + unit
        starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
        rows = StageRows(each, cells, domain[starts], unit[starts])
        yield rows, np.asarray(np.add.reduceat(scores, starts, axis=-1))


def staged_covariance(frame: Frame, scores: FloatArray) -> FloatArray:
    """Covariance matrix of estimates from the scores of the units of the last stage, one row for each estimate.

    Units    the square of the estimates' unit.
    Returns  what `survey.covariance` returns for each stage, added up.
    Refuses  LonelyStratum where every stratum of a stage has one unit and the policy is `average`.
    Source   Cochran (1977), Sampling Techniques, ch. 10; Thompson (2012), Sampling, ch. 13.
    Checked  R survey svyrecvar() with several stages: tests/reference/analyst_stages.toml, 1e-10.
    """
    added = np.zeros((len(scores), len(scores)))
    for each in reversed(frame.later):
        added = added + covariance(each, scores)
        above = each.above
        assert above is not None  # every later stage has one
        scores = np.asarray(np.add.reduceat(scores, np.flatnonzero(np.r_[True, above[1:] != above[:-1]]), axis=1))
    return added + covariance(frame, scores)


def check_lonely_units(frame: Frame, units: Sequence[IntArray], *, place: str) -> None:
    """LonelyStratum where the policy refuses one and a counted row lies in it, at any stage; units: of these rows, from the first stage down."""
    if frame.lonely is not LonelyPolicy.REFUSE:
        return
    for each, unit in zip((frame, *frame.later), units, strict=True):
        strata = np.unique(each.stratum[unit])
        lonely = strata[each.is_lonely[strata]]
        if len(lonely):
            raise LonelyStratum(
                f"{stratum_words(each.strata[int(lonely[0])])} has one cluster, so its variance cannot be estimated.",
                where=place,
                remedy="Join it with a stratum that is alike, or choose a policy for strata with one cluster.",
            )
