"""The dictionary that goes with every export: what each column asks, of whom it was asked in which version, and what its codes mean."""

import json
from collections.abc import Iterable, Iterator

from custodes.collection.exports.assembly import FLAG, Assembly, OutputColumn, OutputTable, wordings_of
from custodes.collection.exports.layout import INDEX, KEY, PARENT_KEY, UNMAPPED
from custodes.collection.exports.records import ExportVersion

KNOWN_COLUMNS = {
    KEY: "Id of the record; in a repeat its own, made of that of the row it belongs to, the repeat and its place there",
    PARENT_KEY: "Key of the row that it belongs to",
    INDEX: "Its place among the repeats of that row, from 1",
    "record_version": "Version of the form with which it was filled in",
    "record_received": "When it was received, in UTC",
    "record_state": "State of its review",
    "record_inbox": "What a person has to look at before it is settled; empty where nothing is open",
    "record_enumerator": "Whose device sent it",
    "record_device": "Device, as it names itself",
    "record_attachments": "Names of the files that came with it, as JSON",
    UNMAPPED: "What it holds that no version of the form asks for, by path, as JSON",
}


def dictionary_rows(assembly: Assembly) -> Iterator[tuple[str, ...]]:
    """The header and a row for each column of each table, in their order."""
    languages = tuple(dict.fromkeys(_languages(assembly.versions)))
    yield (
        "table", "column", "question", "part", "type", "stored_as", "filled", "versions", "names_by_version",
        *(f"label::{each}" if each else "label" for each in languages),
        "choices", "earlier_labels", "missing_codes",
    )  # fmt: skip
    said = {each.number: each.version or str(each.number) for each in assembly.versions}
    for table in assembly.tables:
        for column in table.columns:
            yield _row(table, column, languages, said)


def _languages(versions: Iterable[ExportVersion]) -> Iterator[str]:
    for version in reversed(tuple(versions)):
        yield from version.form.languages
    for version in versions:
        for question in version.form.questions:
            for text in (question.label, *(choice.label for choice in question.choices)):
                yield from (each.language for each in text.wordings)


def _row(table: OutputTable, column: OutputColumn, languages: tuple[str, ...], said: dict[int, str]) -> tuple[str, ...]:
    source = column.source
    if source is None:
        words = tuple(KNOWN_COLUMNS[column.name] if place == 0 else "" for place in range(len(languages)))
        return (table.name, column.name, "", "", "", column.type, "", "", "", *words, "", "", "")
    names = {said[each.version]: each.question.path for each in column.asked}
    identity = column.asked[-1].identity
    return (
        table.name,
        column.name,
        source.question,
        source.choice if source.choice is not None else source.part,
        source.kind,
        column.type,
        "" if column.type == FLAG else str(column.filled),
        ", ".join(names),
        _json(names),
        *(column_label(column, language) for language in languages),
        _json(column.choices) if source.choice is None and column.choices else "",
        _json(earlier) if source.choice is None and (earlier := _earlier_labels(column, said)) else "",
        _json(dict(identity.missing_codes)) if identity.missing_codes else "",
    )


def column_label(column: OutputColumn, language: str) -> str:
    """What a column asks in a language, in the words of the latest version; empty where it has none."""
    if not column.asked:
        return ""
    label = wordings_of(column.asked[-1].question.label).get(language, "")
    if column.source is not None and column.source.choice is not None:
        chosen = column.choices.get(column.source.choice, {}).get(language, "")
        return f"{label}: {chosen}" if label and chosen else chosen or label
    return label


def _earlier_labels(column: OutputColumn, said: dict[int, str]) -> dict[str, dict[str, dict[str, str]]]:
    """The labels of choices that read differently in an earlier version: by version, choice and language."""
    latest = column.choices
    found: dict[str, dict[str, dict[str, str]]] = {}
    for appearance in column.asked[:-1]:
        for choice in appearance.question.choices:
            words = {
                language: text
                for language, text in wordings_of(choice.label).items()
                if text != latest[choice.value].get(language)
            }
            if words:
                found.setdefault(said[appearance.version], {})[choice.value] = words
    return found


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
