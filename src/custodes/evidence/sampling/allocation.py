"""How many units each stratum gets: the same for all, in proportion, by Neyman's rule, or as given."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction

from custodes.evidence.errors import ArgumentInvalid, InputProblem


class Allocation(StrEnum):
    """The rule by which a total is divided among strata."""

    EQUAL = "equal"
    PROPORTIONAL = "proportional"
    NEYMAN = "neyman"
    GIVEN = "given"


def allocated(
    total: int, *, shares: Mapping[str, float], units: Mapping[str, int], at_least: int = 2
) -> dict[str, int]:
    """Divide a total among strata in proportion to shares, with bounds and in whole numbers.

    Shapes   shares, units: by stratum; at_least: the fewest in any stratum, or all its units where it has fewer.
    Units    shares in any unit: 1 for equal, sizes for proportional, units times standard deviation for Neyman.
    Returns  whole numbers that add up to total; what rounding leaves goes to the largest remainders, then by the name of the stratum.
    Refuses  InputProblem where total is below what at_least asks, or above the units of the frame; ArgumentInvalid for shares below 0 or all 0.
    Source   Neyman (1934), doi:10.2307/2342192; Cochran (1977), Sampling Techniques, §5.5 and §5.8 (strata that would be overdrawn are taken whole).
    Checked  the caribou survey of Siniff & Skoog (1964) as worked by Lohr (2010), ch. 3: all six strata; sums and bounds by Hypothesis.
    """
    _check_shares(shares)
    low = {name: min(at_least, count) for name, count in units.items()}
    if not sum(low.values()) <= total <= sum(units.values()):
        raise InputProblem(
            f"{total} units cannot be divided among {len(units)} strata: they need {sum(low.values())} and have {sum(units.values())}.",
            where="number of units",
            remedy="Choose a number between, or join strata.",
        )
    wanted = {name: Fraction(share) for name, share in shares.items()}
    exact = _between_bounds(total, wanted, low, dict(units))
    whole = {name: int(value) for name, value in exact.items()}  # bounds are whole, so that this stays within them
    by_remainder = sorted(exact, key=lambda name: (whole[name] - exact[name], name))
    for name in by_remainder[: total - sum(whole.values())]:
        whole[name] += 1
    return whole


def _between_bounds(
    total: int, wanted: Mapping[str, Fraction], low: Mapping[str, int], high: Mapping[str, int]
) -> dict[str, Fraction]:
    """In proportion, held between bounds: the one multiple of the shares that, so held, adds up to the total."""
    fixed: dict[str, Fraction] = {}
    while True:
        free = sorted(set(wanted) - set(fixed))
        left = total - sum(fixed.values(), Fraction(0))
        weight = sum((wanted[name] for name in free), Fraction(0))
        if not free:
            return fixed
        if weight == 0:  # no share is left to divide by: as evenly as bounds allow
            wanted = {**wanted, **dict.fromkeys(free, Fraction(1))}
            continue
        found = {name: left * wanted[name] / weight for name in free}
        over = {name for name in free if found[name] > high[name]}
        under = {name for name in free if found[name] < low[name]}
        if not over and not under:
            return fixed | found
        excess = sum((found[name] - high[name] for name in over), Fraction(0))
        lack = sum((low[name] - found[name] for name in under), Fraction(0))
        # Those on the side that weighs more are surely at their bound in the end; the others may yet come back between theirs.
        fixed |= {name: Fraction(high[name]) for name in over} if excess >= lack else {}
        fixed |= {name: Fraction(low[name]) for name in under} if lack >= excess else {}


def _check_shares(shares: Mapping[str, float]) -> None:
    wrong = sorted(name for name, share in shares.items() if not 0 <= share < float("inf"))
    if wrong or not any(shares.values()):
        raise ArgumentInvalid(
            f"The share of “{wrong[0]}” is not a number from 0 up." if wrong else "Every share is 0.",
            where="allocation",
            remedy="Give sizes or standard deviations from 0 up, some above 0.",
        )


def given(numbers: Mapping[str, int], *, units: Mapping[str, int]) -> dict[str, int]:
    """The numbers that a person gave, one for each stratum of the frame and no other. Raises InputProblem."""
    unknown, absent = sorted(set(numbers) - set(units)), sorted(set(units) - set(numbers))
    if unknown or absent:
        what = f"There is no stratum “{unknown[0]}”." if unknown else f"The stratum “{absent[0]}” has no number."
        raise InputProblem(
            what, where="allocation, given", remedy=f"The strata of the frame are: {', '.join(sorted(units))}."
        )
    for name, number in sorted(numbers.items()):
        if not 1 <= number <= units[name]:
            raise InputProblem(
                f"{number} units cannot be drawn of {units[name]}.",
                where=f"allocation, given, “{name}”",
                remedy="Give a number from 1 to what the stratum has; a stratum left out of the sample leaves the frame, too.",
            )
    return dict(numbers)
