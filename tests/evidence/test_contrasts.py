"""Contrasts of estimates equal R's, and hold what must hold of any sample."""

import math
import tomllib

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.evidence.calibration import Calibration, Margin
from custodes.evidence.contrasts import Contrast, Difference, contrast, differences, terms_of
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.measures import Statistic
from custodes.evidence.replicates import ReplicateMethod, ReplicatePlan
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.types import Design, LonelyPolicy, Stage
from custodes.evidence.waves import differences_of_samples, wave_differences
from tests.evidence.samples import reference_table, table_of
from tests.evidence.test_survey_estimates import calibration_of, design_of, plan_of
from tests.evidence.test_survey_properties import DESIGN, SLOW_ENOUGH, respondents
from tests.reference.cases import HERE

FEW = settings(SLOW_ENOUGH, max_examples=3)  # each example asks the engine several times

SAMPLE = str(HERE / "synthetic_survey.csv")
STORED = tomllib.loads((HERE / "contrasts.toml").read_text(encoding="utf-8"))
FURTHER = tomllib.loads((HERE / "contrasts_further.toml").read_text(encoding="utf-8"))
FIELDS = ("value", "se", "low", "high", "df")
JKN = ReplicateMethod.JKN


def answers_of(asked: dict) -> tuple[Contrast, ...]:
    file = str(HERE / asked["data"]) if "data" in asked else asked.get("file", SAMPLE)
    table, design = reference_table(file), design_of(asked["design"])
    question = Question(
        Statistic(asked["statistic"]),
        tuple(asked["variables"]),
        denominator=asked.get("denominator"),
        by=tuple(asked.get("by", ())),
        replicates=plan_of(asked["replicates"]) if "replicates" in asked else None,
        calibration=calibration_of(asked["calibration"]) if "calibration" in asked else None,
    )
    if "expression" in asked:
        return contrast(table, question, asked["expression"], design=design)
    if "wave" in asked:
        found = wave_differences(table, question, Difference(asked["wave"]), design=design)
        assert found.overlap.shared >= asked["shared"]
        assert bool(found.overlap.shared) is bool(asked["shared"])
        return found.found
    difference = Difference(asked["difference"], asked.get("against"))
    return differences(table, question, difference, design=design)


@pytest.mark.parametrize("asked", STORED["contrast"] + FURTHER["contrast"], ids=lambda asked: asked["name"])
def test_contrasts_equal_those_of_another_program(asked):
    found = {(each.domain, each.level): each for each in answers_of(asked)}

    assert asked["expected"]
    for expected in asked["expected"]:
        one = found[expected["domain"], expected["level"]]
        assert one.variable == expected.get("variable", asked["variables"][0])
        for field in FIELDS:
            if field in expected:
                tolerance = asked.get("tolerance", STORED["tolerance"])
                assert getattr(one, field) == pytest.approx(expected[field], rel=tolerance), field


@pytest.mark.parametrize("kind", ["full", "plain"])
def test_two_files_give_what_two_waves_of_one_file_give(kind):
    (stored,) = [each for each in STORED["contrast"] if each["name"] == f"{kind} waves that share no cluster, means"]
    table = reference_table(SAMPLE)

    (found,) = differences_of_samples(
        table.filter(table["pair"] == "yes"), table.filter(table["pair"] == "no"), Question(Statistic.MEAN, ("y",)),
        design=design_of(stored["design"]),
    )  # fmt: skip

    for field in FIELDS:
        assert getattr(found, field) == pytest.approx(stored["expected"][0][field], rel=1e-10), field


def test_two_files_leave_out_no_domain_that_one_of_them_lacks():
    rows = [{"c": str(i % 4), "y": float(i), "d": "a" if i < 12 else "b"} for i in range(16)]
    later, earlier = table_of(rows), table_of(rows[:12])

    found = differences_of_samples(
        later, earlier, Question(Statistic.MEAN, ("y",), by=("d",)), design=Design(clusters="c")
    )

    assert [(each.domain, each.value, each.refusal) for each in found] == [
        ("d=a", 0.0, ""),
        ("d=b", None, "refused.nothing-observed"),
    ]
    assert "earlier sample has nobody" in found[1].refusal_text


@FEW
@given(rows=respondents)
def test_difference_turned_round_changes_its_sign_alone(rows):
    table, question = table_of(rows), Question(Statistic.MEAN, ("number",))
    (one,) = differences(table, question, Difference("area", "north"), design=DESIGN)
    (other,) = differences(table, question, Difference("area", "south"), design=DESIGN)

    assert (one.domain, other.domain) == ("area=south - area=north", "area=north - area=south")
    assert one.value == -other.value
    assert (one.n, one.df) == (other.n, other.df)
    size = max(abs(row["number"]) for row in rows)
    assert one.se == pytest.approx(other.se, rel=1e-10, abs=1e-13 * size)


@FEW
@given(rows=respondents)
def test_domain_less_itself_is_nothing(rows):
    question = Question(Statistic.TOTAL, ("number",), by=("area",))

    (found,) = contrast(table_of(rows), question, "north - north", design=DESIGN)

    assert (found.value, found.se, found.low, found.high) == (0.0, 0.0, 0.0, 0.0)


@FEW
@given(rows=respondents, factor=st.sampled_from([0.001, 3.0, 1e6]))
def test_neither_scale_of_weights_nor_row_order_changes_a_difference_of_means(rows, factor):
    scaled = [{**row, "weight": row["weight"] * factor} for row in reversed(rows)]
    question, asked = Question(Statistic.MEAN, ("number",)), Difference("area")

    (one,), (other,) = (differences(table_of(each), question, asked, design=DESIGN) for each in (rows, scaled))

    size = max(abs(row["number"]) for row in rows)
    assert other.value == pytest.approx(one.value, rel=1e-9, abs=1e-11 * size)
    assert other.se == pytest.approx(one.se, rel=1e-9, abs=1e-11 * size)


@FEW
@given(rows=respondents)
def test_sum_of_all_domains_is_the_whole(rows):
    table = table_of(rows)
    (whole,) = estimate_survey(table, Question(Statistic.TOTAL, ("number",)), design=DESIGN)
    question = Question(Statistic.TOTAL, ("number",), by=("area",))

    (found,) = contrast(table, question, "area=north + area=south", design=DESIGN)

    scale = math.fsum(row["weight"] * abs(row["number"]) for row in rows)
    assert found.value == pytest.approx(whole.estimate.value, rel=1e-12, abs=1e-12 * scale)
    assert found.se == pytest.approx(whole.estimate.se, rel=1e-9, abs=1e-9 * scale)
    assert (found.n, found.df) == (whole.estimate.n, whole.estimate.df)


@FEW
@given(rows=respondents)
def test_waves_that_share_no_cluster_have_no_covariance(rows):
    waves = [{**row, "cluster": f"{row['area']} {row['cluster']}"} for row in rows]
    question, table = Question(Statistic.MEAN, ("number",)), table_of(waves)
    apart = [
        estimate_survey(table_of([row for row in waves if row["area"] == area]), question, design=DESIGN)[0].estimate
        for area in ("north", "south")
    ]

    found = wave_differences(table, question, Difference("area"), design=DESIGN)

    assert found.overlap.shared == 0
    size = max(abs(row["number"]) for row in rows)
    assert found.found[0].se == pytest.approx(math.hypot(apart[0].se, apart[1].se), rel=1e-9, abs=1e-11 * size)
    assert found.found[0].df == apart[0].df + apart[1].df


def test_panel_counts_its_covariance():
    """The same persons twice, each a point higher: the change is known without error, however much persons differ."""
    rows = [{"person": str(i), "wave": wave, "y": float(i * i + wave)} for i in range(9) for wave in (1, 2)]

    found = wave_differences(
        table_of(rows), Question(Statistic.MEAN, ("y",)), Difference("wave"), design=Design(clusters="person")
    )

    assert (found.overlap.clusters, found.overlap.shared) == (9, 9)
    assert found.found[0].domain == "wave=2 - wave=1"
    assert found.found[0].value == pytest.approx(1.0)
    assert found.found[0].se == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a - b", [(1, "a"), (-1, "b")]),
        ("- a + 2*b", [(-1, "a"), (2, "b")]),
        ("0.5 * a-b - .5 * x=1;y=2", [(0.5, "a-b"), (-0.5, "x=1;y=2")]),
        ('"two words=of them" - -2 * 2019', [(1, "two words=of them"), (2, "2019")]),
    ],
)
def test_expression_is_read_as_it_is_written(text, terms):
    assert [(each.factor, each.name) for each in terms_of(text)] == terms


@pytest.mark.parametrize("text", ["", "a -", "a b", "a - - b", "2 *", "+ - a", "3 * - a"])
def test_expression_that_cannot_be_read_is_refused(text):
    with pytest.raises(ArgumentInvalid, match="cannot be read"):
        terms_of(text)


ROWS = [
    {"s": "s", "c": str(i % 6), "y": float(i), "z": float(i % 5), "d": "abc"[i % 3], "e": "all"} for i in range(24)
] + [{"s": "s", "c": "0", "y": 7.0, "z": 7.0, "d": None, "e": "all"}]


def test_rows_without_a_category_are_not_compared_but_stay_in_the_design():
    found = differences(
        table_of(ROWS), Question(Statistic.MEAN, ("y",)), Difference("d"), design=Design(None, "s", "c")
    )

    assert [each.domain for each in found] == ["d=b - d=a", "d=c - d=a"]
    assert [each.df for each in found] == [3.0, 3.0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Difference("d", "x"), "no category “x”"),
        (Difference("e"), "one category"),
        ("y - q", "“q” is neither"),
        ("y - d=a", "mixed"),
    ],
)
def test_contrast_of_what_is_not_there_is_refused(asked, said):
    question, design = Question(Statistic.MEAN, ("y", "z"), by=("d",)), Design(None, "s", "c")
    compared = contrast if isinstance(asked, str) else differences

    with pytest.raises(ArgumentInvalid, match=said):
        compared(table_of(ROWS), question, asked, design=design)


def test_categories_that_never_stand_side_by_side_are_refused():
    rows = [row | {"e": "x" if row["d"] == "a" else "y"} for row in ROWS]

    with pytest.raises(ArgumentInvalid, match="Nowhere"):
        differences(table_of(rows), Question(Statistic.MEAN, ("y",), by=("e",)), Difference("d"), design=Design())


def test_rows_without_numbers_of_their_own_are_clusters_all_the_same():
    table = table_of(ROWS)
    question, asked = Question(Statistic.MEAN, ("y",)), Difference("d")

    numbered = differences(table, question, asked, design=Design(None, "s"))

    assert differences(table.drop("_row"), question, asked, design=Design(None, "s")) == numbered


def test_difference_with_a_refused_domain_is_refused_for_the_same_reason():
    rows = [*ROWS, {"s": "s", "c": "0", "y": 1.0, "z": 1.0, "d": "z", "e": "all"}]

    found = differences(
        table_of(rows), Question(Statistic.MEAN, ("y",)), Difference("d"), design=Design(None, "s", "c")
    )

    assert [(each.domain, each.value is None, each.refusal) for each in found] == [
        ("d=b - d=a", False, ""),
        ("d=c - d=a", False, ""),
        ("d=z - d=a", True, "refused.sample-too-small"),
    ]


def test_lonely_stratum_refuses_differences_of_the_domains_that_stand_in_it():
    rows = [*ROWS, *({"s": "alone", "c": "x", "y": float(i), "z": 1.0, "d": "c", "e": "all"} for i in range(3))]
    question, design = Question(Statistic.MEAN, ("y",)), Design(None, "s", "c")

    found = differences(table_of(rows), question, Difference("d"), design=design)
    centred = differences(
        table_of(rows), question, Difference("d"), design=Design(None, "s", "c", None, LonelyPolicy.CERTAINTY)
    )

    assert [each.refusal for each in found] == ["", "refused.lonely-stratum"]
    assert "alone" in found[1].refusal_text
    assert [each.refusal for each in centred] == ["", ""]


@pytest.mark.parametrize("statistic", [Statistic.QUANTILE])
def test_quantiles_are_not_compared(statistic):
    question = Question(statistic, ("y",), by=("d",))

    with pytest.raises(ArgumentInvalid, match="covariances"):
        differences(table_of(ROWS), question, Difference("d"), design=Design())
    with pytest.raises(ArgumentInvalid, match="not compared"):
        differences_of_samples(table_of(ROWS), table_of(ROWS), question, design=Design())


def test_jackknife_of_a_difference_of_totals_without_fpc_is_the_linearised_one():
    """A total is linear in the clusters, and so is the difference of two."""
    table, design = reference_table(SAMPLE), Design("weight", "stratum", "cluster")
    asked = Question(Statistic.TOTAL, ("z",)), Question(Statistic.TOTAL, ("z",), replicates=ReplicatePlan(JKN))

    plain, made = (differences(table, question, Difference("area"), design=design) for question in asked)

    for one, other in zip(plain, made, strict=True):
        assert (other.value, other.df) == (one.value, one.df)
        assert other.se == pytest.approx(one.se, rel=1e-10)


def test_difference_of_totals_that_calibration_knows_has_no_error():
    known = Calibration((Margin(("area",), {"islands": 300.0, "north": 1700.0, "south": 900.0}),))
    question = Question(Statistic.TOTAL, ("one",), calibration=known)
    table = reference_table(SAMPLE).mutate(one=1.0)

    north, south = differences(table, question, Difference("area"), design=Design("weight", "stratum", "cluster"))

    assert (north.value, south.value) == (pytest.approx(1400.0), pytest.approx(600.0))
    assert (north.se, south.se) == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.0, abs=1e-9))


def test_given_replicates_hold_what_waves_share():
    table = reference_table(str(HERE / "synthetic_replicates.csv"))
    plan = ReplicatePlan(ReplicateMethod.BRR, prefix="brr_")
    question = Question(Statistic.MEAN, ("z",), replicates=plan)

    waves = wave_differences(table, question, Difference("area"), design=Design("weight"))

    assert waves.overlap is None
    assert waves.found == differences(table, question, Difference("area"), design=Design("weight"))


def test_waves_that_share_no_cluster_are_strata_for_replicates_too():
    rows = [{"c": f"{wave}{i % 5}", "wave": wave, "y": float(i * i % 7)} for i in range(20) for wave in "ab"]
    plain, jk1, jkn = (
        Question(Statistic.TOTAL, ("y",), replicates=None if method is None else ReplicatePlan(method))
        for method in (None, ReplicateMethod.JK1, JKN)
    )

    with pytest.raises(ArgumentInvalid, match="jk1"):
        wave_differences(table_of(rows), jk1, Difference("wave"), design=Design(clusters="c"))
    (one,), (other,) = (
        wave_differences(table_of(rows), question, Difference("wave"), design=Design(clusters="c")).found
        for question in (plain, jkn)
    )

    assert other.se == pytest.approx(one.se, rel=1e-12)
    assert (one.df, other.df) == (8.0, 8.0)


def test_waves_that_share_no_cluster_keep_their_later_stages():
    table = reference_table(str(HERE / "synthetic_stages.csv")).mutate(wave=ibis._["stratum"] == "s1")
    design = Design("weight", "stratum", "psu", "psus", stages=(Stage("ssu", fpc="ssus"),))
    question = Question(Statistic.MEAN, ("z",))

    waves = wave_differences(table, question, Difference("wave"), design=design)

    later, earlier = (
        estimate_survey(table.filter(table["wave"] == is_later), question, design=design)[0].estimate
        for is_later in (True, False)
    )
    assert waves.overlap.shared == 0
    assert waves.found[0].value == pytest.approx(later.value - earlier.value, rel=1e-12)
    assert waves.found[0].se == pytest.approx(math.hypot(later.se, earlier.se), rel=1e-10)
