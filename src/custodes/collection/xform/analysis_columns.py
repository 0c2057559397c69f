"""The columns under which a form's answers are analysed: a table for the record and one for each repeat, with names that never change once given."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from custodes.collection.xform.model import Form, Question

LONGEST_NAME = 60  # SPSS takes 64 bytes; a suffix must still fit
RESERVED = frozenset({"key", "parent_key", "index"})
GEOPOINT_PARTS = ("latitude", "longitude", "altitude", "accuracy")
UNSTORED = frozenset({"note"})
MAIN = ""


@dataclass(frozen=True, slots=True)
class KeptName:
    """A name given before: to which part of which question, in which table."""

    table: str
    question: str
    part: str
    name: str


@dataclass(frozen=True, slots=True)
class AnalysisColumn:
    """One column. `table` is the path of the repeat, empty for the record itself; `question` is the question's id, its path where it has none.

    `part` is empty for the answer as a whole, a coordinate of a geopoint, or `choice:` and a value for the 0/1 column of a select-multiple.
    """

    table: str
    name: str
    question: str
    path: str
    kind: str
    part: str = ""

    @property
    def choice(self) -> str | None:
        """The value whose choosing the column tells; None for the others."""
        return self.part.removeprefix("choice:") if self.part.startswith("choice:") else None


def analysis_columns(
    form: Form, *, ids: Mapping[str, str] | None = None, kept: Iterable[KeptName] = ()
) -> tuple[AnalysisColumn, ...]:
    """The columns of a form, in its order; `ids` gives each path its question's id, `kept` the names of earlier versions.

    Returns  names that differ even where case is ignored, table by table; a clash gets a suffix. A kept name stays with its question, and is never
             given to another, whether or not the question is still asked.
    """
    given = {(each.table, each.question, each.part): each.name for each in kept}
    taken: dict[str, set[str]] = {}
    for each in given:
        taken.setdefault(each[0], set(RESERVED)).add(given[each].casefold())
    found = []
    for question in form.questions:
        if question.kind in UNSTORED or is_instance_id(question):
            continue
        table, identity = (question.repeats or (MAIN,))[-1], (ids or {}).get(question.path, question.path)
        names = taken.setdefault(table, set(RESERVED))
        for part in _parts(question):
            name = given.get((table, identity, part)) or _free_name(_wanted(question, part), names)
            names.add(name.casefold())
            found.append(AnalysisColumn(table, name, identity, question.path, question.kind, part))
    return tuple(found)


def is_instance_id(question: Question) -> bool:
    """Whether a question is the record's own id, which every table has as its key."""
    return question.path.rsplit("/", 1)[1].split(":")[-1] == "instanceID"


def table_names(form: Form) -> dict[str, str]:
    """The name of each table by its path: `record` for the record itself, the repeat's own for a repeat."""
    names = {MAIN: "record"}
    taken = {"record"}
    for repeat in form.repeats:
        names[repeat.path] = _free_name(slug(repeat.path.rsplit("/", 1)[1]), taken)
        taken.add(names[repeat.path].casefold())
    return names


def slug(text: str) -> str:
    """A name in small letters, digits and underscores; letters of any script stay."""
    made = re.sub(r"\W+", "_", text.split(":")[-1]).strip("_").lower()[:LONGEST_NAME].rstrip("_")
    return made if made and not made[0].isdigit() else f"q_{made}".rstrip("_")


def _parts(question: Question) -> Iterator[str]:
    yield ""
    if question.kind == "geopoint":
        yield from GEOPOINT_PARTS
    if question.kind == "select_multiple":
        yield from dict.fromkeys(f"choice:{choice.value}" for choice in question.choices)


def _wanted(question: Question, part: str) -> str:
    end = part.removeprefix("choice:")
    return slug(f"{question.name.split(':')[-1]}_{end}" if end else question.name)


def _free_name(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 1
    while name.casefold() in taken:
        number += 1
        name = f"{wanted[: LONGEST_NAME - len(str(number)) - 1]}_{number}"
    return name
