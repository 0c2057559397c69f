"""What devices and disks do wrong: too much, too slowly, cut off, in the way of each other. Each is told so, and nothing is left behind."""

import http.client
import os
import select
import socket
import sqlite3
import threading
import time
import uuid
from pathlib import Path

import pytest

from tests.receiver.server import KEY, Server, form_data, instance, prepare, serving, sha256
from tests.running_site import prepared_folder, shared_folder

pytestmark = pytest.mark.timeout(290)
LIMIT = 300_000
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = prepared_folder(shared_folder(tmp_path_factory), tmp_path_factory.mktemp("faults") / "data")
    prepare(place)
    return place


@pytest.fixture(scope="module")
def strict(folder):
    """A server with small limits and little patience."""
    with serving(
        folder, CUSTODES_SUBMISSIONS__MAX_BYTES=str(LIMIT), CUSTODES_SUBMISSIONS__SLOW_SECONDS="4",
        CUSTODES_SUBMISSIONS__BUSY_SECONDS="1",
    ) as running:  # fmt: skip
        yield running


def new_id() -> str:
    return f"uuid:{uuid.uuid4()}"


def parts_on_disk(server: Server) -> list[Path]:
    return list((server.folder / "media" / "incoming").glob("part-*"))


def wait_until_clean(server: Server) -> None:
    end = time.monotonic() + 10
    while parts_on_disk(server) and time.monotonic() < end:
        time.sleep(0.02)
    assert parts_on_disk(server) == []


def head(length: int | None, *more: str) -> bytes:
    _body, headers = form_data(b"", {})
    lines = [
        f"POST /or/{KEY}/submission HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: {headers['Content-Type']}",
        *more,
    ]
    lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def written_until_closed(connection: socket.socket, piece: bytes, most: int) -> int:
    """Bytes that the server let a client write."""
    for number in range(most):
        try:
            connection.sendall(piece)
        except ConnectionError:
            return number * len(piece)
        time.sleep(0.02)
    return most * len(piece)


def answer(connection: socket.socket) -> bytes:
    """Everything until the server closes, or nothing where it was cut."""
    found = b""
    try:
        while chunk := connection.recv(65536):
            found += chunk
    except ConnectionError:
        pass
    return found


@pytest.mark.parametrize("chunked", [False, True])
def test_too_large_a_request_is_read_on_and_refused(strict, chunked):
    body, headers = form_data(instance(new_id()), {"big.jpg": b"x" * int(1.6 * LIMIT)})
    if chunked:
        pieces = iter([body[at : at + 50_000] for at in range(0, len(body), 50_000)])
        reply = strict.ask("POST", "submission", pieces, headers | {"Transfer-Encoding": "chunked"}, chunked=True)
    else:
        reply = strict.ask("POST", "submission", body, headers)

    assert reply.status == 413
    assert "300,000" in reply.text
    assert reply.headers["x-openrosa-accept-content-length"] == str(LIMIT)
    wait_until_clean(strict)


def test_a_request_beyond_twice_the_limit_is_ended(strict):
    with strict.connected() as connection:
        connection.sendall(head(50 * LIMIT))
        body, _headers = form_data(instance(new_id()), {"big.jpg": b"x" * LIMIT})
        written = written_until_closed(connection, body[:LIMIT], 50)

    assert written < 40 * LIMIT
    wait_until_clean(strict)


def test_a_client_that_asks_before_it_writes_is_refused_at_once(strict):
    with strict.connected() as connection:
        connection.sendall(head(50 * LIMIT, "Expect: 100-continue"))

        assert answer(connection).startswith(b"HTTP/1.1 413 ")


def test_a_slow_client_is_let_go_and_disturbs_nobody(strict):
    body, _headers = form_data(instance(new_id()), {"slow.jpg": b"x" * 10_000})
    slow = [strict.connected() for _ in range(40)]
    for connection in slow:
        connection.sendall(head(len(body)) + body[:700])

    first = strict.send(instance(new_id())).status
    still_waiting = select.select(slow, [], [], 0)[0] == []
    answers = [answer(connection) for connection in slow]

    assert (first, still_waiting) == (201, True)
    assert {each.split(b"\r\n")[0] for each in answers} == {b"HTTP/1.1 408 Request Timeout"}
    for connection in slow:
        connection.close()
    wait_until_clean(strict)


def test_a_request_cut_anywhere_leaves_nothing(strict):
    name = new_id()
    body, _headers = form_data(instance(name), {"cut.jpg": b"y" * 900})
    before = strict.rows_of("SELECT count(*) FROM collection_revision")
    for place in range(0, len(body), 97):
        with strict.connected() as connection:
            connection.sendall(head(len(body)) + body[:place])
    wait_until_clean(strict)

    assert strict.rows_of("SELECT count(*) FROM collection_revision") == before
    assert strict.send(instance(name), {"cut.jpg": b"y" * 900}).status == 201


def test_a_database_in_use_is_waited_for_and_then_said(strict):
    name = new_id()
    other = sqlite3.connect(strict.folder / "custodes.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    busy = strict.send(instance(name))
    other.execute("ROLLBACK")
    other.close()

    assert (busy.status, busy.headers["retry-after"]) == (503, "20")
    assert strict.send(instance(name)).status == 201
    assert strict.count("submission", name) == 1


def test_a_kept_connection_serves_one_submission_after_the_other(strict):
    connection = http.client.HTTPConnection("127.0.0.1", strict.port, timeout=30)
    statuses = []
    for number in range(6):
        form = "nowhere" if number == 2 else "household"
        body, headers = form_data(instance(new_id(), form=form), {"a.jpg": os.urandom(5000)})
        connection.request("POST", f"/or/{KEY}/submission", body, headers)
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()

    assert statuses == [201, 201, 404, 201, 201, 201]


@pytest.mark.skipif(not Path("/usr/bin/prlimit").exists(), reason="needs prlimit (apt-get install util-linux)")
def test_a_full_disk_refuses_what_it_cannot_hold_and_recovers(folder):
    name, small = new_id(), new_id()
    with serving(folder, limit_file_bytes=9 * MEGABYTE) as full:
        refused = full.send(instance(name), {"big.jpg": b"z" * (10 * MEGABYTE)})
        after = full.send(instance(small), {"small.jpg": b"z" * 1000})
        wait_until_clean(full)

        assert (refused.status, after.status) == (507, 201)
        assert "storage is full" in refused.text
        assert (full.count("submission", name), full.count("submission", small)) == (0, 1)
        assert "storage is full" in (folder / "web.log").read_text()


def test_two_hundred_megabytes_are_kept_in_little_memory(folder):
    """And what the list promises of the header: the limit is a setting."""
    name, block = new_id(), os.urandom(MEGABYTE)
    with serving(folder, CUSTODES_SUBMISSIONS__MAX_BYTES=str(210 * MEGABYTE)) as server:
        assert server.send(instance(new_id()), {"first.jpg": block}).status == 201
        before = server.memory_kb()
        empty, headers = form_data(instance(name), {"film.mp4": b""})
        start, end = empty.split(b"\r\n\r\n\r\n--", 1)
        pieces = (piece for piece in [start + b"\r\n\r\n", *[block] * 200, b"\r\n--" + end])

        reply = server.ask("POST", "submission", pieces, headers | {"Transfer-Encoding": "chunked"}, chunked=True)

        assert reply.status == 201, reply.text
        assert server.memory_kb() - before < 20_000
        found = server.rows_of("SELECT sha256, bytes FROM collection_attachment WHERE name = 'film.mp4'")
        assert found == [(sha256(block * 200), 200 * MEGABYTE)]
        path = server.folder / "media" / "attachments" / found[0][0][:2] / found[0][0]
        assert path.stat().st_size == 200 * MEGABYTE
        path.unlink()


def test_a_killed_server_starts_again_and_holds_what_it_acknowledged(folder):
    names = [new_id() for _ in range(5)]
    with serving(folder) as server:
        threads = [threading.Thread(target=server.send, args=(instance(name),)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        server.kill()

    with serving(folder) as again:
        assert [again.count("submission", name) for name in names] == [1] * 5
        assert [again.send(instance(name)).status for name in names] == [201] * 5
        assert [again.count("submission", name) for name in names] == [1] * 5
