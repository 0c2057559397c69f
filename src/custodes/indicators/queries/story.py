"""The story of one indicator for one audience: series by source, groups, map, changes, figures to read beside it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from custodes.evidence.types import Direction, MissingPolicy, PeriodKind, Uncertainty
from custodes.figures.rules.numbers import WHOLE_UNITS, value_words
from custodes.figures.rules.periods import period_words
from custodes.figures.rules.series import BreakMark
from custodes.figures.rules.tables import FigureTable
from custodes.indicators.models import Reading
from custodes.indicators.queries.board import band_of, light_thresholds, no_plan, path_as_it_stands
from custodes.indicators.rules.comparisons import Speech, bridged_table, other_policy_or_none
from custodes.indicators.rules.displays import (
    Drawing,
    Gap,
    Outline,
    Wording,
    change_sentence,
    map_drawing,
    series_drawing,
    split_drawing,
)
from custodes.indicators.rules.figures import Figure
from custodes.indicators.rules.lights import Standing, path_from_plan, standing
from custodes.indicators.rules.series import by_kind, headline_kind, in_order
from custodes.people.permissions import Visitor
from custodes.places.models import Area, Dimension
from custodes.places.queries import successions_between
from custodes.places.rules import SharePassed
from custodes.programmes.models import DefinitionVersion, Indicator
from custodes.programmes.queries import expected_paths_in, latest_plan_version, visible_indicators
from custodes.programmes.rules.targets import ExpectedPath


@dataclass(frozen=True, slots=True)
class SourceStory:
    """What one source says: its series, the latest figure, where it stands, the groups and the map of the latest period."""

    source: str
    is_main: bool  # the source and the kind of period that the target speaks of
    series: tuple[Figure, ...]
    latest: Figure | None
    standing: Standing
    drawing: Drawing
    splits: tuple[Drawing, ...]
    maps: tuple[Drawing, ...]
    changes: tuple[str, ...]
    notes: tuple[str, ...]
    bridged: FigureTable | None


@dataclass(frozen=True, slots=True)
class IndicatorStory:
    """Everything a page shows of an indicator. `sources` stand side by side and are never averaged (I22)."""

    indicator: Indicator
    version: DefinitionVersion
    sources: tuple[SourceStory, ...]
    breaks: tuple[DefinitionVersion, ...]
    wording: Wording

    @property
    def main(self) -> SourceStory | None:
        return next((source for source in self.sources if source.is_main), None)


def indicator_story(
    indicator: Indicator, figures: Sequence[Figure], *, language: str, area_url: Callable[[str], str]
) -> IndicatorStory:
    """The story told by these figures, which are those that the audience may see."""
    version = indicator.sheet
    breaks = breaks_among(indicator.definition.versions.all())
    plan = _plan_of(indicator)
    country = indicator.programme.country_area
    names = sorted({figure.source for figure in figures})
    main = indicator.source or (names[0] if names else "")
    frequency = indicator.frequency or version.frequency
    wording = wording_for(version, figures, language=language)
    gaps, outlines = _stored_gaps(country, figures), outlines_of(country, figures)
    successions = _successions(country, figures)
    stories = []
    for name in sorted(names, key=lambda name: (name != main, name)):
        kinds = by_kind(each for each in figures if each.source == name)
        headline = headline_kind([each for group in kinds.values() for each in group], frequency=frequency)
        stories += [
            _source_story(
                indicator, kinds[kind], name=name, is_main=name == main and kind == headline, breaks=breaks, wording=wording,
                gaps=gaps, outlines=outlines, successions=successions, plan=plan, area_url=area_url,
            )
            for kind in sorted(kinds, key=lambda kind: (kind != headline, kind))
        ]  # fmt: skip
    return IndicatorStory(indicator, version, tuple(stories), breaks, wording)


def _source_story(
    indicator: Indicator, figures: Sequence[Figure], *, name: str, is_main: bool, breaks: Sequence[DefinitionVersion],
    wording: Wording, gaps: "Gaps", outlines: Sequence["DatedOutline"],
    successions: Sequence[SharePassed], plan: ExpectedPath, area_url: Callable[[str], str],
) -> SourceStory:  # fmt: skip
    country = indicator.programme.country_area
    is_ordinal = indicator.sheet.estimator == "ordinal_milestone"
    plan = plan if is_main else no_plan(indicator.code)
    series = in_order(each for each in figures if each.is_total and each.area_code == country.code)
    latest = series[-1] if series else None
    break_days = [version.valid_from for version in breaks if version.valid_from]
    now = [each for each in figures if latest and (each.start, each.end) == (latest.start, latest.end)]
    return SourceStory(
        source=name, is_main=is_main, series=series, latest=latest,
        standing=standing(
            latest, plan=plan, direction=Direction(indicator.sheet.direction), band=band_of(indicator.sheet),
            is_ordinal=is_ordinal, breaks=break_days, thresholds=light_thresholds(),
        ),
        drawing=series_drawing(
            series, wording=wording, path=path_from_plan(plan, is_ordinal=is_ordinal), source=name,
            breaks=[BreakMark(version.valid_from) for version in breaks if version.valid_from],
        ),
        splits=_splits(figures, latest, country, wording, gaps, break_days),
        maps=_maps(now, latest, country, wording, outlines, area_url),
        changes=_changes(series, break_days, wording),
        notes=_notes(latest, wording),
        bridged=_bridged(figures, indicator, wording, successions),
    )  # fmt: skip


def _splits(
    figures: Sequence[Figure], latest: Figure | None, country: Area, wording: Wording, gaps: "Gaps",
    breaks: Sequence[date],
) -> tuple[Drawing, ...]:  # fmt: skip
    """The groups of the latest period beside those of the first one that it can be compared with."""
    national = [each for each in figures if each.area_code == country.code and len(each.columns) == 1]
    if not national or latest is None:
        return ()
    since = max((day for day in breaks if day <= latest.start), default=None)
    drawings = []
    for column in sorted({each.columns[0] for each in national}):
        series = [each for each in national if each.columns == (column,)]
        groups = [each for each in series if (each.start, each.end) == (latest.start, latest.end)]
        if not groups:
            continue
        comparable = [each for each in series if (since is None or each.start >= since) and each.end < latest.start]
        first = min((each.end for each in comparable), default=None)
        shown = {dict(each.categories)[column] for each in groups if each.is_shown}
        gap = (
            None if wording.unit in WHOLE_UNITS else _newest_gap(groups, column, gaps)
        )  # how many more belong to a group is no inequity
        usable = gap if gap and {gap.best, gap.worst} <= shown else None
        earlier = [each for each in comparable if each.end == first]
        drawings.append(
            split_drawing(groups, column=column, total=latest, gap=usable, wording=wording, earlier=earlier)
        )
    return tuple(drawings)


def _notes(latest: Figure | None, wording: Wording) -> tuple[str, ...]:
    """What a careful reader asks next: what the other missing policy would give."""
    if latest is None:
        return ()
    policy = MissingPolicy(latest.missing_policy)
    other = other_policy_or_none(latest, policy)
    if other is None:
        return ()
    words = {
        "value": wording.value(other),
        "share": value_words(latest.missing_share, unit="proportion", language=wording.language),
    }
    if policy is MissingPolicy.EXCLUDE:
        return (_("%(share)s gave no answer. Counted in the denominator, the figure would be %(value)s.") % words,)
    return (
        _("%(share)s gave no answer and stand in the denominator. Without them, the figure would be %(value)s.")
        % words,
    )


def _bridged(
    figures: Sequence[Figure], indicator: Indicator, wording: Wording, successions: Sequence[SharePassed]
) -> FigureTable | None:
    """Yearly counts of areas whose boundaries changed within the series; rates need no bridge, surveys have no counts."""
    country = indicator.programme.country_area
    by_period: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for each in figures:
        if each.is_total and each.area_code != country.code and each.period_kind == PeriodKind.YEAR:
            by_period[each.start.isoformat(), each.end.isoformat()].append(each)
    if len(by_period) < 2 or not successions:
        return None
    names = {each.area_code: each.area_name for each in figures}
    speech = Speech(wording.unit, wording.language)
    return bridged_table(by_period, successions, names=names, speech=speech, over_place=indicator.sheet.over_place)


def _successions(country: Area, figures: Sequence[Figure]) -> tuple[SharePassed, ...]:
    """What passed between areas within the span of counted figures; surveys are not bridged."""
    counted = [each for each in figures if each.uncertainty is Uncertainty.NONE and each.area_level > country.level]
    if not counted:
        return ()
    starts, ends = min(each.start for each in counted), max(each.end for each in counted)
    return successions_between(starts, ends, country=country.country)


Gaps = Mapping[int, tuple[int, Mapping[str, Any]]]


def _stored_gaps(country: Area, figures: Sequence[Figure]) -> Gaps:
    """By key of each national group of the newest periods: the computation that made it, and its gaps with their covariances in them."""
    groups = [each for each in figures if len(each.columns) == 1 and each.area_code == country.code]
    newest: dict[tuple[str, str], date] = {}
    for each in groups:
        newest[each.source, each.period_kind] = max(each.end, newest.get((each.source, each.period_kind), each.end))
    keys = [each.pk for each in groups if each.end == newest[each.source, each.period_kind]]
    rows = Reading.objects.filter(pk__in=keys).values_list("pk", "computation", "computation__gaps")
    return {pk: (computation or 0, gaps or {}) for pk, computation, gaps in rows}


def _newest_gap(groups: Sequence[Figure], column: str, gaps: Gaps) -> Gap | None:
    """The gap that was computed with these groups as they stand: by the newest computation that made any of them."""
    made = [gaps[each.pk] for each in groups if each.pk in gaps]
    _computation, rows = max(made, key=lambda each: each[0], default=(0, {}))
    row = rows.get(column)
    return Gap(row["best"], row["worst"], float(row["value"]), _float(row["low"]), _float(row["high"])) if row else None


def _float(text: str | None) -> float | None:
    return None if text is None else float(text)


def _maps(
    now: Sequence[Figure], latest: Figure | None, country: Area, wording: Wording, outlines: Sequence["DatedOutline"],
    area_url: Callable[[str], str],
) -> tuple[Drawing, ...]:  # fmt: skip
    if latest is None:
        return ()
    drawings = []
    for level in sorted({each.area_level for each in now if each.is_total and each.area_code != country.code}):
        figures = {each.area_code: each for each in now if each.is_total and each.area_level == level}
        areas = [each.outline for each in outlines if each.level == level and each.is_valid_on(latest.end)]
        title = _("%(indicator)s by area, %(period)s") % {
            "indicator": wording.indicator,
            "period": period_words(latest.period, language=wording.language),
        }
        drawings.append(
            map_drawing(
                areas, figures, wording=wording, title=title, url_of=area_url, country=latest,
                least_completeness=light_thresholds().completeness,
            )
        )  # fmt: skip
    return tuple(drawings)


def _changes(series: Sequence[Figure], breaks: Sequence[date], wording: Wording) -> tuple[str, ...]:
    """The change since the figure before, and since the first, in words; months are compared with the same month a year before."""
    known = [each for each in series if each.is_shown]
    if len(known) < 2:
        return ()
    latest = known[-1]
    is_monthly = latest.period_kind == PeriodKind.MONTH
    year_before = [
        each for each in known if each.end.month == latest.end.month and each.end.year == latest.end.year - 1
    ]
    others = year_before if is_monthly else [known[0], known[-2]]
    unique = {each.pk: each for each in others if each.pk != latest.pk}
    return tuple(change_sentence(each, latest, breaks=breaks, wording=wording) for each in unique.values())


def wording_for(version: DefinitionVersion, figures: Sequence[Figure], *, language: str) -> Wording:
    """The names of the definition, its dimensions and their categories."""
    columns = {column for figure in figures for column in figure.columns}
    rows = Dimension.objects.filter(code__in=columns).values_list(
        "code", "name", "categories__code", "categories__name"
    )
    dimensions, groups = {}, {}
    for dimension, name, category, words in rows:
        dimensions[dimension] = name
        groups[dimension, category] = words
    return Wording(version.name, version.unit, language, dimensions, groups)


def breaks_among(versions: Iterable[DefinitionVersion]) -> tuple[DefinitionVersion, ...]:
    """The versions at which the series breaks, by date."""
    found = [version for version in versions if version.is_break and version.valid_from]
    return tuple(sorted(found, key=lambda version: (version.valid_from, version.number)))


def break_days(indicator: Indicator) -> tuple[date, ...]:
    """The days at which the indicator's series breaks."""
    return tuple(
        version.valid_from for version in breaks_among(indicator.definition.versions.all()) if version.valid_from
    )


def _plan_of(indicator: Indicator) -> ExpectedPath:
    """The way as last approved; before the first approval as it stands."""
    version = latest_plan_version(indicator.programme)
    if version is None:
        return path_as_it_stands(indicator)
    return expected_paths_in(version).get(indicator.code, no_plan(indicator.code))


@dataclass(frozen=True, slots=True)
class DatedOutline:
    """The outline of an area with its level and the days between which it is valid."""

    level: int
    valid_from: date
    valid_to: date | None
    outline: Outline

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def outlines_of(country: Area, figures: Sequence[Figure]) -> tuple[DatedOutline, ...]:
    """The areas of every level that the figures speak of, with their outlines for a map, in one query."""
    levels = {each.area_level for each in figures if each.is_total and each.area_code != country.code}
    if not levels:
        return ()
    import shapely  # geometry is needed by maps alone

    rows = Area.objects.filter(level__in=levels, path__startswith=country.path).order_by("code")
    fields = ("level", "valid_from", "valid_to", "code", "name", "outline")
    return tuple(
        DatedOutline(level, begins, ends, Outline(code, name, shapely.from_wkb(bytes(outline)) if outline else None))
        for level, begins, ends, code, name, outline in rows.values_list(*fields)
    )


def figures_read_with(indicator: Indicator, account: Visitor) -> QuerySet[Indicator]:
    """The indicators that must be read beside this one, as far as the account may see them, each with `name` of its definition in force."""
    newest = DefinitionVersion.objects.filter(definition=OuterRef("definition")).order_by("-number").values("name")[:1]
    rows = indicator.read_with.filter(pk__in=visible_indicators(account).values("pk"))
    return rows.select_related("programme").annotate(name=Subquery(newest)).order_by("code")


def reading_with_making(pk: int) -> Reading:
    """One reading with everything that says how it was made. Raises Reading.DoesNotExist."""
    return Reading.objects.select_related(
        "indicator__programme", "indicator__definition", "definition_version", "area", "computation"
    ).get(pk=pk)
