"""Files of other programs: what is not taken over is listed to the attribute, and what harms is refused."""

import pytest

from custodes.collection.errors import FileTooLarge, FileUnsafe
from custodes.collection.qualitative.refi import reading
from custodes.collection.qualitative.refi.reading import read_qdc, read_qdpx
from custodes.evidence.errors import FileUnreadable
from tests.collection.qualitative.documents import zipped
from tests.collection.qualitative.exchanges import foreign, guid, passage


def source(path: str, inside: str = "") -> str:
    return f'<Sources><TextSource guid="{guid("t")}" plainTextPath="{path}">{inside}</TextSource></Sources>'


def listed(content: bytes) -> dict[str, tuple[str, int]]:
    return {each.part: (each.why, each.number) for each in read_qdpx(content, where="a.qdpx").unread}


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("internal://a.txt", "sources/a.txt"),
        ("internal://a.txt", "Sources/A.TXT"),
        ("internal:///a.txt", "sources/a.txt"),
        ("relative:///a.txt", "sources/a.txt"),
        ("relative://sub/a.txt", "sub/a.txt"),
        ("./a.txt", "a.txt"),
        ("a.txt", "sources/a.txt"),
        ("sources\\a.txt", "sources/a.txt"),
    ],
)
def test_text_is_found_by_every_way_of_writing_its_path(path, file):
    found = read_qdpx(foreign(source(path), **{file: "أمن".encode()}), where="a.qdpx")

    assert [each.transcript.text for each in found.exchange.sources] == ["أمن"]
    assert found.exchange.sources[0].transcript.name.lower() == "a"
    assert found.unread == ()


@pytest.mark.parametrize(
    "path", ["absolute://C:/texts/a.txt", "file:///etc/hostname", "../a.txt", "internal://b.txt", ""]
)
def test_text_that_is_not_in_the_file_is_listed_with_its_codings(path):
    found = read_qdpx(foreign(source(path, passage(0, 1))), where="a.qdpx")

    assert found.exchange.sources == ()
    assert [each.why for each in found.unread] == ["its text is not in the file; 1 codings go with it"]


def test_parts_of_other_kinds_are_listed_each_with_its_number():
    inside = (
        f'<Sources><PictureSource guid="{guid("p")}"/><AudioSource guid="{guid("x")}"/><PictureSource guid="{guid("q")}"/></Sources>'
        f'<Links><Link guid="{guid("l")}"/></Links><Graphs><Graph guid="{guid("g")}"/></Graphs><v:Extra xmlns:v="urn:vendor"/>'
    )
    assert listed(foreign(inside, **{"sources/p.png": b"PNG", "sources/.root": b""})) == {
        "PictureSource": ("", 2),
        "AudioSource": ("", 1),
        "Links": ("", 1),
        "Graphs": ("", 1),
        "{urn:vendor}Extra": ("of no part of the standard", 1),
        "file sources/p.png": ("", 1),
    }


def test_attributes_that_are_new_and_values_that_are_wrong_are_listed():
    inside = (
        f'<Users><User guid="{guid("u")}" email="a@example.org"/></Users>'
        f'<Variables><Variable guid="{guid("v")}" name="v" typeOfVariable="Colour"/></Variables>'
        f'<Cases><Case guid="{guid("c")}"><VariableValue><VariableRef targetGUID="{guid("v")}"/><IntegerValue>3.5</IntegerValue>'
        "</VariableValue></Case></Cases>"
        f'<Sources><TextSource guid="{guid("t")}" creationDateTime="1 March"><PlainTextContent>ab\x7f</PlainTextContent>'
        f"{passage(0, 2, code='gone')}{passage(2, 9, name='r')}</TextSource>"
        f'<TextSource guid="{guid("t")}" name="again"><PlainTextContent>b</PlainTextContent></TextSource></Sources>'
    )
    found = listed(foreign(inside))

    assert found == {
        "attribute email": ("", 1),
        "Variable": ("“Colour” is no kind of variable", 1),
        "VariableValue": ("“3.5” is not written as Integer", 1),
        "attribute creationDateTime": ("“1 March” is no time", 1),
        "characters without meaning": ("now U+FFFD", 1),
        "Coding": ("its code is not in the codebook", 1),
        "PlainTextSelection": (f"[2, 9) is no passage of “{guid('t')}”", 1),
        "source “again”": ("another has its guid", 1),
    }


def test_pdf_comes_as_the_text_that_the_file_gives_for_it():
    text = f'<Representation guid="{guid("t")}" name="report"><PlainTextContent>abc</PlainTextContent></Representation>'
    pages = f'<PDFSelection guid="{guid("a")}" page="1" firstX="0" firstY="0" secondX="1" secondY="1"/>'
    inside = f'<Sources><PDFSource guid="{guid("p")}" path="internal://a.pdf">{pages}{text}</PDFSource><PDFSource guid="{guid("q")}"/></Sources>'
    found = read_qdpx(foreign(inside), where="a.qdpx")

    assert [each.transcript.text for each in found.exchange.sources] == ["abc"]
    assert {each.part for each in found.unread} == {"attribute guid", "attribute path", "PDFSelection", "PDFSource"}


def test_guids_in_braces_and_capitals_are_the_same():
    (found,) = read_qdpx(
        foreign(source("internal://a.txt", passage(0, 1)), **{"sources/a.txt": b"abc"}), where="a"
    ).exchange.sources

    assert found.selections[0].marks[0].guid == guid("m")


def test_text_in_an_unknown_encoding_is_listed_not_guessed():
    found = read_qdpx(
        foreign(source("internal://a.txt"), **{"sources/a.txt": "sécurité".encode("latin-1")}), where="a.qdpx"
    )

    assert found.exchange.sources == ()
    assert found.unread[0].part == "sources/a.txt"
    assert found.unread[0].why.startswith("The text is not UTF-8")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"no zip", FileUnreadable),
        (zipped({"other.xml": "<x/>"}), FileUnreadable),
        (zipped({"a.qde": "<x/>", "b.qde": "<x/>"}), FileUnreadable),
        (zipped({"project.qde": "<x/>"}), FileUnreadable),
        (zipped({"project.qde": '<Project xmlns="urn:other"/>'}), FileUnreadable),
        (foreign('<Users><User name="no guid"/></Users>'), FileUnreadable),
        (foreign('<Users><User guid="12"/></Users>'), FileUnreadable),
        (zipped({"project.qde": '<!DOCTYPE Project [<!ENTITY a "b">]><Project name="&a;"/>'}), FileUnsafe),
        (zipped({"project.qde": "<Project/>", "../x": ""}), FileUnsafe),
        (zipped({"project.qde": "<Project/>", "sources/a.txt": bytes(5_000_000)}), FileUnsafe),
    ],
    ids=[
        "no zip",
        "other zip",
        "two projects",
        "other root",
        "other namespace",
        "guid absent",
        "guid wrong",
        "entity",
        "outside",
        "bomb",
    ],
)
def test_file_that_is_none_or_harms_is_refused(content, problem):
    with pytest.raises(problem) as refused:
        read_qdpx(content, where="a.qdpx")

    assert refused.value.where.startswith("a.qdpx")


def test_codebook_with_members_named_in_either_way_is_read():
    book = (
        '<CodeBook xmlns="urn:QDA-XML:codebook:1:0" origin="another"><Codes>'
        f'<Code guid="{guid("a")}" name="A" isCodable="true" color="blue"/></Codes>'
        f'<Sets><Set guid="{guid("s")}" name="S"><MemberCode guid="{guid("a")}"/><MemberCode targetGUID="{guid("a")}"/></Set></Sets></CodeBook>'
    )
    found = read_qdc(book.encode(), where="a.qdc")

    assert [code.name for code in found.codebook.codes] == ["A"]
    assert found.sets[0].codes == (guid("a"), guid("a"))
    assert [(each.part, each.why) for each in found.unread] == [("attribute color", "“blue” is no colour")]
    with pytest.raises(FileUnsafe):
        read_qdc(b"<!DOCTYPE CodeBook []><CodeBook/>", where="a.qdc")


def test_file_over_the_size_is_refused_before_it_is_opened(monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_FILE", 10)

    with pytest.raises(FileTooLarge):
        read_qdpx(foreign(""), where="a.qdpx")
