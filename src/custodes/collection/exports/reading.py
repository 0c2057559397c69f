"""Reads the XML of a record into rows. The common case is one walk over known nodes; whatever else a record holds is kept beside them."""

import json
import re
from dataclasses import dataclass, field

from lxml import etree

from custodes.collection.exports.layout import MAIN, Layout, Source
from custodes.collection.exports.records import ExportVersion
from custodes.collection.xform.model import Group, walk_nodes

ROOT_ATTRIBUTES = frozenset({"id", "version"})
OWN_IDS = frozenset({"instanceID", "deprecatedID"})  # of this revision; the key of its row is the record's
OWN_ID, NOTE = (
    -1,
    -2,
)  # steps to nodes without a column: the text of an id is known, that of a note is expected to be empty
NAMESPACES = re.compile(rb"\sxmlns(?::[\w.-]+)?\s*=")
MOST_NAMES = 20_000


@dataclass(frozen=True, slots=True)
class RepeatStep:
    """A repeat below a node: its table, how many answers a row has, and the steps inside."""

    table: str
    width: int
    steps: dict[str, object]


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """How the records of one version are read: for each table its columns in order, and the steps from the root, by names without namespace."""

    columns: dict[str, tuple[Source, ...]]
    steps: dict[str, object]


@dataclass(slots=True)
class Row:
    """A row of a table. `answers` are texts as they were sent; `unmapped` gives what has no column, by path."""

    key: str
    parent_key: str
    index: int
    answers: list[str | None]
    unmapped: dict[str, list[str]] = field(default_factory=dict)
    repeats: dict[str, int] = field(default_factory=dict)  # how many rows of each repeat it has

    @property
    def unmapped_json(self) -> str | None:
        """What has no column, as JSON; None where everything has one."""
        return json.dumps(self.unmapped, ensure_ascii=False) if self.unmapped else None


EMPTY_PLAN = ReadingPlan({MAIN: ()}, {})


def reading_plan(layout: Layout, version: ExportVersion) -> ReadingPlan:
    """The plan of a version."""
    columns: dict[str, list[Source]] = {MAIN: []}
    tables = layout.repeat_tables(version.number)
    for table in tables.values():
        columns[table] = []
    places: dict[str, int] = {}
    for path, source in layout.sources(version.number).items():
        places[path] = len(columns[source.table])
        columns[source.table].append(source)
    root = f"/{version.form.root}"
    steps: dict[str, object] = {}
    for repeat in version.form.repeats:  # outer before inner, so that each finds the one around it
        parent, name = _parent_steps(steps, repeat.path.removeprefix(root))
        parent[name] = RepeatStep(tables[repeat.path], len(columns[tables[repeat.path]]), _inside(parent.get(name)))
    for question in version.form.questions:
        parent, name = _parent_steps(steps, question.path.removeprefix(root))
        parent[name] = places.get(question.path, OWN_ID if name in OWN_IDS else NOTE)
    for node in walk_nodes(version.form.nodes):
        if isinstance(node, Group) and node.path:
            parent, name = _parent_steps(steps, node.path.removeprefix(root))
            parent.setdefault(name, {})
    return ReadingPlan({table: tuple(found) for table, found in columns.items()}, steps)


def _inside(step: object) -> dict[str, object]:
    return step if isinstance(step, dict) else {}


def _parent_steps(steps: dict[str, object], place: str) -> tuple[dict[str, object], str]:
    """The steps of the node above a place, made where they are not there yet, and the name of the place itself."""
    *above, name = (part.split(":")[-1] for part in place.strip("/").split("/"))
    for part in above:
        step = steps.setdefault(part, {})
        steps = step.steps if isinstance(step, RepeatStep) else step  # type: ignore[assignment]
    return steps, name


class RecordReader:
    """Reads the records of one version, one after the other."""

    def __init__(self, plan: ReadingPlan) -> None:
        self.plan = plan
        self._parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True
        )  # fmt: skip
        self._names: dict[str, str] = {}
        self._rows: dict[str, list[Row]] = {}
        self._letters_of_ids = 0

    def rows(self, key: str, content: bytes) -> dict[str, list[Row]]:
        """The rows of a record, by table; the main table has exactly one.

        Returns  for XML that cannot be read, or with a DOCTYPE, which no record has, one row that keeps the whole of it as unmapped.
        """
        try:
            if b"<!DOCTYPE" in content:
                raise ValueError
            root = etree.fromstring(content, self._parser)
        except (etree.XMLSyntaxError, ValueError):
            row = self._begin(key)
            row.unmapped["/"] = [content.decode("utf-8", "backslashreplace")]
            return self._rows
        row = self._begin(key)
        if not (
            self._only_root_has_attributes(root, content)
            and self._walk(root, self.plan.steps, row)
            and self._has_every_letter(root)
        ):
            row = self._begin(key)
            self._walk_thoroughly(root, self.plan.steps, row, "", is_root=True)
        return self._rows

    def _begin(self, key: str) -> Row:
        row = Row(key, "", 0, [None] * len(self.plan.columns[MAIN]))
        self._rows = {table: [] for table in self.plan.columns}
        self._rows[MAIN].append(row)
        self._letters_of_ids = 0
        return row

    def _only_root_has_attributes(self, root: etree._Element, content: bytes) -> bool:
        """Whether only the root has attributes, and only those that every record has; quick, and wrong only in saying no."""
        begin = content.find(b">", content.find(b"?>") + 2 if content.lstrip().startswith(b"<?") else 0)
        signs = content.count(b"=", begin)
        return (signs == 0 or signs == len(NAMESPACES.findall(content, begin))) and all(
            name in ROOT_ATTRIBUTES
            for name in root.keys()  # noqa: SIM118 - an element is no mapping
        )

    def _has_every_letter(self, root: etree._Element) -> bool:
        """Whether the rows hold as many letters as the record: text in any other place, or a second answer, is noticed without being looked for."""
        taken = self._letters_of_ids
        for rows in self._rows.values():
            for row in rows:
                taken += sum(map(len, filter(None, row.answers)))
        return taken == len(etree.tostring(root, method="text", encoding="unicode", with_tail=False))

    def _walk(self, element: etree._Element, steps: dict[str, object], row: Row) -> bool:
        """Take the answers of known nodes; False at the first thing that is not as planned."""
        answers = row.answers
        for child in element:
            step = steps.get(child.tag)
            if step is None:
                step = steps.get(self._local_name(child.tag))
            if isinstance(step, int):
                if len(child):
                    return False
                text = child.text
                if text is not None:
                    if step >= 0:
                        answers[step] = text
                    elif step == OWN_ID:
                        self._letters_of_ids += len(text)
            elif isinstance(step, dict):
                if not self._walk(child, step, row):
                    return False
            elif not (isinstance(step, RepeatStep) and self._walk(child, step.steps, self._repeat_row(step, row))):
                return False
        return True

    def _walk_thoroughly(
        self, element: etree._Element, steps: dict[str, object], row: Row, path: str, *, is_root: bool = False
    ) -> None:
        """The same, and everything that has no column goes to the row's unmapped under its path: nodes, texts between nodes, attributes."""
        self._keep_attributes(row, path, element, known=ROOT_ATTRIBUTES if is_root else frozenset())
        _keep_words(row, f"{path}/text()", element.text)
        filled: set[int] = set()
        for child in element:
            name = self._local_name(child.tag)
            below, step = f"{path}/{name}", steps.get(name)
            if isinstance(step, RepeatStep):
                self._walk_thoroughly(child, step.steps, self._repeat_row(step, row), below)
            elif isinstance(step, dict):
                self._walk_thoroughly(child, step, row, below)
            elif (
                isinstance(step, int)
                and step not in filled
                and not len(child)
                and (step >= 0 or step == OWN_ID or not child.text)
            ):
                filled.add(step)
                if step >= 0:
                    row.answers[step] = child.text
                self._keep_attributes(row, below, child)
            elif name not in OWN_IDS or len(child):
                _keep(
                    row,
                    below,
                    etree.tostring(child, encoding="unicode", with_tail=False)
                    if len(child) or child.attrib
                    else child.text or "",
                )
            _keep_words(row, f"{path}/text()", child.tail)

    def _keep_attributes(
        self, row: Row, path: str, element: etree._Element, *, known: frozenset[str] = frozenset()
    ) -> None:
        for name, value in element.attrib.items():
            if name not in known:
                _keep(row, f"{path}/@{self._local_name(str(name))}", str(value))

    def _repeat_row(self, step: RepeatStep, parent: Row) -> Row:
        index = parent.repeats[step.table] = parent.repeats.get(step.table, 0) + 1
        row = Row(f"{parent.key}/{step.table}[{index}]", parent.key, index, [None] * step.width)
        self._rows[step.table].append(row)
        return row

    def _local_name(self, tag: str) -> str:
        """The name without its namespace, remembered: a record repeats few names, but a hostile one could bring many."""
        name = self._names.get(tag)
        if name is None:
            name = tag.rsplit("}", 1)[-1]
            if len(self._names) < MOST_NAMES:
                self._names[tag] = name
        return name


def _keep(row: Row, path: str, text: str) -> None:
    row.unmapped.setdefault(path, []).append(text)


def _keep_words(row: Row, path: str, text: str | None) -> None:
    """Keep text between nodes, unless it is but the layout of the XML."""
    if text and not text.isspace():
        _keep(row, path, text)
