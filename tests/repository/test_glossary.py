"""The glossary rules the names: every model is a term or has a reason, and no forbidden word names anything."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import get_resolver

from custodes.site.menu import PUBLIC_MENU, STAFF_MENU

GLOSSARY = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
# Models that are parts of a term, or of the machinery, and so have no line of their own.
OTHER_NAMES = {
    "account": "a person who signs in; “user” is forbidden, and the glossary's word is account",
    "role grant": "a role of an account in a scope (domain §4)",
    "api token": "a secret that acts for an account",
    "area name": "a name of an area",
    "place match": "what a person decided a written place means",
    "category": "a part of a dimension",
    "entry": "one line of the ledger",
    "partner role": "what an organisation is to a programme (domain §2)",
    "plan change": "a change of the plan that waits for its plan version (decision 2)",
    "definition version": "one reference sheet of a definition (domain §2)",
    "reading revision": "a reading as it stood after one action (domain §2)",
    "computation": "a request to make readings",
    "source mapping": "how a source's columns are read, remembered (domain §2)",
    "import run": "one import of a file (domain §2)",
    "form version": "one published version of a form (domain §2)",
    "form upload": "a file on its way to becoming a form version",
    "form media": "a file that goes with a form version",
    "question column": "a column of exports that belongs to one question (collection §3)",
    "question version": "what a question looked like in one form version",
    "device": "what fills in forms in the field: an enumerator's key, never a person (collection §1)",
    "revision": "one content of a submission (domain §2)",
    "variant": "other bytes of the same revision",
    "attachment": "a file of a submission (OpenRosa)",
    "export": "the submissions of a form as a file, asked for by a person (collection §1)",
    "tombstone": "what is left of a purged submission (collection §1)",
}
# Names that Django or its packages prescribe.
PRESCRIBED = {"user", "usersession", "user_id"}


def section(title: str) -> list[list[str]]:
    """The cells of the table in one section, without its head."""
    text = GLOSSARY.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def words_of(name: str) -> str:
    """`DataQualityCheck`, `data_quality_check` and `data-quality-check` are all `data quality check`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.sub(r"[\W_]+", " ", spaced).lower().strip()


def terms() -> set[str]:
    return {words_of(part).replace(" ", "") for row in section("Terms") for part in row[0].split(",")}


def forbidden_in(name: str) -> list[str]:
    text = f" {words_of(name)} "
    return [row[0] for row in section("Never") if f" {row[0]} " in text or f" {row[0]}s " in text]


def our_models():
    return [model for model in apps.get_models() if model.__module__.startswith("custodes.")]


def url_names(patterns, prefix=""):
    for pattern in patterns:
        yield str(pattern.pattern), getattr(pattern, "name", None), pattern
        if hasattr(pattern, "url_patterns"):
            yield from url_names(pattern.url_patterns)


def is_ours(pattern) -> bool:
    callback = getattr(pattern, "callback", None)
    return callback is not None and getattr(callback, "__module__", "").startswith("custodes.")


def test_glossary_terms_each_have_meaning_and_source():
    rows = section("Terms")
    assert len(rows) >= 72
    assert all(len(row) == 3 and all(row) for row in rows)
    assert len({row[0] for row in rows}) == len(rows)


def test_glossary_never_list_is_the_domains():
    assert [row[0] for row in section("Never")] == [
        "project", "intervention", "objective", "goal", "actual", "datapoint", "grievance", "log entry", "user",
    ]  # fmt: skip


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_model_name_is_a_term_or_has_a_reason(model):
    name = words_of(model.__name__)
    assert name.replace(" ", "") in terms() or name in OTHER_NAMES, f"{model._meta.label}: add it to docs/glossary.md"


def test_other_names_are_all_in_use():
    assert set(OTHER_NAMES) - {words_of(model.__name__) for model in our_models()} == set()


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_model_and_field_names_avoid_forbidden_words(model):
    names = [model.__name__] + [field.name for field in model._meta.get_fields() if field.name not in PRESCRIBED]
    assert {name: forbidden_in(name) for name in names if forbidden_in(name)} == {}


def test_addresses_and_their_names_avoid_forbidden_words():
    ours = [(route, name) for route, name, pattern in url_names(get_resolver().url_patterns) if is_ours(pattern)]
    assert ours
    found = {(route, name): forbidden_in(f"{route} {name}") for route, name in ours if forbidden_in(f"{route} {name}")}
    assert found == {}


def test_menus_avoid_forbidden_words():
    labels = [str(entry[0]) for entry in (*STAFF_MENU, *PUBLIC_MENU)]
    assert {label: forbidden_in(label) for label in labels if forbidden_in(label)} == {}


@pytest.mark.parametrize(
    "name", ["ProjectManager", "goal", "actual_value", "log-entry", "user_count", "Objectives"],
)  # fmt: skip
def test_forbidden_word_is_found_however_it_is_written(name):
    assert forbidden_in(name)


@pytest.mark.parametrize("name", ["username", "projection", "entry", "objection"])
def test_word_that_only_contains_a_forbidden_one_passes(name):
    assert not forbidden_in(name)
