"""Elements of a file being read, which remember what was asked of them, so that what nobody asked for is listed."""

import re
from collections import Counter
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from custodes.collection.qualitative.markup import local_name
from custodes.collection.qualitative.refi.exchange import Stamp, Unread
from custodes.collection.qualitative.refi.lexical import fits
from custodes.evidence.errors import FileUnreadable

GUID = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")
STANDARD = "urn:qda-xml:"
SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(slots=True)
class Listing:
    """What was not taken over. where: the file's name."""

    where: str
    _found: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, part: str, place: str, *, why: str = "", number: int = 1) -> None:
        self._found[part, place, why] += number

    @property
    def unread(self) -> tuple[Unread, ...]:
        return tuple(Unread(part, place, number, why) for (part, place, why), number in self._found.items())


@dataclass(slots=True)
class Part:
    """One element. path: the names from the root to it."""

    element: Element
    path: str
    listing: Listing
    _attributes: set[str] = field(default_factory=set)
    _children: set[str] = field(default_factory=set)

    def attribute(self, name: str) -> str:
        """An attribute's text, or empty text."""
        self._attributes.add(name)
        return self.element.get(name, "")

    def guid(self, name: str = "guid") -> str:
        """A guid that must be there, in small letters without braces."""
        found = self.guid_or_empty(name)
        if not found:
            raise FileUnreadable(
                f"{self.path} has no {name}.", where=self.listing.where, remedy="Export it again from the program that wrote it."
            )  # fmt: skip
        return found

    def guid_or_empty(self, name: str) -> str:
        """A guid that may be absent; one that is none is refused."""
        text = self.attribute(name).strip()
        match = GUID.fullmatch(text)
        if text and match is None:
            raise FileUnreadable(
                f"The {name} “{text[:60]}” of {self.path} is no guid.",
                where=self.listing.where,
                remedy="Export it again from the program that wrote it.",
            )
        return match[1].lower() if match else ""

    def whole_or_none(self, name: str) -> int | None:
        """A whole number, or None where it is none."""
        text = self.attribute(name).strip()
        return int(text) if re.fullmatch(r"[+-]?\d{1,15}", text, re.ASCII) else None

    def children(self, *names: str) -> list["Part"]:
        """The child elements of these names, in order."""
        self._children.update(names)
        return [
            Part(child, f"{self.path}/{local_name(child)}", self.listing)
            for child in self.element
            if _is_standard(child) and local_name(child) in names
        ]

    def child(self, name: str) -> "Part | None":
        """The first child of that name; further ones are listed."""
        found = self.children(name)
        for each in found[1:]:
            self.listing.add(name, each.path, why="one is allowed")
        return found[0] if found else None

    def text(self, name: str) -> str:
        """The text of a child that has only text, or empty text."""
        child = self.child(name)
        if child is None:
            return ""
        child.close()
        return child.element.text or ""

    def references(self, name: str) -> tuple[str, ...]:
        """The guids that children of that name point to."""
        found = []
        for each in self.children(name):
            found.append(each.guid("targetGUID"))
            each.close()
        return tuple(found)

    def time(self, name: str) -> str:
        """A time; one that is written otherwise than the standard does is listed."""
        value = self.attribute(name).strip()
        if not value or fits("DateTime", value):
            return value
        self.listing.add(f"attribute {name}", self.path, why=f"“{value[:40]}” is no time")
        return ""

    def stamp(self, *, by: str = "creatingUser", changed_by: str = "modifyingUser") -> Stamp:
        """Who and when."""
        return Stamp(
            self.guid_or_empty(by), self.time("creationDateTime"), self.guid_or_empty(changed_by), self.time("modifiedDateTime")
        )  # fmt: skip

    def close(self) -> None:
        """List what nobody asked for."""
        for name in sorted(self.element.attrib.keys() - self._attributes):
            if not name.startswith(SCHEMA_INSTANCE):
                self.listing.add(f"attribute {name}", self.path)
        for child in self.element:
            if not isinstance(child.tag, str):
                continue  # a comment
            if not _is_standard(child):
                self.listing.add(child.tag, self.path, why="of no part of the standard")
            elif local_name(child) not in self._children:
                self.listing.add(local_name(child), self.path)


def root_part(element: Element, *, name: str, listing: Listing) -> Part:
    """The root of a file, which must be of that name."""
    if local_name(element) != name or not _is_standard(element):
        raise FileUnreadable(
            f"Its root is “{local_name(element)}” instead of “{name}”.",
            where=listing.where,
            remedy="Choose a file of the REFI-QDA standard.",
        )
    return Part(element, name, listing)


def _is_standard(element: Element) -> bool:
    # By its namespace in any writing: programs in use have written “1:0” for “1.0”, and none at all.
    namespace = element.tag.rpartition("}")[0] if isinstance(element.tag, str) else "?"
    return not namespace or namespace.removeprefix("{").lower().startswith(STANDARD)
