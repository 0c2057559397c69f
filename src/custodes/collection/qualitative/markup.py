"""XML from strangers: scanned first, so that neither entities nor endless nesting are ever built."""

from collections.abc import Mapping
from xml.etree import ElementTree
from xml.parsers import expat

from custodes.collection.errors import FileUnsafe
from custodes.evidence.errors import FileUnreadable

DEEPEST = 200
MOST_ELEMENTS = 1_000_000
MOST_ATTRIBUTES = 1_000


class _Scan:
    """Goes through a document once and keeps nothing."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.depth = 0
        self.elements = 0

    def doctype(self, *_: object) -> None:
        # Before any entity is declared: nothing can be expanded, and nothing outside is asked for.
        raise FileUnsafe(
            "It declares a document type, which no file of this kind needs.",
            where=self.where,
            remedy="Write the file again with the program that made it.",
        )

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST:
            raise self._unsafe(f"It nests deeper than {DEEPEST} levels.")
        if self.elements > MOST_ELEMENTS:
            raise self._unsafe(f"It has more than {MOST_ELEMENTS:,} elements.")
        if len(attributes) > MOST_ATTRIBUTES:
            raise self._unsafe(f"“{name[:60]}” has more than {MOST_ATTRIBUTES:,} attributes.")

    def end(self, _: str) -> None:
        self.depth -= 1

    def _unsafe(self, what: str) -> FileUnsafe:
        return FileUnsafe(what, where=self.where, remedy="Ask where it came from.")


def parsed_xml(content: bytes, *, where: str) -> ElementTree.Element:
    """The root of an XML document. Refuses FileUnsafe for a document type or a bomb, FileUnreadable with line and column otherwise."""
    scan = _Scan(where)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = scan.doctype
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    try:
        parser.Parse(content, True)
        return ElementTree.fromstring(content)
    except expat.ExpatError as error:
        raise FileUnreadable(
            f"The XML is damaged at line {error.lineno}, column {error.offset + 1}: {expat.ErrorString(error.code)}.",
            where=where,
            remedy="Write the file again with the program that made it.",
        ) from error
    except (LookupError, ValueError, ElementTree.ParseError) as error:
        # An encoding that Python does not know, or one of several bytes a character.
        raise FileUnreadable(f"The XML cannot be read: {error}.", where=where, remedy="Write it in UTF-8.") from error


def local_name(element: ElementTree.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
