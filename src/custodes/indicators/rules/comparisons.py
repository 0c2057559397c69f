"""What a figure is held against: the other missing policy, the country, the same group before, and yesterday's boundaries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from custodes.evidence.types import MissingPolicy, Uncertainty
from custodes.figures.rules.numbers import decimal_words
from custodes.figures.rules.periods import period_words
from custodes.figures.rules.tables import Column, FigureTable
from custodes.indicators.rules.figures import Figure
from custodes.places.rules import SharePassed, bridge_by_shares

FULL = 1.0
ADDED_OVER_PLACE = frozenset({"sum", "recompute"})  # counts of any other rule are not moved with the land (I19, I22)

COUNTED_ANEW = frozenset(
    {"distinct_persons"}
)  # whoever moved is found in the register, not by a share of the land (I19)


@dataclass(frozen=True, slots=True)
class Speech:
    """The unit and language in which figures are said."""

    unit: str
    language: str


def other_policy_or_none(figure: Figure, policy: MissingPolicy) -> float | None:
    """A share of positive answers under the other missing policy; None for anything else, or where nothing is missing.

    Only one question has one missing share: a mean of several shares is left out.
    The weighted share of missing answers m is stored, so that a share p among those who answered is p·(1 − m) among all, and back.
    """
    is_share = figure.uncertainty is Uncertainty.DESIGN and figure.method == "survey_proportion"
    if not is_share or figure.value is None or not figure.missing_share or figure.missing_share >= FULL:
        return None
    answered = 1 - figure.missing_share
    return figure.value * answered if policy is MissingPolicy.EXCLUDE else figure.value / answered


def against_country(figure: Figure | None, country: float | None) -> str:
    """Whether an area's interval lies above, below or around the country's figure; most areas cannot tell, and none is ranked."""
    if figure is None or figure.value is None or country is None or figure.low is None or figure.high is None:
        return "–"
    if figure.low > country:
        return _("above")
    if figure.high < country:
        return _("below")
    return _("cannot tell")


def completeness_words(figure: Figure | None, *, least: float, language: str) -> str:
    """`67 % of reports` where an area's reports are not complete; with a warning below the least that a light needs."""
    if figure is None or figure.completeness is None or figure.completeness >= FULL:
        return ""
    share = decimal_words(figure.completeness * 100, language=language, decimals=0)
    words = _("%(share)s %% of reports") % {"share": share}
    return _("incomplete: %(words)s") % {"words": words} if figure.completeness < least else words


def bridged_table(
    series: Mapping[tuple[str, str], Sequence[Figure]],
    successions: Sequence[SharePassed],
    *,
    names: Mapping[str, str],
    speech: Speech,
    over_place: str,
) -> FigureTable | None:
    """Counts of areas that changed, as recorded and on today's boundaries by the declared shares; None where no area changed.

    series       figures of areas by first and last day of the period, as ISO text.
    over_place   how the definition brings areas together; no table unless their counts may be added.
    The bridged counts are estimates (I8): they say what moved with the land, not what happened in it.
    """
    if over_place not in ADDED_OVER_PLACE:
        return None
    touched = {code for passed in successions for code in (passed.predecessor, passed.successor)}
    rows: list[tuple[str, ...]] = []
    for (_start, _end), figures in sorted(series.items()):
        counts = {figure.area_code: _count(figure) for figure in figures if figure.method not in COUNTED_ANEW}
        end = max((figure.end for figure in figures), default=None)
        later = [passed for passed in successions if end is not None and passed.on > end]
        bridged = bridge_by_shares(counts, later) if later else None
        for figure in sorted(figures, key=lambda each: each.area_code):
            if figure.area_code not in touched or figure.area_code not in counts:
                continue
            today = bridged.values.get(figure.area_code) if bridged else counts[figure.area_code]
            is_estimated = bridged is not None and figure.area_code in bridged.estimated
            rows.append(
                (
                    f"{names.get(figure.area_code, figure.area_name)}, {period_words(figure.period, language=speech.language)}",
                    _words(counts[figure.area_code], speech), _words(today, speech) + (" (" + _("estimated") + ")" if is_estimated else ""),
                )
            )  # fmt: skip
    if not rows:
        return None
    columns = (
        Column(_("Area and period")),
        Column(_("As recorded"), numeric=True),
        Column(_("On today's boundaries"), numeric=True),
    )
    return FigureTable(_("Counts where boundaries changed"), columns, tuple(rows))


def _count(figure: Figure) -> float | None:
    return figure.numerator if figure.denominator is not None else figure.value


def _words(count: float | None, speech: Speech) -> str:
    return "–" if count is None else decimal_words(count, language=speech.language, decimals=0)
