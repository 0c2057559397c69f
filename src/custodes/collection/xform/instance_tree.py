"""A record as a tree beside the lists of its form, in one document: how it begins, which element is which question, and repeats that come and go."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from custodes.collection.xform.model import Form
from custodes.collection.xform.reading import JR, XFORMS, step_name
from custodes.collection.xform.safety import safe_xml

Names = tuple[str, ...]
TEMPLATE = f"{JR}template"
MARK = "{urn:custodes:form-mark}mark"  # stands after the instances of a repeat; no name in an expression matches it


@dataclass(slots=True)
class InstanceTree:
    """The document, its record, and for each repeat the instance that new ones copy and the marks where they stand."""

    document: etree._Element
    record: etree._Element
    namespace: str
    blanks: dict[Names, etree._Element] = field(default_factory=dict)

    def elements(self, names: Names) -> list[etree._Element]:
        """Every element of a path, in order."""
        found = [self.record] if names and names[0] == step_name(self.record) else []
        for name in names[1:]:
            found = [child for parent in found for child in parent if step_name(child) == name]
        return found

    def instances(self, parent: etree._Element, name: str) -> list[etree._Element]:
        """The instances of a repeat in one parent."""
        return [child for child in parent if step_name(child) == name]

    def add(self, parent: etree._Element, names: Names) -> etree._Element:
        """One more instance of a repeat, blank, after the others."""
        made = deepcopy(self.blanks[names])
        self.mark(parent, names[-1]).addprevious(made)
        return made

    def mark(self, parent: etree._Element, name: str) -> etree._Element:
        """Where the instances of a repeat end; expressions that count a repeat are evaluated there."""
        return next(child for child in parent.iterchildren(MARK) if child.get("of") == name)


def build_tree(form: Form, lists: Mapping[str, etree._Element]) -> InstanceTree:
    """A fresh record of a form, with its own lists and those given."""
    template = safe_xml(form.template)
    document = etree.Element("i", nsmap={each.prefix: each.address for each in form.namespaces})
    record = _plain(template, etree.SubElement(document, "p"))
    holder = etree.SubElement(document, "s")
    own = {each.id: _without_namespace(safe_xml(each.xml)) for each in form.instances if each.xml}
    for name, root in (own | {key: _without_namespace(value) for key, value in lists.items()}).items():
        etree.SubElement(holder, "instance", id=name).append(root)
    declared = template.nsmap.get(None)
    tree = InstanceTree(document, record, declared if declared and declared != XFORMS else "")
    for repeat in form.repeats:  # outer before inner, so that a blank holds the marks of those inside it
        _mark(tree, tuple(repeat.path.strip("/").split("/")))
    return tree


def _mark(tree: InstanceTree, names: Names) -> None:
    """Keep a blank instance of a repeat, take the template out, and leave a mark where instances stand."""
    holders = [
        *tree.elements(names[:-1]),
        *(inner for blank in tree.blanks.items() for inner in _inside(blank, names[:-1])),
    ]
    for parent in holders:
        found = tree.instances(parent, names[-1])
        if not found:
            continue
        templates = [each for each in found if TEMPLATE in each.attrib]
        blank = deepcopy((templates or found)[0])
        blank.attrib.pop(TEMPLATE, None)
        tree.blanks.setdefault(names, blank)
        found[-1].addnext(etree.Element(MARK, of=names[-1]))
        for each in templates:
            parent.remove(each)


def _inside(blank: tuple[Names, etree._Element], names: Names) -> Iterator[etree._Element]:
    """The elements of a path inside a blank instance."""
    start, element = blank
    if names[: len(start)] != start:
        return
    found = [element]
    for name in names[len(start) :]:
        found = [child for parent in found for child in parent if step_name(child) == name]
    yield from found


def _plain(element: etree._Element, parent: etree._Element) -> etree._Element:
    """A copy without the default namespace, so that expressions find its elements by name."""
    name = etree.QName(element)
    keeps = element.prefix is not None and name.namespace is not None
    made = etree.SubElement(
        parent, element.tag if keeps else name.localname, nsmap={element.prefix: name.namespace} if keeps else None
    )
    made.text = element.text
    for key, value in element.attrib.items():
        made.set(key, value)
    for child in element:
        _plain(child, made)
    if len(made):
        made.text = None
    return made


def _without_namespace(root: etree._Element) -> etree._Element:
    """A list whose elements bear their names only; expressions write them so."""
    copied = deepcopy(root)
    for each in copied.iter():
        if isinstance(each.tag, str):
            each.tag = etree.QName(each).localname
    etree.cleanup_namespaces(copied)
    return copied
