"""Replicate weights: what a plan says of them, and those made from the first stage, which multiply clusters so that no row is read again."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from custodes.evidence.arguments import count_of
from custodes.evidence.domain_sums import DomainSums
from custodes.evidence.errors import ArgumentInvalid, LonelyStratum
from custodes.evidence.survey import FloatArray, Frame, IntArray, stratum_words

MOST_CELLS = 100_000_000  # replicates × clusters held at once, 800 MB


class ReplicateMethod(StrEnum):
    """How replicates are made."""

    JK1 = "jk1"  # without strata: each cluster left out once
    JKN = "jkn"  # within strata: each cluster left out once
    BRR = "brr"  # two clusters in each stratum: balanced halves
    FAY = "fay"  # the same, with a part of the other half kept
    BOOTSTRAP = "bootstrap"  # Rao and Wu: one cluster fewer than drawn, with replacement, in each stratum


class Around(StrEnum):
    """What the estimates of the replicates are compared with."""

    MEAN = "mean"  # their own mean
    ESTIMATE = "estimate"  # that of the whole sample: mean squared error


@dataclass(frozen=True, slots=True)
class ReplicatePlan:
    """What replicates to make or to take.

    kept     the part of the left-out half that Fay's method keeps; count and seed: of the bootstrap.
    around   what the spread is measured from.
    prefix   of the columns that hold given weights: their names are the prefix and a number; None makes the replicates.
    scale    of given ones, the factor of each squared deviation, one for all or one for each; none leaves it to the method.
    factors  the given columns hold factors of the weight instead of whole weights.
    """

    method: ReplicateMethod
    kept: float = 0.5
    count: int = 500
    seed: int = 1
    around: Around = Around.MEAN
    prefix: str | None = None
    scale: tuple[float, ...] = ()
    factors: bool = False


@dataclass(frozen=True, slots=True)
class Replicates:
    """multiplier: (R, C) by which each cluster's weights are multiplied; scale: (R,) of each squared deviation."""

    multiplier: FloatArray
    scale: FloatArray


@dataclass(frozen=True, slots=True)
class ReplicateEstimates:
    """value: (M, D, R) of every measure in every domain under each replicate's weights; scale: (R,) of each squared deviation."""

    value: FloatArray
    scale: FloatArray


def made_replicates(frame: Frame, plan: ReplicatePlan) -> Replicates:
    """Replicates of the whole first stage.

    Shapes   multiplier: one row for each replicate, one column for each cluster of the frame.
    Returns  with the factors by which squared deviations from the replicates' mean add up to the variance; a declared population of
             clusters shrinks the jackknife and the bootstrap. BRR and Fay take no notice of it, as in their theory.
    Refuses  LonelyStratum; ArgumentInvalid where the design does not suit the method, or the replicates do not fit into memory.
    Source   Wolter (2007), Introduction to Variance Estimation, ch. 3–4; Rao & Wu (1988), doi:10.1080/01621459.1988.10478591;
             Judkins (1990), Journal of Official Statistics 6, 223.
    Checked  R survey as.svrepdesign(): tests/reference/analyst_replicates.toml, 1e-10; totals equal Taylor's, as theory says.
    """
    if plan.scale or plan.factors:
        raise ArgumentInvalid(
            "A scale and factors go with given replicate weights.",
            where="replicates",
            remedy="Name the prefix of their columns, or leave both out.",
        )
    if frame.is_lonely.any():
        name = frame.strata[int(np.flatnonzero(frame.is_lonely)[0])]
        raise LonelyStratum(
            f"{stratum_words(name)} has one cluster, so no replicate can leave it out.",
            where="design, strata",
            remedy="Join it with a stratum that is alike, or leave the replicates out and choose a policy.",
        )
    match plan.method:
        case ReplicateMethod.JK1 | ReplicateMethod.JKN:
            return _jackknife(frame, plan)
        case ReplicateMethod.BRR:
            return _halves(frame, kept=0.0)
        case ReplicateMethod.FAY:
            check_kept(plan)
            return _halves(frame, kept=plan.kept)
        case ReplicateMethod.BOOTSTRAP:
            return _bootstrap(frame, plan)


def check_kept(plan: ReplicatePlan) -> None:
    """ArgumentInvalid unless Fay's method keeps a part of the other half."""
    if not 0 < plan.kept < 1:
        raise ArgumentInvalid(
            f"Fay's method cannot keep {plan.kept:g} of the other half.",
            where="kept",
            remedy="Give a number between 0 and 1, such as 0.5.",
        )


def _jackknife(frame: Frame, plan: ReplicatePlan) -> Replicates:
    if plan.method is ReplicateMethod.JK1 and len(frame.size) > 1:
        raise ArgumentInvalid(
            "The design has strata, and jk1 has none.", where="replicate method", remedy="Choose jkn."
        )
    clusters = len(frame.stratum)
    check_room(clusters, clusters)
    size = frame.size[frame.stratum].astype(np.float64)
    with np.errstate(divide="ignore"):
        more = np.where(size > 1, size / (size - 1), 1.0)
    multiplier = np.where(frame.stratum[:, None] == frame.stratum[None, :], more[None, :], 1.0)
    np.fill_diagonal(multiplier, np.where(size > 1, 0.0, 1.0))
    return Replicates(multiplier, (size - 1) / size * (1 - frame.fraction[frame.stratum]))


def _halves(frame: Frame, *, kept: float) -> Replicates:
    wrong = np.flatnonzero(frame.size != 2)
    if len(wrong):
        stratum, clusters = stratum_words(frame.strata[int(wrong[0])]), int(frame.size[wrong[0]])
        raise ArgumentInvalid(
            f"{stratum} has {count_of(clusters, 'cluster', 'clusters')}; balanced halves need two in each.",
            where="replicate method",
            remedy="Choose jkn or bootstrap.",
        )
    balanced = _hadamard(len(frame.size) + 1)
    check_room(len(balanced), len(frame.stratum))
    first = np.zeros(len(frame.stratum), dtype=bool)
    first[np.unique(frame.stratum, return_index=True)[1]] = True
    sign = balanced[:, frame.stratum + 1] * np.where(first, 1.0, -1.0)
    multiplier = 1 + (1 - kept) * sign
    return Replicates(multiplier, np.full(len(balanced), 1 / len(balanced) / (1 - kept) ** 2))


def _hadamard(least: int) -> FloatArray:
    """Sylvester's matrix of ±1 with orthogonal columns, of the next power of two."""
    matrix = np.ones((1, 1))
    while len(matrix) < least:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def _bootstrap(frame: Frame, plan: ReplicatePlan) -> Replicates:
    if plan.count < 2:
        raise ArgumentInvalid("Fewer than two replicates have no spread.", where="count", remedy="Give 200 or more.")
    check_room(plan.count, len(frame.stratum))
    chance = np.random.default_rng(plan.seed)
    multiplier = np.ones((plan.count, len(frame.stratum)))
    for stratum, size in enumerate(frame.size.tolist()):
        if size < 2:
            continue
        drawn: IntArray = chance.multinomial(size - 1, np.full(size, 1 / size), plan.count)
        part = np.sqrt(1 - frame.fraction[stratum])
        multiplier[:, frame.stratum == stratum] = 1 + part * (drawn * size / (size - 1) - 1)
    return Replicates(multiplier, np.full(plan.count, 1 / (plan.count - 1)))


def check_room(replicates: int, clusters: int) -> None:
    """ArgumentInvalid where replicates of so many clusters are not held at once."""
    if replicates * clusters > MOST_CELLS:
        raise ArgumentInvalid(
            f"{replicates} replicates of {clusters} clusters do not fit into memory.",
            where="replicate method",
            remedy="Leave the replicates out: linearisation needs none; or make fewer by bootstrap.",
        )


def replicated(sums: DomainSums, replicates: Replicates, values: FloatArray) -> FloatArray:
    """Sums of (M, K) collapsed values by replicate and domain: (M, D, R)."""
    ends = np.r_[sums.starts, len(sums.domain)]
    return np.stack(
        [
            values[:, first:last] @ replicates.multiplier[:, sums.cluster[first:last]].T
            for first, last in pairwise(ends.tolist())
        ],
        axis=1,
    )


def replicate_variance(scale: FloatArray, estimates: FloatArray, *, centre: FloatArray | None) -> FloatArray:
    """Spread of replicate estimates about their mean, or about a centre: (…, R) to (…). Not a number where a replicate has no estimate."""
    used = estimates[..., scale > 0]
    middle = used.mean(axis=-1) if centre is None else centre
    centred = used - middle[..., np.newaxis]
    return np.asarray((centred * centred * scale[scale > 0]).sum(axis=-1))
