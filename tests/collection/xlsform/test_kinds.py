"""A file is what its content says, and harm is refused unread."""

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.collection.xlsform.conversion import convert_form
from custodes.collection.xlsform.kinds import MOST_MEMBERS, FormFileKind, form_file_kind
from custodes.collection.xlsform.problems import FormProblem

ROWS = (("type", "name", "label"), ("text", "a", "A"), (None, None, None), ("integer", "b", "B"))
MARKDOWN = b"| survey |\n| | type | name | label |\n| | text | a | A |\n"
CSV = b"survey,,,\n,type,name,label\n,text,a,A\n"


def xlsx(rows=ROWS, *, sheet: str = "survey") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def archive(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (xlsx(), "xlsx"),
        (CSV, "csv"),
        (b"\xef\xbb\xbf" + CSV, "csv"),
        (MARKDOWN, "md"),
        (b"\xef\xbb\xbf" + MARKDOWN, "md"),
    ],
)
def test_kind_follows_the_content_whatever_the_name(content, kind):
    result = convert_form(content, file_name="a.pdf")

    assert result.kind == kind
    assert result.xform is not None
    assert '<data id="a">' in result.xform


def test_row_numbers_are_those_of_the_sheet_with_its_empty_rows():
    rows = (*ROWS[:3], ("integr", "b", "B"))

    (problem,) = convert_form(xlsx(rows), file_name="a.xlsx").errors

    assert (problem.row, problem.cell, problem.text) == (4, "A4", "integr")


def test_lone_sheet_of_another_name_is_the_survey():
    assert convert_form(xlsx(sheet="Sheet1"), file_name="a.xlsx").xform is not None


REFUSED = {
    "empty": (b"  \n", "FILE_KIND", "again"),
    "pdf": (b"%PDF-1.4 x", "FILE_KIND", "workbook"),
    "html as xls": (b"<html><table></table></html>", "FILE_KIND", ".xlsx"),
    "latin-1": ("survey,,,\n,type,name,label\n,text,a,\xe9t\xe9\n".encode("latin-1"), "FILE_KIND", "UTF-8"),
    "words": (b"Dear colleague", "FILE_KIND", "template"),
    "ods": (archive({"content.xml": b"<x/>"}), "FILE_KIND", ".xlsx"),
    "other archive": (archive({"a.txt": b"x"}), "FILE_KIND", "by itself"),
    "cut off": (xlsx()[:2000], "FILE_DAMAGED", "save it again"),
    "damaged old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "FILE_DAMAGED", "password"),
    "bomb": (archive({"xl/workbook.xml": b"0" * 5_000_000}), "FILE_UNSAFE", "new workbook"),
    "too many parts": (archive({f"{each}": b"" for each in range(MOST_MEMBERS + 1)}), "FILE_UNSAFE", "new workbook"),
    "outside": (archive({"xl/workbook.xml": b"", "../../etc/x": b""}), "FILE_UNSAFE", "new workbook"),
    "nested": (archive({"xl/workbook.xml": b"", "a.zip": b""}), "FILE_UNSAFE", "new workbook"),
    "workbook without parts": (archive({"xl/workbook.xml": b"<x/>"}), "FILE_DAMAGED", "save it again"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_form_is_refused_with_a_remedy(name):
    content, code, remedy = REFUSED[name]

    result = convert_form(content, file_name="form.xlsx")

    assert result.xform is None
    assert [each.code for each in result.errors] == [code]
    assert remedy in result.errors[0].remedy


@given(st.binary(max_size=300))
def test_any_bytes_are_a_kind_or_a_problem(content):
    assert isinstance(form_file_kind(content), FormFileKind | FormProblem)


XFORM = """<h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/2002/xforms"><h:head><h:title>T</h:title><model>
<instance><data id="x"><a/></data></instance><bind nodeset="/data/a" relevant="{relevant}"/></model></h:head><h:body/></h:html>"""


def test_xform_is_taken_as_it_is():
    text = XFORM.format(relevant="true()")

    assert convert_form(text.encode(), file_name="x.xml").xform == text


def test_xform_with_a_bad_expression_is_refused_with_its_place():
    (problem,) = convert_form(XFORM.format(relevant="1 +").encode(), file_name="x.xml").errors

    assert (problem.code, problem.sheet, problem.row, problem.column, problem.at) == (
        "EXPRESSION_SYNTAX",
        "/data/a",
        2,
        "relevant",
        3,
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('<!DOCTYPE x [<!ENTITY a "b">]>' + XFORM, "DOCTYPE"),
        ("<?xml version='1.0' encoding='utf-7'?>" + XFORM, "utf-7"),
        (XFORM.replace("<a/>", "<a>" * 300 + "</a>" * 300), "levels"),
        (XFORM.replace("<a/>", "<a " + " ".join(f'b{each}="1"' for each in range(300)) + "/>"), "attributes"),
        (XFORM.replace("</model>", ""), "damaged"),
    ],
)  # fmt: skip
def test_harmful_xform_is_refused(content, told):
    (problem,) = convert_form(
        content.format(relevant="1").encode() if "ENTITY" not in content else content.encode(), file_name="x.xml"
    ).errors

    assert problem.code == "XFORM_UNREADABLE"
    assert told in problem.problem


def test_explicit_ids_are_kept_for_the_path_of_each_question(tmp_path):
    rows = (
        ("type", "name", "label", "custodes::id"), ("begin group", "g", "G", None), ("text", "a", "A", "q1"), ("end group", None, None, None),
        ("integer", "b", "B", "q2"),
    )  # fmt: skip

    result = convert_form(xlsx(rows), file_name="a.xlsx")

    assert [(each.path, each.id) for each in result.stable_names] == [("/data/g/a", "q1"), ("/data/b", "q2")]
