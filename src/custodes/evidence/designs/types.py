"""What an impact design answers: one leading effect, the effects behind it, naive comparisons, and diagnostics that cannot be dropped."""

from dataclasses import dataclass, field
from enum import StrEnum

from custodes.evidence.intervals import symmetric, t_quantile

LEAST_POWER = 0.8


class Scale(StrEnum):
    """What a unit of the outcome means, which decides how a change is put in per cent."""

    LEVEL = "level"  # per cent of what the treated would have had
    LOG = "log"  # the outcome is a natural logarithm: per cent = exp(change) − 1


class DiagnosticKind(StrEnum):
    """What a diagnostic looks at."""

    PRE_TRENDS = "pre-trends"
    BALANCE = "balance"
    LEAVE_ONE_OUT = "leave-one-out"
    PLACEBO_TIME = "placebo in time"
    PLACEBO_SPACE = "placebo in space"
    POWER = "power"
    FIT = "fit"
    RESIDUALS = "residuals"


# What every design answers for: with a figure, or with the reason why the design does not admit it.
OF_EVERY_DESIGN = frozenset(
    {
        DiagnosticKind.PRE_TRENDS,
        DiagnosticKind.BALANCE,
        DiagnosticKind.LEAVE_ONE_OUT,
        DiagnosticKind.PLACEBO_TIME,
        DiagnosticKind.PLACEBO_SPACE,
        DiagnosticKind.POWER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One check of the assumptions: its figure, its p value where it is a test, and what it says in words.

    is_warning  the figure speaks against the design; the sentence of the result then says so.
    applies     False where the design does not admit the check; the words then say why.
    """

    kind: DiagnosticKind
    statistic: float
    words: str
    p: float | None = None
    df: float | None = None
    is_warning: bool = False
    applies: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect with its interval. df: degrees of freedom, none where the interval is normal.
    at: its place on the axis of a figure (event time, period, group), where it has one.

    band_low and band_high hold for all effects of the same table at once, where such a band was made.
    """

    estimand: str
    value: float
    se: float
    low: float
    high: float
    p: float
    df: float | None = None
    at: float | None = None
    band_low: float | None = None
    band_high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The answer of an impact design.

    Units    value, se, low, high in the unit of the outcome; counterfactual is the mean that the treated would have had; p and coverage 0 to 1.
    effects  what the leading value is made of; naive: comparisons without the design; misleading: in words, how each of them would mislead.
    diagnostics  at least those of every design and those that this one `needs` besides: an Impact without them cannot be made.
    """

    design: str
    estimand: str
    value: float
    se: float
    low: float
    high: float
    p: float
    coverage: float
    diagnostics: tuple[Diagnostic, ...]
    needs: frozenset[DiagnosticKind]
    sentence: str
    outcome: str
    method: str
    source: str
    units: int
    treated_units: int
    periods: int
    counterfactual: float
    df: float | None = None
    effects: tuple[Effect, ...] = ()
    naive: tuple[Effect, ...] = ()
    misleading: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        absent = (OF_EVERY_DESIGN | self.needs) - {each.kind for each in self.diagnostics}
        if absent:
            names = ", ".join(sorted(absent))
            raise ValueError(f"A result of {self.design} cannot stand without its diagnostics: {names}.")

    @property
    def is_established(self) -> bool:
        """Whether both the interval and the test exclude zero at the coverage asked for."""
        return is_established(low=self.low, high=self.high, p=self.p, coverage=self.coverage)


def is_established(*, low: float, high: float, p: float, coverage: float) -> bool:
    """Whether an interval without zero and a p value agree that there is a change."""
    return not low <= 0 <= high and p <= 1 - coverage + 1e-12


def effect_of(
    estimand: str, value: float, se: float, *, coverage: float, df: float | None = None, at: float | None = None
) -> Effect:
    """An effect with its symmetric interval and two-sided p value from Student's t, or from the normal distribution."""
    interval = symmetric(value, se, coverage=coverage, df=df)
    return Effect(
        estimand=estimand,
        value=value,
        se=se,
        low=interval.low,
        high=interval.high,
        p=two_sided_p(value, se, df=df),
        df=df,
        at=at,
    )


def two_sided_p(value: float, se: float, *, df: float | None = None) -> float:
    """The chance of a value at least as far from zero, were there none."""
    if se == 0:
        return 1.0 if value == 0 else 0.0
    from scipy.special import ndtr, stdtr  # scipy.stats would take two seconds

    score = -abs(value / se)
    return float(2 * (ndtr(score) if df is None else stdtr(df, score)))


def chi_squared_p(statistic: float, df: float) -> float:
    """The chance of a chi-squared statistic at least as large."""
    from scipy.special import chdtrc  # scipy.stats would take two seconds

    return float(chdtrc(df, statistic))


def does_not_apply(kind: DiagnosticKind, because: str) -> Diagnostic:
    """A check that the design does not admit, with the reason."""
    return Diagnostic(kind=kind, statistic=float("nan"), words=f"Does not apply: {because}", applies=False)


def power_diagnostic(se: float, *, counterfactual: float, coverage: float, df: float | None = None) -> Diagnostic:
    """The smallest true change that this design would have found with a chance of 80 %.

    Source   Bloom (1995), doi:10.1177/0193841X9501900504: minimum detectable effect = (t of coverage + t of power) × standard error.
    """
    least = (t_quantile(coverage, df) + t_quantile(2 * LEAST_POWER - 1, df)) * se
    share = f" ({least / abs(counterfactual):.1%} of the counterfactual)" if counterfactual else ""
    return Diagnostic(
        kind=DiagnosticKind.POWER,
        statistic=least,
        words=f"A change smaller than {least:.4g}{share} would have gone unnoticed more often than one time in five.",
    )
