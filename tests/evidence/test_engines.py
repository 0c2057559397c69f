"""One suite for every engine: each statistic of the analyst and each survey estimator of the shelf says the same on all of them."""

import gc
import importlib.util
import math
import os
import random
import shutil
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from custodes.evidence.calibration import Calibration, Distance, Margin
from custodes.evidence.engines import Engine, EngineName, spark_connection
from custodes.evidence.errors import ArgumentInvalid, ColumnNotNumeric, EngineAbsent
from custodes.evidence.intervals import ProportionInterval
from custodes.evidence.measures import Statistic
from custodes.evidence.registry import estimator
from custodes.evidence.replicates import ReplicateMethod, ReplicatePlan
from custodes.evidence.survey_estimates import Question, SurveyEstimate, estimate_survey
from custodes.evidence.survey_files import handed_over, open_survey_file
from custodes.evidence.tables import Dataset
from custodes.evidence.types import Design, Estimate, LonelyPolicy, MissingPolicy
from tests.evidence.samples import table_of

WITHOUT_SPARK = (
    None
    if importlib.util.find_spec("pyspark") and shutil.which("java")
    else "pyspark or Java is absent: make test-spark installs the one and names the other"
)
# pyspark leaves the socket by which an answer came to the collector of garbage.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
EXACT, ITERATIVE = 1e-12, 1e-9
NUMBERS = ("value", "se", "low", "high", "missing_share", "design_effect")
COUNTS = ("n", "missing", "df", "refusal", "cell")
WHOLE = Design("weight", "stratum", "cluster")
PAIRS = Design("weight", "pair", "cluster")
AREAS = {"a": 900.0, "b": 700.0, "c": 500.0}


def rows_of(number: int) -> list[dict[str, Any]]:
    """A sample with strata of unequal size, gaps, a text column, a column of whole numbers, and not-a-number among floats."""
    draw = random.Random(11)
    rows = []
    for index in range(number):
        cluster = draw.randrange(12)
        rows.append(
            {
                "weight": draw.uniform(0.5, 20.0),
                "stratum": f"s{cluster % 3}",
                "pair": f"p{cluster // 2}",
                "cluster": cluster,
                "population": float(9 + cluster % 3),
                "area": draw.choice(["a", "b", "c"]),
                "sex": draw.choice([1, 2, None]),
                "y": draw.gauss(100, 15),
                "gaps": draw.choice([None, math.nan, draw.uniform(-1, 1)]),
                "code": draw.choice([0, 1, 2, 9]),
                "answer": draw.choice(["yes", "no", "refused", None]),
                "size": draw.uniform(1, 5),
                "lone": "z" if index == 0 else f"s{cluster % 3}",
            }
        )
    return rows


QUESTIONS = {
    "means by area and sex": (Question(Statistic.MEAN, ("y", "gaps", "code"), by=("area", "sex")), WHOLE, EXACT),
    "mean of levels": (Question(Statistic.MEAN, ("answer",), missing_codes=("refused",)), WHOLE, EXACT),
    "totals with populations": (
        Question(Statistic.TOTAL, ("y", "size"), by=("area",)),
        Design("weight", "stratum", "cluster", "population"),
        EXACT,
    ),
    "mean without weights and clusters": (Question(Statistic.MEAN, ("y",), by=("area",)), Design(), EXACT),
    "proportions, logit": (Question(Statistic.PROPORTION, ("code", "answer"), by=("area",)), WHOLE, EXACT),
    "proportions, beta, missing in the denominator": (
        Question(
            Statistic.PROPORTION, ("answer",), missing=MissingPolicy.DENOMINATOR, interval=ProportionInterval.BETA
        ),
        WHOLE,
        EXACT,
    ),
    "proportions, Wilson": (
        Question(Statistic.PROPORTION, ("code",), missing_codes=("9",), interval=ProportionInterval.WILSON),
        WHOLE,
        EXACT,
    ),
    "ratio": (Question(Statistic.RATIO, ("y", "gaps"), denominator="size", by=("area",)), WHOLE, EXACT),
    "quantiles": (Question(Statistic.QUANTILE, ("y", "gaps", "code"), by=("area",)), WHOLE, EXACT),
    **{
        f"a lonely stratum, {policy}": (
            Question(Statistic.MEAN, ("y",)),
            Design("weight", "lone", "cluster", lonely=policy),
            EXACT,
        )
        for policy in LonelyPolicy
    },
    **{
        f"replicates, {method}": (
            Question(Statistic.RATIO, ("y",), denominator="size", by=("area",), replicates=ReplicatePlan(method)),
            Design("weight", None, "cluster") if method is ReplicateMethod.JK1 else PAIRS,
            EXACT,
        )
        for method in ReplicateMethod
    },
    "post-stratified": (
        Question(Statistic.MEAN, ("y",), by=("sex",), calibration=Calibration((Margin(("area",), AREAS),))),
        WHOLE,
        ITERATIVE,
    ),
    "raked with a known sum, within bounds": (
        Question(
            Statistic.TOTAL,
            ("y",),
            calibration=Calibration(
                (Margin(("area",), AREAS),), (("size", 6300.0),), Distance.RAKING, bounds=(0.2, 4.0)
            ),
        ),
        WHOLE,
        ITERATIVE,
    ),
}
SHELF = {
    "survey_mean": {"column": "y"},
    "survey_total": {"column": "y"},
    "survey_proportion": {"column": "answer", "positive": ["yes"], "missing_codes": ["refused"]},
    "survey_ratio": {"numerator": "y", "denominator": "size"},
}


@pytest.fixture(scope="module")
def here() -> Any:
    return table_of(rows_of(180))


@pytest.fixture(scope="module")
def spark() -> Any:
    """One session for the module."""
    if WITHOUT_SPARK:
        pytest.skip(WITHOUT_SPARK)
    connection = spark_connection(os.environ.get("CUSTODES_SPARK_URL", "local[1]"))
    connection.raw_sql("SET spark.sql.shuffle.partitions = 1")
    yield connection
    connection.disconnect()
    gc.collect()


@pytest.fixture(scope="module")
def on_spark(here, spark) -> Any:
    """The same rows on Spark."""
    return handed_over(Dataset(here, None, None), spark).table


@pytest.mark.spark
@pytest.mark.parametrize("name", QUESTIONS)
def test_spark_gives_the_answers_of_duckdb(name, here, on_spark):
    question, design, tolerance = QUESTIONS[name]

    ours, theirs = (estimate_survey(table, question, design=design) for table in (here, on_spark))

    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        assert (one.variable, one.level) == (other.variable, other.level)
        assert_same(one.estimate, other.estimate, tolerance=tolerance)


@pytest.mark.spark
@pytest.mark.parametrize("slug", SHELF)
def test_spark_gives_the_readings_of_duckdb(slug, here, on_spark):
    ours, theirs = (
        estimator(slug).estimate(table, arguments=SHELF[slug], design=WHOLE, by=("area",)) for table in (here, on_spark)
    )

    assert len(ours) == len(theirs) == len(AREAS)
    for one, other in zip(ours, theirs, strict=True):
        assert_same(one, other, tolerance=EXACT)


@pytest.mark.spark
@pytest.mark.parametrize(("column", "wrong"), [("weight", 0.0), ("stratum", " "), ("cluster", None)])
def test_spark_names_the_row_that_duckdb_names(column, wrong, spark):
    rows = rows_of(20)
    rows[7][column] = wrong
    there = handed_over(Dataset(table_of(rows), None, None), spark).table

    for table in (table_of(rows), there):
        with pytest.raises(ArgumentInvalid) as caught:
            estimate_survey(table, Question(Statistic.MEAN, ("y",)), design=WHOLE)
        assert caught.value.where == f"row 8, column {column}"


@pytest.mark.spark
def test_spark_names_the_cell_that_is_no_number(spark):
    rows = [row | {"t": "5" if place != 4 else "five"} for place, row in enumerate(rows_of(20))]
    there = handed_over(Dataset(table_of(rows), None, None), spark).table

    with pytest.raises(ColumnNotNumeric) as caught:
        estimate_survey(there, Question(Statistic.MEAN, ("t",)), design=WHOLE)

    assert caught.value.where == "row 5, column t"


@pytest.mark.spark
def test_spark_reads_a_parquet_file_and_numbers_its_rows_where_that_is_needed(spark, tmp_path):
    place = tmp_path / "survey.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"y": [1.0, 2.0, 4.0], "w": [1.0, 1.0, 0.0]}), place)
    there = spark.read_rows(place)

    (found,) = estimate_survey(there, Question(Statistic.MEAN, ("y",)), design=Design())
    with pytest.raises(ArgumentInvalid) as caught:
        estimate_survey(there, Question(Statistic.MEAN, ("y",)), design=Design("w"))

    assert (found.estimate.value, found.estimate.df) == (pytest.approx(7 / 3, rel=1e-15), 2)
    assert caught.value.where == "row 3, column w"


def test_spark_that_is_not_there_is_a_problem_with_its_remedy(tmp_path):
    if WITHOUT_SPARK is None:
        pytest.skip("Spark is there")
    place = tmp_path / "survey.csv"
    place.write_text("y\n1\n2\n", encoding="utf-8")

    with pytest.raises(EngineAbsent) as caught:
        open_survey_file(place, engine=Engine(EngineName.SPARK))

    assert "custodes[spark]" in caught.value.remedy or "openjdk" in caught.value.remedy


@pytest.mark.parametrize("amount", ["", "3", "much", "3 boxes"])
def test_amount_of_memory_that_is_none_is_refused(amount):
    with pytest.raises(ArgumentInvalid):
        Engine(memory_limit=amount)


def test_parquet_file_is_opened_without_numbering_its_rows(tmp_path):
    place = tmp_path / "survey.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"y": [1.0, 2.0, 4.0], "w": [1.0, 1.0, 0.0]}), place)

    with open_survey_file(place) as opened:
        (found,) = estimate_survey(opened.table, Question(Statistic.MEAN, ("y",)), design=Design())
        with pytest.raises(ArgumentInvalid) as caught:
            estimate_survey(opened.table, Question(Statistic.MEAN, ("y",)), design=Design("w"))

    assert isinstance(found, SurveyEstimate)
    assert found.estimate.value == pytest.approx(7 / 3, rel=1e-15)
    assert caught.value.where == "row 3, column w"


def assert_same(one: Estimate, other: Estimate, *, tolerance: float) -> None:
    for field in COUNTS:
        assert getattr(one, field) == getattr(other, field), field
    for field in NUMBERS:
        ours, theirs = getattr(one, field), getattr(other, field)
        if ours is None or theirs is None:
            assert ours is theirs, field
            continue
        # An interval's end or a share near zero is a difference of larger numbers: the value's size is the yardstick.
        size = max(abs(one.value or 0.0), one.se or 0.0, 1e-3)
        assert theirs == pytest.approx(ours, rel=tolerance, abs=tolerance * size), field
