"""Public pages are complete in French, Spanish and Arabic, and no translation loses a placeholder."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from tools.compile_translations import compile_translations

from tests.repository.public_messages import Message, public_messages

LOCALE = Path(__file__).resolve().parents[2] / "src" / "custodes" / "locale"
PLACEHOLDER = re.compile(r"%\(\w+\)[sdif]|%[sd]|\{\w*\}")
LANGUAGES = ("fr", "es", "ar")


def _catalogue(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as stream:
        return read_po(stream, locale=language, abort_invalid=True)


def _fault(catalogue: Catalog, message: Message) -> str:
    entry = catalogue.get(message.text, message.context or None)
    if entry is None:
        return "is not in the catalogue: make messages"
    texts = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
    if entry.fuzzy or not all(texts):
        return "is not translated"
    wanted = {name for text in (message.text, message.plural) for name in PLACEHOLDER.findall(text)}
    if any(set(PLACEHOLDER.findall(text)) - wanted for text in texts):
        return "has a placeholder that the original lacks"
    if not any(set(PLACEHOLDER.findall(text)) == wanted for text in texts):
        return "lost a placeholder"
    return ""


def test_public_messages_are_found_in_every_kind_of_place():
    found = public_messages()

    assert Message("Skip to main content") in found
    assert Message("on track", context="traffic light") in found
    assert {Path(place).suffix for place in found.values()} >= {".html"}
    assert len(found) > 50


@pytest.mark.parametrize("language", LANGUAGES)
def test_public_messages_are_translated(language):
    catalogue = _catalogue(language)
    faults = [
        f"{place}: {message.text!r} {fault}"
        for message, place in sorted(public_messages().items())
        if (fault := _fault(catalogue, message))
    ]

    assert faults == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_invents_or_loses_a_placeholder(language):
    """Staff pages need not be complete, but what is translated must be right."""
    faults = []
    for entry in _catalogue(language):
        texts = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
        text, plural = entry.id if isinstance(entry.id, tuple | list) else (entry.id, "")
        if text and all(texts) and not entry.fuzzy:
            fault = _fault(_catalogue_of(entry), Message(text, plural, entry.context or ""))
            faults += [f"{text!r} {fault}"] if fault else []

    assert faults == []


def _catalogue_of(entry):
    alone = Catalog()
    alone[entry.id] = entry
    return alone


def test_translations_compile_without_gettext(tmp_path):
    for language in LANGUAGES:
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "django.po").write_bytes((LOCALE / language / "LC_MESSAGES" / "django.po").read_bytes())

    assert compile_translations(tmp_path) == len(LANGUAGES)
    assert all((tmp_path / language / "LC_MESSAGES" / "django.mo").stat().st_size > 100 for language in LANGUAGES)
