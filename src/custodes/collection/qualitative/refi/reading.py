"""Reading .qdpx and .qdc. What we do not take over is listed, down to the attribute; nothing is dropped in silence."""

from collections.abc import Iterator
from dataclasses import dataclass

from custodes.collection.errors import FileTooLarge
from custodes.collection.qualitative.archives import Archive, open_archive
from custodes.collection.qualitative.codebook import Codebook
from custodes.collection.qualitative.markup import parsed_xml
from custodes.collection.qualitative.refi.codes import codebook_of, read_codes
from custodes.collection.qualitative.refi.exchange import Case, Coder, Exchange, Set, Source, Unread, Variable
from custodes.collection.qualitative.refi.lexical import FORMS
from custodes.collection.qualitative.refi.parts import Listing, Part, root_part
from custodes.collection.qualitative.refi.sources import SourceReader, read_values
from custodes.evidence.errors import FileUnreadable

LARGEST_FILE = 100_000_000
SYSTEM_FILES = ("__macosx/", ".ds_store", "thumbs.db", ".root")


@dataclass(frozen=True, slots=True)
class ExchangeRead:
    """A .qdpx as read, and what of it was not taken over."""

    exchange: Exchange
    unread: tuple[Unread, ...]


@dataclass(frozen=True, slots=True)
class CodebookRead:
    """A .qdc as read, and what of it was not taken over."""

    codebook: Codebook
    sets: tuple[Set, ...]
    unread: tuple[Unread, ...]


def read_qdpx(content: bytes, *, where: str) -> ExchangeRead:
    """Interviews with their coding from a .qdpx of any program.

    Places count code points of the text as the file has it, without byte order mark; they are moved to the normalised text. Pictures, sound,
    video, links and graphs are listed. A PDF source comes as the text that the file gives for it. Refuses what is no .qdpx, and what an
    archive or XML may not be (`archives`, `markup`).
    """
    if len(content) > LARGEST_FILE:
        raise FileTooLarge(
            f"The file has {len(content) / 1e6:,.0f} MB; {LARGEST_FILE / 1e6:,.0f} MB are allowed.",
            where=where,
            remedy="Export it without recordings.",
        )
    with open_archive(content, where=where) as archive:
        listing = Listing(where)
        name = _main_file(archive)
        root = root_part(parsed_xml(archive.read(name), where=f"{where}, {name}"), name="Project", listing=listing)
        exchange, opened = _exchange(root, archive)
        for unopened in archive.names:
            if unopened not in opened | {name} and not unopened.lower().rpartition("sources/")[2].startswith(
                SYSTEM_FILES
            ):
                listing.add(f"file {unopened}", where)
        return ExchangeRead(exchange, listing.unread)


def read_qdc(content: bytes, *, where: str) -> CodebookRead:
    """A codebook from a .qdc of any program."""
    listing = Listing(where)
    root = root_part(parsed_xml(content, where=where), name="CodeBook", listing=listing)
    root.attribute("origin")
    codebook = _codebook(root, notes={})
    sets = []
    holder = root.child("Sets")
    for each in holder.children("Set") if holder else ():
        members = []
        for member in each.children("MemberCode"):
            # The codebook's schema says guid where that of the project says targetGUID; programs write both.
            members.append(member.guid("guid" if "guid" in member.element.attrib else "targetGUID"))
            member.close()
        sets.append(Set(each.guid(), each.attribute("name"), each.text("Description"), tuple(members)))
        each.close()
    if holder:
        holder.close()
    root.close()
    return CodebookRead(codebook, tuple(sets), listing.unread)


def _main_file(archive: Archive) -> str:
    found = [name for name in archive.names if name.lower().endswith(".qde") and "/" not in name]
    named = [name for name in found if name.lower() == "project.qde"] or found
    if len(named) != 1:
        raise FileUnreadable(
            "It has no file “project.qde”.", where=archive.where, remedy="Export it as REFI-QDA project (.qdpx)."
        )
    return named[0]


def _exchange(root: Part, archive: Archive) -> tuple[Exchange, set[str]]:
    code_notes: dict[str, tuple[str, ...]] = {}
    holder = root.child("CodeBook")
    codebook = _codebook(holder, notes=code_notes) if holder else Codebook()
    if holder:
        holder.close()
    reader = SourceReader(archive, frozenset(code.guid for code in codebook.codes))
    seen: set[str] = set()
    root.attribute("basePath")  # of files outside the archive, which are not read
    exchange = Exchange(
        name=root.attribute("name"), coders=tuple(_coders(root)), codebook=codebook, code_notes=code_notes,
        variables=tuple(_variables(root)), cases=tuple(_cases(root)), sources=tuple(_sources(root, reader, seen)),
        memos=tuple(_memos(root, reader, seen)), sets=tuple(_sets(root)), description=root.text("Description"),
        notes=root.references("NoteRef"), origin=root.attribute("origin"),
        stamp=root.stamp(by="creatingUserGUID", changed_by="modifyingUserGUID"),
    )  # fmt: skip
    root.close()
    return exchange, reader.opened


def _codebook(holder: Part, *, notes: dict[str, tuple[str, ...]]) -> Codebook:
    below = holder.child("Codes")
    if below is None:
        return Codebook()
    codebook = codebook_of(read_codes(below, notes=notes))
    below.close()
    return codebook


def _each(root: Part, holder_name: str, *names: str) -> Iterator[Part]:
    """The elements of these names in a holder, which is closed after them."""
    holder = root.child(holder_name)
    if holder is not None:
        yield from holder.children(*names)
        holder.close()


def _coders(root: Part) -> Iterator[Coder]:
    for each in _each(root, "Users", "User"):
        yield Coder(each.guid(), each.attribute("name"), each.attribute("id"))
        each.close()


def _variables(root: Part) -> Iterator[Variable]:
    for each in _each(root, "Variables", "Variable"):
        kind = each.attribute("typeOfVariable").strip()
        if kind in FORMS:
            yield Variable(each.guid(), each.attribute("name"), kind, each.text("Description"))
            each.close()
        else:
            each.listing.add("Variable", each.path, why=f"“{kind[:40]}” is no kind of variable")


def _cases(root: Part) -> Iterator[Case]:
    for each in _each(root, "Cases", "Case"):
        yield Case(
            each.guid(), each.attribute("name"), each.text("Description"), each.references("CodeRef"),
            tuple(read_values(each)), each.references("SourceRef"), each.references("SelectionRef"),
        )  # fmt: skip
        each.close()


def _sources(root: Part, reader: SourceReader, seen: set[str]) -> Iterator[Source]:
    for each in _each(root, "Sources", "TextSource", "PDFSource"):
        if each.path.endswith("/TextSource"):
            source = reader.source_or_none(each)
        else:
            text = each.child("Representation")
            source = reader.source_or_none(text) if text else None
            if text is None:
                each.listing.add("PDFSource", each.path, why="the file gives no text for it")
            else:
                each.close()
        if source is not None and _is_new(source, each, seen):
            yield source


def _memos(root: Part, reader: SourceReader, seen: set[str]) -> Iterator[Source]:
    for each in _each(root, "Notes", "Note"):
        memo = reader.source_or_none(each)
        if memo is not None and _is_new(memo, each, seen):
            yield memo


def _is_new(source: Source, part: Part, seen: set[str]) -> bool:
    """Whether a guid comes for the first time: two texts of one guid could not be told apart by what refers to them."""
    if source.transcript.guid in seen:
        part.listing.add(f"source “{source.transcript.name}”", part.path, why="another has its guid")
        return False
    seen.add(source.transcript.guid)
    return True


def _sets(root: Part) -> Iterator[Set]:
    for each in _each(root, "Sets", "Set"):
        yield Set(
            each.guid(), each.attribute("name"), each.text("Description"), each.references("MemberCode"),
            each.references("MemberSource"), each.references("MemberNote"),
        )  # fmt: skip
        each.close()
