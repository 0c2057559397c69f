"""Every row of the contract (docs/reference/openrosa.md) against a real server over real HTTP: who may ask, and what is fetched."""

import base64
import hashlib
import http.client
import time
from xml.etree import ElementTree

import pytest

from tests.receiver.server import CSV, ENDED_KEY, KEY, OTHER_KEY, WITHDRAWN_KEY, instance

pytestmark = pytest.mark.timeout(290)
LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
MESSAGE = "{http://openrosa.org/http/response}message"


def basic(name: str, key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{key}".encode()).decode()}


def listed(reply, root=LIST, item="xform"):
    return [
        {part.tag.removeprefix(root): part.text for part in each}
        for each in ElementTree.fromstring(reply.body).findall(f"{root}{item}")
    ]


def path_of(address: str) -> str:
    return address.split(f"/or/{KEY}/")[1]


def test_request_without_credentials_is_challenged(server):
    reply = server.ask("GET", "formList", key="")

    assert reply.status == 401
    assert reply.headers["www-authenticate"] == 'Basic realm="custodes", charset="UTF-8"'
    assert server.send(instance("uuid:nobody"), key="").status == 401
    assert server.ask("GET", "formList", key="", headers={"Authorization": "Bearer x"}).status == 401
    assert server.ask("GET", "formList", key="", headers={"Authorization": "Basic ???"}).status == 401


def test_basic_takes_the_number_of_a_device_and_its_key(server):
    name = f"device-{server.rows['device']}"

    assert server.ask("GET", "formList", key="", headers=basic(name, KEY)).status == 200
    assert server.ask("GET", "formList", key="", headers=basic(name, OTHER_KEY)).status == 403
    assert server.ask("GET", "formList", key="", headers=basic("admin", KEY)).status == 403
    assert server.send(instance("uuid:basic"), key="", headers=basic(name, KEY)).status == 201


def test_unknown_ended_and_withdrawn_keys_are_refused_with_the_day(server):
    unknown, ended, withdrawn = (
        server.ask("GET", "formList", key=key) for key in ("no-such-key", ENDED_KEY, WITHDRAWN_KEY)
    )

    assert (unknown.status, ended.status, withdrawn.status) == (403, 403, 403)
    assert "2020" in ended.text
    assert "access ended on" in withdrawn.text
    assert server.send(instance("uuid:ended"), key=ENDED_KEY).status == 403


def test_withdrawal_works_within_a_second(server):
    assert server.ask("GET", "formList", key=OTHER_KEY).status == 200
    server.rows_of("UPDATE collection_device SET withdrawn_at = '2026-11-01' WHERE label = ?", f"Phone {OTHER_KEY}")
    time.sleep(1)
    refused = server.ask("GET", "formList", key=OTHER_KEY)
    server.rows_of("UPDATE collection_device SET withdrawn_at = NULL WHERE label = ?", f"Phone {OTHER_KEY}")
    time.sleep(1)

    assert refused.status == 403
    assert server.ask("GET", "formList", key=OTHER_KEY).status == 200


def test_guessing_under_one_prefix_is_stopped(server):
    statuses = [server.ask("GET", "formList", key=f"guess-{number}").status for number in range(25)]

    assert statuses == [403] * 20 + [429] * 5
    assert server.ask("GET", "formList", key="another").status == 403
    assert server.ask("GET", "formList").status == 200


def test_plain_http_from_beyond_this_machine_is_refused(server):
    """Uvicorn believes a proxy on this machine, which here passes on a stranger's request."""
    plain = server.ask("GET", "formList", headers={"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"})
    safe = server.ask("GET", "formList", headers={"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"})

    assert plain.status == 403
    assert "https" in plain.text
    assert safe.status == 200
    assert listed(safe)[0]["downloadUrl"].startswith("https://127.0.0.1:")


def test_unknown_host_is_refused(server):
    assert server.ask("GET", "formList", headers={"Host": "evil.example"}).status == 400


def test_list_holds_the_open_forms_of_the_scope(server):
    reply = server.ask("GET", "formList")

    assert reply.status == 200
    assert reply.headers["x-openrosa-version"] == "1.0"
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    found = listed(reply)
    assert [each["formID"] for each in found] == ["station", "household"]
    assert found[0]["name"] == "A station & its <cells>"
    assert found[1]["version"] == "1"
    assert "manifestUrl" not in found[0]
    assert [each["formID"] for each in listed(server.ask("GET", "formList", key=OTHER_KEY))] == ["secret", "household"]


def test_list_takes_the_questions_of_openrosa(server):
    one = listed(server.ask("GET", "formList?formID=household&verbose=true&deviceID=x"))
    none = server.ask("GET", "formList?formID=nowhere")
    versions = listed(server.ask("GET", "formList?formID=household&listAllVersions=true"))

    assert [each["formID"] for each in one] == ["household"]
    assert (none.status, listed(none)) == (200, [])
    assert [each["version"] for each in versions] == ["0", "1"]


def test_form_manifest_and_media_have_the_listed_md5_byte_for_byte(server):
    (form,) = listed(server.ask("GET", "formList?formID=household"))
    xform = server.ask("GET", path_of(form["downloadUrl"]))
    (file,) = listed(server.ask("GET", path_of(form["manifestUrl"])), MANIFEST, "mediaFile")
    media = server.ask("GET", path_of(file["downloadUrl"]))

    assert form["hash"] == f"md5:{hashlib.md5(xform.body).hexdigest()}"
    assert file["filename"] == "choices.csv"
    assert file["hash"] == f"md5:{hashlib.md5(media.body).hexdigest()}"
    assert media.body == CSV
    assert media.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["forms/{}", "forms/{}/manifest", "forms/{}/media/choices.csv"])
def test_files_answer_etag_and_range(server, path):
    path = path.format(server.rows["household"])
    whole = server.ask("GET", path)
    etag = whole.headers["etag"]

    held = server.ask("GET", path, headers={"If-None-Match": f'"other", {etag}'})
    part = server.ask("GET", path, headers={"Range": "bytes=10-19"})
    rest = server.ask("GET", path, headers={"Range": "bytes=-5"})
    beyond = server.ask("GET", path, headers={"Range": "bytes=100000-"})
    stale = server.ask("GET", path, headers={"Range": "bytes=0-4", "If-Range": '"other"'})
    head = server.ask("HEAD", path)

    assert (held.status, held.body) == (304, b"")
    assert (part.status, part.body) == (206, whole.body[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.body)}"
    assert (rest.status, rest.body) == (206, whole.body[-5:])
    assert beyond.status == 416
    assert (stale.status, stale.body) == (200, whole.body)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(whole.body)))


def test_what_is_not_there_or_not_in_scope_is_an_envelope(server):
    secret = server.rows["secret"]
    for path in (
        "forms/999999",
        f"forms/{secret}",
        f"forms/{secret}/manifest",
        "forms/x",
        "nothing",
        "",
        "submission/receipt/no",
    ):
        reply = server.ask("GET", path)

        assert reply.status == 404, path
        assert ElementTree.fromstring(reply.body).find(MESSAGE).text

    refused = server.ask("DELETE", "formList")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")


def test_answers_name_the_language_they_are_in(server):
    reply = server.ask("GET", "nothing", headers={"Accept-Language": "xx, fr-CA;q=0.8, en;q=0.5"})

    assert reply.headers["content-language"] == "fr"


def test_the_site_itself_still_answers(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/health")
    assert connection.getresponse().status == 200
    connection.close()


def test_last_contact_is_noted(server):
    server.ask("GET", "formList")

    found = server.rows_of("SELECT last_contact IS NOT NULL FROM collection_device WHERE id = ?", server.rows["device"])
    assert found == [(1,)]
