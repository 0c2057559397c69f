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

    def upstream(self, names: Names) -> frozenset[Names]:
        """Every path on which a question's conditions rest, through other conditions and calculations."""
        found: set[Names] = set()
        open_paths = [names]
        while open_paths:
            path = open_paths.pop()
            looked_at = {each for text, place in self._expressions(path) for each in self.compiled(text, place).depends}
            new = looked_at - found
            found |= new
            open_paths.extend(new)
        return frozenset(found - {names})

    def _expressions(self, names: Names) -> Iterable[tuple[str, Names]]:
        """The expressions that decide on a path, each with where it stands: its own, and the conditions of the groups around it."""
        own = self.binds.get(names, Bind())
        yield from ((text, names) for text in (own.calculate, own.constraint, own.required) if text)
        for length in range(len(names), 0, -1):
            around = self.binds.get(names[:length], Bind())
            if around.relevant:
                yield around.relevant, names[:length]

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
