"""Synthetic difference in differences: weighted controls and weighted earlier periods, with a constant difference forgiven."""

import numpy as np

from custodes.evidence.designs.answer import About, answer
from custodes.evidence.designs.block import Block, backdated, block_of, placebo_blocks, without_control
from custodes.evidence.designs.comparisons import before_and_after, with_and_without
from custodes.evidence.designs.diagnostics import leave_one_out, no_placebo_in_time, placebo_in_time
from custodes.evidence.designs.panel import FloatArray, Panel
from custodes.evidence.designs.sentences import figure
from custodes.evidence.designs.simplex import simplex_weights
from custodes.evidence.designs.types import Diagnostic, DiagnosticKind, Effect, Impact, Scale, does_not_apply, effect_of

ABOUT = About(
    design="sdid",
    source="Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021), doi:10.1257/aer.20190159",
    assumption="without the measure the treated would have moved as their weighted controls did",
    also_needs=frozenset({DiagnosticKind.FIT}),
)
TIME_RIDGE = 1e-6  # of the noise: only to make the weights of periods unique
MOST_LEFT_OUT = 10


def synthetic_did(
    panel: Panel, *, coverage: float = 0.95, draws: int = 200, seed: int = 1, scale: Scale = Scale.LEVEL
) -> Impact:
    """The effect on units that were treated together, against weighted controls and weighted earlier periods.

    Shapes   panel: one start for all treated units; at least two periods before it and three controls.
    Units    the unit of the outcome.
    Returns  Impact: the weighted double difference, placebo standard error and normal interval; effects: the difference between treated and
             mixture in every period, less its weighted mean before the start.
    Refuses  ArgumentInvalid where treatment starts in several periods; SampleTooSmall with too few periods or controls.
    Source   Arkhangelsky et al. (2021), doi:10.1257/aer.20190159, Algorithms 1 and 4.
    Checked  R synthdid on Proposition 99; tests/reference/impact_designs.toml. R stops its weights at a tolerance, ours are exact.
    """
    block, used = block_of(panel)
    curve = _curve(block)
    value = float(curve[block.start :].mean())
    placebo_curves = np.array([_curve(each) for each in placebo_blocks(block, draws=draws, seed=seed)])
    placebos = placebo_curves[:, block.start :].mean(axis=1)
    se = float(placebos.std())
    leading = effect_of("average over treated units and periods", value, se, coverage=coverage)
    larger = int((np.abs(placebos) >= abs(value)).sum())
    return answer(
        leading,
        about=ABOUT,
        panel=used,
        diagnostics=(
            _fit(block),
            does_not_apply(
                DiagnosticKind.PRE_TRENDS,
                "the weights make the paths before the start run parallel; how well is their fit.",
            ),
            _balance(block),
            _leave_one_out(block, leading),
            _placebo_in_time(block, coverage=coverage, draws=draws, seed=seed),
            Diagnostic(
                kind=DiagnosticKind.PLACEBO_SPACE,
                statistic=float(placebos.mean()),
                p=(1 + larger) / (1 + placebos.size),
                words=f"Of {placebos.size} placebos {larger} are as far from zero; "
                f"they run from {figure(placebos.min())} to {figure(placebos.max())}.",
            ),
        ),
        method="exact unit and time weights with intercepts, unit weights with ridge; placebo standard error",
        effects=_period_effects(block, curve, placebo_curves, coverage),
        naive=(with_and_without(used, coverage=coverage), before_and_after(used, coverage=coverage)),
        coverage=coverage,
        scale=scale,
    )


def unit_weights(block: Block) -> FloatArray:
    """Weights of the controls whose mixture runs parallel to the treated before the start.

    The ridge is (treated units × later periods)^½ × the variance of the controls' steps before the start, times the periods before it.
    """
    early = block.controls[:, : block.start]
    noise = float(np.diff(early, axis=1).std(ddof=1))
    ridge = np.sqrt(len(block.treated) * block.periods_after) * noise**2 * block.start
    columns = early.T - early.T.mean(axis=0)
    target = block.treated[:, : block.start].mean(axis=0)
    return simplex_weights(columns, target - target.mean(), ridge=float(ridge))


def time_weights(block: Block) -> FloatArray:
    """Weights of the earlier periods whose mixture runs parallel to the later ones across the controls."""
    early = block.controls[:, : block.start]
    noise = float(np.diff(early, axis=1).std(ddof=1))
    later = block.controls[:, block.start :].mean(axis=1)
    ridge = (TIME_RIDGE * noise) ** 2 * len(block.controls)
    return simplex_weights(early - early.mean(axis=0), later - later.mean(), ridge=ridge)


def double_difference(block: Block) -> float:
    """Treated less mixture, after less weighted before."""
    return float(_curve(block)[block.start :].mean())


def _period_effects(block: Block, curve: FloatArray, placebos: FloatArray, coverage: float) -> tuple[Effect, ...]:
    spread = placebos.std(axis=0)
    return tuple(
        effect_of(f"difference in {time}", float(curve[at]), float(spread[at]), coverage=coverage, at=at - block.start)
        for at, time in enumerate(block.times)
    )


def _curve(block: Block) -> FloatArray:
    """Treated less mixture in every period, less its weighted mean before the start."""
    difference = block.treated.mean(axis=0) - unit_weights(block) @ block.controls
    return np.asarray(difference - time_weights(block) @ difference[: block.start])


def _fit(block: Block) -> Diagnostic:
    difference = (block.treated.mean(axis=0) - unit_weights(block) @ block.controls)[: block.start]
    error = float(difference.std())
    periods = ", ".join(
        f"{time} {weight:.3f}"
        for time, weight in zip(block.times, time_weights(block), strict=False)
        if weight >= 0.001
    )
    return Diagnostic(
        kind=DiagnosticKind.FIT,
        statistic=error,
        words=f"Before the start the mixture departs from running parallel by {figure(error)} (root mean square). "
        f"{int((unit_weights(block) > 0).sum())} controls carry weight; weights of periods: {periods}.",
    )


def _balance(block: Block) -> Diagnostic:
    """How far the treated stood from their mixture before the start: a constant difference, which this design forgives."""
    before = block.controls[:, : block.start].mean(axis=1)
    treated = float(block.treated[:, : block.start].mean())
    mixture = float(unit_weights(block) @ before)
    return Diagnostic(
        kind=DiagnosticKind.BALANCE,
        statistic=treated - mixture,
        words=f"Before the start the treated stood {figure(treated)}, the mixture {figure(mixture)}, all controls {figure(float(before.mean()))}; "
        "the design forgives a constant difference, not one that grows.",
    )


def _leave_one_out(block: Block, leading: Effect) -> Diagnostic:
    heaviest = np.argsort(unit_weights(block))[::-1][:MOST_LEFT_OUT]
    names = [block.control_names[index] for index in heaviest]
    values = np.array([double_difference(without_control(block, int(index))) for index in heaviest])
    return leave_one_out(names, values, whole=leading, what="control")


def _placebo_in_time(block: Block, *, coverage: float, draws: int, seed: int) -> Diagnostic:
    earlier = backdated(block)
    if earlier is None:
        return no_placebo_in_time(
            "There are fewer than four periods before the start, so that no placebo can be tried."
        )
    se = float(np.std([double_difference(each) for each in placebo_blocks(earlier, draws=draws, seed=seed)]))
    found = effect_of("placebo", double_difference(earlier), se, coverage=coverage)
    return placebo_in_time(found, what=f"A start pretended in {earlier.times[earlier.start]}")
