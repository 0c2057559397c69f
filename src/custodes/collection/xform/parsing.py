"""Reads an XPath 1.0 expression into its parts, and says at which character it cannot go on.

lxml reads expressions too, but keeps neither their parts nor the places of their functions. Both are needed: to say where an argument is missing, and
to give operators the meaning that a form gives them. `${name}` of an XLSForm is read as one part.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

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
)

MOST_LEVELS = 60  # a deeper nest is no form's, and would use up the stack
NAME = r"[^\W\d][\w.\-]*"
TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<reference>\$\{{\s*(?:last-saved\#)?{NAME}\s*\}})
    |(?P<variable>\${NAME}(?::{NAME})?)
    |(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<literal>"[^"]*"|'[^']*')
    |(?P<axis>{NAME}\s*::)
    |(?P<name>{NAME}(?::(?:{NAME}|\*))?)
    |(?P<symbol>//|::|\.\.|!=|<=|>=|[()\[\],@|+\-=<>*/.])""",
    re.VERBOSE,
)
OPERAND_ENDS = {"number", "literal", "variable", "reference", "name"}
NODE_TESTS = {"node", "text", "comment", "processing-instruction"}
LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))
BINDING = {operator: level for level, operators in enumerate(LEVELS) for operator in operators}
SIGNS = {"*", "+", "-", "=", "!=", "<", "<=", ">", ">=", "|"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression, its kind and where it begins."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> tuple[Token, ...]:
    """The pieces of an expression; a name after an operand is an operator, as XPath 1.0 §3.7 says."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise ExpressionInvalid(_unreadable(text, place), at=place, remedy="Remove or complete it.")
        kind, piece = str(match.lastgroup), match.group()
        if kind != "space":
            found.append(_classified(kind, piece, place, found[-1] if found else None))
        place = match.end()
    return tuple(found)


def _unreadable(text: str, place: int) -> str:
    character = text[place]
    if character in "\"'":
        return f"The quote {character} is opened and never closed."
    if text.startswith("${", place):
        return "A reference that begins with ${ needs a question's name and a closing }."
    return f"The character {character} has no meaning here."


def _classified(kind: str, piece: str, place: int, previous: Token | None) -> Token:
    after_operand = previous is not None and (
        previous.kind in OPERAND_ENDS or previous.text in {")", "]", ".", ".."} or previous.kind == "star"
    )
    if kind == "name" and after_operand and piece in {"and", "or", "div", "mod"}:
        return Token("operator", piece, place)
    if kind == "symbol" and piece == "*" and not after_operand:
        return Token("star", piece, place)
    if kind == "symbol" and piece in SIGNS:
        return Token("operator", piece, place)
    return Token(kind, piece, place)


@lru_cache(maxsize=4096)
def parsed(text: str) -> Part:
    """The parts of an expression.

    Refuses  ExpressionInvalid with the place of the first character that does not fit.
    """
    reader = _Reader(text)
    whole = reader.expression()
    if reader.token is not None:
        raise reader.unexpected("an operator, such as + or and, or the end")
    return whole


class _Reader:
    """Walks over the tokens once, by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.next = 0
        self.level = 0

    @property
    def token(self) -> Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def unexpected(self, wanted: str) -> ExpressionInvalid:
        found = self.token
        what = f"Here stands {found.text}, where" if found else "The expression ends where"
        place = found.at if found else len(self.text)
        return ExpressionInvalid(
            f"{what} {wanted} is expected.", at=place, remedy="Check brackets, commas and operators."
        )

    def sees(self, *texts: str, ahead: int = 0) -> bool:
        place = self.next + ahead
        return (
            place < len(self.tokens) and self.tokens[place].kind not in {"literal"} and self.tokens[place].text in texts
        )

    def take(self) -> Token:
        token = self.token
        if token is None:
            raise self.unexpected("a value")
        self.next += 1
        return token

    def require(self, text: str) -> None:
        if not self.sees(text):
            raise self.unexpected(text)
        self.next += 1

    def expression(self) -> Part:
        self.level += 1
        if self.level > MOST_LEVELS:
            raise ExpressionInvalid("The expression is nested too deeply.", at=self.take().at, remedy="Split it.")
        part = self._joined(0)
        self.level -= 1
        return part

    def _joined(self, level: int) -> Part:
        """An operand and all operators after it that bind at least so tightly; climbing keeps the stack low."""
        left = self._negative()
        while self.token is not None and self.token.kind == "operator" and BINDING.get(self.token.text, -1) >= level:
            operator = self.take().text
            left = Binary(operator, left, self._joined(BINDING[operator] + 1))
        return left

    def _negative(self) -> Part:
        minus = 0
        while self.sees("-"):
            self.take()
            minus += 1
        part: Part = self._union()
        for _ in range(minus):
            part = Negative(part)
        return part

    def _union(self) -> Part:
        left: Part = self._path()
        while self.sees("|"):
            self.take()
            left = Binary("|", left, self._path())
        return left

    def _path(self) -> Part:
        if self._begins_location():
            return Path(None, self._steps(first=True))
        base: Part = self._primary()
        predicates = self._predicates()
        if predicates:
            base = Filter(base, predicates)
        if self.sees("/", "//"):
            return Path(base, self._steps(first=False))
        return base

    def _begins_location(self) -> bool:
        token = self.token
        if token is None:
            raise self.unexpected("a value")
        if token.kind in {"axis", "star"} or token.text in {"/", "//", ".", "..", "@"}:
            return True
        return token.kind == "name" and (not self.sees("(", ahead=1) or token.text in NODE_TESTS)

    def _steps(self, *, first: bool) -> tuple[Step, ...]:
        steps: list[Step] = []
        while True:
            separator = self.take().text if self.sees("/", "//") else ""
            if not separator and (steps or not first):
                return tuple(steps)
            if separator == "/" and first and not steps and not self._begins_step():
                return ()
            steps.append(self._step(separator))

    def _begins_step(self) -> bool:
        token = self.token
        return token is not None and (token.kind in {"axis", "star", "name"} or token.text in {".", "..", "@"})

    def _step(self, separator: str) -> Step:
        if not self._begins_step():
            raise self.unexpected("the name of a question or group")
        token = self.take()
        if token.text in {".", ".."}:
            return Step(separator, token.text, self._predicates())
        test = re.sub(r"\s+", "", token.text)
        if token.kind == "axis" or token.text == "@":
            if self.token is None or self.token.kind not in {"name", "star"}:
                raise self.unexpected("a name")
            test += self.take().text
        if self.sees("("):
            self.take()
            argument = self.take().text if self.token is not None and self.token.kind == "literal" else ""
            self.require(")")
            test += f"({argument})"
        return Step(separator, test, self._predicates())

    def _predicates(self) -> tuple[Part, ...]:
        found: list[Part] = []
        while self.sees("["):
            self.take()
            found.append(self.expression())
            self.require("]")
        return tuple(found)

    def _primary(self) -> Part:
        token = self.token
        if token is None:
            raise self.unexpected("a value")
        if token.kind == "number":
            return Number(self.take().text)
        if token.kind == "literal":
            return Literal(self.take().text)
        if token.kind == "variable":
            return Variable(self.take().text[1:])
        if token.kind == "reference":
            return Reference(self.take().text[2:-1].strip(), token.at)
        if token.kind == "name":
            return self._call()
        if token.text == "(":
            self.take()
            part = self.expression()
            self.require(")")
            return Filter(part, ()) if isinstance(part, Path) and self.sees("[", "/", "//") else part
        raise self.unexpected("a value, such as a question, a number or a text in quotes")

    def _call(self) -> Call:
        name = self.take()
        self.require("(")
        arguments: list[Part] = []
        while not self.sees(")"):
            if arguments:
                self.require(",")
            arguments.append(self.expression())
        self.take()
        return Call(name.text, tuple(arguments), name.at)
