"""`custodes estimate`: survey estimates from a file, without a database and without the platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from custodes.evidence.engines import Engine, EngineName
from custodes.evidence.errors import ArgumentInvalid, LonelyStratum, NothingObserved
from custodes.evidence.intervals import ProportionInterval
from custodes.evidence.measures import Statistic
from custodes.evidence.survey_estimates import Question, SurveyEstimate, estimate_survey
from custodes.evidence.survey_files import open_survey_file
from custodes.evidence.types import Design, MissingPolicy
from custodes.site.commands.answers import check_format, in_domain_order, print_answers, without_place
from custodes.site.commands.comparison import Comparison, compare_file
from custodes.site.commands.problem_words import SURVEY_OPTIONS, said_by_option
from custodes.site.commands.progress import progress_of
from custodes.site.commands.survey_options import DesignWords, ReplicateWords
from custodes.site.commands.words import (
    asked_columns,
    calibration_from_file,
    design_of,
    nothing_observed,
    plan_or_none,
    say_calibration,
    say_unmatched,
    word_of,
)

QUARTILES = (0.25, 0.5, 0.75)
KEYS = ("domain", "statistic", "variable", "level", "value", "se", "low", "high", "n", "missing", "df", "deff", "note")


@dataclass(frozen=True, slots=True)
class Words:
    """What a person typed, as it stands on the command line."""

    variables: tuple[str, ...]
    stat: str
    denominator: str | None
    quantiles: tuple[float, ...]  # empty where none were typed
    by: tuple[str, ...]
    missing: str
    missing_codes: tuple[str, ...]
    interval: str | None
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
    with said_by_option(SURVEY_OPTIONS, takes_missing_code=True):
        _estimate(file, words, design=design, replicates=replicates, comparison=comparison, shape=shape)


def _estimate(
    file: Path,
    words: Words,
    *,
    design: DesignWords,
    replicates: ReplicateWords,
    comparison: Comparison,
    shape: str,
) -> None:
    statistic = word_of(Statistic, words.stat, where="--stat")
    _check_taken(words, statistic)
    question = Question(
        statistic=statistic,
        variables=words.variables,
        denominator=words.denominator,
        quantiles=words.quantiles or QUARTILES,
        by=words.by,
        coverage=words.coverage,
        missing=word_of(MissingPolicy, words.missing, where="--missing"),
        missing_codes=words.missing_codes,
        interval=word_of(ProportionInterval, words.interval or "logit", where="--interval"),
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


def _check_taken(words: Words, statistic: Statistic) -> None:
    """ArgumentInvalid for an option that the statistic has no use for, and that would be passed over without a word."""
    for option, is_given, fitting in (
        ("--quantiles", bool(words.quantiles), Statistic.QUANTILE),
        ("--interval", words.interval is not None, Statistic.PROPORTION),
    ):
        if is_given and statistic is not fitting:
            raise ArgumentInvalid(
                f"The statistic “{statistic}” does not take this option.",
                where=option,
                remedy=f"Leave it out, or choose --stat {fitting}.",
            )


def estimate_file(file: Path, question: Question, *, design: Design, engine: Engine, shape: str) -> None:
    """Estimate and print. Raises every Problem of the file, the columns and the design; LonelyStratum and NothingObserved for the whole.

    Leaves with ALL_REFUSED where no row has an answer.
    """
    check_format(shape)
    with open_survey_file(file, engine=engine) as opened, progress_of(opened):
        found = estimate_survey(opened.table, question, design=design)
        say_calibration(opened.table, question.calibration, design=design)
        say_unmatched(opened.table, asked_columns(question), codes=question.missing_codes)
    if all(each.estimate.refusal == NothingObserved.code for each in found):
        raise nothing_observed(question)
    for each in found:
        if each.estimate.refusal == LonelyStratum.code:
            raise LonelyStratum(
                without_place(each.estimate.refusal_text, each.estimate.cell.key),
                where=f"column {design.strata}" if design.strata and not design.stages else "the whole sample",
                remedy="Or choose --lonely certainty, centred or average.",
            )
    ordered = in_domain_order(found, question.by, held=lambda each: ((each.variable, each.level), each.estimate.cell))
    rows = [row_of(each, question.by) for each in ordered]
    print_answers(rows, KEYS, shape)


def row_of(found: SurveyEstimate, by: Sequence[str]) -> dict[str, Any]:
    """One answer under the keys of the command's output; note: why there is none, or what must be known of it."""
    each = found.estimate
    note = without_place(each.refusal_text, each.cell.key) if each.refusal else " ".join(each.notes)
    values = (
        each.cell.written(by), found.statistic.value, found.variable, found.level, each.value, each.se, each.low,
        each.high, each.n, each.missing, each.df, each.design_effect, note,
    )  # fmt: skip
    return dict(zip(KEYS, values, strict=True))
