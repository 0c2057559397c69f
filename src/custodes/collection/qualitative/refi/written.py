"""Elements of a file being written: only characters and guids that the standard allows, refused with their place otherwise."""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from custodes.collection.qualitative.refi.parts import GUID
from custodes.evidence.errors import ArgumentInvalid

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def add(below: Element, tag: str, /, **attributes: str) -> Element:
    """A child element with those of the attributes that are not empty."""
    return SubElement(below, tag, {key: value for key, value in attributes.items() if value})


def fits_xml(words: str) -> bool:
    """Whether a text can stand in XML and come back unchanged."""
    return NOT_IN_XML.search(words) is None and "\r" not in words


def text(words: str, where: str) -> str:
    """Words as they may stand in XML, with line feeds only."""
    if found := NOT_IN_XML.search(words):
        raise ArgumentInvalid(
            f"It has the character U+{ord(found.group()):04X}, which XML does not allow.",
            where=where,
            remedy="Take it out.",
        )
    return words.replace("\r\n", "\n").replace("\r", "\n")


def guid(value: str, where: str) -> str:
    """A guid as the standard writes it."""
    if GUID.fullmatch(value) is None:
        raise ArgumentInvalid(f"“{value[:60]}” is no guid.", where=where, remedy="Give each thing a UUID.")
    return value


def guid_or_empty(value: str, where: str) -> str:
    """A guid that may be absent."""
    return guid(value, where) if value else ""


def xml_bytes(root: Element) -> bytes:
    """The document in UTF-8."""
    body: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body
