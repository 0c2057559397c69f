"""What a page shows of an indicator, from figures that are already those of its audience: chart, table twin, map, groups, change."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from custodes.evidence.change import Change, change
from custodes.evidence.errors import Problem
from custodes.evidence.progress import Path, expected_value
from custodes.evidence.types import Period, PeriodKind
from custodes.figures.rules.bars import Bar, ReferenceLine, bars_with_intervals
from custodes.figures.rules.maps import AreaMap, MapArea, choropleth
from custodes.figures.rules.numbers import (
    decimal_words,
    difference_words,
    estimate_words,
    interval_words,
    value_words,
)
from custodes.figures.rules.periods import period_words
from custodes.figures.rules.series import (
    BreakMark,
    DatedValue,
    SeriesPoint,
    monthly_series,
    series_chart,
    series_finding,
)
from custodes.figures.rules.tables import Column, FigureTable
from custodes.indicators.rules.comparisons import against_country, completeness_words
from custodes.indicators.rules.figures import Figure, FigureState

MANY_MONTHS = 18
PATH_STEPS = 24


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart or a map with its table twin and the sentence that it shows."""

    finding: str
    table: FigureTable
    chart: Mapping[str, Any] | None = None
    map: AreaMap | None = None
    note: str = ""
    gap: str = ""  # the gap between best and worst group in words, where there is one


@dataclass(frozen=True, slots=True)
class Wording:
    """Names that a drawing needs: of the indicator, its unit, the groups, and the language."""

    indicator: str
    unit: str
    language: str
    columns: Mapping[str, str]
    groups: Mapping[tuple[str, str], str]

    def column(self, name: str) -> str:
        return self.columns.get(name, name.replace("_", " "))

    def group(self, column: str, code: str) -> str:
        return self.groups.get((column, code), code.replace("_", " ")) if code else _("not stated")

    def value(self, value: float | None) -> str:
        return value_words(value, unit=self.unit, language=self.language)

    def estimate(self, figure: Figure) -> str:
        return estimate_words(figure.value, figure.low, figure.high, unit=self.unit, language=self.language)

    def cells(self, figure: Figure) -> str:
        """`women, rural`, or nothing for a total."""
        return ", ".join(self.group(column, code) for column, code in figure.categories)


def state_words(figure: Figure) -> str:
    """Why there is no number."""
    reasons = {
        "small-sample": _("withheld: too few answers"),
        "imprecise": _("withheld: too imprecise"),
        # The same words for both: which of two cells is the small one is itself worth withholding.
        "small-cell": _("withheld, so that nobody can be recognised"),
        "complement": _("withheld, so that nobody can be recognised"),
    }
    if figure.state is FigureState.REVISION_PENDING:
        return _("under revision")
    if figure.state is FigureState.SUPPRESSED:
        return reasons.get(figure.reason, _("withheld"))
    return figure.refusal_text or _("no figure")


def points_of(series: Iterable[Figure], language: str) -> tuple[SeriesPoint, ...]:
    """The series as points at the last day of each period; a withheld one is a gap."""
    return tuple(
        SeriesPoint(each.end, each.value, each.low, each.high, period_words(each.period, language=language))
        for each in series
    )


def series_drawing(
    series: Sequence[Figure], *, wording: Wording, path: Path | None, breaks: Sequence[BreakMark], source: str
) -> Drawing:
    """The series of totals with intervals, the way to the target, and breaks."""
    points = points_of(series, wording.language)
    baseline = DatedValue(path.start, path.baseline) if path else None
    reached = series_finding(points, unit=wording.unit, language=wording.language, baseline=baseline)
    finding = _("%(indicator)s: %(finding)s") % {"indicator": wording.indicator, "finding": reached}
    is_monthly = len(series) > MANY_MONTHS and all(each.period_kind == PeriodKind.MONTH for each in series)
    unit, language = wording.unit, wording.language
    if is_monthly:
        chart = monthly_series(points, title=finding, unit=unit, language=language, breaks=breaks)
    else:
        target = DatedValue(path.end, path.target) if path else None
        chart = series_chart(
            points, title=finding, unit=unit, language=language, breaks=breaks, path=path_points(path), baseline=baseline, target=target
        )  # fmt: skip
    table = series_table(series, wording=wording, path=path, breaks=[each.day for each in breaks], caption=finding)
    return Drawing(finding, table, chart=chart, note=source)


def path_points(path: Path | None) -> tuple[DatedValue, ...]:
    """The way to the target as points close enough to draw a curve or a step."""
    if path is None or expected_value(path, path.start) is None:
        return ()
    span = (path.end - path.start).days
    days = sorted(
        {path.start + timedelta(days=round(span * number / PATH_STEPS)) for number in range(PATH_STEPS + 1)}
        | _corners(path)
    )
    return tuple(DatedValue(day, value) for day in days if (value := expected_value(path, day)) is not None)


def _corners(path: Path) -> set[date]:
    corners = {milestone.on for milestone in path.milestones} | ({path.step_on} if path.step_on else set())
    eves = {day - timedelta(days=1) for day in corners} if path.is_ordinal or path.step_on else set()
    return {day for day in corners | eves if path.start <= day <= path.end}


def series_table(
    series: Sequence[Figure], *, wording: Wording, path: Path | None, breaks: Sequence[date], caption: str
) -> FigureTable:
    """The same in words, newest first: value, interval, change since the period before, answers, missing, expected."""
    columns = (
        Column(_("Period")), Column(_("Value"), numeric=True),
        # xgettext:no-python-format  # noqa: ERA001
        Column(_("95 % interval"), numeric=True),
        Column(_("Since the period before")), Column(_("n"), numeric=True), Column(_("Missing"), numeric=True),
        Column(_("Expected"), numeric=True),
    )  # fmt: skip
    rows = []
    for before, figure in reversed(list(zip((None, *series), series, strict=False))):
        expected = expected_value(path, figure.end) if path else None
        value = wording.value(figure.value) if figure.is_shown else state_words(figure)
        if figure.text:
            value = f"{value} ({figure.text})"
        rows.append(
            (
                period_words(figure.period, language=wording.language) + (" (" + _("estimated") + ")" if figure.is_estimated else ""),
                value,
                interval_words(figure.low, figure.high, unit=wording.unit, language=wording.language) or "–",
                _change_words(before, figure, breaks, wording) if before else "–",
                _whole(figure.n, wording), _missing_words(figure, wording), wording.value(expected),
            )
        )  # fmt: skip
    return FigureTable(caption, columns, tuple(rows))


def _change_words(before: Figure, after: Figure, breaks: Sequence[date], wording: Wording) -> str:
    """`+1.4 points, not established`; `not comparable` across a break (I6)."""
    if not (before.is_shown and after.is_shown):
        return "–"
    found = _change_or_none(before, after, breaks)
    if found is None:
        return _("not comparable")
    size = difference_words(found.value, unit=wording.unit, language=wording.language)
    if found.is_established is None:
        return size
    verdict = _("established") if found.is_established else _("not established")
    return _("%(size)s, %(verdict)s") % {"size": size, "verdict": verdict}


def _change_or_none(before: Figure, after: Figure, breaks: Sequence[date]) -> Change | None:
    try:
        return change(
            before.estimate, after.estimate, breaks=tuple(breaks),
            before_period=Period(before.start, before.end), after_period=Period(after.start, after.end),
        )  # fmt: skip
    except Problem:
        return None


def _whole(number: int | None, wording: Wording) -> str:
    return "–" if number is None else decimal_words(number, language=wording.language, decimals=0)


def _missing_words(figure: Figure, wording: Wording) -> str:
    if figure.missing is None:
        return "–"
    share = (
        f" ({value_words(figure.missing_share, unit='proportion', language=wording.language)})"
        if figure.missing_share
        else ""
    )
    return _whole(figure.missing, wording) + share


@dataclass(frozen=True, slots=True)
class Gap:
    """The stored gap between best and worst group of one split."""

    best: str
    worst: str
    value: float
    low: float | None
    high: float | None


def split_drawing(
    groups: Sequence[Figure],
    *,
    column: str,
    total: Figure | None,
    gap: Gap | None,
    wording: Wording,
    earlier: Sequence[Figure] = (),
) -> Drawing:
    """Groups of one dimension side by side, with the gap between best and worst in words; the table has what each was in the first period."""
    before = {each.categories: each for each in earlier}
    bars = [
        Bar(
            wording.group(column, dict(each.categories)[column]),
            each.value,
            each.low,
            each.high,
            "" if each.is_shown else state_words(each),
        )
        for each in groups
    ]
    finding = (
        gap_sentence(gap, column=column, wording=wording)
        if gap
        else _("By %(dimension)s") % {"dimension": wording.column(column)}
    )
    reference = ReferenceLine(total.value, _("everybody")) if total and total.value is not None else None
    chart = (
        bars_with_intervals(bars, title=finding, unit=wording.unit, language=wording.language, reference=reference)
        if any(bar.value is not None for bar in bars)
        else None  # nothing to draw where every group is withheld: the table says why
    )
    first = earlier[0].period if earlier else None
    rows = tuple(
        (
            bar.label, *((_shown_words(before.get(each.categories), wording),) if first else ()), _shown_words(each, wording),
            _whole(each.n, wording), _missing_words(each, wording),
        )
        for bar, each in zip(bars, groups, strict=True)
    )  # fmt: skip
    columns = (
        Column(wording.column(column)),
        *((Column(period_words(first, language=wording.language), numeric=True),) if first else ()),
        Column(period_words(groups[0].period, language=wording.language) if first else _("Value"), numeric=True),
        Column(_("n"), numeric=True),
        Column(_("Missing"), numeric=True),
    )
    return Drawing(finding, FigureTable(finding, columns, rows), chart=chart, gap=finding if gap else "")


def _shown_words(figure: Figure | None, wording: Wording) -> str:
    if figure is None:
        return "–"
    return wording.estimate(figure) if figure.is_shown else state_words(figure)


def gap_sentence(gap: Gap, *, column: str, wording: Wording) -> str:
    """`Gap between Karun and Ossari: 14.9 points (9.1 to 20.7)`."""
    size = difference_words(abs(gap.value), unit=wording.unit, language=wording.language).replace("+", "")
    interval = interval_words(gap.low, gap.high, unit=wording.unit, language=wording.language)
    words = {
        "best": wording.group(column, gap.best),
        "worst": wording.group(column, gap.worst),
        "size": f"{size} ({interval})" if interval else size,
    }
    return _("Gap between %(best)s and %(worst)s: %(size)s") % words


@dataclass(frozen=True, slots=True)
class Outline:
    """One area of a map."""

    code: str
    name: str
    geometry: Any


def map_drawing(
    areas: Sequence[Outline], figures: Mapping[str, Figure], *, wording: Wording, title: str, url_of: Callable[[str], str],
    country: Figure | None, least_completeness: float,
) -> Drawing:  # fmt: skip
    """The areas of one level with their figures, in the order of their codes and never ranked; those without one are hatched and say why."""
    shown = [
        MapArea(
            area.code, area.name, area.geometry, figures[area.code].value if area.code in figures else None,
            _shown_words(figures[area.code], wording) if area.code in figures else _("no figure"), url_of(area.code),
        )
        for area in areas
    ]  # fmt: skip
    is_drawable = bool(areas) and all(area.geometry is not None for area in areas)
    drawn = choropleth(shown, title=title, unit=wording.unit, language=wording.language) if is_drawable else None
    columns = (
        Column(_("Area")), Column(_("Value"), numeric=True), Column(_("Against the country")), Column(_("n"), numeric=True),
        Column(_("Missing"), numeric=True), Column(_("Reports")),
    )  # fmt: skip
    rows = tuple(_area_row(area, figures.get(area.code), wording, country, least_completeness) for area in shown)
    return Drawing(title, FigureTable(title, columns, rows), map=drawn)


def _area_row(
    area: MapArea, figure: Figure | None, wording: Wording, country: Figure | None, least: float
) -> tuple[str, ...]:
    return (
        area.name, area.words, against_country(figure, country.value if country else None),
        _whole(figure.n, wording) if figure else "–", _missing_words(figure, wording) if figure else "–",
        completeness_words(figure, least=least, language=wording.language) or "–",
    )  # fmt: skip


def change_sentence(before: Figure, after: Figure, *, breaks: Sequence[date], wording: Wording) -> str:
    """Whether the difference between two figures is more than chance, or why it cannot be computed."""
    periods = {
        "before": period_words(before.period, language=wording.language),
        "after": period_words(after.period, language=wording.language),
    }
    try:
        found = change(
            before.estimate, after.estimate, breaks=tuple(breaks),
            before_period=Period(before.start, before.end), after_period=Period(after.start, after.end),
        )  # fmt: skip
    except Problem as problem:
        return _("From %(before)s to %(after)s: not compared. %(reason)s") % {**periods, "reason": problem.what}
    size = difference_words(found.value, unit=wording.unit, language=wording.language)
    if found.is_established is None:
        return _("From %(before)s to %(after)s: %(size)s.") % {**periods, "size": size}
    words = {
        **periods,
        "size": size,
        "interval": interval_words(found.low, found.high, unit=wording.unit, language=wording.language),
    }
    if found.is_established:
        return _("From %(before)s to %(after)s: %(size)s (%(interval)s); a change is established.") % words
    return _("From %(before)s to %(after)s: %(size)s (%(interval)s); no change is established.") % words
