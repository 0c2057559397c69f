"""What kind of file somebody sent, by its content and never by its name, and whether it is safe to open."""

import zipfile
from enum import StrEnum
from io import BytesIO

from custodes.collection.xlsform.problems import FormProblem

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_UNPACKED = 100_000_000
MOST_RATIO = 100
RATIO_MATTERS_FROM = 1_000_000  # bytes; small members of office files pack better than any bomb needs to
MOST_MEMBERS = 2_000
FEWEST_PIPES, FEWEST_COMMAS = 5, 4  # what pyxform itself asks of a table in text
LOOKED_AT = 5_000


class FormFileKind(StrEnum):
    """The kinds of file from which a form is made."""

    XLSX = "xlsx"
    XLS = "xls"
    CSV = "csv"
    MARKDOWN = "md"
    XFORM = "xml"


def form_file_kind(content: bytes) -> FormFileKind | FormProblem:
    """The kind of a form's file, or why it is none."""
    if not content.strip():
        return _no_form("The file is empty.", "Send the workbook again.")
    if content.startswith(ZIP):
        return _kind_of_zip(content)
    if content.startswith(OLE):
        return FormFileKind.XLS
    if content.startswith(b"%PDF"):
        return _no_form("The file is a PDF.", "Send the workbook from which it was made.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"The file is neither a workbook nor text in UTF-8: byte {error.start + 1} fits no letter."
        return _no_form(what, "Save it as .xlsx, or as CSV in UTF-8.")
    return _kind_of_text(text)


def _kind_of_text(text: str) -> FormFileKind | FormProblem:
    start = text.lstrip()[:LOOKED_AT]
    if start.startswith("<"):
        if "http://www.w3.org/2002/xforms" in start:
            return FormFileKind.XFORM
        return _no_form("The file is a page or XML, but no XForm.", "Save the workbook as .xlsx and send that.")
    if start.count("|") >= FEWEST_PIPES:
        return FormFileKind.MARKDOWN
    if start.count(",") >= FEWEST_COMMAS:
        return FormFileKind.CSV
    return _no_form("The file holds no table of questions.", "Begin with an XLSForm template and save it as .xlsx.")


def _kind_of_zip(content: bytes) -> FormFileKind | FormProblem:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return _no_form(
            "The workbook is damaged.", "Open it, save it again as .xlsx, and send it.", code="FILE_DAMAGED"
        )
    unsafe = _unsafe_or_none(members)
    if unsafe is not None:
        return _no_form(unsafe, "Copy the sheets into a new workbook and send that.", code="FILE_UNSAFE")
    if any(each.filename == "xl/workbook.xml" for each in members):
        return FormFileKind.XLSX
    if any(each.filename == "content.xml" for each in members):
        return _no_form("The file is an OpenDocument spreadsheet.", "Save it as .xlsx and send that.")
    return _no_form("The file is an archive, but no workbook.", "Send the .xlsx by itself.")


def _unsafe_or_none(members: list[zipfile.ZipInfo]) -> str | None:
    """Why a zip may do harm when unpacked, read from its directory alone."""
    if len(members) > MOST_MEMBERS:
        return f"The workbook has {len(members)} parts; {MOST_MEMBERS} are allowed."
    if sum(each.file_size for each in members) > MOST_UNPACKED:
        return f"The workbook unpacks to more than {MOST_UNPACKED // 1_000_000} MB."
    for each in members:
        if each.file_size > RATIO_MATTERS_FROM and each.file_size > MOST_RATIO * max(each.compress_size, 1):
            return f"The part {each.filename} unpacks to more than {MOST_RATIO} times its size."
        if each.filename.startswith(("/", "\\")) or ".." in each.filename.replace("\\", "/").split("/"):
            return f"The part {each.filename} points outside the workbook."
        if each.filename.lower().endswith((".zip", ".xlsx", ".xlsm")):
            return f"The workbook holds another archive: {each.filename}."
    return None


def _no_form(problem: str, remedy: str, *, code: str = "FILE_KIND") -> FormProblem:
    return FormProblem(code, "", None, "", problem, remedy)
