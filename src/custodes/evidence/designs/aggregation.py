"""The four ways to sum up group-time effects, each with the influence that its estimated weights have."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from custodes.evidence.designs.group_time import GroupTimeEffects
from custodes.evidence.designs.panel import BoolArray, FloatArray


class Aggregation(StrEnum):
    """What the one number is an average of."""

    SIMPLE = "simple"  # every treated cell, by the size of its cohort
    DYNAMIC = "dynamic"  # every time since treatment alike
    GROUP = "group"  # every treated unit alike, averaged over its treated periods
    CALENDAR = "calendar"  # every period alike


@dataclass(frozen=True, slots=True)
class Aggregated:
    """at: event times, periods or cohorts; value and influence of each; overall and its influence."""

    at: tuple[int, ...]
    value: FloatArray
    influence: FloatArray
    overall: float
    overall_influence: FloatArray


def aggregated(effects: GroupTimeEffects, kind: Aggregation) -> Aggregated:
    """Sum up group-time effects in one of four ways.

    Returns  the effect at each event time, cohort or period (one row for `simple`) and the overall effect, with influences.
    Source   Callaway & Sant'Anna (2021), section 3.1 and Corollary 2.
    Checked  R did on mpdta, all four; tests/reference/impact_designs.toml.
    """
    event = effects.period - effects.cohort
    match kind:
        case Aggregation.SIMPLE:
            value, influence = _by_cohort_size(effects, effects.is_after)
            return Aggregated((0,), np.array([value]), influence[:, None], value, influence)
        case Aggregation.DYNAMIC:
            at = [int(each) for each in np.unique(event)]
            parts = [_by_cohort_size(effects, event == each) for each in at]
            return _averaged(at, parts, np.array(at) >= 0)
        case Aggregation.CALENDAR:
            at = [int(each) for each in np.unique(effects.period[effects.is_after])]
            parts = [_by_cohort_size(effects, effects.is_after & (effects.period == each)) for each in at]
            return _averaged(at, parts, np.ones(len(at), dtype=bool))
        case Aggregation.GROUP:
            return _by_group(effects)


def overall_weights(effects: GroupTimeEffects, kind: Aggregation) -> FloatArray:
    """The weight of each cell in the overall effect; zero for cells before treatment.

    Checked  weights times cells are the overall effect; tests/evidence/designs/test_diagnostics.py.
    """
    after, share = effects.is_after, effects.share
    label = {
        Aggregation.SIMPLE: np.zeros_like(effects.cohort),
        Aggregation.DYNAMIC: effects.period - effects.cohort,
        Aggregation.CALENDAR: effects.period,
        Aggregation.GROUP: effects.cohort,
    }[kind]
    weights = np.zeros(len(share))
    labels = np.unique(label[after])
    by_size = np.array([share[after & (label == each)][0] for each in labels])
    of_label = by_size / by_size.sum() if kind is Aggregation.GROUP else np.full(len(labels), 1 / len(labels))
    for each, outer in zip(labels, of_label, strict=True):
        chosen = after & (label == each)
        weights[chosen] = outer * share[chosen] / share[chosen].sum()
    return weights


def _averaged(at: list[int], parts: list[tuple[float, FloatArray]], counted: BoolArray) -> Aggregated:
    value = np.array([part[0] for part in parts])
    influence = np.array([part[1] for part in parts]).T
    return Aggregated(
        tuple(at), value, influence, float(value[counted].mean()), np.asarray(influence[:, counted].mean(axis=1))
    )


def _by_cohort_size(effects: GroupTimeEffects, chosen: BoolArray) -> tuple[float, FloatArray]:
    """The average of some cells by the size of their cohorts, which were left to chance too and add their own influence."""
    share, value = effects.share[chosen], effects.value[chosen]
    weights = share / share.sum()
    own = effects.influence[:, chosen] @ weights
    return float(weights @ value), np.asarray(own + _influence_of_weights(effects, effects.cohort[chosen], value))


def _influence_of_weights(
    effects: GroupTimeEffects, cohort: "np.typing.NDArray[np.int64]", value: FloatArray
) -> FloatArray:
    """First-order change of Σ pₖ·vₖ ÷ Σ pₖ where the shares pₖ of cohorts are means over units."""
    first = effects.panel.first
    share = np.array([np.mean(first == each) for each in cohort])
    total = share.sum()
    average = float(share @ value) / total
    per_cohort = {int(each): float((value[cohort == each] - average).sum()) / total for each in np.unique(cohort)}
    influence = np.zeros(len(first))
    for each, slope in per_cohort.items():
        influence += ((first == each) - np.mean(first == each)) * slope
    return influence


def _by_group(effects: GroupTimeEffects) -> Aggregated:
    cohorts = np.unique(effects.cohort[effects.is_after])
    values, influences = [], []
    for each in cohorts:
        chosen = effects.is_after & (effects.cohort == each)
        values.append(float(effects.value[chosen].mean()))
        influences.append(effects.influence[:, chosen].mean(axis=1))
    value, influence = np.array(values), np.array(influences).T
    share = np.array([np.mean(effects.panel.first == each) for each in cohorts])
    weights = share / share.sum()
    overall_influence = influence @ weights + _influence_of_weights(effects, cohorts, value)
    at = tuple(int(each) for each in cohorts)
    return Aggregated(at, value, influence, float(weights @ value), np.asarray(overall_influence))
