"""Random roll-out: units come under the measure in an order left to chance, which permits the efficient estimator."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from custodes.evidence.designs.answer import About, answer
from custodes.evidence.designs.comparisons import before_and_after, two_way_fixed_effects
from custodes.evidence.designs.diagnostics import (
    ALARM,
    leave_one_out,
    no_placebo_in_time,
    no_pre_trends,
    placebo_in_time,
    slope_before,
    slopes_of,
)
from custodes.evidence.designs.panel import BoolArray, FloatArray, IntArray, Panel, balanced, without_always_treated
from custodes.evidence.designs.sentences import figure
from custodes.evidence.designs.types import Diagnostic, DiagnosticKind, Impact, Scale, effect_of, two_sided_p
from custodes.evidence.errors import SampleTooSmall

ABOUT = About(
    design="rollout", source="Roth & Sant'Anna (2023), doi:10.1086/726581", assumption="the order was left to chance"
)


UNITS_PER_PERIOD = 5  # of a cohort, for each period before anybody is treated


class RolloutAverage(StrEnum):
    """What the one number is an average of."""

    SIMPLE = "simple"  # every treated unit and period alike
    COHORT = "cohort"  # every treated unit alike, averaged over its treated periods
    CALENDAR = "calendar"  # every period alike


WORDS = {
    RolloutAverage.SIMPLE: "average over treated units and periods",
    RolloutAverage.COHORT: "average over cohorts",
    RolloutAverage.CALENDAR: "average over periods",
}


@dataclass(frozen=True, slots=True)
class Cohorts:
    """What the estimator needs of the data, cohort by cohort.

    Shapes   start: cohorts, ascending; never is len(times). size: cohorts. mean: cohorts × periods. spread: cohorts × periods × periods.
    """

    start: IntArray
    size: FloatArray
    mean: FloatArray
    spread: FloatArray


@dataclass(frozen=True, slots=True)
class Contrast:
    """Weights of the cohorts' mean paths: effect after treatment, and the same comparison before it (cohorts × periods)."""

    after: FloatArray
    before: FloatArray


@dataclass(frozen=True, slots=True)
class Estimated:
    """value, se and degrees of freedom of the efficient estimator; se_neyman leaves out what the early covariances teach.

    beta  the weight of the earlier difference; plain: the difference without it.
    """

    value: float
    se: float
    se_neyman: float
    df: float
    beta: float
    plain: float
    difference_before: float
    se_before: float


def rollout(
    panel: Panel,
    *,
    average: RolloutAverage = RolloutAverage.SIMPLE,
    coverage: float = 0.95,
    permutations: int = 199,
    seed: int = 1,
    scale: Scale = Scale.LEVEL,
) -> Impact:
    """The effect of a measure whose order of introduction was left to chance.

    Shapes   panel: units × periods; units that lack a period or are treated from the first on, and cohorts of one unit, are left out.
    Units    the unit of the outcome.
    Returns  Impact: the efficient estimator; its refined design-based standard error, or Neyman's where cohorts have fewer than five units for
             each period before the first treatment; t interval with Welch's degrees of freedom over cohorts (R staggered: normal);
             effects: the three averages; naive: two-way fixed effects, and before and after;
             a Fisher permutation test of the order stands among the diagnostics.
    Refuses  SampleTooSmall where fewer than two cohorts of at least two units remain.
    Source   Roth & Sant'Anna (2023), Efficient Estimation for Staggered Rollout Designs, doi:10.1086/726581, eq. 5 to 9.
    Checked  R staggered on the police training panel; tests/reference/impact_designs.toml, 1e-6.
    """
    used = _without_lonely_cohorts(without_always_treated(balanced(panel)))
    cohorts = _cohorts(used)
    found = {kind: _estimated(cohorts, _contrast(cohorts, kind, len(used.times))) for kind in RolloutAverage}
    overall = {
        kind: effect_of(f"{kind}: {WORDS[kind]}", each.value, each.se, coverage=coverage, df=each.df)
        for kind, each in found.items()
    }
    leading = overall[average]
    return answer(
        leading,
        about=ABOUT,
        panel=used,
        diagnostics=(
            _pre_trends(used, coverage),
            _balance(found[average]),
            leave_one_out(*_without_each_cohort(used, average), whole=leading, what="cohort"),
            _placebo(used, average, coverage),
            _permutation_test(used, found[average], average, draws=permutations, seed=seed),
        ),
        method=f"efficient estimator for random roll-out, weight {figure(found[average].beta)} on the earlier difference",
        effects=tuple(overall.values()),
        naive=(before_and_after(used, coverage=coverage), two_way_fixed_effects(used, coverage=coverage)),
        coverage=coverage,
        scale=scale,
    )


def _without_lonely_cohorts(panel: Panel) -> Panel:
    first = np.minimum(panel.first, len(panel.times))
    starts, counts = np.unique(first, return_counts=True)
    lonely = np.isin(first, starts[counts < 2])
    if len(starts) < 2:
        raise SampleTooSmall(
            f"All units come under the measure in {panel.times[starts[0]]}, so that there is no order that chance could have drawn.",
            where=panel.treatment,
            remedy="Give units that are treated later or never.",
        )
    if (counts >= 2).sum() < 2:
        raise SampleTooSmall(
            "Fewer than two cohorts have at least two units.",
            where=panel.treatment,
            remedy="Widen the periods, so that more units begin in the same one, or give more units.",
        )
    if not lonely.any():
        return panel
    return panel.of(~lonely, note=f"Left out as alone in their cohort: {int(lonely.sum())} of {len(lonely)} units.")


def _cohorts(panel: Panel) -> Cohorts:
    first = np.minimum(panel.first, len(panel.times))
    start, size = np.unique(first, return_counts=True)
    groups = [panel.outcome[first == each] for each in start]
    return Cohorts(
        start,
        size.astype(np.float64),
        np.array([group.mean(axis=0) for group in groups]),
        np.array([np.atleast_2d(np.cov(group, rowvar=False)) for group in groups]),
    )


def _contrast(cohorts: Cohorts, kind: RolloutAverage, periods: int) -> Contrast:
    """The weights of each cohort's path: treated cohort less all cohorts that begin later, after treatment and in the period before it."""
    shape = (len(cohorts.start), periods)
    after, before = np.zeros(shape), np.zeros(shape)
    cells = list(_cells(cohorts, kind, periods))
    total = sum(weight for _, _, weight in cells)
    for cohort, period, weight in cells:
        later = cohorts.start > period
        shares = np.where(later, cohorts.size, 0.0) / cohorts.size[later].sum()
        own = np.zeros(len(cohorts.start))
        own[cohort] = 1.0
        after[:, period] += weight / total * (own - shares)
        before[:, cohorts.start[cohort] - 1] += weight / total * (own - shares)
    return Contrast(after, before)


def _cells(cohorts: Cohorts, kind: RolloutAverage, periods: int) -> Iterator[tuple[int, int, float]]:
    """Cohort, period and weight of every comparison that still has somebody to compare with."""
    end = min(int(cohorts.start.max()), periods)
    for cohort, start in enumerate(cohorts.start):
        for period in range(int(start), end):
            match kind:
                case RolloutAverage.SIMPLE:
                    weight = cohorts.size[cohort]
                case RolloutAverage.COHORT:
                    weight = cohorts.size[cohort] / (end - start)
                case RolloutAverage.CALENDAR:
                    weight = cohorts.size[cohort] / cohorts.size[cohorts.start <= period].sum()
            yield cohort, period, float(weight)


def _estimated(cohorts: Cohorts, contrast: Contrast) -> Estimated:
    def covariance(left: FloatArray, right: FloatArray) -> float:
        return float(np.einsum("gt,gts,gs,g->", left, cohorts.spread, right, 1 / cohorts.size))

    plain, earlier = float((contrast.after * cohorts.mean).sum()), float((contrast.before * cohorts.mean).sum())
    variance_before = covariance(contrast.before, contrast.before)
    shared = covariance(contrast.before, contrast.after)
    beta = shared / variance_before if variance_before > 0 else 0.0
    neyman = covariance(contrast.after, contrast.after) + beta**2 * variance_before - 2 * beta * shared
    refined = neyman - _known_heterogeneity(cohorts, contrast) if _has_known_covariances(cohorts) else neyman
    return Estimated(
        value=plain - beta * earlier,
        se=float(np.sqrt(refined if refined > 0 else neyman)),
        se_neyman=float(np.sqrt(max(neyman, 0.0))),
        df=_degrees_of_freedom(cohorts, contrast.after - beta * contrast.before),
        beta=beta,
        plain=plain,
        difference_before=earlier,
        se_before=float(np.sqrt(variance_before)),
    )


def _degrees_of_freedom(cohorts: Cohorts, weights: FloatArray) -> float:
    """Welch (1947) over the cohorts, one less for the weight of the earlier difference."""
    parts = np.einsum("gt,gts,gs->g", weights, cohorts.spread, weights) / cohorts.size
    squares = float((parts**2 / (cohorts.size - 1)).sum())
    return max(1.0, float(parts.sum()) ** 2 / squares - 1) if squares > 0 else float(cohorts.size.sum())


def _has_known_covariances(cohorts: Cohorts) -> bool:
    """Whether there are enough units to learn from early covariances; with fewer, what they teach is mostly noise, and the error too small."""
    return float(cohorts.size.mean()) >= UNITS_PER_PERIOD * float(cohorts.start.min())


def _known_heterogeneity(cohorts: Cohorts, contrast: Contrast) -> float:
    """The part of Neyman's variance that is too large because effects differ with what was observed before anybody was treated.

    Every cohort's early covariance estimates the same matrix; they are averaged alike, as R staggered does (by size changes the 4th digit).
    """
    early = int(cohorts.start.min())
    slopes = np.zeros(early)
    pooled = np.zeros((early, early))
    for weights, spread in zip(contrast.after, cohorts.spread, strict=True):
        inverse = np.linalg.pinv(spread[:early, :early], hermitian=True)
        slopes += inverse @ spread[:early, :] @ weights
        pooled += spread[:early, :early] / len(cohorts.start)
    return float(slopes @ pooled @ slopes) / float(cohorts.size.sum())


def _is_early(panel: Panel) -> BoolArray:
    """Whether a unit is of the earlier half of the cohorts."""
    order = np.unique(np.minimum(panel.first, len(panel.times)))
    return np.isin(np.minimum(panel.first, len(panel.times)), order[: max(1, len(order) // 2)])


def _pre_trends(panel: Panel, coverage: float) -> Diagnostic:
    """Whether those who came early already moved otherwise than those who came late, while nobody was treated."""
    before = int(panel.first.min())
    if before < 2:
        return no_pre_trends()
    slopes = slopes_of(panel.outcome[:, :before])
    return slope_before(
        slopes, _is_early(panel), coverage=coverage, who="the earlier half of the cohorts", whom="the later half"
    )


def _balance(found: Estimated) -> Diagnostic:
    score = found.difference_before / found.se_before if found.se_before > 0 else 0.0
    p = two_sided_p(found.difference_before, found.se_before)
    return Diagnostic(
        kind=DiagnosticKind.BALANCE,
        statistic=score,
        p=p,
        is_warning=p < ALARM,
        words=(
            f"{'early' if p < ALARM else 'Early'} and late cohorts {'differed' if p < ALARM else 'did not differ noticeably'} before the measure "
            f"(difference {figure(found.difference_before)}, p = {p:.3g})"
            + ("; the order does not look like chance." if p < ALARM else ".")
        ),
    )


def _without_each_cohort(panel: Panel, kind: RolloutAverage) -> tuple[list[str], FloatArray]:
    names, values = [], []
    for cohort in panel.cohorts:
        part = panel.of(panel.first != cohort)
        if len(np.unique(np.minimum(part.first, len(part.times)))) < 2:
            continue
        cohorts = _cohorts(part)
        names.append(f"the cohort of {panel.times[cohort]}")
        values.append(_estimated(cohorts, _contrast(cohorts, kind, len(part.times))).value)
    return names, np.array(values)


def _placebo(panel: Panel, kind: RolloutAverage, coverage: float) -> Diagnostic:
    """The same estimator on the periods before anybody was treated, as if the measure had come to each cohort that much earlier."""
    early = int(panel.first.min())
    pretended = early // 2
    if pretended < 1 or early - pretended < 1:
        return no_placebo_in_time("There is one period before the first treatment, so that no placebo can be tried.")
    earlier = Panel(
        units=panel.units,
        times=panel.times[:early],
        outcome=panel.outcome[:, :early],
        first=np.where(_is_early(panel), pretended, early).astype(np.int64),
        clusters=panel.clusters,
        name=panel.name,
    )
    cohorts = _cohorts(earlier)
    found = _estimated(cohorts, _contrast(cohorts, kind, early))
    placebo = effect_of("placebo", found.value, found.se_neyman, coverage=coverage, df=found.df)
    return placebo_in_time(
        placebo, what=f"A measure pretended in {panel.times[pretended]} for the earlier half of the cohorts"
    )


def _permutation_test(panel: Panel, found: Estimated, kind: RolloutAverage, *, draws: int, seed: int) -> Diagnostic:
    """Fisher's test that nobody's outcome changed, by drawing the order anew; the figure is studentised, so that it also holds for averages.

    Only two sums per unit are needed: its path times the weights of the cohort that it is drawn into.
    """
    chance = np.random.default_rng(seed)
    first = np.minimum(panel.first, len(panel.times))
    cohorts = _cohorts(panel)
    contrast = _contrast(cohorts, kind, len(panel.times))
    code = np.searchsorted(cohorts.start, first)
    observed = abs(found.value / found.se_neyman) if found.se_neyman > 0 else 0.0
    after, before = panel.outcome @ contrast.after.T, panel.outcome @ contrast.before.T
    unit = np.arange(len(first))
    larger = 0
    for _ in range(draws):
        drawn = chance.permutation(code)
        larger += _studentised(after[unit, drawn], before[unit, drawn], drawn, cohorts.size) >= observed
    p = (1 + larger) / (1 + draws)
    return Diagnostic(
        kind=DiagnosticKind.PLACEBO_SPACE,
        statistic=observed,
        p=p,
        words=f"With the order drawn anew {draws} times, {larger} draws gave a figure at least as far from zero (p = {p:.3g}).",
    )


def _studentised(after: FloatArray, before: FloatArray, code: IntArray, size: FloatArray) -> float:
    def mean_of(values: FloatArray) -> FloatArray:
        return np.bincount(code, weights=values) / size

    means = mean_of(after), mean_of(before)
    residual = after - means[0][code], before - means[1][code]

    def covariance(left: FloatArray, right: FloatArray) -> float:
        return float((np.bincount(code, weights=left * right) / (size - 1) / size).sum())

    variance_before, shared = covariance(residual[1], residual[1]), covariance(residual[1], residual[0])
    beta = shared / variance_before if variance_before > 0 else 0.0
    variance = covariance(residual[0], residual[0]) - beta * shared
    value = float(means[0].sum() - beta * means[1].sum())
    return abs(value) / float(np.sqrt(variance)) if variance > 0 else 0.0
