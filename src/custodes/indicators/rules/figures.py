"""A stored reading as it may be shown: the one protected cell that page, CSV, JSON and API all print (I20)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from custodes.evidence.disclosure import DisclosurePolicy, Withholding, withholding_reason
from custodes.evidence.types import Cell, Estimate, Period, PeriodKind, Uncertainty


class FigureState(StrEnum):
    """Why a figure has a number or has none; an empty cell is never ambiguous."""

    SHOWN = "shown"
    SUPPRESSED = "suppressed"
    REFUSED = "refused"
    REVISION_PENDING = "revision_pending"


@dataclass(frozen=True, slots=True)
class Figure:
    """One value with all that must stand beside it. Proportions 0 to 1. Without a number where `state` is not shown."""

    pk: int
    indicator: str
    definition_version: int
    start: date
    end: date
    period_kind: str
    area_code: str
    area_name: str
    area_level: int
    categories: tuple[tuple[str, str], ...]
    source: str
    state: FigureState
    reason: str  # of evidence.disclosure.Withholding, or the code of a refusal
    unit: str
    value: float | None
    text: str
    low: float | None
    high: float | None
    se: float | None
    n: int | None
    missing: int | None
    missing_share: float | None
    missing_policy: str
    numerator: float | None
    denominator: float | None
    df: float | None
    design_effect: float | None
    completeness: float | None
    coverage: float | None
    uncertainty: Uncertainty
    method: str
    notes: tuple[str, ...]
    is_estimated: bool
    status: str
    result_hash: str
    dataset_hashes: tuple[str, ...]
    published_on: date | None
    refusal_text: str = ""
    area_path: str = ""  # of the codes of the areas above it and its own

    @property
    def period(self) -> Period:
        return Period(self.start, self.end, PeriodKind(self.period_kind))

    @property
    def cell_key(self) -> str:
        return Cell(self.categories).key

    @property
    def is_total(self) -> bool:
        return not self.categories

    @property
    def is_shown(self) -> bool:
        return self.state is FigureState.SHOWN

    @property
    def columns(self) -> tuple[str, ...]:
        """The category columns that this figure is split by."""
        return tuple(column for column, _ in self.categories)

    @property
    def estimate(self) -> Estimate:
        """The figure as the library knows it, for gaps, changes and tests of reliability."""
        return Estimate(
            cell=Cell(self.categories), value=self.value, unit=self.unit, method=self.method, n=self.n or 0, se=self.se,
            low=self.low, high=self.high, coverage=self.coverage, uncertainty=self.uncertainty, missing=self.missing or 0,
            missing_share=self.missing_share, numerator=self.numerator, denominator=self.denominator, df=self.df,
            design_effect=self.design_effect, completeness=self.completeness, refusal=self.reason if self.value is None else "",
            notes=self.notes,
        )  # fmt: skip


def without_numbers(figure: Figure, state: FigureState, reason: str) -> Figure:
    """The same figure with every number gone, the count of answers included.

    The hash goes too: whoever knows all but a small count could try the counts until one gives it.
    """
    return replace(
        figure, state=state, reason=reason, value=None, text="", low=None, high=None, se=None, n=None, missing=None,
        missing_share=None, numerator=None, denominator=None, df=None, design_effect=None, completeness=None, notes=(),
        refusal_text="", result_hash="",
    )  # fmt: skip


def reliable(figures: Iterable[Figure], policy: DisclosurePolicy) -> tuple[Figure, ...]:
    """Survey figures that say too little are withheld from everybody (I18)."""
    checked = []
    for figure in figures:
        is_sample = (
            figure.is_shown and figure.uncertainty is Uncertainty.DESIGN
        )  # an estimate is made of no other: there are many
        reason = withholding_reason(figure.estimate, policy) if is_sample else Withholding.SHOWN
        is_withheld = reason is not Withholding.SHOWN
        checked.append(
            replace(without_numbers(figure, FigureState.SUPPRESSED, reason.value), n=figure.n)
            if is_withheld
            else figure
        )
    return tuple(checked)
