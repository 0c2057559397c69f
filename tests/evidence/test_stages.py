"""Samples in several stages: equal to what a hand computes, true to what must hold of any sample, and refused with place and remedy."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.evidence.errors import ArgumentInvalid, ColumnMissing
from custodes.evidence.measures import Statistic
from custodes.evidence.registry import estimator
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.types import Design, LonelyPolicy, Stage
from tests.evidence.samples import table_of
from tests.evidence.test_survey_properties import SLOW_ENOUGH

FEW = settings(SLOW_ENOUGH, max_examples=2)
TWO = Design("weight", "stratum", "psu", "psus", stages=(Stage("ssu", fpc="ssus"),))
THREE = Design("weight", "stratum", "psu", "psus", stages=(Stage("ssu", fpc="ssus"), Stage("person", fpc="persons")))
TOTAL, MEAN = (Question(each, ("y",), by=("area",)) for each in (Statistic.TOTAL, Statistic.MEAN))

people = st.lists(
    st.fixed_dictionaries(
        {
            "weight": st.floats(0.01, 1e3),
            "stratum": st.sampled_from(["s1", "s2"]),
            "psu": st.sampled_from(["p1", "p2", "p3"]),
            "ssu": st.sampled_from(["a", "b", "c"]),
            "area": st.sampled_from(["north", "south"]),
            "y": st.floats(-1e3, 1e3),
        }
    ),
    max_size=20,
).map(
    # two units of two persons in two units of each stratum at least, so that no stratum is lonely at any stage
    lambda rows: [
        {**row, "person": str(index), "psus": 7.0, "ssus": 5.0, "persons": 50.0}
        for index, row in enumerate(
            [
                *rows,
                *(
                    {"weight": 1.0, "stratum": s, "psu": p, "ssu": u, "area": a, "y": 1.0}
                    for s in ("s1", "s2")
                    for p in ("p1", "p2", "p3")
                    for u in ("a", "b", "c")
                    for a in ("north", "south")
                ),
            ]
        )
    ]
)


def _found(rows, question=TOTAL, design=THREE):
    return [each.estimate for each in estimate_survey(table_of(rows), question, design=design)]


def _size(rows) -> float:
    return max(abs(row["y"]) for row in rows) * sum(row["weight"] for row in rows)


def test_variance_of_a_total_in_two_stages_is_that_of_the_textbook():
    # Two of four units, of each of which two of three parts are drawn: totals y1 = {1, 3}, y2 = {5, 11}, each with the weight 3.
    rows = [
        {"weight": 3.0, "psu": p, "ssu": u, "psus": 4.0, "ssus": 3.0, "y": y}
        for p, u, y in (("1", "a", 1.0), ("1", "b", 3.0), ("2", "a", 5.0), ("2", "b", 11.0))
    ]
    design = Design("weight", None, "psu", "psus", stages=(Stage("ssu", fpc="ssus"),))

    (total,) = _found(rows, Question(Statistic.TOTAL, ("y",)), design)

    # Cochran, 10.12: between (1 − 2/4)·2/1·Σ(z − z̄)² with z = 12, 48; within (2/4)·(1 − 2/3)·2/1·Σ(z − z̄)² with 3, 9 and 15, 33.
    between = 0.5 * 2 * 2 * 18**2
    within = 0.5 * (1 / 3) * 2 * (2 * 3**2 + 2 * 9**2)
    assert total.value == 60.0
    assert total.se == pytest.approx(math.sqrt(between + within), rel=1e-14)
    assert total.df == 1


@FEW
@given(rows=people, factor=st.sampled_from([0.001, 1e5]))
def test_weights_times_a_constant_and_another_order_of_rows_change_no_mean(rows, factor):
    scaled = [{**row, "weight": row["weight"] * factor} for row in reversed(rows)]

    for one, other in zip(_found(rows, MEAN), _found(scaled, MEAN), strict=True):
        size = max(abs(row["y"]) for row in rows)
        assert other.value == pytest.approx(one.value, rel=1e-9, abs=1e-10 * size)
        assert other.se == pytest.approx(one.se, rel=1e-7, abs=1e-8 * size)
        assert (other.n, other.df) == (one.n, one.df)


@FEW
@given(rows=people)
def test_domains_add_up_and_a_file_doubled_as_second_strata_halves_the_variance(rows):
    whole = Question(Statistic.TOTAL, ("y",))
    doubled = rows + [{**row, "stratum": f"again {row['stratum']}"} for row in rows]

    (once,), (twice,) = (_found(each, whole) for each in (rows, doubled))

    assert math.fsum(part.value for part in _found(rows)) == pytest.approx(
        once.value, rel=1e-12, abs=1e-12 * _size(rows)
    )
    assert twice.se == pytest.approx(once.se * math.sqrt(2), rel=1e-9, abs=1e-9 * _size(rows))
    assert twice.df == 2 * once.df


@FEW
@given(rows=people)
def test_later_stages_add_to_the_variance_and_whole_ones_add_nothing(rows):
    first = Design("weight", "stratum", "psu", "psus")
    drawn_whole = [
        row | {"ssus": float(len({other["ssu"] for other in rows if _above(other) == _above(row)}))} for row in rows
    ]

    one, two, three = (_found(rows, design=design) for design in (first, TWO, THREE))
    same = _found(drawn_whole, design=TWO)

    for alone, within, deeper, whole in zip(one, two, three, same, strict=True):
        slack = 1 + 1e-9
        assert alone.se <= within.se * slack + 1e-9 * _size(rows)
        assert within.se <= deeper.se * slack + 1e-9 * _size(rows)
        assert whole.se == pytest.approx(alone.se, rel=1e-9, abs=1e-9 * _size(rows))
        assert (alone.value, alone.df) == (pytest.approx(deeper.value, rel=1e-12, abs=1e-12 * _size(rows)), deeper.df)


def _above(row):
    return row["stratum"], row["psu"]


@FEW
@given(rows=people)
def test_all_first_stage_units_drawn_leave_a_sample_stratified_by_them(rows):
    every = [{**row, "psus": 3.0, "unit": f"{row['stratum']} {row['psu']}"} for row in rows]

    for one, other in zip(
        _found(every, design=TWO), _found(every, design=Design("weight", "unit", "ssu", "ssus")), strict=True
    ):
        assert one.se == pytest.approx(other.se, rel=1e-9, abs=1e-9 * _size(rows))


@FEW
@given(rows=people)
def test_without_a_population_of_the_first_stage_the_later_ones_say_nothing(rows):
    plain = Design("weight", "stratum", "psu")
    staged = Design("weight", "stratum", "psu", stages=(Stage("ssu"), Stage("person")))

    for one, other in zip(_found(rows, design=plain), _found(rows, design=staged), strict=True):
        assert other.se == pytest.approx(one.se, rel=1e-12, abs=1e-12 * _size(rows))


def test_shares_that_were_drawn_and_populations_say_the_same():
    rows = [
        {
            "weight": 1.0,
            "psu": f"p{i % 4}",
            "ssu": f"u{i % 8}",
            "psus": 10.0,
            "ssus": 5.0,
            "p": 0.4,
            "u": 0.4,
            "y": i * i % 7.0,
        }
        for i in range(16)
    ]
    question = Question(Statistic.TOTAL, ("y",))

    (numbers,) = _found(rows, question, Design("weight", None, "psu", "psus", stages=(Stage("ssu", fpc="ssus"),)))
    (shares,) = _found(rows, question, Design("weight", None, "psu", "p", stages=(Stage("ssu", fpc="u"),)))

    assert shares.se == pytest.approx(numbers.se, rel=1e-14)


LONELY = [
    {"weight": 1.0, "stratum": "s", "psu": p, "ssu": u, "psus": 6.0, "ssus": 4.0, "area": "x", "y": y}
    for p, u, y in (("1", "a", 1.0), ("2", "a", 2.0), ("2", "b", 6.0), ("3", "a", 4.0), ("3", "b", 5.0))
]


@pytest.mark.parametrize(
    ("policy", "within"),
    [
        # 3/6 of (1 − 2/4)·2·Σ(z − z̄)² with 2, 6 and 4, 5; centred: also (1 − 1/4)·(1 − 18/5)², where 18/5 is the mean of the five units
        (LonelyPolicy.CERTAINTY, 0.5 * (8 + 0.5)),
        (LonelyPolicy.CENTRED, 0.5 * (8 + 0.5 + 0.75 * 2.6**2)),
        (LonelyPolicy.AVERAGE, 0.5 * (8 + 0.5) * 3 / 2),
    ],
)
def test_unit_with_one_part_follows_the_policy(policy, within):
    design = Design("weight", "stratum", "psu", "psus", policy, (Stage("ssu", fpc="ssus"),))

    (total,) = _found(LONELY, design=design)

    between = (1 - 3 / 6) * 3 / 2 * ((1 - 6) ** 2 + (8 - 6) ** 2 + (9 - 6) ** 2)
    assert total.se == pytest.approx(math.sqrt(between + within), rel=1e-14)


def test_unit_with_one_part_is_refused_by_its_name():
    (total,) = _found(LONELY, design=TWO)

    assert total.refusal == "refused.lonely-stratum"
    assert "“s › 1”" in total.refusal_text
    (total,) = _found(LONELY, design=Design("weight", None, "psu", "psus", stages=(Stage("ssu", fpc="ssus"),)))
    assert "“1”" in total.refusal_text


def _stages(*stages: Stage, fpc: str | None = "psus") -> Design:
    return Design("weight", "stratum", "psu", fpc, stages=stages)


@pytest.mark.parametrize(
    ("change", "design", "where", "said"),
    [
        (
            {"ssus": 1.0},
            _stages(Stage("ssu", fpc="ssus")),
            "column ssus",
            "“s › 2” has 2 clusters and a population of 1 to 4",
        ),
        ({"ssus": None}, _stages(Stage("ssu", fpc="ssus")), "row 3, column ssus", "population is empty"),
        ({"ssu": ""}, _stages(Stage("ssu", fpc="ssus")), "row 3, column ssu", "cluster is empty"),
        ({}, _stages(Stage("ssu", fpc="ssus"), fpc=None), "column ssus", "stage above does not"),
        ({}, _stages(Stage("ssu"), Stage("y", fpc="ssus")), "column ssus", "Stage 3 declares"),
        ({}, Design("weight", stages=(Stage("ssu"),)), "design, clusters", "units of the first"),
        ({}, _stages(Stage("ssu", fpc="few")), "column few", "“s › 2” has 2 clusters and a population of 1.5"),
        ({}, _stages(Stage("ssu", fpc="share")), "column share", "population of 0"),
    ],
)
def test_stages_that_contradict_themselves_are_named(change, design, where, said):
    rows = [row | {"few": 1.5, "share": 0.0} for row in LONELY]
    rows[2] |= change

    with pytest.raises(ArgumentInvalid) as caught:
        _found(rows, design=design)

    assert caught.value.where == where
    assert said in caught.value.what
    assert caught.value.remedy


def test_absent_column_of_a_later_stage_is_named():
    with pytest.raises(ColumnMissing, match="“parts”"):
        _found(LONELY, design=_stages(Stage("parts")))


def test_reading_of_the_platform_refuses_later_stages():
    with pytest.raises(ArgumentInvalid) as caught:
        estimator("survey_mean").estimate(table_of(LONELY), arguments={"column": "y"}, design=TWO)

    assert caught.value.where == "design, stages"
