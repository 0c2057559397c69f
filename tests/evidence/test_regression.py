"""Regressions under a design equal R's, and hold what must hold of any sample."""

import math
import re
import tomllib
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.evidence.association import associate
from custodes.evidence.contrasts import Difference, contrast, differences
from custodes.evidence.errors import ArgumentInvalid, ColumnMissing, ColumnNotNumeric
from custodes.evidence.fitting import fitted
from custodes.evidence.measures import Statistic
from custodes.evidence.predictors import Family, Model, effects_of
from custodes.evidence.regression import Regression, regress
from custodes.evidence.replicates import ReplicateMethod, ReplicatePlan
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.types import Design, LonelyPolicy, Stage
from custodes.evidence.waves import differences_of_samples, wave_differences
from tests.evidence.samples import reference_table, table_of
from tests.evidence.test_survey_estimates import design_of, plan_of
from tests.evidence.test_survey_properties import DESIGN, SLOW_ENOUGH, respondents
from tests.reference.cases import HERE

FEW = settings(SLOW_ENOUGH, max_examples=3)  # each example asks the engine several times

STORED = tomllib.loads((HERE / "regression.toml").read_text(encoding="utf-8"))
FURTHER = tomllib.loads((HERE / "regression_further.toml").read_text(encoding="utf-8"))
FIELDS = ("value", "se", "low", "high", "t", "p")
OFF = {"value": 0.0, "se": 0.0, "low": 1e-10, "high": 1e-10, "t": 1e-10, "p": 1e-14}  # ends and t near zero lose digits


def names_in_r(predictor: str, level: str) -> list[str]:
    """R writes each category behind its column; which of the columns of an interaction are numbers the names do not say."""
    if predictor == "(intercept)":
        return ["(Intercept)"]
    columns, levels = predictor.split(":"), level.split(":") if level else []
    found = []
    for chosen in combinations(range(len(columns)), len(levels)):
        named = dict(zip(chosen, levels, strict=True))
        parts = [column + named.get(index, "") for index, column in enumerate(columns)]
        found += [":".join(order) for order in permutations(parts)]
    return found


@pytest.mark.parametrize("asked", STORED["regression"] + FURTHER["regression"], ids=lambda asked: asked["name"])
def test_coefficients_equal_those_of_another_program(asked):
    table = reference_table(asked.get("file", str(HERE / asked.get("data", "synthetic_survey.csv"))))
    model = Model(
        asked["outcome"],
        tuple(asked["predictors"]),
        Family(asked.get("family", "linear")),
        factors=tuple(asked.get("factors", ())),
        references=asked.get("references", {}),
        success=tuple(asked.get("success", ())),
        by=tuple(asked.get("by", ())),
        replicates=plan_of(asked["replicates"]) if "replicates" in asked else None,
    )

    found = regress(table, model, design=design_of(asked["design"]))

    by_place = {
        (each.cell.key, name): (each, one)
        for each in found
        for one in each.coefficients
        for name in names_in_r(one.predictor, one.level)
    }
    tolerance = asked.get("tolerance", STORED["tolerance"])
    assert asked["expected"]
    for expected in asked["expected"]:
        whole, one = by_place[expected["domain"], expected["term"]]
        assert whole.df == expected.get("df", whole.df)
        for field in FIELDS:
            if field not in expected:
                continue
            assert getattr(one, field) == pytest.approx(expected[field], rel=tolerance, abs=OFF[field]), field


def test_there_are_sixty_answers_of_another_program():
    counts = {
        name: sum(len(each["expected"]) for each in tomllib.loads((HERE / f"{name}.toml").read_text())[kind])
        for name, kind in (("contrasts", "contrast"), ("association", "association"), ("regression", "regression"))
    }

    assert sum(counts.values()) >= 60
    assert min(counts.values()) >= 20


@pytest.mark.parametrize(
    "function", [associate, contrast, differences, differences_of_samples, fitted, regress, wave_differences]
)
def test_function_says_what_a_statistical_docstring_must(function):
    sections = ("Shapes", "Units", "Returns", "Refuses", "Source", "Checked")

    assert [word for word in sections if not re.search(rf"^ *{word} ", function.__doc__, re.MULTILINE)] == []


def coefficients(found: Regression) -> dict[str, float]:
    return {each.level or each.predictor: each.value for each in found.coefficients}


@FEW
@given(rows=respondents)
def test_regression_on_nothing_is_the_mean(rows):
    table = table_of(rows)
    (mean,) = estimate_survey(table, Question(Statistic.MEAN, ("number",)), design=DESIGN)

    (found,) = regress(table, Model("number"), design=DESIGN)

    (one,), size = found.coefficients, max(abs(row["number"]) for row in rows)
    assert (one.predictor, found.df, found.n) == ("(intercept)", mean.estimate.df, mean.estimate.n)
    assert one.value == pytest.approx(mean.estimate.value, rel=1e-9, abs=1e-12 * size)
    assert one.se == pytest.approx(mean.estimate.se, rel=1e-8, abs=1e-10 * size)


@FEW
@given(rows=respondents)
def test_regression_on_a_category_is_the_means_of_domains_and_their_differences(rows):
    table = table_of(rows)
    north, south = estimate_survey(table, Question(Statistic.MEAN, ("number",), by=("area",)), design=DESIGN)
    (apart,) = differences(table, Question(Statistic.MEAN, ("number",)), Difference("area"), design=DESIGN)

    (found,) = regress(table, Model("number", ("area",)), design=DESIGN)

    first, second = found.coefficients
    size = max(abs(row["number"]) for row in rows)
    assert (second.predictor, second.level) == ("area", "south")
    assert first.value == pytest.approx(north.estimate.value, rel=1e-9, abs=1e-11 * size)
    assert first.se == pytest.approx(north.estimate.se, rel=1e-8, abs=1e-10 * size)
    assert first.value + second.value == pytest.approx(south.estimate.value, rel=1e-9, abs=1e-11 * size)
    assert second.se == pytest.approx(apart.se, rel=1e-8, abs=1e-10 * size)


@FEW
@given(rows=respondents, factor=st.sampled_from([0.001, 3.0, 1e6]), family=st.sampled_from(list(Family)))
def test_neither_scale_of_weights_nor_row_order_changes_a_coefficient(rows, factor, family):
    rows = [{**row, "number": float(round(row["number"]) % 7), "yes": float(round(row["number"]) % 2)} for row in rows]
    rows += [{**rows[-1], "number": float(i), "yes": float(i // 2 % 2), "weight": 50.0} for i in range(7)]
    rows += [{**rows[-1], "number": float(i), "yes": float((i + 3) // 2 % 2), "weight": 50.0} for i in range(7)]
    turned = [{**row, "weight": row["weight"] * factor} for row in reversed(rows)]
    model = Model("yes", ("number",), family)

    (one,), (other,) = (regress(table_of(each), model, design=DESIGN) for each in (rows, turned))

    assert one.refusal == ""
    for first, second in zip(one.coefficients, other.coefficients, strict=True):
        assert second.value == pytest.approx(first.value, rel=1e-8, abs=1e-8)
        assert second.se == pytest.approx(first.se, rel=1e-6, abs=1e-9)


ROWS = [
    {"s": "s", "c": str(i % 8), "w": 1.0 + i % 3, "y": float(i * i % 7), "x": float(i % 5), "g": "abc"[i % 3], "b": i * i % 11 % 2, "d": "one"}
    for i in range(48)
]  # fmt: skip
PLAIN = Design("w", "s", "c")


def test_linear_coefficients_are_weighted_least_squares():
    (found,) = regress(table_of(ROWS), Model("y", ("x", "g"), references={"g": "b"}), design=PLAIN)

    x = np.array([[1.0, row["x"], row["g"] == "a", row["g"] == "c"] for row in ROWS])
    root = np.sqrt([row["w"] for row in ROWS])
    expected = np.linalg.lstsq(x * root[:, None], root * [row["y"] for row in ROWS], rcond=None)[0]
    assert list(coefficients(found)) == ["(intercept)", "x", "a", "c"]
    assert list(coefficients(found).values()) == pytest.approx(list(expected), rel=1e-12)


def test_numbers_far_from_zero_lose_no_digits():
    far = [row | {"x": row["x"] * 1e-3 + 1e6} for row in ROWS]

    (near,), (found,) = (regress(table_of(rows), Model("y", ("x",)), design=PLAIN) for rows in (ROWS, far))

    assert found.coefficients[1].value == pytest.approx(near.coefficients[1].value * 1e3, rel=1e-6)
    assert found.coefficients[1].t == pytest.approx(near.coefficients[1].t, rel=1e-6)


def test_logistic_regression_on_a_category_gives_the_odds_of_each():
    (found,) = regress(table_of(ROWS), Model("b", ("g",), Family.LOGISTIC), design=PLAIN)

    odds = {}
    for group in "abc":
        here = [row for row in ROWS if row["g"] == group]
        odds[group] = sum(row["w"] * row["b"] for row in here) / sum(row["w"] * (1 - row["b"]) for row in here)
    assert [each.odds_ratio for each in found.coefficients] == pytest.approx(
        [odds["a"], odds["b"] / odds["a"], odds["c"] / odds["a"]], rel=1e-9
    )
    assert found.rounds <= 8
    assert found.last_step < 1e-10


def test_missing_rows_are_left_out_and_stay_in_the_design():
    rows = [*ROWS, *({**ROWS[0], "c": "z", name: None} for name in ("y", "x", "g")), {**ROWS[0], "g": "88"}]

    (found,) = regress(table_of(rows), Model("y", ("x", "g"), missing_codes=("88",)), design=PLAIN)

    assert (found.n, found.missing) == (48, 4)
    assert found.df == 8 - 1 + 1 - 4  # the ninth cluster has nobody who answered


def test_missing_code_that_is_a_word_among_numbers_is_no_category():
    rows = [{**row, "x": str(row["x"]) if index else "refused"} for index, row in enumerate(ROWS)]

    (found,) = regress(table_of(rows), Model("y", ("x",), missing_codes=("refused",)), design=PLAIN)

    assert (found.n, list(coefficients(found))) == (47, ["(intercept)", "x"])


@pytest.mark.parametrize(
    ("change", "model", "kind", "said"),
    [
        ({}, Model("y", ("q",)), ColumnMissing, "“q”"),
        ({}, Model("y", ("x", "x")), ArgumentInvalid, "named twice"),
        ({}, Model("y", ("x",), factors=("g",)), ArgumentInvalid, "not a predictor"),
        ({}, Model("y", ("x",), references={"x": "1"}), ArgumentInvalid, "has no reference"),
        ({}, Model("y", ("g",), references={"g": "z"}), ArgumentInvalid, "has nobody"),
        ({}, Model("y", ("d",)), ArgumentInvalid, "the same “d”"),
        ({}, Model("y", success=("1",)), ArgumentInvalid, "logistic"),
        ({}, Model("y", coverage=95.0), ArgumentInvalid, "coverage"),
        ({"b": 3}, Model("b", ("x",), Family.LOGISTIC), ColumnNotNumeric, "neither 0 nor 1"),
        ({"g": "7"}, Model("y", ("g",)), ColumnNotNumeric, "is not a number"),
    ],
)
def test_wrong_model_is_refused_with_its_place(change, model, kind, said):
    rows = [*ROWS[:4], ROWS[4] | change, *ROWS[5:]]

    with pytest.raises(kind, match=said) as caught:
        regress(table_of(rows), model, design=PLAIN)

    assert caught.value.where
    if "b" in change:
        assert caught.value.where == "row 5, column b"


@pytest.mark.parametrize("family", list(Family))
def test_predictor_that_others_determine_is_named(family):
    rows = [row | {"twice": 2 * row["x"] + 1} for row in ROWS]

    with pytest.raises(ArgumentInvalid, match="“twice” is a combination"):
        regress(table_of(rows), Model("b", ("x", "twice"), family), design=PLAIN)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row | {"b": int(row["x"] > 2)} for row in ROWS], "separate yes from no .*“x”"),
        ([row | {"b": int(row["b"] or row["g"] == "c")} for row in ROWS], "separate yes from no .*“g”"),
        ([row | {"b": int(row["b"] and row["g"] != "a")} for row in ROWS], "separate yes from no .*“g”"),
    ],
    ids=["by a number", "by one category", "by the reference"],
)
def test_separation_is_refused_and_its_predictor_named(rows, said):
    (found,) = regress(table_of(rows), Model("b", ("x", "g"), Family.LOGISTIC), design=PLAIN)

    assert (found.refusal, found.coefficients) == ("refused.not-converged", ())
    assert re.search(said, found.refusal_text)


def test_domain_without_a_regression_is_refused_by_name_and_the_others_are_fitted():
    rows = [
        *ROWS,
        *(row | {"d": "same", "b": 1} for row in ROWS),
        *(row | {"d": "none", "x": None} for row in ROWS),
        *(row | {"d": "few"} for row in ROWS if row["c"] in "01"),
    ]

    found = regress(table_of(rows), Model("b", ("x", "g"), Family.LOGISTIC, by=("d",)), design=PLAIN)

    assert {each.cell.key: each.refusal for each in found} == {
        "d=few": "refused.sample-too-small",
        "d=none": "refused.nothing-observed",
        "d=one": "",
        "d=same": "refused.one-category",
    }
    assert [len(each.coefficients) for each in found] == [0, 0, 4, 0]


def test_lonely_stratum_is_refused_unless_a_policy_is_chosen():
    rows = [*ROWS, *(row | {"s": "alone", "c": "x"} for row in ROWS[:4])]
    model = Model("y", ("x",))

    (refused,) = regress(table_of(rows), model, design=PLAIN)
    (allowed,) = regress(table_of(rows), model, design=Design("w", "s", "c", lonely=LonelyPolicy.CERTAINTY))

    assert (refused.refusal, allowed.refusal) == ("refused.lonely-stratum", "")
    assert "alone" in refused.refusal_text


def test_wrong_weight_is_named_with_its_row():
    rows = [*ROWS[:2], ROWS[2] | {"w": 0.0}, *ROWS[3:]]

    with pytest.raises(ArgumentInvalid) as caught:
        regress(table_of(rows), Model("y", ("x",)), design=PLAIN)

    assert caught.value.where == "row 3, column w"


def test_outcome_that_never_varies_has_coefficients_without_error():
    (found,) = regress(table_of([row | {"y": 2.0} for row in ROWS]), Model("y", ("x",)), design=PLAIN)

    constant, slope = found.coefficients
    assert constant.value == pytest.approx(2.0)
    assert slope.value == pytest.approx(0.0, abs=1e-14)
    assert math.isfinite(constant.low)


@pytest.mark.parametrize(
    ("predictors", "effects"),
    [
        (("x", "g"), [("x",), ("g",)]),
        (("x*g", "d"), [("x",), ("g",), ("d",), ("x", "g")]),
        (("x : g", "x"), [("x",), ("x", "g")]),
        (("g*x:d",), [("g",), ("x", "d"), ("g", "x", "d")]),
        (("x*g*d",), [("x",), ("g",), ("d",), ("x", "g"), ("x", "d"), ("g", "d"), ("x", "g", "d")]),
        (("x:g", "g:x"), [("x", "g")]),
        (("a*b", "x:y"), [("a*b",), ("x:y",)]),
    ],
)
def test_products_are_read_as_they_are_written_and_a_column_is_itself(predictors, effects):
    assert effects_of(predictors, ("x", "g", "d", "a*b", "x:y")) == tuple(effects)


@pytest.mark.parametrize("text", ["x:", "*x", "x*x", "x::g", ""])
def test_product_that_cannot_be_read_is_refused(text):
    with pytest.raises(ArgumentInvalid, match="no product"):
        effects_of((text,), ("x", "g"))


def test_interaction_of_categories_is_the_difference_of_differences():
    (found,) = regress(table_of(ROWS), Model("y", ("g*b",), factors=("b",)), design=PLAIN)

    mean = {}
    for g, b in {(row["g"], row["b"]) for row in ROWS}:
        here = [row for row in ROWS if (row["g"], row["b"]) == (g, b)]
        mean[g, b] = sum(row["w"] * row["y"] for row in here) / sum(row["w"] for row in here)
    by_name = {(each.predictor, each.level): each.value for each in found.coefficients}
    assert list(by_name)[-2:] == [("g:b", "b:1"), ("g:b", "c:1")]
    for g in "bc":
        expected = mean[g, 1] - mean[g, 0] - mean["a", 1] + mean["a", 0]
        assert by_name["g:b", f"{g}:1"] == pytest.approx(expected, rel=1e-10)


def test_numbers_far_from_zero_lose_no_digits_in_an_interaction():
    far = [row | {"x": row["x"] * 1e-3 + 1e6} for row in ROWS]

    (near,), (found,) = (regress(table_of(rows), Model("y", ("x*g",)), design=PLAIN) for rows in (ROWS, far))

    for one, other in zip(near.coefficients, found.coefficients, strict=True):
        if one.predictor in ("x", "x:g"):
            assert other.value == pytest.approx(one.value * 1e3, rel=1e-6)
            assert other.t == pytest.approx(one.t, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "model", "said"),
    [
        ({"b": 0}, Model("y", ("g*b",), factors=("b",)), "Nobody has g=c and b=1"),
        ({"x": 0.0}, Model("y", ("x", "x:g")), "“x:g=c” is 0 for everybody"),
        ({}, Model("y", ("g:b",), factors=("b",)), "is a combination"),
        ({}, Model("y", ("g*q",)), "no column “q”"),
        ({}, Model("y", ("x*y",)), "“y” is named twice"),
    ],
)
def test_interaction_that_cannot_be_known_is_refused(change, model, said):
    rows = [row | change if row["g"] == "c" else row for row in ROWS]

    with pytest.raises((ArgumentInvalid, ColumnMissing), match=said):
        regress(table_of(rows), model, design=PLAIN)


def test_given_replicates_are_those_made_here():
    clusters = sorted({row["c"] for row in ROWS})
    given = [
        row | {f"r{n}": row["w"] * 8 / 7 * (row["c"] != cluster) for n, cluster in enumerate(clusters)} for row in ROWS
    ]
    made = Model("y", ("x*g",), replicates=ReplicatePlan(ReplicateMethod.JK1))
    taken = Model("y", ("x*g",), replicates=ReplicatePlan(ReplicateMethod.JK1, prefix="r"))

    (one,) = regress(table_of(ROWS), made, design=Design("w", clusters="c"))
    (other,) = regress(table_of(given), taken, design=Design("w"))

    assert (one.df, other.df) == (8 - 1 + 1 - 6, 8 - 1 + 1 - 6)
    assert other.covariance == pytest.approx(one.covariance, rel=1e-8)


def test_replicate_without_a_regression_refuses_its_domain_and_says_which():
    rows = [row | {"g": "c" if row["c"] == "0" else "a"} for row in ROWS]
    model = Model("y", ("g",), replicates=ReplicatePlan(ReplicateMethod.JK1))

    (found,) = regress(table_of(rows), model, design=Design("w", clusters="c"))

    assert found.refusal == "refused.sample-too-small"
    assert "Replicate 1 has no regression" in found.refusal_text


def test_lonely_unit_within_the_first_stage_is_refused_unless_a_policy_is_chosen():
    table, stages = reference_table(str(HERE / "synthetic_stages.csv")), (Stage("lonely_ssu", fpc="lonely_ssus"),)

    (refused,), (allowed,) = (
        regress(table, Model("y", ("z",)), design=Design("weight", "stratum", "psu", "psus", policy, stages))
        for policy in (LonelyPolicy.REFUSE, LonelyPolicy.CERTAINTY)
    )

    assert (refused.refusal, allowed.refusal) == ("refused.lonely-stratum", "")
    assert "p3" in refused.refusal_text
