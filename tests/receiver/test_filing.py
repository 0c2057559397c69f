"""What becomes of arrivals, in any order, alone or in one batch; on SQLite and on PostgreSQL."""

import sqlite3
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custodes.collection.actions import adopt_known_versions
from custodes.collection.models import Attachment, Revision, Submission
from custodes.collection.receiver.arrivals import Arrival, StoredFile
from custodes.collection.receiver.scanning import scan
from custodes.collection.receiver.writer import _failed, write
from custodes.ledger.models import Entry
from custodes.ledger.queries import checked_chain
from custodes.portal.queries.fingerprint import public_fingerprint
from tests.factories import make_device, make_form, make_form_version
from tests.receiver.server import instance, sha256

pytestmark = pytest.mark.django_db
WHEN = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def form():
    return make_form("household")


@pytest.fixture
def device(form):
    return make_device(form)


def arrival(device, xml: bytes, *files: bytes) -> Arrival:
    stored = tuple(StoredFile(f"{sha256(each)[:4]}.jpg", sha256(each), len(each), "image/jpeg", True) for each in files)
    scope = frozenset(device.forms.values_list("pk", flat=True))
    return Arrival(device.pk, scope, "imei:1", scan(xml), xml, stored, WHEN)


def statuses(*arrivals: Arrival) -> list[int]:
    return [answer.status for answer in write(arrivals)]


def test_one_batch_sees_what_its_earlier_parts_did(device):
    a, b, c = instance("a"), instance("b", deprecated="a"), instance("c", deprecated="b")

    found = statuses(
        arrival(device, a), arrival(device, a, b"x"), arrival(device, b), arrival(device, b), arrival(device, c),
        arrival(device, instance("a", trust="no")), arrival(device, instance("z")),
    )  # fmt: skip

    assert found == [201, 201, 201, 201, 201, 202, 201]
    submission = Submission.objects.get(instance_id="a")
    assert submission.current.instance_id == "c"
    assert submission.revisions.count() == 4
    assert Attachment.objects.get().submission == submission
    assert Entry.objects.filter(act="submission.receive").count() == 1
    assert len(Entry.objects.get(act="submission.receive").what["received"]) == 6  # the repetition of b is no news


CHAIN = ("d", "e1", "e2", "e3")


def links() -> list[tuple[str, str]]:
    return [("d", ""), ("e1", "d"), ("e2", "e1"), ("e3", "e2")]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_corrections_end_in_the_same_place_whatever_their_order_and_repetition(device, data):
    """Against what they must end in: one submission, every revision once, the last of the chain current."""
    sent = data.draw(st.permutations(links()))
    again = data.draw(st.lists(st.sampled_from(links()), max_size=4))
    order = data.draw(st.permutations([*sent, *again]))
    cuts = data.draw(st.lists(st.integers(0, len(order)), max_size=3).map(sorted))
    with transaction.atomic():
        for first, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
            batch = [
                arrival(device, instance(name, trust=name, deprecated=parent), name.encode())
                for name, parent in order[first:end]
            ]
            if batch:
                assert set(statuses(*batch)) <= {201, 202}

        submission = Submission.objects.get()
        revisions = sorted(submission.revisions.values_list("instance_id", "kind"))
        files = sorted(submission.attachments.values_list("sha256", flat=True))
        found = (submission.instance_id, submission.current.instance_id, submission.inbox, revisions, files)
        checked_chain()
        transaction.set_rollback(True)

    kinds = [("d", "original"), ("e1", "edit"), ("e2", "edit"), ("e3", "edit")]
    assert found == ("d", "e3", "", kinds, sorted(sha256(name.encode()) for name in CHAIN))


def test_two_corrections_of_one_that_is_not_here_are_compared_by_a_person(device):
    assert statuses(arrival(device, instance("e", trust="no", deprecated="d"))) == [202]
    assert statuses(arrival(device, instance("f", trust="perhaps", deprecated="d"))) == [202]
    assert statuses(arrival(device, instance("d"))) == [201]

    submission = Submission.objects.get()
    assert (submission.instance_id, submission.inbox, submission.current.instance_id) == ("d", "conflict", "e")
    assert sorted(submission.revisions.values_list("instance_id", "kind")) == [
        ("d", "original"), ("e", "edit"), ("f", "branch"),
    ]  # fmt: skip


def test_correction_of_a_closed_form_leaves_what_counts(device, form):
    statuses(arrival(device, instance("a")))
    form.state = "closed"
    form.save()

    assert statuses(arrival(device, instance("b", trust="no", deprecated="a"))) == [202]
    assert statuses(arrival(device, instance("a", photo="p"), b"p")) == [202]  # another content of what was in time
    assert statuses(arrival(device, instance("a"), b"q")) == [201]
    submission = Submission.objects.get()
    assert submission.current.instance_id == "a"
    assert submission.attachments.count() == 2


def test_version_that_is_published_later_adopts_what_waits(device, form):
    statuses(arrival(device, instance("a", version="2")), arrival(device, instance("b", version="3")))
    statuses(arrival(device, instance("c", version="2", deprecated="nowhere")))

    version = make_form_version(form, version="2")

    assert adopt_known_versions() == 1
    found = Submission.objects.order_by("instance_id").values_list("instance_id", "version", "inbox")
    assert list(found) == [("a", version.pk, ""), ("b", None, "version"), ("c", version.pk, "parent")]
    assert adopt_known_versions() == 0


def test_what_the_database_refuses_takes_no_other_with_it(device):
    ghost = Arrival(10**9, arrival(device, instance("x")).forms, "", scan(instance("x")), instance("x"), (), WHEN)
    with transaction.atomic():
        if connection.vendor == "sqlite":
            connection.cursor().execute(
                "CREATE TEMP TRIGGER no_ghost BEFORE INSERT ON collection_submission WHEN NEW.instance_id = 'x'"
                " BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed'); END"
            )
        else:
            connection.cursor().execute("ALTER TABLE collection_submission ADD CHECK (instance_id <> 'x')")

        answers = write([arrival(device, instance("a")), ghost, arrival(device, instance("b"))])
        rows = sorted(Submission.objects.values_list("instance_id", flat=True))
        transaction.set_rollback(True)
    if connection.vendor == "sqlite":
        connection.cursor().execute("DROP TRIGGER IF EXISTS no_ghost")

    assert [answer.status for answer in answers] == [201, 503, 201]
    assert rows == ["a", "b"]


def test_public_pages_are_not_made_anew_for_what_arrives(device):
    before = public_fingerprint("page")

    statuses(arrival(device, instance("a")))

    assert Entry.objects.filter(act="submission.receive").exists()
    assert public_fingerprint("page") == before


def test_full_disk_under_the_database_is_told_as_such():
    small = sqlite3.connect(":memory:")
    small.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as full:
        small.executescript("CREATE TABLE a (b); CREATE TABLE c (d); CREATE TABLE e (f);")
    small.close()
    error = OperationalError(str(full.value))
    error.__cause__ = full.value

    assert _failed(error).status == 507
    assert _failed(OperationalError("database is locked")).status == 503


def test_batch_of_new_submissions_asks_no_more_than_one(device):
    def queries(count: int, name: str) -> int:
        batch = [arrival(device, instance(f"{name}{number}"), b"photo") for number in range(count)]
        with CaptureQueriesContext(connection) as captured:
            write(batch)
        return len(captured)

    assert queries(1, "one") == queries(50, "many")
    assert Revision.objects.count() == 51
