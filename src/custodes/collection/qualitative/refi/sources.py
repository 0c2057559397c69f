"""Text sources and memos of a .qdpx: their text from the archive or the XML, passages moved to the normalised text, codes and values on them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from custodes.collection.errors import EncodingUnknown
from custodes.collection.qualitative.archives import Archive
from custodes.collection.qualitative.plain_text import decoded
from custodes.collection.qualitative.refi.exchange import CodeMark, RichText, Selection, Source, VariableValue
from custodes.collection.qualitative.refi.lexical import FORMS, SUFFIX, fits
from custodes.collection.qualitative.refi.parts import Part
from custodes.collection.qualitative.transcripts import Normalised, Transcript, excerpt_at, normalised, without_controls
from custodes.evidence.errors import FileUnreadable

FOLDER = "sources/"
OUTSIDE = ("absolute:", "file:", "http:", "https:")


@dataclass(slots=True)
class SourceReader:
    """Reads text sources. codes: the guids that the codebook has; opened: the files of the archive that were used."""

    archive: Archive
    codes: frozenset[str]
    opened: set[str] = field(default_factory=set)

    def source_or_none(self, part: Part) -> Source | None:
        """A source, or None where its text is not in the file: that is listed, with the number of codings that go with it."""
        transcript_guid = part.guid()
        # Some programs name their sources by file only.
        file = PurePosixPath(_path(part.attribute("plainTextPath"))).stem
        name = part.attribute("name") if "name" in part.element.attrib else file or transcript_guid
        found = self._text_or_none(part)
        rich = self._rich_or_none(part)
        if found is None:
            codings = sum(1 for each in part.element.iter() if each.tag.endswith("Coding"))
            part.listing.add(
                f"source “{name}”", part.path, why=f"its text is not in the file; {codings} codings go with it"
            )
            return None
        transcript = Transcript(transcript_guid, name, found.text)
        selections = tuple(self._selections(part, transcript, found))
        source = Source(
            transcript, selections, self.marks(part), description=part.text("Description"), notes=part.references("NoteRef"),
            values=tuple(read_values(part)), rich=rich, stamp=part.stamp(),
        )  # fmt: skip
        part.close()
        return source

    def marks(self, part: Part) -> tuple[CodeMark, ...]:
        """The codes on an element; those that the codebook does not have are listed."""
        found = []
        for each in part.children("Coding"):
            mark_guid = each.guid()
            references = each.references("CodeRef")
            mark = CodeMark(
                mark_guid, references[0] if references else "", each.guid_or_empty("creatingUser"),
                each.time("creationDateTime"), each.references("NoteRef"),
            )  # fmt: skip
            if mark.code in self.codes:
                found.append(mark)
            else:
                each.listing.add("Coding", each.path, why="its code is not in the codebook")
            each.close()
        return tuple(found)

    def _selections(self, part: Part, transcript: Transcript, found: Normalised) -> Iterator[Selection]:
        for each in part.children("PlainTextSelection"):
            start, end = each.whole_or_none("startPosition"), each.whole_or_none("endPosition")
            selection_guid = each.guid()
            if (
                start is None
                or end is None
                or not 0 <= start < end <= found.length
                or found.offset(start) == found.offset(end)
            ):
                why = f"[{start}, {end}) is no passage of “{transcript.name}”"
                each.listing.add("PlainTextSelection", f"{each.path} {selection_guid}", why=why)
                continue
            yield Selection(
                selection_guid,
                excerpt_at(transcript, start=found.offset(start), end=found.offset(end)),
                self.marks(each), each.attribute("name"), each.text("Description"), each.references("NoteRef"), each.stamp(),
            )  # fmt: skip
            each.close()

    def _text_or_none(self, part: Part) -> Normalised | None:
        content, path = part.child("PlainTextContent"), part.attribute("plainTextPath")
        if content is not None:
            content.close()
            if path:
                part.listing.add("attribute plainTextPath", part.path, why="the text stands in the file itself as well")
            return self._meaningful(content.element.text or "", part)
        name = self._name_or_none(path)
        if name is None:
            return None
        try:
            text, _ = decoded(
                self.archive.read(name), encoding="", where=f"{self.archive.where}, {name}", keeps_controls=True
            )
        except (EncodingUnknown, FileUnreadable) as error:
            part.listing.add(name, part.path, why=error.what)
            return None
        return self._meaningful(text, part)

    def _meaningful(self, text: str, part: Part) -> Normalised:
        found, replaced = without_controls(text)
        if replaced:
            part.listing.add("characters without meaning", part.path, why="now U+FFFD", number=replaced)
        return normalised(found)

    def _rich_or_none(self, part: Part) -> RichText | None:
        path = part.attribute("richTextPath")
        name = self._name_or_none(path)
        if name is None:
            if path:
                part.listing.add("attribute richTextPath", part.path, why="the file with the layout is not in it")
            return None
        suffix = PurePosixPath(name).suffix.lstrip(".").lower()
        return RichText(self.archive.read(name), suffix if SUFFIX.fullmatch(suffix) else "bin")

    def _name_or_none(self, path: str) -> str | None:
        """The file in the archive that a path means: `internal://name`, `relative://name`, or a bare name, in the folder of sources or beside it."""
        if not path or path.lower().startswith(OUTSIDE):
            return None
        wanted = _path(path).lower()
        known = {name.replace("\\", "/").lower(): name for name in self.archive.names}
        name = known.get(FOLDER + wanted) or known.get(wanted)
        if name is not None:
            self.opened.add(name)
        return name


def read_values(part: Part) -> Iterator[VariableValue]:
    """The values of variables on a source or a case."""
    for each in part.children("VariableValue"):
        references = each.references("VariableRef")
        for kind in FORMS:
            for value in each.children(f"{kind}Value"):
                written = value.element.text or ""
                if references and fits(kind, written):
                    yield VariableValue(references[0], kind, written)
                else:
                    each.listing.add("VariableValue", each.path, why=f"“{written[:40]}” is not written as {kind}")
                value.close()
        each.close()


def _path(path: str) -> str:
    """A path without its scheme and what stands before the name."""
    _, scheme, rest = path.rpartition("://")
    return (rest if scheme else path).replace("\\", "/").removeprefix("./").lstrip("/")
