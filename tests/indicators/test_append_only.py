"""The database itself keeps what was recorded: no row of these tables is changed or removed, whatever the code above it does."""

import pytest
from django.db import IntegrityError, connection, transaction

from custodes.indicators.models import ReadingRevision
from custodes.ledger.models import Dataset, Entry
from custodes.programmes.models import PlanVersion
from tests.portal.planting import approve

KEPT = [(Entry, "subject"), (Dataset, "licence"), (Dataset, "entry"), (PlanVersion, "reason"), (ReadingRevision, "why")]


@pytest.fixture
def recorded(country):
    country.compute()
    approve(country.programme)


@pytest.mark.parametrize(("model", "column"), KEPT)
def test_i16_recorded_row_is_neither_changed_nor_removed(recorded, model, column):
    before = list(model.objects.order_by("pk").values())
    assert before
    table = model._meta.db_table
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**{column: 9 if column == "entry" else "forged"})
    assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("model", [Entry, Dataset, PlanVersion, ReadingRevision])
def test_recorded_table_is_not_emptied_at_a_stroke(recorded, model):
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has TRUNCATE")
    connection.check_constraints()  # nothing is left pending that would refuse TRUNCATE for another reason
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")
    assert model.objects.exists()


def test_data_set_names_its_entry_from_the_start(country):
    assert Entry.objects.get(seq=country.survey.entry).subject == f"dataset:{country.survey.sha256}"
