"""Files and forms sent, and data sets and forms read with a token."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from custodes.collection.models import ImportRun
from custodes.jobs.actions import work_on
from custodes.people.actions import token_digest
from custodes.people.models import ApiToken
from tests.collection.conftest import FORM_WORDS, WORDS, form_text


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


def _upload_form(client, token, text, **words):
    file = SimpleUploadedFile("form.md", text.encode())
    return client.post("/api/v1/forms/uploads", {"file": file, **words}, headers=token)


def _post(client, path, body, token):
    return client.post(path, body, content_type="application/json", headers=token)


def test_form_is_sent_published_closed_and_read_with_a_token(client, officer, headers, converted_here):
    token = headers(officer, "read", "write:forms")
    sent = _upload_form(client, token, form_text("text|name|Name", "integer|age|Age"))
    assert sent.status_code == 202, sent.content
    pk = sent.json()["id"]
    work_on("collection.formupload", pk)
    ready = client.get(f"/api/v1/forms/uploads/{pk}", headers=token).json()
    assert (ready["stage"], ready["problems"], [each["name"] for each in ready["summary"]["questions"]]) == (
        "ready", [], ["name", "age"],
    )  # fmt: skip
    lacking = _post(client, f"/api/v1/forms/uploads/{pk}/publish", {}, token)
    assert (lacking.status_code, lacking.json()["code"]) == (400, "collection.mapping-invalid")
    version = _post(client, f"/api/v1/forms/uploads/{pk}/publish", FORM_WORDS, token)
    assert version.status_code == 200, version.content
    form = client.get("/api/v1/forms", headers=token).json()[0]
    assert (form["state"], form["current_version"]) == ("open", "1")
    questions = client.get(f"/api/v1/forms/{form['id']}/versions/1/questions", headers=token).json()
    assert [(each["path"], each["columns"]) for each in questions[:2]] == [
        ("/data/name", ["name"]),
        ("/data/age", ["age"]),
    ]
    closed = _post(client, f"/api/v1/forms/{form['id']}/state", {"state": "closed", "reason": "Over."}, token)
    assert closed.json()["state"] == "closed"
    again = _post(client, f"/api/v1/forms/{form['id']}/state", {"state": "closing", "reason": "x"}, token)
    assert (again.status_code, again.json()["code"]) == (409, "collection.form-state-not-allowed")
    assert len(client.get(f"/api/v1/forms/{form['id']}", headers=token).json()["versions"]) == 1


def test_list_of_choices_is_added_with_a_token(client, officer, headers, send_form):
    token = headers(officer, "read", "write:forms")
    upload = send_form("select_one_from_file towns.csv|town|Which?")
    file = SimpleUploadedFile("towns.csv", b"name,label\na,A\n")
    answer = client.post(f"/api/v1/forms/uploads/{upload.pk}/media", {"file": file}, headers=token)
    assert (answer.status_code, answer.json()["media"]) == (200, ["towns.csv"])


def test_token_without_the_scope_of_forms_changes_none(client, officer, headers, publish, send_form):
    form = publish("text|name|Name").form
    upload = send_form("text|name|Name", version="2")
    token = headers(officer, "read", "write:imports")
    assert _upload_form(client, token, form_text("text|name|Name")).status_code == 403
    assert _post(client, f"/api/v1/forms/uploads/{upload.pk}/publish", {}, token).status_code == 403
    assert _post(client, f"/api/v1/forms/{form.pk}/state", {"state": "closed", "reason": "x"}, token).status_code == 403
    assert form.versions.count() == 1


def test_i25_token_of_an_account_without_a_grant_reads_no_form(client, officer, stranger, headers, publish):
    version = publish("text|name|Name")
    mine, theirs = headers(officer, "read"), headers(stranger, "read")
    assert len(client.get("/api/v1/forms", headers=mine).json()) == 1
    assert client.get("/api/v1/forms", headers=theirs).json() == []
    pages = (
        f"/api/v1/forms/{version.form_id}", f"/api/v1/forms/uploads/{version.upload_id}",
        f"/api/v1/forms/{version.form_id}/versions/1/questions",
    )  # fmt: skip
    for path in pages:
        assert client.get(path, headers=mine).status_code == 200
        assert client.get(path, headers=theirs).status_code == 404
