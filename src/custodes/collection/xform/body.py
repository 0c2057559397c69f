"""The body of a form: its controls with their words and choices, and the tree of groups and repeats."""

from dataclasses import dataclass, field

from lxml import etree

from custodes.collection.errors import ExpressionInvalid, FormUnreadable
from custodes.collection.xform.expression import Call, Literal, walk
from custodes.collection.xform.model import (
    Choice,
    Group,
    Itemset,
    Node,
    Parameter,
    Property,
    QuestionPlace,
    Repeat,
    SetValue,
)
from custodes.collection.xform.parsing import parsed
from custodes.collection.xform.texts import XF, Media, Text, Translations, Wording, element_text, itext_key

JR = "{http://openrosa.org/javarosa}"
CONTROLS = {"input", "select1", "select", "rank", "upload", "trigger", "range"}
SETTERS = {"setvalue", "setgeopoint"}
OWN_ATTRIBUTES = {"ref", "nodeset", "bind", "appearance", "class"}


@dataclass(frozen=True, slots=True)
class Control:
    """What the body says of one question."""

    path: str
    name: str
    appearance: str
    label: Text
    hint: Text
    guidance: Text
    media: tuple[Media, ...]
    choices: tuple[Choice, ...]
    itemset: Itemset | None
    parameters: tuple[Parameter, ...]


@dataclass(slots=True)
class BodyReader:
    """Reads the body once; `controls` and `actions` fill as it goes."""

    translations: Translations
    lists: dict[str, etree._Element]
    binds: dict[str, str]
    controls: dict[str, Control] = field(default_factory=dict)
    actions: list[SetValue] = field(default_factory=list)
    resolved: dict[tuple[str, str, str], tuple[Choice, ...]] = field(default_factory=dict)

    def nodes(self, parent: etree._Element) -> tuple[Node, ...]:
        """What stands in the body or in a group, in order."""
        found: list[Node] = []
        for child in parent:
            name = etree.QName(child).localname
            if name == "group":
                found.append(self._group(child))
            elif name == "repeat":
                found.append(self._repeat(child, None))
            elif name in CONTROLS:
                found.append(self._control(child, name))
            elif name in SETTERS:
                self.actions.append(set_value(child, trigger=""))
        return tuple(found)

    def path(self, element: etree._Element) -> str:
        """The path an element is bound to, by reference or by the id of its bind."""
        bound = self.binds.get(element.get("bind", ""), "")
        return (element.get("ref") or element.get("nodeset") or bound).strip()

    def _group(self, element: etree._Element) -> Group | Repeat:
        inner = [each for each in element if etree.QName(each).localname not in {"label", "hint"}]
        if len(inner) == 1 and etree.QName(inner[0]).localname == "repeat":
            return self._repeat(inner[0], element)  # the group around a repeat exists for its label only
        label = element.find(f"{XF}label")
        return Group(
            self.path(element), element_text(label, self.translations), element.get("appearance", ""), self.nodes(element), self._media(label)
        )  # fmt: skip

    def _repeat(self, element: etree._Element, frame: etree._Element | None) -> Repeat:
        label = frame.find(f"{XF}label") if frame is not None else None
        return Repeat(
            path=self.path(element),
            label=element_text(label, self.translations),
            appearance=element.get("appearance") or (frame.get("appearance", "") if frame is not None else ""),
            count=element.get(f"{JR}count", "").strip(),
            is_fixed=element.get(f"{JR}noAddRemove", "").strip() == "true()",
            children=self.nodes(element),
            media=self._media(label),
        )

    def _media(self, element: etree._Element | None) -> tuple[Media, ...]:
        key = itext_key(element.get("ref", "")) if element is not None else None
        return self.translations.media(key) if key is not None else ()

    def _control(self, element: etree._Element, name: str) -> QuestionPlace:
        path = self.path(element)
        label, hint = element.find(f"{XF}label"), element.find(f"{XF}hint")
        itemset = _itemset(element)
        parameters = tuple(
            Parameter(etree.QName(key).localname, value)
            for key, value in element.attrib.items()
            if key not in OWN_ATTRIBUTES
        )
        self.controls[path] = Control(
            path, name, element.get("appearance", ""), element_text(label, self.translations), element_text(hint, self.translations),
            element_text(hint, self.translations, "guidance"), self._media(label),
            self._inline(element) or (self._listed(itemset) if itemset else ()), itemset, parameters,
        )  # fmt: skip
        for child in element:
            if etree.QName(child).localname in SETTERS:
                self.actions.append(set_value(child, trigger=path))
        return QuestionPlace(path)

    def _inline(self, element: etree._Element) -> tuple[Choice, ...]:
        found = []
        for item in element.iterfind(f"{XF}item"):
            label = item.find(f"{XF}label")
            value = (item.findtext(f"{XF}value") or "").strip()
            found.append(Choice(value, element_text(label, self.translations), self._media(label)))
        return tuple(found)

    def _listed(self, itemset: Itemset) -> tuple[Choice, ...]:
        """Every choice of a list that is in the form, filtered or not."""
        root = self.lists.get(itemset.instance)
        if root is None:
            return ()
        key = (itemset.instance, itemset.value, itemset.label)
        if key not in self.resolved:
            self.resolved[key] = tuple(
                choice_of(item, itemset, self.translations) for item in root if isinstance(item.tag, str)
            )
        return self.resolved[key]


def choice_of(item: etree._Element, itemset: Itemset, translations: Translations) -> Choice:
    """A choice from one item of a list."""
    values = {etree.QName(each).localname: (each.text or "").strip() for each in item if isinstance(each.tag, str)}
    reference = itemset.label.removeprefix("jr:itext(").removesuffix(")").strip()
    if itemset.label.startswith("jr:itext("):
        label, media = translations.text(values.get(reference, "")), translations.media(values.get(reference, ""))
    else:
        label, media = Text((_wording(values.get(reference, "")),)), ()
    shown = {itemset.value, reference}
    return Choice(
        values.get(itemset.value, ""),
        label,
        media,
        tuple(Property(*each) for each in values.items() if each[0] not in shown),
    )


def _wording(text: str) -> Wording:
    return Wording("", (text,) if text else ())


def _itemset(element: etree._Element) -> Itemset | None:
    found = element.find(f"{XF}itemset")
    if found is None and not element.get("query"):
        return None
    if found is None:
        return Itemset(element.get("query", ""), instance_of(element.get("query", "")), "name", "label")
    value, label = found.find(f"{XF}value"), found.find(f"{XF}label")
    nodeset = found.get("nodeset", "")
    return Itemset(
        nodeset, instance_of(nodeset), value.get("ref", "") if value is not None else "", label.get("ref", "") if label is not None else ""
    )  # fmt: skip


def instance_of(nodeset: str) -> str:
    """The id of the list that an itemset draws on; empty where it draws on answers.

    Refuses  FormUnreadable where the nodes cannot be read.
    """
    try:
        calls = [each for each in walk(parsed(nodeset)) if isinstance(each, Call) and each.name == "instance"]
    except ExpressionInvalid as problem:
        raise FormUnreadable(
            f"The choices {nodeset} cannot be read: {problem.what}", remedy="Mend the expression."
        ) from problem
    argument = calls[0].arguments[0] if calls and calls[0].arguments else None
    return argument.value if isinstance(argument, Literal) else ""


def set_value(element: etree._Element, *, trigger: str) -> SetValue:
    """An action of the form."""
    is_place = etree.QName(element).localname == "setgeopoint"
    return SetValue(
        events=tuple((element.get("event") or "").split()),
        trigger=trigger,
        target=(element.get("ref") or element.get("bind") or "").strip(),
        expression="" if is_place else (element.get("value") or "").strip(),
        text="" if is_place else (element.text or "").strip(),
    )
