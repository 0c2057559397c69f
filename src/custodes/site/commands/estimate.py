"""`custodes estimate`: survey estimates from a file, without a database and without the platform."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from custodes.evidence.engines import Engine, EngineName
from custodes.evidence.errors import ArgumentInvalid, LonelyStratum
from custodes.evidence.intervals import ProportionInterval
from custodes.evidence.measures import Statistic
from custodes.evidence.replicates import Around, ReplicateMethod, ReplicatePlan
from custodes.evidence.survey_estimates import Question, SurveyEstimate, estimate_survey
from custodes.evidence.survey_files import open_survey_file
from custodes.evidence.types import Design, LonelyPolicy, MissingPolicy, Stage
from custodes.site.commands.answers import check_format, print_rows
from custodes.site.commands.comparison import Comparison, compare_file
from custodes.site.commands.progress import progress_of
from custodes.site.commands.words import calibration_from_file, say_calibration, word_of

KEYS = ("domain", "statistic", "variable", "level", "value", "se", "low", "high", "n", "missing", "df", "deff")


@dataclass(frozen=True, slots=True)
class Words:
    """What a person typed, as it stands on the command line."""

    variables: tuple[str, ...]
    stat: str
    denominator: str | None
    quantiles: tuple[float, ...]
    by: tuple[str, ...]
    strata: tuple[str, ...]
    clusters: tuple[str, ...]
    weight: str | None
    fpc: tuple[str, ...]
    missing: str
    missing_codes: tuple[str, ...]
    lonely: str
    interval: str
    coverage: float
    replicate_method: str | None
    replicate_count: int
    fay: float
    seed: int
    around: str
    replicates: str | None
    replicate_scale: tuple[float, ...]
    replicate_factors: bool
    calibrate: Path | None
    engine: str
    spark_url: str
    memory: str


def estimate_from_command(file: Path, words: Words, *, comparison: Comparison, shape: str) -> None:
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
        replicates=_plan_or_none(words),
        calibration=None if words.calibrate is None else calibration_from_file(words.calibrate),
    )
    name = word_of(EngineName, words.engine, where="--engine")
    engine = Engine(name, memory_limit=words.memory, spark_url=words.spark_url)
    design = _design(words)
    if comparison.is_asked:
        compare_file(file, question, comparison, design=design, engine=engine, keys=KEYS, shape=shape)
    else:
        estimate_file(file, question, design=design, engine=engine, shape=shape)


def _design(words: Words) -> Design:
    """The columns of each stage stand in the same place of their options."""
    depth = max(len(words.clusters), 1)
    for option, columns in (("--strata", words.strata), ("--fpc", words.fpc)):
        if len(columns) > depth:
            raise ArgumentInvalid(
                f"{len(columns)} columns are given for {depth} {'stages' if depth > 1 else 'stage'} of the sample.",
                where=f"{option}, column {columns[depth]}",
                remedy="Name the units of every stage with --cluster, from the first down; rows without a name can be numbered in a column.",
            )
    strata, clusters, fpc = (
        (*columns, *[None] * (depth - len(columns))) for columns in (words.strata, words.clusters, words.fpc)
    )
    lonely = word_of(LonelyPolicy, words.lonely, where="--lonely")
    stages = tuple(
        Stage(unit, stratum, population)
        for unit, stratum, population in zip(words.clusters[1:], strata[1:], fpc[1:], strict=True)
    )
    return Design(words.weight, strata[0], clusters[0], fpc[0], lonely, stages)


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


def _plan_or_none(words: Words) -> ReplicatePlan | None:
    if words.replicate_method is None:
        if words.replicates is not None or words.replicate_scale or words.replicate_factors:
            raise ArgumentInvalid(
                "Replicate weights say nothing of uncertainty before one knows how they were made.",
                where="--replicates",
                remedy="Give --replicate-method, as the survey's documentation has it.",
            )
        return None
    return ReplicatePlan(
        word_of(ReplicateMethod, words.replicate_method, where="--replicate-method"),
        kept=words.fay,
        count=words.replicate_count,
        seed=words.seed,
        around=word_of(Around, words.around, where="--around"),
        prefix=words.replicates,
        scale=words.replicate_scale,
        factors=words.replicate_factors,
    )


def row_of(found: SurveyEstimate) -> dict[str, Any]:
    """One answer under the keys of the command's output."""
    each = found.estimate
    values = (
        each.cell.key, found.statistic.value, found.variable, found.level, each.value, each.se, each.low, each.high,
        each.n, each.missing, each.df, each.design_effect,
    )  # fmt: skip
    return dict(zip(KEYS, values, strict=True))
