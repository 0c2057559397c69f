"""Opening files: what is read, what is refused and how the message names the place."""

import gzip
import json
from datetime import date

import pyarrow
import pyarrow.parquet
import pytest

from custodes.evidence.columns import ANSWERS, count_rows
from custodes.evidence.errors import FileUnreadable, TableEmpty
from custodes.evidence.registry import estimator
from custodes.evidence.tables import Filter, connect, design_of, open_dataset, read_metadata, select_rows, with_period
from custodes.evidence.types import Design, Period, PeriodKind
from tests.evidence.samples import table_of

DOCUMENTED = {
    "kind": "survey",
    "source": "survey",
    "labels": {"trust": {"question": "How much do you trust the police?", "values": {"0": "Not at all", "3": "A lot"}}},
    "missing": {"trust": {"9": "Don't know", "-1": "Missing"}},
    "roles": {"sex": "category"},
}


@pytest.fixture
def parquet(tmp_path):
    table = pyarrow.table({"_row": [1, 2, 3], "trust": [0.0, 3.0, 9.0]})
    path = tmp_path / "dataset.parquet"
    pyarrow.parquet.write_table(table.replace_schema_metadata({"custodes": json.dumps(DOCUMENTED)}), path)
    return path


def test_metadata_of_a_dataset_gives_labels_questions_and_missing_codes(parquet):
    metadata = read_metadata(parquet)

    assert (metadata.kind, metadata.source) == ("survey", "survey")
    assert metadata.labels["trust"]["3"] == "A lot"
    assert metadata.questions["trust"] == "How much do you trust the police?"
    assert metadata.missing_codes(["trust", "sex"]) == ("-1", "9")


def test_declared_missing_codes_are_told_from_answers(parquet):
    with open_dataset(parquet) as dataset:
        (share,) = estimator("survey_proportion").estimate(
            dataset.table,
            arguments={
                "column": "trust",
                "positive": ["3"],
                "missing_codes": dataset.metadata.missing_codes(["trust"]),
            },
            design=Design(),
        )

    assert (share.value, share.n, share.missing) == (0.5, 2, 1)


def test_csv_gzip_and_arrow_give_the_same_table(tmp_path):
    (tmp_path / "a.csv").write_text("sex,number\nf,1.5\nm,2\n", encoding="utf-8")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    sources = [tmp_path / "a.csv", tmp_path / "a.csv.gz", pyarrow.table({"sex": ["f", "m"], "number": [1.5, 2.0]})]
    rows = []
    for source in sources:
        with open_dataset(source) as dataset:
            rows.append(dataset.table.order_by("_row").to_pyarrow().to_pylist())

    assert rows[0] == [{"sex": "f", "number": 1.5, "_row": 1}, {"sex": "m", "number": 2.0, "_row": 2}]
    assert rows[0] == rows[1] == rows[2]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.csv", None, "no such file"),
        ("empty.csv", b"", "The file is empty"),
        ("false.parquet", b"PAR1 not really", "not Parquet, or is damaged"),
        ("sheet.ods", b"x", "files are not read here"),
        ("latin.csv", "área,número\nPelwén,1\n".encode("latin-1"), "not a table in CSV"),
    ],
)
def test_file_that_cannot_be_read_is_named_with_a_remedy(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(FileUnreadable, match=message) as caught:
        open_dataset(path)
    assert name in caught.value.where
    assert caught.value.remedy


def test_columns_that_differ_only_in_case_are_refused():
    with pytest.raises(FileUnreadable, match="“n_h” and “N_h” differ only in case"):
        open_dataset(pyarrow.table([[1], [2]], names=["n_h", "N_h"]))


def test_design_is_what_the_columns_declare():
    table = table_of([{"_weight": 1.0, "_cluster": "c"}])

    assert design_of(table) == Design(weight="_weight", clusters="_cluster")


EVENTS = [
    {"_event": "e1", "_area": "A", "_start": "2025-01-31", "_end": "2025-02-02", "type": "raid"},
    {"_event": "e2", "_area": "B", "_start": "2025-02-01", "_end": "2025-02-01", "type": "raid"},
    {"_event": "e3", "_area": None, "_start": "2025-04-01", "_end": "2025-04-01", "type": "ambush"},
]


def _count(table, by=()):
    found = estimator("event_count").estimate(table, arguments={}, by=by)
    return {estimate.cell.key: estimate.value for estimate in found}


def _month(year: int, month: int) -> Period:
    return Period(
        date(year, month, 1), date(year, month, 28 if month == 2 else 31 if month in (1, 3) else 30), PeriodKind.MONTH
    )


def test_event_belongs_to_the_period_in_which_it_started():
    table = table_of(EVENTS)

    assert _count(select_rows(table, kind="events", period=_month(2025, 1))) == {"": 1.0}
    assert _count(select_rows(table, kind="events", period=_month(2025, 2))) == {"": 1.0}


def test_month_without_events_in_a_list_that_has_some_is_a_true_zero():
    assert _count(select_rows(table_of(EVENTS), kind="events", period=_month(2025, 3))) == {"": 0.0}


def test_event_without_an_area_stands_in_a_cell_of_its_own():
    assert _count(table_of(EVENTS), by=("_area",)) == {"_area=": 1.0, "_area=A": 1.0, "_area=B": 1.0}


def test_filter_keeps_only_its_values():
    chosen = select_rows(table_of(EVENTS), kind="events", filters=[Filter("type", ("raid",)), Filter("_area", ("B",))])

    assert _count(chosen) == {"": 1.0}


def test_filter_for_the_empty_text_finds_empty_cells():
    assert _count(select_rows(table_of(EVENTS), kind="events", filters=[Filter("_area", ("",))])) == {"": 1.0}


def test_report_belongs_to_the_period_that_holds_it_whole():
    rows = [
        {"_start": "2025-01-01", "_end": "2025-01-31", "_value": 1.0},
        {"_start": "2025-01-01", "_end": "2025-12-31", "_value": 100.0},
    ]
    chosen = select_rows(table_of(rows), kind="administrative", period=_month(2025, 1))

    assert estimator("administrative_count").estimate(chosen, arguments={})[0].value == 1.0


def test_period_without_a_report_is_refused():
    rows = [{"_start": "2025-01-01", "_end": "2025-01-31", "_value": 1.0}]
    chosen = select_rows(table_of(rows), kind="administrative", period=_month(2025, 2))

    with pytest.raises(TableEmpty):
        estimator("administrative_count").estimate(chosen, arguments={})


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        (PeriodKind.DAY, "2025-01-31"),
        (PeriodKind.MONTH, "2025-01"),
        (PeriodKind.QUARTER, "2025-Q1"),
        (PeriodKind.YEAR, "2025"),
    ],
)
def test_period_column_is_iso_text_to_cross_by(kind, first):
    assert f"_period={first}" in _count(with_period(table_of(EVENTS), kind), by=("_period",))


def test_check_of_an_open_data_set_is_asked_once_and_of_a_foreign_engine_every_time():
    with open_dataset(pyarrow.table({"y": [1.0, 2.0]})) as opened:
        counts = [count_rows(table) for table in (opened.table, opened.table, opened.table.filter(opened.table.y > 1))]
        remembered = getattr(opened.connection, ANSWERS)
    assert (counts, [answer.as_py() for answer in remembered.values()]) == ([2, 2, 1], [2, 1])

    foreign = connect()
    for number in (2, 3):
        foreign.con.register("rows", pyarrow.table({"y": [1.0] * number}))
        assert count_rows(foreign.table("rows")) == number
    foreign.disconnect()
