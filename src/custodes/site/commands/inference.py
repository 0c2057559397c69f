"""`custodes associate` and `custodes regress`: tests and regressions on a survey file, without a database and without the platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from custodes.evidence.association import Association, associate
from custodes.evidence.errors import ArgumentInvalid, LonelyStratum, Refusal
from custodes.evidence.predictors import Family, Model, effects_of
from custodes.evidence.regression import Regression, regress
from custodes.evidence.survey_files import open_survey_file
from custodes.evidence.types import Design
from custodes.site.commands.answers import check_format, in_domain_order, print_rows
from custodes.site.commands.problem_words import SURVEY_OPTIONS, said_by_option
from custodes.site.commands.survey_options import DesignWords, ReplicateWords
from custodes.site.commands.words import design_of, plan_or_none, say_unmatched, word_of

ASSOCIATION_KEYS = (
    "domain", "row", "column", "test", "value", "df", "df_denominator", "p", "pearson", "deff", "n", "missing",
    "note",
)  # fmt: skip
REGRESSION_KEYS = (
    "domain", "family", "outcome", "predictor", "level", "value", "se", "low", "high", "t", "p", "df", "n", "missing",
    "odds_ratio", "odds_low", "odds_high", "rounds", "note",
)  # fmt: skip
OPTIONAL = ("domain", "level", "odds_ratio", "odds_low", "odds_high", "rounds")


@dataclass(frozen=True, slots=True)
class ModelWords:
    """What a person typed of the regression."""

    outcome: str
    predictors: tuple[str, ...]
    family: str
    factors: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    success: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    coverage: float = 0.95
    missing_codes: tuple[str, ...] = field(default=())


def associate_file(
    file: Path,
    columns: Sequence[str],
    *,
    by: Sequence[str],
    missing_codes: Sequence[str],
    design: DesignWords,
    replicates: ReplicateWords,
    shape: str,
) -> None:
    """Test and print. Raises every Problem of the file, the columns and the design; the refusal where no domain has an answer."""
    check_format(shape)
    with said_by_option(SURVEY_OPTIONS, takes_missing_code=True):
        drawn, plan = design_of(design), plan_or_none(replicates)
        with open_survey_file(file) as opened:
            answers = associate(
                opened.table,
                columns[0],
                column=columns[1],
                design=drawn,
                by=tuple(by),
                missing_codes=tuple(missing_codes),
                replicates=plan,
            )
            say_unmatched(opened.table, columns, codes=missing_codes)
        _raise_refusals([each.problem for each in answers], drawn)
    found = in_domain_order(answers, by, held=lambda each: ("", each.cell))
    _print([_association_row(each, by) for each in found], ASSOCIATION_KEYS, shape)


def regress_file(file: Path, asked: ModelWords, *, design: DesignWords, replicates: ReplicateWords, shape: str) -> None:
    """Fit and print. Raises every Problem of the words, the file, the columns and the design; the refusal where no domain has an answer."""
    check_format(shape)
    with said_by_option(SURVEY_OPTIONS, takes_missing_code=True):
        found = _regressions(file, asked, design=design, replicates=replicates)
    ordered = in_domain_order(found, asked.by, held=lambda each: ("", each.cell))
    _print([row for each in ordered for row in _regression_rows(each, asked.by)], REGRESSION_KEYS, shape)


def _regressions(
    file: Path, asked: ModelWords, *, design: DesignWords, replicates: ReplicateWords
) -> tuple[Regression, ...]:
    model = Model(
        asked.outcome,
        asked.predictors,
        word_of(Family, asked.family, where="--family"),
        factors=asked.factors,
        references=dict(_reference(each) for each in asked.references),
        success=asked.success,
        by=asked.by,
        coverage=asked.coverage,
        missing_codes=asked.missing_codes,
        replicates=plan_or_none(replicates),
    )
    drawn = design_of(design)
    with open_survey_file(file) as opened:
        found = regress(opened.table, model, design=drawn)
        predictors = [name for effect in effects_of(model.predictors, opened.table.columns) for name in effect]
        say_unmatched(opened.table, [model.outcome, *predictors], codes=model.missing_codes)
    _raise_refusals([each.problem for each in found], drawn)
    return found


def _reference(words: str) -> tuple[str, str]:
    column, sign, category = words.partition("=")
    if not sign:
        raise ArgumentInvalid(
            f"“{words}” does not say which category.", where="--reference", remedy="Write COLUMN=CATEGORY."
        )
    return column, category


def _raise_refusals(refusals: Sequence[Refusal | None], design: Design) -> None:
    """A stratum with one cluster stops the whole, as does a refusal of every domain."""
    for refusal in refusals:
        if isinstance(refusal, LonelyStratum):
            raise LonelyStratum(
                refusal.what,
                where=f"column {design.strata}" if design.strata and not design.stages else "the whole sample",
                remedy=f"{refusal.remedy} Or choose --lonely certainty, centred or average.".strip(),
            )
    if refusals and refusals[0] is not None and all(refusals):
        raise refusals[0]


def _print(rows: Sequence[Mapping[str, Any]], keys: Sequence[str], shape: str) -> None:
    """A table has no room for notes: they are said on standard error, as they are beside the other shapes."""
    print_rows(rows, [key for key in keys if shape != "table" or key != "note"], shape, optional=OPTIONAL)
    for domain, note in dict.fromkeys((row["domain"], row["note"]) for row in rows if row["note"]):
        typer.echo(f"{domain or 'total'}: {note}", err=True)


def _association_row(each: Association, by: Sequence[str]) -> dict[str, Any]:
    values = (
        each.cell.written(by), each.row, each.column, each.test.value, each.value, each.df, each.df_denominator, each.p,
        each.pearson, each.deff, each.n, each.missing, each.problem.sentence if each.problem else "",
    )  # fmt: skip
    return dict(zip(ASSOCIATION_KEYS, values, strict=True))


def _regression_rows(each: Regression, by: Sequence[str]) -> list[dict[str, Any]]:
    """One row for each coefficient; a domain without a regression has one row that says so."""
    whole = dict.fromkeys(REGRESSION_KEYS) | {
        "domain": each.cell.written(by), "family": each.family.value, "outcome": each.outcome, "predictor": "", "level": "",
        "df": each.df, "n": each.n, "missing": each.missing, "note": each.problem.sentence if each.problem else "",
    }  # fmt: skip
    if each.family is Family.LOGISTIC:
        whole["rounds"] = each.rounds
    names = ("predictor", "level", "value", "se", "low", "high", "t", "p", "odds_ratio", "odds_low", "odds_high")
    rows = [whole | {name: getattr(one, name) for name in names} for one in each.coefficients]
    return rows or [whole]
