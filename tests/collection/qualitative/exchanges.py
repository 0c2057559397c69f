"""An exchange with one of everything, and files as other programs write them."""

from uuid import NAMESPACE_URL, uuid5

from custodes.collection.qualitative.codebook import Code, Codebook
from custodes.collection.qualitative.refi.exchange import (
    Case,
    CodeMark,
    Coder,
    Exchange,
    RichText,
    Selection,
    Set,
    Source,
    Stamp,
    Variable,
    VariableValue,
)
from custodes.collection.qualitative.transcripts import Transcript, excerpt_at
from tests.collection.qualitative.documents import zipped

TEXT = "Awa: سَلَام 👮🏽 wait\nQ:\tWhy?\n"


def guid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


def full_exchange() -> Exchange:
    text = Transcript(guid("t1"), "Interview 1\twith a tab", TEXT)
    stamp = Stamp(guid("awa"), "2026-03-01T10:00:00Z", guid("bako"), "2026-03-02T10:00:00.5+01:00")
    mark = CodeMark(guid("m1"), guid("night"), guid("awa"), "2026-03-01T10:00:00Z", (guid("memo"),))
    passage = Selection(
        guid("s1"), excerpt_at(text, start=5, end=15), (mark, CodeMark(guid("m2"), guid("old"))), "greeting", "two\nlines", (guid("memo"),), stamp
    )  # fmt: skip
    values = tuple(
        VariableValue(guid(kind), kind, value)
        for kind, value in {
            "Text": "north & south", "Boolean": "true", "Integer": "-7", "Float": "0.5", "Date": "2026-03-01", "DateTime": "2026-03-01T10:00:00",
        }.items()
    )  # fmt: skip
    book = Codebook(
        (
            Code(guid("fear"), "Fear", definition="Being afraid", colour="#aa00ff", is_codable=False),
            Code(guid("night"), "At night", guid("fear"), "After dark\n\nor before dawn", "time is told", "it is a figure of speech", "“at 3”"),
            Code(guid("old"), "Old", retired_in=3),
        ),
        version=3,
    )  # fmt: skip
    return Exchange(
        name="Karuna <2026> & co",
        coders=(Coder(guid("awa"), "Awa Diallo", "AD"), Coder(guid("bako"), "Bako")),
        codebook=book,
        code_notes={guid("night"): (guid("memo"),)},
        variables=tuple(Variable(guid(value.kind), value.kind.lower(), value.kind, "of the person") for value in values),
        cases=(Case(guid("case"), "person 1", "a case", (guid("fear"),), values, (guid("t1"),), (guid("s1"),)),),
        sources=(
            Source(text, (passage,), (CodeMark(guid("m3"), guid("fear")),), "first round", (guid("memo"),), values, RichText(b"PK-docx"), stamp),
            Source(Transcript(guid("t2"), "Interview 2", "form\x0cfeed"), rich=RichText(b"layout", "txt")),
        ),
        memos=(Source(Transcript(guid("memo"), "memo", "  They fear\n\nthe <night>. \n"), stamp=stamp), Source(Transcript(guid("e"), "", ""))),
        sets=(Set(guid("set"), "round 1", "all", (guid("fear"),), (guid("t1"),), (guid("memo"),)),),
        description="what it is",
        notes=(guid("memo"),),
        origin="Custodes",
        stamp=stamp,
    )  # fmt: skip


def passage(start: int, end: int, *, code: str = "fear", name: str = "s") -> str:
    """A passage with one code on it."""
    mark = f'<Coding guid="{guid("m").upper()}"><CodeRef targetGUID="{guid(code)}"/></Coding>'
    return f'<PlainTextSelection guid="{guid(name)}" startPosition="{start}" endPosition="{end}">{mark}</PlainTextSelection>'


def foreign(inside: str, **files: bytes) -> bytes:
    """A .qdpx of another program: a project with one code and what is given."""
    book = f'<CodeBook><Codes><Code guid="{{{guid("fear").upper()}}}" name="Fear" isCodable="true"/></Codes></CodeBook>'
    parts = {"project.qde": f'<Project name="p" xmlns="urn:QDA-XML:project:1.0">{book}{inside}</Project>'}
    return zipped(parts | files)
