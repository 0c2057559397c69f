"""`custodes estimate`: survey estimates from a file, without a database and without the platform."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from custodes.evidence.engines import Engine, EngineName
from custodes.evidence.errors import LonelyStratum
from custodes.evidence.intervals import ProportionInterval
from custodes.evidence.measures import Statistic
from custodes.evidence.survey_estimates import Question, SurveyEstimate, estimate_survey
from custodes.evidence.survey_files import open_survey_file
from custodes.evidence.types import Design, MissingPolicy
from custodes.site.commands.answers import check_format, print_rows
from custodes.site.commands.comparison import Comparison, compare_file
from custodes.site.commands.progress import progress_of
from custodes.site.commands.survey_options import DesignWords, ReplicateWords
from custodes.site.commands.words import calibration_from_file, design_of, plan_or_none, say_calibration, word_of

KEYS = ("domain", "statistic", "variable", "level", "value", "se", "low", "high", "n", "missing", "df", "deff")


@dataclass(frozen=True, slots=True)
class Words:
    """What a person typed, as it stands on the command line."""

    variables: tuple[str, ...]
    stat: str
    denominator: str | None
    quantiles: tuple[float, ...]
    by: tuple[str, ...]
    missing: str
    missing_codes: tuple[str, ...]
    interval: str
    coverage: float
    calibrate: Path | None
    engine: str
    spark_url: str
    memory: str


def estimate_from_command(
    file: Path,
    words: Words,
    *,
    design: DesignWords,
    replicates: ReplicateWords,
    comparison: Comparison,
    shape: str,
) -> None:
    """Answer a command. Raises every Problem of the words, the file, the columns and the design."""
    question = Question(
        statistic=word_of(Statistic, words.stat, where="--stat"),
        variables=words.variables,
        denominator=words.denominator,
        quantiles=words.quantiles,
        by=words.by,
        coverage=words.coverage,
        missing=word_of(MissingPolicy, words.missing, where="--missing"),
        missing_codes=words.missing_codes,
        interval=word_of(ProportionInterval, words.interval, where="--interval"),
        replicates=plan_or_none(replicates),
        calibration=None if words.calibrate is None else calibration_from_file(words.calibrate),
    )
    name = word_of(EngineName, words.engine, where="--engine")
    engine = Engine(name, memory_limit=words.memory, spark_url=words.spark_url)
    drawn = design_of(design)
    if comparison.is_asked:
        compare_file(file, question, comparison, design=drawn, engine=engine, keys=KEYS, shape=shape)
    else:
        estimate_file(file, question, design=drawn, engine=engine, shape=shape)


def estimate_file(file: Path, question: Question, *, design: Design, engine: Engine, shape: str) -> None:
    """Estimate and print. Raises every Problem of the file, the columns and the design; LonelyStratum for the whole."""
    check_format(shape)
    with open_survey_file(file, engine=engine) as opened, progress_of(opened):
        found = estimate_survey(opened.table, question, design=design)
        say_calibration(opened.table, question.calibration, design=design)
    for each in found:
        if each.estimate.refusal == LonelyStratum.code:
            raise LonelyStratum(
                each.estimate.refusal_text,
                where=f"column {design.strata}" if design.strata and not design.stages else "the whole sample",
                remedy="Or choose --lonely certainty, centred or average.",
            )
    print_rows([row_of(each) for each in found], KEYS, shape)
    for each in found:
        if each.estimate.value is None:
            typer.echo(f"{each.variable} {each.level}: {each.estimate.refusal_text}", err=True)
        for note in each.estimate.notes:
            typer.echo(f"{each.variable} {each.level}, {each.estimate.cell.key or 'total'}: {note}", err=True)


def row_of(found: SurveyEstimate) -> dict[str, Any]:
    """One answer under the keys of the command's output."""
    each = found.estimate
    values = (
        each.cell.key, found.statistic.value, found.variable, found.level, each.value, each.se, each.low, each.high,
        each.n, each.missing, each.df, each.design_effect,
    )  # fmt: skip
    return dict(zip(KEYS, values, strict=True))
