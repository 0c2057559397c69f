"""An export of a form through the database: what counts, who may, what the ledger says, what is left after a kill."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from custodes.collection.actions import export_form, start_export
from custodes.collection.errors import ExportNotFound
from custodes.collection.exports import workbook
from custodes.collection.exports.records import ExportFormat
from custodes.collection.models import (
    Attachment,
    Device,
    Export,
    Form,
    FormUpload,
    FormVersion,
    Question,
    QuestionColumn,
    QuestionVersion,
    Revision,
    Submission,
)
from custodes.collection.queries import export_for, exports_for
from custodes.collection.xlsform.conversion import convert_form
from custodes.evidence.errors import Problem
from custodes.jobs.actions import work_on
from custodes.jobs.models import JobState
from custodes.ledger.models import Entry, Sensitivity
from custodes.people.errors import NotAllowed
from custodes.people.models import RoleGrant
from tests.collection.exports.conftest import read_zip

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def form(db) -> Form:
    return Form.objects.create(
        xform_id="small", title="Small", programme="", series="small", licence="CC0-1.0", provenance="A test", created_by="system"
    )  # fmt: skip


@pytest.fixture
def publish(form, settings):
    """Publish a version with these survey rows, whose questions are known by column."""

    def make(version: str, *rows: str, **columns: str) -> FormVersion:
        text = "\n".join(["| survey |", "| | type | name | label |", *(f"| | {row} |" for row in rows)])
        content = convert_form(text.encode(), file_name="small.md").xform.encode()
        sha256 = hashlib.sha256(content).hexdigest()
        place = Path(settings.MEDIA_ROOT) / "forms" / sha256[:2] / f"{sha256}.xml"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        upload = FormUpload.objects.create(form=form, file_name="small.md", file_bytes=1, created_by="system")
        made = FormVersion.objects.create(
            form=form, upload=upload, number=form.versions.count() + 1, version=version, title="Small", xform_sha256=sha256,
            xform_md5="0" * 32, xform_bytes=len(content), created_by="system",
        )  # fmt: skip
        for position, (name, column) in enumerate(columns.items()):
            known = QuestionColumn.objects.filter(form=form, name=column).first()
            question = known.question if known else Question.objects.create(form=form, created_by="system")
            if known is None:
                QuestionColumn.objects.create(form=form, question=question, type="text", name=column)
            QuestionVersion.objects.create(
                question=question, version=made, position=position, path=f"/data/{name}", type="text"
            )
        return made

    return make


@pytest.fixture
def receive(form):
    """Receive a record; minutes tell when."""

    def make(key: str, inner: str, *, version: str = "1", minute: int = 0, **fields) -> Submission:
        xml = f'<data id="small" version="{version}">{inner}<meta><instanceID>{key}</instanceID></meta></data>'.encode()
        when = BEGIN + timedelta(minutes=minute)
        row = Submission.objects.create(
            form=form, instance_id=key, version_text=version, received_at=when,
            version=form.versions.filter(version=version).first(), **fields,
        )  # fmt: skip
        row.current = Revision.objects.create(
            submission=row, instance_id=key, xml=xml, sha256=hashlib.sha256(xml).hexdigest(), canonical_sha256="0" * 64,
            version_text=version, received_at=when, device_name="collect:7",
        )  # fmt: skip
        row.save()
        return row

    return make


def rows_of(export: Export) -> list[dict[str, str]]:
    return read_zip(Path(export.file.path))["record"]


def test_export_holds_what_counts_in_the_order_of_arrival(form, publish, receive, officer):
    publish("1", "text | name | N", name="name")
    receive("uuid:b", "<name>Bob</name>", minute=2)
    receive("uuid:a", "<name>Awa</name>", minute=1, inbox=Submission.Inbox.LATE)
    receive("uuid:test", "<name>Trial</name>", is_test=True)
    receive("uuid:gone", "<name>Gone</name>", deleted_at=timezone.now())

    export = export_form(form, by=officer, kind=ExportFormat.CSV)

    assert [(row["key"], row["name"], row["record_inbox"]) for row in rows_of(export)] == [
        ("uuid:a", "Awa", "late"),
        ("uuid:b", "Bob", ""),
    ]
    assert (export.records, export.rows, export.file_name) == (2, {"record": 2}, "small.zip")


def test_versions_share_the_columns_of_their_questions(form, publish, receive, officer):
    publish("1", "text | name | N", name="name")
    publish("2", "text | full_name | N", "integer | age | A", full_name="name", age="age")
    receive("uuid:1", "<name>Awa</name>")
    receive("uuid:2", "<full_name>Bob</full_name><age>7</age>", version="2", minute=1)
    receive("uuid:3", "<other>x</other>", version="9", minute=2)

    rows = rows_of(export_form(form, by=officer, kind=ExportFormat.CSV))

    assert [(row["name"], row["age"], row["record_version"]) for row in rows] == [
        ("Awa", "", "1"),
        ("Bob", "7", "2"),
        ("", "", ""),
    ]
    assert '"/other": ["x"]' in rows[2]["record_unmapped"]


def test_merged_question_fills_the_column_that_it_was_merged_into(form, publish, receive, officer):
    publish("1", "text | name | N", name="name")
    publish("2", "text | called | N", called="called")
    name = Question.objects.get(columns__name="name")
    Question.objects.filter(columns__name="called").update(merged_into=name)
    receive("uuid:1", "<called>Awa</called>", version="2")

    assert rows_of(export_form(form, by=officer, kind=ExportFormat.CSV))[0]["name"] == "Awa"


def test_edit_is_exported_in_the_place_of_what_it_edits(form, publish, receive, officer):
    publish("1", "text | name | N", name="name")
    row = receive("uuid:1", "<name>Awa</name>")
    export_form(form, by=officer, kind=ExportFormat.CSV)
    xml = b"<data><name>Awa K.</name></data>"
    row.current = Revision.objects.create(
        submission=row, kind="edit", instance_id="uuid:2", deprecated_id="uuid:1", xml=xml, sha256=hashlib.sha256(xml).hexdigest(),
        canonical_sha256="1" * 64, version_text="1", received_at=BEGIN,
    )  # fmt: skip
    row.save()

    rows = rows_of(export_form(form, by=officer, kind=ExportFormat.CSV))

    assert [(each["key"], each["name"]) for each in rows] == [("uuid:1", "Awa K.")]


def test_only_the_states_asked_for_are_exported(form, publish, receive, officer):
    publish("1", "text | name | N", name="name")
    receive("uuid:1", "<name>Awa</name>", state="approved")
    receive("uuid:2", "<name>Bob</name>", state="rejected")

    export = export_form(form, by=officer, kind=ExportFormat.CSV, states=["approved"])

    assert [row["key"] for row in rows_of(export)] == ["uuid:1"]


def test_device_and_files_of_a_record_are_told(form, publish, receive, officer):
    publish("1", "text | name | N", name="name")
    device = Device.objects.create(label="Team 3", key_sha256="0" * 64, ends=BEGIN.date(), created_by="system")
    row = receive("uuid:1", "<name>Awa</name>", device=device)
    for sha256 in ("1" * 64, "2" * 64):
        Attachment.objects.create(submission=row, name="a.jpg", sha256=sha256, bytes=1, received_at=BEGIN)

    told = rows_of(export_form(form, by=officer, kind=ExportFormat.CSV))[0]

    assert [told[f"record_{name}"] for name in ("enumerator", "device", "attachments")] == [
        "Team 3",
        "collect:7",
        '["a.jpg"]',
    ]


def test_same_records_make_one_file(form, publish, receive, officer):
    publish("1", "text | name | N", name="name")
    receive("uuid:1", "<name>Awa</name>")

    first, again = (export_form(form, by=officer, kind=ExportFormat.PARQUET) for _ in range(2))

    assert (first.pk, first.file_sha256, first.file.name) != (again.pk, "", "")
    assert (first.file_sha256, first.file.name) == (again.file_sha256, again.file.name)
    assert hashlib.sha256(Path(again.file.path).read_bytes()).hexdigest() == again.file_sha256


def test_ledger_tells_who_took_which_bytes_away(form, publish, receive, officer):
    publish("1", "text | name | N", name="name")
    receive("uuid:1", "<name>Awa</name>")

    export = export_form(form, by=officer, kind=ExportFormat.CSV)

    entry = Entry.objects.get(act="export.make")
    assert (entry.subject, entry.actor, entry.role) == (f"export:{export.pk}", officer.reference, "me_officer")
    assert entry.what == {"form": form.pk, "kind": "csv", "records": 1, "sha256": export.file_sha256}
    assert Entry.objects.filter(act="export.start", subject=f"export:{export.pk}").exists()


def test_export_of_a_form_beyond_the_grant_is_refused_and_hidden(form, officer, stranger, publish):
    publish("1", "text | name | N", name="name")
    export = export_form(form, by=officer, kind=ExportFormat.CSV)
    Form.objects.filter(pk=form.pk).update(sensitivity=Sensitivity.CONFIDENTIAL)
    form.refresh_from_db()
    RoleGrant.objects.filter(account=officer).update(sensitivity=Sensitivity.RESTRICTED)

    for account in (type(officer).objects.get(pk=officer.pk), stranger):
        with pytest.raises(NotAllowed):
            start_export(form, by=account, kind=ExportFormat.CSV)
        with pytest.raises(ExportNotFound):
            export_for(account, export.pk)
        assert list(exports_for(account)) == []


def test_grant_that_ended_before_the_work_began_stops_it(form, officer, publish):
    publish("1", "text | name | N", name="name")
    export = start_export(form, by=officer, kind=ExportFormat.CSV)
    RoleGrant.objects.all().delete()

    work_on("collection.export", export.pk)

    export.refresh_from_db()
    assert (export.state, export.problem["code"], export.file.name) == (JobState.FAILED, "people.not-allowed", "")
    assert not Entry.objects.filter(act="export.make").exists()


def test_refusal_of_a_format_is_told_and_leaves_nothing(form, publish, receive, officer, monkeypatch, settings):
    publish("1", "text | name | N", name="name")
    receive("uuid:1", "<name>Awa</name>")
    monkeypatch.setattr(workbook, "MOST_CELLS", 1)

    with pytest.raises(Problem, match="Choose CSV or Parquet"):
        export_form(form, by=officer, kind=ExportFormat.XLSX)

    assert list((Path(settings.MEDIA_ROOT) / "exports").iterdir()) == []
