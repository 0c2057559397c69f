"""The quick scan of a record says what the parser says, or nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.collection.exports.layout import layout_of
from custodes.collection.exports.reading import RecordReader, reading_plan
from custodes.collection.exports.records import ExportVersion
from custodes.collection.exports.scanning import Scanner
from custodes.collection.xform.reading import parse_form
from tests.collection.exports.test_any_form import form_xml

VERSION = ExportVersion(
    1, "1", parse_form(form_xml([("key", "string"), ("g/x", "string"), ("g/t/y", "string"), ("r/Name", "string"), ("r/s/z", "string")]))
)  # fmt: skip
PLAN = reading_plan(layout_of([VERSION]), VERSION)
RECORD = (
    '<?xml version="1.0" encoding="UTF-8"?><data xmlns:o="u" id="t" version="1"><key>a &amp; b</key><g><x/><t><y>1</y></t><t/></g>'
    "<r><Name>n</Name><s><z>2</z></s><s><z>3</z></s></r>\n <r></r></data>"
)
PIECES = (
    "<g/>", "<r>", "</r>", "<!-- c -->", "&lt;", "&#65;", "&x;", " ", "<key>1</key>", "<r/>", "<z>1</z>", "<![CDATA[x]]>", ' xmlns:o="u"',
    ' k="1"', "<r xmlns='u'></r>", "<meta><instanceID>i</instanceID></meta>", ">", "\r\n", "/", "<key/>", "<?p q?>", "]]>", "\u00a0",
    "<x>5</x>", "<x></x>", "<o:key>2</o:key>", "<!DOCTYPE d>",
)  # fmt: skip


def test_plain_record_is_scanned():
    assert Scanner(PLAN).rows_or_none("uuid:1", RECORD.encode()) == RecordReader(PLAN).rows("uuid:1", RECORD.encode())


@given(st.lists(st.tuples(st.integers(0, len(RECORD)), st.sampled_from(PIECES)), max_size=3))
@settings(max_examples=300, deadline=None)
def test_changed_record_is_scanned_as_it_is_parsed_or_not_at_all(changes):
    text = RECORD
    for place, piece in changes:
        text = text[:place] + piece + text[place:]

    scanned = Scanner(PLAN).rows_or_none("uuid:1", text.encode())

    assert scanned is None or scanned == RecordReader(PLAN).rows("uuid:1", text.encode())


@pytest.mark.parametrize(
    "content", [b"", b"<data", b"<data>\xff</data>", b"<data id='1' id='1'></data>", b"<data></other>", b"plain"]
)
def test_what_is_no_record_is_left_to_the_parser(content):
    assert Scanner(PLAN).rows_or_none("uuid:1", content) is None
