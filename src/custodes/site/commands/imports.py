"""`custodes import`: bring a file in by the same action as the import page, with what a person declares written in a TOML file."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from custodes.evidence.errors import FileUnreadable
from custodes.site.commands.installation import prepare_django
from custodes.site.errors import NameUnknown

if TYPE_CHECKING:
    from custodes.people.models import Account

WORDS = ("title", "series", "licence", "provenance", "programme", "country", "sensitivity", "synthetic")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What stands in a mapping file: the words about the data, what places mean, and the mapping itself."""

    words: dict[str, Any]
    matches: dict[str, str]
    mapping: dict[str, Any]


def declaration_from_file(place: Path | None) -> Declaration:
    """Read `[import]`, `[matches]` and the mapping beside them. Raises FileUnreadable, NameUnknown."""
    if place is None:
        return Declaration({}, {}, {})
    try:
        values = tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileUnreadable(
            f"it cannot be read: {error.strerror}.", where=str(place), remedy="Name an existing file."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileUnreadable(f"not valid TOML: {error}.", where=str(place), remedy="Correct that line.") from None
    words, matches = values.pop("import", {}), values.pop("matches", {})
    for name in words:
        if name not in WORDS:
            raise NameUnknown(
                f"there is no “{name}” to say about an import.",
                where=f"{place.name}, [import]",
                remedy=f"Choose from: {', '.join(WORDS)}.",
            )
    # Dates of TOML become the text that the mapping holds.
    return Declaration(words, matches, json.loads(json.dumps(values, default=str)))


def import_from_command(file: Path, *, source: str, mapping: Path | None, account: str, words: dict[str, Any]) -> None:
    """Import one file in the name of an account and say what came of it. Raises every Problem of the import."""
    declared = declaration_from_file(mapping)
    prepare_django()
    from custodes.collection.actions import import_file
    from custodes.collection.registry import source as source_named

    by = account_named(account)
    if not file.is_file():
        raise FileUnreadable("there is no such file.", where=str(file), remedy="Check the path.")
    said: dict[str, Any] = {"title": file.stem, "series": source_named(source).slug, "licence": "", "provenance": ""}
    said |= declared.words | {name: value for name, value in words.items() if value is not None}
    said["sensitivity"] = sensitivity_named(str(said.get("sensitivity", "restricted")))
    run = import_file(file, by=by, source=source, mapping=declared.mapping, matches=declared.matches, **said)
    typer.echo(f"{run.get_outcome_display()}: {run.title}, {run.rows_read} rows read.")
    if run.rows_rejected:
        typer.echo(f"{run.rows_rejected} rows were rejected; each with its reason in {run.rejects.path}")
    if run.rows_unplaced:
        typer.echo(f"{run.rows_unplaced} rows have no place.")
    if run.dataset:
        typer.echo(f"Data set {run.dataset.sha256}: {run.dataset.rows} rows.")


def account_named(name: str) -> "Account":
    """The account whose act a command is. Raises NameUnknown."""
    from custodes.people.queries import account_called_or_none

    found = account_called_or_none(name)
    if found is None:
        raise NameUnknown(
            f"there is no account “{name}”.", where="--as", remedy="Write a user name or an email address."
        )
    return found


def sensitivity_named(word: str) -> int:
    """The level that a word means. Raises NameUnknown."""
    from custodes.ledger.models import Sensitivity

    known = [level.name.lower() for level in Sensitivity]
    if word.lower() not in known:
        raise NameUnknown(
            f"there is no sensitivity “{word}”.", where="--sensitivity", remedy=f"Choose from: {', '.join(known)}."
        )
    return int(Sensitivity[word.upper()])
