"""The terms of a regression over its collapsed lines: numbers, categories and their products, brought to a middle and a reach."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from custodes.evidence.arguments import code_order, nearest
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.model_lines import Lines
from custodes.evidence.survey import FloatArray

INTERCEPT = "(intercept)"
MOST_TERMS = 200
BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Factor:
    """A number, or one category of a column. middle, reach: a number less its middle, over its reach, is −1 to 1."""

    name: str
    level: str | None = None
    middle: float = 0.0
    reach: float = 1.0

    @property
    def key(self) -> tuple[str, str | None]:
        return self.name, self.level

    def values(self, lines: Lines, block: slice) -> FloatArray:
        if self.level is None:
            return (lines.numbers[self.name][block] - self.middle) / self.reach
        code = lines.levels[self.name].index(self.level)
        return np.asarray(lines.codes[self.name][block] == code, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Term:
    """One coefficient: the product of its factors; of none for the intercept."""

    factors: tuple[Factor, ...] = ()

    @property
    def predictor(self) -> str:
        return ":".join(each.name for each in self.factors) or INTERCEPT

    @property
    def level(self) -> str:
        """The categories, in the order of their columns; empty where there are numbers alone."""
        return ":".join(each.level for each in self.factors if each.level is not None)

    @property
    def shown(self) -> str:
        return f"{self.predictor}={self.level}" if self.level else self.predictor

    @property
    def key(self) -> frozenset[tuple[str, str | None]]:
        return frozenset(each.key for each in self.factors)

    @property
    def numbers(self) -> tuple[Factor, ...]:
        return tuple(each for each in self.factors if each.level is None)

    def values(self, lines: Lines, block: slice) -> FloatArray:
        """What the coefficient is multiplied by, its numbers brought to their middle and reach."""
        found = np.ones(len(lines.units[0][block]))
        for each in self.factors:
            found = found * each.values(lines, block)
        return found

    def without(self, left_out: Sequence[Factor]) -> frozenset[tuple[str, str | None]]:
        """The key of the product of the other factors."""
        return self.key - {each.key for each in left_out}


def terms_of(
    lines: Lines, effects: Sequence[Sequence[str]], *, references: Mapping[str, str], place: str
) -> tuple[Term, ...]:
    """The intercept, and each effect: a category for each but its reference, and products of all their factors.

    Within a product a column keeps its reference where the model holds the reference category too, as R has it.
    Refuses  ArgumentInvalid where a reference has nobody, a predictor never varies, nobody has both of two categories, or the terms are more
             than 200.
    """
    present: set[frozenset[str]] = {frozenset(effect) for effect in effects} | {frozenset()}
    names = dict.fromkeys(name for effect in effects for name in effect)
    known = {name: _factors(name, lines, references, place=place) for name in names}
    terms = [Term()]
    for effect in effects:
        choices = []
        for name in effect:
            has_reference = frozenset(effect) - {name} in present
            choices.append(known[name][1:] if has_reference and name in lines.codes else known[name])
        terms += [Term(factors) for factors in product(*choices)]
        if len(terms) > MOST_TERMS:
            raise ArgumentInvalid(
                f"The predictors have more than {MOST_TERMS} coefficients.",
                where=f"column {effect[-1]}",
                remedy="Choose a column with fewer categories, or group them first.",
            )
    _check_met(lines, terms, place=place)
    keys = {term.key for term in terms}
    return tuple(term if _can_be_centred(term, keys) else _about_zero(term, lines) for term in terms)


def _factors(name: str, lines: Lines, references: Mapping[str, str], *, place: str) -> tuple[Factor, ...]:
    """The number, or the categories that somebody has, the reference first."""
    if name in lines.numbers:
        return (_number(name, lines, place=place),)
    levels = code_order(lines.levels[name][code] for code in np.unique(lines.codes[name]))
    reference = references.get(name, levels[0])
    if reference not in levels:
        raise ArgumentInvalid(
            f"The reference “{reference}” of “{name}” has nobody.", where=place, remedy=nearest(reference, levels)
        )
    if len(levels) < 2:
        raise _constant(name, place)
    return tuple(Factor(name, level) for level in (reference, *(each for each in levels if each != reference)))


def _number(name: str, lines: Lines, *, place: str) -> Factor:
    values = lines.numbers[name]
    low, high = float(values.min()), float(values.max())
    if low == high:
        raise _constant(name, place)
    # Sums of squares keep their digits where a number stands about 0 and within 1.
    middle = float(np.clip((lines.weight @ values) / lines.weight.sum(), low, high))
    return Factor(name, middle=middle, reach=max(high - middle, middle - low))


def _constant(name: str, place: str) -> ArgumentInvalid:
    return ArgumentInvalid(
        f"Everybody has the same “{name}”, so that it explains nothing.", where=place, remedy="Leave the predictor out."
    )


def _check_met(lines: Lines, terms: Sequence[Term], *, place: str) -> None:
    """ArgumentInvalid where a product of categories has nobody."""
    for term in terms:
        categories = [each for each in term.factors if each.level is not None]
        if len(categories) > 1 and not Term(tuple(categories)).values(lines, slice(None)).any():
            both = " and ".join(f"{each.name}={each.level}" for each in categories)
            raise ArgumentInvalid(
                f"Nobody has {both}, so that their interaction is not known.",
                where=place,
                remedy="Join categories that are alike, or leave the interaction out.",
            )


def _can_be_centred(term: Term, keys: set[frozenset[tuple[str, str | None]]]) -> bool:
    """Whether what the middles of its numbers take away lies within other terms: (x − m)·g is x·g − m·g, and needs g."""
    numbers = term.numbers
    return all(
        term.without(left_out) in keys
        for size in range(1, len(numbers) + 1)
        for left_out in combinations(numbers, size)
    )


def _about_zero(term: Term, lines: Lines) -> Term:
    """The term with its numbers within 1 of zero, where they stand."""
    return Term(
        tuple(
            replace(each, middle=0.0, reach=float(np.abs(lines.numbers[each.name]).max()))
            if each.level is None
            else each
            for each in term.factors
        )
    )


def carried_back(terms: Sequence[Term]) -> FloatArray:
    """The matrix that carries coefficients of terms about their middles to those of the numbers as they stand."""
    place = {term.key: index for index, term in enumerate(terms)}
    back = np.zeros((len(terms), len(terms)))
    for index, term in enumerate(terms):
        numbers = term.numbers
        reach = float(np.prod([each.reach for each in numbers]))
        for size in range(len(numbers) + 1):
            for left_out in combinations(numbers, size):
                taken = float(np.prod([-each.middle for each in left_out]))
                if taken:
                    back[place[term.without(left_out)], index] += taken / reach
    return back


def blocks(lines: Lines, terms: Sequence[Term]) -> Iterator[tuple[slice, FloatArray]]:
    """The terms of the lines, some lines at a time: the whole would not always fit into memory."""
    count = len(lines.units[0])
    for first in range(0, count, BLOCK):
        block = slice(first, min(first + BLOCK, count))
        yield block, np.stack([term.values(lines, block) for term in terms], axis=1)
