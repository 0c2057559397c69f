"""Fill the made parts of docs/methods (`make docs`): contracts from docstrings, values from tests/reference, what the examples answer.

A page is written by hand around marks. Between `<!-- contract MODULE:FUNCTION -->` and `<!-- end -->` stands what the function's docstring promises;
between `<!-- values FILE [key=value …] -->` and `<!-- end -->` the answers of other programs that the tests reproduce. A block that begins with
`$ custodes …` shows what the command answers on the files of the page, and a text block after a Python block what that prints.
"""

import contextlib
import inspect
import io
import os
import re
import shlex
import sys
import tempfile
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
METHODS = REPOSITORY / "docs" / "methods"
REFERENCE = REPOSITORY / "tests" / "reference"
SECTIONS = ("Shapes", "Units", "Returns", "Refuses", "Source", "Checked")
MADE = re.compile(r"(<!-- (contract|values) ([^\n]+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
FILE = re.compile(r"`([\w-]+\.(?:csv|toml))`:\n\n```(?:csv|toml)\n(.+?)```", re.DOTALL)
COMMAND = re.compile(r"(```\n\$ custodes ([^\n]+)\n)(.*?)(```)", re.DOTALL)
PROGRAM = re.compile(r"(```python\n(.+?)```\n\n```text\n)(.*?)(```)", re.DOTALL)
MOST_ROWS = 16  # of a table of values; more are counted
SIGNIFICANT = 10


@dataclass(frozen=True, slots=True)
class Value:
    """One answer of another program. of: the domain, level or estimand; figures: what is compared, by name."""

    case: str
    of: str
    figures: Mapping[str, float]
    source: str
    version: str
    tolerances: Mapping[str, float]


def refreshed(text: str) -> str:
    """A page with the parts between its marks made anew."""
    makers = {"contract": contract, "values": values_table}
    return MADE.sub(lambda found: f"{found[1]}{makers[found[2]](found[3])}{found[5]}", text)


def contract(name: str) -> str:
    """The signature of `module:function` and the sections of its docstring."""
    module, _, function = name.partition(":")
    documented = getattr(import_module(module), function)
    sections = sections_of(inspect.getdoc(documented) or "")
    missing = [each for each in SECTIONS if each not in sections]
    if missing:
        raise ValueError(f"The docstring of {name} lacks {', '.join(missing)}.")
    rows = [f"| {each} | {sections[each].replace('|', chr(92) + '|')} |" for each in SECTIONS]
    return "\n".join([f"`{module}.{function}({_parameters(documented)})`", "", "| | |", "|---|---|", *rows, ""])


def sections_of(docstring: str) -> dict[str, str]:
    """The text of each section, its lines joined. A line that begins with a lower word of its own stays in the section above it."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in docstring.splitlines()[1:]:
        word, _, rest = line.partition(" ")
        if word in SECTIONS:
            current = word
            found[current] = [rest.strip()]
        elif current and line.strip():
            found[current].append(line.strip())
        else:
            current = ""
    return {name: " ".join(lines) for name, lines in found.items()}


def _parameters(function: Any) -> str:
    words, is_keyword = [], False
    for each in inspect.signature(function).parameters.values():
        if each.kind is inspect.Parameter.KEYWORD_ONLY and not is_keyword:
            words.append("*")
            is_keyword = True
        default = each.default
        shown = (
            getattr(default, "value", default) if not isinstance(default, str) or hasattr(default, "value") else default
        )
        words.append(each.name if default is inspect.Parameter.empty else f"{each.name}={shown!r}")
    return ", ".join(words)


def values_table(words: str) -> str:
    """The stored answers of one reference file, of those cases whose keys have the values asked for."""
    name, *conditions = words.split()
    chosen = dict(each.split("=", 1) for each in conditions)
    found = list(_values(tomllib.loads((REFERENCE / f"{name}.toml").read_text(encoding="utf-8")), chosen))
    if not found:
        raise ValueError(f"{name}.toml has no case with {chosen}.")
    parts = _counted(found) if len(found) > MOST_ROWS else _listed(found)
    sources = dict.fromkeys(each.source if each.version == "1" else f"{each.source} ({each.version})" for each in found)
    return "\n".join([*parts, "", f"From `tests/reference/{name}.toml`:", "", *(f"- {each}" for each in sources), ""])


def _values(stored: Mapping[str, Any], chosen: Mapping[str, str]) -> Iterator[Value]:
    for cases in stored.values():
        if not (isinstance(cases, list) and cases and isinstance(cases[0], dict)):
            continue
        for case in cases:
            if any(str(case.get(key)) != value for key, value in chosen.items()):
                continue
            source, version, tolerance = (case.get(key, stored.get(key)) for key in ("source", "version", "tolerance"))
            own = stored.get("tolerances", {}) | case.get("tolerances", {})
            for of, figures in _figures(case):
                is_point = of in case.get("points", {})
                to_within = {each: own.get("points" if is_point else each, tolerance) for each in figures}
                yield Value(case["name"], of, figures, source, version, to_within)


def _figures(case: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, float]]]:
    if "value" in case:
        yield "", {key: case[key] for key in ("value", "se") if key in case}
    for name in ("alpha", "cohen", "fleiss"):  # coefficients of agreement, by level or weights
        found = case.get(name, {})
        for kind, value in found.items() if isinstance(found, dict) else [("", found)]:
            figures = value if isinstance(value, list) else [value]
            yield f"{name} {kind}".strip(), dict(zip(("value", "se"), figures, strict=False))
    for name, (value, se) in case.get("effects", {}).items():
        yield name, {"value": value, "se": se}
    for name, value in case.get("points", {}).items():
        yield name, {"value": value}
    for line in case.get("expected", ()):
        words = [str(line[key]) for key in ("cell", "domain", "level") if line.get(key)]
        yield ", ".join(words), {key: each for key, each in line.items() if isinstance(each, int | float)}


def _listed(found: Sequence[Value]) -> list[str]:
    rows = [f"| {each.case} | {each.of} | {_of(each, 'value')} | {_of(each, 'se')} |" for each in found]
    return ["| case | of | value (to within) | standard error (to within) |", "|---|---|---|---|", *rows]


def _of(value: Value, name: str) -> str:
    if name not in value.figures:
        return ""
    return f"{value.figures[name]:.{SIGNIFICANT}g} ({value.tolerances[name]:g})".replace("-", "−").replace("e−", "e-")


def _counted(found: Sequence[Value]) -> list[str]:
    counts = {each.case: 0 for each in found}
    for each in found:
        counts[each.case] += len(each.figures)
    widest = max(max(each.tolerances.values()) for each in found)
    return [f"{len(counts)} cases with {sum(counts.values())} figures, each to within {widest:g} or closer."]


def executed(text: str) -> str:
    """A page whose examples show what they answer now."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in FILE.findall(text):
            (Path(folder) / name).write_text(content, encoding="utf-8")
        text = COMMAND.sub(lambda found: f"{found[1]}{answer_of_command(found[2], Path(folder))}{found[4]}", text)
    return PROGRAM.sub(lambda found: f"{found[1]}{answer_of_program(found[2])}{found[4]}", text)


def answer_of_command(words: str, folder: Path) -> str:
    """What a command prints in a folder, without spaces at the ends of lines."""
    from typer.testing import CliRunner

    from custodes.site.cli import app

    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, shlex.split(words))
    if done.exit_code != 0:
        raise ValueError(f"custodes {words}: {done.exception!r}")
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def answer_of_program(program: str) -> str:
    """What a program prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "example", "exec"), {})
    return printed.getvalue()


def index() -> str:
    """The list of pages: title and first sentence of each."""
    rows = []
    for page in sorted(METHODS.glob("*.md")):
        if page.name != "README.md":
            title, first = page.read_text(encoding="utf-8").splitlines()[:2]
            rows.append(f"| [{title.removeprefix('# ')}]({page.name}) | {first} |")
    return "\n".join([textwrap.dedent(INDEX_HEAD), "| page | what it is |", "|---|---|", *rows, ""])


INDEX_HEAD = """\
    # Methods

    One page for each kind of figure. Contracts, values and answers on them are made from the program by `make docs`, and a test fails when they lag
    behind; how often intervals hold the truth is [measured by simulation](../explanation/coverage.md).
    """


def main() -> int:
    for page in sorted(METHODS.glob("*.md")):
        if page.name == "README.md":
            continue
        old = page.read_text(encoding="utf-8")
        new = executed(refreshed(old))
        if new != old:
            page.write_text(new, encoding="utf-8")
            sys.stdout.write(f"docs/methods/{page.name}\n")
    (METHODS / "README.md").write_text(index(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "80")
    sys.exit(main())
