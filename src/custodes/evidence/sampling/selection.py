"""Which units of one stratum or cluster are drawn, and with what probability: simple random, systematic, systematic by size.

Sizes become whole numbers before anything is compared, so that neither rounding nor the unit of a size measure decides who is in the sample.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.sampling.chance import WORD, one_by_size, shuffled, start


class Method(StrEnum):
    """How units of one stratum or cluster are drawn."""

    SIMPLE = "simple"
    SYSTEMATIC = "systematic"
    PPS = "pps"  # systematic, with probability proportional to size


@dataclass(frozen=True, slots=True)
class Selection:
    """What was drawn of one group, as places in it: those drawn; those held in reserve, in the order in which they step in; those certain."""

    drawn: tuple[int, ...]
    reserve: tuple[int, ...]
    certain: frozenset[int]


def inclusion_probabilities(sizes: Sequence[float], *, count: int) -> NDArray[np.float64]:
    """The probability of each unit in a draw proportional to size, with units that are certain taken out, again until none is left.

    Shapes   sizes: one number above 0 for each unit; count: how many are drawn, at most all.
    Units    sizes in any unit; probabilities are 0 to 1 and add up to count.
    Returns  1 for a unit whose share of what is left reaches one drawing, else its share of the others times the drawings left.
    Refuses  ArgumentInvalid where count is below 0 or above the number of units, or a size is not above 0.
    Source   Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, §3.6.2; Tillé (2006), Sampling Algorithms, §2.10.
    Checked  R sampling 2.9 inclusionprobabilities() on the communes of two Belgian provinces and on made sizes; tests/reference/sampling.toml, 1e-12.
    """
    whole = whole_sizes(sizes)
    _check_count(count, len(whole))
    certain = certain_units(whole, count=count)
    left = sum(size for place, size in enumerate(whole) if place not in certain)
    drawings = count - len(certain)
    return np.array([1.0 if place in certain else drawings * size / left for place, size in enumerate(whole)])


def certain_units(whole: Sequence[int], *, count: int) -> frozenset[int]:
    """The units whose share of what is left reaches one drawing. The largest goes first: taking it out can only make the next more certain."""
    left, drawings = sum(whole), count
    certain = set()
    for place in sorted(range(len(whole)), key=lambda each: (-whole[each], each)):
        if drawings == 0 or drawings * whole[place] < left:
            break
        certain.add(place)
        left -= whole[place]
        drawings -= 1
    return frozenset(certain)


def whole_sizes(sizes: Sequence[float]) -> list[int]:
    """The same sizes as whole numbers without a common divisor: every finite number is a whole one over a power of two."""
    try:
        ratios = [float(size).as_integer_ratio() for size in sizes]
    except (OverflowError, ValueError):
        raise ArgumentInvalid("A size is not finite.", where="sizes", remedy="Correct the size measure.") from None
    if any(top <= 0 for top, _ in ratios):
        raise ArgumentInvalid(
            "A size is not above 0, so that nobody there could be drawn.",
            where="sizes",
            remedy="Give the unit its size, or leave it out and say so.",
        )
    beneath = max((bottom for _, bottom in ratios), default=1)
    whole = [top * (beneath // bottom) for top, bottom in ratios]
    divisor = math.gcd(*whole) or 1
    return [size // divisor for size in whole]


def select(method: Method, whole: Sequence[int], *, count: int, reserve: int, chance: np.random.PCG64) -> Selection:
    """Draw `count` units of one group, and up to `reserve` more that may step in.

    A simple random sample and its reserve are one random order, cut. After the other methods the reserve is drawn from the units left over, one by
    one: at random, or in proportion to size.
    """
    units = len(whole)
    _check_count(count, units)
    if method is Method.SIMPLE:
        order = [int(place) for place in shuffled(units, chance)]
        everybody = frozenset(range(units)) if count == units else frozenset()
        return Selection(tuple(order[:count]), tuple(order[count : count + reserve]), everybody)
    sizes = [1] * units if method is Method.SYSTEMATIC else list(whole)
    certain = certain_units(sizes, count=count)
    others = [place for place in range(units) if place not in certain]
    found = systematic([sizes[place] for place in others], count=count - len(certain), begin=start(chance))
    drawn = (*sorted(certain), *(others[each] for each in found))
    taken = set(drawn)
    left = [place for place in others if place not in taken]
    return Selection(drawn, _reserve(method, left, sizes, reserve, chance), certain)


def _reserve(
    method: Method, left: list[int], sizes: Sequence[int], reserve: int, chance: np.random.PCG64
) -> tuple[int, ...]:
    if method is not Method.PPS:
        return tuple(left[int(each)] for each in shuffled(len(left), chance)[:reserve])
    stand_by: list[int] = []
    while left and len(stand_by) < reserve:
        stand_by.append(left.pop(one_by_size([sizes[place] for place in left], chance)))
    return tuple(stand_by)


def systematic(whole: Sequence[int], *, count: int, begin: int) -> list[int]:
    """The places of the units in which the points (begin/2⁶⁴ + k) · total/count fall, k from 0; no size may exceed the step."""
    if count == 0:
        return []
    total = sum(whole)
    found: list[int] = []
    reached = 0
    point = begin * total  # in units of 1/(2⁶⁴ · count)
    for place, size in enumerate(whole):
        reached += size * count * WORD
        while point < reached and len(found) < count:
            found.append(place)
            point += total * WORD
    return found


def possible_samples(sizes: Sequence[float], *, count: int) -> list[tuple[tuple[int, ...], Fraction]]:
    """Every sample that a systematic draw by size can give, with its exact probability; equal sizes make the equal-probability draw.

    The start is uniform on one step, and the sample changes only where a border between two units lies a whole number of steps from the start.
    """
    whole = whole_sizes(sizes)
    _check_count(count, len(whole))
    certain = certain_units(whole, count=count)
    others = [place for place in range(len(whole)) if place not in certain]
    drawings = count - len(certain)
    if drawings == 0:
        return [(tuple(sorted(certain)), Fraction(1))]
    step = Fraction(sum(whole[place] for place in others), drawings)
    borders = list(itertools.accumulate(whole[place] for place in others))
    cuts = [*sorted({Fraction(0), *(border % step for border in borders)}), step]
    chances: dict[tuple[int, ...], Fraction] = {}
    for low, high in itertools.pairwise(cuts):
        points = ((low + high) / 2 + k * step for k in range(drawings))
        hit = (next(i for i, border in enumerate(borders) if point < border) for point in points)
        sample = tuple(sorted((*certain, *(others[i] for i in hit))))
        chances[sample] = chances.get(sample, Fraction(0)) + (high - low) / step
    return list(chances.items())


def joint_probabilities(sizes: Sequence[float], *, count: int) -> NDArray[np.float64]:
    """The probability that two units are drawn together in a systematic draw by size, in the order given; those of one unit on the diagonal.

    Shapes   sizes: one number above 0 for each of N units; the answer is N × N.
    Units    probabilities, 0 to 1; each row adds up to count times its diagonal.
    Returns  exact values, from every possible sample. Zero for two units that never come together, which is why no unbiased variance exists.
    Refuses  ArgumentInvalid where count is below 0 or above the number of units, or a size is not above 0.
    Source   Hartley & Rao (1962), Annals of Mathematical Statistics 33, 350–374; Tillé (2006), Sampling Algorithms, §7.1.
    Checked  R sampling 2.9 UPsystematicpi2(); tests/reference/sampling.toml, 1e-12.
    """
    joint = np.zeros((len(sizes), len(sizes)))
    for sample, probability in possible_samples(sizes, count=count):
        places = np.array(sample, dtype=np.int64)
        joint[np.ix_(places, places)] += float(probability)
    return joint


def _check_count(count: int, units: int) -> None:
    if not 0 <= count <= units:
        raise ArgumentInvalid(
            f"{count} units cannot be drawn of {units}.", where="count", remedy="Draw fewer, or widen the frame."
        )
