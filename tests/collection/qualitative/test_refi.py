"""REFI-QDA: what we write validates and comes back whole, offsets do not move, and names go out with leave only."""

import io
import zipfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.collection.errors import ExcerptMismatch
from custodes.collection.qualitative.codebook import Code, Codebook
from custodes.collection.qualitative.codings import Coding
from custodes.collection.qualitative.refi.exchange import (
    Coder,
    Exchange,
    Selection,
    Set,
    Source,
    codings_of,
    exchange_from_codings,
)
from custodes.collection.qualitative.refi.reading import read_qdc, read_qdpx
from custodes.collection.qualitative.refi.writing import write_qdc, write_qdpx
from custodes.collection.qualitative.transcripts import Excerpt, Transcript, excerpt_at, normalised
from custodes.evidence.errors import ArgumentInvalid
from tests.collection.qualitative.exchanges import foreign, full_exchange, guid, passage
from tests.collection.qualitative.test_transcripts import AWKWARD, MEANT

XSD = "{http://www.w3.org/2001/XMLSchema}"
INSTALL = "the standard's schema is absent: pip install --no-deps --target FOLDER qualitative-coding==1.7.8, and put FOLDER on PYTHONPATH"
EVERYBODY = {guid("awa"), guid("bako")}


@pytest.fixture(scope="module")
def standard() -> Path:
    """The folder of the package that carries the standard's schema and files of two other programs."""
    found = find_spec("qualitative_coding")
    if found is None:
        pytest.skip(INSTALL)
    return Path(next(iter(found.submodule_search_locations)))


def validated(content: bytes, schema) -> None:
    from lxml import etree

    assert etree.XMLSchema(schema).validate(etree.fromstring(content)), etree.XMLSchema(schema).error_log


def main_file(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("project.qde")


def codebook_schema(folder: Path):
    """Codebook.xsd, which the package lacks, from the types that it shares with Project.xsd (REFI-QDA 1.5, §5.2).

    There a code has no notes, a set has codes only and names each by its guid, and the root has sets and an origin.
    """
    from lxml import etree

    text = (
        (folder / "refi_qda" / "schema.xsd")
        .read_text(encoding="utf-8")
        .replace("urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0")
    )
    root = etree.fromstring(text.encode())
    kept = {"CodesType", "CodeType", "SetsType", "SetType", "GUIDType", "RGBType"}
    for each in list(root):
        if each.get("name") not in kept:
            root.remove(each)
    for each in list(root.iter(f"{XSD}element")):
        if each.get("name") in ("NoteRef", "MemberSource", "MemberNote"):
            each.getparent().remove(each)
        elif each.get("name") == "MemberCode":
            each.set("type", "MemberCodeType")
    added = f"""<x xmlns:xsd="{XSD[1:-1]}">
      <xsd:element name="CodeBook"><xsd:complexType><xsd:sequence><xsd:element name="Codes" type="CodesType"/>
        <xsd:element name="Sets" type="SetsType" minOccurs="0"/></xsd:sequence><xsd:attribute name="origin" type="xsd:string"/>
      </xsd:complexType></xsd:element>
      <xsd:complexType name="MemberCodeType"><xsd:attribute name="guid" type="GUIDType" use="required"/></xsd:complexType></x>"""
    root.extend(list(etree.fromstring(added)))
    return etree.fromstring(etree.tostring(root))


def test_everything_validates_against_the_standard(standard):
    from lxml import etree

    schema = etree.parse(standard / "refi_qda" / "schema.xsd")
    for exchange in (full_exchange(), Exchange("nothing")):
        validated(main_file(write_qdpx(exchange)), schema)
        validated(main_file(write_qdpx(exchange, named=EVERYBODY)), schema)
    with pytest.raises(AssertionError):
        validated(main_file(write_qdpx(full_exchange())).replace(b'isCodable="true"', b""), schema)


def test_codebook_alone_validates_against_the_standard(standard):
    schema = codebook_schema(standard)
    content = write_qdc(full_exchange().codebook, sets=full_exchange().sets)

    validated(content, schema)
    with pytest.raises(AssertionError):
        validated(content.replace(b"MemberCode guid", b"MemberCode targetGUID"), schema)


@pytest.mark.parametrize(("name", "passages"), [("demo.qdpx", 158), ("refi_qda/nvivo_project.qdpx", 0)])
def test_file_of_another_program_is_read_whole_and_written_valid(standard, name, passages):
    from lxml import etree

    found = read_qdpx((standard / name).read_bytes(), where=name)

    assert found.unread == ()
    assert (len(found.exchange.codebook.codes), len(found.exchange.sources)) == (262, 2)
    assert sum(len(source.selections) for source in found.exchange.sources) == passages
    written = write_qdpx(found.exchange, named={coder.guid for coder in found.exchange.coders})
    validated(main_file(written), etree.parse(standard / "refi_qda" / "schema.xsd"))
    again = read_qdpx(written, where="again")
    assert (replace(again.exchange, origin=found.exchange.origin), again.unread) == (found.exchange, ())


def test_lines_of_the_demonstration_are_where_it_says(standard):
    """Its passages are lines, named by their numbers in the text."""
    (source, _) = read_qdpx((standard / "demo.qdpx").read_bytes(), where="demo").exchange.sources
    lines = source.transcript.text.splitlines(keepends=True)

    for each in source.selections:
        assert each.excerpt.text == lines[int(each.name.removeprefix("line:"))]


def test_everything_comes_back_with_its_guids():
    written = write_qdpx(full_exchange(), named=EVERYBODY)
    found = read_qdpx(written, where="a.qdpx")

    assert found.unread == ()
    assert found.exchange == full_exchange()
    assert write_qdpx(found.exchange, named=EVERYBODY) == written


def test_names_of_coders_go_out_with_their_leave_only():
    written = write_qdpx(full_exchange(), named={guid("bako")})

    assert b"Awa Diallo" not in main_file(written)
    assert b'id="AD"' not in main_file(written)
    assert [coder.name for coder in read_qdpx(written, where="a").exchange.coders] == ["Coder 1", "Bako"]


@given(AWKWARD, st.data())
def test_round_trip_moves_no_offset(raw, data):
    text = Transcript(guid("t"), "interview", normalised(raw).text)
    place = st.integers(0, len(text.text))
    spans = [
        sorted(span)
        for span in data.draw(st.lists(st.tuples(place, place).filter(lambda span: span[0] != span[1]), max_size=4))
    ]
    passages = tuple(
        Selection(guid(f"s{number}"), excerpt_at(text, start=a, end=b)) for number, (a, b) in enumerate(spans)
    )
    exchange = Exchange(
        "p",
        sources=(Source(text, passages),),
        memos=(Source(replace(text, guid=guid("n")), passages),),
        origin="Custodes",
    )

    found = read_qdpx(write_qdpx(exchange), where="a")

    assert found.exchange == exchange
    assert found.unread == ()


@given(AWKWARD, st.booleans(), st.data())
def test_places_of_another_program_in_a_text_with_crlf_are_found(raw, has_mark, data):
    raw = raw.lstrip("\ufeff")
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(raw)), st.integers(0, len(raw)))))
    inside = f'<Sources><TextSource guid="{guid("t")}" plainTextPath="internal://a.txt">{passage(start, end)}</TextSource></Sources>'
    content = foreign(inside, **{"sources/a.txt": ("\ufeff" if has_mark else "").encode() + raw.encode()})
    found = read_qdpx(content, where="a.qdpx")

    (source,) = found.exchange.sources
    assert source.transcript.text == normalised(raw).text
    expected = normalised(raw).text[normalised(raw).offset(start) : normalised(raw).offset(end)]
    assert [each.excerpt.text for each in source.selections] == ([expected] if expected else [])
    assert len(found.unread) == (0 if expected else 1)


def test_codings_go_out_and_come_back():
    text = Transcript(guid("t"), "interview", "سَلَام 👮🏽 wait")
    codings = [
        Coding(guid("c1"), text.guid, excerpt_at(text, start=0, end=7), guid("fear"), guid("awa"), 1),
        Coding(guid("c2"), text.guid, excerpt_at(text, start=8, end=10), guid("fear"), guid("bako"), 1),
    ]
    book = Codebook((Code(guid("fear"), "Fear"),))
    coders = [Coder(guid("awa"), "Awa"), Coder(guid("bako"), "Bako")]
    exchange = exchange_from_codings("p", transcripts=[text], codings=codings, codebook=book, coders=coders)

    found = read_qdpx(write_qdpx(exchange), where="a").exchange

    assert list(codings_of(found)) == codings
    assert found.sources == exchange.sources


def test_codebook_alone_comes_back():
    exchange = full_exchange()
    sets = (Set(guid("set"), "round 1", "all", (guid("fear"),)),)
    found = read_qdc(write_qdc(exchange.codebook, sets=sets), where="a.qdc")

    assert (found.codebook, found.sets, found.unread) == (exchange.codebook, sets, ())


WORDS = st.text(MEANT.filter(lambda character: character not in "\r\v\f:"), max_size=20).map(str.strip)


@given(WORDS, WORDS, WORDS, WORDS)
def test_words_of_a_code_come_back_each_in_its_place(definition, use_when, use_not_when, example):
    book = Codebook((Code(guid("a"), "A", "", definition, use_when, use_not_when, example),))

    assert read_qdc(write_qdc(book), where="a").codebook == book


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "bell\x07"}, ArgumentInvalid),
        ({"coders": (Coder("awa", "Awa"),)}, ArgumentInvalid),
        ({"codebook": Codebook((Code(guid("a"), "half \ud83d"),))}, ArgumentInvalid),
        ({"codebook": Codebook((Code(guid("a"), "A", colour="red"),))}, ArgumentInvalid),
        (
            {"sources": (Source(Transcript(guid("t"), "i", "abc"), (Selection(guid("s"), Excerpt(0, 2, "xx")),)),)},
            ExcerptMismatch,
        ),
        ({"memos": (Source(Transcript(guid("t1"), "i", "abc")),)}, ArgumentInvalid),
        ({"stamp": replace(full_exchange().stamp, at="yesterday")}, ArgumentInvalid),
        ({"variables": (replace(full_exchange().variables[0], kind="Colour"),)}, ArgumentInvalid),
    ],
    ids=[
        "control character",
        "no guid",
        "half a pair",
        "no colour",
        "other words",
        "one guid twice",
        "no time",
        "no kind",
    ],
)
def test_what_the_standard_does_not_allow_is_refused_with_its_place(change, problem):
    with pytest.raises(problem) as refused:
        write_qdpx(replace(full_exchange(), **change), named={"awa"})

    assert refused.value.where
    assert refused.value.remedy


def test_empty_codebook_is_refused():
    with pytest.raises(ArgumentInvalid):
        write_qdc(Codebook())
