"""The rules of a form, compiled once: which answers they look at, so that a change asks only those that depend on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from custodes.collection.xform.compilation import EVERYTHING, Compiled, Names, Scope, compiled
from custodes.collection.xform.model import Bind, Form


class RuleKind(StrEnum):
    """What a rule decides."""

    RELEVANT = "relevant"
    COUNT = "count"
    CALCULATE = "calculate"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it decides, for which path, by which expression."""

    kind: RuleKind
    names: Names
    expression: Compiled


def names_of(path: str) -> Names:
    """A path as its names, without positions."""
    return tuple(part.split("[")[0] for part in path.strip("/").split("/"))


class Rulebook:
    """Every rule of a form, and those that a changed path wakes."""

    def __init__(self, form: Form) -> None:
        self.repeats = frozenset(names_of(each.path) for each in form.repeats)
        self.binds: dict[Names, Bind] = {names_of(each.path): each.bind for each in form.group_binds}
        self.binds |= {names_of(each.path): each.bind for each in form.questions}
        self.rules = tuple(self._rules(form))
        self._by_path: dict[Names, list[Rule]] = {}
        self._calculating = {rule.names: (rule,) for rule in self.rules if rule.kind == RuleKind.CALCULATE}
        for rule in self.rules:
            for path in rule.expression.depends - {rule.names}:
                self._by_path.setdefault(path, []).append(rule)

    def compiled(self, text: str, names: Names) -> Compiled:
        """An expression, for the place of one path."""
        return compiled(text, Scope(names, self.repeats))

    def woken_by(self, names: Names) -> Iterable[Rule]:
        """The rules that look at a path."""
        yield from self._by_path.get(names, ())
        yield from self._by_path.get(EVERYTHING, ())

    def calculating(self, names: Names) -> Iterable[Rule]:
        """The rules that calculate a path."""
        return self._calculating.get(names, ())

    def _rules(self, form: Form) -> Iterable[Rule]:
        for names, bind in self.binds.items():
            if bind.relevant and bind.relevant != "true()":
                yield Rule(RuleKind.RELEVANT, names, self.compiled(bind.relevant, names))
        for repeat in form.repeats:
            if repeat.count:
                names = names_of(repeat.path)
                yield Rule(RuleKind.COUNT, names, self.compiled(repeat.count, names))
        for names, bind in self.binds.items():
            if bind.calculate:
                yield Rule(RuleKind.CALCULATE, names, self.compiled(bind.calculate, names))
