"""All that a .qdpx can carry of interviews and their coding, in our words. Every guid is that of the file, in small letters without braces."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from custodes.collection.qualitative.codebook import Codebook
from custodes.collection.qualitative.codings import Coding
from custodes.collection.qualitative.transcripts import Excerpt, Transcript

# Identifiers that the standard asks for and we do not keep are made from those that we keep, so that they are the same each time.
SELECTIONS = UUID("5b0f7c3e-7d55-5c3a-9a54-7f1f0f4f9d21")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who made a thing and who changed it last, by guid, and when, as xsd:dateTime; each may be empty."""

    by: str = ""
    at: str = ""
    changed_by: str = ""
    changed_at: str = ""


@dataclass(frozen=True, slots=True)
class Coder:
    """A person who coded (the standard's User). initials: its `id`."""

    guid: str
    name: str = ""
    initials: str = ""


@dataclass(frozen=True, slots=True)
class CodeMark:
    """A code on a passage or on a whole source (the standard's Coding). notes: guids of memos on it."""

    guid: str
    code: str
    coder: str = ""
    at: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """A passage of a source with its codes and memos."""

    guid: str
    excerpt: Excerpt
    marks: tuple[CodeMark, ...] = ()
    name: str = ""
    description: str = ""
    notes: tuple[str, ...] = ()
    stamp: Stamp = Stamp()


@dataclass(frozen=True, slots=True)
class VariableValue:
    """What one source or case has as value of a variable. kind: Text, Boolean, Integer, Float, Date or DateTime; value: as written."""

    variable: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class RichText:
    """The same text with its layout: the bytes of a word-processing file and its kind, such as docx."""

    content: bytes = field(repr=False)
    suffix: str = "docx"


@dataclass(frozen=True, slots=True)
class Source:
    """A transcript, or a memo: the standard gives both the same form."""

    transcript: Transcript
    selections: tuple[Selection, ...] = ()
    marks: tuple[CodeMark, ...] = ()
    description: str = ""
    notes: tuple[str, ...] = ()
    values: tuple[VariableValue, ...] = ()
    rich: RichText | None = None
    stamp: Stamp = Stamp()


@dataclass(frozen=True, slots=True)
class Set:
    """A group of codes, sources and memos, by guid."""

    guid: str
    name: str
    description: str = ""
    codes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """A property of sources or cases. kind: as of its values."""

    guid: str
    name: str
    kind: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A person or place that sources speak of. codes, sources and selections are guids."""

    guid: str
    name: str = ""
    description: str = ""
    codes: tuple[str, ...] = ()
    values: tuple[VariableValue, ...] = ()
    sources: tuple[str, ...] = ()
    selections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """The content of one .qdpx (the standard's Project).

    code_notes  for a code's guid, the guids of the memos on it. notes: guids of memos on the whole.
    origin      the program that wrote the file.
    """

    name: str
    coders: tuple[Coder, ...] = ()
    codebook: Codebook = field(default_factory=Codebook)
    code_notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    variables: tuple[Variable, ...] = ()
    cases: tuple[Case, ...] = ()
    sources: tuple[Source, ...] = ()
    memos: tuple[Source, ...] = ()
    sets: tuple[Set, ...] = ()
    description: str = ""
    notes: tuple[str, ...] = ()
    origin: str = ""
    stamp: Stamp = Stamp()


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a file that was not taken over: what it is, where it stands, how often, and why where that is not plain."""

    part: str
    where: str
    number: int = 1
    why: str = ""


def exchange_from_codings(
    name: str,
    *,
    transcripts: Sequence[Transcript],
    codings: Sequence[Coding],
    codebook: Codebook,
    coders: Sequence[Coder],
) -> Exchange:
    """Transcripts and codings as an exchange; each coding is a passage with one code, its guid kept."""
    sources = tuple(
        Source(
            transcript,
            tuple(
                Selection(
                    str(uuid5(SELECTIONS, each.guid)), each.excerpt, (CodeMark(each.guid, each.code, each.coder),)
                )
                for each in codings
                if each.transcript == transcript.guid
            ),
        )
        for transcript in transcripts
    )
    return Exchange(name, tuple(coders), codebook, sources=sources)


def codings_of(exchange: Exchange) -> Iterator[Coding]:
    """Every code on a passage of a source as a coding by the exchange's codebook. Codes on whole sources are marks of `Source`, not codings."""
    for source in exchange.sources:
        for selection in source.selections:
            for mark in selection.marks:
                yield Coding(
                    mark.guid, source.transcript.guid, selection.excerpt, mark.code, mark.coder or selection.stamp.by,
                    exchange.codebook.version,
                )  # fmt: skip
