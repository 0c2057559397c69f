"""Whatever the versions of a form and whatever the records: what was sent is read back, once, in the place that the dictionary names."""

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from custodes.collection.exports.records import ExportVersion, StableColumn
from custodes.collection.xform.reading import parse_form
from tests.collection.exports.conftest import Exported, Exporter, Sent

KINDS = ("string", "int", "decimal", "date", "geopoint", "select")
PLACES = ("", "g/", "r/", "r/s/", "g/t/")  # in the record, a group, a repeat, a repeat in it, a repeat in the group
REPEATS = ("r", "r/s", "g/t")
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t", exclude_characters="\ufffe\uffff"), min_size=1, max_size=12
) | st.sampled_from(["7", "-1.5", "=1+1", "a b", '"', ",", "2026-02-30", "1 2 3 4", "_x0041_"])  # fmt: skip


@st.composite
def form_versions(draw) -> list[ExportVersion]:
    """One to three versions of a form of up to six questions, each of which may come, go, be renamed, moved and retyped."""
    versions = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        asked = draw(st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True))
        names = draw(st.permutations(["name", "Name", "key", "index", "x", "record"]))
        questions = [
            (draw(st.sampled_from(PLACES)) + names[each], draw(st.sampled_from(KINDS)), each) for each in asked
        ]
        columns = {f"/data/{path}": StableColumn(f"q{each}", f"column_{each % 3}") for path, _kind, each in questions}
        xml = form_xml([(path, kind) for path, kind, _each in questions])
        versions.append(ExportVersion(number, f"v{number}", parse_form(xml), columns))
    return versions


def form_xml(questions: list[tuple[str, str]]) -> str:
    """An XForm with these questions; every group and repeat is there, whether or not anything is asked in it."""
    tree: dict = {"g": {"t": {}}, "r": {"s": {}}}
    controls: dict[str, list[str]] = {}
    for path, kind in questions:
        *above, name = path.split("/")
        here = tree
        for each in above:
            here = here[each]
        here[name] = None
        items = "".join(f"<item><label>{code}</label><value>{code}</value></item>" for code in ("a", "b"))
        control = "select" if kind == "select" else "input"
        controls.setdefault("/".join(above), []).append(
            f'<{control} ref="/data/{path}"><label>{name}</label>{items if kind == "select" else ""}</{control}>'
        )

    def body(place: str) -> str:
        inner = "".join(controls.get(place, [])) + "".join(
            f'<group ref="/data/{each}"><repeat nodeset="/data/{each}">{body(each)}</repeat></group>'
            for each in REPEATS
            if each.rpartition("/")[0] == place
        )
        return inner if place else f'{inner}<group ref="/data/g">{body("g")}</group>'

    binds = "".join(f'<bind nodeset="/data/{path}" type="{kind}"/>' for path, kind in questions)
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>T</h:title><model><instance>'
        f'<data id="t">{nodes(tree)}</data></instance>{binds}</model></h:head><h:body>{body("")}</h:body></h:html>'
    )


def nodes(tree: dict) -> str:
    """The nodes of an instance without answers."""
    return "".join(f"<{name}>{nodes(inner) if inner else ''}</{name}>" for name, inner in tree.items())


@st.composite
def filled_in(draw, version: ExportVersion, key: str) -> Sent:
    """A record of a version: each question answered, empty or absent; each repeat up to twice."""

    def fill(parent: etree._Element, place: str) -> None:
        for question in version.form.questions:
            above, _slash, name = question.path.removeprefix("/data/").rpartition("/")
            if above == place and draw(st.booleans()):
                etree.SubElement(parent, name).text = draw(TEXTS | st.none())
        if not place:
            fill(etree.SubElement(parent, "g"), "g")
        for repeat in REPEATS:
            above, _slash, name = repeat.rpartition("/")
            for _ in range(draw(st.integers(0, 2)) if above == place else 0):
                fill(etree.SubElement(parent, name), repeat)

    root = etree.Element("data", id="t")
    fill(root, "")
    return Sent(key, version.number, etree.tostring(root, encoding="utf-8"))


@st.composite
def forms_with_records(draw) -> tuple[list[ExportVersion], list[Sent]]:
    """Versions of a form and records of any of them."""
    versions = draw(form_versions())
    of = draw(st.lists(st.sampled_from(versions), min_size=1, max_size=6))
    return versions, [draw(filled_in(version, f"uuid:{number}")) for number, version in enumerate(of)]


def answers_sent(sent: Sent, tables: dict[str, str]) -> dict[tuple[str, str], str]:
    """What a record says, by the key of its row and its path; `tables` names the table of each repeat in its version."""
    found = {}

    def walk(element: etree._Element, path: str, key: str) -> None:
        counts: dict[str, int] = {}
        for child in element:
            below = f"{path}/{child.tag}"
            if below.removeprefix("/data/") in REPEATS:
                counts[child.tag] = counts.get(child.tag, 0) + 1
                walk(child, below, f"{key}/{tables[below]}[{counts[child.tag]}]")
            elif below == "/data/g":
                walk(child, below, key)
            elif child.text:
                found[key, below] = child.text

    walk(etree.fromstring(sent.xml), "/data", sent.key)
    return found


def answers_read(export: Exported, sent: Sent) -> dict[tuple[str, str], str]:
    """What the export says of a record; a filled cell in a column that its version does not ask for has no path, and so is no answer of it."""
    found = {}
    wholes = [each for each in export.tables["dictionary"] if each["question"] and not each["part"]]
    for column in wholes:
        paths = json.loads(column["names_by_version"])
        for row in export.tables[column["table"]]:
            if (row["key"] + "/").startswith(f"{sent.key}/") and row[column["column"]]:
                where = (row["key"], paths.get(f"v{sent.version}", f"not asked: {column['column']}"))
                assert where not in found
                found[where] = row[column["column"]]
    return found


@given(forms_with_records())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_export_read_back_is_what_was_sent(case):
    versions, records = case
    with tempfile.TemporaryDirectory() as folder:
        export = Exporter(Path(folder))(versions, *records, segment_size=2)

    tables = {"/data/r": "r", "/data/r/s": "s", "/data/g/t": "t"}
    for sent in records:
        assert answers_read(export, sent) == answers_sent(sent, tables)
    assert [row["key"] for row in export.record] == [each.key for each in records]
    assert {row["record_unmapped"] for table in ("record", "r", "s", "t") for row in export.tables[table]} <= {""}
    for table, rows in export.tables.items():
        names = [each["column"] for each in export.tables["dictionary"] if each["table"] == table]
        assert len({each.casefold() for each in names}) == len(names)
        assert not rows or table == "dictionary" or list(rows[0]) == names
