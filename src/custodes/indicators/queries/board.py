"""The board of a programme: every indicator on its result, with its series and its light."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import F, Max, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from custodes.evidence.progress import Band, LightThresholds
from custodes.evidence.types import Direction, Light, PathShape
from custodes.figures.rules.series import SeriesPoint
from custodes.indicators.models import Reading
from custodes.indicators.queries.readings import SETTLED, staff_totals, visible_readings
from custodes.indicators.rules.figures import Figure
from custodes.indicators.rules.lights import Standing, standing
from custodes.indicators.rules.series import NewestPeriod, headline_kind, headline_series
from custodes.people.permissions import Visitor
from custodes.programmes.models import DefinitionVersion, Indicator, PlanVersion, Programme
from custodes.programmes.queries import (
    ResultBranch,
    dated_baseline,
    dated_targets,
    expected_paths_in,
    latest_plan_version,
    results_tree,
    visible_indicators_of,
)
from custodes.programmes.rules.targets import ExpectedPath

SPARK_POINTS = 36  # three years of months: a line the width of a word holds no more


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One indicator and source on the board: the latest of its totals, where it stands, and the last of the series as points."""

    indicator: Indicator
    version: DefinitionVersion
    source: str
    latest: Figure | None
    standing: Standing
    is_main_source: bool
    points: tuple[SeriesPoint, ...]


@dataclass(frozen=True, slots=True)
class BoardBranch:
    """A result with the board rows of its indicators and the results below it."""

    branch: ResultBranch
    rows: tuple[BoardRow, ...]
    children: tuple["BoardBranch", ...]


def light_thresholds() -> LightThresholds:
    """The installation's thresholds of pace and completeness."""
    chosen = settings.CONFIG.lights
    return LightThresholds(on_track=chosen.on_track, at_risk=chosen.at_risk, completeness=chosen.min_completeness)


def rows_along(
    figures: Iterable[Figure],
    indicators: Sequence[Indicator],
    *,
    plans: Mapping[str, ExpectedPath],
    breaks: Mapping[int, tuple[date, ...]],
) -> tuple[BoardRow, ...]:
    """The same along ways and breaks that are known already, without a query; the indicators are of one programme."""
    series: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for figure in figures:
        if figure.is_total:
            series[figure.indicator, figure.source].append(figure)
    thresholds = light_thresholds()
    rows = []
    for indicator in indicators:
        sources = sorted({source for code, source in series if code == indicator.code}) or [indicator.source]
        for source in sources:
            frequency = indicator.frequency or indicator.sheet.frequency
            totals = headline_series(series[indicator.code, source], frequency=frequency)
            is_main = source == (indicator.source or sources[0])
            latest = totals[-1] if totals else None
            plan = plans.get(indicator.code)
            rows.append(
                BoardRow(
                    indicator, indicator.sheet, source, latest,
                    standing(
                        latest, plan=plan if plan and is_main else no_plan(indicator.code), direction=Direction(indicator.sheet.direction),
                        band=band_of(indicator.sheet), is_ordinal=indicator.sheet.estimator == "ordinal_milestone",
                        breaks=breaks.get(indicator.definition_id, ()), thresholds=thresholds,
                    ),
                    is_main,
                    spark_points(totals),
                )
            )  # fmt: skip
    return tuple(rows)


def spark_points(totals: Sequence[Figure]) -> tuple[SeriesPoint, ...]:
    """The last of a series as points; more than a word's width can show is left out."""
    return tuple(SeriesPoint(each.end, each.value, each.low, each.high) for each in totals[-SPARK_POINTS:])


def no_plan(code: str) -> ExpectedPath:
    """The way of a source that no target speaks of."""
    return ExpectedPath(code, None, (), PathShape.NONE, None, None)


def band_of(version: DefinitionVersion) -> Band | None:
    """The values that are good, where the direction is to keep within a band."""
    if version.band_low is None or version.band_high is None:
        return None
    return Band(version.band_low, version.band_high)


def breaks_of(indicators: Iterable[Indicator]) -> dict[int, tuple[date, ...]]:
    """The dates at which each definition's series breaks, by the definition's key."""
    keys = {indicator.definition_id for indicator in indicators}
    found: dict[int, tuple[date, ...]] = {}
    rows = DefinitionVersion.objects.filter(definition__in=keys, is_break=True, valid_from__isnull=False)
    for key, day in rows.values_list("definition", "valid_from").order_by("valid_from"):
        found[key] = (*found.get(key, ()), day)
    return found


def national_totals(programme: Programme, account: Visitor) -> QuerySet[Reading]:
    """The readings that a board is made of: the whole country, no split, within the account's grants."""
    return visible_readings(account).filter(indicator__programme=programme, cell_key="", area=programme.country_area_id)


@dataclass(frozen=True, slots=True)
class Board:
    """The results with their rows, and the approved plan that the lights speak of, if there is one yet."""

    branches: tuple[BoardBranch, ...]
    plan: PlanVersion | None

    @property
    def tally(self) -> dict[str, int]:
        """How many main rows have each light, of the lights that occur, always in the same order."""
        lights = Counter(_main_lights(self.branches))
        return {light.value: lights[light.value] for light in Light if lights[light.value]}


def _main_lights(branches: Iterable[BoardBranch]) -> Iterator[str]:
    for branch in branches:
        yield from (row.standing.verdict.light.value for row in branch.rows if row.is_main_source)
        yield from _main_lights(branch.children)


def programme_board(programme: Programme, account: Visitor) -> Board:
    """The board for staff: every verified or published total that the account may see (I25), in a number of queries that does not grow."""
    indicators = visible_indicators_of(programme, account)
    tree, plan = results_tree(programme, indicators), latest_plan_version(programme)
    totals = national_totals(programme, account).filter(status__in=SETTLED)
    figures = staff_totals(_headline_totals(totals, indicators))
    plans = expected_paths_in(plan) if plan else {row.code: path_as_it_stands(row) for row in indicators}
    rows = rows_along(figures, indicators, plans=plans, breaks=breaks_of(indicators))
    return Board(board_tree(tree, rows), plan)


def _headline_totals(totals: QuerySet[Reading], indicators: Iterable[Indicator]) -> QuerySet[Reading]:
    """Of each indicator and source the newest totals of the kind of period that speaks for it, as many as a sparkline holds.

    The newest period of every kind tells which that is; the months of an indicator that speaks by years are then not read.
    """
    newest: dict[tuple[int, str], list[NewestPeriod]] = defaultdict(list)
    kinds = totals.order_by().values("indicator", "source", "period_kind")
    for row in kinds.annotate(newest_start=Max("start"), newest_end=Max("end")):
        period = NewestPeriod(row["period_kind"], row["newest_start"], row["newest_end"])
        newest[row["indicator"], row["source"]].append(period)
    frequencies = {each.pk: each.frequency or each.sheet.frequency for each in indicators}
    spoken: dict[tuple[str, str], list[int]] = defaultdict(list)
    for (indicator, source), periods in newest.items():
        spoken[source, headline_kind(periods, frequency=frequencies.get(indicator, ""))].append(indicator)
    wanted = Q(pk__in=[])
    for (source, kind), keys in spoken.items():
        wanted |= Q(source=source, period_kind=kind, indicator__in=keys)
    age = Window(RowNumber(), partition_by=["indicator", "source"], order_by=F("end").desc())
    kept = totals.order_by().filter(wanted).alias(age=age).filter(age__lte=SPARK_POINTS)
    return Reading.objects.filter(pk__in=kept.values("pk"))


def path_as_it_stands(indicator: Indicator) -> ExpectedPath:
    """The way of an indicator that no version has approved yet, from its loaded baseline and targets."""
    return ExpectedPath(
        indicator.code,
        dated_baseline(indicator),
        dated_targets(indicator),
        PathShape(indicator.path),
        indicator.step_on,
        None,
    )


def board_tree(branches: Iterable[ResultBranch], rows: Sequence[BoardRow]) -> tuple[BoardBranch, ...]:
    """The rows hung on their results."""
    by_result: dict[int, list[BoardRow]] = defaultdict(list)
    for row in rows:
        by_result[row.indicator.result_id].append(row)
    return tuple(
        BoardBranch(branch, tuple(by_result[branch.result.pk]), board_tree(branch.children, rows))
        for branch in branches
    )
