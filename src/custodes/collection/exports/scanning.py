"""The quick way through a record's XML, for the records that clients write: nodes that the form knows, texts, nothing else.

It takes a part of XML only, and says no at the first thing outside of it, such as an attribute, a comment or an unknown node; then the record is
read by the parser. It needs a third of the parser's time, as no tree is built.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from custodes.collection.exports.layout import MAIN
from custodes.collection.exports.reading import OWN_ID, ReadingPlan, RepeatStep, Row, add_repeat_row

BLANK = " \t\n"  # what XML takes for space, unlike Python
SPACE = f"[{BLANK}]"
DECLARATION = re.compile(
    rf"""\?xml{SPACE}+version=["']1.0["'](?:{SPACE}+encoding=["'](?:utf-8|UTF-8)["'])?(?:{SPACE}+standalone=["']\w+["'])?{SPACE}*\?>{SPACE}*"""
)
ADDRESS = (
    "[A-Za-z0-9._:/#-]+"  # of a namespace: the parser refuses what is no address, such as one that begins with a space
)
_VALUE, _ADDRESS = r"""(?:"[^"<&]*"|'[^'<&]*')""", rf"""(?:"{ADDRESS}"|'{ADDRESS}')"""
ATTRIBUTE = rf"{SPACE}+(?:(id|version){SPACE}*={_VALUE}|(xmlns(?::[\w.-]+)?){SPACE}*={_ADDRESS})"
ROOT = re.compile(rf"""([\w.-]+)(?:{ATTRIBUTE})*{SPACE}*>{SPACE}*""")
NAMED = re.compile(rf"""((?:[\w.-]+:)?([\w.-]+))(?:{SPACE}+xmlns(?::[\w.-]+)?={_ADDRESS})?{SPACE}*(/?)""")
ENTITIES = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}
ENTITY = re.compile(r"&([^;&]*);?")


class NotPlain(Exception):
    """The record holds something that is for the parser."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A node with an answer: where it goes, and how the node ends."""

    place: int
    end: str


class Scanner:
    """Scans the records of one version."""

    def __init__(self, plan: ReadingPlan) -> None:
        self._plan = plan
        self._steps = _prepared(plan.steps)

    def rows_or_none(self, key: str, content: bytes) -> dict[str, list[Row]] | None:
        """The rows of a record by table, as the parser gives them; None where it is not plain."""
        if (
            b"\r" in content or b"]]>" in content
        ):  # a parser makes a line feed of the one, and refuses the other in a text
            return None
        row = Row(key, "", 0, [None] * len(self._plan.columns[MAIN]))
        rows: dict[str, list[Row]] = {table: [] for table in self._plan.columns}
        rows[MAIN].append(row)
        try:
            pieces = iter(content.decode().split("<"))
            root = self._begin(pieces)
            self._inside(pieces, self._steps, row, rows, f"/{root}")
        except (NotPlain, UnicodeDecodeError):
            return None
        return rows if next(pieces, None) is None else None

    def _begin(self, pieces: Iterator[str]) -> str:
        """Pass what stands before the first node, and the root's own tag; its name."""
        before = next(pieces)
        if before.strip(BLANK):
            raise NotPlain
        piece = next(pieces, "")
        if piece.startswith("?xml"):
            if before or not DECLARATION.fullmatch(piece):  # nothing may stand before a declaration, not even a space
                raise NotPlain
            piece = next(pieces, "")
        found = ROOT.fullmatch(piece)
        attributes = re.findall(ATTRIBUTE, piece)
        if found is None or len(set(attributes)) != len(attributes):
            raise NotPlain
        return found[1]

    def _inside(
        self, pieces: Iterator[str], steps: Mapping[str, object], row: Row, rows: dict[str, list[Row]], name: str
    ) -> None:
        """Take the nodes inside a node until it ends."""
        answers = row.answers
        for piece in pieces:
            tag, _sign, text = piece.partition(">")
            step = steps.get(tag)
            if step.__class__ is Leaf:
                end = next(pieces, "")
                if end != step.end and end.rstrip(BLANK) != step.end:  # type: ignore[attr-defined]
                    raise NotPlain
                if text:
                    _take(text, step.place, answers)  # type: ignore[attr-defined]
            elif tag[:1] == "/":
                if text.strip(BLANK) or tag != name:
                    raise NotPlain
                return
            else:
                self._other(tag, text, pieces, steps, row, rows)
        raise NotPlain

    def _other(
        self, tag: str, text: str, pieces: Iterator[str], steps: Mapping[str, object], row: Row, rows: dict[str, list[Row]]
    ) -> None:  # fmt: skip
        """A group, a repeat, or a tag that is written in another way: empty, with a prefix, with a namespace."""
        found = NAMED.fullmatch(tag)
        step = steps.get(found[2]) if found is not None else None
        if found is None or step is None:
            raise NotPlain
        if isinstance(step, Leaf):
            if found[3]:
                if text.strip(BLANK):
                    raise NotPlain
                return
            if next(pieces, "").rstrip(BLANK) != f"/{found[1]}>":
                raise NotPlain
            if text:
                _take(text, step.place, row.answers)
            return
        if text.strip(BLANK):
            raise NotPlain
        inner: Mapping[str, object] = step.steps if isinstance(step, RepeatStep) else step  # type: ignore[assignment]
        below = add_repeat_row(rows, step, row) if isinstance(step, RepeatStep) else row
        if not found[3]:
            self._inside(pieces, inner, below, rows, f"/{found[1]}")


def _take(text: str, place: int, answers: list[str | None]) -> None:
    if "&" in text:
        text = ENTITY.sub(_letter, text)
    if place == OWN_ID:
        return
    if place < 0 or answers[place] is not None:
        raise NotPlain
    answers[place] = text


def _letter(found: re.Match[str]) -> str:
    letter = ENTITIES.get(found[1]) if found[0].endswith(";") else None
    if letter is None:
        raise NotPlain
    return letter


def _prepared(steps: Mapping[str, object]) -> dict[str, object]:
    made: dict[str, object] = {}
    for name, step in steps.items():
        if isinstance(step, int):
            made[name] = Leaf(step, f"/{name}>")
        elif isinstance(step, RepeatStep):
            made[name] = RepeatStep(step.table, step.width, _prepared(step.steps))
        elif isinstance(step, dict):
            made[name] = _prepared(step)
    return made
