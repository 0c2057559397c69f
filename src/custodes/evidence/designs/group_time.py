"""Effects of each cohort in each period, with their influence functions, from which every aggregation follows."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from custodes.evidence.designs.panel import BoolArray, FloatArray, IntArray, Panel
from custodes.evidence.errors import SampleTooSmall

LEAST_UNITS = 2  # of a cohort, and of its controls: one alone has no spread


class Control(StrEnum):
    """Whom the treated are compared with."""

    NEVER = "never"  # those not treated within the panel
    NOT_YET = "not-yet"  # those, and everybody whose treatment has not begun


class Base(StrEnum):
    """The period from which a change is counted before the treatment."""

    VARYING = "varying"  # the period before: each pre-trend is one step
    UNIVERSAL = "universal"  # the last period before the treatment, throughout


@dataclass(frozen=True, slots=True)
class GroupTimeEffects:
    """One effect for each cohort and period.

    Shapes   cohort, period, base, value: one per cell, as indices of periods; base is that from which the change is counted. influence: units ×
             cells; its mean square over the number of units is the variance. share: the share of each cell's cohort among all units.
    """

    panel: Panel
    control: Control
    cohort: IntArray
    period: IntArray
    base: IntArray
    value: FloatArray
    influence: FloatArray

    @property
    def is_after(self) -> BoolArray:
        return np.asarray(self.period >= self.cohort)

    def of(self, kept: BoolArray) -> "GroupTimeEffects":
        """The effects of some of the cells."""
        return replace(
            self,
            cohort=self.cohort[kept],
            period=self.period[kept],
            base=self.base[kept],
            value=self.value[kept],
            influence=self.influence[:, kept],
        )

    @property
    def share(self) -> FloatArray:
        return np.asarray([np.mean(self.panel.first == cohort) for cohort in self.cohort], dtype=np.float64)


def group_time_effects(panel: Panel, *, control: Control, base: Base = Base.VARYING) -> GroupTimeEffects:
    """Difference in differences of every cohort in every period against its controls, without covariates.

    Shapes   panel: balanced, no unit treated from the first period on.
    Returns  ATT(g, t) = mean change of cohort g since its base period − mean change of the controls, with the influence of each unit.
    Refuses  SampleTooSmall where no cell has two treated units and two controls.
    Source   Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, eq. 2.6 to 2.9 without covariates.
    Checked  R did on mpdta; tests/reference/impact_designs.toml.
    """
    cells, values, influences = [], [], []
    for cohort in panel.cohorts:
        members = panel.first == cohort
        for period in range(len(panel.times)):
            before = _base_period(cohort, period, base)
            if before is None:
                continue
            controls = _controls(panel, members, max(period, before), control)
            if members.sum() < LEAST_UNITS or controls.sum() < LEAST_UNITS:
                continue
            change = panel.outcome[:, period] - panel.outcome[:, before]
            value, influence = _difference(change, members, controls)
            cells.append((cohort, period, before))
            values.append(value)
            influences.append(influence)
    found = np.array(cells, dtype=np.int64).reshape(-1, 3)
    if not (found[:, 1] >= found[:, 0]).any():
        raise _nobody_to_compare(panel, control)
    return GroupTimeEffects(
        panel, control, found[:, 0], found[:, 1], found[:, 2], np.array(values), np.array(influences).T
    )


def _base_period(cohort: int, period: int, base: Base) -> int | None:
    if base is Base.UNIVERSAL or period >= cohort:
        return cohort - 1 if period != cohort - 1 else None
    return period - 1 if period > 0 else None


def _controls(panel: Panel, members: BoolArray, latest: int, control: Control) -> BoolArray:
    if control is Control.NEVER:
        return ~panel.is_ever_treated
    return np.asarray((panel.first > latest) & ~members)


def _nobody_to_compare(panel: Panel, control: Control) -> SampleTooSmall:
    """Why no cohort can be compared, and what would mend it: never the choice that was made already."""
    never = int((~panel.is_ever_treated).sum())
    sizes = {cohort: int((panel.first == cohort).sum()) for cohort in panel.cohorts}
    if max(sizes.values()) < LEAST_UNITS:
        what = "No two units come under the measure in the same period."
        remedy = (
            "Widen the periods, so that more units begin in the same one; for one treated unit take the design synth."
        )
    elif len(sizes) == 1 and never < LEAST_UNITS:
        left = f"{never} of {len(panel.units)} units is" if never else "nobody is"
        what = f"All that are treated come under the measure in {panel.times[panel.cohorts[0]]}, and {left} left to compare with."
        remedy = "Give at least two units that are treated later or never."
    elif control is Control.NOT_YET:
        what = "No cohort of two units has two controls that are not treated yet."
        remedy = "Give more units that are treated later or never."
    else:
        who = "Only one unit is" if never else "No unit stays"
        what = f"{who} {'never treated' if never else 'untreated'}, and two are needed to compare with."
        would_do = any(
            size >= LEAST_UNITS and (panel.first > cohort).sum() >= LEAST_UNITS for cohort, size in sizes.items()
        )
        later = "compare with those not treated yet: the design staggered with --control not-yet."
        remedy = f"Give units that are never treated, or {later}" if would_do else "Give units that are never treated."
    return SampleTooSmall(what, where=panel.treatment, remedy=remedy)


def _difference(change: FloatArray, members: BoolArray, controls: BoolArray) -> tuple[float, FloatArray]:
    """The difference of two means and the influence of each unit on it."""
    treated, untreated = change[members].mean(), change[controls].mean()
    influence = np.zeros(len(change))
    influence[members] = (change[members] - treated) * (len(change) / members.sum())
    influence[controls] -= (change[controls] - untreated) * (len(change) / controls.sum())
    return float(treated - untreated), influence


def clustered(influence: FloatArray, clusters: IntArray) -> FloatArray:
    """Influences added up within clusters, scaled so that their mean square over their number is the variance."""
    count = int(clusters.max()) + 1
    sums = np.zeros((count, influence.shape[1]))
    np.add.at(sums, clusters, influence)
    return np.asarray(sums * (count / len(influence)))


def standard_errors(influence: FloatArray) -> FloatArray:
    """The analytic standard error of each column of (clustered) influences."""
    return np.asarray(np.sqrt((influence**2).mean(axis=0) / len(influence)))


def uniform_critical_value(influence: FloatArray, *, coverage: float, draws: int, seed: int) -> float:
    """How many standard errors a band must be wide to hold all effects at once.

    Shapes   influence: (clustered) units × effects.
    Returns  the quantile of the largest |t| over multiplier-bootstrap draws with Mammen's two-point weights, one weight per cluster.
    Source   Callaway & Sant'Anna (2021), Algorithm 1; Mammen (1993), doi:10.1214/aos/1176349025.
    Checked  with one effect it is the normal quantile; tests/evidence/designs/test_staggered.py.
    """
    spread = standard_errors(influence)
    used = influence[:, spread > 0] / (spread[spread > 0] * len(influence))
    if used.shape[1] == 0:
        return 0.0
    chance = np.random.default_rng(seed)
    golden = (1 + np.sqrt(5)) / 2
    largest = np.empty(draws)
    for draw in range(draws):
        weights = np.where(chance.random(len(used)) < golden / np.sqrt(5), 1 - golden, golden)
        largest[draw] = np.abs(weights @ used).max()
    return float(np.quantile(largest, coverage))
