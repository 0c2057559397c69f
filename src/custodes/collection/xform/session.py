"""Filling in a form: what is asked, which choices are open, what is wrong, and the record to send."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from custodes.collection.errors import AnswerInvalid
from custodes.collection.xform.answers import is_of_type, type_in_words
from custodes.collection.xform.attached import EXTERNAL_CHOICES, external_choice_lists, list_from_file
from custodes.collection.xform.evaluator import Circumstances
from custodes.collection.xform.model import SELECTS, Choice, Form, Group, Node, Question, QuestionPlace, Repeat
from custodes.collection.xform.record import Record
from custodes.collection.xform.rulebook import names_of
from custodes.collection.xform.serialisation import record_xml
from custodes.collection.xform.texts import Output, Text, Wording
from custodes.collection.xform.values import nodes_of


class Fault(StrEnum):
    """What can be wrong with an answer."""

    REQUIRED = "required"
    CONSTRAINT = "constraint"
    TYPE = "type"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """What is wrong with one answer, where, and what the form says of it in the language of the session; empty where the form says nothing."""

    path: str
    fault: Fault
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """A question at one place of the record; the path says in which instance of each repeat."""

    path: str
    question: Question


class Session:
    """A record being filled in. A path is as in the form, with a position in each repeat (`/data/person[2]/age`); without one, the first is meant."""

    def __init__(self, form: Form, around: Circumstances | None = None) -> None:
        self.form = form
        self.around = around or Circumstances()
        self.record = Record(form, self.around, _attached_lists(form, self.around))
        self.record.evaluator.surroundings.choice_label = self._choice_label
        texts = {each.id: each.text for each in form.texts}
        self.record.evaluator.surroundings.text_by_id = lambda key: texts.get(key, Text()).plain(self.around.language)
        self._static = {
            each.path: {choice.value: choice for choice in each.choices} for each in form.questions if each.choices
        }
        self.record.begin()

    # Answers

    def answer(self, path: str, value: str) -> None:
        """Give an answer; an empty one takes it back.

        Refuses  AnswerInvalid where the form asks nothing there, or calculates it by itself.
        """
        element, question = self._leaf(path)
        if question.bind.calculate or not question.is_asked and question.kind not in {"hidden", "metadata"}:
            raise AnswerInvalid(
                f"{path} is not answered by anybody.", where=path, remedy="Answer a question of the form."
            )
        self.record.put(element, value)
        self.record.settle()

    def value(self, path: str) -> str:
        """The answer at a path; empty where it is not relevant."""
        element, _ = self._leaf(path)
        return self.record.answers[element] if self.record.is_relevant(element) else ""

    def add_repeat(self, path: str) -> str:
        """One more instance of a repeat; its path."""
        names = names_of(path)
        if names not in self.record.rulebook.repeats:
            raise AnswerInvalid(f"{path} is no repeat.", where=path, remedy="Name a repeat of the form.")
        made = self.record.add_instance(self.record.element(path.strip("/").rpartition("/")[0]), names)
        self.record.refresh()
        return self.record.path(made)

    def remove_repeat(self, path: str) -> None:
        """Take out one instance of a repeat, with its answers."""
        element = self.record.element(path)
        if self.record.places[element] not in self.record.rulebook.repeats:
            raise AnswerInvalid(f"{path} is no repeat.", where=path, remedy="Name a repeat of the form.")
        element.getparent().remove(element)
        self.record.refresh()

    def repeat_count(self, path: str) -> int:
        """How many instances a repeat has, in the first of the repeats around it or the one that the path names."""
        parent, _, name = path.strip("/").rpartition("/")
        return len(self.record.tree.instances(self.record.element(parent), name.split("[")[0]))

    # What is asked

    def places(self) -> Iterator[Place]:
        """What is shown now, from top to bottom: every relevant question and note of the body."""
        yield from self._places(self.form.nodes, self.record.tree.record, names_of(self.form.root))

    def is_relevant(self, path: str) -> bool:
        """Whether a question, group or repeat is part of the record now."""
        return self.record.is_relevant(self.record.element(path))

    def open_count(self) -> int:
        """How many questions are part of the record now, each instance of a repeat counted."""
        return sum(1 for _ in self.record.relevant_leaves())

    def opens_others(self, question: Question) -> bool:
        """Whether the answer to a question decides on others."""
        return any(True for _ in self.record.rulebook.woken_by(names_of(question.path)))

    def rests_on(self, path: str) -> frozenset[str]:
        """The paths of the questions, without positions, on whose answers it rests whether a question is asked and right."""
        names = self.record.places[self.record.element(path)]
        return frozenset("/" + "/".join(each) for each in self.record.rulebook.upstream(names))

    def is_required(self, path: str) -> bool:
        """Whether a question must be answered now."""
        return self._condition(path, "required")

    def is_readonly(self, path: str) -> bool:
        """Whether nobody can change an answer now."""
        return self._condition(path, "readonly")

    def choices(self, path: str) -> tuple[Choice, ...]:
        """The choices that are open now, in the order in which they are shown."""
        element, question = self._leaf(path)
        if question.itemset is None:
            return question.choices
        nodeset = self.record.rulebook.compiled(question.itemset.nodeset, names_of(question.path)).text
        nodes = nodes_of(self.record.evaluator.value(nodeset, element))
        return tuple(self._choice(question, node) for node in nodes if self.record.is_relevant(node))

    def shown(self, text: Text, path: str) -> str:
        """A text of the form as people read it at a place: in their language, with answers put in."""
        element = self.record.element(path)
        names = self.record.places[element]
        parts = [
            self.record.evaluator.text(self.record.rulebook.compiled(part.expression, names).text, element) if isinstance(part, Output) else part
            for part in text.wording(self.around.language).parts
        ]  # fmt: skip
        return "".join(parts).strip()

    # What is wrong

    def faults(self) -> tuple[AnswerFault, ...]:
        """Everything that keeps the record from being sent, in the order of the form."""
        return tuple(
            fault for element in self.record.relevant_leaves() if (fault := self._fault_or_none(element)) is not None
        )

    def fault_or_none(self, path: str) -> AnswerFault | None:
        """What is wrong with one answer, if it is relevant and anything is."""
        element, _ = self._leaf(path)
        return self._fault_or_none(element) if self.record.is_relevant(element) else None

    def finish(self) -> bytes:
        """The record to send, with the time of its end and its id; it may still have faults."""
        self.record.finish()
        return record_xml(self.record)

    @property
    def instance_id(self) -> str:
        """The record's own id; empty before `finish` where the form does not make one itself."""
        found = [each for each in self.record.answers if self.record.places[each][-1].split(":")[-1] == "instanceID"]
        return self.record.answers[found[0]] if found else ""

    def _leaf(self, path: str) -> tuple[etree._Element, Question]:
        element = self.record.element(path)
        question = self.record.leaves.get(self.record.places[element])
        if question is None:
            raise AnswerInvalid(f"{path} is no question.", where=path, remedy="Name a question of the form.")
        return element, question

    def _places(self, nodes: tuple[Node, ...], around: etree._Element, names: tuple[str, ...]) -> Iterator[Place]:
        for node in nodes:
            if isinstance(node, Repeat):
                inside = names_of(node.path)
                for parent in self._found(around, inside[len(names) : -1]):
                    for instance in self.record.tree.instances(parent, inside[-1]):
                        if self.record.is_relevant(instance):
                            yield from self._places(node.children, instance, inside)
            elif isinstance(node, Group):
                yield from self._places(node.children, around, names)
            elif isinstance(node, QuestionPlace):
                inside = names_of(node.path)
                for element in self._found(around, inside[len(names) :]):
                    if inside in self.record.leaves and self.record.is_relevant(element):
                        yield Place(self.record.path(element), self.record.leaves[inside])

    def _found(self, around: etree._Element, names: tuple[str, ...]) -> list[etree._Element]:
        found = [around]
        for name in names:
            found = [child for parent in found for child in self.record.tree.instances(parent, name)]
        return found

    def _condition(self, path: str, name: str) -> bool:
        element = self.record.element(path)
        return self._holds(element, name)

    def _holds(self, element: etree._Element, name: str) -> bool:
        names = self.record.places[element]
        bind = self.record.rulebook.binds.get(names)
        text = getattr(bind, name) if bind is not None else ""
        if text in {"", "false()", "true()"}:
            return bool(text == "true()")
        return self.record.evaluator.holds(self.record.rulebook.compiled(text, names).text, element)

    def _fault_or_none(self, element: etree._Element) -> AnswerFault | None:
        question = self.record.leaves[self.record.places[element]]
        value, bind = self.record.answers[element], question.bind
        path = self.record.path(element)
        if not value:
            if question.control and self._holds(
                element, "required"
            ):  # a required note is how a form says: go back and mend it
                return AnswerFault(path, Fault.REQUIRED, self.shown(bind.required_message, path))
            return None
        if not is_of_type(value, bind.type):
            return AnswerFault(path, Fault.TYPE, f"This is not {type_in_words(bind.type)}.")
        if question.control and bind.constraint and not self._holds(element, "constraint"):
            return AnswerFault(path, Fault.CONSTRAINT, self.shown(bind.constraint_message, path))
        if question.kind in SELECTS and not self._is_among_choices(question, value, path):
            return AnswerFault(path, Fault.CHOICE, "This is not among the choices.")
        return None

    def _is_among_choices(self, question: Question, value: str, path: str) -> bool:
        """Whether an answer is open now. With search() the choices come from a file that only the device has read."""
        if "search(" in question.appearance:
            return True
        chosen = {value} if question.kind == "select_one" else set(value.split())
        return chosen <= {each.value for each in self.choices(path)}

    def _choice(self, question: Question, node: etree._Element) -> Choice:
        itemset = question.itemset
        if itemset is None:
            raise TypeError(f"{question.path} has no itemset")
        value = node.findtext(itemset.value) or ""
        known = self._static.get(question.path, {}).get(value)
        if known is not None:
            return known
        label = node.findtext(itemset.label.removeprefix("jr:itext(").removesuffix(")").strip()) or value
        return Choice(value, Text((Wording("", (label,)),)))

    def _choice_label(self, value: str, path: str) -> str:
        """The label of a choice, for jr:choice-name()."""
        question = self.record.leaves.get(names_of(path))
        if question is None:
            return ""
        known = self._static.get(question.path, {}).get(value)
        if known is None and question.itemset is not None:
            elements = self.record.tree.elements(names_of(path))
            shown = self.choices(self.record.path(elements[0])) if elements else ()
            known = next((each for each in shown if each.value == value), None)
        return known.label.plain(self.around.language) if known is not None else ""


def _attached_lists(form: Form, around: Circumstances) -> dict[str, etree._Element]:
    """The lists in the attached files, under the ids by which the form calls them; a file that is not there is an empty list."""
    lists = {}
    for each in form.instances:
        if each.file_name and not each.xml:
            content = around.files.get(each.file_name)
            lists[each.id] = list_from_file(each.file_name, content) if content is not None else etree.Element("root")
    if EXTERNAL_CHOICES in around.files:
        lists |= external_choice_lists(around.files[EXTERNAL_CHOICES])
    return lists
