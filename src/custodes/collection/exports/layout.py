"""The tables and columns of an export: the union over all versions of a form, under names that later versions never change."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from custodes.collection.exports.records import ExportVersion, StableColumn
from custodes.collection.xform.analysis_columns import (
    GEOPOINT_PARTS,
    LONGEST_NAME,
    RESERVED,
    UNSTORED,
    is_instance_id,
    slug,
)
from custodes.collection.xform.model import Question

MAIN, DICTIONARY = "record", "dictionary"
KEY, PARENT_KEY, INDEX = "key", "parent_key", "index"
UNMAPPED = "record_unmapped"
METADATA_COLUMNS = (
    "record_version",
    "record_received",
    "record_state",
    "record_inbox",
    "record_enumerator",
    "record_device",
    "record_attachments",
)
TAKEN = frozenset({*RESERVED, UNMAPPED, *METADATA_COLUMNS})
CHOICE = "choice:"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the values of a column come from: a question of one type in one table, or a part of its answers.

    `part` is empty for the answer as a whole, a coordinate of a geopoint, or `choice:` and a value for the 0/1 column of a select-multiple.
    """

    table: str
    question: str
    kind: str
    part: str = ""

    @property
    def stored(self) -> str:
        """Its name in a segment."""
        return "|".join((self.part, self.kind, self.question))

    @property
    def choice(self) -> str | None:
        """The value whose choosing the column tells; None for the others."""
        return self.part.removeprefix(CHOICE) if self.part.startswith(CHOICE) else None


@dataclass(frozen=True, slots=True)
class Appearance:
    """A question as one version asks it."""

    version: int
    question: Question
    identity: StableColumn


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A column of answers, and the versions that ask for it, oldest first."""

    name: str
    source: Source
    asked: tuple[Appearance, ...]


@dataclass(frozen=True, slots=True)
class LayoutTable:
    """A table: the record itself, or a repeat; `paths` gives its path in each version that has it."""

    name: str
    paths: Mapping[int, str]
    columns: tuple[AnswerColumn, ...]


@dataclass(slots=True)
class _Repeat:
    """A repeat through the versions seen so far."""

    name: str
    paths: dict[int, str] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)  # its paths without the root
    questions: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Layout:
    """The layout of a form's exports, made of all its versions, so that a name never depends on which of them have records."""

    versions: tuple[ExportVersion, ...]
    repeats: dict[str, _Repeat] = field(default_factory=dict)
    names: dict[Source, str] = field(default_factory=dict)
    asked: dict[Source, list[Appearance]] = field(default_factory=dict)

    def table_of(self, version: int, question: Question) -> str:
        """The table in which a version's question stands."""
        if not question.repeats:
            return MAIN
        return next(each.name for each in self.repeats.values() if each.paths.get(version) == question.repeats[-1])

    def repeat_tables(self, version: int) -> dict[str, str]:
        """The tables of a version's repeats, by path."""
        return {each.paths[version]: each.name for each in self.repeats.values() if version in each.paths}

    def sources(self, version: int) -> dict[str, Source]:
        """What each path of a version is in the export; paths that hold no answer are not in it."""
        return {
            appearance.question.path: source
            for source, found in self.asked.items()
            for appearance in found
            if appearance.version == version and not source.part
        }

    def tables(self, with_records: frozenset[int]) -> tuple[LayoutTable, ...]:
        """The tables and columns of the versions that have records: the latest version's in its order, then what was removed, last removed first."""
        found = [LayoutTable(MAIN, {}, self._columns(MAIN, with_records))]
        for repeat in self.repeats.values():
            paths = {number: path for number, path in repeat.paths.items() if number in with_records}
            if paths:
                found.append(LayoutTable(repeat.name, paths, self._columns(repeat.name, with_records)))
        return tuple(found)

    def _columns(self, table: str, with_records: frozenset[int]) -> tuple[AnswerColumn, ...]:
        shown: dict[Source, AnswerColumn] = {}
        for version in sorted((each for each in self.versions if each.number in with_records), key=lambda v: -v.number):
            for source in self._in_order(version, table):
                asked = tuple(each for each in self.asked[source] if each.version in with_records)
                shown.setdefault(source, AnswerColumn(self.names[source], source, asked))
        return tuple(_parts_together(shown))

    def _in_order(self, version: ExportVersion, table: str) -> Iterator[Source]:
        for question in _stored_questions(version):
            if self.table_of(version.number, question) == table:
                whole = self.source(version, question)
                yield whole
                yield from (Source(whole.table, whole.question, whole.kind, part) for part in parts_of(question))

    def source(self, version: ExportVersion, question: Question) -> Source:
        """The column of a version's question."""
        identity = identity_of(version, question)
        return Source(self.table_of(version.number, question), identity.question, question.kind)


def layout_of(versions: Sequence[ExportVersion]) -> Layout:
    """The layout of a form with these versions.

    Returns  names that differ in a table even where case is ignored. Versions are gone through in order, in each first the questions and then
             their parts, so that a further version adds names and changes none. A question of another type than before gets a column of its
             own, named after the type.
    """
    layout = Layout(tuple(_told_apart(each) for each in sorted(versions, key=lambda each: each.number)))
    taken: dict[str, set[str]] = {}
    for version in layout.versions:
        _place_repeats(layout, version)
        questions = tuple(_stored_questions(version))
        for question in questions:
            source, identity = layout.source(version, question), identity_of(version, question)
            if source not in layout.names:
                retyped = any((each.table, each.question) == (source.table, source.question) for each in layout.names)
                wanted = f"{identity.column}_{source.kind}" if retyped else identity.column
                layout.names[source] = _free_name(wanted, taken.setdefault(source.table, set(TAKEN)))
            layout.asked.setdefault(source, []).append(Appearance(version.number, question, identity))
        for question in questions:
            whole, identity = layout.source(version, question), identity_of(version, question)
            for part in parts_of(question):
                source = Source(whole.table, whole.question, whole.kind, part)
                if source not in layout.names:
                    end = re.sub(r"\W+", "_", part.removeprefix(CHOICE)).strip("_").lower() or "choice"
                    layout.names[source] = _free_name(f"{layout.names[whole]}_{end}", taken[source.table])
                layout.asked.setdefault(source, []).append(Appearance(version.number, question, identity))
    return layout


def identity_of(version: ExportVersion, question: Question) -> StableColumn:
    """The identity of a version's question."""
    return version.columns.get(question.path) or StableColumn(question.path, slug(question.name))


def _told_apart(version: ExportVersion) -> ExportVersion:
    """The version with an identity of its own for each path: two questions that were merged into one may both be asked, and neither gives way."""
    columns: dict[str, StableColumn] = {}
    taken: set[str] = set()
    for question in version.form.questions:
        identity = identity_of(version, question)
        if identity.question in taken:
            identity = replace(identity, question=f"{identity.question}@{question.path}")
        taken.add(identity.question)
        columns[question.path] = identity
    return replace(version, columns=columns)


def parts_of(question: Question) -> tuple[str, ...]:
    """The parts of a question's answers that have columns of their own."""
    if question.kind == "geopoint":
        return GEOPOINT_PARTS
    if question.kind == "select_multiple":
        return tuple(dict.fromkeys(f"{CHOICE}{choice.value}" for choice in question.choices))
    return ()


def _stored_questions(version: ExportVersion) -> Iterator[Question]:
    return (each for each in version.form.questions if each.kind not in UNSTORED and not is_instance_id(each))


def _parts_together(shown: Mapping[Source, AnswerColumn]) -> Iterator[AnswerColumn]:
    """The columns with every part behind its whole, so that a choice that was removed stands beside those that are left."""
    parts: dict[Source, list[AnswerColumn]] = {}
    for source, column in shown.items():
        if source.part:
            parts.setdefault(Source(source.table, source.question, source.kind), []).append(column)
    for source, column in shown.items():
        if not source.part:
            yield column
            yield from parts.get(source, ())


def _place_repeats(layout: Layout, version: ExportVersion) -> None:
    """Give each repeat of a version its table: by its path, else by its questions, where all that were known before come from one other table."""
    known = list(layout.repeats.values())
    places = {each.path: each.path.removeprefix(f"/{version.form.root}") for each in version.form.repeats}
    matched = {path: next((each for each in known if place in each.places), None) for path, place in places.items()}
    for path, place in places.items():
        inside = {
            identity_of(version, each).question for each in _stored_questions(version) if each.repeats[-1:] == (path,)
        }
        repeat = matched[path]
        if repeat is None:
            origins = [each for each in known if each.questions & inside]
            if len(origins) == 1 and not any(each is origins[0] for each in matched.values()):
                repeat = matched[path] = origins[0]
        if repeat is None:
            taken = {MAIN, DICTIONARY, *(each.casefold() for each in layout.repeats)}
            repeat = _Repeat(_free_name(slug(path.rsplit("/", 1)[1]), taken))
            layout.repeats[repeat.name] = repeat
        repeat.paths[version.number] = path
        repeat.places.add(place)
        repeat.questions |= inside


def _free_name(wanted: str, taken: set[str]) -> str:
    wanted = wanted[:LONGEST_NAME].rstrip("_")
    name, number = wanted, 1
    while name.casefold() in taken:
        number += 1
        name = f"{wanted[: LONGEST_NAME - len(str(number)) - 1]}_{number}"
    taken.add(name.casefold())
    return name
