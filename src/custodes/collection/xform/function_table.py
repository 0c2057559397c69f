"""The functions that a form's expressions may call, each with how many arguments it takes.

Source: ODK XForms specification, "XPath Functions", and what ODK Collect accepts beside it (JavaRosa: `version`, `property`, `base64-decode`,
`intersects`, `geofence`, `extract-signed`). `MANY` means any number.
"""

from dataclasses import dataclass
from difflib import get_close_matches

from custodes.collection.errors import ExpressionInvalid
from custodes.collection.xform.expression import Call, Part, walk

MANY = 10_000


@dataclass(frozen=True, slots=True)
class ArgumentCount:
    """How many arguments a function takes; `step` above 1 where they come in groups after the least number."""

    least: int
    most: int
    step: int = 1

    def takes(self, number: int) -> bool:
        """Whether a call with that many arguments is allowed."""
        return self.least <= number <= self.most and (number - self.least) % self.step == 0

    @property
    def words(self) -> str:
        """The count in words: "1", "1 or 2", "2 or more"."""
        if self.most == MANY:
            return f"{self.least} or more" + (f", in groups of {self.step}" if self.step > 1 else "")
        if self.least == self.most:
            return str(self.least)
        return " or ".join(str(number) for number in range(self.least, self.most + 1, self.step))


NO, ONE, TWO, THREE = (ArgumentCount(number, number) for number in range(4))
ONE_OR_NONE, ONE_OR_TWO, ANY = ArgumentCount(0, 1), ArgumentCount(1, 2), ArgumentCount(0, MANY)
LEAST_ONE = ArgumentCount(1, MANY)

FUNCTIONS: dict[str, ArgumentCount] = {
    **dict.fromkeys(("true", "false", "last", "today", "now", "random", "pi", "current", "version"), NO),
    **dict.fromkeys(("position", "normalize-space", "name", "local-name", "namespace-uri", "uuid"), ONE_OR_NONE),
    **dict.fromkeys(("string", "number", "string-length"), ONE_OR_NONE),
    **dict.fromkeys(("boolean", "boolean-from-string", "not", "once", "int", "abs", "ceiling", "floor"), ONE),
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan", "sqrt", "exp", "exp10", "log", "log10"), ONE),
    **dict.fromkeys(("count", "count-non-empty", "count-selected", "sum", "id", "lang"), ONE),
    **dict.fromkeys(
        ("date", "date-time", "decimal-date-time", "decimal-time", "instance", "jr:itext", "property"), ONE
    ),
    **dict.fromkeys(("contains", "starts-with", "ends-with", "substring-before", "substring-after", "regex"), TWO),
    **dict.fromkeys(("selected", "selected-at", "jr:choice-name", "pow", "atan2"), TWO),
    **dict.fromkeys(("format-date", "format-date-time", "geofence"), TWO),
    **dict.fromkeys(("if", "translate"), THREE),
    **dict.fromkeys(("round", "randomize", "base64-decode"), ONE_OR_TWO),
    **dict.fromkeys(("substr", "substring"), ArgumentCount(2, 3)),
    **dict.fromkeys(("concat", "coalesce", "min", "max"), LEAST_ONE),
    **dict.fromkeys(("area", "distance"), LEAST_ONE),
    "join": ArgumentCount(1, MANY),
    "digest": ArgumentCount(2, 3),
    "pulldata": ArgumentCount(4, 4),
    "search": ArgumentCount(1, 6),
    "checklist": ArgumentCount(2, MANY),
    "weighted-checklist": ArgumentCount(2, MANY, step=2),
    "indexed-repeat": ArgumentCount(3, 7, step=2),
    "intersects": ONE,
    "extract-signed": TWO,
}


def check_functions(part: Part) -> None:
    """Raise where an expression calls a function that no form has, or with the wrong number of arguments."""
    for each in walk(part):
        if isinstance(each, Call):
            problem = call_problem_or_none(each)
            if problem is not None:
                raise problem


def call_problem_or_none(call: Call) -> ExpressionInvalid | None:
    """What is wrong with one call, if anything."""
    count = FUNCTIONS.get(call.name)
    if count is None:
        near = get_close_matches(call.name.lower(), FUNCTIONS, n=1, cutoff=0.5)
        remedy = f"Did you mean {near[0]}()?" if near else "Use a function of the XLSForm reference."
        return ExpressionInvalid(f"There is no function {call.name}().", at=call.at, remedy=remedy)
    if not count.takes(len(call.arguments)):
        what = f"{call.name}() takes {count.words} arguments; here it has {len(call.arguments)}."
        return ExpressionInvalid(what, at=call.at, remedy="Check the commas and brackets.")
    return None
