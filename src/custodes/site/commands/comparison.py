"""`custodes estimate` with --difference, --wave, --earlier or --contrast: estimates compared under the design that they share."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import typer

from custodes.evidence.contrasts import Contrast, Difference, contrast, differences
from custodes.evidence.engines import Engine
from custodes.evidence.errors import ArgumentInvalid, LonelyStratum
from custodes.evidence.survey_estimates import Question
from custodes.evidence.survey_files import open_survey_file
from custodes.evidence.types import Design
from custodes.evidence.waves import differences_of_samples, wave_differences
from custodes.site.commands.answers import check_format, print_answers, without_place
from custodes.site.commands.progress import progress_of
from custodes.site.commands.words import asked_columns, say_calibration, say_unmatched


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a person typed of comparing; all None where nothing is compared."""

    difference: str | None
    wave: str | None
    earlier: Path | None
    contrast: str | None
    against: str | None

    @property
    def is_asked(self) -> bool:
        return any(getattr(self, each.name) is not None for each in fields(self))


def compare_file(
    file: Path,
    question: Question,
    comparison: Comparison,
    *,
    design: Design,
    engine: Engine,
    keys: Sequence[str],
    shape: str,
) -> None:
    """Compare and print. Raises every Problem of the file, the columns and the design; LonelyStratum for the whole."""
    check_format(shape)
    _check(comparison)
    with open_survey_file(file, engine=engine) as opened, progress_of(opened):
        found = _compared(opened.table, question, comparison, design=design, engine=engine)
        say_calibration(opened.table, question.calibration, design=design)
        say_unmatched(opened.table, asked_columns(question), codes=question.missing_codes)
    for each in found:
        if each.refusal == LonelyStratum.code:
            raise LonelyStratum(
                without_place(each.refusal_text, each.domain),
                where=f"column {design.strata}" if design.strata and not design.stages else "the whole sample",
                remedy="Or choose --lonely certainty, centred or average.",
            )
    print_answers([_row(each, keys) for each in found], keys, shape)


def _check(comparison: Comparison) -> None:
    asked = [name for name in ("difference", "wave", "earlier", "contrast") if getattr(comparison, name) is not None]
    if len(asked) > 1:
        raise ArgumentInvalid(
            "These do not go together: each is a comparison of its own.",
            where=" and ".join(f"--{name}" for name in asked),
            remedy="Ask one at a time.",
        )
    if comparison.against is not None and asked not in (["difference"], ["wave"]):
        raise ArgumentInvalid(
            "Nothing says of which column this is a category.",
            where="--against",
            remedy="Name the column by --difference or --wave.",
        )


def _compared(
    table: Any, question: Question, comparison: Comparison, *, design: Design, engine: Engine
) -> tuple[Contrast, ...]:
    if comparison.contrast is not None:
        return contrast(table, question, comparison.contrast, design=design)
    if comparison.earlier is not None:
        with open_survey_file(comparison.earlier, engine=engine) as earlier:
            return differences_of_samples(table, earlier.table, question, design=design)
    if comparison.difference is not None:
        return differences(table, question, Difference(comparison.difference, comparison.against), design=design)
    waves = wave_differences(table, question, Difference(str(comparison.wave), comparison.against), design=design)
    if waves.overlap is None:
        typer.echo("What the waves share is in the replicate weights.", err=True)
        return waves.found
    typer.echo(
        f"{waves.overlap.shared} of {waves.overlap.clusters} clusters are in several waves: their covariance is counted."
        if waves.overlap.shared
        else "No cluster is in several waves: they count as independent samples, with strata of their own.",
        err=True,
    )
    return waves.found


def _row(each: Contrast, keys: Sequence[str]) -> dict[str, Any]:
    """Under the keys of every estimate; a contrast has no design effect."""
    row = {name: getattr(each, name) for name in ("domain", "variable", "level", "value", "se", "low", "high")}
    row |= {"statistic": each.statistic.value, "n": each.n, "missing": each.missing, "df": each.df}
    row["note"] = without_place(each.refusal_text, each.domain)
    return {key: row.get(key) for key in keys}
