"""Gaps between groups and changes between periods, with covariances from shared clusters."""

import math
from datetime import date

import ibis
import numpy as np
import pytest

from custodes.evidence.change import change
from custodes.evidence.errors import ArgumentInvalid, NothingObserved, SampleTooSmall
from custodes.evidence.gaps import equity_gap
from custodes.evidence.registry import estimator
from custodes.evidence.types import Cell, Design, Direction, Estimate, Period, Uncertainty
from tests.evidence.samples import reference_table

CLUSTERS = Design(weight="pw", clusters="dnum", fpc="fpc")


def _estimate(value: float | None, se: float | None = 1.0, *, name: str = "a", n: int = 100, **more) -> Estimate:
    return Estimate(
        cell=Cell.of({"group": name}),
        value=value,
        unit="share",
        method="survey_mean",
        n=n,
        se=se,
        df=50.0,
        uncertainty=Uncertainty.DESIGN if se is not None else Uncertainty.NONE,
        **more,
    )


def _two_tests_as_one_table():
    """The api sample twice, one row for each school and test: a change within the same clusters."""
    table = reference_table("survey_r/apiclus1.csv")
    rows = [table.select("pw", "dnum", "fpc", "_row", score=table[name].cast("float64")) for name in ("api99", "api00")]
    first, second = (each.mutate(test=ibis.literal(name)) for each, name in zip(rows, ("1999", "2000"), strict=True))
    return first.union(second)


def test_change_within_the_same_clusters_equals_svycontrast():
    crossing = estimator("survey_mean").crossing(
        _two_tests_as_one_table(), arguments={"column": "score"}, design=CLUSTERS, by=("test",)
    )
    covariance = crossing.covariance()
    before, after = crossing.estimates
    changed = change(before, after, covariance=float(covariance[0, 1]))

    # R survey: svycontrast(svymean(~api00 + api99, clus1), c(1, -1)), methods.md §1
    assert changed.value == pytest.approx(37.1912568306011, rel=1e-10)
    assert changed.se == pytest.approx(3.08519696689946, rel=1e-10)
    assert changed.is_established


def test_covariance_matrix_has_the_variances_on_its_diagonal():
    crossing = estimator("survey_mean").crossing(
        reference_table("survey_r/apiclus1.csv"), arguments={"column": "api00"}, design=CLUSTERS, by=("stype",)
    )

    assert np.sqrt(np.diag(crossing.covariance())) == pytest.approx([each.se for each in crossing.estimates], rel=1e-12)


def test_covariance_of_a_refused_cell_is_not_a_number():
    table = reference_table("survey_r/apiclus1.csv")
    table = table.mutate(group=(table["_row"] == 1).ifelse("alone", "others"))
    crossing = estimator("survey_mean").crossing(table, arguments={"column": "api00"}, design=CLUSTERS, by=("group",))

    assert crossing.estimates[0].refusal == "refused.sample-too-small"
    assert np.isnan(crossing.covariance()).tolist() == [[True, True], [True, False]]


def test_change_between_independent_samples_adds_the_variances():
    changed = change(_estimate(0.385, 0.017), _estimate(0.399, 0.017))

    assert changed.value == pytest.approx(0.014)
    assert changed.se == pytest.approx(0.017 * math.sqrt(2), rel=1e-14)
    assert changed.df == pytest.approx(100.0)  # Satterthwaite with equal variances adds the degrees of freedom
    assert changed.is_established is False


def test_change_of_counts_has_no_interval():
    changed = change(_estimate(10.0, None), _estimate(12.0, None))

    assert (changed.value, changed.se, changed.is_established) == (2.0, None, None)


def test_change_of_a_refused_figure_is_refused():
    with pytest.raises(NothingObserved, match="every answer is missing"):
        change(_estimate(None, refusal_text="every answer is missing"), _estimate(1.0))


def test_change_with_an_impossible_covariance_is_refused():
    with pytest.raises(ArgumentInvalid, match="covariance"):
        change(_estimate(1.0), _estimate(2.0), covariance=1.5)


def test_change_across_a_break_needs_the_periods():
    with pytest.raises(ArgumentInvalid, match="periods"):
        change(_estimate(1.0), _estimate(2.0), breaks=(date(2025, 1, 1),))


def test_change_on_one_side_of_a_break_is_allowed():
    years = [Period(date(year, 1, 1), date(year, 12, 31)) for year in (2025, 2026)]
    changed = change(
        _estimate(1.0), _estimate(2.0), before_period=years[0], after_period=years[1], breaks=(date(2025, 1, 1),)
    )

    assert changed.value == 1.0


def test_gap_names_best_and_worst_and_leaves_out_small_groups():
    groups = [
        _estimate(0.5, 0.03, name="karun"),
        _estimate(0.35, 0.04, name="ossari"),
        _estimate(0.1, 0.2, name="few", n=29),
        _estimate(None, None, name="none", n=40),
    ]
    gap = equity_gap(groups)

    assert gap.value == pytest.approx(0.15)
    assert gap.se == pytest.approx(0.05, rel=1e-14)
    assert (gap.worst.key, gap.best.key) == ("group=ossari", "group=karun")
    assert gap.ratio == pytest.approx(0.7)
    assert gap.ratio_low < 0.7 < gap.ratio_high
    assert [cell.key for cell in gap.left_out] == ["group=few", "group=none"]


def test_gap_downwards_turns_best_and_worst_and_keeps_the_gap():
    groups = [_estimate(0.2, 0.03, name="a"), _estimate(0.3, 0.03, name="b")]
    gap = equity_gap(groups, direction=Direction.DOWN)

    assert (gap.best.key, gap.worst.key) == ("group=a", "group=b")
    assert gap.value == pytest.approx(0.1)
    assert gap.ratio == pytest.approx(1.5)


def test_gap_uses_the_covariance_of_the_two_groups():
    crossing = estimator("survey_mean").crossing(
        _two_tests_as_one_table(), arguments={"column": "score"}, design=CLUSTERS, by=("test",)
    )
    gap = equity_gap(crossing.estimates, covariance=crossing.covariance())

    assert gap.value == pytest.approx(37.1912568306011, rel=1e-10)
    assert gap.se == pytest.approx(3.08519696689946, rel=1e-10)


def test_gap_of_one_large_group_is_refused():
    with pytest.raises(SampleTooSmall, match="a gap needs two"):
        equity_gap([_estimate(0.2), _estimate(0.3, n=10)])
