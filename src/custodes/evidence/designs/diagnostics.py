"""Diagnostics that several designs share: parallel paths before the measure, likeness at the start, dependence on single parts."""

from collections.abc import Sequence

import numpy as np

from custodes.evidence.designs.difference import difference
from custodes.evidence.designs.panel import BoolArray, FloatArray
from custodes.evidence.designs.sentences import figure
from custodes.evidence.designs.types import Diagnostic, DiagnosticKind, Effect, chi_squared_p, effect_of

ALARM = 0.05  # a p value below it counts as a warning
LARGE_DIFFERENCE = 0.25  # standardised; Imbens & Rubin (2015), ch. 14


def pre_trends(value: FloatArray, influence: FloatArray) -> Diagnostic:
    """Whether all effects before the treatment are zero together (Wald test on their covariance).

    Shapes   value: one per effect; influence: units (or clusters) × effects.
    """
    if value.size == 0:
        return no_pre_trends()
    covariance = influence.T @ influence / len(influence) ** 2
    rank = int(np.linalg.matrix_rank(covariance, hermitian=True))
    statistic = float(value @ np.linalg.pinv(covariance, hermitian=True) @ value)
    p = chi_squared_p(statistic, max(rank, 1))
    return Diagnostic(
        kind=DiagnosticKind.PRE_TRENDS,
        statistic=statistic,
        df=float(rank),
        p=p,
        is_warning=p < ALARM,
        words=(
            f"the paths before the measure were not parallel (p = {p:.3g})."
            if p < ALARM
            else f"The paths before the measure do not differ noticeably (p = {p:.3g}); small differences may still hide."
        ),
    )


def no_pre_trends() -> Diagnostic:
    """Where nothing was seen of the paths before the measure, which is a caution."""
    return Diagnostic(
        kind=DiagnosticKind.PRE_TRENDS,
        statistic=float("nan"),
        words="There are too few periods before the measure to see whether the paths were parallel.",
        is_warning=True,
    )


def slopes_of(outcome: FloatArray) -> FloatArray:
    """How much each unit moved per period (least squares). Shapes: units × periods, two or more."""
    time = np.arange(outcome.shape[1]) - (outcome.shape[1] - 1) / 2
    return np.asarray(outcome @ time / float(time @ time))


def slope_before(slopes: FloatArray, is_early: BoolArray, *, coverage: float, who: str, whom: str) -> Diagnostic:
    """How much faster one group moved than the other before the measure: one figure where units are too few for every step.

    Shapes   slopes: one per unit, over the periods before anybody was treated.
    """
    found = difference(slopes, is_early)
    slope = effect_of("slope", found.value, found.se, coverage=coverage, df=found.df)
    alarm = slope.p < ALARM
    return Diagnostic(
        kind=DiagnosticKind.PRE_TRENDS,
        statistic=slope.value,
        p=slope.p,
        df=found.df,
        is_warning=alarm,
        words=f"{'before' if alarm else 'Before'} the measure {who} moved by {figure(slope.value)} per period against {whom} "
        f"(p = {slope.p:.3g}).",
    )


def balance(before: FloatArray, is_treated: BoolArray) -> Diagnostic:
    """How far apart the two groups stood before the measure, in standard deviations.

    Shapes   before: one mean per unit over the periods before anybody was treated.
    Source   Imbens & Rubin (2015), Causal Inference, ch. 14: difference of means ÷ root of the mean of the two variances.
    """
    treated, untreated = before[is_treated], before[~is_treated]
    spread = np.sqrt(np.mean([group.var(ddof=1) for group in (treated, untreated) if group.size > 1]))
    difference = float((treated.mean() - untreated.mean()) / spread) if spread > 0 else 0.0
    return Diagnostic(
        kind=DiagnosticKind.BALANCE,
        statistic=difference,
        words=(
            f"Before the measure the treated stood {abs(difference):.2f} standard deviations "
            f"{'above' if difference >= 0 else 'below'} the others"
            + (
                "; the design forgives a constant difference, not one that grows."
                if abs(difference) > LARGE_DIFFERENCE
                else "."
            )
        ),
    )


def leave_one_out(names: Sequence[str], values: FloatArray, *, whole: Effect, what: str) -> Diagnostic:
    """The answer without each part in turn; a warning where leaving one out turns its sign.

    Shapes   names and values: one per part left out.
    """
    if len(names) == 0:
        return Diagnostic(
            kind=DiagnosticKind.LEAVE_ONE_OUT,
            statistic=whole.value,
            words=f"The answer rests on one {what} alone.",
            is_warning=True,
        )
    farthest = int(np.argmax(np.abs(values - whole.value)))
    turns = bool((np.sign(values) != np.sign(whole.value)).any())
    return Diagnostic(
        kind=DiagnosticKind.LEAVE_ONE_OUT,
        statistic=float(values[farthest]),
        is_warning=turns,
        words=(
            f"{'the sign of the answer hangs on one' if turns else 'Leaving out one'} {what}"
            f"{':' if turns else ' at a time gives'} {figure(values.min())} to {figure(values.max())}; "
            f"{names[farthest]} moves it most."
        ),
    )


def placebo_in_time(placebo: Effect, *, what: str) -> Diagnostic:
    """What the same design finds where nothing can have happened yet."""
    alarm = placebo.p < ALARM
    return Diagnostic(
        kind=DiagnosticKind.PLACEBO_TIME,
        statistic=placebo.value,
        p=placebo.p,
        is_warning=alarm,
        words=(
            f"{what} {'already finds' if alarm else 'finds'} {figure(placebo.value)} "
            f"({figure(placebo.low)} to {figure(placebo.high)}), where there can be none"
            f"{'.' if alarm else '; its interval should hold zero, and does.'}"
        ),
    )


def no_placebo_in_time(words: str) -> Diagnostic:
    """Where there is no room for a placebo before the measure, which is said."""
    return Diagnostic(kind=DiagnosticKind.PLACEBO_TIME, statistic=float("nan"), words=words)
