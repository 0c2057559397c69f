"""Reads XML that strangers send: a DOCTYPE, a deep nest or another encoding is refused before anything is built."""

from xml.parsers import expat

from lxml import etree

from custodes.collection.errors import FormUnreadable

MOST_DEPTH = 200
MOST_ATTRIBUTES = 200  # of one element
REMEDY = "Make the form again from its workbook, and send that."


class _Refused(Exception):
    """Stops the scan; the message says why."""


def safe_xml(content: bytes) -> etree._Element:
    """The root of an XML document.

    Refuses  FormUnreadable for a DOCTYPE, more than 200 levels, more than 200 attributes on one element, an encoding other than UTF-8,
             and XML that is not well formed.
    """
    _scan(content)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True
    )  # the scan bounds depth; a form with 50,000 choices is longer than the parser allows by itself
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise FormUnreadable("The XML is damaged.", where=f"line {error.lineno}", remedy=REMEDY) from error


def _scan(content: bytes) -> None:
    """Go through the document once and build nothing."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in content[:4]:
        raise FormUnreadable("The XML is not in UTF-8.", remedy="Save it in UTF-8.")
    depth = 0
    reader = expat.ParserCreate()

    def starts(_name: str, attributes: list[str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise _Refused(f"The XML is nested more than {MOST_DEPTH} levels deep.")
        if len(attributes) > 2 * MOST_ATTRIBUTES:
            raise _Refused(f"An element of the XML has more than {MOST_ATTRIBUTES} attributes.")

    def ends(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise _Refused("The XML has a DOCTYPE, which no form needs and which can do harm.")

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in {"utf-8", "utf8", "us-ascii"}:
            raise _Refused(f"The XML says that it is in {encoding}, not in UTF-8.")

    reader.ordered_attributes = True
    reader.StartElementHandler, reader.EndElementHandler = starts, ends
    reader.StartDoctypeDeclHandler, reader.XmlDeclHandler = doctype, declared
    try:
        reader.Parse(content, True)
    except (_Refused, expat.ExpatError) as error:
        place = f"line {reader.CurrentLineNumber}, column {reader.CurrentColumnNumber + 1}"
        what = (
            str(error) if isinstance(error, _Refused) else f"The XML is damaged: {expat.errors.messages[error.code]}."
        )
        raise FormUnreadable(what, where=place, remedy=REMEDY) from error
