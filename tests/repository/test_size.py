"""No module and no function outgrows what a person can hold in mind; past that it is split by noun (house style: about 400 and 40)."""

import ast
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MOST_OF_A_MODULE = 450
MOST_OF_A_FUNCTION = 70
MOST_OF_A_TEMPLATE = 120
FOLDERS = ("src/custodes", "tests", "tools", "benchmarks")


def outgrown(place: Path, text: str) -> list[str]:
    """The module and those of its functions that are too long."""
    length = len(text.splitlines())
    found = [f"{place}: {length} lines"] if length > MOST_OF_A_MODULE else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST_OF_A_FUNCTION:
                found.append(f"{place}: {node.name} has {lines} lines")
    return found


def test_no_module_or_function_is_outgrown():
    modules = [place for folder in FOLDERS for place in (REPOSITORY / folder).rglob("*.py")]
    modules = [place for place in modules if "migrations" not in place.parts]

    assert len(modules) > 200
    assert [
        each
        for place in sorted(modules)
        for each in outgrown(place.relative_to(REPOSITORY), place.read_text(encoding="utf-8"))
    ] == []


def test_no_template_is_outgrown():
    templates = sorted((REPOSITORY / "src" / "custodes").rglob("templates/**/*.html"))
    lengths = {place.name: len(place.read_text(encoding="utf-8").splitlines()) for place in templates}

    assert len(lengths) > 50
    assert {name: length for name, length in lengths.items() if length > MOST_OF_A_TEMPLATE} == {}


def test_what_is_outgrown_is_named():
    long_function = "def f():\n" + "    x = 1\n" * MOST_OF_A_FUNCTION

    assert outgrown(Path("m.py"), long_function) == ["m.py: f has 71 lines"]
    assert outgrown(Path("m.py"), "x = 1\n" * (MOST_OF_A_MODULE + 1)) == ["m.py: 451 lines"]
    assert outgrown(Path("m.py"), "x = 1\n" * MOST_OF_A_MODULE) == []
