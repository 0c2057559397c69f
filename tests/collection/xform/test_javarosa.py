"""Expressions give what JavaRosa, the engine of ODK Collect, gives (tools/reference_values/form_functions.py)."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from custodes.collection.xform.evaluator import Circumstances
from custodes.collection.xform.reading import parse_form
from custodes.collection.xform.session import Session
from custodes.collection.xform.values import text_of

REFERENCE = tomllib.loads(Path(__file__).with_name("javarosa.toml").read_text(encoding="utf-8"))
CASES = {each["expression"]: each["value"] for each in REFERENCE["case"]}
OURS = {  # where JavaRosa departs from the ODK XForms specification, which we follow, or from another engine of it
    "/data/when > date('2026-11-25')": ("true", "it compares whole days; the specification counts the time of day"),
    "/data/d > '2026-11-19'": ("true", "it takes a text for no date; the specification makes number() of it"),
    "number('1970-01-03')": ("2", "the same"),
    "weighted-checklist(3, -1, 1, 2, 0, 9, 1, 1)": (
        "true",
        "it gives -1 no meaning here; the specification says: like checklist()",
    ),
    "round(area(/data/area), 2)": (
        "855573.34",
        "it sums spherical triangles, we as Enketo by Chamberlain and Duquette: 0.001 % apart",
    ),
}


@pytest.fixture(scope="module")
def session() -> Session:
    """The record of the reference, answered through a session."""
    made = Session(
        parse_form(REFERENCE["form"].format('"1"')),
        Circumstances(clock=lambda: datetime(2026, 11, 25, 12, tzinfo=UTC), seed=1),
    )
    root = etree.fromstring(REFERENCE["record"])
    for _ in root.findall("r")[len(made.record.tree.record.findall("r")) :]:
        made.add_repeat("/data/r")
    for child in root:
        for leaf in child if len(child) else [child]:
            path = (
                f"/data/r[{1 + len(list(child.itersiblings('r', preceding=True)))}]/{leaf.tag}"
                if len(child)
                else f"/data/{leaf.tag}"
            )
            made.record.put(made.record.element(path), leaf.text or "")
    made.record.settle()
    return made


@pytest.mark.parametrize("expression", [each for each in CASES if each not in OURS])
def test_expression_gives_what_javarosa_gives(session, expression):
    text = session.record.rulebook.compiled(f"string({expression})", ("data", "c")).text

    assert text_of(session.record.evaluator.value(text, session.record.element("/data/c"))) == CASES[expression]


@pytest.mark.parametrize("expression", OURS)
def test_departure_from_javarosa_is_as_it_is_named(session, expression):
    text = session.record.rulebook.compiled(f"string({expression})", ("data", "c")).text
    value, why = OURS[expression]

    assert (
        text_of(session.record.evaluator.value(text, session.record.element("/data/c"))) == value != CASES[expression]
    )
    assert why
