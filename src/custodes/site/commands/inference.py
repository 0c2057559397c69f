"""`custodes associate` and `custodes regress`: tests and regressions on a survey file, without a database and without the platform."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from custodes.evidence.association import Association, associate
from custodes.evidence.errors import ArgumentInvalid, LonelyStratum, Refusal
from custodes.evidence.predictors import Family, Model
from custodes.evidence.regression import Regression, regress
from custodes.evidence.survey_files import open_survey_file
from custodes.evidence.types import Design
from custodes.site.commands.answers import check_format, print_rows
from custodes.site.commands.survey_options import DesignWords, ReplicateWords
from custodes.site.commands.words import design_of, plan_or_none, word_of

ASSOCIATION_KEYS = (
    "domain", "row", "column", "test", "value", "df", "df_denominator", "p", "pearson", "deff", "n", "missing",
)  # fmt: skip
REGRESSION_KEYS = (
    "domain", "family", "outcome", "predictor", "level", "value", "se", "low", "high", "t", "p", "df", "n", "missing",
    "odds_ratio", "odds_low", "odds_high", "rounds",
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
    drawn, plan = design_of(design), plan_or_none(replicates)
    with open_survey_file(file) as opened:
        found = associate(
            opened.table,
            columns[0],
            column=columns[1],
            design=drawn,
            by=tuple(by),
            missing_codes=tuple(missing_codes),
            replicates=plan,
        )
    _raise_refusals([each.problem for each in found], drawn)
    print_rows([_association_row(each) for each in found], ASSOCIATION_KEYS, shape, optional=OPTIONAL)
    _say_refusals(dict.fromkeys((each.cell.key, each.refusal_text) for each in found))


def regress_file(file: Path, asked: ModelWords, *, design: DesignWords, replicates: ReplicateWords, shape: str) -> None:
    """Fit and print. Raises every Problem of the words, the file, the columns and the design; the refusal where no domain has an answer."""
    check_format(shape)
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
    _raise_refusals([each.problem for each in found], drawn)
    print_rows([row for each in found for row in _regression_rows(each)], REGRESSION_KEYS, shape, optional=OPTIONAL)
    _say_refusals([(each.cell.key, each.refusal_text) for each in found])


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


def _say_refusals(refusals: Any) -> None:
    for domain, text in refusals:
        if text:
            typer.echo(f"{domain or 'total'}: {text}", err=True)


def _association_row(each: Association) -> dict[str, Any]:
    values = (
        each.cell.key, each.row, each.column, each.test.value, each.value, each.df, each.df_denominator, each.p,
        each.pearson, each.deff, each.n, each.missing,
    )  # fmt: skip
    return dict(zip(ASSOCIATION_KEYS, values, strict=True))


def _regression_rows(each: Regression) -> list[dict[str, Any]]:
    """One row for each coefficient; a domain without a regression has one row that says so."""
    whole = dict.fromkeys(REGRESSION_KEYS) | {
        "domain": each.cell.key, "family": each.family.value, "outcome": each.outcome, "predictor": "", "level": "",
        "df": each.df, "n": each.n, "missing": each.missing,
    }  # fmt: skip
    if each.family is Family.LOGISTIC:
        whole["rounds"] = each.rounds
    names = ("predictor", "level", "value", "se", "low", "high", "t", "p", "odds_ratio", "odds_low", "odds_high")
    rows = [whole | {name: getattr(one, name) for name in names} for one in each.coefficients]
    return rows or [whole]
