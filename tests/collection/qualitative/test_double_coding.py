"""Blind double coding: a draw that anybody can repeat, and nobody sees another's work before all have submitted."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.collection.qualitative.double_coding import draw_double_coding, may_see_codings
from custodes.evidence.errors import ArgumentInvalid

INTERVIEWS = [f"interview {number}" for number in range(1, 31)]
CODERS = ["awa", "bako", "cleo"]


# for n in $(seq 30); do echo "$(printf '2:42:interview %d' $n | sha256sum | cut -c1-64) interview $n"; done | sort | head -6 | cut -d' ' -f2-
DRAWN_BY_SHA256SUM = ["interview 10", "interview 24", "interview 29", "interview 7", "interview 19", "interview 14"]


def test_draw_is_that_of_a_shell():
    draw = draw_double_coding(INTERVIEWS, coders=CODERS, seed="42")

    assert [each.transcript for each in draw.assignments] == DRAWN_BY_SHA256SUM
    assert (draw.of, draw.notes) == (30, ())


@given(st.permutations(INTERVIEWS), st.permutations(CODERS))
def test_draw_does_not_depend_on_order(interviews, coders):
    assert draw_double_coding(interviews, coders=coders, seed="s") == draw_double_coding(
        INTERVIEWS, coders=CODERS, seed="s"
    )


@given(st.floats(0.01, 1), st.floats(0.01, 1), st.text(min_size=1, max_size=5))
def test_larger_share_contains_the_smaller(one, other, seed):
    small, large = (
        {each.transcript for each in draw_double_coding(INTERVIEWS, coders=CODERS, seed=seed, share=share).assignments}
        for share in sorted((one, other))
    )

    assert small <= large


@given(st.integers(1, 40), st.integers(2, 5), st.integers(2, 5))
def test_coders_share_the_work(number, coders, each):
    coders = max(coders, each)
    draw = draw_double_coding(
        [str(place) for place in range(number)],
        coders=[f"c{place}" for place in range(coders)],
        seed="s",
        share=1,
        coders_each=each,
    )
    work = Counter(coder for assignment in draw.assignments for coder in assignment.coders)

    assert all(len(set(assignment.coders)) == each for assignment in draw.assignments)
    assert max(work.values()) - min(work[f"c{place}"] for place in range(coders)) <= 1


def test_shares_are_of_the_order_of_chance():
    """Over many seeds each interview is drawn as often as the share says."""
    drawn = Counter(
        each.transcript
        for seed in range(1_000)
        for each in draw_double_coding(INTERVIEWS, coders=CODERS, seed=str(seed)).assignments
    )

    assert sum(drawn.values()) == 6_000
    assert 150 < min(drawn.values()) <= max(drawn.values()) < 250  # 200 expected, standard deviation 12.6


def test_small_draw_says_that_no_interval_follows():
    assert draw_double_coding(INTERVIEWS[:10], coders=CODERS, seed="s").notes == (
        "2 transcripts are too few for an interval of agreement: 5 are needed.",
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": ""},
        {"share": 0},
        {"share": 1.1},
        {"coders": ["awa"]},
        {"coders": ["awa", "awa"]},
        {"coders_each": 4},
        {"coders_each": 1},
    ],
)
def test_draw_that_is_none_is_refused(changed):
    with pytest.raises(ArgumentInvalid):
        draw_double_coding(INTERVIEWS, **({"coders": CODERS, "seed": "s"} | changed))
    with pytest.raises(ArgumentInvalid):
        draw_double_coding([], coders=CODERS, seed="s")


def test_nobody_sees_codings_before_all_have_submitted():
    draw = draw_double_coding(INTERVIEWS, coders=CODERS, seed="s")
    name, (first, second) = draw.assignments[0].transcript, draw.assignments[0].coders
    (outsider,) = set(CODERS) - {first, second}

    def may(viewer: str, of: str, *submitted: str) -> bool:
        return may_see_codings(
            viewer=viewer, of=of, transcript=name, draw=draw, submitted={(name, coder) for coder in submitted}
        )

    assert may(first, first)
    assert not may(first, second)
    assert not may(first, second, second)
    assert not may(second, first, second)
    assert not may(outsider, first, first)
    assert may(first, second, first, second)
    assert may(outsider, second, first, second)


def test_transcript_that_was_not_drawn_is_open():
    draw = draw_double_coding(INTERVIEWS, coders=CODERS, seed="s")
    (other, *_) = set(INTERVIEWS) - {each.transcript for each in draw.assignments}

    assert may_see_codings(viewer="awa", of="bako", transcript=other, draw=draw, submitted=())
