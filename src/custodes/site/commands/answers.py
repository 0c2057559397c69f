"""How the commands on files print their answers: rows under promised keys, as a table to read, as JSON or as CSV."""

import csv
import io
import json
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import typer

from custodes.evidence.arguments import code_order
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.types import Cell

Row = TypeVar("Row")
FORMATS = ("table", "json", "csv")
NOTHING = "–"
ALL_REFUSED = 1  # the exit code where no row has an answer: a finding, not wrong input
LARGEST_BY_DIGITS = 1e6  # above it a number is written out: 3687177.5, not 3.68718e+06


def check_format(shape: str) -> None:
    """ArgumentInvalid unless the answer can be printed so; before anything is computed."""
    if shape not in FORMATS:
        raise ArgumentInvalid(f"There is no format “{shape}”.", where="--format", remedy="Choose table, json or csv.")


def print_rows(
    rows: Iterable[Mapping[str, Any]], keys: Sequence[str], shape: str, *, optional: Sequence[str] = ()
) -> None:
    """Print the rows. optional: keys that a table leaves out where every row is empty; JSON and CSV always have every key."""
    found = list(rows)
    if shape == "json":
        typer.echo(json_text(found))
    elif shape == "csv":
        typer.echo(csv_text(found, keys), nl=False)
    else:
        empty = {key for key in keys if key in optional and all(row[key] in (None, "") for row in found)}
        typer.echo(table_text(found, [key for key in keys if key not in empty]))


def without_place(text: str, place: str) -> str:
    """What a refusal says, for a row that names its domain already; place: the domain's key, empty for the total."""
    return text.removeprefix(f"{place or 'total'}: ")


def in_domain_order(
    rows: Sequence[Row], by: Sequence[str], *, held: Callable[[Row], tuple[Hashable, Cell]]
) -> list[Row]:
    """The rows, those of each question together as they came, and within it by domain: first by the first column asked for, numbers by size.

    held  the question of a row, and its domain.
    """
    ranks = [
        {code: rank for rank, code in enumerate(code_order(dict(held(row)[1].categories)[name] for row in rows))}
        for name in by
    ]
    questions = {question: rank for rank, question in enumerate(dict.fromkeys(held(row)[0] for row in rows))}

    def place(row: Row) -> tuple[int, ...]:
        question, cell = held(row)
        categories = dict(cell.categories)
        return questions[question], *(rank[categories[name]] for rank, name in zip(ranks, by, strict=True))

    return sorted(rows, key=place)


def print_answers(rows: Sequence[Mapping[str, Any]], keys: Sequence[str], shape: str) -> None:
    """Print estimates or comparisons. A table has no room for notes: they are said on standard error, as they are beside the other shapes.

    Leaves with ALL_REFUSED where no row has an answer.
    """
    print_rows(rows, [key for key in keys if shape != "table" or key != "note"], shape)
    for row in rows:
        if row["note"]:
            name = f"{row['variable']} {row['level']}".strip()
            typer.echo(f"{name}, {row['domain'] or 'total'}: {row['note']}", err=True)
    if rows and all(row["value"] is None for row in rows):
        raise typer.Exit(ALL_REFUSED)


def json_text(content: Any) -> str:
    """JSON has no word for “not a number” and “infinite”: both are null."""
    return json.dumps(without_nan(content), ensure_ascii=False, indent=2)


def csv_text(rows: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> str:
    """One header line, one line for each row; what has no value is empty."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, keys, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(without_nan(row) for row in rows)
    return stream.getvalue()


def table_text(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> str:
    """Aligned columns: words to the left, numbers to the right."""
    is_words = [all(isinstance(row[key], str) for row in rows) for key in keys]
    texts = [list(keys), *([_shown(row[key]) for key in keys] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    lines = []
    for line in texts:
        words = [
            word.ljust(width) if is_left else word.rjust(width)
            for word, width, is_left in zip(line, widths, is_words, strict=True)
        ]
        lines.append("  ".join(words).rstrip())
    return "\n".join(lines)


def without_nan(value: Any) -> Any:
    """The same content with null for every number that is none."""
    if isinstance(value, Mapping):
        return {key: without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _shown(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NOTHING
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < LARGEST_BY_DIGITS else f"{value:.1f}"
    return str(value)
