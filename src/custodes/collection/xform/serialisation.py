"""A record as the XML that is sent: what is not relevant left out, the form's id and version on the root."""

from lxml import etree

from custodes.collection.xform.instance_tree import MARK
from custodes.collection.xform.record import Record


def record_xml(record: Record) -> bytes:
    """The record as XML in UTF-8. Elements that are not relevant are left out, as the ODK XForms specification says; unanswered ones stay empty."""
    root = _copied(record, record.tree.record, None)
    if record.tree.namespace:
        root.set("xmlns", record.tree.namespace)
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return made


def _copied(record: Record, element: etree._Element, parent: etree._Element | None) -> etree._Element:
    name = etree.QName(element)
    prefixes = {element.prefix: name.namespace} if element.prefix and name.namespace else None
    made = etree.Element(element.tag, nsmap=prefixes)
    if parent is not None:
        parent.append(made)
    for key, value in element.attrib.items():
        made.set(key, value)
    if element in record.answers:
        made.text = record.answers[element] or None
        return made
    for child in element:
        if child.tag != MARK and child not in record.closed:
            _copied(record, child, made)
    return made
