"""`custodes impact`: an impact design on a file, without a database; the sentence leads, and no form of the answer lacks its diagnostics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import Progress

from custodes.evidence.arguments import nearest
from custodes.evidence.errors import ArgumentInvalid
from custodes.site.commands.answers import check_format, csv_text, json_text, table_text
from custodes.site.commands.impact_plot import svg_of
from custodes.site.commands.problem_words import IMPACT_OPTIONS, said_by_option

if TYPE_CHECKING:
    from custodes.evidence.designs.panel import Panel
    from custodes.evidence.designs.types import Effect, Impact

COLUMNS = (
    "kind",
    "estimand",
    "value",
    "se",
    "low",
    "high",
    "p",
    "at",
    "band_low",
    "band_high",
    "diagnostics",
    "sentence",
    "misleading",
)
CLUSTERED = ("2x2", "staggered", "sunab")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the file is what."""

    unit: str | None
    time: str
    outcome: str
    treated: str | None
    first_treated: str | None
    since: str | None
    cluster: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen beyond the columns; None where the design's own default holds."""

    control: str | None
    aggregation: str | None
    average: str | None
    errors: str | None
    season: int | None
    draws: int | None
    permutations: int | None
    seed: int | None
    scale: str | None
    coverage: float


def run_impact(name: str, file: Path, *, columns: Columns, choices: Choices, form: str, plot: Path | None) -> None:
    """Read the file, run the design, print the answer, and draw it where asked. Raises InputProblem or Refusal."""
    designs = _designs()
    if name not in designs:
        raise ArgumentInvalid(f"There is no design “{name}”.", where="DESIGN", remedy=nearest(name, designs))
    check_format(form)
    if plot is not None and plot.suffix.lower() != ".svg":
        raise ArgumentInvalid(
            f"The figure is SVG, and “{plot.name}” is named otherwise.",
            where="--plot",
            remedy=f"Write {plot.with_suffix('.svg')}; a browser or Inkscape makes other kinds of it.",
        )
    if not 0 < choices.coverage < 1:
        raise ArgumentInvalid(
            f"{choices.coverage} is no coverage.", where="--coverage", remedy="Give a share such as 0.95."
        )
    design, accepted = designs[name]
    options = _options(name, accepted, choices)
    console = Console(stderr=True)  # in a file or a pipe, a bar would leave an empty line
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        progress.add_task("Reading and computing", total=None)
        with said_by_option(IMPACT_OPTIONS, takes_missing_code=False):
            found = design(_panel(name, file, columns), **options)
    typer.echo({"table": _table, "json": _json, "csv": _csv}[form](found), nl=form != "csv")
    if plot is not None:
        _write(plot, svg_of(found))


def _designs() -> Mapping[str, tuple[Callable[..., "Impact"], Mapping[str, Callable[[Any], Any]]]]:
    """Every design with the options that it takes and how each is read."""
    from custodes.evidence.designs.aggregation import Aggregation  # numpy is slow to import
    from custodes.evidence.designs.group_time import Control
    from custodes.evidence.designs.interrupted import Errors, interrupted
    from custodes.evidence.designs.rollout import RolloutAverage, rollout
    from custodes.evidence.designs.staggered import staggered
    from custodes.evidence.designs.sun_abraham import sun_abraham
    from custodes.evidence.designs.synthetic_control import synthetic_control
    from custodes.evidence.designs.synthetic_did import synthetic_did
    from custodes.evidence.designs.two_by_two import two_by_two

    drawn: dict[str, Callable[[Any], Any]] = {"draws": int, "seed": int}
    permuted: dict[str, Callable[[Any], Any]] = {"permutations": int, "seed": int}
    return {
        "2x2": (two_by_two, permuted),
        "staggered": (
            staggered, {"control": _choice(Control, "control"), "aggregation": _choice(Aggregation, "aggregation"), **drawn, **permuted},
        ),
        "sunab": (sun_abraham, {**drawn, **permuted}),
        "synth": (synthetic_control, drawn),
        "sdid": (synthetic_did, drawn),
        "its": (interrupted, {"season": int, "errors": _choice(Errors, "errors")}),
        "rollout": (rollout, {"average": _choice(RolloutAverage, "average"), **permuted}),
    }  # fmt: skip


def _choice(kind: type[StrEnum], option: str) -> Callable[[Any], StrEnum]:
    def read(text: Any) -> StrEnum:
        known = [each.value for each in kind]
        if text not in known:
            raise ArgumentInvalid(f"“{text}” is not a choice.", where=f"--{option}", remedy=nearest(str(text), known))
        return kind(text)

    return read


def _options(name: str, accepted: Mapping[str, Callable[[Any], Any]], choices: Choices) -> dict[str, Any]:
    from custodes.evidence.designs.types import Scale  # numpy is slow to import

    readers = {**accepted, "scale": _choice(Scale, "scale"), "coverage": float}
    found = {}
    for field in fields(choices):
        value = getattr(choices, field.name)
        if value is None:
            continue
        if field.name not in readers:
            takes = ", ".join(f"--{option}" for option in readers)
            raise ArgumentInvalid(
                f"The design “{name}” does not take this option.", where=f"--{field.name}", remedy=f"It takes {takes}."
            )
        found[field.name] = readers[field.name](value)
    return found


def _panel(name: str, file: Path, columns: Columns) -> "Panel":
    from custodes.evidence.designs.panel import panel_of_table  # ibis is slow to import
    from custodes.evidence.tables import open_dataset

    if columns.unit is None and name != "its":
        raise ArgumentInvalid(
            "Nothing says which rows belong to one unit.", where="--unit", remedy="Name the column of the unit."
        )
    if columns.cluster is not None and name not in CLUSTERED:
        raise ArgumentInvalid(
            f"The design “{name}” knows no clusters.",
            where="--cluster",
            remedy="Give one row for each cluster and period, and the cluster as --unit.",
        )
    if columns.since is not None and columns.treated is None:
        raise ArgumentInvalid(
            "--since says when what --treated marks begins, and --treated is not given.",
            where="--since",
            remedy="Leave it out; --first-treated already says when.",
        )
    with open_dataset(file, truths=True) as dataset:  # whether a row is treated may be written true and false
        return panel_of_table(
            dataset.table,
            unit=columns.unit,
            time=columns.time,
            outcome=columns.outcome,
            treated=columns.treated,
            first_treated=columns.first_treated,
            since=columns.since,
            cluster=columns.cluster,
        )


def _rows(found: "Impact") -> list[tuple[str, "Effect | Impact"]]:
    return [
        ("answer", found),
        *(("effect", each) for each in found.effects),
        *(("naive", each) for each in found.naive),
    ]


def _json(found: "Impact") -> str:
    return json_text({"is_established": found.is_established, **asdict(found), "needs": sorted(found.needs)})


def _csv(found: "Impact") -> str:
    """Every row carries sentence, diagnostics and what the naive comparisons would make one believe, so that none can be shown without them."""
    checks = " | ".join(f"{each.kind}: {each.words}" for each in found.diagnostics)
    beside = {"diagnostics": checks, "sentence": found.sentence, "misleading": " | ".join(found.misleading)}
    return csv_text([row | beside for row in _figures(found, COLUMNS[1:10])], COLUMNS)


def _table(found: "Impact") -> str:
    shown = ("kind", "estimand", "value", "se", "low", "high", "p")
    checks = [f"  {'! ' if each.is_warning else '  '}{each.kind}: {each.words}" for each in found.diagnostics]
    about = (
        f"{found.units} units, {found.treated_units} treated, {found.periods} periods; {found.method}. {found.source}."
    )
    figures = table_text(_figures(found, shown[1:]), shown)
    naive = ["", *found.misleading] if found.misleading else []
    return "\n".join([found.sentence, "", figures, *naive, "", "Diagnostics", *checks, "", about, *found.notes])


def _figures(found: "Impact", keys: Sequence[str]) -> list[dict[str, Any]]:
    return [{"kind": kind} | {key: getattr(each, key, None) for key in keys} for kind, each in _rows(found)]


def _write(place: Path, text: str) -> None:
    try:
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ArgumentInvalid(
            f"The figure cannot be written: {error.strerror}.",
            where=str(place),
            remedy="Give a file in a folder that exists.",
        ) from error
