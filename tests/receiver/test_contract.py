"""Every row of the contract (docs/reference/openrosa.md) against a real server over real HTTP: sending."""

import json
import threading
import uuid

import pytest

from tests.receiver.server import OTHER_KEY, form_data, instance, sha256

pytestmark = pytest.mark.timeout(290)
LENGTH = "x-openrosa-accept-content-length"


def new_id() -> str:
    return f"uuid:{uuid.uuid4()}"


def test_new_submission_is_created_with_its_attachment(server):
    name, photo = new_id(), b"\xff\xd8 a photo " * 1000

    reply = server.send(instance(name, photo="one.jpg"), {"one.jpg": photo})

    assert reply.status == 201, reply.text
    assert reply.headers["location"].endswith(f"/submission/receipt/{name.replace(':', '%3A')}")
    assert reply.headers["x-openrosa-version"] == "1.0"
    assert reply.headers[LENGTH] == "100000000"
    assert "date" in reply.headers
    assert server.kept(sha256(photo)) == photo
    xml = server.rows_of("SELECT xml FROM collection_revision WHERE instance_id = ?", name)
    assert xml == [(instance(name, photo="one.jpg"),)]
    state = server.rows_of(
        "SELECT state, inbox, is_test, version_id FROM collection_submission WHERE instance_id = ?", name
    )
    assert state == [("received", "", 0, server.rows["household"])]


def test_new_submission_is_created_from_a_chunked_body_without_length(server):
    name, photo = new_id(), b"p" * 100_001
    body, headers = form_data(instance(name), {"p.jpg": photo})
    pieces = iter([body[at : at + 997] for at in range(0, len(body), 997)])

    reply = server.ask("POST", "submission", pieces, headers | {"Transfer-Encoding": "chunked"}, chunked=True)

    assert reply.status == 201, reply.text
    assert server.count("submission", name) == 1
    assert server.kept(sha256(photo)) == photo


def test_identical_bytes_are_received_again_and_counted(server):
    name = new_id()

    statuses = [server.send(instance(name)).status for _ in range(3)]

    assert statuses == [201, 201, 201]
    assert server.count("revision", name) == server.count("submission", name) == 1
    assert server.rows_of("SELECT repeats FROM collection_revision WHERE instance_id = ?", name) == [(2,)]


def test_eight_parallel_identical_posts_are_always_created(server):
    for _round in range(20):
        name, statuses = new_id(), []
        xml, files = instance(name, photo="one.jpg"), {"one.jpg": name.encode() * 100}
        gate = threading.Barrier(8)

        def post(xml=xml, files=files, statuses=statuses, gate=gate):
            gate.wait()
            statuses.append(server.send(xml, files).status)

        threads = [threading.Thread(target=post) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert statuses == [201] * 8
        assert server.count("submission", name) == server.count("revision", name) == 1
        assert server.rows_of(
            "SELECT count(*) FROM collection_attachment WHERE sha256 = ?", sha256(files["one.jpg"])
        ) == [(1,)]


def test_other_bytes_of_the_same_content_are_kept_without_a_second_row(server):
    name = new_id()
    first = instance(name)
    other = first.replace(b'<data id="household" version="1">', b'<data  version="1"  id="household" >').replace(
        b"<photo></photo>", b"<photo/>"
    )

    assert (server.send(first).status, server.send(other).status, server.send(other).status) == (201, 201, 201)

    assert server.count("revision", name) == 1
    assert server.rows_of("SELECT xml FROM collection_variant WHERE sha256 = ?", sha256(other)) == [(other,)]


def test_other_content_under_the_same_id_waits_in_the_inbox(server):
    name = new_id()
    server.send(instance(name, trust="yes"))

    replies = [server.send(instance(name, trust="no")) for _ in range(2)]

    assert [reply.status for reply in replies] == [202, 202]
    assert "compare" in replies[0].text
    found = server.rows_of("SELECT kind, repeats FROM collection_revision WHERE instance_id = ? ORDER BY id", name)
    assert found == [("original", 0), ("conflict", 1)]
    current = server.rows_of(
        "SELECT r.sha256, s.inbox FROM collection_submission s JOIN collection_revision r ON r.id = s.current_id"
        " WHERE s.instance_id = ?",
        name,
    )
    assert current == [(sha256(instance(name, trust="yes")), "conflict")]


def test_attachments_may_come_later_and_again_and_unnamed(server):
    name = new_id()
    xml = instance(name, photo="a.jpg")

    statuses = [
        server.send(xml, files).status
        for files in ({}, {"a.jpg": b"one"}, {"a.jpg": b"one"}, {"a.jpg": b"two"}, {"stray.bin": b"three"})
    ]

    assert statuses == [201] * 5
    found = server.rows_of(
        "SELECT a.name, a.sha256, a.is_named FROM collection_attachment a JOIN collection_submission s ON s.id = a.submission_id"
        " WHERE s.instance_id = ? ORDER BY a.id",
        name,
    )
    assert found == [("a.jpg", sha256(b"one"), 1), ("a.jpg", sha256(b"two"), 1), ("stray.bin", sha256(b"three"), 0)]
    assert server.rows_of("SELECT repeats FROM collection_revision WHERE instance_id = ?", name) == [(1,)]


def test_edit_of_the_current_revision_counts_and_of_an_older_one_is_a_branch(server):
    first, second, third = new_id(), new_id(), new_id()
    server.send(instance(first))
    server.rows_of("UPDATE collection_submission SET state = 'approved' WHERE instance_id = ?", first)

    edit = server.send(instance(second, trust="no", deprecated=first))
    branch = server.send(instance(third, trust="perhaps", deprecated=first))

    assert (edit.status, branch.status) == (201, 202)
    found = server.rows_of(
        "SELECT r.instance_id, r.kind FROM collection_revision r JOIN collection_submission s ON s.id = r.submission_id"
        " WHERE s.instance_id = ? ORDER BY r.id",
        first,
    )
    assert found == [(first, "original"), (second, "edit"), (third, "branch")]
    state = server.rows_of(
        "SELECT r.instance_id, s.inbox, s.state FROM collection_submission s JOIN collection_revision r ON r.id = s.current_id"
        " WHERE s.instance_id = ?",
        first,
    )
    assert state == [(second, "conflict", "received")]


def test_edit_that_overtook_its_original_waits_and_joins_it(server):
    first, second = new_id(), new_id()

    waits = server.send(instance(second, trust="no", deprecated=first))
    again = server.send(instance(second, trust="no", deprecated=first))
    arrives = server.send(instance(first))

    assert (waits.status, again.status, arrives.status) == (202, 202, 201)
    assert server.count("submission", second) == 0
    state = server.rows_of(
        "SELECT r.instance_id, s.inbox FROM collection_submission s JOIN collection_revision r ON r.id = s.current_id"
        " WHERE s.instance_id = ?",
        first,
    )
    assert state == [(second, "")]
    assert server.send(instance(second, trust="no", deprecated=first)).status == 201


def test_unknown_version_is_kept(server):
    name = new_id()

    reply = server.send(instance(name, version="99"))

    assert reply.status == 202
    found = server.rows_of(
        "SELECT inbox, version_id, version_text FROM collection_submission WHERE instance_id = ?", name
    )
    assert found == [("version", None, "99")]


def test_unknown_form_is_named(server):
    reply = server.send(instance(new_id(), form="nowhere"))

    assert reply.status == 404
    assert "nowhere" in reply.text


def test_form_of_another_device_is_refused_and_not_stored(server):
    name = new_id()

    assert server.send(instance(name, form="secret")).status == 403
    assert server.count("submission", name) == 0
    assert server.send(instance(name, form="secret"), key=OTHER_KEY).status == 201


def test_closing_form_accepts_and_closed_form_keeps_or_refuses(server):
    names = [new_id(), new_id(), new_id()]

    replies = [
        server.send(instance(name, form=form))
        for name, form in zip(names, ("closing", "closed", "refusing"), strict=True)
    ]

    assert [reply.status for reply in replies] == [201, 202, 403]
    inboxes = [server.rows_of("SELECT inbox FROM collection_submission WHERE instance_id = ?", name) for name in names]
    assert inboxes == [[("",)], [("late",)], []]


def test_draft_takes_tests_apart(server):
    name = new_id()

    assert server.send(instance(name, form="draft", version="7")).status == 201
    assert server.rows_of("SELECT is_test, inbox FROM collection_submission WHERE instance_id = ?", name) == [(1, "")]


def test_submission_without_id_gets_the_same_one_each_time(server):
    xml = instance(trust=str(uuid.uuid4()))

    replies = [server.send(xml) for _ in range(2)] + [server.send(xml, key=OTHER_KEY)]

    assert [reply.status for reply in replies] == [201, 201, 201]
    assert replies[0].headers["location"] == replies[1].headers["location"]
    found = server.rows_of("SELECT repeats FROM collection_revision WHERE sha256 = ? ORDER BY id", sha256(xml))
    assert found == [(1,), (0,)]


def test_purged_submission_is_acknowledged_and_not_resurrected(server):
    name, later = new_id(), new_id()
    server.rows_of(
        "INSERT INTO collection_tombstone (form_id, instance_id, sha256, purged_at, purged_by, why, repeats)"
        " VALUES (?, ?, '', '2026-01-01', 'account:1', 'asked for', 0)",
        server.rows["form"],
        name,
    )

    assert (server.send(instance(name)).status, server.send(instance(later, deprecated=name)).status) == (201, 201)

    assert server.count("submission", name) == server.count("submission", later) == 0
    assert server.rows_of("SELECT repeats FROM collection_tombstone WHERE instance_id = ?", name) == [(2,)]


def test_what_is_not_a_whole_form_is_refused_by_the_part_at_fault(server):
    body, headers = form_data(instance(new_id()), {})
    twice = body.replace(b"--cut-here--\r\n", b"") + body
    before = server.rows_of("SELECT count(*) FROM collection_revision")

    replies = [
        server.ask("POST", "submission", b"<data/>", {"Content-Type": "text/xml"}),
        server.send(None, {"photo.jpg": b"alone"}),
        server.ask("POST", "submission", body[:-20], headers),
        server.ask("POST", "submission", twice, headers),
        server.send(instance(new_id()), {"a/..": b"", "": b""}),
    ]

    assert [reply.status for reply in replies] == [400] * 5
    said = [reply.text for reply in replies]
    assert "multipart/form-data" in said[0]
    assert "xml_submission_file" in said[1]
    assert "cut off" in said[2]
    assert "twice" in said[3]
    assert server.rows_of("SELECT count(*) FROM collection_revision") == before


def test_head_tells_the_length_and_get_is_not_for_this_address(server):
    head, get = server.ask("HEAD", "submission"), server.ask("GET", "submission")

    assert (head.status, head.headers[LENGTH], head.body) == (204, "100000000", b"")
    assert (get.status, get.headers["allow"]) == (405, "HEAD, POST")


def test_receipt_names_what_is_held_to_who_sent_it(server):
    name = new_id()
    xml = instance(name, photo="a.jpg")
    server.send(xml, {"a.jpg": b"bytes"})

    mine = server.ask("GET", f"submission/receipt/{name}")
    other = server.ask("GET", f"submission/receipt/{name}", key=OTHER_KEY)

    assert mine.status == 200
    found = json.loads(mine.body)
    assert found["xml"] == [sha256(xml)]
    assert found["attachments"] == [{"name": "a.jpg", "sha256": sha256(b"bytes"), "bytes": 5}]
    assert other.status == 404


def test_every_batch_has_one_entry_that_names_its_bytes(server):
    name = new_id()
    xml = instance(name, photo="a.jpg")
    server.send(xml, {"a.jpg": b"named in the ledger"})
    server.send(xml, {"a.jpg": b"named in the ledger"})

    found = server.rows_of(
        "SELECT what FROM ledger_entry WHERE act = 'submission.receive' AND what LIKE ?", f"%{sha256(xml)}%"
    )

    assert len(found) == 1
    assert sha256(b"named in the ledger") in found[0][0]
    assert name not in found[0][0]
