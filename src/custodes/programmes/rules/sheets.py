"""The reference sheet of a definition: what it must say, and what a careful reader would object to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from custodes.evidence.types import Direction
from custodes.programmes.errors import BreakNotDeclared, SheetIncomplete

PARTS_OF_A_WHOLE = frozenset(
    {
        "survey_proportion",
        "survey_ratio",
        "survey_mean_of_shares",
        "administrative_ratio",
        "administrative_rate",
        "event_rate",
    }
)
_WORDS = """
increase increased increasing decrease decreased decreasing improve improved improving reduce reduced reducing
rise rising fall falling higher lower better worse strengthen strengthened more fewer less
"""
DIRECTION_WORDS = frozenset(_WORDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSheet:
    """Everything a definition says of itself; one version of it is one of these."""

    name: str
    wording: str
    unit: str
    estimator: str
    direction: Direction
    source_kind: str
    numerator: str = ""
    denominator: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    band_low: float | None = None
    band_high: float | None = None
    over_time: str = "none"
    over_place: str = "none"
    frequency: str = ""
    limits: str = ""
    dimensions: tuple[str, ...] = ()
    rationale: str = ""
    standard: str = ""
    counts_people: bool = False
    is_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark of the SMART check: where, and what a careful reader would object to."""

    where: str
    text: str


def check_sheet(sheet: ReferenceSheet) -> None:
    """Refuse a sheet from which nobody could compute the figure. Raises SheetIncomplete."""
    for name, label in (("name", _("name")), ("wording", _("precise definition")), ("unit", _("unit")),
                        ("estimator", _("estimator")), ("source_kind", _("source"))):  # fmt: skip
        if not getattr(sheet, name).strip():
            raise SheetIncomplete(
                _("The reference sheet does not state its %(field)s.") % {"field": label},
                where=name,
                remedy=_("Write it in words that two people would read the same way."),
            )
    if sheet.estimator == "distinct_persons" and not {sheet.over_time, sheet.over_place} <= {"distinct", "none"}:
        raise SheetIncomplete(
            _("Persons are never added up: one who comes twice is one."),
            where="over_time" if sheet.over_time not in ("distinct", "none") else "over_place",
            remedy=_("Choose “Counted anew without duplicates”, or “Each separately”."),
        )
    if sheet.estimator in PARTS_OF_A_WHOLE and not (sheet.numerator.strip() and sheet.denominator.strip()):
        raise SheetIncomplete(
            _("A share or a rate is nothing without both of its parts."),
            where="numerator" if not sheet.numerator.strip() else "denominator",
            remedy=_("State the numerator and the denominator."),
        )
    if sheet.direction is Direction.BAND and (
        sheet.band_low is None or sheet.band_high is None or sheet.band_low >= sheet.band_high
    ):
        raise SheetIncomplete(
            _("A figure to be kept in a band needs both ends of it, the lower one first."),
            where="band_low",
            remedy=_("Give the lowest and the highest good value."),
        )


def check_break(*, break_on: date | None, break_reason: str, code: str) -> None:
    """A definition with verified readings changes only with a date and a reason (I6). Raises BreakNotDeclared."""
    if break_on is None or not break_reason.strip():
        raise BreakNotDeclared(
            _("This definition has verified readings, so that changing it breaks the series."),
            where=code,
            remedy=_("Give the day from which the new definition holds, and why it changes."),
        )


def sheet_remarks(sheet: ReferenceSheet) -> tuple[Remark, ...]:
    """What the SMART check says of the sheet itself: unit, one idea, no direction in the wording."""
    remarks = []
    if not sheet.unit.strip():
        remarks.append(Remark("unit", _("There is no unit.")))
    if has_two_ideas(sheet.name):
        remarks.append(Remark("name", _("“and” joins two ideas: one figure can rise while the other falls.")))
    found = words_of_direction(sheet.name)
    if found:
        remarks.append(
            Remark(
                "name",
                _(
                    "“%(word)s” says which way is good: the direction has its own field, and the name should read the same either way."
                )
                % {"word": found[0]},
            )
        )
    return tuple(remarks)


def has_two_ideas(text: str) -> bool:
    """Whether a name joins two things by “and” (English wording only)."""
    return bool(re.search(r"\band\b", text.replace("before and after", ""), re.IGNORECASE))


def words_of_direction(text: str) -> Sequence[str]:
    """The words of a name that say which way is good, except in “at least” comparisons such as “28 days or less”."""
    cleaned = re.sub(r"\bor (more|less|fewer|higher|lower)\b", "", text.lower())
    return [word for word in re.findall(r"[a-z]+", cleaned) if word in DIRECTION_WORDS]
