"""Evaluates the expressions of one record: lxml does XPath, our functions do what forms add to it."""

import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from lxml import etree

from custodes.collection.errors import ExpressionInvalid
from custodes.collection.xform.functions import ADDRESS, Functions, Surroundings
from custodes.collection.xform.model import Form
from custodes.collection.xform.values import Value, boolean_of, text_of


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who fills in the form, when, in which language, and with which attached lists (file name → content).

    With a `seed` everything random is the same again; `properties` are what the device says of itself, such as `deviceid` and `username`.
    """

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: tzinfo = UTC
    seed: int | None = None
    language: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)


class Evaluator:
    """Evaluates compiled expressions at an element; each is handed to lxml once."""

    def __init__(
        self, form: Form, around: Circumstances, *, document: etree._Element, is_relevant: Callable[[etree._Element], bool]
    ) -> None:  # fmt: skip
        lists = {each.get("id", ""): each[0] for each in document.iterfind("s/instance") if len(each)}
        self.chance = random.SystemRandom() if around.seed is None else random.Random(around.seed)
        self.surroundings = Surroundings(
            clock=around.clock,
            zone=around.zone,
            chance=self.chance,
            current=document,
            is_relevant=is_relevant,
            choice_label=lambda value, _path: value,
            text_by_id=lambda key: key,
            lists=lists,
            property=lambda name: around.properties.get(name, ""),
            version=form.version,
        )
        self.extensions = Functions(self.surroundings).table()
        self.namespaces = {each.prefix: each.address for each in form.namespaces} | {"c": ADDRESS}
        self.ready: dict[str, etree.XPath] = {}

    def value(self, text: str, element: etree._Element) -> Value:
        """The value of a compiled expression at an element.

        Refuses  ExpressionInvalid where it asks for what cannot be computed here.
        """
        found = self.ready.get(text)
        before, self.surroundings.current = self.surroundings.current, element
        try:
            if found is None:
                found = self.ready[text] = etree.XPath(text, namespaces=self.namespaces, extensions=self.extensions)
            value: Value = found(element)
        except etree.XPathError as error:
            what = f"The expression cannot be computed ({error})."
            raise ExpressionInvalid(
                what, where=text, remedy="Use functions of the ODK XForms specification."
            ) from error
        finally:
            self.surroundings.current = before
        return value

    def new_uuid(self) -> str:
        """An id by the session's own chance."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def text(self, text: str, element: etree._Element) -> str:
        """The value as text."""
        return text_of(self.value(text, element))

    def holds(self, text: str, element: etree._Element) -> bool:
        """The value as a boolean."""
        return boolean_of(self.value(text, element))
