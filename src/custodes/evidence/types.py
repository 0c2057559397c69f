"""The values that travel between the library and everything built on it: frozen, typed, and free of any framework."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

EMPTY = "(empty)"  # how a domain of rows without a category is shown


class PeriodKind(StrEnum):
    """What a period is: the reading of a month and of a survey round are not the same thing."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_YEAR = "fiscal_year"
    ROUND = "round"
    MANDATE = "mandate"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A span of days, both ends included."""

    start: date
    end: date
    kind: PeriodKind = PeriodKind.YEAR


class Direction(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"
    BAND = "band"
    NONE = "none"


class MissingPolicy(StrEnum):
    """Whether a "don't know" or refusal stands in the denominator, or is excluded and reported."""

    EXCLUDE = "exclude"
    DENOMINATOR = "denominator"


class Uncertainty(StrEnum):
    """Where the interval comes from."""

    DESIGN = "design"  # sampling error under the survey's design
    BOUNDS = "bounds"  # the source itself gives a low and a high figure
    JUDGES = "judges"  # the spread of those who judged
    NONE = "none"  # administrative: counted, not estimated


class PathShape(StrEnum):
    """The shape of the way from baseline to target."""

    LINEAR = "linear"
    BACK_LOADED = "back_loaded"
    FRONT_LOADED = "front_loaded"
    LATE = "late"
    STEP = "step"
    MILESTONES = "milestones"
    NONE = "none"


class Light(StrEnum):
    """The traffic light; its mark and word are in `figures`."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    CANNOT_TELL = "cannot_tell"
    NO_LIGHT = "no_light"


class LonelyPolicy(StrEnum):
    """What to do with a stratum that has one cluster."""

    REFUSE = "refuse"
    CERTAINTY = "certainty"
    CENTRED = "centred"
    AVERAGE = "average"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a sample beneath the first: names of columns in the table.

    clusters units of this stage; their names need to differ only within the unit above, whose parts they are.
    strata   strata of this stage within the unit above; None means one.
    fpc      number of units in the stratum's population, or the share of it that was drawn; None means with replacement.
    """

    clusters: str
    strata: str | None = None
    fpc: str | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """How a sample was drawn: names of columns in the table.

    weight   inverse inclusion probability; None means every row counts 1 (a census or simple random sample).
    strata   first-stage strata; None means one stratum.
    clusters first-stage units; None means every row is its own unit.
    fpc      number of first-stage units in the stratum's population, or the share of it that was drawn; None means with replacement.
    stages   those beneath the first, from above; they add to the variance where every stage above declares its population.
    """

    weight: str | None = None
    strata: str | None = None
    clusters: str | None = None
    fpc: str | None = None
    lonely: LonelyPolicy = LonelyPolicy.REFUSE
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One domain of an estimate: column names with the category each is held at, sorted by column; empty is the total."""

    categories: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, categories: Mapping[str, str]) -> "Cell":
        return cls(tuple(sorted(categories.items())))

    @property
    def key(self) -> str:
        """`sex=female;urban=rural`, or the empty text for the total."""
        return ";".join(f"{column}={category}" for column, category in self.categories)

    def written(self, by: Sequence[str]) -> str:
        """As `key`, for a reader: the columns in this order, and a missing category as `(empty)`."""
        held = dict(self.categories)
        return ";".join(f"{column}={held[column] or EMPTY}" for column in by)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with everything needed to judge it, or the named reason why there is none.

    Units    proportions are 0 to 1; rates are per the `factor` of the estimator; counts are counts.
    value    None exactly where `refusal` is set.
    n        unweighted rows (persons, events, records) behind the value; missing: those left without an answer.
    completeness  received over expected reports, 0 to 1, where a source knows what to expect; else None.
    """

    cell: Cell
    value: float | None
    unit: str
    method: str
    n: int
    se: float | None = None
    low: float | None = None
    high: float | None = None
    coverage: float | None = None
    uncertainty: Uncertainty = Uncertainty.NONE
    missing: int = 0
    missing_share: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    df: float | None = None
    design_effect: float | None = None
    completeness: float | None = None
    refusal: str = ""  # code of the Refusal, from errors.py
    refusal_text: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def n_effective(self) -> float | None:
        """The size of the simple random sample that would be as precise."""
        return self.n / self.design_effect if self.design_effect else None

    @property
    def relative_standard_error(self) -> float | None:
        return abs(self.se / self.value) if self.se is not None and self.value else None
