"""The example on each page of a source is a real file: it is imported with the mapping beside it, and every row becomes a row."""

import json
import re
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from custodes.collection.actions import import_file
from custodes.ledger.actions import dataset_path
from custodes.people.models import Account, RoleGrant

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "reference" / "sources").glob("*.md"))


@pytest.fixture
def officer(db) -> Account:
    account = Account.objects.create(username="officer")
    RoleGrant.objects.create(
        account=account, role="me_officer", starts=date(2020, 1, 1), sensitivity=2, created_by="system"
    )
    return account


def block(page: Path, language: str) -> str:
    """The first code block of a language on a page."""
    return re.findall(rf"```{language}\n(.+?)```", page.read_text(encoding="utf-8"), re.DOTALL)[0]


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_example_of_a_source_is_imported_whole(page, officer, tmp_path):
    table, mapping = block(page, "csv"), json.loads(block(page, "json"))
    (tmp_path / "example.csv").write_text(table, encoding="utf-8")
    header, *rows = [line.split(",") for line in table.splitlines()]
    places = {row[header.index(mapping["columns"]["area"])] for row in rows} - {""}

    run = import_file(
        tmp_path / "example.csv", by=officer, source=page.stem, title="An example", series="example", licence="CC0",
        provenance="The documentation", mapping=mapping, matches=dict.fromkeys(places, ""),
    )  # fmt: skip

    kept = pq.read_table(dataset_path(run.dataset.sha256))
    assert (run.rows_read, run.rows_rejected, kept.num_rows) == (len(rows), 0, len(rows))
    assert set(kept["_area_text"].to_pylist()) - {None, ""} == places
    assert set(header) - set(mapping["columns"].values()) <= set(kept.column_names)
