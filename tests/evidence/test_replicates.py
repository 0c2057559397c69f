"""Replicate weights agree with linearisation where theory says so, and refuse designs that they do not suit."""

import numpy as np
import pytest
from hypothesis import given

from custodes.evidence.errors import ArgumentInvalid, LonelyStratum
from custodes.evidence.measures import Statistic
from custodes.evidence.replicates import ReplicateMethod, ReplicatePlan, made_replicates
from custodes.evidence.survey import Frame
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.types import Design, LonelyPolicy
from tests.evidence.samples import reference_table, table_of
from tests.evidence.test_survey_properties import DESIGN, SLOW_ENOUGH, respondents
from tests.reference.cases import HERE


def frame_of(*sizes: int, fraction: float = 0.0) -> Frame:
    stratum = np.repeat(np.arange(len(sizes)), sizes)
    names = tuple(f"s{index}" for index in range(len(sizes)))
    parts = np.full(len(sizes), fraction)
    return Frame(stratum, names, np.array(sizes), parts, LonelyPolicy.REFUSE, fraction > 0)


def question(statistic: Statistic, variable: str, method: ReplicateMethod | None, **plan) -> Question:
    return Question(
        statistic, (variable,), by=("area",), replicates=None if method is None else ReplicatePlan(method, **plan)
    )


@SLOW_ENOUGH
@given(rows=respondents)
def test_jackknife_of_a_total_without_fpc_is_the_linearised_variance(rows):
    """A total is linear in the clusters; what the jackknife centres at is then the estimate itself."""
    table = table_of(rows)
    plain = estimate_survey(table, question(Statistic.TOTAL, "number", None), design=DESIGN)
    made = estimate_survey(table, question(Statistic.TOTAL, "number", ReplicateMethod.JKN), design=DESIGN)

    size = max(abs(row["number"]) for row in rows) * sum(row["weight"] for row in rows)
    for one, other in zip(plain, made, strict=True):
        assert other.estimate.value == one.estimate.value
        assert other.estimate.se == pytest.approx(one.estimate.se, rel=1e-8, abs=1e-9 * size)


@pytest.mark.parametrize("method", [ReplicateMethod.BRR, ReplicateMethod.FAY])
@pytest.mark.parametrize("kept", [0.3, 0.5])
def test_balanced_halves_of_a_total_are_the_linearised_variance(method, kept):
    table = reference_table(str(HERE / "synthetic_survey.csv"))
    table = table.filter(table.pair == "yes")
    design = Design("weight", "stratum", "cluster")

    plain = estimate_survey(table, question(Statistic.TOTAL, "z", None), design=design)
    made = estimate_survey(table, question(Statistic.TOTAL, "z", method, kept=kept), design=design)

    assert len(plain) == len(made)
    for one, other in zip(plain, made, strict=True):
        assert other.estimate.se == pytest.approx(one.estimate.se, rel=1e-12)


def test_bootstrap_comes_near_the_linearised_error_and_can_be_repeated():
    table = reference_table(str(HERE / "synthetic_survey.csv"))
    design = Design("weight", "stratum", "cluster", "population")
    asked = question(Statistic.TOTAL, "z", ReplicateMethod.BOOTSTRAP, count=4000, seed=5)

    plain = estimate_survey(table, question(Statistic.TOTAL, "z", None), design=design)
    made, again = (estimate_survey(table, asked, design=design) for _ in range(2))

    for one, other, repeated in zip(plain, made, again, strict=True):
        # Four thousand replicates: the standard error of a standard error is about 1.1 %.
        assert other.estimate.se == pytest.approx(one.estimate.se, rel=0.05)
        assert repeated.estimate.se == pytest.approx(other.estimate.se, rel=1e-9)


@pytest.mark.parametrize("method", list(ReplicateMethod))
def test_mean_multiplier_of_a_stratum_leaves_its_total(method):
    frame = frame_of(5) if method is ReplicateMethod.JK1 else frame_of(2, 2, 2)

    multiplier = made_replicates(frame, ReplicatePlan(method)).multiplier

    for stratum in range(len(frame.size)):
        added = multiplier[:, frame.stratum == stratum].sum(axis=1)
        assert added == pytest.approx(np.full(len(added), frame.size[stratum]), rel=1e-12)


@pytest.mark.parametrize(
    ("sizes", "plan"),
    [
        ((3, 2), ReplicatePlan(ReplicateMethod.JK1)),
        ((3, 2), ReplicatePlan(ReplicateMethod.BRR)),
        ((2, 2), ReplicatePlan(ReplicateMethod.FAY, kept=1.0)),
        ((2, 2), ReplicatePlan(ReplicateMethod.BOOTSTRAP, count=1)),
        ((60_000,), ReplicatePlan(ReplicateMethod.JK1)),
    ],
)
def test_replicates_refuse_what_does_not_suit_them(sizes, plan):
    with pytest.raises(ArgumentInvalid):
        made_replicates(frame_of(*sizes), plan)


def test_replicates_refuse_a_stratum_with_one_cluster():
    with pytest.raises(LonelyStratum):
        made_replicates(frame_of(2, 1), ReplicatePlan(ReplicateMethod.JKN))


def test_domain_that_a_half_leaves_empty_is_refused():
    rows = [
        {
            "s": stratum,
            "c": cluster,
            "y": 1.0,
            "area": "north" if (stratum, cluster) in {("a", "1"), ("b", "1")} else "south",
        }
        for stratum in ("a", "b")
        for cluster in ("1", "2")
        for _ in range(3)
    ]
    rows += [{"s": "a", "c": "2", "y": 1.0, "area": "north"}]

    found = estimate_survey(
        table_of(rows), question(Statistic.MEAN, "y", ReplicateMethod.BRR), design=Design(None, "s", "c")
    )

    refusals = {each.estimate.cell.key: each.estimate.refusal for each in found}
    assert refusals["area=north"] == ""
    assert refusals["area=south"] == "refused.sample-too-small"


def test_median_by_jackknife_is_woodruffs_with_the_variance_of_the_replicates():
    table = reference_table(str(HERE / "synthetic_survey.csv"))
    design = Design("weight", "stratum", "cluster")

    plain = estimate_survey(table, question(Statistic.QUANTILE, "z", None), design=design)
    made = estimate_survey(table, question(Statistic.QUANTILE, "z", ReplicateMethod.JKN), design=design)

    for one, other in zip(plain, made, strict=True):
        assert other.estimate.value == one.estimate.value
        assert other.estimate.se is None or other.estimate.low < other.estimate.value < other.estimate.high
