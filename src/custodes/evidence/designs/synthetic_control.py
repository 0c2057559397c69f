"""Synthetic control: the treated unit against the mixture of untreated units that went its way before the measure."""

import numpy as np

from custodes.evidence.designs.answer import About, answer
from custodes.evidence.designs.block import Block, backdated, block_of, placebo_blocks, without_control
from custodes.evidence.designs.comparisons import before_and_after, with_and_without
from custodes.evidence.designs.diagnostics import leave_one_out, no_placebo_in_time
from custodes.evidence.designs.panel import FloatArray, Panel
from custodes.evidence.designs.sentences import figure
from custodes.evidence.designs.simplex import simplex_weights
from custodes.evidence.designs.types import Diagnostic, DiagnosticKind, Effect, Impact, Scale, does_not_apply, effect_of
from custodes.evidence.intervals import symmetric

ABOUT = About(
    design="synth",
    source="Abadie, Diamond & Hainmueller (2010), doi:10.1198/jasa.2009.ap08746",
    assumption="the mixture would have gone on like the treated",
    also_needs=frozenset({DiagnosticKind.FIT}),
)
SHOWN = 0.001  # weights below it are not named
POOR_FIT = 0.5  # of the standard deviation of the path before the measure


def synthetic_control(
    panel: Panel, *, coverage: float = 0.95, draws: int = 200, seed: int = 1, scale: Scale = Scale.LEVEL
) -> Impact:
    """The effect on units that were treated together, against an exactly fitted mixture of the others.

    Shapes   panel: one start for all treated units, whose mean path is fitted; at least two periods before it and three controls.
    Units    the unit of the outcome.
    Returns  Impact: the mean gap after the start. p is the rank of the treated among placebos by the ratio of the gaps after to those before
             (root mean squares); se is the root mean square of the placebos' mean gaps, and the interval ± its normal quantile. effects: the gap in
             every period.
    Refuses  ArgumentInvalid where treatment starts in several periods; SampleTooSmall with too few periods or controls.
    Source   Abadie, Diamond & Hainmueller (2010), doi:10.1198/jasa.2009.ap08746, without covariates; Wolfe (1976) for the exact weights.
    Checked  a quadratic programme of another program on Proposition 99; tests/reference/impact_designs.toml, 1e-5.
    """
    block, used = block_of(panel)
    gap = _gaps(block)
    value = float(gap[block.start :].mean())
    placebos = [_gaps(each) for each in placebo_blocks(block, draws=draws, seed=seed)]
    ratios = np.array([_ratio(each, block.start) for each in placebos])
    se = float(np.sqrt(np.mean([each[block.start :].mean() ** 2 for each in placebos])))
    rank = int((ratios >= _ratio(gap, block.start)).sum())
    p = (1 + rank) / (1 + ratios.size)
    interval = symmetric(value, se, coverage=coverage, df=None)
    leading = Effect(estimand="mean gap after the start", value=value, se=se, low=interval.low, high=interval.high, p=p)
    return answer(
        leading,
        about=ABOUT,
        panel=used,
        diagnostics=(
            _fit(block, gap),
            does_not_apply(
                DiagnosticKind.PRE_TRENDS, "the mixture is fitted to the path before the start; how well is its fit."
            ),
            _balance(block),
            _leave_one_out(block, leading),
            _placebo_in_time(block, gap),
            Diagnostic(
                kind=DiagnosticKind.PLACEBO_SPACE,
                statistic=_ratio(gap, block.start),
                p=p,
                words=f"Of {ratios.size} placebos {rank} have a gap as large against their own fit (p = {p:.3g}).",
            ),
        ),
        method="exact weights on all periods before the start, no covariates; placebo standard error and rank",
        effects=_gap_effects(block, gap, np.array(placebos), coverage),
        naive=(with_and_without(used, coverage=coverage), before_and_after(used, coverage=coverage)),
        coverage=coverage,
        scale=scale,
    )


def control_weights(block: Block) -> FloatArray:
    """The weight of each control in the mixture that comes nearest to the treated before the start."""
    return simplex_weights(block.controls[:, : block.start].T, block.treated[:, : block.start].mean(axis=0))


def _gaps(block: Block) -> FloatArray:
    return np.asarray(block.treated.mean(axis=0) - control_weights(block) @ block.controls)


def _mean_gap(block: Block) -> float:
    return float(_gaps(block)[block.start :].mean())


def _ratio(gap: FloatArray, start: int) -> float:
    before = float(np.sqrt((gap[:start] ** 2).mean()))
    after = float(np.sqrt((gap[start:] ** 2).mean()))
    return after / before if before > 0 else float("inf")


def _gap_effects(block: Block, gap: FloatArray, placebos: FloatArray, coverage: float) -> tuple[Effect, ...]:
    """The gap of every period, with the spread of the placebos' gaps in that period."""
    spread = np.sqrt((placebos**2).mean(axis=0))
    return tuple(
        effect_of(f"gap in {time}", float(gap[at]), float(spread[at]), coverage=coverage, at=at - block.start)
        for at, time in enumerate(block.times)
    )


def _fit(block: Block, gap: FloatArray) -> Diagnostic:
    error = float(np.sqrt((gap[: block.start] ** 2).mean()))
    spread = float(block.treated[:, : block.start].mean(axis=0).std())
    is_poor = error > POOR_FIT * spread
    weights = control_weights(block)
    named = sorted(zip(weights, block.control_names, strict=True), reverse=True)
    mixture = ", ".join(f"{name} {weight:.3f}" for weight, name in named if weight >= SHOWN)
    return Diagnostic(
        kind=DiagnosticKind.FIT,
        statistic=error,
        is_warning=is_poor,
        words=f"{'the mixture misses' if is_poor else 'The mixture misses'} the path before the start by {figure(error)} "
        f"(root mean square): {mixture}.",
    )


def _balance(block: Block) -> Diagnostic:
    before = block.controls[:, : block.start].mean(axis=1)
    treated = float(block.treated[:, : block.start].mean())
    difference = treated - float(control_weights(block) @ before)
    outside = not before.min() <= treated <= before.max()
    return Diagnostic(
        kind=DiagnosticKind.BALANCE,
        statistic=difference,
        is_warning=outside,
        words="the treated lie outside the range of all controls." if outside else
        f"Before the start the treated stood {figure(treated)}, the mixture {figure(treated - difference)}, all controls {figure(before.mean())}.",
    )  # fmt: skip


def _leave_one_out(block: Block, leading: Effect) -> Diagnostic:
    weights = control_weights(block)
    used = np.flatnonzero(weights > SHOWN)
    names = [block.control_names[index] for index in used]
    values = np.array([_mean_gap(without_control(block, int(index))) for index in used])
    return leave_one_out(names, values, whole=leading, what="control")


def _placebo_in_time(block: Block, gap: FloatArray) -> Diagnostic:
    earlier = backdated(block)
    if earlier is None:
        return no_placebo_in_time(
            "There are fewer than four periods before the start, so that no placebo can be tried."
        )
    found = _mean_gap(earlier)
    share = abs(found) / abs(float(gap[block.start :].mean())) if gap[block.start :].mean() else float("inf")
    is_large = share > POOR_FIT
    return Diagnostic(
        kind=DiagnosticKind.PLACEBO_TIME,
        statistic=found,
        is_warning=is_large,
        words=f"{'a start' if is_large else 'A start'} pretended in {earlier.times[earlier.start]} gives a gap of {figure(found)} "
        f"before there was anything to find, {share:.0%} of the answer.",
    )
