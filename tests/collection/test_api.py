"""Files sent and data sets read with a token."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from custodes.collection.models import ImportRun
from custodes.jobs.actions import work_on
from custodes.people.actions import token_digest
from custodes.people.models import ApiToken
from tests.collection.conftest import WORDS


@pytest.fixture
def headers():
    """The header of a token that has these scopes."""

    def make(account, *scopes: str) -> dict[str, str]:
        secret = "custodes_" + hashlib.sha256(f"{account.pk}{scopes}".encode()).hexdigest()
        ApiToken.objects.create(
            account=account, name="a test", digest=token_digest(secret), scopes=list(scopes),
            expires=timezone.localdate() + timedelta(days=1), created_by=account.reference,
        )  # fmt: skip
        return {"Authorization": f"Bearer {secret}"}

    return make


def _send(client, headers):
    file = SimpleUploadedFile("people.csv", b"weight,trust\n1,2\n")
    return client.post("/api/v1/imports", {"file": file, "source": "survey", **WORDS}, headers=headers)


def test_file_is_sent_and_followed(client, officer, headers):
    token = headers(officer, "read", "write:imports")
    answer = _send(client, token)
    assert answer.status_code == 202, answer.content
    assert answer.json()["state"] == "waiting"
    run = ImportRun.objects.get(pk=answer.json()["id"])
    work_on("collection.importrun", run.pk)
    body = client.get(f"/api/v1/imports/{run.pk}", headers=token).json()
    assert body["stage"] == "questions"
    assert "first and last day" in body["questions"][0]


def test_token_without_the_scope_sends_nothing(client, officer, headers):
    assert _send(client, headers(officer, "read")).status_code == 403
    assert not ImportRun.objects.exists()


def test_i25_token_of_an_account_without_a_grant_reads_nothing(
    client, officer, stranger, headers, bring_in, write, two_areas
):
    run = bring_in(
        write("weight,trust\n1,2\n"), "survey", mapping={"dates": {"from": "2024-01-01", "to": "2024-01-31"}}
    )
    mine, theirs = headers(officer, "read"), headers(stranger, "read")
    for path, rows in (("/api/v1/datasets", 1), ("/api/v1/areas", 3)):
        assert len(client.get(path, headers=mine).json()) == rows
        assert client.get(path, headers=theirs).json() == []
    for path in (f"/api/v1/imports/{run.pk}", f"/api/v1/datasets/{run.dataset.sha256}"):
        assert client.get(path, headers=mine).status_code == 200
        assert client.get(path, headers=theirs).status_code == 404
        assert client.get(path).status_code == 401
