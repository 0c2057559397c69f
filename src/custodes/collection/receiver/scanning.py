"""Reads the XML of a submission without trusting it: what could expand, nest without end or hide in another encoding is refused before it acts."""

import hashlib
from dataclasses import dataclass
from xml.parsers import expat

from django.utils.translation import gettext as _
from lxml import etree

from custodes.collection.errors import XmlRefused

DEEPEST = 200
MOST_ELEMENTS = 200_000
MOST_ATTRIBUTES = 1_000
LONGEST_ID = 255
ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii"}


@dataclass(frozen=True, slots=True)
class Instance:
    """What a submission says of itself, and what its bytes and its content are named by."""

    form_id: str
    version: str
    instance_id: str
    deprecated_id: str
    sha256: str
    canonical_sha256: str


class _Reader:
    """What expat reports; raises at the first thing that is not taken."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.depth = self.elements = 0
        self.root: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self._meta_depth = 0
        self._text: list[str] | None = None

    def refuse(self, what: str) -> XmlRefused:
        return XmlRefused(what, where=_place(self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber))

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and encoding.lower() not in ENCODINGS:
            raise self.refuse(_("The encoding is not UTF-8."))

    def _doctype(self, *declared: object) -> None:
        raise self.refuse(_("A document type declaration is not taken."))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST:
            raise self.refuse(_("Elements stand too deep in one another."))
        if self.elements > MOST_ELEMENTS or len(attributes) > MOST_ATTRIBUTES:
            raise self.refuse(_("There are too many elements or attributes."))
        if self.depth == 1:
            self.root = attributes
        elif self.depth == 2:
            self._meta_depth = 2 if _local(name) == "meta" else 0
        elif self._meta_depth and self.depth == 3 and _local(name) in ("instanceID", "deprecatedID"):
            self._text = []
            self.parser.CharacterDataHandler = self._text.append

    def _end(self, name: str) -> None:
        if self._text is not None and self.depth == 3:
            self.ids.setdefault(_local(name), "".join(self._text).strip())
            self._text = None
            self.parser.CharacterDataHandler = None
        self.depth -= 1


def scan(xml: bytes) -> Instance:
    """What the XML says of itself. Raises XmlRefused, with line and column, for what is not well formed or not safe."""
    _check_bytes(xml)
    reader = _Reader()
    try:
        reader.parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise XmlRefused(
            _("The XML is not well formed: %(fault)s.") % {"fault": expat.ErrorString(error.code)},
            where=_place(error.lineno, error.offset),
        ) from None
    instance_id = reader.ids.get("instanceID", "") or reader.root.get("instanceID", "").strip()
    deprecated_id = reader.ids.get("deprecatedID", "")
    if max(len(instance_id), len(deprecated_id)) > LONGEST_ID:
        raise XmlRefused(_("The instanceID is too long."), where="meta")
    return Instance(
        form_id=reader.root.get("id") or reader.root.get("xmlns", ""),
        version=reader.root.get("version", ""),
        instance_id=instance_id,
        deprecated_id=deprecated_id,
        sha256=hashlib.sha256(xml).hexdigest(),
        canonical_sha256=hashlib.sha256(_canonical(xml)).hexdigest(),
    )


def _check_bytes(xml: bytes) -> None:
    """UTF-16 and UTF-32 betray themselves by their first bytes or by NULs, which no XML may hold."""
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise XmlRefused(_("The encoding is not UTF-8."), where=_place(1, 0))
    place = xml.find(b"\0")
    if place >= 0:
        before = xml[:place]
        raise XmlRefused(
            _("A NUL stands in the XML."),
            where=_place(before.count(b"\n") + 1, place - before.rfind(b"\n") - 1),
        )


def _parsed(xml: bytes) -> etree._Element:
    # No entity can be declared, as the scanner refuses a DOCTYPE; the parser is told all the same.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise XmlRefused(
            _("The XML is not well formed: %(fault)s.") % {"fault": error.msg}, where=_place(line, column)
        ) from None


def _canonical(xml: bytes) -> bytes:
    """The canonical form (C14N 1.0, without comments), the same for every way to write the same content."""
    root = _parsed(xml)
    try:
        return etree.tostring(root, method="c14n", with_comments=False)
    except etree.C14NError:  # a name space without a scheme has no canonical form; then only equal bytes are equal
        return xml


def texts_of(xml: bytes) -> frozenset[str]:
    """Every text that stands alone in an element: the names of attachments are among them, in plain and in sealed submissions."""
    return frozenset(
        element.text.strip() for element in _parsed(xml).iter(etree.Element) if element.text and len(element) == 0
    )


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _place(line: int, column: int) -> str:
    return _("line %(line)d, column %(column)d") % {"line": line, "column": column + 1}
