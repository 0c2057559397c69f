"""What every item of the estimators' shelf keeps, whoever adds it: one suite, run on each."""

import random
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from custodes.evidence import estimators
from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.errors import ArgumentInvalid, ColumnMissing, ColumnNotNumeric, EstimatorUnknown, TableEmpty
from custodes.evidence.estimator import Estimator
from custodes.evidence.registry import all_estimators, estimator
from custodes.evidence.types import Design, Uncertainty
from tests.evidence.samples import table_of
from tests.reference.cases import all_cases

KINDS = {"survey", "events", "administrative"}
METHODS = Path(__file__).parents[2] / "docs" / "methods"
SCHEMA = {
    "_row": pyarrow.int64(),
    "_area": pyarrow.string(),
    "_start": pyarrow.date32(),
    "_end": pyarrow.date32(),
    "_weight": pyarrow.float64(),
    "_stratum": pyarrow.string(),
    "_cluster": pyarrow.string(),
    "_numerator": pyarrow.float64(),
    "_denominator": pyarrow.float64(),
    "_value": pyarrow.float64(),
    "_person": pyarrow.string(),
    "_event": pyarrow.string(),
    "_deaths_low": pyarrow.int64(),
    "_deaths_best": pyarrow.int64(),
    "_deaths_high": pyarrow.int64(),
    "score": pyarrow.float64(),
}
ANSWERS = ("score", "_numerator", "_denominator", "_value", "_person", "_deaths_low", "_deaths_best", "_deaths_high")
DESIGN = Design(weight="_weight", strata="_stratum", clusters="_cluster")
ITEMS = all_estimators()
ON_TABLES = [item for item in ITEMS if item.kinds]


def _name(item: Estimator) -> str:
    return item.slug


def _rows(number: int) -> list[dict[str, Any]]:
    draw = random.Random(7)
    rows = []
    for index in range(number):
        best = draw.randint(0, 9)
        below = draw.randint(1, 50) + 0.1
        rows.append(
            {
                "_row": index + 1,
                "_area": draw.choice(["A1", "A2"]),
                "_start": "2025-01-01",
                "_end": "2025-12-31",
                "_weight": draw.uniform(0.1, 900.0),
                "_stratum": f"s{index % 3}",
                "_cluster": f"c{index % 12}",
                "_numerator": below * draw.random(),
                "_denominator": below,
                "_value": draw.uniform(0, 1e6),
                "_person": f"k{draw.randint(1, 20)}",
                "_event": f"e{index}",
                "_deaths_low": best - min(best, 1),
                "_deaths_best": best,
                "_deaths_high": best + 2,
                "score": float(draw.randint(1, 5)),
            }
        )
    return rows


def _example(argument: Argument) -> Any:
    """An argument that fits any item: made from its declaration alone, as the form is."""
    match argument.type:
        case ArgumentType.COLUMN:
            return "score"
        case ArgumentType.COLUMNS:
            return ["score", "_value"]
        case ArgumentType.VALUES:
            return ["2", "3", "4"]
        case ArgumentType.TEXT:
            return "2"
        case ArgumentType.NUMBER:
            return 1
        case ArgumentType.CHOICE:
            return argument.choices[-1]
        case ArgumentType.BOOL:
            return True
        case ArgumentType.POPULATION:
            return {"": 1000, "A1": 400, "A2": 600}


def _estimates(item: Estimator, rows: list[dict[str, Any]], **asked: Any):
    arguments = {argument.name: _example(argument) for argument in item.arguments if argument.required}
    choices = [argument for argument in item.arguments if argument.type is ArgumentType.CHOICE]
    arguments |= {argument.name: _example(argument) for argument in choices}
    table = table_of(rows, SCHEMA) if item.kinds else None
    return item.estimate(table, arguments=arguments, design=DESIGN, **asked)


@pytest.mark.parametrize("item", ITEMS, ids=_name)
def test_item_says_what_it_is_and_where_it_comes_from(item: Estimator):
    assert item.name
    assert item.unit
    assert item.summary.endswith(".")
    assert len(item.citation) > 20
    assert any(character.isdigit() for character in item.citation) or "framework" in item.citation
    assert item.kinds <= KINDS


@pytest.mark.parametrize("item", ITEMS, ids=_name)
def test_item_is_one_file_named_by_its_slug(item: Estimator):
    assert (Path(estimators.__path__[0]) / f"{item.slug}.py").is_file()


@pytest.mark.parametrize("item", ITEMS, ids=_name)
def test_item_has_a_docs_page_with_its_arguments_and_citation(item: Estimator):
    page = (METHODS / f"{item.slug}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {item.name}\n")
    assert item.citation in page
    for argument in item.arguments:
        assert f"`{argument.name}`" in page


@pytest.mark.parametrize("item", ITEMS, ids=_name)
def test_item_has_a_stored_reference_value(item: Estimator):
    assert [case for case in all_cases() if case.estimator == item.slug and case.expected]


@pytest.mark.parametrize("item", ITEMS, ids=_name)
def test_arguments_carry_label_help_and_choices(item: Estimator):
    for argument in item.arguments:
        assert argument.label
        assert argument.help.endswith(".")
        assert bool(argument.choices) == (argument.type is ArgumentType.CHOICE)
        assert argument.default is None or not argument.required


@pytest.mark.parametrize("item", ITEMS, ids=_name)
def test_estimate_names_unit_method_n_and_uncertainty(item: Estimator):
    for estimate in _estimates(item, _rows(60)):
        assert estimate.refusal == ""
        assert estimate.value is not None
        assert estimate.method == item.slug
        assert estimate.unit
        assert estimate.n > 0


@pytest.mark.parametrize("item", ITEMS, ids=_name)
def test_interval_contains_the_point(item: Estimator):
    for estimate in _estimates(item, _rows(60)) + (_estimates(item, _rows(60), by=("_area",)) if item.kinds else ()):
        if item.uncertainty is Uncertainty.NONE:
            assert estimate.low is None
            assert estimate.high is None
        else:
            assert estimate.low <= estimate.value <= estimate.high


@pytest.mark.parametrize("item", ON_TABLES, ids=_name)
def test_row_order_changes_no_digit(item: Estimator):
    rows = _rows(400)
    shuffled = random.Random(1).sample(rows, len(rows))

    assert _estimates(item, rows, by=("_area",)) == _estimates(item, shuffled, by=("_area",))
    assert _estimates(item, rows) == _estimates(item, shuffled)


@pytest.mark.parametrize("item", ON_TABLES, ids=_name)
def test_crossing_gives_one_estimate_per_cell_in_order(item: Estimator):
    keys = [estimate.cell.key for estimate in _estimates(item, _rows(60), by=("_area", "_stratum"))]

    assert keys == [f"_area={area};_stratum=s{stratum}" for area in ("A1", "A2") for stratum in range(3)]


@pytest.mark.parametrize("item", ON_TABLES, ids=_name)
def test_table_without_rows_is_refused_by_name(item: Estimator):
    with pytest.raises(TableEmpty):
        _estimates(item, [])


@pytest.mark.parametrize("item", ON_TABLES, ids=_name)
def test_one_row_gives_a_value_only_where_nothing_is_sampled(item: Estimator):
    (estimate,) = _estimates(item, _rows(1))

    if item.uncertainty is Uncertainty.DESIGN:
        assert estimate.value is None
        assert estimate.refusal == "refused.sample-too-small"
        assert estimate.refusal_text
    else:
        assert estimate.value is not None


@pytest.mark.parametrize("item", ON_TABLES, ids=_name)
def test_all_missing_is_refused_and_never_zero(item: Estimator):
    rows = [{**row, **dict.fromkeys(ANSWERS)} for row in _rows(24)]
    (estimate,) = _estimates(item, rows)

    assert estimate.value is None
    assert estimate.refusal == "refused.nothing-observed"
    assert estimate.missing == 24


@pytest.mark.parametrize("item", ON_TABLES, ids=_name)
def test_category_that_is_no_column_is_named_with_the_nearest(item: Estimator):
    with pytest.raises(ColumnMissing, match=r"“_aera”.*“_area”"):
        _estimates(item, _rows(3), by=("_aera",))


@pytest.mark.parametrize("item", ITEMS, ids=_name)
def test_argument_that_is_unknown_is_named_with_the_nearest(item: Estimator):
    first = item.arguments[0].name
    with pytest.raises(ArgumentInvalid, match=f"“{first}”"):
        item.estimate(None, arguments={f"{first}x": 1})


COLUMN_TAKERS = [item for item in ON_TABLES if any(each.type is ArgumentType.COLUMN for each in item.arguments)]


@pytest.mark.parametrize("item", COLUMN_TAKERS, ids=_name)
def test_column_that_is_missing_is_named_with_the_nearest(item: Estimator):
    required = {each.name: _example(each) for each in item.arguments if each.required}
    columns = {each.name: "scoer" for each in item.arguments if each.type is ArgumentType.COLUMN}
    with pytest.raises(ColumnMissing, match=r"“scoer”.*“score”"):
        item.estimate(table_of(_rows(3), SCHEMA), arguments={**required, **columns})


NUMBER_READERS = [item for item in COLUMN_TAKERS if item.slug not in {"survey_proportion", "distinct_persons"}]


@pytest.mark.parametrize("item", NUMBER_READERS, ids=_name)
def test_text_in_a_number_column_is_named_with_row_and_value(item: Estimator):
    rows = [{**row, "amount": "twelve" if row["_row"] == 5 else "3"} for row in _rows(9)]
    required = {each.name: _example(each) for each in item.arguments if each.required}
    columns = {each.name: "amount" for each in item.arguments if each.type is ArgumentType.COLUMN}
    with pytest.raises(ColumnNotNumeric, match=r"row 5, column amount: “twelve”"):
        item.estimate(table_of(rows, SCHEMA), arguments={**required, **columns})


def test_slug_that_nobody_has_is_named_with_the_nearest():
    with pytest.raises(EstimatorUnknown, match="“survey_mean”"):
        estimator("survey_maen")
