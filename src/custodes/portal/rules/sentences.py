"""Promised, reached, and whether that is enough: each in one plain sentence."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from custodes.evidence.progress import LightReason
from custodes.evidence.types import Light
from custodes.figures.rules.numbers import WHOLE_UNITS, difference_words, estimate_words, value_words
from custodes.figures.rules.periods import day_words, period_words
from custodes.indicators.rules.displays import state_words
from custodes.indicators.rules.figures import Figure
from custodes.indicators.rules.lights import Standing
from custodes.programmes.rules.targets import ExpectedPath


@dataclass(frozen=True, slots=True)
class PromiseCount:
    """How many promised values a plan holds, and how they stand."""

    promised: int
    reached: int
    lights: tuple[tuple[Light, int], ...]

    def of(self, light: Light) -> int:
        return dict(self.lights).get(light, 0)


def promise_count(standings: Iterable[Standing]) -> PromiseCount:
    """The tally over the standings of indicators with a target; reached where the whole interval is at the target or beyond."""
    found = list(standings)
    tally = Counter(each.verdict.light for each in found)
    reached = sum(each.is_reached for each in found)
    return PromiseCount(len(found), reached, tuple((light, tally[light]) for light in Light if tally[light]))


def account_sentence(count: PromiseCount, *, ends: date, language: str) -> str:
    """The whole programme in one sentence."""
    if not count.promised:
        return _("No value has been promised yet.")
    return _(
        "Promised by %(day)s: %(promised)d measured changes. Reached so far: %(reached)d. Nobody can tell yet of: %(unknown)d."
    ) % {
        "day": day_words(ends, language=language), "promised": count.promised, "reached": count.reached,

        "unknown": count.of(Light.CANNOT_TELL),
    }  # fmt: skip


def promise_sentence(plan: ExpectedPath, *, unit: str, language: str) -> str:
    """What was promised, by when, and from where it starts."""
    if plan.target is None:
        return _("No value has been promised.")
    words = {
        "target": value_words(plan.target.value, unit=unit, language=language),
        "day": day_words(plan.target.on, language=language),
    }
    if plan.baseline is None:
        return _("Promised: %(target)s by %(day)s.") % words
    baseline = {
        "baseline": value_words(plan.baseline.value, unit=unit, language=language),
        "start": day_words(plan.baseline.on, language=language),
    }
    return _("Promised: %(target)s by %(day)s, from %(baseline)s on %(start)s.") % (words | baseline)


def reached_sentence(figure: Figure | None, *, language: str) -> str:
    """What was reached, with its interval, or why there is no number."""
    if figure is None:
        return _("Reached: no figure has been published yet.")
    words = {"period": period_words(figure.period, language=language)}
    if not figure.is_shown:
        return _("Reached: no number for %(period)s (%(reason)s).") % (words | {"reason": state_words(figure)})
    value = estimate_words(figure.value, figure.low, figure.high, unit=figure.unit, language=language)
    if figure.text:
        value = f"{value} – {figure.text}"
    if figure.start == figure.end:
        return _("Reached: %(value)s on %(period)s.") % (words | {"value": value})
    return _("Reached: %(value)s in %(period)s.") % (words | {"value": value})


def verdict_sentence(standing: Standing) -> str:
    """What the light means here, and why where it cannot tell."""
    match standing.verdict.light:
        case Light.ON_TRACK:
            return _("That is on track.")
        case Light.AT_RISK:
            return _("That is behind what was expected by then, and at risk.")
        case Light.OFF_TRACK:
            return _("That is off track.")
        case Light.NO_LIGHT:
            return _("Neither a rise nor a fall is good in itself, so there is no light.")
    match standing.verdict.reason:
        case LightReason.INTERVAL_SPANS:
            return _("We cannot tell yet, because the true value may lie on either side of what was expected.")
        case LightReason.INCOMPLETE:
            return _("We cannot tell yet, because too few of the expected reports came in.")
        case LightReason.NO_EXPECTED_VALUE:
            return _("We cannot tell, because nothing was expected by that date.")
        case LightReason.BREAK:
            return _("We cannot tell, because the way of measuring changed since the starting value.")
    return _("We cannot tell yet, because there is no figure to compare.")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure of an area beside that of the country: the difference in words, or why the two are not comparable."""

    is_comparable: bool
    words: str


def comparison(area: Figure, country: Figure | None, *, language: str) -> Comparison:
    """What may be said of an area against the country; never a rank.

    Intervals that overlap establish no difference. Rates and shares are comparable, counts of a part and of the whole are not.
    """
    if country is None:
        return Comparison(False, _("Not comparable: the country has no figure for this period."))
    if not (area.is_shown and country.is_shown):
        return Comparison(False, _("Not comparable: one of the two has no number."))
    if area.definition_version != country.definition_version:
        return Comparison(False, _("Not comparable: the two were measured under different definitions."))
    if area.unit in WHOLE_UNITS:
        return Comparison(False, _("Not comparable: a part and the whole were counted."))
    difference = (area.value or 0.0) - (country.value or 0.0)
    words = {"difference": difference_words(difference, unit=area.unit, language=language)}
    if None in (area.low, area.high, country.low, country.high):
        return Comparison(True, _("%(difference)s against the country.") % words)
    overlap = area.low <= country.high and country.low <= area.high  # type: ignore[operator]
    if overlap:
        return Comparison(True, _("%(difference)s; the intervals overlap, so no difference is established.") % words)
    return Comparison(True, _("%(difference)s; the intervals do not overlap.") % words)
