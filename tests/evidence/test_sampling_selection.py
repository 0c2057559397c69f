"""Which units are drawn and with what probability: against R's package sampling, by every possible sample, and over many seeds."""

import math
import tomllib
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.evidence.errors import ArgumentInvalid, InputProblem
from custodes.evidence.sampling.allocation import allocated
from custodes.evidence.sampling.allocation import given as given_numbers
from custodes.evidence.sampling.chance import WORD, one_by_size, shuffled, stream
from custodes.evidence.sampling.selection import (
    Method,
    Selection,
    inclusion_probabilities,
    joint_probabilities,
    possible_samples,
    select,
    systematic,
    whole_sizes,
)
from tests.reference.cases import HERE

STORED = tomllib.loads((HERE / "sampling.toml").read_text(encoding="utf-8"))
SIZES = st.lists(st.integers(1, 40), min_size=2, max_size=9)


@st.composite
def sizes_and_count(draw):
    sizes = draw(SIZES)
    return sizes, draw(st.integers(1, len(sizes)))


@pytest.mark.parametrize("case", STORED["probabilities"], ids=lambda case: case["name"])
def test_probabilities_are_those_of_r(case):
    if case["kind"] == "single":
        found = inclusion_probabilities(case["sizes"], count=case["count"])
    else:
        found = joint_probabilities(case["sizes"], count=case["count"])[np.triu_indices(len(case["sizes"]), 1)]

    assert found == pytest.approx(list(case["points"].values()), rel=STORED["tolerance"], abs=STORED["tolerance"])


@settings(max_examples=60, deadline=None)
@given(sizes_and_count(), st.data())
def test_total_is_without_bias_over_every_possible_sample(asked, data):
    sizes, count = asked
    answers = data.draw(st.lists(st.integers(-50, 50), min_size=len(sizes), max_size=len(sizes)))
    samples = possible_samples(sizes, count=count)
    chance = [sum((p for sample, p in samples if place in sample), Fraction(0)) for place in range(len(sizes))]

    assert sum(p for _, p in samples) == 1
    assert all(len(sample) == count for sample, _ in samples)
    assert inclusion_probabilities(sizes, count=count) == pytest.approx([float(each) for each in chance], rel=1e-12)
    assert sum(p * sum(answers[place] / chance[place] for place in sample) for sample, p in samples) == sum(answers)


@settings(max_examples=60, deadline=None)
@given(sizes_and_count())
def test_joint_probabilities_add_up_to_what_a_fixed_number_of_units_says(asked):
    sizes, count = asked
    joint = joint_probabilities(sizes, count=count)

    assert np.diag(joint) == pytest.approx(inclusion_probabilities(sizes, count=count), rel=1e-12)
    assert joint.sum(axis=1) == pytest.approx(count * np.diag(joint), rel=1e-12)
    assert np.array_equal(joint, joint.T)


@settings(max_examples=40, deadline=None)
@given(sizes_and_count())
def test_draw_gives_each_possible_sample_as_often_as_it_should(asked):
    sizes, count = asked
    starts = 240
    certain = [place for place, p in enumerate(inclusion_probabilities(sizes, count=count)) if p == 1]
    others = [place for place in range(len(sizes)) if place not in certain]
    found: dict[tuple[int, ...], int] = {}
    for number in range(starts):  # evenly spread over all random starts
        begin = (2 * number + 1) * WORD // (2 * starts)
        hit = systematic([sizes[each] for each in others], count=count - len(certain), begin=begin)
        sample = tuple(sorted((*certain, *(others[each] for each in hit))))
        found[sample] = found.get(sample, 0) + 1
    wanted = dict(possible_samples(sizes, count=count))

    assert set(found) <= set(wanted)
    cuts = len(sizes) + 1  # a sample loses or gains at most one start at each end of each of its stretches
    assert all(abs(found.get(sample, 0) - float(p) * starts) <= 2 * cuts for sample, p in wanted.items())


@settings(max_examples=60, deadline=None)
@given(sizes_and_count(), st.integers(0, 2**32), st.sampled_from([0.001, 1 / 3, 7.0, 1e9]))
def test_unit_of_the_size_measure_decides_nothing(asked, seed, scale):
    sizes, count = asked
    as_read = [size * 0.5 for size in sizes]

    def drawn(measure):
        return select(Method.PPS, whole_sizes(measure), count=count, reserve=3, chance=stream(seed, "a"))

    assert drawn(sizes) == drawn(as_read)
    assert inclusion_probabilities([size * scale for size in sizes], count=count) == pytest.approx(
        inclusion_probabilities(sizes, count=count), rel=1e-9
    )


@pytest.mark.parametrize("method", list(Method))
def test_longer_reserve_changes_neither_sample_nor_the_order_of_the_reserve(method):
    sizes = [5, 9, 2, 7, 4, 60, 6, 3, 8, 1, 12, 10]
    short, long = (select(method, sizes, count=4, reserve=reserve, chance=stream(3, "a")) for reserve in (2, 20))

    assert short.drawn == long.drawn
    assert short.reserve == long.reserve[:2]
    assert sorted((*long.drawn, *long.reserve)) == list(range(12))
    assert long.certain == ({5} if method is Method.PPS else set())


@pytest.mark.parametrize("method", list(Method))
def test_units_are_drawn_as_often_as_planned_over_seeds(method):
    """2,000 seeds; benchmarks/sampling.py takes more, with pairs and two stages."""
    sizes = [5, 9, 2, 7, 4, 30, 6, 3, 8]
    runs = 2000
    hits = np.zeros(len(sizes))
    for seed in range(runs):
        hits[list(select(method, sizes, count=3, reserve=0, chance=stream(seed, "a")).drawn)] += 1
    planned = inclusion_probabilities(sizes if method is Method.PPS else [1] * len(sizes), count=3)
    error = np.sqrt(planned * (1 - planned) / runs)

    assert np.all(np.abs(hits / runs - planned) <= 4 * error)  # nine units: beyond 4 errors once in 1,700 such tests


def test_streams_of_other_names_are_others_and_of_the_same_are_the_same():
    words = {
        names: int(stream(1, *names).random_raw()) for names in (("a", "bc"), ("ab", "c"), ("abc",), ("a", "b", "c"))
    }

    assert len(set(words.values())) == 4
    assert int(stream(1, "a", "bc").random_raw()) == words["a", "bc"]
    assert int(stream(2, "a", "bc").random_raw()) != words["a", "bc"]


def test_streams_stay_what_they_were():
    """Drawn once on x86-64 with NumPy 2.4: whoever changes these numbers changes every sample that was ever drawn."""
    assert [int(word) for word in stream(20261125, "first stage", "North").random_raw(3)] == [
        4886794683753944626,
        2094770974987939357,
        296357702672414608,
    ]
    assert list(shuffled(10, stream(20261125, "first stage", "North"))) == [2, 1, 4, 0, 6, 3, 9, 7, 5, 8]
    by_size = select(Method.PPS, [5, 9, 2, 7, 4, 30, 6, 3, 8], count=4, reserve=2, chance=stream(20261125, "x"))
    assert by_size == Selection(drawn=(5, 1, 4, 8), reserve=(3, 7), certain=frozenset({5}))


def test_one_by_size_follows_size():
    chance = stream(5, "reserve")
    hits = np.bincount([one_by_size([1, 2, 7], chance) for _ in range(4000)], minlength=3) / 4000

    assert np.all(np.abs(hits - [0.1, 0.2, 0.7]) <= 4 * np.sqrt(np.array([0.1, 0.2, 0.7]) * [0.9, 0.8, 0.3] / 4000))


@pytest.mark.parametrize(
    ("sizes", "count", "said"),
    [([1, 2], 3, "3 units cannot be drawn of 2"), ([1, 0], 1, "not above 0"), ([1, math.inf], 1, "not finite"), ([1, math.nan], 1, "not finite")],
)  # fmt: skip
def test_sizes_and_counts_that_cannot_be_are_refused(sizes, count, said):
    with pytest.raises(ArgumentInvalid, match=said) as caught:
        inclusion_probabilities(sizes, count=count)

    assert caught.value.where
    assert caught.value.remedy


def test_neyman_is_the_caribou_survey():
    """Siniff & Skoog (1964), as worked by Lohr (2010), Sampling: Design and Analysis, ch. 3: 225 quadrats over six strata."""
    units = {"A": 400, "B": 30, "C": 61, "D": 18, "E": 70, "F": 120}
    spread = {"A": 3000, "B": 2000, "C": 9000, "D": 2000, "E": 12000, "F": 1000}

    found = allocated(225, shares={name: units[name] * spread[name] for name in units}, units=units)

    assert found == {"A": 96, "B": 5, "C": 44, "D": 3, "E": 67, "F": 10}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.tuples(st.integers(1, 30), st.integers(0, 50)), min_size=1, max_size=6),
    st.integers(1, 3), st.data(),
)  # fmt: skip
def test_allocation_adds_up_within_bounds_and_in_the_order_of_shares(strata, at_least, data):
    units = {name: count for name, (count, _) in strata.items()}
    shares = {name: float(share) + 0.5 for name, (_, share) in strata.items()}
    low = {name: min(at_least, count) for name, count in units.items()}
    total = data.draw(st.integers(sum(low.values()), sum(units.values())))

    found = allocated(total, shares=shares, units=units, at_least=at_least)

    assert sum(found.values()) == total
    assert all(low[name] <= found[name] <= units[name] for name in units)
    inside = sorted((name for name in units if low[name] < found[name] < units[name]), key=lambda name: shares[name])
    assert all(found[few] <= found[many] + 1 for few, many in pairwise(inside))
    assert found == allocated(
        total, shares={name: 8 * share for name, share in shares.items()}, units=units, at_least=at_least
    )


def test_stratum_that_would_be_overdrawn_is_taken_whole_and_the_others_share_the_rest():
    found = allocated(10, shares={"small": 90.0, "a": 5.0, "b": 5.0}, units={"small": 4, "a": 50, "b": 50})

    assert found == {"small": 4, "a": 3, "b": 3}


@pytest.mark.parametrize(("total", "said"), [(3, "they need 4"), (21, "and have 20")])
def test_total_that_strata_cannot_take_is_refused(total, said):
    with pytest.raises(InputProblem, match=said):
        allocated(total, shares={"a": 1.0, "b": 1.0}, units={"a": 10, "b": 10})


@pytest.mark.parametrize(
    ("numbers", "said"),
    [({"a": 2}, "“b” has no number"), ({"a": 2, "b": 2, "c": 2}, "no stratum “c”"), ({"a": 2, "b": 11}, "11 units"), ({"a": 0, "b": 1}, "0 units")],
)  # fmt: skip
def test_numbers_that_do_not_fit_the_strata_are_refused(numbers, said):
    with pytest.raises(InputProblem, match=said):
        given_numbers(numbers, units={"a": 10, "b": 10})


def test_shares_below_zero_or_all_zero_are_refused():
    for shares in ({"a": -1.0, "b": 2.0}, {"a": 0.0, "b": 0.0}, {"a": math.nan, "b": 1.0}):
        with pytest.raises(ArgumentInvalid):
            allocated(4, shares=shares, units={"a": 10, "b": 10})
