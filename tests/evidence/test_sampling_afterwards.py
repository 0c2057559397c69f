"""What happens to a sample after the draw: replacements, waves, answers that do not come; and how many to ask in the first place."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.evidence.errors import (
    ArgumentInvalid,
    InputProblem,
    NoReserveLeft,
    NothingObserved,
    ReplacementOutOfOrder,
)
from custodes.evidence.pseudonyms import pseudonym
from custodes.evidence.sampling.allocation import Allocation
from custodes.evidence.sampling.draw import Role, draw_sample
from custodes.evidence.sampling.panel import next_wave
from custodes.evidence.sampling.plan import Columns, Plan
from custodes.evidence.sampling.precision import (
    clustering_effect,
    expected_precision,
    precision_of,
    required_sample_size,
)
from custodes.evidence.sampling.record import rows_of
from custodes.evidence.sampling.replacement import replaced
from custodes.evidence.sampling.response import adjusted_for_nonresponse, response_to
from custodes.evidence.sampling.selection import Method
from tests.evidence.frames import HOUSEHOLD_COLUMNS, frame_of, household_frame

SIMPLE = Plan(Columns("u"), 4, units=6, reserve=2, allocation=Allocation.EQUAL)
TWO_STAGES = Plan(
    HOUSEHOLD_COLUMNS, seed=11, method=Method.PPS, units=6, allocation=Allocation.EQUAL, take=3, reserve=1, reserve_within=2
)  # fmt: skip


@pytest.fixture(scope="module")
def simple():
    return draw_sample(frame_of({"a": [1.0] * 12, "b": [1.0] * 8}), SIMPLE)


@pytest.fixture(scope="module")
def two_stages():
    return draw_sample(household_frame(), TWO_STAGES)


def _keys(units, role):
    return [each.key for each in units if each.role is role]


def _weights(sample):
    return {(row["cluster"], row["unit"]): row["weight"] for row in rows_of(sample) if row["weight"] is not None}


def test_next_in_reserve_steps_in_and_no_weight_changes(simple):
    old = _keys(simple.first, Role.DRAWN)[0]
    new = next(each.key for each in simple.first if each.role is Role.RESERVE and each.group == "a")

    found = replaced(simple, old=old, new=new, reason="road mined ")

    rows = {row["unit"]: row for row in rows_of(found)}
    assert (rows[old]["role"], rows[old]["weight"], rows[old]["reason"]) == ("replaced", None, "road mined")
    assert (rows[new]["role"], rows[new]["replaces"], rows[new]["reason"]) == ("drawn", old, "road mined")
    before, after = _weights(simple), _weights(found)
    assert after.pop((new, new)) == before.pop((old, old))
    assert after == before
    assert math.fsum(_weights(found).values()) == pytest.approx(20)


def test_replacement_out_of_its_turn_is_refused_and_names_the_next(simple):
    old = _keys(simple.first, Role.DRAWN)[0]
    first, second = (each.key for each in simple.first if each.role is Role.RESERVE and each.group == "a")

    with pytest.raises(ReplacementOutOfOrder, match=f"“{second}” is not the next") as caught:
        replaced(simple, old=old, new=second, reason="road mined")
    assert f"“{first}”" in caught.value.remedy
    twice = replaced(replaced(simple, old=old, new=first, reason="road mined"), old=first, new=second, reason="flooded")
    assert {each.replaces for each in twice.first if each.role is Role.DRAWN} >= {first}
    with pytest.raises(NoReserveLeft):
        replaced(twice, old=second, new=old, reason="gone")


@pytest.mark.parametrize(
    ("old", "reason", "said"),
    [("a99", "x", "“a99” is not in the sample"), (None, " ", "no reason")],
)
def test_replacement_of_what_is_not_there_or_without_reason_is_refused(simple, old, reason, said):
    with pytest.raises(ArgumentInvalid, match=said) as caught:
        replaced(simple, old=old or simple.first[0].key, new="a1", reason=reason)

    assert caught.value.remedy


def test_certain_unit_is_not_replaced(two_stages):
    with pytest.raises(ArgumentInvalid, match="stands for itself") as caught:
        replaced(two_stages, old="s0", new="s3", reason="fighting")

    assert "response class" in caught.value.remedy


def test_village_that_steps_in_brings_its_households(two_stages):
    old = next(each.key for each in two_stages.first if each.role is Role.DRAWN and each.group == "north")
    new = next(each.key for each in two_stages.first if each.role is Role.RESERVE and each.group == "north")
    before = {row["cluster"]: row for row in rows_of(two_stages) if row["weight"] is not None}
    assert new not in before

    rows = [
        row for row in rows_of(replaced(two_stages, old=old, new=new, reason="fighting")) if row["weight"] is not None
    ]

    fresh = [row for row in rows if row["cluster"] == new]
    assert len(fresh) == 3
    assert old not in {row["cluster"] for row in rows}
    assert {row["replaces"] for row in fresh} == {old}
    # Sizes are the lists, so that a household's weight is that of every other in the district.
    assert fresh[0]["weight"] == pytest.approx(before[old]["weight"], rel=1e-12)


def test_household_is_replaced_within_its_village(two_stages):
    village = two_stages.second[0].group
    here = [each for each in two_stages.second if each.group == village]
    old, new = here[0].key, _keys(here, Role.RESERVE)[0]

    found = replaced(two_stages, old=old, new=new, reason="moved away", cluster=village)

    changed = [(a.group, a.key) for a, b in zip(two_stages.second, found.second, strict=True) if a != b]
    assert sorted(changed) == sorted([(village, old), (village, new)])
    with pytest.raises(ArgumentInvalid, match=f"sample of “{village}”"):
        replaced(two_stages, old="h99", new=new, reason="moved away", cluster=village)


def test_wave_keeps_its_share_in_every_village_and_weights_stay(two_stages):
    found = next_wave(two_stages, retain=2 / 3)

    assert (found.retained, found.rested, found.fresh) == (12, 6, 6)
    assert found.sample.wave == 2
    assert sorted(_weights(found.sample).values()) == pytest.approx(sorted(_weights(two_stages).values()))
    rows = rows_of(found.sample)
    assert {row["wave"] for row in rows if row["role"] == "drawn"} == {1, 2}
    assert all(row["weight"] is None for row in rows if row["role"] == "rested")
    third = next_wave(found.sample, retain=2 / 3)
    assert third.sample.notes == ("Wave 3: fewer rest than planned where everybody has been drawn by now: s1.",)
    assert (third.retained, third.rested, third.fresh) == (13, 5, 5)
    assert not {(e.group, e.key) for e in third.sample.second if e.role is Role.DRAWN} & {
        (e.group, e.key) for e in found.sample.second if e.role is Role.RESTED
    }
    with pytest.raises(NoReserveLeft):
        next_wave(third.sample, retain=2 / 3)


def test_every_unit_is_in_every_wave_equally_often_and_so_is_every_pair():
    """800 seeds of 3 of 7, two of which stay: wave 2 is a simple random sample again."""
    runs, size = 800, 7
    hits, pairs = np.zeros(size), np.zeros((size, size))
    for seed in range(runs):
        plan = Plan(Columns("u"), seed, units=3, reserve=1)
        later = next_wave(draw_sample(frame_of({"a": [1.0] * size}), plan), retain=0.67).sample
        places = [int(key[1:]) for key in _keys(later.first, Role.DRAWN)]
        hits[places] += 1
        pairs[np.ix_(places, places)] += 1
    one, two = 3 / 7, 3 * 2 / (7 * 6)

    assert np.all(np.abs(hits / runs - one) <= 4 * math.sqrt(one * (1 - one) / runs))
    assert np.all(np.abs(pairs[~np.eye(size, dtype=bool)] / runs - two) <= 4.5 * math.sqrt(two * (1 - two) / runs))


def test_wave_of_a_draw_that_has_no_random_order_is_refused():
    sample = draw_sample(
        frame_of({"a": [1.0, 2.0, 3.0, 4.0]}), Plan(Columns("u", size="s"), 1, method=Method.PPS, units=2)
    )

    with pytest.raises(ArgumentInvalid, match="pps draw"):
        next_wave(sample, retain=0.5)
    with pytest.raises(ArgumentInvalid, match="not between 0 and 1"):
        next_wave(sample, retain=75)


def test_all_stay_where_all_are_retained(simple):
    found = next_wave(simple, retain=1)

    assert (found.retained, found.rested, found.fresh) == (6, 0, 0)
    assert found.sample.first == simple.first


def test_weights_of_those_who_answered_carry_their_class():
    found = adjusted_for_nonresponse(
        [2, 2, 4, 10, 10], answered=[True, False, True, True, True], classes=["a", "a", "a", "b", "b"]
    )

    first, second = found.classes
    assert list(found.weights) == pytest.approx([2 * 8 / 6, 0, 4 * 8 / 6, 10, 10])
    assert (first.name, first.asked, first.answered) == ("a", 3, 2)
    assert (first.rate, first.weighted_rate, first.factor) == pytest.approx((2 / 3, 6 / 8, 8 / 6))
    assert (second.rate, second.factor) == (1.0, 1.0)
    kept = [2 * 8 / 6, 4 * 8 / 6, 10, 10]
    assert found.loss_of_precision == pytest.approx(4 * sum(w * w for w in kept) / sum(kept) ** 2)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0.01, 1e6), st.booleans(), st.sampled_from("abc")), min_size=1, max_size=40))
def test_adjusted_weights_add_up_in_every_class(units):
    weights, answered, classes = (list(each) for each in zip(*units, strict=True))
    if {c for c, a in zip(classes, answered, strict=True) if a} != set(classes):
        with pytest.raises(NothingObserved, match="Nobody of"):
            adjusted_for_nonresponse(weights, answered=answered, classes=classes)
        return
    found = adjusted_for_nonresponse(weights, answered=answered, classes=classes)

    for name in set(classes):
        member = [place for place, each in enumerate(classes) if each == name]
        assert math.fsum(found.weights[member]) == pytest.approx(math.fsum(weights[place] for place in member))
    assert all((weight > 0) == did for weight, did in zip(found.weights, answered, strict=True))
    assert found.loss_of_precision >= 1 - 1e-12


def test_answers_of_a_wave_make_its_attrition_by_class(two_stages):
    later = next_wave(two_stages, retain=2 / 3).sample
    rows = [row for row in rows_of(later) if row["role"] == "drawn"]
    lost = [(row["cluster"], row["unit"]) for row in rows if row["wave"] == 1][:2]
    answered = {(row["cluster"], row["unit"]) for row in rows} - set(lost)

    found = response_to(later, answered, by=("wave",))

    stayed, fresh = found.adjustment.classes
    assert (stayed.name, stayed.asked, stayed.answered) == ("1", 12, 10)
    assert (fresh.name, fresh.asked, fresh.rate) == ("2", 6, 1.0)
    assert math.fsum(found.adjustment.weights) == pytest.approx(math.fsum(row["weight"] for row in rows))
    assert {place for place, weight in zip(found.places, found.adjustment.weights, strict=True) if weight == 0} == set(
        lost
    )
    with pytest.raises(InputProblem, match="“n0 › h99” answered and is not in the sample"):
        response_to(later, {("n0", "h99")})
    with pytest.raises(InputProblem, match="“colour” makes no response class"):
        response_to(later, answered, by=("colour",))
    uncounted = draw_sample(
        household_frame(), replace(TWO_STAGES, one_person=True, columns=replace(HOUSEHOLD_COLUMNS, eligible=None))
    )
    waiting = replace(uncounted, second=tuple(replace(each, number=None) for each in uncounted.second))
    with pytest.raises(ArgumentInvalid, match="wait for a count"):
        response_to(waiting, set())


def test_weight_of_nobody_is_refused():
    for weights in ([1.0], [1.0, 0.0], [1.0, math.nan]):
        with pytest.raises(ArgumentInvalid):
            adjusted_for_nonresponse(weights, answered=[True, True], classes=["a", "a"])


def test_size_is_that_of_cochrans_anthropologist():
    """Cochran (1977), §4.4: share 50 %, to within 5 % with t = 2: 400, and 356 of 3,200 islanders."""
    two_errors = math.erf(math.sqrt(2))
    without = required_sample_size(share=0.5, margin=0.05, coverage=two_errors)
    within = required_sample_size(share=0.5, margin=0.05, coverage=two_errors, population=3200)

    assert (without.answers, within.answers) == (400, 356)


def test_design_effect_and_response_multiply_the_size():
    effect = clustering_effect(10, within=0.05)
    found = required_sample_size(share=0.5, margin=0.03, design_effect=effect, response=0.8)

    assert effect == pytest.approx(1.45)
    assert found.simple == pytest.approx(1.959963984540054**2 * 0.25 / 0.0009)
    assert (found.answers, found.asked) == (1548, 1935)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.005, 0.2), st.floats(0.5, 6), st.floats(0.2, 1), st.floats(0.5, 0.999))
def test_precision_is_the_inverse_of_size(share, margin, effect, response, coverage):
    size = required_sample_size(share=share, margin=margin, design_effect=effect, response=response, coverage=coverage)
    asked = size.simple * effect / response

    found = expected_precision(asked, share=share, design_effect=effect, response=response, coverage=coverage)

    assert found.margin == pytest.approx(margin, rel=1e-9)
    assert size.answers >= found.answers * (1 - 1e-9) > size.answers - 1 - 1e-6
    assert found.effective == pytest.approx(size.simple, rel=1e-9)


def test_precision_of_a_sample_knows_its_clusters_and_weights(two_stages, simple):
    flat = precision_of(simple, share=0.5)
    assert (flat.answers, flat.design_effect) == (6, pytest.approx(6 * (3 * 16 + 3 * 64 / 9) / 400))

    found = precision_of(two_stages, share=0.5, within=0.05, response=0.5)
    weights = np.array(list(_weights(two_stages).values()))
    assert found.answers == 9
    assert found.design_effect == pytest.approx(1.1 * len(weights) * (weights**2).sum() / weights.sum() ** 2)


def test_precision_of_clusters_without_a_list_takes_their_size_for_it():
    plan = Plan(Columns("u", size="s"), 1, method=Method.PPS, units=4, take=5)
    found = precision_of(
        draw_sample(frame_of({"a": [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 2.0, 5.0]}), plan), share=0.5, within=0.1
    )

    assert found.answers == 20
    assert found.design_effect == pytest.approx(1.4)


@pytest.mark.parametrize(
    "wrong",
    [{"share": 0.0}, {"share": 1.0}, {"margin": 0.0}, {"margin": 3.0}, {"coverage": 95.0}, {"response": 0.0}, {"response": 1.1},
     {"design_effect": 0.0}, {"population": 100, "response": 0.5, "margin": 0.02}],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(ArgumentInvalid) as caught:
        required_sample_size(**({"share": 0.5, "margin": 0.05} | wrong))

    assert caught.value.where
    assert caught.value.remedy


def test_nobody_asked_and_no_cluster_are_refused():
    with pytest.raises(ArgumentInvalid):
        expected_precision(0, share=0.5)
    for take, within in ((0, 0.1), (10, 1.5)):
        with pytest.raises(ArgumentInvalid):
            clustering_effect(take, within=within)


def test_pseudonym_is_hmac_sha256():
    """RFC 4231, test case 2."""
    known = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert pseudonym(" what do ya want for nothing? ", secret=b"Jefe") == known
    assert pseudonym("  ", secret=b"Jefe") is None


def test_replacement_in_a_later_wave_says_the_wave(simple):
    later = next_wave(simple, retain=0.67).sample
    old = next(each.key for each in later.first if each.role is Role.DRAWN and each.group == "b")
    new = next(each.key for each in later.first if each.role is Role.RESERVE and each.group == "b")

    found = replaced(replace(later, notes=()), old=old, new=new, reason="moved away")

    assert {each.key: each.wave for each in found.first}[new] == 2
