"""What a reading says, apart from its status and its row: the content that is hashed, compared and reproduced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from custodes.evidence.types import Estimate
from custodes.ledger.rules import decimal_text, value_hash

FIGURES = (
    "value", "numerator", "denominator", "se", "low", "high", "coverage", "missing_share", "df", "design_effect", "completeness",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """What tells the readings of one computation apart."""

    start: date
    end: date
    area: str
    cell_key: str


@dataclass(frozen=True, slots=True)
class Content:
    """One figure with all that it was made from. Proportions 0 to 1; `categories` without the area."""

    programme: str
    indicator: str
    definition_version: int
    start: date
    end: date
    period_kind: str
    area: str
    categories: Mapping[str, str]
    cell_key: str
    source: str
    text: str
    value: float | None
    numerator: float | None
    denominator: float | None
    se: float | None
    low: float | None
    high: float | None
    coverage: float | None
    uncertainty: str
    n: int
    missing: int
    missing_share: float | None
    missing_policy: str
    df: float | None
    design_effect: float | None
    completeness: float | None
    method: str
    refusal: str
    refusal_text: str
    notes: tuple[str, ...]
    is_estimated: bool
    dataset_hashes: tuple[str, ...]

    @property
    def key(self) -> "Key":
        return Key(self.start, self.end, self.area, self.cell_key)

    @property
    def row(self) -> dict[str, Any]:
        """As stored in a revision: figures as decimal text, dates as ISO text."""
        row: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in FIGURES:
                value = decimal_text(value)
            elif isinstance(value, date):
                value = value.isoformat()
            elif isinstance(value, tuple):
                value = list(value)
            row[item.name] = value
        return row

    @property
    def hash(self) -> str:
        """sha256 of the canonical row: the same figure from the same data has the same hash on every machine."""
        return value_hash(self.row)


def content_from_estimate(
    estimate: Estimate,
    *,
    programme: str,
    indicator: str,
    definition_version: int,
    start: date,
    end: date,
    period_kind: str,
    area: str,
    categories: Mapping[str, str],
    source: str,
    dataset_hashes: Sequence[str],
    missing_policy: str,
    text: str = "",
    notes: Sequence[str] = (),
) -> Content:
    """The content of a reading made of one estimate."""
    return Content(
        programme=programme, indicator=indicator, definition_version=definition_version, start=start, end=end,
        period_kind=period_kind, area=area, categories=dict(categories),
        cell_key=";".join(f"{name}={code}" for name, code in sorted(categories.items())),
        source=source, text=text, value=estimate.value, numerator=estimate.numerator, denominator=estimate.denominator,
        se=estimate.se, low=estimate.low, high=estimate.high, coverage=estimate.coverage,
        uncertainty=estimate.uncertainty.value, n=estimate.n, missing=estimate.missing,
        missing_share=estimate.missing_share, missing_policy=missing_policy, df=estimate.df, design_effect=estimate.design_effect,
        completeness=estimate.completeness, method=estimate.method, refusal=estimate.refusal,
        refusal_text=estimate.refusal_text, notes=(*estimate.notes, *notes), is_estimated=False,
        dataset_hashes=tuple(sorted(dataset_hashes)),
    )  # fmt: skip


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the fields in which two stored rows differ."""
    return tuple(sorted(name for name in {*old, *new} if old.get(name) != new.get(name)))
