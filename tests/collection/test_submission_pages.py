"""What devices sent, on pages: for those who may take it away, and for nobody else."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from custodes.collection.models import Attachment, Export, Question, QuestionVersion, Revision, Submission
from custodes.collection.rules.answers import Answer, answers_in
from custodes.jobs.actions import work_on
from custodes.people.rules import Role
from tests.factories import make_account, make_form, make_grant

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def form(db):
    form = make_form()
    version = form.versions.get()
    choices = [{"name": "y", "labels": {"English (en)": "Yes"}}, {"name": "n", "labels": {"English (en)": "No"}}]
    for position, (path, kind, label, offered) in enumerate(
        [("/data/name", "text", "Your name?", []), ("/data/visit/safe", "select_one", "Do you feel safe?", choices)]
    ):
        question = Question.objects.create(form=form, created_by="system")
        QuestionVersion.objects.create(
            question=question, version=version, position=position, path=path, type=kind, labels={"English (en)": label}, choices=offered
        )  # fmt: skip
    return form


@pytest.fixture
def receive(form):
    """Receive a submission some minutes after the first."""

    def make(key: str, inner: str, *, minute: int = 0, **fields) -> Submission:
        xml = (
            f'<data id="{form.xform_id}" version="1">{inner}<meta><instanceID>{key}</instanceID></meta></data>'.encode()
        )
        when = BEGIN + timedelta(minutes=minute)
        row = Submission.objects.create(
            form=form, instance_id=key, version=form.versions.get(), version_text="1", received_at=when, **fields
        )
        row.current = Revision.objects.create(
            submission=row, instance_id=key, xml=xml, sha256=hashlib.sha256(xml).hexdigest(), canonical_sha256="0" * 64, received_at=when
        )  # fmt: skip
        row.save()
        return row

    return make


def _page(client, name: str, *arguments, query: str = "") -> str:
    answer = client.get(reverse(name, args=arguments) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_list_shows_what_was_sent_newest_first_and_what_must_be_looked_at(client, form, receive, officer):
    receive("uuid:first", "<name>Awa</name>")
    receive("uuid:second", "<name>Bob</name>", minute=1, inbox=Submission.Inbox.CONFLICT)
    receive("uuid:gone", "<name>Cy</name>", deleted_at=BEGIN)
    client.force_login(officer)

    page = _page(client, "submission-list", form.pk)
    conflicts = _page(client, "submission-list", form.pk, query="?inbox=conflict")

    assert page.index("uuid:second") < page.index("uuid:first")
    assert "uuid:gone" not in page
    assert "Another content under the same id</a>: 1" in page
    assert "uuid:second" in conflicts
    assert "uuid:first" not in conflicts
    assert "</a>: 2" in _page(client, "form-detail", form.pk)


def test_answers_stand_beside_their_questions_and_choices_beside_their_codes(client, form, receive, officer):
    row = receive(
        "uuid:1", "<name>Awa &lt;b&gt;</name><visit><safe>y</safe></visit><visit><safe>n</safe></visit><new>7</new>"
    )
    client.force_login(officer)

    page = _page(client, "submission-detail", form.pk, row.pk)

    for part in (
        "Your name?",
        "Awa &lt;b&gt;",
        "Do you feel safe?",
        "<bdi>y</bdi>: <bdi>Yes</bdi>",
        "<bdi>n</bdi>: <bdi>No</bdi>",
        ">new<",
        "<bdi>7</bdi>",
    ):
        assert part in page
    assert "instanceID" not in page


def test_file_of_a_submission_is_saved_and_never_shown(client, form, receive, officer, settings):
    row = receive("uuid:1", "<photo>a.svg</photo>")
    content = b"<svg onload='alert(1)'/>"
    sha256 = hashlib.sha256(content).hexdigest()
    place = Path(settings.MEDIA_ROOT) / "attachments" / sha256[:2] / sha256
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    file = Attachment.objects.create(submission=row, name="a.svg", sha256=sha256, bytes=len(content), received_at=BEGIN)
    client.force_login(officer)

    answer = client.get(reverse("submission-file", args=[form.pk, row.pk, file.pk]))

    assert b"".join(answer.streaming_content) == content
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("role", [Role.PROGRAMME_MANAGER, Role.VERIFIER, Role.DONOR])
def test_those_who_may_not_take_records_away_see_none_of_them(client, form, receive, role):
    row = receive("uuid:1", "<name>Awa</name>")
    client.force_login(make_account(role))

    for name, arguments in (("submission-list", [form.pk]), ("submission-detail", [form.pk, row.pk])):
        answer = client.get(reverse(name, args=arguments))
        assert answer.status_code in (403, 404)
        assert b"Awa" not in answer.content
    assert client.post(reverse("export-new", args=[form.pk]), {"kind": "csv"}).status_code in (403, 404)
    assert not Export.objects.exists()


def test_submission_of_another_form_is_not_found_under_this_one(client, form, receive, officer):
    row = receive("uuid:1", "<name>Awa</name>")
    client.force_login(officer)

    assert client.get(reverse("submission-detail", args=[make_form().pk, row.pk])).status_code == 404


def test_grant_of_another_programme_opens_nothing(client, form, receive):
    receive("uuid:1", "<name>Awa</name>")
    account = make_account()
    make_grant(account, Role.ME_OFFICER, programme="another")
    form.programme = "courts"
    form.save()
    client.force_login(account)

    assert client.get(reverse("submission-list", args=[form.pk])).status_code == 404


def test_file_of_everything_is_asked_for_and_taken_on_the_page(client, form, receive, officer):
    receive("uuid:1", "<name>Awa</name>")
    client.force_login(officer)

    asked = client.post(reverse("export-new", args=[form.pk]), {"kind": "csv"})
    waiting = _page(client, "submission-list", form.pk)
    work_on("collection.export", Export.objects.get().pk)
    done = _page(client, "submission-list", form.pk)
    file = client.get(reverse("export-file", args=[Export.objects.get().pk]))

    assert asked.headers["Location"] == reverse("submission-list", args=[form.pk])
    assert "Being made" in waiting
    assert 'http-equiv="refresh"' in waiting
    assert 'http-equiv="refresh"' not in done
    assert b"".join(file.streaming_content).startswith(b"PK")


def test_answers_keep_their_order_and_tell_repeats_apart():
    xml = b"<data xmlns:o='x'><a> 1 </a><r><b>2</b></r><r><b/><c>3</c></r><empty/><o:meta><o:instanceID>u</o:instanceID></o:meta></data>"

    assert answers_in(xml) == (Answer("/data/a", "", "1"), Answer("/data/r/b", "1", "2"), Answer("/data/r/c", "2", "3"))


def test_what_came_before_its_version_joins_it_when_that_is_published(publish, send_form, officer):
    first = publish("text|name|Your name?", version="1")
    early = Submission.objects.create(
        form=first.form, instance_id="uuid:early", version_text="2", received_at=BEGIN, inbox=Submission.Inbox.UNKNOWN_VERSION
    )  # fmt: skip

    second = publish("text|name|Your name?", "integer|age|Your age?", version="2", form=first.form)

    early.refresh_from_db()
    assert (early.version, early.inbox) == (second, "")
