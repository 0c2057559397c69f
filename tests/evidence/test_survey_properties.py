"""What must hold of a survey estimate whatever the numbers are."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custodes.evidence.registry import estimator
from custodes.evidence.types import Design, Estimate, LonelyPolicy, MissingPolicy
from tests.evidence.samples import table_of

DESIGN = Design(weight="weight", strata="stratum", clusters="cluster")
SLOW_ENOUGH = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)

respondents = st.lists(
    st.fixed_dictionaries(
        {
            "weight": st.floats(0.01, 1e4),
            "stratum": st.sampled_from(["s1", "s2"]),
            "cluster": st.sampled_from(["c1", "c2", "c3", "c4"]),
            "area": st.sampled_from(["north", "south"]),
            "answer": st.sampled_from([None, 1, 2, 3, 9]),
            "number": st.floats(-1e3, 1e3),
        }
    ),
    min_size=12,
    max_size=40,
).map(
    # two clusters in each stratum with an answer, so that no stratum is lonely
    lambda rows: [
        *rows,
        *(
            {"weight": 1.0, "stratum": s, "cluster": c, "area": a, "answer": 1, "number": 1.0}
            for s in ("s1", "s2")
            for c in ("c1", "c2")
            for a in ("north", "south")
        ),
    ]
)


def _estimates(slug: str, rows: list[dict[str, Any]], by=(), missing=MissingPolicy.EXCLUDE, design=DESIGN, **arguments):
    return estimator(slug).estimate(table_of(rows), arguments=arguments, design=design, by=by, missing=missing)


def _total(rows: list[dict[str, Any]], by=(), design=DESIGN) -> tuple[Estimate, ...]:
    return _estimates("survey_total", rows, by=by, column="number", design=design)


@SLOW_ENOUGH
@given(rows=respondents, factor=st.sampled_from([0.001, 3.0, 1e6]))
def test_weights_times_a_constant_leave_a_mean_and_multiply_a_total(rows, factor):
    scaled = [{**row, "weight": row["weight"] * factor} for row in rows]

    (mean,), (same,) = (
        _estimates("survey_mean", rows, column="number"),
        _estimates("survey_mean", scaled, column="number"),
    )
    (total,), (larger,) = _total(rows), _total(scaled)

    size = max(abs(row["number"]) for row in rows)
    assert same.value == pytest.approx(mean.value, rel=1e-9, abs=1e-11 * size)
    assert same.se == pytest.approx(mean.se, rel=1e-9, abs=1e-11 * size)
    assert larger.se == pytest.approx(factor * total.se, rel=1e-9, abs=1e-11 * size * factor)


@SLOW_ENOUGH
@given(rows=respondents, seed=st.randoms(use_true_random=False))
def test_row_order_changes_no_digit(rows, seed):
    numbered = [{**row, "_row": index} for index, row in enumerate(rows)]
    shuffled = seed.sample(numbered, len(numbered))

    assert _total(numbered, by=("area",)) == _total(shuffled, by=("area",))
    assert _estimates("survey_mean", numbered, column="number") == _estimates("survey_mean", shuffled, column="number")


@SLOW_ENOUGH
@given(rows=respondents)
def test_domains_add_up_to_the_whole(rows):
    (whole,) = _total(rows)
    parts = _total(rows, by=("area",))

    scale = math.fsum(row["weight"] * abs(row["number"]) for row in rows)
    assert math.fsum(part.value for part in parts) == pytest.approx(whole.value, rel=1e-12, abs=1e-12 * scale)
    assert sum(part.n for part in parts) == whole.n


@SLOW_ENOUGH
@given(rows=respondents)
def test_covariances_of_domains_add_up_to_the_variance_of_the_whole(rows):
    asked = {"arguments": {"column": "number"}, "design": DESIGN}
    item, table = estimator("survey_total"), table_of(rows)
    (whole,) = item.estimate(table, **asked)
    matrix = item.crossing(table, **asked, by=("area",)).covariance()

    assert float(np.sum(matrix)) == pytest.approx(whole.se**2, rel=1e-9, abs=1e-12 * float(np.abs(matrix).sum()))


@SLOW_ENOUGH
@given(rows=respondents)
def test_file_doubled_as_second_strata_halves_the_variance_of_the_mean(rows):
    doubled = rows + [{**row, "stratum": f"again {row['stratum']}"} for row in rows]

    (once,), (twice,) = (
        _estimates("survey_mean", rows, column="number"),
        _estimates("survey_mean", doubled, column="number"),
    )

    size = max(abs(row["number"]) for row in rows)
    assert twice.value == pytest.approx(once.value, rel=1e-9, abs=1e-11 * size)
    assert twice.se == pytest.approx(once.se / math.sqrt(2), rel=1e-9, abs=1e-11 * size)
    assert twice.df == 2 * once.df


@SLOW_ENOUGH
@given(rows=respondents)
def test_missing_answers_lower_the_share_by_their_weight_or_leave_it(rows):
    asked = {"column": "answer", "positive": ["2", "3"], "missing_codes": ["9"]}
    (excluded,) = _estimates("survey_proportion", rows, **asked)
    (included,) = _estimates("survey_proportion", rows, missing=MissingPolicy.DENOMINATOR, **asked)

    missing = [row for row in rows if row["answer"] in (None, 9)]
    assert excluded.missing == included.missing == len(missing)
    assert (excluded.n, included.n) == (len(rows) - len(missing), len(rows))
    assert excluded.missing_share == included.missing_share
    assert included.value == pytest.approx(excluded.value * (1 - excluded.missing_share), rel=1e-9, abs=1e-12)
    assert excluded.low <= excluded.value <= excluded.high


def test_unit_without_domain_members_counts_as_zero_in_the_variance():
    rows = [
        {
            "weight": 1.0,
            "stratum": "s",
            "cluster": f"c{index % 4}",
            "area": "north" if index % 4 < 2 else "south",
            "number": 1.0,
        }
        for index in range(8)
    ]
    north = _total(rows, by=("area",))[0]

    # cluster sums 2, 2, 0, 0: 4/3 · 4 · 1² = 16/3; without the empty clusters it would be 0
    assert north.value == 4.0
    assert north.se == pytest.approx(math.sqrt(16 / 3), rel=1e-14)


def test_filtered_rows_stay_in_the_design_when_marked():
    rows = [
        {
            "weight": 1.0,
            "stratum": "s",
            "cluster": f"c{index % 4}",
            "area": "north" if index % 4 < 2 else "south",
            "number": 1.0,
        }
        for index in range(8)
    ]
    marked = [{**row, "_member": row["area"] == "north"} for row in rows]

    (subpopulation,), (north, _) = _total(marked), _total(rows, by=("area",))

    assert (subpopulation.value, subpopulation.se, subpopulation.n) == (north.value, north.se, north.n)


def test_lonely_stratum_refuses_only_the_domains_that_stand_in_it():
    rows = [{"weight": 1.0, "stratum": "s", "cluster": f"c{i}", "area": "north", "number": float(i)} for i in range(6)]
    rows += [{"weight": 1.0, "stratum": "alone", "cluster": "c", "area": "south", "number": float(i)} for i in range(6)]
    north, south = _total(rows, by=("area",))

    assert north.value == 15.0
    assert (south.value, south.refusal) == (None, "refused.lonely-stratum")
    assert "alone" in south.refusal_text


def test_lonely_stratum_that_is_its_whole_population_needs_no_policy():
    rows = [{"weight": 1.0, "stratum": "s", "cluster": f"c{i}", "fpc": 10.0, "number": float(i)} for i in range(4)] + [
        {"weight": 1.0, "stratum": "alone", "cluster": "c", "fpc": 1.0, "number": 5.0}
    ]
    design = Design(weight="weight", strata="stratum", clusters="cluster", fpc="fpc")

    (total,) = _total(rows, design=design)

    # only the first stratum varies: (1 − 4/10) · 4/3 · Σ(i − 1.5)² = 0.6 · 4/3 · 5 = 4
    assert total.se == pytest.approx(2.0, rel=1e-14)


def test_average_policy_with_no_other_stratum_is_refused():
    rows = [{"weight": 1.0, "stratum": f"s{i}", "cluster": "c", "number": float(i + 1)} for i in range(3)]
    design = Design(weight="weight", strata="stratum", clusters="cluster", lonely=LonelyPolicy.AVERAGE)

    (total,) = _total(rows, design=design)

    assert total.value is None
    assert total.refusal.startswith("refused.")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"weight": None}, "row 2, column weight: The weight is empty or below zero"),
        ({"weight": -1.0}, "row 2, column weight: The weight is empty or below zero"),
        ({"stratum": None}, "row 2, column stratum: The stratum is empty"),
        ({"cluster": None}, "row 2, column cluster: The cluster is empty"),
    ],
)
def test_design_column_with_a_hole_is_named_with_its_row(wrong, message):
    from custodes.evidence.errors import ArgumentInvalid

    rows = [{"weight": 1.0, "stratum": "s", "cluster": f"c{i}", "number": 1.0} for i in range(4)]
    rows[1] |= wrong

    with pytest.raises(ArgumentInvalid, match=message):
        _total(rows)


def test_finite_population_smaller_than_the_sample_is_named_with_its_stratum():
    from custodes.evidence.errors import ArgumentInvalid

    rows = [{"weight": 1.0, "stratum": "s", "cluster": f"c{i}", "fpc": 3.0, "number": 1.0} for i in range(4)]

    with pytest.raises(ArgumentInvalid, match="stratum “s” has 4 clusters"):
        _total(rows, design=Design("weight", "stratum", "cluster", "fpc"))


def test_mean_cannot_count_missing_answers_in_its_denominator():
    from custodes.evidence.errors import ArgumentInvalid

    with pytest.raises(ArgumentInvalid, match="they have no number"):
        _estimates("survey_mean", [{"weight": 1.0}], missing=MissingPolicy.DENOMINATOR, column="number")


def test_mean_of_one_share_is_that_share():
    rows = [{"weight": 1.0 + i % 3, "stratum": "s", "cluster": f"c{i % 5}", "answer": i % 4} for i in range(40)]
    (share,) = _estimates("survey_proportion", rows, column="answer", positive=["2", "3"])
    (mean,) = _estimates("survey_mean_of_shares", rows, columns=["answer"], positive=["2", "3"])

    assert (mean.value, mean.n) == (share.value, share.n)
    assert mean.se == pytest.approx(share.se, rel=1e-12)
    assert mean.low == pytest.approx(share.low, rel=1e-12)


def test_mean_of_shares_answered_by_all_is_the_mean_of_each_persons_share():
    rows = [
        {"weight": 1.0 + i % 3, "stratum": "s", "cluster": f"c{i % 5}", "first": i % 2, "second": (i // 3) % 2}
        for i in range(40)
    ]
    persons = [{**row, "number": (row["first"] + row["second"]) / 2} for row in rows]
    (shares,) = _estimates("survey_mean_of_shares", rows, columns=["first", "second"], positive=["1"])
    (mean,) = _estimates("survey_mean", persons, column="number")

    assert shares.value == pytest.approx(mean.value, rel=1e-13)
    assert shares.se == pytest.approx(mean.se, rel=1e-12)
