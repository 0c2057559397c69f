"""One suite for every item of the source shelf: well-formed, and safe with empty, one-row and all-missing input."""

import csv
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from custodes.collection.actions import import_file
from custodes.collection.errors import NothingAccepted
from custodes.collection.registry import all_sources, source
from custodes.collection.source import FieldType, Source
from custodes.evidence.errors import FileUnreadable, TableEmpty
from custodes.evidence.tables import open_dataset
from custodes.ledger.actions import dataset_path
from custodes.ledger.models import Dataset
from custodes.people.models import Account, RoleGrant

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "mappings.md"
SAMPLES = {
    FieldType.TEXT: "a", FieldType.NUMBER: "1.5", FieldType.WHOLE: "2", FieldType.DATE: "2024-03-01", FieldType.FLAG: "yes",
    FieldType.PERSON: "NID-1",
}  # fmt: skip
ITEMS = all_sources()
each_source = pytest.mark.parametrize("item", ITEMS, ids=[item.slug for item in ITEMS])


@pytest.fixture
def officer(db) -> Account:
    account = Account.objects.create(username="officer")
    RoleGrant.objects.create(
        account=account, role="me_officer", starts=date(2020, 1, 1), sensitivity=2, created_by="system"
    )
    return account


def fields_but_place(item: Source):
    """Every field except the place, which needs boundaries."""
    return [each for each in item.fields if each.role != "area"]


def columns_of(item: Source) -> dict[str, str]:
    return {each.role: f"c_{each.role}" for each in fields_but_place(item)}


@pytest.fixture
def bring_in(officer, tmp_path):
    """Import rows written as role to text."""

    def run(item: Source, *rows: dict[str, str], mapping: dict | None = None):
        path = tmp_path / "file.csv"
        columns = columns_of(item)
        with path.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([*columns.values(), "answer"])
            writer.writerows([[*(row.get(role, "") for role in columns), row.get("answer", "")] for row in rows])
        return import_file(
            path, by=officer, source=item.slug, title="A file", series="a-series", licence="CC0", provenance="a test",
            mapping={"columns": columns} | (mapping or {}),
        )  # fmt: skip

    return run


def sample(item: Source) -> dict[str, str]:
    return {each.role: SAMPLES[each.type] for each in fields_but_place(item)} | {"answer": "3"}


def test_sources_required_by_the_issue_are_on_the_shelf():
    assert {"survey", "ucdp_ged", "acled", "administrative"} <= {item.slug for item in ITEMS}


@each_source
def test_source_declares_itself_fully(item):
    assert source(item.slug) is item
    assert item.name
    assert item.description
    assert item.kind in Dataset.Kind.values
    assert len({each.role for each in item.fields}) == len(item.fields)
    assert all(each.label for each in item.fields)
    assert any(each.type is FieldType.DATE for each in item.fields)


@each_source
def test_source_and_its_fields_are_in_the_reference(item):
    text = DOCUMENTS.read_text(encoding="utf-8")
    assert f"`{item.slug}`" in text
    assert [each.role for each in item.fields if f"`{each.role}`" not in text] == []


@each_source
def test_source_one_row_becomes_a_data_set_that_the_library_opens(item, bring_in):
    run = bring_in(item, sample(item))
    assert (run.dataset.rows, run.rows_rejected) == (1, 0)
    with open_dataset(dataset_path(run.dataset.sha256)) as dataset:
        assert dataset.metadata.kind == item.kind
        assert {"_row", "_area", "_area_text", "_start", "_end"} <= set(dataset.table.columns)
    table = pq.read_table(dataset_path(run.dataset.sha256))
    for each in fields_but_place(item):
        if each.column:
            assert table[each.column].null_count == 0
    assert table["answer"].to_pylist() == [3.0]


@each_source
def test_source_keeps_no_persons_key(item, bring_in):
    run = bring_in(item, sample(item))
    table = pq.read_table(dataset_path(run.dataset.sha256))
    assert all("NID-1" not in map(str, column.to_pylist()) for column in table.columns)


@each_source
def test_source_empty_file_is_refused(item, officer, tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"")
    with pytest.raises(FileUnreadable):
        import_file(path, by=officer, source=item.slug, title="x", series="x", licence="x", provenance="x")


@each_source
def test_source_header_without_rows_is_refused(item, bring_in):
    with pytest.raises(TableEmpty):
        bring_in(item)
    assert not Dataset.objects.exists()


@each_source
def test_source_row_with_nothing_in_it_is_rejected_never_zero(item, bring_in):
    filled = [each for each in item.fields if each.filled]
    if not filled:
        pytest.skip("no field of this source must be filled")
    with pytest.raises(NothingAccepted):
        bring_in(item, {})
    run = bring_in(item, sample(item), {})
    assert (run.dataset.rows, run.rows_rejected) == (1, 1)


@each_source
def test_i21_source_empty_cell_of_an_optional_number_is_null(item, bring_in):
    optional = [
        each
        for each in item.fields
        if each.type in (FieldType.NUMBER, FieldType.WHOLE) and not each.filled and each.column
    ]
    empty = sample(item) | {each.role: "" for each in optional} | {"answer": ""}
    run = bring_in(item, sample(item), empty)
    table = pq.read_table(dataset_path(run.dataset.sha256))
    for name in [*(each.column for each in optional), "answer"]:
        assert table[name].to_pylist()[1] is None


@each_source
def test_source_reject_file_is_the_persons_rows_with_row_column_problem_fix(item, bring_in):
    wrong = next(each for each in item.fields if each.type in (FieldType.NUMBER, FieldType.WHOLE))
    run = bring_in(item, sample(item), sample(item) | {wrong.role: "many"})
    with Path(run.rejects.path).open(newline="", encoding="utf-8") as stream:
        header, *rows = list(csv.reader(stream))
    assert header[-4:] == ["row", "column", "problem", "fix"]
    assert header[:-4] == [*columns_of(item).values(), "answer"]
    assert len(rows) == 1
    assert rows[0][-4:-2] == ["2", f"c_{wrong.role}"]
    assert all(rows[0][-2:])
    assert "many" in rows[0]


@each_source
def test_source_same_rows_make_the_same_bytes(item, bring_in):
    first, second = bring_in(item, sample(item)), bring_in(item, sample(item))
    assert first.dataset == second.dataset
    assert (first.outcome, second.outcome) == ("new", "same")
