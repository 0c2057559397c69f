"""Kills the web server at random moments while six clients send submissions with attachments, and checks that nothing is lost or doubled.

`python -m tests.faults.receiver_rounds --kills 300 --seed 1` in a data folder of its own (`custodes setup` prepares one); prints a JSON report as its
last line. The clients send each submission again until it is acknowledged. Servers are forked as in `tests.faults.rounds`: real processes that share
nothing but files with this one.
"""

import argparse
import hashlib
import http.client
import json
import os
import random
import sys
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import django

from tests.faults.rounds import fork, is_writing, kill, wait_for, web
from tests.running_site import free_port

CLIENTS = 6
SMALLEST, LARGEST = 2_000, 500_000
LONGEST_LIFE = 0.6
KEY = "key-of-the-rounds"
FORM = "household"


@dataclass(slots=True)
class Sent:
    """What a client sent until it was acknowledged."""

    instance_id: str
    xml: str
    files: tuple[str, ...]
    attempts: int = 0
    was_refused: str = ""


@dataclass(slots=True)
class Client:
    """Sends one submission after the other, each until it is acknowledged."""

    port: int
    chance: random.Random
    sent: list[Sent] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._send_one()

    def _send_one(self) -> None:
        files = [os.urandom(self._size()) for _ in range(self.chance.choice((1, 1, 1, 2)))]
        name = f"uuid:{uuid.UUID(int=self.chance.getrandbits(128))}"
        named = "".join(f"<photo>{number}.jpg</photo>" for number in range(len(files)))
        xml = f'<data id="{FORM}" version="1">{named}<meta><instanceID>{name}</instanceID></meta></data>'.encode()
        sent = Sent(name, _sha256(xml), tuple(_sha256(each) for each in files))
        if self.chance.random() < 0.2:  # as Collect does it where not all fits in one request
            for number, content in enumerate(files):
                self._send_until_acknowledged(sent, _body(xml, {f"{number}.jpg": content}))
        else:
            self._send_until_acknowledged(sent, _body(xml, {f"{at}.jpg": each for at, each in enumerate(files)}))
        self.sent.append(sent)

    def _size(self) -> int:
        """Between the smallest and the largest, most of them small."""
        return int(SMALLEST * (LARGEST / SMALLEST) ** self.chance.random())

    def _send_until_acknowledged(self, sent: Sent, body: bytes) -> None:
        headers = {"Content-Type": "multipart/form-data; boundary=cut"}
        while True:
            sent.attempts += 1
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            with suppress(OSError, http.client.HTTPException):
                connection.request("POST", f"/or/{KEY}/submission", body, headers)
                response = connection.getresponse()
                text = response.read()
                if response.status == 201:
                    connection.close()
                    return
                sent.was_refused = f"{response.status} {text.decode()}"
            connection.close()
            time.sleep(0.02)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _body(xml: bytes, files: dict[str, bytes]) -> bytes:
    parts = [
        b'--cut\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="s.xml"\r\nContent-Type: text/xml\r\n\r\n'
        + xml
    ]
    parts += [
        b'--cut\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: image/jpeg\r\n\r\n'
        % (name.encode(), name.encode())
        + content
        for name, content in files.items()
    ]
    return b"\r\n".join([*parts, b"--cut--\r\n"])


def send_for_ever(port: int, seed: int, stop: Path, journal: Path) -> None:
    """Run the clients until the stop file exists; then write down what they sent. A process of its own, as it has threads."""
    clients = [Client(port, random.Random(f"{seed} {number}")) for number in range(CLIENTS)]
    event = threading.Event()
    threads = [threading.Thread(target=each.run, args=(event,)) for each in clients]
    for thread in threads:
        thread.start()
    while not stop.exists():
        time.sleep(0.05)
    event.set()
    for thread in threads:
        thread.join()
    rows = [
        (each.instance_id, each.xml, each.files, each.attempts, each.was_refused)
        for client in clients
        for each in client.sent
    ]
    journal.write_text(json.dumps(rows))


def check_nothing_lost(sent: list[Sent]) -> dict[str, int]:
    """Every acknowledged submission is there once, with every byte; nothing else is; no row is without its file."""
    from django.conf import settings
    from django.db import connection

    from custodes.collection.models import Attachment, Revision, Submission
    from custodes.collection.receiver.storage import attachment_path
    from custodes.collection.receiver.sweep import sweep
    from custodes.ledger.models import Entry
    from custodes.ledger.queries import checked_chain

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            assert cursor.fetchall() == [("ok",)]
    kept = Counter(Submission.objects.values_list("instance_id", flat=True))
    assert kept == Counter(each.instance_id for each in sent), "lost, doubled, or never sent"
    revisions = Counter(Revision.objects.values_list("instance_id", "sha256", "submission__instance_id"))
    assert revisions == Counter((each.instance_id, each.xml, each.instance_id) for each in sent)
    assert not Submission.objects.exclude(current__isnull=False).exists()
    files = Counter(Attachment.objects.values_list("submission__instance_id", "sha256"))
    assert files == Counter((each.instance_id, name) for each in sent for name in each.files)
    for name in Attachment.objects.values_list("sha256", flat=True).distinct():
        assert _sha256(attachment_path(name).read_bytes()) == name, f"{name} is not whole"
    checked_chain()
    facts = [
        fact
        for what in Entry.objects.filter(act="submission.receive").values_list("what", flat=True)
        for fact in what["received"]
    ]
    assert {fact["xml"] for fact in facts} == {each.xml for each in sent}
    assert {name for fact in facts for name in fact["files"]} == {name for each in sent for name in each.files}
    swept = sweep(old_seconds=-60)
    assert swept.absent == ()
    left = list((Path(settings.MEDIA_ROOT) / "incoming").glob("part-*"))
    assert left == []
    assert Attachment.objects.count() == 0 or all(attachment_path(name).exists() for _id, name in files)
    return {"submissions": len(kept), "attachments": len(files), "orphans": swept.removed}


def main(kills: int, seed: int) -> None:
    """Start, wait a random moment, kill, again and again under the clients' feet; then let them finish and look."""
    from custodes.collection.models import Device, Submission
    from tests.factories import make_device, make_form

    if not Device.objects.exists():
        make_device(make_form(FORM), key=KEY)
    port, stop, journal, chance = free_port(), Path("stop"), Path("sent.json"), random.Random(seed)
    stop.unlink(missing_ok=True)
    clients = fork(lambda: send_for_ever(port, seed, stop, journal))
    while_writing, began = 0, time.monotonic()
    for _round in range(kills):
        pid = web(port)
        wait_for(lambda: _is_open(port))
        time.sleep(chance.random() * LONGEST_LIFE)
        while_writing += is_writing(pid)
        kill(pid)
    before_the_end = Submission.objects.count()
    last = web(port)
    stop.touch()
    _pid, status = os.waitpid(clients, 0)
    assert status == 0, f"the clients ended with {status}"
    kill(last)
    sent = [Sent(row[0], row[1], tuple(row[2]), row[3], row[4]) for row in json.loads(journal.read_text())]
    assert [each.was_refused for each in sent if each.was_refused] == []
    report = check_nothing_lost(sent) | {
        "kills": kills, "while_writing": while_writing, "resent": sum(each.attempts > len(each.files) for each in sent),
        "before_the_end": before_the_end, "seconds": round(time.monotonic() - began),
    }  # fmt: skip
    sys.stdout.write(json.dumps(report) + "\n")


def _is_open(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("HEAD", f"/or/{KEY}/submission")
        return connection.getresponse().status == 204
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    words = argparse.ArgumentParser()
    words.add_argument("--kills", type=int, required=True)
    words.add_argument("--seed", type=int, required=True)
    chosen = words.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "custodes.site.settings"
    django.setup()
    import uvicorn  # noqa: F401 - so that a forked server need not

    import custodes.site.asgi  # noqa: F401 - the same

    main(chosen.kills, chosen.seed)
