"""Drawing: the sample that a plan makes of a frame, stratum by stratum and cluster by cluster."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from custodes import __version__
from custodes.evidence.errors import InputProblem
from custodes.evidence.sampling.allocation import Allocation, allocated, given
from custodes.evidence.sampling.chance import stream
from custodes.evidence.sampling.frame import Frame, Unit
from custodes.evidence.sampling.plan import Plan
from custodes.evidence.sampling.selection import Method, select, whole_sizes

MOST_NAMED = 5  # of several places of which the same is to be said


class Role(StrEnum):
    """What a unit is in a sample."""

    DRAWN = "drawn"
    RESERVE = "reserve"  # steps in, in its turn
    REPLACED = "replaced"  # was drawn; another stands in its place
    RESTED = "rested"  # was in an earlier wave of the panel


@dataclass(frozen=True, slots=True)
class Drawn:
    """A unit of a sample at one stage.

    group       its stratum, or at the second stage its cluster; rank: its place in the order of the draw and its reserve, from 1.
    probability of being drawn within its group.
    population  units of the group; in a draw by size, the share that counts as drawn: 1 for certain units, else Σπ²/n (Hartley & Rao).
    number      how many units were listed in it, or persons are eligible in it, where that is known.
    wave        of the panel, in which it came into the sample.
    """

    key: str
    group: str
    role: Role
    rank: int
    probability: float
    population: float
    certain: bool
    size: float
    number: int | None = None
    replaces: str = ""
    reason: str = ""
    wave: int = 1


@dataclass(frozen=True, slots=True)
class Stratum:
    """What a stratum had and gave: units in the frame, their sizes added up, units drawn, and those among them that were certain."""

    name: str
    units: int
    size: float
    drawn: int
    certain: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample with everything that is needed to draw it again, and what has happened to it since.

    first, second  the units of each stage, reserves included; second is empty where there is one stage, or clusters are not listed yet.
    clusters_by    the plan by which clusters were drawn before they were listed; None where both stages come from one frame.
    """

    plan: Plan
    frame_sha256: str
    version: str
    strata: tuple[Stratum, ...]
    first: tuple[Drawn, ...]
    second: tuple[Drawn, ...] = ()
    clusters_by: Plan | None = None
    list_sha256: str = ""
    wave: int = 1
    notes: tuple[str, ...] = ()


def draw_sample(frame: Frame, plan: Plan) -> Sample:
    """Draw the sample that a plan makes of a frame.

    Shapes   frame: sorted units, as `frame_from_table` reads them.
    Units    probabilities 0 to 1 within the group of each stage; weights are one over their product.
    Returns  the same sample for the same frame, plan and seed, in whatever order rows stood, in whatever unit sizes are, on any machine.
    Refuses  InputProblem where strata have fewer units than the plan asks; ArgumentInvalid where the allocation and the strata do not go together.
    Source   Cochran (1977), Sampling Techniques, ch. 5, 8, 9A, 11; Madow (1949), doi:10.1214/aoms/1177729988 (systematic by size).
    Checked  every possible sample of small frames: totals without bias, exactly; 20,000 seeds: benchmarks/sampling.py.
    """
    strata = _by_group(frame.first)
    counts = _counts(strata, plan)
    first, notes, described = [], [], []
    for name, units in strata.items():
        found = _first_stage(units, counts[name], plan)
        first += found
        notes += _lonely(name, found, len(units))
        described.append(_described(name, units, found))
    second, notes_below = _second_stage(first, frame.second, plan) if plan.columns.cluster else ((), ())
    return Sample(plan, frame.sha256, __version__, tuple(described), tuple(first), second, notes=(*notes, *notes_below))


def draw_households(sample: Sample, listing: Frame, plan: Plan) -> Sample:
    """Draw the second stage of a sample of clusters from the list of their units that was made since.

    plan     that of the sample, carried on by `plan.with_second_stage`; listing: with clusters, all of them clusters of the sample.
    Refuses  InputProblem where a drawn cluster has no list, or a list is of a cluster that is neither drawn nor in reserve.
    """
    listed = {each.key: each for each in listing.first}
    unknown = sorted(set(listed) - {each.key for each in sample.first})
    absent = sorted(each.key for each in sample.first if each.role is Role.DRAWN and each.key not in listed)
    if unknown or absent:
        name = (unknown or absent)[0]
        what = "is listed and was not drawn" if unknown else "was drawn and is not listed"
        raise InputProblem(
            f"The cluster “{name}” {what}.",
            where=f"list, column {plan.columns.cluster}",
            remedy="Give the list of every drawn cluster, under the names that the sample has for them, and of no other.",
        )
    first = tuple(
        replace(each, number=listed[each.key].number) if each.key in listed else each for each in sample.first
    )
    second, notes = _second_stage([each for each in first if each.key in listed], listing.second, plan)
    return replace(
        sample,
        plan=plan,
        clusters_by=sample.plan,
        first=first,
        second=second,
        list_sha256=listing.sha256,
        notes=(*sample.notes, *notes),
    )


def _by_group(units: Iterable[Unit]) -> dict[str, list[Unit]]:
    groups: dict[str, list[Unit]] = {}
    for each in units:
        groups.setdefault(each.group, []).append(each)
    return dict(sorted(groups.items()))


def _counts(strata: Mapping[str, Sequence[Unit]], plan: Plan) -> dict[str, int]:
    units = {name: len(those) for name, those in strata.items()}
    if plan.units is None:
        return given(plan.given, units=units)
    match plan.allocation:
        case Allocation.EQUAL:
            shares = dict.fromkeys(strata, 1.0)
        case Allocation.PROPORTIONAL:
            shares = {name: math.fsum(each.size for each in those) for name, those in strata.items()}
        case _:
            shares = _neyman_shares(strata, plan.spread)
    return allocated(plan.units, shares=shares, units=units, at_least=plan.at_least)


def _neyman_shares(strata: Mapping[str, Sequence[Unit]], spread: Mapping[str, float]) -> dict[str, float]:
    strange = sorted(set(spread) ^ set(strata))
    if strange:
        what = "is not in the frame" if strange[0] in spread else "has no standard deviation"
        raise InputProblem(
            f"The stratum “{strange[0]}” {what}.",
            where="allocation, spread",
            remedy=f"Give one for each of the strata {', '.join(strata)}.",
        )
    return {name: len(those) * spread[name] for name, those in strata.items()}


def _first_stage(units: Sequence[Unit], count: int, plan: Plan) -> list[Drawn]:
    chance = stream(plan.seed, "first stage", units[0].group)
    is_by_size = plan.method is Method.PPS
    whole = whole_sizes([each.size for each in units]) if is_by_size else [1] * len(units)
    found = select(plan.method, whole, count=count, reserve=plan.reserve, chance=chance)
    if not is_by_size:
        return _marked(units, found.drawn, found.reserve, count / len(units), float(len(units)))
    others = [whole[place] for place in range(len(units)) if place not in found.certain]
    left, drawings = sum(others), count - len(found.certain)
    share = float(sum(Fraction(size) ** 2 for size in others) * drawings / Fraction(left) ** 2) if drawings else 1.0
    marked = []
    for rank, place in enumerate((*found.drawn, *found.reserve), start=1):
        certain = place in found.certain
        probability = 1.0 if certain else drawings * whole[place] / left
        role = Role.DRAWN if rank <= count else Role.RESERVE
        marked.append(_drawn(units[place], role, rank, probability, 1.0 if certain else share, certain=certain))
    return marked


def _marked(
    units: Sequence[Unit], drawn: Sequence[int], reserve: Sequence[int], probability: float, population: float
) -> list[Drawn]:
    """Units that all had the same chance."""
    return [
        _drawn(
            units[place], Role.DRAWN if rank <= len(drawn) else Role.RESERVE, rank, probability, population,
            certain=probability == 1.0,
        )
        for rank, place in enumerate((*drawn, *reserve), start=1)
    ]  # fmt: skip


def _drawn(unit: Unit, role: Role, rank: int, probability: float, population: float, *, certain: bool) -> Drawn:
    return Drawn(unit.key, unit.group, role, rank, probability, population, certain, unit.size, unit.number)


def _second_stage(
    clusters: Sequence[Drawn], units: Iterable[Unit], plan: Plan
) -> tuple[tuple[Drawn, ...], tuple[str, ...]]:
    """Units of every drawn cluster, and of every cluster in reserve, so that one that steps in is ready."""
    members = _by_group(units)
    second: list[Drawn] = []
    small = []
    for each in clusters:
        those = members[each.key]
        wanted = len(those) if plan.take is None else min(plan.take, len(those))
        if plan.take is not None and len(those) < plan.take:
            small.append(each.key)
        chance = stream(plan.seed, "second stage", each.group, each.key)
        found = select(plan.within, [1] * len(those), count=wanted, reserve=plan.reserve_within, chance=chance)
        second += _marked(those, found.drawn, found.reserve, wanted / len(those), float(len(those)))
    if not small:
        return tuple(second), ()
    named = ", ".join(sorted(small)[:MOST_NAMED]) + (" and more" if len(small) > MOST_NAMED else "")
    return tuple(second), (
        f"{len(small)} clusters have fewer than {plan.take} units, all of which are taken: {named}.",
    )


def _lonely(stratum: str, found: Sequence[Drawn], units: int) -> list[str]:
    """What to say where one unit stands for others, so that its stratum has no variance of its own."""
    chosen = [each for each in found if each.role is Role.DRAWN and not each.certain]
    if len(chosen) != 1 or units == 1:
        return []
    return [
        f"In the stratum “{stratum}” one unit stands for others: its variance cannot be estimated. Draw two, or join strata."
    ]


def _described(name: str, units: Sequence[Unit], found: Iterable[Drawn]) -> Stratum:
    chosen = [each for each in found if each.role is Role.DRAWN]
    return Stratum(
        name, len(units), math.fsum(each.size for each in units), len(chosen), sum(each.certain for each in chosen)
    )
