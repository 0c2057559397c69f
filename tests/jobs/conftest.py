"""The app of chores with its tables, and one call that makes a chore in any state."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import modify_settings
from django.utils import timezone


@pytest.fixture
def chores(transactional_db):
    """`chores(way="well", **fields)` saves a chore. Real transactions, so that what is rolled back is really gone."""
    with modify_settings(INSTALLED_APPS={"append": "tests.jobs.chores"}):
        from tests.jobs.chores.models import Chore, Trace  # only now is their app installed

        with connection.schema_editor() as editor:
            editor.create_model(Chore)
            editor.create_model(Trace)
        try:
            yield lambda **fields: Chore.objects.create(**fields)
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(Trace)
                editor.delete_model(Chore)
            _let_the_flush_pass()


def _let_the_flush_pass() -> None:
    """After real transactions the tables are emptied, which the record refuses on PostgreSQL; the connection is closed after that."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")


@pytest.fixture
def long_ago():
    return timezone.now() - timedelta(days=1)


@pytest.fixture
def later():
    return timezone.now() + timedelta(days=1)
