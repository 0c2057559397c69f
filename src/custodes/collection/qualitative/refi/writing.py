"""Writing .qdpx and .qdc: the same content gives the same bytes, and the names of coders go out only with their leave."""

import io
import zipfile
from collections import Counter
from collections.abc import Collection, Sequence
from xml.etree.ElementTree import Element

from custodes.collection.qualitative.codebook import Codebook
from custodes.collection.qualitative.refi.codes import add_codes
from custodes.collection.qualitative.refi.exchange import Case, CodeMark, Exchange, Set, Source, Stamp, VariableValue
from custodes.collection.qualitative.refi.lexical import SUFFIX, checked, checked_kind
from custodes.collection.qualitative.refi.written import add, fits_xml, guid, guid_or_empty, text, xml_bytes
from custodes.collection.qualitative.transcripts import check_excerpt
from custodes.evidence.errors import ArgumentInvalid

PROJECT, CODEBOOK = "urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0"
ORIGIN = "Custodes"
# A zip file holds a time for each part; one and the same keeps the clock out of the bytes.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def write_qdpx(exchange: Exchange, *, named: Collection[str] = ()) -> bytes:
    """The exchange as a .qdpx that validates against the standard's Project.xsd.

    named: guids of the coders who gave leave to their names; all others are “Coder 1”, “Coder 2” … in the order of the exchange, without
    initials. Texts go as files in UTF-8 with line feeds. Refuses ArgumentInvalid for an identifier that is no guid and a character that XML
    does not allow in a name or description, ExcerptMismatch for an excerpt that is not in its text.
    """
    _check_guids([each.transcript.guid for each in (*exchange.sources, *exchange.memos)])
    files: dict[str, bytes] = {}
    root = Element("Project", {"xmlns": PROJECT, "name": text(exchange.name, "name"), "origin": ORIGIN})
    _add_stamp(root, exchange.stamp, "project", by="creatingUserGUID", changed_by="modifyingUserGUID")
    _add_coders(root, exchange, named)
    if exchange.codebook.codes:
        add_codes(add(add(root, "CodeBook"), "Codes"), exchange.codebook, notes=exchange.code_notes)
    if exchange.variables:
        holder = add(root, "Variables")
        for each in exchange.variables:
            where = f"variable “{each.name}”"
            element = Element(
                "Variable",
                {
                    "guid": guid(each.guid, where),
                    "name": text(each.name, where),
                    "typeOfVariable": checked_kind(each.kind, where),
                },
            )
            holder.append(element)
            _add_description(element, each.description, where)
    if exchange.cases:
        holder = add(root, "Cases")
        for case in exchange.cases:
            _add_case(holder, case)
    for name, item, sources in (("Sources", "TextSource", exchange.sources), ("Notes", "Note", exchange.memos)):
        if sources:
            holder = add(root, name)
            for source in sources:
                _add_source(holder, item, source, files)
    if exchange.sets:
        _add_sets(root, exchange.sets)
    _add_description(root, exchange.description, "description")
    _add_references(root, "NoteRef", exchange.notes, "project")
    return _zipped({"project.qde": xml_bytes(root), **files})


def write_qdc(codebook: Codebook, *, sets: Sequence[Set] = ()) -> bytes:
    """The codebook as a .qdc that validates against the standard's Codebook.xsd. Refuses ArgumentInvalid as `write_qdpx`, and for no code."""
    if not codebook.codes:
        raise ArgumentInvalid("The codebook has no code.", where="codebook", remedy="Add one first.")
    root = Element("CodeBook", {"xmlns": CODEBOOK, "origin": ORIGIN})
    add_codes(add(root, "Codes"), codebook, notes={})
    if sets:
        holder = add(root, "Sets")
        for each in sets:
            where = f"set “{each.name}”"
            element = add(holder, "Set", guid=guid(each.guid, where))
            element.set("name", text(each.name, where))
            _add_description(element, each.description, where)
            for code in each.codes:
                add(element, "MemberCode", guid=guid(code, where))
    return xml_bytes(root)


def _check_guids(guids: Sequence[str]) -> None:
    twice = [each for each, number in Counter(guids).items() if number > 1]
    if twice:
        raise ArgumentInvalid(f"Two texts have the guid {twice[0]}.", where="sources", remedy="Give each its own.")


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, NO_TIME), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _add_coders(root: Element, exchange: Exchange, named: Collection[str]) -> None:
    if not exchange.coders:
        return
    holder = add(root, "Users")
    for number, coder in enumerate(exchange.coders, start=1):
        where = f"coder {number}"
        has_leave = coder.guid in named
        add(
            holder, "User", guid=guid(coder.guid, where), name=text(coder.name, where) if has_leave else f"Coder {number}",
            id=text(coder.initials, where) if has_leave else "",
        )  # fmt: skip


def _add_source(holder: Element, item: str, source: Source, files: dict[str, bytes]) -> None:
    transcript = source.transcript
    where = f"“{transcript.name}”"
    element = add(holder, item, guid=guid(transcript.guid, where))
    element.set("name", text(transcript.name, where))
    _add_stamp(element, source.stamp, where)
    if source.rich is not None:
        name = _layout_file(transcript.guid, source.rich.suffix, where)
        element.set("richTextPath", f"internal://{name}")
        files[f"sources/{name}"] = source.rich.content
    _add_description(element, source.description, where)
    # A memo is read where it stands; a transcript keeps any character in a file of its own.
    if item == "Note" and fits_xml(transcript.text):
        add(element, "PlainTextContent").text = transcript.text
    else:
        element.set("plainTextPath", f"internal://{transcript.guid}.txt")
        files[f"sources/{transcript.guid}.txt"] = transcript.text.encode()
    for each in source.selections:
        check_excerpt(each.excerpt, transcript=transcript)
        passage = add(
            element, "PlainTextSelection", guid=guid(each.guid, where), name=text(each.name, where),
            startPosition=str(each.excerpt.start), endPosition=str(each.excerpt.end),
        )  # fmt: skip
        _add_stamp(passage, each.stamp, where)
        _add_description(passage, each.description, where)
        _add_marks(passage, each.marks, where)
        _add_references(passage, "NoteRef", each.notes, where)
    _add_marks(element, source.marks, where)
    _add_references(element, "NoteRef", source.notes, where)
    _add_values(element, source.values, where)


def _layout_file(name: str, suffix: str, where: str) -> str:
    if SUFFIX.fullmatch(suffix) is None:
        raise ArgumentInvalid(
            f"“{suffix[:20]}” is no ending of a file name.", where=where, remedy="Use docx, for example."
        )
    # The text itself has the ending txt.
    return f"{name}-layout.txt" if suffix == "txt" else f"{name}.{suffix}"


def _add_marks(below: Element, marks: Sequence[CodeMark], where: str) -> None:
    for each in marks:
        element = add(
            below, "Coding", guid=guid(each.guid, where), creatingUser=guid_or_empty(each.coder, where),
            creationDateTime=checked("DateTime", each.at, where),
        )  # fmt: skip
        _add_references(element, "CodeRef", (each.code,), where)
        _add_references(element, "NoteRef", each.notes, where)


def _add_values(below: Element, values: Sequence[VariableValue], where: str) -> None:
    for each in values:
        element = add(below, "VariableValue")
        _add_references(element, "VariableRef", (each.variable,), where)
        add(element, f"{checked_kind(each.kind, where)}Value").text = text(checked(each.kind, each.value, where), where)


def _add_case(holder: Element, case: Case) -> None:
    where = f"case “{case.name}”"
    element = add(holder, "Case", guid=guid(case.guid, where), name=text(case.name, where))
    _add_description(element, case.description, where)
    _add_references(element, "CodeRef", case.codes, where)
    _add_values(element, case.values, where)
    _add_references(element, "SourceRef", case.sources, where)
    _add_references(element, "SelectionRef", case.selections, where)


def _add_sets(root: Element, sets: Sequence[Set]) -> None:
    holder = add(root, "Sets")
    for each in sets:
        where = f"set “{each.name}”"
        element = add(holder, "Set", guid=guid(each.guid, where))
        element.set("name", text(each.name, where))
        _add_description(element, each.description, where)
        _add_references(element, "MemberCode", each.codes, where)
        _add_references(element, "MemberSource", each.sources, where)
        _add_references(element, "MemberNote", each.notes, where)


def _add_stamp(
    element: Element, stamp: Stamp, where: str, *, by: str = "creatingUser", changed_by: str = "modifyingUser"
) -> None:
    given = {
        by: guid_or_empty(stamp.by, where), "creationDateTime": checked("DateTime", stamp.at, where),
        changed_by: guid_or_empty(stamp.changed_by, where), "modifiedDateTime": checked("DateTime", stamp.changed_at, where),
    }  # fmt: skip
    element.attrib.update({key: value for key, value in given.items() if value})


def _add_description(element: Element, description: str, where: str) -> None:
    if description:
        add(element, "Description").text = text(description, where)


def _add_references(below: Element, name: str, guids: Sequence[str], where: str) -> None:
    for each in guids:
        add(below, name, targetGUID=guid(each, where))
