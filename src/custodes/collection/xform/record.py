"""A record that keeps itself consistent: an answer changes, and calculations, relevance and repeats follow until nothing moves any more."""

import math
from collections.abc import Iterable, Iterator, Mapping

from lxml import etree

from custodes.collection.errors import AnswerInvalid, ExpressionInvalid
from custodes.collection.xform.answers import stored
from custodes.collection.xform.compilation import Names
from custodes.collection.xform.dates import moment_text
from custodes.collection.xform.evaluator import Circumstances, Evaluator
from custodes.collection.xform.instance_tree import MARK, build_tree
from custodes.collection.xform.model import Bind, Form, SetValue
from custodes.collection.xform.reading import step_name
from custodes.collection.xform.rulebook import Rule, Rulebook, RuleKind, names_of
from custodes.collection.xform.values import node_text, number_of

MOST_ROUNDS = 60  # how often a rule may be asked while one change settles, beside once for each element
MOST_INSTANCES = 2_000  # of a repeat that counts by itself
MOST_LINKS = 20  # of actions that set off each other
FIRST_LOAD = {"odk-instance-first-load", "xforms-ready"}
NEW_REPEAT = "odk-new-repeat"


class Record:
    """The answers of one form as a tree, with the rules of the form kept true."""

    def __init__(self, form: Form, around: Circumstances, lists: Mapping[str, etree._Element]) -> None:
        self.form, self.around = form, around
        self.tree = build_tree(form, lists)
        self.rulebook = Rulebook(form)
        self.leaves = {names_of(each.path): each for each in form.questions}
        self.answers: dict[etree._Element, str] = {}
        self.places: dict[etree._Element, Names] = {}
        self.closed: set[etree._Element] = set()
        self.set_aside: dict[etree._Element, list[etree._Element]] = {}
        self.waiting: dict[Rule, None] = {}
        self.evaluator = Evaluator(form, around, document=self.tree.document, is_relevant=self.is_relevant)

    def begin(self) -> None:
        """Fill in what a new record holds from the start."""
        self._register(self.tree.record, (step_name(self.tree.record),))
        self._preload()
        self.refresh()
        for action in self.form.actions:
            if FIRST_LOAD & set(action.events):
                for element in self.tree.elements(names_of(action.target)):
                    self._act(action, element)
        self.settle()

    # Where things are

    def element(self, path: str) -> etree._Element:
        """The element of a path; a step without a position means the first.

        Refuses  AnswerInvalid where the record has no such place.
        """
        steps = path.strip("/").split("/")
        found: etree._Element | None = self.tree.record if steps[0] == step_name(self.tree.record) else None
        for step in steps[1:]:
            name, _, position = step.partition("[")
            same = self.tree.instances(found, name) if found is not None else []
            number = position.rstrip("]") or "1"
            place = int(number) if number.isdigit() else 0
            found = same[place - 1] if 1 <= place <= len(same) else None
        if found is None:
            raise AnswerInvalid(
                f"The record has no {path}.", where=path, remedy="Use a path of the form, with positions in repeats."
            )
        return found

    def path(self, element: etree._Element) -> str:
        """The path of an element, with its positions in repeats."""
        steps = []
        for each in (element, *element.iterancestors()):
            if each not in self.places:
                break
            name = self.places[each][-1]
            is_repeat = self.places[each] in self.rulebook.repeats
            position = 1 + sum(1 for _ in each.itersiblings(each.tag, preceding=True))
            steps.append(f"{name}[{position}]" if is_repeat else name)
        return "/" + "/".join(reversed(steps))

    def is_relevant(self, element: etree._Element) -> bool:
        """Whether an element and everything around it is part of the record."""
        if not self.closed:
            return True
        return element not in self.closed and not any(each in self.closed for each in element.iterancestors())

    # Changes

    def put(self, element: etree._Element, value: str, *, links: int = 0) -> None:
        """Give a leaf a value, and run the actions that wait for it."""
        if self.answers.get(element, "") == value:
            return
        if links > MOST_LINKS:
            raise ExpressionInvalid(
                "Actions set off each other in a circle.", where=self.path(element), remedy="Change a trigger."
            )
        self._keep(element, value)
        for action in self.form.actions:
            if "xforms-value-changed" in action.events and names_of(action.trigger) == self.places[element]:
                for target in self._targets(action, element):
                    self._act(action, target, links=links + 1)

    def add_instance(self, parent: etree._Element, names: Names) -> etree._Element:
        """One more instance of a repeat; one that a falling count set aside comes back with its answers."""
        mark = self.tree.mark(parent, names[-1])
        kept = self.set_aside.get(mark, [])
        if kept:
            back = kept.pop()
            mark.addprevious(back)
            for leaf in back.iter():
                if leaf in self.answers:
                    self._show(leaf)  # it may have been hidden when it went
            return back
        made = self.tree.add(parent, names)
        self._register(made, names)
        for action in self.form.actions:
            target = names_of(action.target)
            if NEW_REPEAT in action.events and target[: len(names)] == names:
                for element in self._below(made, target[len(names) :]):
                    self._act(action, element)
        return made

    def refresh(self) -> None:
        """Ask every rule again, after repeats came or went."""
        self.waiting.update(dict.fromkeys(self.rulebook.rules))
        self.settle()

    def settle(self) -> None:
        """Ask the rules that wait, and those that their answers wake, until none waits.

        Refuses  ExpressionInvalid where rules wake each other for ever.
        """
        asked: dict[Rule, int] = {}
        while self.waiting:
            rule = next(iter(self.waiting))
            del self.waiting[rule]
            asked[rule] = asked.get(rule, 0) + 1
            if asked[rule] > MOST_ROUNDS + len(self.places):
                path = "/" + "/".join(rule.names)
                raise ExpressionInvalid("The calculation depends on itself.", where=path, remedy="Break the circle.")
            if rule.kind == RuleKind.RELEVANT:
                self._decide_relevance(rule)
            elif rule.kind == RuleKind.CALCULATE:
                self._calculate(rule)
            elif self._count(rule):
                self.waiting.update(dict.fromkeys(self.rulebook.rules))

    def _decide_relevance(self, rule: Rule) -> None:
        for element in self.tree.elements(rule.names):
            is_open = self.evaluator.holds(rule.expression.text, element)
            if is_open == (element not in self.closed):
                continue
            (self.closed.discard if is_open else self.closed.add)(element)
            for leaf in element.iter():
                if leaf in self.answers:
                    self._show(leaf)
                    if is_open:
                        self.waiting.update(dict.fromkeys(self.rulebook.calculating(self.places[leaf])))

    def _calculate(self, rule: Rule) -> None:
        kind = self.rulebook.binds[rule.names].type
        for element in self.tree.elements(rule.names):
            if not rule.expression.depends and self.answers.get(element):
                continue  # it rests on no answer, such as uuid() or now(): computed once, when its place came to be
            if self.is_relevant(element):
                value = stored(self.evaluator.value(rule.expression.text, element), kind)
                if value != self.answers.get(element, ""):
                    self._keep(element, value)

    def _count(self, rule: Rule) -> bool:
        """Whether a repeat gained or lost instances."""
        changed = False
        for parent in self.tree.elements(rule.names[:-1]):
            mark = self.tree.mark(parent, rule.names[-1])
            number = number_of(self.evaluator.value(rule.expression.text, mark), zone=self.around.zone)
            wanted = 0 if math.isnan(number) else int(max(0, min(number, MOST_INSTANCES)))
            present = self.tree.instances(parent, rule.names[-1])
            for element in reversed(present[wanted:]):
                self.set_aside.setdefault(mark, []).append(element)
                parent.remove(element)
            for _ in range(wanted - len(present)):
                self.add_instance(parent, rule.names)
            changed = changed or wanted != len(present)
        return changed

    def _keep(self, element: etree._Element, value: str) -> None:
        self.answers[element] = value
        self._show(element)

    def _show(self, element: etree._Element) -> None:
        """Let expressions see an answer where it is relevant, and nothing where it is not."""
        element.text = (self.answers[element] if self.is_relevant(element) else "") or None
        self.waiting.update(dict.fromkeys(self.rulebook.woken_by(self.places[element])))

    def _register(self, element: etree._Element, names: Names) -> None:
        """Take in an element and all below it."""
        self.places[element] = names
        if names in self.leaves:
            self.answers[element] = node_text(element).strip() if not len(element) else ""
        for child in element:
            if child.tag != MARK:
                self._register(child, (*names, step_name(child)))

    def _below(self, element: etree._Element, names: Names) -> list[etree._Element]:
        found = [element]
        for name in names:
            found = [child for parent in found for child in self.tree.instances(parent, name)]
        return found

    def _targets(self, action: SetValue, trigger: etree._Element) -> Iterable[etree._Element]:
        """What an action sets: within the trigger's own repeat where both stand in it, else everywhere."""
        target, place = names_of(action.target), self.places[trigger]
        for around in trigger.iterancestors():
            names = self.places.get(around)
            if names in self.rulebook.repeats and target[: len(names)] == names and place[: len(names)] == names:
                return self._below(around, target[len(names) :])
        return self.tree.elements(target)

    def _act(self, action: SetValue, element: etree._Element, *, links: int = 0) -> None:
        if element not in self.answers:
            return
        names = self.places[element]
        value = action.text
        if action.expression:
            text = self.rulebook.compiled(action.expression, names).text
            value = stored(self.evaluator.value(text, element), self.rulebook.binds[names].type)
        self.put(element, value, links=links)

    # What the device fills in

    def _preload(self) -> None:
        for names, question in self.leaves.items():
            if question.bind.preload:
                for element in self.tree.elements(names):
                    self.answers[element] = self.answers[element] or self._preloaded(question.bind)
                    element.text = self.answers[element] or None

    def _preloaded(self, bind: Bind) -> str:
        now = self.around.clock().astimezone(self.around.zone)
        if bind.preload == "uid":
            return f"uuid:{self.evaluator.new_uuid()}"
        if bind.preload == "date":
            return now.date().isoformat()
        if bind.preload == "timestamp":
            return moment_text(now) if bind.preload_parameter == "start" else ""
        return self.around.properties.get(bind.preload_parameter, "") if bind.preload == "property" else ""

    def finish(self) -> None:
        """Fill in what a record holds at its end: the time, and an id where the form did not make one."""
        now = moment_text(self.around.clock().astimezone(self.around.zone))
        for names, question in self.leaves.items():
            for element in self.tree.elements(names):
                if question.bind.preload == "timestamp" and question.bind.preload_parameter == "end":
                    self._keep(element, now)
                elif names[-1].split(":")[-1] == "instanceID" and not self.answers[element]:
                    self._keep(element, f"uuid:{self.evaluator.new_uuid()}")
        self.settle()

    def relevant_leaves(self) -> Iterator[etree._Element]:
        """The leaves that are part of the record, in order."""
        for element in self.tree.record.iter():
            if element in self.answers and self.is_relevant(element):
                yield element
