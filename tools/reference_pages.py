"""Write the pages of docs/reference that follow from the program itself (`make docs`); a test fails when they lag behind."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
COMMANDS_HEAD = """# Commands

`.venv/bin/custodes` after `make setup`, `custodes` after an install from a wheel. Exit codes: 0 done, 1 a finding (a check failed,
or every row of `estimate` is refused), 2 wrong input, with a message that says what, where and what to do.
"""
ERRORS_HEAD = """# Errors

Everything that Custodes refuses has a code that never changes, an HTTP status, and a message that says what is wrong, where, and what to do next.
The same code stands on the page, in the API and in a job's row.
"""
READING_HEAD = """# States of a reading

What may be done with a reading in each state, and who may do it. Drawn from the table in `indicators/rules/review.py` that the platform itself
obeys: an act that is not listed is refused with `indicators.transition-not-allowed`. Every act adds a revision to the reading's history. A published
figure that is recomputed or withdrawn leaves the public pages until it is published again; in its place stands that a revision is pending.
"""
PLAN_HEAD = """# States of a plan

What may be done with a programme's plan in each state. Drawn from the table in `programmes/rules/plan.py` that the platform itself obeys. After
the first approval a change needs a reason, and until it is approved the last approved version speaks: see
[decision 2](../decisions/0002-a-changed-plan-waits-for-approval.md). Nobody approves a plan that they manage, submitted or changed.
"""
FORM_HEAD = """# States of a form

What may be done with a form in each state, by an M&E officer of its programme. Drawn from the table in `collection/rules/form_states.py` that the
platform itself obeys. An open form is offered to devices and accepts what they send; a closing one is no longer offered and still accepts; what
arrives for a closed one is kept as late. Each change says who, when and why in the record.
"""
START = "[*]"


def commands_page() -> str:
    """The reference of the command line, from what the program declares."""
    from typer.main import get_command

    from custodes.site.cli import app

    parts = [COMMANDS_HEAD]
    program: Any = get_command(app)
    for name, command in _commands(program):
        arguments = [item for item in command.params if item.param_type_name == "argument"]
        options = [item for item in command.params if item.param_type_name == "option"]
        words = ["custodes", name, *(item.metavar or item.name.upper() for item in arguments)]
        parts += [f"## `{' '.join(words)}`\n", f"{command.get_short_help_str(limit=400)}\n"]
        if options:
            rows = "\n".join(f"| {_option_words(item)} | {item.help} |" for item in options)
            parts.append(f"| option | meaning |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _commands(program: Any) -> Iterator[tuple[str, Any]]:
    """Every command by its words, those of a group after one another."""
    for name, command in program.commands.items():
        if hasattr(command, "commands"):
            yield from ((f"{name} {words}", each) for words, each in _commands(command))
        else:
            yield name, command


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


def reading_states_page() -> str:
    """The life of a reading, from the table of its states and the roles of each act."""
    from custodes.indicators.models import Reading
    from custodes.indicators.rules.review import NEEDS_REASON, NOT_BY_ENTERER, ROLES_FOR, TRANSITIONS

    conditions = {act: ["a reason"] for act in NEEDS_REASON}
    for act in NOT_BY_ENTERER:
        conditions.setdefault(act, []).insert(0, "not by whoever entered it (I7)")
    rows = [
        f"| `{status}` | {act} | {', '.join(str(role.label) for role in ROLES_FOR[act])} | "
        f"{'; '.join(conditions.get(act, []))} | `{following}` |"
        for status, acts in TRANSITIONS.items()
        for act, following in acts.items()
    ]
    head = ["| state | act | by | needs | next |", "|---|---|---|---|---|"]
    return "\n".join(
        [READING_HEAD, *_diagram(TRANSITIONS, first="draft"), "", *head, *rows, "", *_labels(Reading.Status), ""]
    )


def plan_states_page() -> str:
    """The life of a plan, from the table of its states and the roles that plan and approve."""
    from custodes.programmes.models import Programme
    from custodes.programmes.permissions import APPROVERS, PLANNERS
    from custodes.programmes.rules.plan import PLAN_STATES

    roles = dict.fromkeys(("approve", "return"), APPROVERS) | dict.fromkeys(("change", "submit"), PLANNERS)
    rows = [
        f"| `{status}` | {act} | {', '.join(str(role.label) for role in roles.get(act, ())) or 'nobody yet'} | `{following}` |"
        for status, acts in PLAN_STATES.items()
        for act, following in acts.items()
    ]
    head = ["| state | act | by | next |", "|---|---|---|---|"]
    return "\n".join(
        [PLAN_HEAD, *_diagram(PLAN_STATES, first="draft"), "", *head, *rows, "", *_labels(Programme.Status), ""]
    )


def form_states_page() -> str:
    """The life of a form, from the table of its states."""
    from custodes.collection.models import Form
    from custodes.collection.rules.form_states import FORM_STATES

    rows = [
        f"| `{state}` | {act} | {'' if act == 'publish' else 'a reason'} | `{following}` |"
        for state, acts in FORM_STATES.items()
        for act, following in acts.items()
    ]
    head = ["| state | act | needs | next |", "|---|---|---|---|"]
    return "\n".join([FORM_HEAD, *_diagram(FORM_STATES, first="draft"), "", *head, *rows, "", *_labels(Form.State), ""])


def _diagram(states: Mapping[str, Mapping[str, str]], *, first: str) -> list[str]:
    arrows = [
        f"    {status} --> {following}: {act}" for status, acts in states.items() for act, following in acts.items()
    ]
    return ["```mermaid", "stateDiagram-v2", f"    {START} --> {first}", *arrows, "```"]


def _labels(states: Iterable[Any]) -> list[str]:
    return ["| state | on pages |", "|---|---|", *(f"| `{state.value}` | {state.label} |" for state in states)]


PAGES = {
    "commands.md": commands_page,
    "errors.md": errors_page,
    "reading-states.md": reading_states_page,
    "form-states.md": form_states_page,
    "plan-states.md": plan_states_page,
}


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custodes.site.settings")
    import django  # the pages import models

    django.setup()
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
