"""What each format holds, read back by another program: the csv module, openpyxl, pyreadstat, pyarrow."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import pyarrow as pa
import pyarrow.parquet as parquet
import pyreadstat
import pytest

from custodes.collection.errors import ExportTooLarge
from custodes.collection.exports import spss, workbook
from custodes.collection.exports.making import make_export
from custodes.collection.exports.records import AttachedFile, ExportFormat, RecordSource, StableColumn
from tests.collection.exports.conftest import one_version, read_zip, sent, source_of, version_of
from tests.collection.xform.conftest import form_of

HARD_TEXTS = {
    "emoji": "👮🏽‍♀️ 🙂",
    "arabic": "قالوا «نعم»، ثم لا‎",
    "lines": "one\ntwo\r\nthree\rfour",
    "formula": "=HYPERLINK(\"http://example.org\",'x')",
    "escape": "_x0041_ & <b>",
    "quotes": 'say "no", or ""',
    "spaces": "  kept  ",
    "long": "x" * 30_000,
    "dash": "-",
    "apostrophe": "'=1",
}
CHOICES = """| choices |
| | list_name | name | label::English (en) | label::Arabic (ar) |
| | yn | 1 | Yes | نعم |
| | yn | 2 | No | لا |
| | yn | 99 | Refused | رفض |
| | w | gun | Gun | |
| | w | knife | Knife | سكين |
"""
HEADERS = "type | name | label::English (en) | label::Arabic (ar)"


def hard_form():
    return one_version(*(f"text | {name} | {name}" for name in HARD_TEXTS))


def hard_record():
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\r", "&#13;")

    return sent("".join(f"<{name}>{escaped(text)}</{name}>" for name, text in HARD_TEXTS.items()))


def labelled_form():
    form = form_of(
        "select_one yn | safe | Do you feel safe? | هل تشعر بالأمان؟", "select_multiple w | seen | Seen | رأيت", "integer | age | Age | العمر",
        "decimal | hours | Hours | ساعات", "date | day | Day | يوم", "select_one w | first | First | الأول", headers=HEADERS, more=CHOICES,
    )  # fmt: skip
    return [version_of(1, form, safe=StableColumn("1", "safe", {"99": "Refused"}))]


def labelled_records():
    return (
        sent("<safe>1</safe><seen>gun knife</seen><age>30</age><hours>2.50</hours><day>2026-03-04</day><first>knife</first>"),
        sent("<safe>99</safe><first>gun</first>", key="uuid:2"),
    )  # fmt: skip


def test_csv_keeps_every_letter(export):
    found = export(hard_form(), hard_record())

    assert {name: found.record[0][name] for name in HARD_TEXTS} == HARD_TEXTS


def test_csv_for_spreadsheets_has_no_formula_and_a_mark(export):
    found = export(
        [*one_version("text | a | A", "text | b | B", "decimal | c | C", "text | d | D")],
        sent("<a>=1+1</a><b>@x</b><c>-3.5</c><d>+221 77</d>"), kind=ExportFormat.CSV_FOR_SPREADSHEETS,
    )  # fmt: skip

    with zipfile.ZipFile(found.made.file) as archive:
        assert archive.read("record.csv").startswith("\ufeffkey,".encode())
    assert [found.record[0][name] for name in "abcd"] == ["'=1+1", "'@x", "-3.5", "'+221 77"]


def test_csv_quotes_only_where_needed(export):
    found = export(one_version("text | a | A"), sent("<a>plain</a>"))

    with zipfile.ZipFile(found.made.file) as archive:
        assert b'"' not in archive.read("record.csv")


def test_workbook_keeps_every_letter_and_no_formula(export):
    found = export(hard_form(), hard_record(), kind=ExportFormat.XLSX)

    sheet = openpyxl.load_workbook(found.made.file)["record"]
    cells = dict(zip((cell.value for cell in sheet[1]), sheet[2], strict=True))
    read = {name: openpyxl.utils.escape.unescape(cells[name].value) for name in HARD_TEXTS}
    assert read == HARD_TEXTS
    assert {cells[name].data_type for name in HARD_TEXTS} <= {"s", "inlineStr"}


def test_workbook_holds_numbers_dates_tables_and_dictionary(export):
    versions = one_version(
        "integer | i | I",
        "decimal | d | D",
        "date | t | T",
        "begin repeat | r | R",
        "integer | n | N",
        "end repeat | |",
    )

    found = export(
        versions, sent("<i>7</i><d>0.5</d><t>2026-03-04</t><r><n>1</n></r><r><n>2</n></r>"), kind=ExportFormat.XLSX
    )

    book = openpyxl.load_workbook(found.made.file)
    rows = {sheet.title: list(sheet.values) for sheet in book}
    record = dict(zip(rows["record"][0], rows["record"][1], strict=True))
    assert book.sheetnames == ["record", "r", "dictionary"]
    assert (record["i"], record["d"], record["t"]) == (7, 0.5, datetime(2026, 3, 4))  # noqa: DTZ001 - a cell has no zone
    assert [row[3] for row in rows["r"]] == ["n", 1, 2]
    assert rows["dictionary"][0][:3] == ("table", "column", "question")


def test_workbook_leaves_long_numbers_as_text(export):
    found = export(one_version("integer | i | I"), sent("<i>1234567890123456</i>"), kind=ExportFormat.XLSX)

    sheet = openpyxl.load_workbook(found.made.file)["record"]
    assert "1234567890123456" in [cell.value for cell in sheet[2]]


def test_workbook_of_too_many_cells_is_refused(export, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_CELLS", 9)

    with pytest.raises(ExportTooLarge, match="Choose CSV or Parquet") as refused:
        export(one_version("text | a | A"), sent("<a>x</a>"), kind=ExportFormat.XLSX)

    assert "10 cells" in refused.value.what


def test_workbook_refuses_a_text_that_no_cell_holds(export):
    with pytest.raises(ExportTooLarge) as refused:
        export(one_version("text | a | A"), sent(f"<a>{'x' * 32_768}</a>"), kind=ExportFormat.XLSX)

    assert refused.value.where == "record, uuid:1, a"


def test_labels_stand_in_the_place_of_codes(export):
    found = export(labelled_form(), *labelled_records(), language="Arabic (ar)")

    assert [(row["safe"], row["seen"], row["seen_gun"]) for row in found.record] == [
        ("نعم", "gun; سكين", "1"),
        ("رفض", "", ""),
    ]
    assert found.described("safe")["label::Arabic (ar)"] == "هل تشعر بالأمان؟"


def test_spss_file_has_types_labels_and_missing_codes(export):
    found = export(labelled_form(), *labelled_records(), kind=ExportFormat.SPSS, language="Arabic (ar)")

    with zipfile.ZipFile(found.made.file) as archive:
        place = export.folder / "record.sav"
        place.write_bytes(archive.read("record.sav"))
    columns, meta = pyreadstat.read_sav(place, user_missing=True, output_format="dict")
    values = {name: list(columns[name]) for name in ("safe", "seen", "age", "hours", "day", "first", "seen_gun")}
    assert values == {
        "safe": [1.0, 99.0], "seen": ["gun knife", ""], "age": [30.0, None], "hours": [2.5, None],
        "day": [date(2026, 3, 4), None], "first": ["knife", "gun"], "seen_gun": [1.0, None],
    }  # fmt: skip
    assert meta.column_names_to_labels["safe"] == "هل تشعر بالأمان؟"
    assert meta.variable_value_labels["safe"] == {1.0: "نعم", 2.0: "لا", 99.0: "رفض"}
    assert meta.variable_value_labels["first"] == {"gun": "Gun", "knife": "سكين"}
    assert meta.missing_ranges["safe"] == [{"lo": 99.0, "hi": 99.0}]
    assert place.read_bytes()[92:109] == spss.NO_CLOCK


def test_spss_file_keeps_every_letter(export):
    found = export(hard_form(), hard_record(), kind=ExportFormat.SPSS)

    with zipfile.ZipFile(found.made.file) as archive:
        place = export.folder / "record.sav"
        place.write_bytes(archive.read("record.sav"))
    columns, _meta = pyreadstat.read_sav(place, output_format="dict")
    spaces = HARD_TEXTS["spaces"].rstrip()  # SPSS fills texts with spaces
    assert {name: columns[name][0] for name in HARD_TEXTS} == {**HARD_TEXTS, "spaces": spaces}


def test_spss_file_of_a_table_without_rows(export):
    versions = one_version("text | a | A", "begin repeat | r | R", "integer | n | N", "end repeat | |")

    found = export(versions, sent("<a>x</a>"), kind=ExportFormat.SPSS)

    with zipfile.ZipFile(found.made.file) as archive:
        place = export.folder / "r.sav"
        place.write_bytes(archive.read("r.sav"))
    assert list(pyreadstat.read_sav(place, output_format="dict")[0]) == [
        "key",
        "parent_key",
        "index",
        "n",
        "record_unmapped",
    ]


@pytest.mark.parametrize(("name", "variable"), [("with", "with_"), ("a" * 70, "a" * 60), ("نوع" * 20, "نوع" * 10)])
def test_spss_names_are_ones_that_spss_takes(export, name, variable):
    form = form_of("text | a | A")

    found = export([version_of(1, form, a=StableColumn("1", name))], sent("<a>x</a>"), kind=ExportFormat.SPSS)

    with zipfile.ZipFile(found.made.file) as archive:
        place = export.folder / "record.sav"
        place.write_bytes(archive.read("record.sav"))
    names = pyreadstat.read_sav(place, metadataonly=True, output_format="dict")[1].column_names
    assert any(each.startswith(variable[:30]) and len(each.encode()) <= 64 for each in names)


def test_spss_refuses_a_text_that_it_cannot_hold(export):
    with pytest.raises(ExportTooLarge) as refused:
        export(one_version("text | a | A"), sent(f"<a>{'x' * 32_768}</a>"), kind=ExportFormat.SPSS)

    assert refused.value.where == "a"


def test_parquet_has_types_where_every_value_fits_them(export):
    choices = "| choices |\n| | list_name | name | label |\n| | w | a | A |\n"
    rows = (
        "integer | i | I",
        "integer | j | J",
        "decimal | d | D",
        "date | t | T",
        "date | u | U",
        "select_multiple w | m | M",
    )
    versions = one_version(*rows, more=choices)

    found = export(
        versions, sent("<i>7</i><j>007</j><d>1</d><t>2026-03-04</t><u>2026-02-30</u><m>a</m>"), kind=ExportFormat.PARQUET
    )  # fmt: skip

    with zipfile.ZipFile(found.made.file) as archive:
        table = parquet.read_table(io.BytesIO(archive.read("record.parquet")))
    assert [table.schema.field(name).type for name in ("i", "j", "d", "t", "u", "m_a")] == [
        pa.int64(), pa.string(), pa.float64(), pa.date32(), pa.string(), pa.int8(),
    ]  # fmt: skip
    assert [table[name][0].as_py() for name in ("i", "j", "d", "t", "u", "m_a")] == [
        7, "007", 1.0, date(2026, 3, 4), "2026-02-30", 1,
    ]  # fmt: skip
    assert found.described("j")["stored_as"] == "text"


def test_dictionary_goes_with_every_archive(export):
    for kind in (ExportFormat.CSV, ExportFormat.CSV_FOR_SPREADSHEETS, ExportFormat.PARQUET, ExportFormat.SPSS):
        found = export(labelled_form(), *labelled_records(), kind=kind)

        assert found.described("safe")["missing_codes"] == '{"99": "Refused"}', kind


def test_file_names_that_came_with_a_record_are_told(tmp_path):
    source = source_of([sent("<a>x</a>")])
    (head,) = source.heads
    with_files = replace(head, attachments=(AttachedFile("a;b.jpg", "0"), AttachedFile("c.jpg", "1")))
    place = tmp_path / "export.zip"

    make_export(
        one_version("text | a | A"), records=RecordSource(1, [with_files], source.contents), to=place, kind=ExportFormat.CSV,
        segments=tmp_path / "segments",
    )  # fmt: skip

    assert read_zip(place)["record"][0]["record_attachments"] == '["a;b.jpg", "c.jpg"]'


def test_csv_lines_end_in_one_letter_and_rows_are_as_many_as_records(export):
    found = export(one_version("text | a | A"), sent("<a>1\n2</a>"), sent("", key="uuid:2"))

    with zipfile.ZipFile(found.made.file) as archive:
        rows = list(csv.reader(io.StringIO(archive.read("record.csv").decode(), newline="")))
    assert [row[0] for row in rows] == ["key", "uuid:1", "uuid:2"]
