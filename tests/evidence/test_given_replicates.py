"""Given replicate weights and calibrated replicates: the same as those made here, repeatable, and refused with place and remedy."""

import numpy as np
import pytest
from hypothesis import given, settings

from custodes.evidence import given_replicates
from custodes.evidence.calibration import Calibration, Distance, Margin
from custodes.evidence.errors import ArgumentInvalid, ColumnNotNumeric
from custodes.evidence.measures import Statistic
from custodes.evidence.replicates import Around, ReplicateMethod, ReplicatePlan
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.types import Design, LonelyPolicy, MissingPolicy
from tests.evidence.samples import reference_table, table_of
from tests.evidence.test_survey_properties import DESIGN, SLOW_ENOUGH, respondents
from tests.reference.cases import HERE

FEW = settings(SLOW_ENOUGH, max_examples=2)
WEIGHT = Design("weight")
AREAS = Calibration((Margin(("area",), {"north": 900.0, "south": 700.0}),))


def jackknifed(rows, *, prefix="r", factors=False):
    """The rows with the weights of a jackknife within strata, and the scale of each replicate."""
    clusters = sorted({(row["stratum"], row["cluster"]) for row in rows})
    size = {stratum: sum(each[0] == stratum for each in clusters) for stratum, _ in clusters}
    given = []
    for row in rows:
        weights = {}
        for number, (stratum, cluster) in enumerate(clusters, start=1):
            here = row["stratum"] == stratum
            factor = size[stratum] / (size[stratum] - 1) * (row["cluster"] != cluster) if here else 1.0
            weights[f"{prefix}{number}"] = factor if factors else factor * row["weight"]
        given.append(row | weights)
    return given, tuple((size[stratum] - 1) / size[stratum] for stratum, _ in clusters)


def question(statistic, plan=None, **more) -> Question:
    variable = "answer" if statistic is Statistic.PROPORTION else "number"
    return Question(statistic, (variable,), **({"by": ("area",)} | more), replicates=plan)


def found(rows, asked, design):
    return [each.estimate for each in estimate_survey(table_of(rows), asked, design=design)]


@FEW
@given(rows=respondents)
def test_given_replicates_are_those_made_here_for_every_statistic(rows):
    given, scale = jackknifed(rows)
    factors, _ = jackknifed(rows, factors=True)
    size = max(abs(row["number"]) for row in rows)
    for statistic, calibration, taken in (
        (Statistic.PROPORTION, None, given),
        (Statistic.MEAN, AREAS, given),
        (Statistic.QUANTILE, None, factors),
    ):
        more = {"calibration": calibration, "by": ("stratum",)} if calibration else {}
        plan = ReplicatePlan(ReplicateMethod.JKN, prefix="r", scale=scale, factors=taken is factors)
        made = found(rows, question(statistic, ReplicatePlan(ReplicateMethod.JKN), **more), DESIGN)
        for one, other in zip(made, found(taken, question(statistic, plan, **more), WEIGHT), strict=True):
            assert (other.cell, other.n, other.missing) == (one.cell, one.n, one.missing)
            assert other.value == pytest.approx(one.value, rel=1e-9, abs=1e-10 * size)
            if statistic is not Statistic.QUANTILE:  # its interval also depends on the degrees of freedom
                assert other.se == pytest.approx(one.se, rel=1e-7, abs=1e-8 * size)


@FEW
@given(rows=respondents)
def test_scale_of_weights_and_order_of_rows_change_no_mean_and_domains_add_up(rows):
    given, scale = jackknifed(rows)
    names = ("weight", *(f"r{number}" for number in range(1, len(scale) + 1)))
    scaled = [row | {name: row[name] * 1e3 for name in names} for row in reversed(given)]
    plan = ReplicatePlan(ReplicateMethod.JKN, prefix="r", scale=scale)
    size = max(abs(row["number"]) for row in rows)

    asked = question(Statistic.MEAN, plan, calibration=AREAS)
    for one, other in zip(found(given, asked, WEIGHT), found(scaled, asked, WEIGHT), strict=True):
        assert other.value == pytest.approx(one.value, rel=1e-9, abs=1e-10 * size)
        assert other.se == pytest.approx(one.se, rel=1e-7, abs=1e-8 * size)
        assert other.df == one.df
    parts, (whole,) = (found(given, question(Statistic.TOTAL, plan, by=by), WEIGHT) for by in (("area",), ()))
    total = size * sum(row["weight"] for row in rows)
    assert sum(part.value for part in parts) == pytest.approx(whole.value, rel=1e-12, abs=1e-12 * total)


@FEW
@given(rows=respondents)
def test_jackknife_of_a_total_around_the_estimate_is_the_linearised_variance(rows):
    """A total is linear in the clusters, so that the mean of its replicates is itself."""
    given, scale = jackknifed(rows)
    plain = found(rows, question(Statistic.TOTAL), DESIGN)
    size = max(abs(row["number"]) for row in rows) * sum(row["weight"] for row in rows)
    plan = ReplicatePlan(ReplicateMethod.JKN, prefix="r", scale=scale, around=Around.ESTIMATE)
    for one, other in zip(plain, found(given, question(Statistic.TOTAL, plan), WEIGHT), strict=True):
        assert other.se == pytest.approx(one.se, rel=1e-8, abs=1e-9 * size)


@FEW
@given(rows=respondents)
def test_total_that_every_replicate_meets_has_no_error(rows):
    asked = Question(Statistic.TOTAL, ("area",), replicates=ReplicatePlan(ReplicateMethod.JKN), calibration=AREAS)

    for each in estimate_survey(table_of(rows), asked, design=DESIGN):
        assert each.estimate.value == pytest.approx(AREAS.margins[0].totals[each.level], rel=1e-9)
        assert each.estimate.se == pytest.approx(0, abs=1e-6)


ROWS = [
    {
        "weight": 2.0 + index % 3, "stratum": "ab"[index % 2], "cluster": str(index % 6), "area": "north" if index % 5 else "south",
        "answer": None if index == 3 else index % 4, "number": float(index * index % 11),
    }
    for index in range(24)
]  # fmt: skip
GIVEN, SCALE = jackknifed(ROWS)
PLAN = ReplicatePlan(ReplicateMethod.JKN, prefix="r", scale=SCALE)


def test_missing_answers_follow_the_policy_under_given_replicates():
    made = ReplicatePlan(ReplicateMethod.JKN)
    for policy in MissingPolicy:
        ours = found(GIVEN, question(Statistic.PROPORTION, PLAN, missing=policy), WEIGHT)
        theirs = found(ROWS, question(Statistic.PROPORTION, made, missing=policy), DESIGN)
        assert [each.value for each in ours] == pytest.approx([each.value for each in theirs], rel=1e-13)
        assert [each.se for each in ours] == pytest.approx([each.se for each in theirs], rel=1e-10)


@pytest.mark.parametrize("policy", [LonelyPolicy.CERTAINTY, LonelyPolicy.CENTRED, LonelyPolicy.AVERAGE])
def test_quantiles_of_calibrated_weights_follow_the_policy_for_a_lonely_stratum(policy):
    table = reference_table(str(HERE / "synthetic_survey.csv"))
    design = Design("weight", "lonely", "lonely_cluster", lonely=policy)
    known = Calibration((Margin(("area",), {"islands": 300.0, "north": 1700.0, "south": 900.0}),))
    asked = Question(Statistic.QUANTILE, ("z",), quantiles=(0.5,), calibration=known)

    (median,) = estimate_survey(table, asked, design=design)

    found = median.estimate
    share = table.mutate(below=(table["z"] <= found.value).ifelse(1.0, 0.0))
    (mean,) = estimate_survey(share, Question(Statistic.MEAN, ("below",), calibration=known), design=design)
    assert found.df == mean.estimate.df
    ordered = sorted(table["z"].to_pyarrow().to_pylist())
    assert found.low < found.value < found.high
    assert {found.low, found.value, found.high} <= set(ordered)
    for end, at in ((found.low, mean.estimate.low), (found.high, mean.estimate.high)):
        around = [_share_at_or_below(table, value, known, design) for value in (_before(ordered, end), end)]
        assert around[0] < at <= around[1] + 1e-12


def _before(ordered, value):
    return max(other for other in ordered if other < value)


def _share_at_or_below(table, value, known, design) -> float:
    share = table.mutate(below=(table["z"] <= value).ifelse(1.0, 0.0))
    asked = Question(Statistic.MEAN, ("below",), calibration=known, design_effects=False)
    return estimate_survey(share, asked, design=design)[0].estimate.value


def test_degrees_of_freedom_of_scattered_groups_are_those_of_rows(monkeypatch):
    plain = [each.df for each in found(GIVEN, question(Statistic.MEAN, PLAN), WEIGHT)]
    monkeypatch.setattr(given_replicates, "MOST_EXACT", 10)

    assert [each.df for each in found(GIVEN, question(Statistic.MEAN, PLAN), WEIGHT)] == plain
    assert plain == [4.0, 4.0]  # six clusters in two strata; five rows in the south


def test_many_replicates_in_parts_are_those_at_once(monkeypatch):
    at_once = found(GIVEN, question(Statistic.MEAN, PLAN), WEIGHT)
    monkeypatch.setattr("custodes.evidence.replicate_sums.MOST_SUMS", 10)

    for one, other in zip(at_once, found(GIVEN, question(Statistic.MEAN, PLAN), WEIGHT), strict=True):
        assert other.se == pytest.approx(one.se, rel=1e-12)


def test_logit_stays_within_its_bounds_and_near_no_change_equals_regression():
    asked = question(
        Statistic.MEAN, calibration=Calibration(AREAS.margins, distance=Distance.LOGIT, bounds=(0.001, 1e9))
    )
    raked = question(Statistic.MEAN, calibration=Calibration(AREAS.margins, distance=Distance.RAKING))

    values, others = ([each.value for each in found(ROWS, each, DESIGN)] for each in (asked, raked))

    assert values == pytest.approx(others, rel=1e-12)  # one margin: every distance is post-stratification
    tight = Calibration(AREAS.margins, distance=Distance.LOGIT, bounds=(0.5, 2.0))
    with pytest.raises(ArgumentInvalid, match="do not meet the totals"):
        found(ROWS, question(Statistic.MEAN, calibration=tight), DESIGN)


def test_replicate_that_cannot_meet_the_totals_is_named():
    rows = [row | {"alone": "yes" if row["cluster"] == "1" else "no"} for row in GIVEN]
    known = Calibration((Margin(("alone",), {"yes": 20.0, "no": 60.0}),))

    with pytest.raises(ArgumentInvalid) as caught:
        found(rows, question(Statistic.MEAN, PLAN, calibration=known), WEIGHT)

    assert caught.value.where == "calibration, replicate 4"  # the clusters are 0, 2, 4 of a and 1, 3, 5 of b


@pytest.mark.parametrize(
    ("plan", "design", "where"),
    [
        ({}, DESIGN, "design, strata stratum"),
        ({}, Design(None), "design, weight"),
        ({"prefix": "q"}, WEIGHT, "replicates"),
        ({"prefix": "weigh"}, WEIGHT, "replicates"),
        ({"scale": (0.5, 0.5)}, WEIGHT, "replicate scale"),
        ({"scale": (-0.5,)}, WEIGHT, "replicate scale"),
        ({"scale": ()}, WEIGHT, "replicate scale"),
        ({"method": ReplicateMethod.FAY, "scale": (), "kept": 1.0}, WEIGHT, "kept"),
        ({"prefix": None}, DESIGN, "replicates"),
    ],
)
def test_plan_that_does_not_suit_the_columns_is_refused(plan, design, where):
    words = {"method": ReplicateMethod.JKN, "prefix": "r", "scale": SCALE} | plan

    with pytest.raises(ArgumentInvalid) as caught:
        found(GIVEN, question(Statistic.MEAN, ReplicatePlan(**words)), design)

    assert caught.value.where == where
    assert caught.value.remedy


@pytest.mark.parametrize("wrong", [None, float("nan"), float("inf")])
def test_row_without_a_replicate_weight_is_named(wrong):
    rows = [*GIVEN[:4], GIVEN[4] | {"r3": wrong}, *GIVEN[5:]]

    with pytest.raises(ArgumentInvalid) as caught:
        found(rows, question(Statistic.MEAN, PLAN), WEIGHT)

    assert caught.value.where == "row 5, column r3"


def test_text_among_replicate_weights_is_named_with_its_row():
    rows = [row | {"r3": "much" if index == 4 else "1"} for index, row in enumerate(GIVEN)]

    with pytest.raises(ColumnNotNumeric) as caught:
        found(rows, question(Statistic.MEAN, PLAN), WEIGHT)

    assert caught.value.where == "row 5, column r3"


def test_number_left_out_of_the_replicates_is_named():
    rows = [{name: value for name, value in row.items() if name != "r3"} for row in GIVEN]

    with pytest.raises(ArgumentInvalid) as caught:
        found(rows, question(Statistic.MEAN, PLAN), WEIGHT)

    assert caught.value.where == "column r3"


def test_columns_of_one_number_are_refused():
    with pytest.raises(ArgumentInvalid, match="same number"):
        found([row | {"r03": 1.0} for row in GIVEN], question(Statistic.MEAN, PLAN), WEIGHT)


def test_domain_that_a_given_replicate_leaves_empty_is_refused():
    rows = [row | {"area": "south" if row["cluster"] == "1" else "north"} for row in GIVEN]

    refusals = {each.cell.key: each.refusal for each in found(rows, question(Statistic.MEAN, PLAN), WEIGHT)}

    assert refusals == {"area=north": "", "area=south": "refused.sample-too-small"}


def test_replicates_without_spread_have_no_error():
    plan = ReplicatePlan(ReplicateMethod.BOOTSTRAP, prefix="r")
    (total,) = found(
        [
            row | {"r1": row["weight"], "r2": row["weight"] * 1.0, "r3": float(np.float64(row["weight"]))}
            for row in ROWS
        ],
        question(Statistic.TOTAL, plan, by=()),
        WEIGHT,
    )

    assert total.refusal == "refused.sample-too-small"  # one independent weight leaves no degree of freedom
