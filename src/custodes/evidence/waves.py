"""Change between waves: samples that share clusters, samples in one file that share none, and samples in two files."""

import math
from dataclasses import dataclass, replace
from typing import Any

from custodes.evidence.columns import category, check_column
from custodes.evidence.contrasts import Contrast, Difference, differences
from custodes.evidence.design_columns import checked_weight
from custodes.evidence.errors import ArgumentInvalid, NothingObserved
from custodes.evidence.measures import Statistic
from custodes.evidence.replicates import ReplicateMethod
from custodes.evidence.survey_estimates import Question, SurveyEstimate, estimate_survey, quantile_of_t
from custodes.evidence.types import Design

WAVE_STRATUM = "_wave_stratum"


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many clusters the waves have together, and how many of them stand in more than one wave."""

    clusters: int
    shared: int


@dataclass(frozen=True, slots=True)
class WaveDifferences:
    """Differences between the waves of one file, and the overlap that decided on their covariance; None where given replicates hold it."""

    overlap: Overlap | None
    found: tuple[Contrast, ...]


def wave_differences(table: Any, question: Question, wave: Difference, *, design: Design) -> WaveDifferences:
    """Each wave's estimate less that of one of them, from one file with a column of the wave.

    Shapes   table: one row per respondent and wave. A panel of persons needs the person, or what was drawn above, as its cluster.
    Units    those of the variables.
    Returns  as `differences`. Waves that share a cluster share its covariance. Waves that share none are samples of their own: strata then
             stand within waves, and the covariance is zero. Given replicate weights say themselves what waves share.
    Refuses  as `differences`; ArgumentInvalid for jk1 of waves that share no cluster, since they are strata.
    Source   Cochran (1977), Sampling Techniques, ch. 12 (repeated sampling); Lumley (2010), Complex Surveys, ch. 2.
    Checked  R survey svyby(covmat = TRUE) with svycontrast(), with and without shared clusters: tests/reference/contrasts.toml, 1e-10.
    """
    check_column(table, wave.column, where="wave")
    plan = question.replicates
    if plan is not None and plan.prefix is not None:
        return WaveDifferences(None, differences(table, question, wave, design=design))
    checked_weight(table, design)  # names the wrong row by the design's own columns, before strata are made
    overlap = _overlap(table, wave.column, design)
    if not overlap.shared:
        if plan is not None and plan.method is ReplicateMethod.JK1:
            raise ArgumentInvalid(
                "Waves that share no cluster are strata of one sample, and jk1 has none.",
                where="replicate method",
                remedy="Choose jkn.",
            )
        stratum = category(table, wave.column, where="wave").fill_null("")
        if design.strata:
            stratum = stratum + " " + category(table, design.strata, where="design, strata")
        table, design = table.mutate(**{WAVE_STRATUM: stratum}), replace(design, strata=WAVE_STRATUM)
    return WaveDifferences(overlap, differences(table, question, wave, design=design))


def differences_of_samples(later: Any, earlier: Any, question: Question, *, design: Design) -> tuple[Contrast, ...]:
    """Each estimate of one sample less the same estimate of another that was drawn independently, such as an earlier wave in a file of its own.

    Shapes   later, earlier: one row per respondent each, with the same columns.
    Units    those of the variables.
    Returns  value, se, low, high, df, n, missing: variances and degrees of freedom of the two samples are added.
    Refuses  what either estimate is refused for; NothingObserved where one sample lacks the domain or the level; ArgumentInvalid for quantiles.
    Source   Cochran (1977), Sampling Techniques, ch. 12 (repeated sampling).
    Checked  R survey on the stacked samples with strata within samples: tests/reference/contrasts.toml, 1e-10.
    """
    if question.statistic is Statistic.QUANTILE:
        raise ArgumentInvalid(
            "Quantiles are not compared here.",
            where="statistic",
            remedy="Compare means, totals, proportions or ratios.",
        )
    question = replace(question, design_effects=False)
    samples = [
        {
            (each.variable, each.level, each.estimate.cell): each
            for each in estimate_survey(one, question, design=design)
        }
        for one in (later, earlier)
    ]
    places = [*samples[0], *(place for place in samples[1] if place not in samples[0])]
    return tuple(_change(samples[0].get(place), samples[1].get(place), question) for place in places)


def _overlap(table: Any, wave: str, design: Design) -> Overlap:
    if design.clusters is None:
        return Overlap(int(table.count().to_pyarrow().as_py()), 0)
    keys = {"cluster": category(table, design.clusters, where="design, clusters")}
    if design.strata:
        keys["stratum"] = category(table, design.strata, where="design, strata")
    each = table.group_by(**keys).aggregate(waves=table[wave].nunique())
    row = each.aggregate(clusters=each.count(), shared=(each.waves > 1).sum()).to_pyarrow().to_pylist()[0]
    return Overlap(int(row["clusters"]), int(row["shared"] or 0))


def _change(later: SurveyEstimate | None, earlier: SurveyEstimate | None, question: Question) -> Contrast:
    here = later or earlier
    if here is None:
        raise ValueError("an estimate of either sample")
    parts = [each.estimate for each in (later, earlier) if each is not None]
    known = Contrast(
        here.estimate.cell.written(question.by), question.statistic, here.variable, here.level, None,
        sum(each.n for each in parts), sum(each.missing for each in parts), question.coverage,
    )  # fmt: skip
    if later is None or earlier is None:
        absent = NothingObserved(
            f"The {'later' if later is None else 'earlier'} sample has nobody here.",
            where=here.estimate.cell.key or "total",
        )
        return replace(known, refusal=absent.code, refusal_text=str(absent))
    refused = next((each for each in parts if each.refusal), None)
    if refused is not None:
        return replace(known, refusal=refused.refusal, refusal_text=refused.refusal_text)
    one, other = parts
    value = (one.value or 0.0) - (other.value or 0.0)
    se, df = math.hypot(one.se or 0.0, other.se or 0.0), (one.df or 0.0) + (other.df or 0.0)
    half = quantile_of_t(question.coverage, int(df)) * se
    return replace(known, value=value, se=se, low=value - half, high=value + half, df=df)
