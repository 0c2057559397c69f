"""Drawing from a frame: weights that add up, the same sample whatever the rows' order, two stages, and frames that are refused."""

import json
import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.evidence.errors import ArgumentInvalid, ColumnMissing, FileUnreadable, InputProblem, Problem, TableEmpty
from custodes.evidence.measures import Statistic
from custodes.evidence.sampling.allocation import Allocation
from custodes.evidence.sampling.draw import Role, draw_households, draw_sample
from custodes.evidence.sampling.frame import frame_from_table
from custodes.evidence.sampling.plan import Columns, Plan, with_second_stage
from custodes.evidence.sampling.record import (
    ROW_KEYS,
    estimate_words,
    rows_of,
    sample_as_json,
    sample_from_json,
    with_numbers,
)
from custodes.evidence.sampling.selection import Method
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.types import Design, Stage
from tests.evidence.frames import (
    HOUSEHOLD_COLUMNS,
    VILLAGE_COLUMNS,
    frame_of,
    household_frame,
    household_rows,
    village_frame,
    village_rows,
)
from tests.evidence.samples import table_of

HOUSEHOLDS = {"north": 44, "south": 55}
TWO_STAGES = Plan(
    HOUSEHOLD_COLUMNS, seed=11, method=Method.PPS, units=6, allocation=Allocation.EQUAL, take=3, reserve=1, reserve_within=2
)  # fmt: skip
VILLAGES = Plan(VILLAGE_COLUMNS, seed=11, method=Method.PPS, units=6, allocation=Allocation.EQUAL, take=3, reserve=1)


def _in_sample(sample):
    return [row for row in rows_of(sample) if row["role"] == "drawn"]


def _sums(rows, by="stratum"):
    sums: dict[str, list[float]] = {}
    for row in rows:
        sums.setdefault(row[by], []).append(row["weight"])
    return {name: math.fsum(weights) for name, weights in sums.items()}


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcd"), st.lists(st.floats(0.1, 90), min_size=2, max_size=12), min_size=1),
    st.sampled_from([Method.SIMPLE, Method.SYSTEMATIC]), st.sampled_from([Allocation.EQUAL, Allocation.PROPORTIONAL]),
    st.integers(0, 10**9), st.data(),
)  # fmt: skip
def test_weights_of_a_stratified_sample_add_up_to_the_frame(groups, method, allocation, seed, data):
    lowest, highest = 2 * len(groups), sum(map(len, groups.values()))
    units = data.draw(st.integers(lowest, highest))

    sample = draw_sample(frame_of(groups), Plan(Columns("u"), seed, method=method, units=units, allocation=allocation))

    rows = _in_sample(sample)
    assert len(rows) == units
    assert len({row["unit"] for row in rows}) == units
    assert _sums(rows) == pytest.approx({name: len(sizes) for name, sizes in groups.items()}, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_weights_of_households_in_villages_by_size_add_up_to_the_frame(seed):
    """The take is fixed and the size is the list, so that every household of a district has the same weight."""
    rows = _in_sample(draw_sample(household_frame(), replace(TWO_STAGES, seed=seed)))

    assert _sums(rows) == pytest.approx(HOUSEHOLDS, rel=1e-12)
    others = {row["weight"] for row in rows if row["stratum"] == "north"}
    assert max(others) == pytest.approx(min(others), rel=1e-12)


def test_weights_of_clusters_with_everybody_in_them_are_those_of_the_clusters():
    plan = Plan(HOUSEHOLD_COLUMNS, seed=3, units=5, method=Method.SIMPLE)
    rows = _in_sample(draw_sample(household_frame(), plan))

    assert {row["p_2"] for row in rows} == {1.0}
    drawn = {row["cluster"] for row in rows if row["stratum"] == "north"}
    weights = [row["weight"] for row in rows if row["stratum"] == "north"]
    assert weights == pytest.approx([6 / len(drawn)] * len(weights))
    assert {row["fpc_1"] for row in rows} == {6.0, 4.0}


def test_certain_village_stands_apart_for_the_variance():
    rows = _in_sample(draw_sample(household_frame(), TWO_STAGES))
    south = {row["cluster"]: row for row in rows if row["stratum"] == "south"}

    assert south["s0"]["certain"]
    assert south["s0"]["p_1"] == 1.0
    assert (south["s0"]["variance_stratum"], south["s0"]["fpc_1"]) == ("south (certain)", 1.0)
    (share,) = {row["fpc_1"] for row in south.values() if not row["certain"]}
    left = [4, 6, 5]  # the other villages, of which two are drawn: Hartley and Rao's Σπ²/n
    assert share == pytest.approx(sum((2 * size / 15) ** 2 for size in left) / 2, rel=1e-12)
    assert {row["variance_stratum"] for row in south.values() if not row["certain"]} == {"south"}


def test_share_that_counts_as_drawn_is_n_of_n_where_sizes_are_equal():
    sample = draw_sample(frame_of({"a": [3.0] * 10}), Plan(Columns("u", size="s"), 1, method=Method.PPS, units=4))

    assert {row["fpc_1"] for row in rows_of(sample)} == {0.4}


def test_order_of_rows_and_kind_of_a_column_change_nothing():
    rows = household_rows()
    mixed = [rows[(7 * place + 3) % len(rows)] for place in range(len(rows))]
    numbered = [{**row, "income": 0.0, "adults": float(row["adults"])} for row in reversed(rows)]
    samples = [
        draw_sample(frame_from_table(table_of(each), HOUSEHOLD_COLUMNS), TWO_STAGES) for each in (rows, mixed, numbered)
    ]

    assert samples[0] == samples[1] == samples[2]
    assert len(samples[0].frame_sha256) == 64


def test_another_row_size_or_plan_has_another_fingerprint():
    frame = village_frame()
    rows = village_rows()
    rows[2]["people"] += 1

    assert frame_from_table(table_of(rows), VILLAGE_COLUMNS).sha256 != frame.sha256
    assert replace(VILLAGES, seed=12).sha256 != VILLAGES.sha256
    assert replace(VILLAGES, reserve=0).sha256 != VILLAGES.sha256
    assert VILLAGES.sha256 == Plan(**{name: getattr(VILLAGES, name) for name in VILLAGES.__dataclass_fields__}).sha256


def test_sample_stays_what_it_was():
    """Drawn once: the same frame, plan and seed give it on every machine, for ever."""
    sample = draw_sample(village_frame(), VILLAGES)

    assert [(each.key, each.role.value) for each in sample.first] == [
        ("n0", "drawn"), ("n2", "drawn"), ("n4", "drawn"), ("n3", "reserve"),
        ("s0", "drawn"), ("s1", "drawn"), ("s2", "drawn"), ("s3", "reserve"),
    ]  # fmt: skip


def test_stratum_draws_the_same_whatever_other_strata_do():
    alone = draw_sample(frame_of({"b": [1.0] * 9}), Plan(Columns("u"), 5, units=3))
    beside = draw_sample(
        frame_of({"a": [1.0] * 4, "b": [1.0] * 9}), Plan(Columns("u"), 5, units=6, allocation=Allocation.EQUAL)
    )

    assert alone.first == tuple(each for each in beside.first if each.group == "b")


def test_systematic_draw_follows_the_order_asked_for():
    rows = [{"u": f"u{place:02}", "rank": (place * 7) % 20} for place in range(20)]
    frame = frame_from_table(table_of(rows), Columns("u", order=("rank",)))
    sample = draw_sample(frame, Plan(Columns("u", order=("rank",)), 2, method=Method.SYSTEMATIC, units=5))
    ranks = sorted(row["rank"] for row in rows if row["u"] in {each.key for each in sample.first})

    assert [later - earlier for earlier, later in pairwise(ranks)] == [4] * 4


def test_neyman_and_given_numbers_reach_the_strata():
    frame = frame_of({"a": [1.0] * 20, "b": [1.0] * 20})
    neyman = Plan(Columns("u"), 1, units=10, allocation=Allocation.NEYMAN, spread={"a": 4.0, "b": 1.0})
    given_ = Plan(Columns("u"), 1, allocation=Allocation.GIVEN, given={"a": 3, "b": 5})

    assert [each.drawn for each in draw_sample(frame, neyman).strata] == [8, 2]
    assert [each.drawn for each in draw_sample(frame, given_).strata] == [3, 5]
    with pytest.raises(InputProblem, match="“b” has no standard deviation"):
        draw_sample(frame, replace(neyman, spread={"a": 4.0}))


def test_households_drawn_later_from_the_list_are_those_drawn_at_once():
    at_once = draw_sample(household_frame(), TWO_STAGES)
    clusters = draw_sample(village_frame(), VILLAGES)
    known = {each.key for each in clusters.first}
    rows = [row for row in household_rows() if row["village"] in known]
    columns = Columns("household", "village", eligible="adults")
    plan = with_second_stage(clusters.plan, columns, within=Method.SIMPLE, one_person=True, reserve_within=2)

    later = draw_households(clusters, frame_from_table(table_of(rows), columns), plan)

    assert [(each.group, each.key) for each in later.second] == [(each.group, each.key) for each in at_once.second]
    assert later.list_sha256
    assert later.clusters_by == VILLAGES
    assert sample_from_json(json.dumps(sample_as_json(later)), where="s.json") == later
    found = _in_sample(later)
    assert all(row["weight"] == pytest.approx(row["eligible"] / (row["p_1"] * row["p_2"])) for row in found)
    with pytest.raises(InputProblem, match="was drawn and is not listed"):
        draw_households(
            clusters, frame_from_table(table_of([row for row in rows if row["village"] != "s0"]), columns), plan
        )
    stray = [*rows, {**rows[0], "village": "elsewhere"}]
    with pytest.raises(InputProblem, match="“elsewhere” is listed and was not drawn"):
        draw_households(clusters, frame_from_table(table_of(stray), columns), plan)


def test_weight_waits_for_the_list_and_follows_from_it():
    sample = draw_sample(village_frame(), VILLAGES)
    assert {row["weight"] for row in rows_of(sample)} == {None}
    drawn = [each for each in sample.first if each.role is Role.DRAWN]

    counted = with_numbers(sample, {(each.key, ""): 2 * int(each.size) for each in drawn})

    for each, row in zip(drawn, _in_sample(counted), strict=True):
        assert row["weight"] == pytest.approx(2 * each.size / (3 * each.probability))
    with pytest.raises(InputProblem, match="“x9” is not in the sample"):
        with_numbers(sample, {("x9", ""): 4})
    with pytest.raises(InputProblem, match="cannot have 0 units"):
        with_numbers(sample, {(drawn[0].key, ""): 0})


def test_person_of_a_household_waits_for_the_count_of_adults():
    plan = replace(TWO_STAGES, columns=Columns("household", "village", ("district",)), one_person=True)
    sample = draw_sample(frame_from_table(table_of(household_rows()), plan.columns), plan)
    assert {row["weight"] for row in rows_of(sample)} == {None}

    counted = with_numbers(sample, {(each.group, each.key): 4 for each in sample.second})

    assert {row["p_3"] for row in rows_of(counted)} == {0.25}
    assert _sums(_in_sample(counted)) == pytest.approx({name: 4 * n for name, n in HOUSEHOLDS.items()})


def test_estimate_takes_the_columns_as_they_are():
    answers = {(row["village"], row["household"]): row["income"] for row in household_rows()}
    rows = [
        row | {"income": answers[row["cluster"], row["unit"]]}
        for row in _in_sample(draw_sample(household_frame(), TWO_STAGES))
    ]
    table = table_of(
        [
            {key: row[key] for key in ("unit", "cluster", "variance_stratum", "weight", "fpc_1", "fpc_2", "income")}
            for row in rows
        ]
    )
    design = Design("weight", "variance_stratum", "cluster", "fpc_1", stages=(Stage("unit", fpc="fpc_2"),))

    (found,) = estimate_survey(table, Question(Statistic.TOTAL, ("income",)), design=design)

    assert found.estimate.value == pytest.approx(math.fsum(row["weight"] * row["income"] for row in rows))
    assert found.estimate.refusal == ""
    assert found.estimate.se is not None
    assert found.estimate.se > 0
    assert found.estimate.df == 6 - 3
    assert estimate_words(draw_sample(household_frame(), TWO_STAGES)) == (
        "--weight weight --strata variance_stratum --cluster cluster unit --fpc fpc_1 fpc_2"
    )


def test_everything_drawn_has_no_sampling_error():
    plan = Plan(HOUSEHOLD_COLUMNS, 1, units=10, take=100)
    sample = draw_sample(household_frame(), plan)

    assert {row["weight"] for row in _in_sample(sample)} == {1.0}
    assert len(_in_sample(sample)) == sum(HOUSEHOLDS.values())
    (note,) = sample.notes
    assert note == "10 clusters have fewer than 100 units, all of which are taken: n0, n1, n2, n3, n4 and more."


def test_stratum_whose_one_unit_stands_for_others_is_named():
    sample = draw_sample(
        frame_of({"a": [1.0] * 9, "b": [1.0]}), Plan(Columns("u"), 1, units=2, at_least=1, allocation=Allocation.EQUAL)
    )

    assert [note for note in sample.notes if "“a”" in note and "cannot be estimated" in note]
    assert not [note for note in sample.notes if "“b”" in note]


def test_record_is_read_again_as_it_was():
    sample = draw_sample(household_frame(), TWO_STAGES)
    text = json.dumps(sample_as_json(sample))

    assert sample_from_json(text, where="s.json") == sample
    assert set(rows_of(sample)[0]) == set(ROW_KEYS)
    said = json.loads(text)
    assert (said["seed"], said["frame_sha256"], said["plan_sha256"]) == (11, sample.frame_sha256, TWO_STAGES.sha256)
    for wrong in ("{}", "[1]", "not json", text.replace("custodes sample 1", "another")):
        with pytest.raises(FileUnreadable, match="not a sample"):
            sample_from_json(wrong, where="s.json")
    with pytest.raises(FileUnreadable, match="changed after the draw"):
        sample_from_json(text.replace('"take": 3', '"take": 4'), where="s.json")


def test_pseudonym_is_the_same_in_every_draw_and_unknown_without_the_secret():
    first, second = (
        {
            (row["cluster"], row["unit"]): row["pseudonym"]
            for row in rows_of(draw_sample(household_frame(), replace(TWO_STAGES, seed=seed)), secret=b"k" * 32)
        }
        for seed in (1, 2)
    )
    other = {
        row["pseudonym"]
        for row in rows_of(draw_sample(household_frame(), replace(TWO_STAGES, seed=1)), secret=b"l" * 32)
    }
    both = set(first) & set(second)

    assert both
    assert all(first[key] == second[key] for key in both)
    assert len(set(first.values())) == len(first)
    assert not other & set(first.values())


def _rows(**changes):
    rows = [{"u": f"u{place}", "s": "a", "c": f"c{place // 2}", "n": 5.0, "m": 3.0} for place in range(6)]
    rows[3] |= changes
    return rows


@pytest.mark.parametrize(
    ("rows", "columns", "kind", "where", "said"),
    [
        (_rows(u="u1"), Columns("u"), ArgumentInvalid, "row 4, column u", "stands in row 2 too"),
        (_rows(u=" "), Columns("u"), ArgumentInvalid, "row 4, column u", "empty"),
        (_rows(s=None), Columns("u", strata=("s",)), ArgumentInvalid, "row 4, column s", "empty"),
        (_rows(n=0.0), Columns("u", size="n"), ArgumentInvalid, "row 4, column n", "not above 0"),
        (_rows(n=None), Columns("u", size="n"), ArgumentInvalid, "row 4, column n", "not above 0"),
        (
            _rows(m=2.5),
            Columns("u", "c", eligible="m"),
            ArgumentInvalid,
            "row 4, column m",
            "2.5 is not a number of units",
        ),
        (_rows(s="b"), Columns("u", "c", ("s",)), ArgumentInvalid, "row 4, column c", "strata “a” and “b”"),
        (_rows(), Columns("v"), ColumnMissing, "frame", "“v”"),
        ([], Columns("u"), TableEmpty, "table", "no rows"),
    ],
)
def test_frame_that_cannot_be_drawn_from_is_refused_by_its_row(rows, columns, kind, where, said):
    table = table_of(rows) if rows else table_of(_rows()).filter(False)

    with pytest.raises(kind, match=said) as caught:
        frame_from_table(table, columns)

    assert caught.value.where == where
    assert caught.value.remedy


@pytest.mark.parametrize(
    "wrong",
    [
        {"units": None}, {"units": 5, "given": {"a": 1}}, {"allocation": Allocation.GIVEN}, {"allocation": Allocation.NEYMAN},
        {"method": Method.PPS}, {"take": 0}, {"seed": -1}, {"at_least": 0}, {"within": Method.PPS}, {"take": 3, "one_person": True},
        {"columns": Columns("u", listed="l")}, {"reserve_within": 2},
    ],
)  # fmt: skip
def test_plan_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(Problem) as caught:
        Plan(**({"columns": Columns("u"), "seed": 1, "units": 5} | wrong))

    assert caught.value.where
    assert caught.value.remedy
