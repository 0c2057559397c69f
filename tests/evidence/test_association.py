"""Rao and Scott's tests equal R's, and hold what must hold of any sample."""

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.evidence.association import RaoScott, associate
from custodes.evidence.errors import ArgumentInvalid, ColumnMissing
from custodes.evidence.replicates import ReplicateMethod, ReplicatePlan
from custodes.evidence.types import Design, LonelyPolicy, Stage
from tests.evidence.samples import reference_table, table_of
from tests.evidence.test_survey_estimates import design_of, plan_of
from tests.evidence.test_survey_properties import DESIGN, SLOW_ENOUGH, respondents
from tests.reference.cases import HERE

FEW = settings(SLOW_ENOUGH, max_examples=3)  # each example asks the engine several times

STORED = tomllib.loads((HERE / "association.toml").read_text(encoding="utf-8"))
FURTHER = tomllib.loads((HERE / "association_further.toml").read_text(encoding="utf-8"))
FIELDS = ("value", "df", "df_denominator", "p", "pearson")


@pytest.mark.parametrize("asked", STORED["association"] + FURTHER["association"], ids=lambda asked: asked["name"])
def test_tests_equal_those_of_another_program(asked):
    table = reference_table(asked.get("file", str(HERE / asked.get("data", "synthetic_survey.csv"))))

    found = associate(
        table,
        asked["row"],
        column=asked["column"],
        design=design_of(asked["design"]),
        by=tuple(asked.get("by", ())),
        replicates=plan_of(asked["replicates"]) if "replicates" in asked else None,
    )

    by_place = {(each.cell.key, each.test): each for each in found}
    assert asked["expected"]
    for expected in asked["expected"]:
        one = by_place[expected["domain"], RaoScott(expected["test"])]
        for field in FIELDS:
            if field in expected:
                assert getattr(one, field) == pytest.approx(expected[field], rel=STORED["tolerance"]), field


def _with_answer(rows):
    """Both answers in both areas and no category that a single row makes up."""
    known = [{**row, "answer": str((row["answer"] or 1) % 2)} for row in rows]
    more = [{**row, "answer": "0", "number": 0.0} for row in rows[-8:]]
    return known + more


@FEW
@given(rows=respondents, factor=st.sampled_from([0.001, 3.0, 1e6]))
def test_neither_scale_of_weights_nor_order_nor_sides_change_a_test(rows, factor):
    rows = _with_answer(rows)
    turned = [{**row, "weight": row["weight"] * factor} for row in reversed(rows)]

    one = associate(table_of(rows), "answer", column="area", design=DESIGN)
    other = associate(table_of(turned), "area", column="answer", design=DESIGN)

    for first, second in zip(one, other, strict=True):
        assert second.value == pytest.approx(first.value, rel=1e-6, abs=1e-9)
        assert second.df_denominator == (first.df_denominator and pytest.approx(first.df_denominator, rel=1e-6))
        assert second.p == pytest.approx(first.p, rel=1e-6, abs=1e-12)


def test_independent_answers_have_a_statistic_of_zero():
    rows = [{"c": f"{i}", "a": str(i % 2), "b": str(i // 2 % 3)} for i in range(60)]

    f, chisq = associate(table_of(rows), "a", column="b", design=Design(clusters="c"))

    assert f.value == pytest.approx(0.0, abs=1e-20)
    assert (f.p, chisq.p) == (1.0, 1.0)
    assert chisq.df == 2.0


def test_two_by_two_f_is_its_chi_squared():
    rows = [{"c": f"{i % 7}", "a": str(i % 2), "b": str(i % 2 if i % 3 else i % 5 % 2)} for i in range(50)]

    f, chisq = associate(table_of(rows), "a", column="b", design=Design(clusters="c"))

    assert f.value == pytest.approx(chisq.value, rel=1e-14)
    assert (f.df, f.df_denominator, chisq.df) == (pytest.approx(1.0), pytest.approx(6.0), 1.0)
    assert f.p > chisq.p  # the F knows how few clusters there are


ROWS = [{"s": "s", "c": f"{i % 8}", "a": str(i % 2), "b": str(i * i % 11 % 3), "d": "all"} for i in range(48)]


def test_missing_answers_are_left_out_and_reported():
    rows = [
        *ROWS,
        *({"s": "s", "c": "9", "a": a, "b": b, "d": "all"} for a, b in ((None, "0"), ("1", "88"), ("", "1"))),
    ]

    with_gaps = associate(table_of(rows), "a", column="b", design=Design(clusters="c"), missing_codes=("88",))

    assert [(each.n, each.missing) for each in with_gaps] == [(48, 3), (48, 3)]
    assert with_gaps[0].df_denominator == pytest.approx(7 * with_gaps[0].df)  # nobody in cluster 9 counts


def test_domain_that_cannot_be_tested_is_refused_by_name_and_the_others_are_tested():
    rows = [
        *ROWS,
        *({"s": "s", "c": f"{i}", "a": "1", "b": f"{i % 2}", "d": "same"} for i in range(8)),
        *({"s": "s", "c": f"{i}", "a": None, "b": "1", "d": "none"} for i in range(8)),
        *({"s": "s", "c": "1", "a": f"{i % 2}", "b": f"{i // 2}", "d": "one"} for i in range(4)),
    ]

    found = associate(table_of(rows), "a", column="b", design=Design(None, "s", "c"), by=("d",))

    assert {each.cell.key: each.refusal for each in found} == {
        "d=all": "",
        "d=none": "refused.nothing-observed",
        "d=one": "refused.sample-too-small",
        "d=same": "refused.one-category",
    }
    assert all((each.value is None) is bool(each.refusal) for each in found)


def test_lonely_stratum_is_refused_unless_a_policy_is_chosen():
    rows = [*ROWS, *({"s": "alone", "c": "x", "a": f"{i % 2}", "b": "1", "d": "all"} for i in range(4))]

    refused, _ = associate(table_of(rows), "a", column="b", design=Design(None, "s", "c"))
    allowed, _ = associate(
        table_of(rows), "a", column="b", design=Design(None, "s", "c", lonely=LonelyPolicy.CERTAINTY)
    )

    assert refused.refusal == "refused.lonely-stratum"
    assert "alone" in refused.refusal_text
    assert 0 <= allowed.p <= 1


def test_table_with_empty_cells_only_off_its_diagonal_is_still_tested():
    rows = [{"c": f"{i}", "a": str(i % 3), "b": str(i % 3)} for i in range(30)] + [{"c": "x", "a": "0", "b": "1"}]

    f, _ = associate(table_of(rows), "a", column="b", design=Design(clusters="c"))

    assert (f.refusal, f.p < 1e-6) in {("", True), ("refused.sample-too-small", False)}


def test_table_with_too_many_cells_is_refused():
    rows = [{"a": str(i), "b": str(i % 30)} for i in range(60)]

    with pytest.raises(ArgumentInvalid, match="cells"):
        associate(table_of(rows), "a", column="b", design=Design())


def test_absent_and_doubled_columns_are_named():
    with pytest.raises(ColumnMissing):
        associate(table_of(ROWS), "a", column="q", design=Design())
    with pytest.raises(ArgumentInvalid, match="crossed with itself"):
        associate(table_of(ROWS), "a", column="a", design=Design())


def test_lonely_unit_within_the_first_stage_is_refused_unless_a_policy_is_chosen():
    table = reference_table(str(HERE / "synthetic_stages.csv"))
    design = Design("weight", "stratum", "psu", "psus", stages=(Stage("lonely_ssu", fpc="lonely_ssus"),))

    refused, _ = associate(table, "grade", column="area", design=design)
    allowed, _ = associate(table, "grade", column="area", design=replace(design, lonely=LonelyPolicy.CERTAINTY))

    assert refused.refusal == "refused.lonely-stratum"
    assert "p3" in refused.refusal_text
    assert allowed.refusal == ""


def test_replicate_that_leaves_nobody_refuses_its_domain():
    rows = [*ROWS, *({"s": "s", "c": "9", "a": f"{i % 2}", "b": f"{i // 2}", "d": "one"} for i in range(4))]
    plan = ReplicatePlan(ReplicateMethod.JK1)

    found = associate(table_of(rows), "a", column="b", design=Design(clusters="c"), by=("d",), replicates=plan)

    assert {each.cell.key: each.refusal for each in found} == {"d=all": "", "d=one": "refused.sample-too-small"}
