"""An expression of a form as XPath that lxml can evaluate, and the answers it depends on.

A form's record stands in `/i/p`, its lists in `/i/s` of one document, so that conditions on a list can look at answers. Expressions are rewritten for
that, and where the ODK XForms specification deviates from XPath 1.0: dates count as numbers, an absolute path from inside a repeat means that same
repeat, and many functions are ours (prefix `c`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from custodes.collection.errors import ExpressionInvalid
from custodes.collection.xform.expression import (
    Binary,
    Call,
    Filter,
    Literal,
    Negative,
    Number,
    Part,
    Path,
    Reference,
    Step,
    Variable,
    children,
)
from custodes.collection.xform.function_table import check_functions
from custodes.collection.xform.parsing import parsed

RECORD, LISTS = "/i/p", "/i/s"
NATIVE = frozenset({
    "true", "false", "last", "name", "local-name", "namespace-uri", "string", "normalize-space", "boolean", "not", "contains", "starts-with",
    "substring", "substring-before", "substring-after", "string-length", "translate", "ceiling", "floor", "id", "lang",
})  # fmt: skip
NUMERIC = frozenset({
    "count", "count-selected", "count-non-empty", "sum", "min", "max", "round", "int", "abs", "number", "decimal-date-time", "decimal-time", "pow",
    "string-length", "ceiling", "floor", "random", "area", "distance", "position", "last", "sqrt", "exp", "log", "log10", "pi",
})  # fmt: skip
ARITHMETIC = {"+", "-", "*", "div", "mod"}
COMPARED = {"<": "less", "<=": "at-most", ">": "more", ">=": "at-least"}
EVERYTHING = ("*",)  # the dependency of an expression that may look at any answer

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: the names of its question's path, and the paths of all repeats."""

    names: Names
    repeats: frozenset[Names]


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression ready for lxml, and the paths of the answers it looks at."""

    text: str
    depends: frozenset[Names]


def compiled(text: str, scope: Scope) -> Compiled:
    """An expression of a form, for one place in it.

    Refuses  ExpressionInvalid where it cannot be read or calls what no form has.
    """
    whole = parsed(text)
    check_functions(whole)
    return Compiled(_text(whole, scope, inner=False), frozenset(_depends(whole, scope.names, scope.names)))


def _text(part: Part, scope: Scope, *, inner: bool) -> str:
    """`inner` says that the expression is a condition on nodes, where `.` is no longer the question."""
    if isinstance(part, Number | Literal):
        return part.text
    if isinstance(part, Negative):
        return f"(- {_number(part.operand, scope, inner=inner)})"
    if isinstance(part, Binary):
        return _binary(part, scope, inner=inner)
    if isinstance(part, Call):
        return _call(part, scope, inner=inner)
    if isinstance(part, Filter):
        return f"({_text(part.base, scope, inner=inner)}){_conditions(part.predicates, scope)}"
    if isinstance(part, Path):
        return _path(part, scope, inner=inner)
    if isinstance(part, Reference | Variable):
        raise ExpressionInvalid(f"{part.name} is a reference that was not resolved.", remedy="Convert the form again.")
    raise TypeError(f"{part!r} is no part of an expression")


def _binary(part: Binary, scope: Scope, *, inner: bool) -> str:
    if part.operator in ARITHMETIC:
        return f"({_number(part.left, scope, inner=inner)} {part.operator} {_number(part.right, scope, inner=inner)})"
    left, right = _text(part.left, scope, inner=inner), _text(part.right, scope, inner=inner)
    if part.operator in COMPARED and not (_is_number(part.left) or _is_number(part.right)):
        return f"c:{COMPARED[part.operator]}({left}, {right})"
    return f"({left} {part.operator} {right})"


def _is_number(part: Part) -> bool:
    """Whether a part is a number by its form, so that XPath's own comparison holds."""
    if isinstance(part, Negative):
        return _is_number(part.operand)
    return isinstance(part, Number) or isinstance(part, Binary) and part.operator in ARITHMETIC


def _number(part: Part, scope: Scope, *, inner: bool) -> str:
    """A part as an operand of arithmetic, where a date counts as its day."""
    text = _text(part, scope, inner=inner)
    if _is_number(part) or isinstance(part, Call) and part.name in NUMERIC:
        return text
    return f"c:number({text})"


def _call(part: Call, scope: Scope, *, inner: bool) -> str:
    if part.name == "instance":
        return f"{LISTS}/instance[@id = {_text(part.arguments[0], scope, inner=inner)}]"
    if part.name == "indexed-repeat":
        return _indexed_repeat(part, scope, inner=inner)
    arguments = [_text(each, scope, inner=inner) for each in part.arguments]
    if part.name == "once":
        arguments.insert(0, "c:current()")
    if part.name in NATIVE or part.name == "position" and not arguments:
        return f"{part.name}({', '.join(arguments)})"
    return f"c:{part.name.removeprefix('jr:')}({', '.join(arguments)})"


def _indexed_repeat(part: Call, scope: Scope, *, inner: bool) -> str:
    """Its nodes are those of all repeats, wherever the expression stands; its numbers are of the place where it stands."""
    everywhere = Scope((), frozenset())
    arguments = [
        _text(each, everywhere if place == 0 or place % 2 else scope, inner=inner)
        for place, each in enumerate(part.arguments)
    ]
    return f"c:indexed-repeat({', '.join(arguments)})"


def _conditions(predicates: tuple[Part, ...], scope: Scope) -> str:
    return "".join(f"[{_text(each, scope, inner=True)}]" for each in predicates)


def _steps(steps: tuple[Step, ...], scope: Scope) -> str:
    return "".join(f"{step.separator}{step.test}{_conditions(step.predicates, scope)}" for step in steps)


def _path(part: Path, scope: Scope, *, inner: bool) -> str:
    if part.base is not None:
        base = _text(part.base, scope, inner=inner)
        return f"{base if isinstance(part.base, Call) else f'({base})'}{_steps(part.steps, scope)}"
    if not part.is_absolute:
        return _steps(part.steps, scope)
    shared = _shared_repeat(part, scope)
    if shared == 0:
        return f"{RECORD}{_steps(part.steps, scope)}"
    upwards = "/.." * (len(scope.names) - shared)
    return f"{'c:current()' if inner else '.'}{upwards}{_steps(part.steps[shared:], scope)}"


def _shared_repeat(part: Path, scope: Scope) -> int:
    """How many steps lead to the innermost repeat that holds both the expression and what it names; 0 where none does."""
    shared = 0
    for count, (step, name) in enumerate(zip(part.steps[:-1], scope.names, strict=False), start=1):
        if step.separator != "/" or step.predicates or step.test != name:
            break
        if scope.names[:count] in scope.repeats:
            shared = count
    return shared


def _depends(part: Part, here: Names | None, origin: Names) -> Iterator[Names]:
    """The answers that an expression looks at. `here` is None inside a list, where names are columns; `origin` is the question itself."""
    if not isinstance(part, Path):
        for each in children(part):
            yield from _depends(each, here, origin)
        return
    place: Names | None = () if part.is_absolute else here
    if part.base is not None:
        yield from _depends(part.base, here, origin)
        place = origin if isinstance(part.base, Call) and part.base.name == "current" else None
    for step in part.steps:
        if place is not None:
            if (
                step.separator == "//"
                or "*" in step.test
                or ("::" in step.test and not step.test.startswith("child::"))
            ):
                yield EVERYTHING
                return
            if step.test == "..":
                place = place[:-1]
            elif step.test != ".":
                place = (*place, step.test.removeprefix("child::"))
        for each in step.predicates:
            yield from _depends(each, place, origin)
    if place:
        yield place
