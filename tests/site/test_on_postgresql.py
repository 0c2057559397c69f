"""The program itself on PostgreSQL: prepared, started, stopped and verified by the one setting that names the database."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.running_site import run_custodes, running_site, site_environment, stop

DATABASE = "custodes_of_a_running_site"


@pytest.fixture
def on_postgresql(django_db_setup, django_db_blocker, monkeypatch) -> Iterator[str]:
    """The address of an empty database beside that of the tests, or a skip that names the command."""
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL is not asked here: make test-postgresql")
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {DATABASE}")
    yield urlsplit(os.environ["CUSTODES_DATABASE_URL"])._replace(path=f"/{DATABASE}").geturl()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def test_site_is_prepared_served_and_verified_on_postgresql(on_postgresql: str, tmp_path: Path) -> None:
    settings = {"CUSTODES_DATABASE_URL": on_postgresql}
    with running_site(tmp_path, "--empty", **settings) as site:
        assert site.health_status() == 200
        assert "Preparing the database" in site.log.read_text()
        assert stop(site) == 0

    again = run_custodes("setup", environment=site_environment(tmp_path, **settings), folder=tmp_path)
    verified = run_custodes("verify", environment=site_environment(tmp_path, **settings), folder=tmp_path)

    assert "Preparing" not in again.stdout
    assert (again.returncode, verified.returncode) == (0, 0), verified.stderr
    assert not list(tmp_path.glob("*.sqlite3"))
