"""Agreement of coders from a file, without a database: coefficients, or the units that coders disagree on."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import typer

from custodes.evidence.agreement import (
    Agreement,
    Bootstrap,
    Weights,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from custodes.evidence.arguments import nearest
from custodes.evidence.codings import Codings, Level, codings_from_table, disagreements
from custodes.evidence.errors import ArgumentInvalid, Refusal
from custodes.evidence.tables import open_dataset
from custodes.site.commands.answers import check_format, print_rows
from custodes.site.commands.problem_words import AGREEMENT_OPTIONS, said_by_option

BENEATH = ("source", "note")  # sentences, which a table has no room for
ORDERED_WEIGHTS = (Weights.LINEAR, Weights.QUADRATIC)
COEFFICIENT_KEYS = (
    "statistic", "level", "value", "se", "low", "high", "coverage", "se_null", "units", "coders", "codes", "source", "note",
)  # fmt: skip


def agreement_of_file(
    file: Path, *, columns: Mapping[str, str], level: str, coverage: float, draws: int, seed: int, output: str
) -> None:
    """Print every coefficient that fits; one that refuses has a row that says why. Raises InputProblem, or alpha's own Refusal."""
    with said_by_option(AGREEMENT_OPTIONS, takes_missing_code=False):
        _print_coefficients(
            file, columns=columns, level=level, coverage=coverage, draws=draws, seed=seed, output=output
        )


def _print_coefficients(
    file: Path, *, columns: Mapping[str, str], level: str, coverage: float, draws: int, seed: int, output: str
) -> None:
    codings = _codings(file, columns, level=level, output=output)
    bootstrap = Bootstrap(draws, seed)
    rows = [_row(krippendorff_alpha(codings, coverage=coverage, bootstrap=bootstrap))]
    # Fleiss and Cohen know categories; beyond nominal, Cohen's weights know their distance.
    coefficients = {"fleiss_kappa": partial(fleiss_kappa, bootstrap=bootstrap)}
    if len(codings.coders) == 2:
        coefficients["cohen_kappa"] = partial(cohen_kappa)
        if codings.level is not Level.NOMINAL:
            coefficients |= {
                f"cohen_kappa_{weights}": partial(cohen_kappa, weights=weights) for weights in ORDERED_WEIGHTS
            }
    for name, coefficient in coefficients.items():
        rows.append(_row_or_refusal(name, codings, partial(coefficient, codings, coverage=coverage)))
    _print_rows(rows, COEFFICIENT_KEYS, output)


def disagreements_of_file(file: Path, *, columns: Mapping[str, str], level: str, output: str) -> None:
    """Print one row for each unit that coders disagree on, with a column for each coder."""
    with said_by_option(AGREEMENT_OPTIONS, takes_missing_code=False):
        codings = _codings(file, columns, level=level, output=output)
    rows = [
        {"unit": found.unit, "majority": found.majority, **{f"code of {coder}": found.codes.get(coder, "") for coder in codings.coders}}
        for found in disagreements(codings)
    ]  # fmt: skip
    _print_rows(rows, ("unit", "majority", *(f"code of {coder}" for coder in codings.coders)), output)


def _codings(file: Path, columns: Mapping[str, str], *, level: str, output: str) -> Codings:
    check_format(output)
    if level not in tuple(Level):
        raise ArgumentInvalid(f"“{level}” is none of its values.", where="--level", remedy=nearest(level, list(Level)))
    with open_dataset(file) as opened:
        return codings_from_table(
            opened.table, units=columns["units"], coders=columns["coders"], codes=columns["codes"], level=Level(level)
        )  # fmt: skip


def _row(found: Agreement) -> dict[str, Any]:
    row = {key: getattr(found, key) for key in COEFFICIENT_KEYS if key != "note"}
    return {**row, "level": found.level.value, "note": " ".join(found.notes)}


def _row_or_refusal(name: str, codings: Codings, coefficient: Callable[[], Agreement]) -> dict[str, Any]:
    try:
        return _row(coefficient())
    except Refusal as refusal:
        refused = {
            "statistic": name,
            "level": codings.level.value,
            "note": f"{refusal.code}: {refusal.what} {refusal.remedy}",
        }
        return dict.fromkeys(COEFFICIENT_KEYS) | refused


def _print_rows(rows: Sequence[Mapping[str, Any]], keys: Sequence[str], output: str) -> None:
    """Sentences have no room in a table: notes stand beneath it."""
    if output != "table":
        print_rows(rows, keys, output)
        return
    print_rows(rows, [key for key in keys if key not in BENEATH], output, optional=keys)
    for row in rows:
        if row.get("note"):
            typer.echo(f"{row['statistic']}: {row['note']}")
