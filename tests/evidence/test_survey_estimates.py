"""The analyst's estimates: equal to R's answers, to the platform's own, and true to what must hold of any sample."""

import math
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.evidence.calibration import Calibration, Distance, Margin
from custodes.evidence.errors import ArgumentInvalid, ColumnMissing, ColumnNotNumeric
from custodes.evidence.intervals import ProportionInterval
from custodes.evidence.measures import Statistic
from custodes.evidence.registry import estimator
from custodes.evidence.replicates import Around, ReplicateMethod, ReplicatePlan
from custodes.evidence.survey_estimates import Question, estimate_survey
from custodes.evidence.types import Design, LonelyPolicy, MissingPolicy, Stage
from tests.evidence.samples import reference_table, table_of
from tests.evidence.test_survey_properties import DESIGN, SLOW_ENOUGH, respondents
from tests.reference.cases import HERE

FIELDS = {"value": "value", "se": "se", "low": "low", "high": "high", "df": "df", "deff": "design_effect"}


def stored_answers() -> list[dict]:
    """Every stored answer with the tolerance and the data of its file."""
    found = []
    for place in sorted(HERE.glob("analyst_*.toml")):
        stored = tomllib.loads(place.read_text(encoding="utf-8"))
        place_of_rows = {"file": str(HERE / stored["data"])} if "data" in stored else {}
        found += [{"tolerance": stored["tolerance"]} | place_of_rows | answer for answer in stored.get("answer", ())]
    return found


def design_of(words: dict) -> Design:
    stages = tuple(Stage(**stage) for stage in words.get("stages", ()))
    return Design(**(words | {"lonely": LonelyPolicy(words.get("lonely", "refuse")), "stages": stages}))


def calibration_of(words: dict) -> Calibration:
    return Calibration(
        tuple(Margin(tuple(each["columns"]), each["totals"]) for each in words.get("margin", ())),
        tuple(words.get("sums", {}).items()),
        Distance(words.get("distance", "linear")),
        tuple(words["bounds"]) if "bounds" in words else None,
    )


def plan_of(words: dict) -> ReplicatePlan:
    kinds = {"method": ReplicateMethod, "around": Around, "scale": tuple}
    return ReplicatePlan(**{name: kinds.get(name, lambda word: word)(word) for name, word in words.items()})


def question_of(answer: dict) -> Question:
    plain = {"denominator": answer.get("denominator")}
    if "replicates" in answer:
        plain["replicates"] = plan_of(answer["replicates"])
    if "calibration" in answer:
        plain["calibration"] = calibration_of(answer["calibration"])
    if "quantiles" in answer:
        plain["quantiles"] = tuple(answer["quantiles"])
    return Question(
        Statistic(answer["statistic"]),
        tuple(answer["variables"]),
        by=tuple(answer.get("by", ())),
        missing=MissingPolicy(answer.get("missing", "exclude")),
        interval=ProportionInterval(answer.get("interval", "logit")),
        design_effects=any("deff" in expected for expected in answer["expected"]),
        **plain,
    )


@pytest.mark.parametrize("answer", stored_answers(), ids=lambda answer: answer["name"])
def test_estimates_equal_those_of_another_program(answer):
    table = reference_table(answer.get("file", str(HERE / "synthetic_survey.csv")))

    if "rows" in answer:
        table = table.filter(table[answer["rows"]] == "yes")

    found = estimate_survey(table, question_of(answer), design=design_of(answer["design"]))

    by_place = {(each.estimate.cell.key, each.level): each.estimate for each in found}
    assert answer["expected"]
    for expected in answer["expected"]:
        estimate = by_place[expected.get("domain", ""), expected.get("level", "")]
        for key, field in FIELDS.items():
            if key in expected:
                assert getattr(estimate, field) == pytest.approx(expected[key], rel=answer["tolerance"]), key


def test_there_are_sixty_answers_of_another_program_on_made_designs():
    made = [each for answer in stored_answers() if "file" not in answer for each in answer["expected"]]

    assert len(made) >= 60


@SLOW_ENOUGH
@given(rows=respondents, policy=st.sampled_from(list(LonelyPolicy)))
def test_estimates_equal_those_of_the_platform(rows, policy):
    lone = {"weight": 2.0, "stratum": "s3", "cluster": "c9", "area": "south", "answer": 2, "number": 7.0}
    table = table_of([*rows, lone] if policy is not LonelyPolicy.REFUSE else rows)
    design = Design("weight", "stratum", "cluster", lonely=policy)
    for slug, statistic in (("survey_mean", Statistic.MEAN), ("survey_total", Statistic.TOTAL)):
        theirs = estimator(slug).estimate(table, arguments={"column": "number"}, design=design, by=("area",))
        ours = estimate_survey(table, Question(statistic, ("number",), by=("area",)), design=design)

        scale = max(abs(row["number"]) for row in rows) + 7
        for one, other in zip(ours, theirs, strict=True):
            assert one.estimate.cell == other.cell
            assert (one.estimate.n, one.estimate.df) == (other.n, other.df)
            size = scale * (1 if statistic is Statistic.MEAN else sum(row["weight"] for row in rows) + 2)
            assert one.estimate.value == pytest.approx(other.value, rel=1e-10, abs=1e-12 * size)
            assert one.estimate.se == pytest.approx(other.se, rel=1e-8, abs=1e-8 * size)


@SLOW_ENOUGH
@given(rows=respondents, factor=st.sampled_from([0.001, 3.0, 1e6]))
def test_quantiles_do_not_depend_on_the_scale_of_weights_nor_on_row_order(rows, factor):
    question = Question(Statistic.QUANTILE, ("number",), by=("area",))
    scaled = [{**row, "weight": row["weight"] * factor} for row in reversed(rows)]

    first = estimate_survey(table_of(rows), question, design=DESIGN)
    again = estimate_survey(table_of(scaled), question, design=DESIGN)

    assert [each.estimate.value for each in again] == [each.estimate.value for each in first]


def test_levels_of_a_proportion_add_up_to_one_in_every_domain():
    table = reference_table(str(HERE / "synthetic_survey.csv"))
    design = Design("weight", "stratum", "cluster")

    found = estimate_survey(table, Question(Statistic.PROPORTION, ("grade",), by=("area",)), design=design)

    for area in ("islands", "north", "south"):
        shares = [each.estimate.value for each in found if each.estimate.cell.key == f"area={area}"]
        assert math.fsum(shares) == pytest.approx(1, rel=1e-14)


def test_several_variables_at_once_are_those_one_by_one():
    table = reference_table(str(HERE / "synthetic_survey.csv"))
    design = Design("weight", "stratum", "cluster", "population")

    together = estimate_survey(table, Question(Statistic.MEAN, ("y", "z", "rare"), by=("area",)), design=design)
    apart = [
        each
        for name in ("y", "z", "rare")
        for each in estimate_survey(table, Question(Statistic.MEAN, (name,), by=("area",)), design=design)
    ]

    assert [each.variable for each in together] == ["y"] * 3 + ["z"] * 3 + ["rare"] * 3
    for one, other in zip(together, apart, strict=True):
        assert one.estimate.n == other.estimate.n
        assert one.estimate.value == pytest.approx(other.estimate.value, rel=1e-13)
        assert one.estimate.se == pytest.approx(other.estimate.se, rel=1e-12)
        assert one.estimate.design_effect == pytest.approx(other.estimate.design_effect, rel=1e-12)


ROWS = [{"w": 1.0, "s": "a", "c": str(index % 4), "y": float(index), "t": "x"} for index in range(8)]


@pytest.mark.parametrize(
    ("change", "place"),
    [({"w": 0.0}, "column w"), ({"w": -1.0}, "column w"), ({"w": None}, "column w"), ({"s": ""}, "column s")],
)
def test_wrong_row_of_the_design_is_named(change, place):
    rows = [*ROWS[:3], ROWS[3] | change, *ROWS[4:]]

    with pytest.raises(ArgumentInvalid) as caught:
        estimate_survey(table_of(rows), Question(Statistic.MEAN, ("y",)), design=Design("w", "s", "c"))

    assert caught.value.where == f"row 4, {place}"


def test_text_among_numbers_is_named_with_its_row():
    rows = [row | {"t": "5"} for row in ROWS]
    rows[5] |= {"t": "five"}

    with pytest.raises(ColumnNotNumeric) as caught:
        estimate_survey(table_of(rows), Question(Statistic.MEAN, ("t",)), design=Design("w"))

    assert caught.value.where == "row 6, column t"


def test_infinite_value_is_named_with_its_row():
    rows = [*ROWS[:2], ROWS[2] | {"y": math.inf}, *ROWS[3:]]

    with pytest.raises(ColumnNotNumeric) as caught:
        estimate_survey(table_of(rows), Question(Statistic.TOTAL, ("y",)), design=Design("w"))

    assert caught.value.where == "row 3, column y"


def test_not_a_number_is_missing():
    rows = [*ROWS[:2], ROWS[2] | {"y": math.nan}, *ROWS[3:]]

    (found,) = estimate_survey(table_of(rows), Question(Statistic.MEAN, ("y",)), design=Design("w"))

    assert (found.estimate.n, found.estimate.missing) == (7, 1)
    assert found.estimate.value == pytest.approx(26 / 7, rel=1e-15)


def test_missing_codes_are_missing():
    (found,) = estimate_survey(
        table_of(ROWS), Question(Statistic.MEAN, ("y",), missing_codes=("7",)), design=Design("w")
    )

    assert (found.estimate.n, found.estimate.missing, found.estimate.value) == (7, 1, 3.0)


@pytest.mark.parametrize(
    "question",
    [
        Question(Statistic.RATIO, ("y",)),
        Question(Statistic.MEAN, ("y",), denominator="w"),
        Question(Statistic.MEAN, ("y", "y")),
        Question(Statistic.MEAN, ()),
        Question(Statistic.MEAN, ("y",), by=("c", "c")),
        Question(Statistic.MEAN, ("y",), coverage=1.0),
        Question(Statistic.MEAN, ("y",), missing=MissingPolicy.DENOMINATOR),
        Question(Statistic.QUANTILE, ("y",), quantiles=(1.5,)),
    ],
)
def test_question_that_contradicts_itself_is_refused(question):
    with pytest.raises(ArgumentInvalid):
        estimate_survey(table_of(ROWS), question, design=Design("w"))


def test_absent_column_is_named():
    with pytest.raises(ColumnMissing):
        estimate_survey(table_of(ROWS), Question(Statistic.MEAN, ("z",)), design=Design("w"))


def test_domain_of_one_cluster_and_domain_without_answer_are_refused_by_name():
    rows = [row | {"d": "one" if row["c"] == "0" else "many"} for row in ROWS]
    rows.append({"w": 1.0, "s": "a", "c": "1", "y": None, "t": "x", "d": "none"})

    found = estimate_survey(table_of(rows), Question(Statistic.MEAN, ("y",), by=("d",)), design=Design("w", None, "c"))

    assert {each.estimate.cell.key: each.estimate.refusal for each in found} == {
        "d=many": "",
        "d=none": "refused.nothing-observed",
        "d=one": "refused.sample-too-small",
    }


def test_zero_weight_counts_nowhere_on_the_platform_and_is_named_for_an_analyst():
    """Readings agree with another program; a command on a file takes a zero for the empty cell that it mostly is."""
    stored = tomllib.loads((HERE / "zero_weights.toml").read_text(encoding="utf-8"))
    rows = [dict(zip("wcy", row, strict=True)) for row in zip(*(stored[name] for name in "wcy"), strict=True)]
    table, design = (
        table_of([{name: float(value) for name, value in row.items()} for row in rows]),
        Design("w", None, "c"),
    )

    for answer in stored["answer"]:
        (found,) = estimator(f"survey_{answer['statistic']}").estimate(table, arguments={"column": "y"}, design=design)
        assert found.n == 6
        for field in ("value", "se", "df"):
            assert getattr(found, field) == pytest.approx(answer[field], rel=stored["tolerance"]), field
        with pytest.raises(ArgumentInvalid, match="zero") as caught:
            estimate_survey(table, Question(Statistic(answer["statistic"]), ("y",)), design=design)
        assert caught.value.where == "row 3, column w"
