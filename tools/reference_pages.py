"""Write docs/reference/commands.md and errors.md from the program itself (`make docs`); a test fails when they lag behind."""

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
COMMANDS_HEAD = """# Commands

`.venv/bin/custodes` after `make setup`, `custodes` after an install from a wheel. Exit codes: 0 done, 1 a finding (a check failed),
2 wrong input, with a message that says what, where and what to do.
"""
ERRORS_HEAD = """# Errors

Everything that Custodes refuses has a code that never changes, an HTTP status, and a message that says what is wrong, where, and what to do next.
The same code stands on the page, in the API and in a job's row.
"""


def commands_page() -> str:
    """The reference of the command line, from what the program declares."""
    from typer.main import get_command

    from custodes.site.cli import app

    parts = [COMMANDS_HEAD]
    program: Any = get_command(app)
    for name, command in program.commands.items():
        arguments = [item for item in command.params if item.param_type_name == "argument"]
        options = [item for item in command.params if item.param_type_name == "option"]
        words = ["custodes", name, *(item.metavar or item.name.upper() for item in arguments)]
        parts += [f"## `{' '.join(words)}`\n", f"{command.get_short_help_str(limit=400)}\n"]
        if options:
            rows = "\n".join(f"| {_option_words(item)} | {item.help} |" for item in options)
            parts.append(f"| option | meaning |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _option_words(option: Any) -> str:
    words = [f"`{word}`" for word in [*option.opts, *option.secondary_opts]]
    return ", ".join(words)


def problems() -> tuple[type, ...]:
    """Every kind of Problem in the catalogues of the packages, by code."""
    from custodes.evidence.errors import Problem

    found: set[type] = set()
    for module in _catalogues():
        found |= {item for item in vars(module).values() if isinstance(item, type) and issubclass(item, Problem)}
    return tuple(sorted(found, key=lambda kind: (kind.code, kind.__name__)))  # type: ignore[attr-defined]


def _catalogues() -> Iterator[Any]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custodes.site.settings")
    import custodes

    for folder in sorted(Path(custodes.__path__[0]).iterdir()):
        if (folder / "errors.py").exists() or (folder / "errors").is_dir():
            yield import_module(f"custodes.{folder.name}.errors")
    yield import_module("custodes.site.config")


def errors_page() -> str:
    """The catalogue of errors, from the classes themselves."""
    rows = [
        f"| `{kind.code}` | {kind.status} | {(kind.__doc__ or '').strip().splitlines()[0]} |"  # type: ignore[attr-defined]
        for kind in problems()
    ]
    return "\n".join([ERRORS_HEAD, "| code | status | what it says |", "|---|---|---|", *rows, ""])


PAGES = {"commands.md": commands_page, "errors.md": errors_page}


def main() -> int:
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
