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
_TOO_DEEP = etree.XPath(f"({'/*' * (DEEPEST + 1)})[1]")
_TOO_WIDE = etree.XPath(f"(//*[@*[{MOST_ATTRIBUTES + 1}]])[1]")
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


def scan(xml: bytes) -> Instance:
    """What the XML says of itself. Raises XmlRefused, with line and column, for what is not well formed or not safe."""
    _check_bytes(xml)
    _check_declarations(xml)
    root = _parsed(xml)
    _check_shape(root, xml)
    ids = _ids(root)
    instance_id = ids.get("instanceID", "") or root.get("instanceID", "").strip()
    deprecated_id = ids.get("deprecatedID", "")
    if max(len(instance_id), len(deprecated_id)) > LONGEST_ID:
        raise XmlRefused(_("The instanceID is too long."), where="meta")
    return Instance(
        form_id=root.get("id") or etree.QName(root).namespace or "",
        version=root.get("version", ""),
        instance_id=instance_id,
        deprecated_id=deprecated_id,
        sha256=hashlib.sha256(xml).hexdigest(),
        canonical_sha256=hashlib.sha256(_canonical(root, xml)).hexdigest(),
    )


def _check_declarations(xml: bytes) -> None:
    """Well formed, in UTF-8, without DOCTYPE: expat stops at the first byte of one. No callback of ours for what else there is: those take long."""
    parser = expat.ParserCreate()

    def refuse(what: str) -> XmlRefused:
        return XmlRefused(what, where=_place(parser.CurrentLineNumber, parser.CurrentColumnNumber))

    def declaration(version: str, encoding: str | None, standalone: int) -> None:
        if encoding and encoding.lower() not in ENCODINGS:
            raise refuse(_("The encoding is not UTF-8."))

    def doctype(*declared: object) -> None:
        raise refuse(_("A document type declaration is not taken."))

    parser.XmlDeclHandler, parser.StartDoctypeDeclHandler = declaration, doctype
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise XmlRefused(
            _("The XML is not well formed: %(fault)s.") % {"fault": expat.ErrorString(error.code)},
            where=_place(error.lineno, error.offset),
        ) from None


def _check_shape(root: etree._Element, xml: bytes) -> None:
    """No element too deep, none with too many attributes. Beyond 256 levels the parser has refused already."""
    too_deep = _TOO_DEEP(root)
    if too_deep:
        raise XmlRefused(_("Elements stand too deep in one another."), where=_place(too_deep[0].sourceline, 0))
    too_wide = _TOO_WIDE(root) if xml.count(b"=") > MOST_ATTRIBUTES else ()
    if too_wide:
        raise XmlRefused(_("There are too many elements or attributes."), where=_place(too_wide[0].sourceline, 0))


def _ids(root: etree._Element) -> dict[str, str]:
    """instanceID and deprecatedID of the first `meta` below the root, whatever their prefixes."""
    meta = next(root.iterchildren("{*}meta"), None)
    children = [] if meta is None else list(meta.iterchildren("{*}instanceID", "{*}deprecatedID"))
    return {str(etree.QName(each).localname): (each.text or "").strip() for each in reversed(children)}


def _check_bytes(xml: bytes) -> None:
    """UTF-16 and UTF-32 betray themselves by their first bytes or by NULs, which no XML may hold."""
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise XmlRefused(_("The encoding is not UTF-8."), where=_place(1, 0))
    if xml.count(b"<") > 2 * MOST_ELEMENTS:  # each element has one or two; counted before a tree is made of them
        raise XmlRefused(_("There are too many elements or attributes."), where=_place(1, 0))
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


def _canonical(root: etree._Element, xml: bytes) -> bytes:
    """The canonical form (C14N 1.0, without comments), the same for every way to write the same content."""
    try:
        return etree.tostring(root, method="c14n", with_comments=False)
    except etree.C14NError:  # a name space without a scheme has no canonical form; then only equal bytes are equal
        return xml


def texts_of(xml: bytes) -> frozenset[str]:
    """Every text that stands alone in an element: the names of attachments are among them, in plain and in sealed submissions."""
    return frozenset(
        element.text.strip() for element in _parsed(xml).iter(etree.Element) if element.text and len(element) == 0
    )


def _place(line: int, column: int) -> str:
    return _("line %(line)d, column %(column)d") % {"line": line, "column": column + 1}
