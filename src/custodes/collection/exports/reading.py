"""Reads the XML of a record into rows. What no version of the form asks for is kept beside the answers, never dropped."""

import json
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
    """Reads the records of one version by the parser, whatever they hold."""

    def __init__(self, plan: ReadingPlan) -> None:
        self.plan = plan
        self._parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True,
            collect_ids=False,
        )  # fmt: skip
        self._names: dict[str, str] = {}
        self._rows: dict[str, list[Row]] = {}

    def rows(self, key: str, content: bytes) -> dict[str, list[Row]]:
        """The rows of a record, by table; the main table has exactly one.

        Returns  for XML that cannot be read, or with a DOCTYPE, which no record has, one row that keeps the whole of it as unmapped.
        """
        row = Row(key, "", 0, [None] * len(self.plan.columns[MAIN]))
        self._rows = {table: [] for table in self.plan.columns}
        self._rows[MAIN].append(row)
        try:
            if b"<!DOCTYPE" in content:
                raise ValueError
            root = etree.fromstring(content, self._parser)
        except (etree.XMLSyntaxError, ValueError):
            row.unmapped["/"] = [content.decode("utf-8", "backslashreplace")]
            return self._rows
        self._walk(root, self.plan.steps, row, "", is_root=True)
        return self._rows

    def _walk(
        self, element: etree._Element, steps: dict[str, object], row: Row, path: str, *, is_root: bool = False
    ) -> None:
        """Take the answers of known nodes; all that has no column goes to unmapped by its path: nodes, texts between nodes, attributes."""
        self._keep_attributes(row, path, element, known=ROOT_ATTRIBUTES if is_root else frozenset())
        _keep_words(row, f"{path}/text()", element.text)
        for child in element:
            name = self._local_name(child.tag)
            below, step = f"{path}/{name}", steps.get(name)
            if isinstance(step, RepeatStep):
                self._walk(child, step.steps, add_repeat_row(self._rows, step, row), below)
            elif isinstance(step, dict):
                self._walk(child, step, row, below)
            elif isinstance(step, int) and not len(child) and _takes(row, step, child.text):
                self._keep_attributes(row, below, child)
            elif len(child) or child.attrib:
                _keep(row, below, etree.tostring(child, encoding="unicode", with_tail=False))
            elif name not in OWN_IDS:
                _keep(row, below, child.text or "")
            _keep_words(row, f"{path}/text()", child.tail)

    def _keep_attributes(
        self, row: Row, path: str, element: etree._Element, *, known: frozenset[str] = frozenset()
    ) -> None:
        for name in element.keys():  # noqa: SIM118 - an element is no mapping
            if name not in known:
                _keep(row, f"{path}/@{self._local_name(str(name))}", str(element.get(name)))

    def _local_name(self, tag: str) -> str:
        """The name without its namespace, remembered: a record repeats few names, but a hostile one could bring many."""
        name = self._names.get(tag)
        if name is None:
            name = tag.rsplit("}", 1)[-1]
            if len(self._names) < MOST_NAMES:
                self._names[tag] = name
        return name


def add_repeat_row(rows: dict[str, list[Row]], step: RepeatStep, parent: Row) -> Row:
    """Another row of a repeat below a row."""
    index = parent.repeats[step.table] = parent.repeats.get(step.table, 0) + 1
    row = Row(f"{parent.key}/{step.table}[{index}]", parent.key, index, [None] * step.width)
    rows[step.table].append(row)
    return row


def _takes(row: Row, step: int, text: str | None) -> bool:
    """Put an answer in its place; False where the place has one already, or where none is expected."""
    if not text or step == OWN_ID:
        return True
    if step == NOTE or row.answers[step] is not None:
        return False
    row.answers[step] = text
    return True


def _keep(row: Row, path: str, text: str) -> None:
    row.unmapped.setdefault(path, []).append(text)


def _keep_words(row: Row, path: str, text: str | None) -> None:
    """Keep text between nodes, unless it is but the layout of the XML."""
    if text and not text.isspace():
        _keep(row, path, text)
