"""The parts of an XPath expression of a form, and how they are written out again."""

from collections.abc import Iterator
from dataclasses import dataclass


class Part:
    """Any piece of an expression that has a value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Number(Part):
    """A number as it was written."""

    text: str


@dataclass(frozen=True, slots=True)
class Literal(Part):
    """A text in quotes; `text` keeps them."""

    text: str

    @property
    def value(self) -> str:
        """What stands between the quotes."""
        return self.text[1:-1]


@dataclass(frozen=True, slots=True)
class Variable(Part):
    """`$name`, which no form binds, but which is good XPath."""

    name: str


@dataclass(frozen=True, slots=True)
class Reference(Part):
    """`${name}` of an XLSForm, before pyxform turns it into a path."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Call(Part):
    """A function with its arguments; `at` is where its name begins."""

    name: str
    arguments: tuple[Part, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Binary(Part):
    """Two expressions joined by an operator."""

    operator: str
    left: Part
    right: Part


@dataclass(frozen=True, slots=True)
class Negative(Part):
    """An expression with a minus before it."""

    operand: Part


@dataclass(frozen=True, slots=True)
class Filter(Part):
    """An expression in brackets or a call, with conditions on its nodes."""

    base: Part
    predicates: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: what stands before it (`/`, `//` or nothing), its test, and its conditions."""

    separator: str
    test: str
    predicates: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Path(Part):
    """Steps from the root, from where one stands, or from the nodes of another expression."""

    base: Part | None
    steps: tuple[Step, ...]

    @property
    def is_absolute(self) -> bool:
        """Whether it begins at the root."""
        return self.base is None and (not self.steps or self.steps[0].separator != "")

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names of its steps, where it is `/a/b/c` without conditions."""
        plain = self.is_absolute and all(step.separator == "/" and not step.predicates for step in self.steps)
        return tuple(step.test for step in self.steps) if plain else None


def children(part: Part) -> Iterator[Part]:
    """The expressions directly inside one."""
    if isinstance(part, Call):
        yield from part.arguments
    elif isinstance(part, Binary):
        yield part.left
        yield part.right
    elif isinstance(part, Negative):
        yield part.operand
    elif isinstance(part, Filter):
        yield part.base
        yield from part.predicates
    elif isinstance(part, Path):
        if part.base is not None:
            yield part.base
        for step in part.steps:
            yield from step.predicates


def walk(part: Part) -> Iterator[Part]:
    """An expression and all inside it."""
    yield part
    for each in children(part):
        yield from walk(each)


def written(part: Part) -> str:
    """The expression as text; brackets stand where another reading would be possible."""
    if isinstance(part, Number | Literal):
        return part.text
    if isinstance(part, Variable):
        return f"${part.name}"
    if isinstance(part, Reference):
        return f"${{{part.name}}}"
    if isinstance(part, Call):
        return f"{part.name}({', '.join(written(each) for each in part.arguments)})"
    if isinstance(part, Binary):
        return f"({written(part.left)} {part.operator} {written(part.right)})"
    if isinstance(part, Negative):
        return f"(- {written(part.operand)})"
    if isinstance(part, Filter):
        return f"({written(part.base)}){_conditions(part.predicates)}"
    if isinstance(part, Path):
        return _path(part)
    raise TypeError(f"{part!r} is no part of an expression")


def _path(path: Path) -> str:
    steps = "".join(f"{step.separator}{step.test}{_conditions(step.predicates)}" for step in path.steps)
    if path.base is not None:
        return (
            f"{written(path.base)}{steps}" if isinstance(path.base, Call | Filter) else f"({written(path.base)}){steps}"
        )
    return steps or "/"


def _conditions(predicates: tuple[Part, ...]) -> str:
    return "".join(f"[{written(each)}]" for each in predicates)
