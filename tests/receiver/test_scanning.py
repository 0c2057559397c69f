"""XML that would expand, nest or hide is refused at its place, at once; what is well formed is read."""

import time

import pytest

from custodes.collection.errors import XmlRefused
from custodes.collection.receiver.scanning import scan, texts_of

LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><data>&b;</data>'
EXTERNAL = b'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/d.dtd"><data/>'
ENTITY = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><data>&x;</data>'
QUADRATIC = b'<!DOCTYPE d [<!ENTITY a "' + b"x" * 100_000 + b'">]><data>' + b"&a;" * 10_000 + b"</data>"
ATTACKS = {
    "billion laughs": LAUGHS,
    "quadratic": QUADRATIC,
    "external document type": EXTERNAL,
    "external entity": ENTITY,
    "document type in UTF-16": LAUGHS.decode().encode("utf-16"),
    "UTF-16 without mark": "<data/>".encode("utf-16-be"),
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?><data/>',
    "latin-1": '<?xml version="1.0" encoding="ISO-8859-1"?><data>é</data>'.encode("latin-1"),
    "200,000 levels": b"<a>" * 200_000 + b"</a>" * 200_000,
    "100,000 attributes": b"<a " + b" ".join(b'a%d="1"' % number for number in range(100_000)) + b"/>",
    "500,000 elements": b"<a>" + b"<b/>" * 500_000 + b"</a>",
    "201 levels": b"<a>" * 201 + b"</a>" * 201,
    "1,001 attributes": b"<d><a " + b" ".join(b'a%d="1"' % number for number in range(1001)) + b"/></d>",
    "NUL": b"<data>\n <a>\0</a></data>",
    "empty": b"",
    "no XML": b"%PDF-1.7 ...",
    "not UTF-8": b"<data>\xff\xfe</data>",
    "unclosed": b"<data><a></data>",
    "undeclared entity": b"<data>&nbsp;</data>",
    "undeclared name space": b"<data><x:a/></data>",
    "instanceID too long": b"<data><meta><instanceID>" + b"x" * 256 + b"</instanceID></meta></data>",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_refused_at_once(name):
    began = time.process_time()

    with pytest.raises(XmlRefused) as refused:
        scan(ATTACKS[name])

    assert time.process_time() - began < 0.5  # a few ms; the bound only tells it from expansion
    assert refused.value.where


def test_place_of_the_fault_is_said():
    with pytest.raises(XmlRefused) as refused:
        scan(b"<data>\n  <a></b></data>")

    assert refused.value.where == "line 2, column 8"


def test_two_hundred_levels_and_a_thousand_attributes_are_taken():
    wide = b" ".join(b'a%d="1"' % number for number in range(999))
    assert scan(b'<d id="f" ' + wide + b">" + b"<a>" * 199 + b"</a>" * 199 + b"</d>").form_id == "f"


def test_form_without_id_is_known_by_its_name_space():
    assert scan(b'<data xmlns="http://x/form"/>').form_id == "http://x/form"


def test_submission_is_read_whatever_its_prefixes():
    xml = (
        b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\r\n<h:data xmlns:h="http://x" xmlns:orx="http://openrosa.org/xforms"'
        b' id="form" version="7"><orx:meta><orx:instanceID> uuid:1 </orx:instanceID><orx:deprecatedID>uuid:0</orx:deprecatedID>'
        b"</orx:meta><group><meta><instanceID>other</instanceID></meta></group></h:data>"
    )

    found = scan(xml)

    assert (found.form_id, found.version, found.instance_id, found.deprecated_id) == ("form", "7", "uuid:1", "uuid:0")


def test_same_content_in_other_bytes_has_the_same_canonical_hash():
    one = scan(b'<data id="f" version="1"><a/><b x="1" y="2">\xc3\xa9</b></data>')
    same = scan(b"<?xml version='1.0'?><!-- c --><data  version='1' id='f'><a></a><b y='2' x='1'>&#233;</b></data>")
    other = scan(b'<data id="f" version="1"><a/><b x="1" y="2">e</b></data>')

    assert one.canonical_sha256 == same.canonical_sha256 != other.canonical_sha256
    assert one.sha256 != same.sha256


def test_names_of_attachments_are_found_in_plain_and_sealed_submissions():
    sealed = b'<data id="f" encrypted="yes"><media><file>a.jpg.enc</file></media><encryptedXmlFile>submission.xml.enc</encryptedXmlFile></data>'

    assert texts_of(sealed) >= {"a.jpg.enc", "submission.xml.enc"}
