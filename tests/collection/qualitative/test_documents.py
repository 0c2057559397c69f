"""Documents in: the text of each kind, what is left out and said so, and files that are refused with place and remedy."""

import io
import random
import time
import tracemalloc
import zipfile

import pypdf
import pytest

from custodes.collection.errors import EncodingUnknown, FileProtected, FileTooLarge, FileUnsafe, TextAbsent
from custodes.collection.qualitative import documents
from custodes.collection.qualitative.archives import open_archive
from custodes.collection.qualitative.documents import read_document
from custodes.evidence.errors import ArgumentInvalid, FileUnreadable, InputProblem
from tests.collection.qualitative.documents import docx, odt, pdf, zipped

SAID = "Q: Seguro?\nA: لا، ليس كل يوم 👮🏽\n"


@pytest.mark.parametrize(
    ("content", "encoding", "found"),
    [
        (SAID.encode(), "", "utf-8"),
        (b"\xef\xbb\xbf" + SAID.encode(), "windows-1252", "utf-8"),
        (SAID.encode("utf-16"), "", "utf-16-le"),
        (b"\xfe\xff" + SAID.encode("utf-16-be"), "", "utf-16-be"),
        (SAID.encode("utf-32"), "", "utf-32-le"),
        (SAID.encode("utf-16-le"), "", "utf-16-le"),
        (SAID.encode("utf-16-be"), "", "utf-16-be"),
        (SAID.replace("\n", "\r\n").encode(), "", "utf-8"),
        (SAID.replace("\n", "\r").encode(), "UTF8", "utf-8"),
    ],
    ids=[
        "utf-8",
        "mark beats what is declared",
        "utf-16 mark",
        "utf-16-be mark",
        "utf-32 mark",
        "utf-16-le",
        "utf-16-be",
        "CRLF",
        "CR",
    ],
)
def test_text_in_any_encoding_that_is_certain(content, encoding, found):
    document = read_document(content, name="a.txt", encoding=encoding)

    assert (document.text, document.encoding, document.kind) == (SAID, found, "txt")


def test_text_in_a_declared_encoding():
    assert read_document("الأمن".encode("windows-1256"), name="a.txt", encoding="windows-1256").text == "الأمن"


def test_text_in_an_encoding_that_nobody_declared_is_asked_for():
    with pytest.raises(EncodingUnknown) as refused:
        read_document("Bien\nsécurité".encode("windows-1252"), name="a.txt")

    assert refused.value.what == "The text is not UTF-8: byte 0xe9 in line 2 is none of its characters."
    assert "windows-1252" in refused.value.remedy


@pytest.mark.parametrize("encoding", ["utf-7", "no-such", "base64", "unicode_escape", "idna"])
def test_encoding_that_is_none_or_hides_is_refused(encoding):
    with pytest.raises(ArgumentInvalid):
        read_document(b"plain", name="a.txt", encoding=encoding)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(256)), b"a\0b\0\0c", b"bell\x07"])
def test_what_is_no_text_is_refused(content):
    with pytest.raises((FileUnreadable, EncodingUnknown)):
        read_document(content, name="a.txt")


def test_word_document_keeps_insertions_tables_and_breaks():
    body = (
        '<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t xml:space="preserve">Awa: </w:t></w:r><w:ins><w:r><w:t>we</w:t>'
        "<w:tab/><w:t>wait</w:t><w:br/><w:t>here</w:t></w:r></w:ins><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        '<w:hyperlink><w:r><w:t>.</w:t></w:r></w:hyperlink><w:r><w:footnoteReference w:id="1"/><w:drawing/></w:r></w:p>'
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Q</w:t></w:r></w:p></w:tc><w:sdt><w:sdtContent><w:tc><w:p><w:r><w:t>Safe?</w:t></w:r></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>in</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:tc></w:sdtContent></w:sdt></w:tr></w:tbl><w:p/>"
    )
    document = read_document(docx(body), name="a.docx")

    assert document.text == "Awa: we\twait\nhere.\nQ\tSafe?\nin\n\n"
    assert document.left_out == ("deleted passages: 1", "footnotes: 1", "pictures: 1")
    assert len(document.file_sha256) == len(document.text_sha256) == 64


def test_text_box_in_a_word_document_is_read_once():
    body = (
        '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice><w:drawing>'
        "<w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>"
        "<w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert read_document(docx(body), name="a.docx").text.count("box") == 1


def test_open_document_keeps_blanks_and_leaves_notes_out():
    body = (
        '<text:tracked-changes><text:deletion><text:p>old</text:p></text:deletion></text:tracked-changes><text:h>Title</text:h>'
        '<text:p>a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d <text:span>e</text:span> f<text:note><text:p>n</text:p></text:note>.</text:p>'
        "<table:table><table:table-row><table:table-cell><text:p>1</text:p></table:table-cell><table:table-cell><text:p>2</text:p>"
        "</table:table-cell></table:table-row></table:table>"
    )  # fmt: skip
    document = read_document(odt(body), name="a.odt")

    assert document.text == "Title\na   b\tc\nd e f.\n1\t2\n"
    assert document.left_out == ("deleted passages: 1", "footnotes: 1")


def test_web_page_shows_what_a_browser_shows():
    page = (
        '<!DOCTYPE html><html><head><meta charset="windows-1252"><title>no</title><style>p{}</style></head><body><h1>Séance</h1>'
        "<p>a &amp;\n  b<br>c</p><pre>  x\n  y</pre><table><tr><td>1</td><td>2</td></tr></table><script>no()</script><img src=x></body></html>"
    )
    document = read_document(page.encode("windows-1252"), name="a.html")

    assert document.text == "Séance\na & b\nc\n  x\n  y\n1\t2\n"
    assert (document.kind, document.encoding, document.left_out) == ("html", "cp1252", ("pictures or recordings: 1",))


@pytest.mark.parametrize(
    "page",
    [
        b"<!--x-->\n<!-- y --><html><head><title>no</title><body>Safe",
        b"\xef\xbb\xbf<?xml version='1.0'?><html><body>Safe",
        "<html><body>Safe".encode("utf-16"),
        b"<head><title>no</title><p>Safe",
        b"<!DOCTYPE html><p>Safe</p><script>no",
    ],
    ids=["comments", "XML declaration", "utf-16", "head left open", "script left open"],
)
def test_web_page_is_told_by_its_beginning_and_forgiven_its_end(page):
    document = read_document(page, name="a.html")

    assert (document.kind, document.text) == ("html", "Safe\n")


def test_page_of_comments_only_is_told_at_once():
    begin = time.process_time()

    assert read_document(b"<!---->" * 1_000 + b"x", name="a.txt").kind == "txt"
    assert time.process_time() - begin < 1


def test_pdf_with_text_is_read_and_pages_without_are_named():
    document = read_document(pdf("We feel safer", "", "than before"), name="a.pdf")

    assert document.text == "We feel safer\n\nthan before\n"
    assert document.left_out == ("1 of 3 pages have no text: 2",)


def test_scanned_pdf_is_refused_with_the_remedy():
    with pytest.raises(TextAbsent) as refused:
        read_document(pdf("", ""), name="scan.pdf")

    assert (refused.value.where, refused.value.what) == (
        "scan.pdf",
        "The PDF has no text on its 2 pages, as a scan has none.",
    )
    assert "OCR" in refused.value.remedy


def test_pdf_with_a_password_is_refused():
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("secret")))
    writer.encrypt("word", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)

    with pytest.raises(FileProtected):
        read_document(out.getvalue(), name="a.pdf")


@pytest.mark.parametrize("cut", [9, 60, 200, 500])
def test_damaged_pdf_is_refused(cut):
    with pytest.raises((FileUnreadable, TextAbsent)):
        read_document(pdf("We feel safer")[:cut], name="a.pdf")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), FileProtected),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileUnreadable),
        (odt("<text:p/>", '<m xmlns="x"><file-entry><encryption-data/></file-entry></m>'), FileProtected),
        (b"{\\rtf1 text}", FileUnreadable),
        (zipped({"a.txt": "text"}), FileUnreadable),
        (docx("<w:p/>")[:-40], FileUnreadable),
        (docx("<w:p>"), FileUnreadable),
        (b"", TextAbsent),
        (docx("<w:p/>"), TextAbsent),
    ],
    ids=["docx with password", "doc", "odt with password", "rtf", "zip", "cut off", "broken XML", "empty", "without words"],
)  # fmt: skip
def test_file_that_cannot_be_read_is_refused_by_name(content, problem):
    with pytest.raises(problem) as refused:
        read_document(content, name="interview 7")

    assert refused.value.where.startswith("interview 7")
    assert refused.value.remedy


LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {b} '{10 * f'&{a};'}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    "document",
    [
        LAUGHS + "<x>&i;</x>",
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
        "<a>" * 100_000,
        "<x " + " ".join(f"a{number}='1'" for number in range(2_000)) + "/>",
        ("<?xml version='1.0' encoding='utf-16'?>" + LAUGHS + "<x>&i;</x>").encode("utf-16"),
    ],
    ids=["laughs", "external type", "external entity", "nesting", "attributes", "laughs in utf-16"],
)
def test_xml_attack_in_a_document_is_refused_at_once_in_little_memory(document):
    content = zipped({"[Content_Types].xml": "<Types/>", "_rels/.rels": document})
    tracemalloc.start()
    begin = time.process_time()

    with pytest.raises(FileUnsafe):
        read_document(content, name="a.docx")

    assert time.process_time() - begin < 1
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_blanks_by_the_thousand_million_are_refused():
    with pytest.raises(FileTooLarge):
        read_document(odt('<text:p><text:s text:c="999999999"/></text:p>'), name="a.odt")


def bomb(**entry) -> bytes:
    """A zip of one file whose directory says what the arguments say."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        information = zipfile.ZipInfo(entry.get("name", "word/document.xml"))
        information.external_attr = entry.get("mode", 0) << 16
        archive.writestr(information, entry.get("content", b"x"), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (bomb(content=bytes(10_000_000)), FileUnsafe),
        (bomb(content=bytes(101_000_000)), FileTooLarge),
        (bomb(name="../../etc/passwd"), FileUnsafe),
        (bomb(name="/etc/passwd"), FileUnsafe),
        (bomb(name="..\\windows"), FileUnsafe),
        (bomb(name="C:/windows"), FileUnsafe),
        (bomb(mode=0o120777), FileUnsafe),
        (bomb(name="\0"), FileUnreadable),
        (zipped({f"{number}.txt": "" for number in range(2_001)}), FileUnsafe),
        (bomb().replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"), FileProtected),
    ],
    ids=["ratio", "size", "above", "root", "backslash", "drive", "link", "no name", "entries", "password"],
)
def test_zip_that_harms_is_refused_unread(content, problem):
    with pytest.raises(problem), open_archive(content, where="a.docx"):
        pytest.fail("it was opened")


def test_zip_with_two_files_of_one_name_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "1")
        archive.writestr("b", "2")

    with (
        pytest.raises(FileUnsafe),
        open_archive(buffer.getvalue().replace(b"b2", b"b2").replace(b"b", b"a"), where="a"),
    ):
        pytest.fail("it was opened")


def test_zip_whose_directory_lies_gives_no_more_than_it_declared():
    content = bomb(content=b"y" * 5_000)
    lying = content.replace((5_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    assert lying != content
    with open_archive(lying, where="a") as archive, pytest.raises(FileUnreadable):
        archive.read("word/document.xml")


def test_zip_whose_directory_points_before_its_start_is_refused():
    content = zipped({"a": "text"})
    directory = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    wrong = (directory + 40).to_bytes(4, "little")

    with pytest.raises(FileUnreadable):  # noqa: SIM117
        with open_archive(content[: end + 16] + wrong + content[end + 20 :], where="a") as archive:
            archive.read("a")


@pytest.mark.parametrize("kind", ["docx", "odt", "pdf", "html"])
def test_damage_at_random_is_read_or_refused_by_name(kind):
    whole = {
        "docx": docx("<w:p><w:r><w:t>Safe</w:t></w:r></w:p>"), "odt": odt("<text:p>Safe</text:p>"), "pdf": pdf("Safe", "again"),
        "html": b"<html><body><p>Safe<br>again</p></body></html>",
    }[kind]  # fmt: skip
    chance = random.Random(kind)
    refused = 0
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            read_document(bytes(damaged), name="a")
        except InputProblem:
            refused += 1

    assert refused > 0


def test_file_over_the_size_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(documents, "LARGEST_FILE", 10)

    with pytest.raises(FileTooLarge):
        read_document(b"eleven byte", name="a.txt")
