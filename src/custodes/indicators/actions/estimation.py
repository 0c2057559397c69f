"""Estimates of a computation, from checked bytes and kept look-ups alone: run twice, it says the same."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from custodes.evidence.columns import category
from custodes.evidence.errors import Refusal
from custodes.evidence.estimator import Crossing as EstimatedCrossing
from custodes.evidence.estimator import Estimator
from custodes.evidence.gaps import equity_gap
from custodes.evidence.registry import estimator as estimator_named
from custodes.evidence.types import Cell, Design, Direction, Estimate, MissingPolicy, PeriodKind
from custodes.indicators.actions.inputs import DESIGN_COLUMNS, Slice, slices_of
from custodes.indicators.errors import DatasetUnsuitable
from custodes.indicators.models import Computation
from custodes.indicators.rules.content import Content, content_from_estimate
from custodes.indicators.rules.crossings import area_level_or_none, period_label
from custodes.ledger.actions import checked_dataset_path
from custodes.ledger.models import Dataset
from custodes.ledger.rules import decimal_text

AREA = "_area"
PERIOD = "_period"
DATASET = "_dataset"  # where several are read as one: whose row it is
OURS = ("where", "population_group")  # arguments that are settled here, before the estimator sees them


@dataclass(frozen=True, slots=True)
class Estimation:
    """What a computation found: the content of every reading, total first, and the gap over each single split."""

    contents: tuple[Content, ...]
    gaps: Mapping[str, Mapping[str, Any]]


def estimate_computation(
    computation: Computation, *, on_progress: Callable[[int, int], None] | None = None
) -> Estimation:
    """Every reading that the computation makes.

    Raises DatasetAltered where the bytes of a data set are not those it is named by; InputProblem where columns and arguments do not fit.
    """
    item = estimator_named(computation.estimator)
    datasets = list(computation.datasets.order_by("sha256"))
    hashes = [dataset.sha256 for dataset in datasets]
    crossings = [(), *(tuple(crossing) for crossing in computation.crossings)]
    slices = slices_of(computation)
    contents: list[Content] = []
    gaps = {}
    with _open_table(item, datasets, computation.inputs.get("missing_codes", {})) as opened:
        for number, part in enumerate(slices):
            _check_areas(computation, opened, part)
            table = _rows_of(opened, computation, item, part)
            for crossing in crossings:
                if on_progress:
                    on_progress(number, len(slices))
                found = _crossing(table, computation, item, part, crossing)
                contents += _contents(computation, part, crossing, found.estimates, hashes)
                if len(crossing) == 1 and not computation.every:
                    gaps[crossing[0]] = _gap_row(found, Direction(computation.definition_version.direction))
    return Estimation(tuple(contents), {name: row for name, row in gaps.items() if row})


def _crossing(
    table: Any, computation: Computation, item: Estimator, part: Slice, crossing: Sequence[str]
) -> EstimatedCrossing:
    levels = [level for level in map(area_level_or_none, crossing) if level is not None]
    if table is not None and levels and AREA not in table.columns:
        raise DatasetUnsuitable(_("Its rows have no area."), remedy=_("Map the column of the place when importing."))
    by = [_column_of(column) for column in crossing]
    arguments = _arguments(computation, part)
    found = item.crossing(
        table, arguments=arguments, by=[*([PERIOD] if computation.every else []), *by],
        design=Design(**computation.inputs.get("design", {})), missing=MissingPolicy(computation.missing_policy),
    )  # fmt: skip
    is_by_place_only = len(levels) == len(by)
    if item.kinds != frozenset({"events"}) or not is_by_place_only:
        return found
    wanted = {by[0]: sorted(set(computation.inputs["areas"][part.key][str(levels[0])].values()))} if by else {}
    zeros = _true_zeros(found.estimates, item, table, arguments, computation, part, wanted)
    return EstimatedCrossing((*found.estimates, *zeros))


def _column_of(column: str) -> str:
    """The column of the table behind one of a crossing: `area:1` stands in `_area_1`."""
    level = area_level_or_none(column)
    return column if level is None else f"{AREA}_{level}"


def _true_zeros(
    found: Sequence[Estimate], item: Estimator, table: Any, arguments: Mapping[str, Any], computation: Computation, part: Slice,
    areas: Mapping[str, Sequence[str]],
) -> list[Estimate]:  # fmt: skip
    """The request was refused unless the lists cover its periods: a month or an area without an event has none, which is a true zero (I21)."""
    labels = [period_label(period) for period in part.periods] if computation.every else [""]
    present = {each.cell for each in found}
    places = [(column, code) for column, codes in areas.items() for code in codes] or [("", "")]
    wanted = [
        (Cell.of(({PERIOD: label} if label else {}) | ({column: code} if code else {})), code)
        for label in labels
        for column, code in places
    ]
    persons = arguments.get("population", {})
    missing = [(cell, area) for cell, area in wanted if cell not in present]
    missing = [(cell, area) for cell, area in missing if not persons or area in persons]  # no rate of nobody
    if not missing:
        return []
    nothing = item.estimate(table.mutate(_member=False), arguments=arguments)[0]
    return [replace(nothing, cell=cell, denominator=persons.get(area)) for cell, area in missing]


def _gap_row(found: EstimatedCrossing, direction: Direction) -> dict[str, Any] | None:
    """The gap between the named groups of one split, as JSON with figures as decimal text; None where fewer than two can be compared."""
    named = [number for number, each in enumerate(found.estimates) if all(code for _, code in each.cell.categories)]
    covariance = found.covariance()
    try:
        gap = equity_gap(
            [found.estimates[number] for number in named],
            covariance=None if covariance is None else covariance[named][:, named],
            direction=direction,
        )
    except Refusal:
        return None
    figures = {name: decimal_text(getattr(gap, name)) for name in ("value", "ratio", "se", "low", "high")}
    return figures | {"best": gap.best.categories[0][1], "worst": gap.worst.categories[0][1]}


@contextmanager
def _open_table(
    item: Estimator, datasets: Sequence[Dataset], missing: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[Any]:
    """The data sets opened as one, or None for an estimator that reads none."""
    if not item.kinds:
        yield None
        return
    from custodes.evidence import tables  # brings DuckDB, which a page never needs

    with tables.open_dataset(_source(datasets)) as opened:
        yield replace(opened, table=_told_apart(opened.table, datasets, missing))


def _rows_of(opened: Any, computation: Computation, item: Estimator, part: Slice) -> Any:
    """The rows of the periods and the definition's filter, as members; the sample design keeps the other rows."""
    if opened is None:
        return None
    from custodes.evidence import tables

    filters = [
        tables.Filter(column, tuple(str(value) for value in values))
        for column, values in computation.arguments.get("where", {}).items()
    ]
    kind = "events" if item.kinds == frozenset({"events"}) else "survey"
    rows = tables.select_rows(opened.table, kind=kind, filters=filters, period=part.span)
    if computation.every:
        _check_rows_within_periods(rows, computation, kind)
        rows = tables.with_period(rows, PeriodKind(computation.every))
    return tables.materialised(opened, _with_areas(rows, computation, part))


def _check_rows_within_periods(rows: Any, computation: Computation, kind: str) -> None:
    """A yearly report is no report of January: rows that span several of the periods asked for are refused. An event is dated by its start."""
    from custodes.evidence import tables

    across = 0 if kind == "events" else tables.rows_across_periods(rows, PeriodKind(computation.every))
    if across:
        raise DatasetUnsuitable(
            _("%(count)d of its rows span more than one %(kind)s.") % {"count": across, "kind": computation.every},
            where=computation.indicator.code,
            remedy=_("Ask for readings of longer periods, such as one for each year."),
        )


def _source(datasets: Sequence[Dataset]) -> Any:
    """The one file, or the rows of several under each other, columns that one lacks being empty."""
    paths = [checked_dataset_path(dataset.sha256) for dataset in datasets]
    if len(paths) == 1:
        return paths[0]
    import pyarrow  # slow to import
    import pyarrow.parquet

    parts = [pyarrow.parquet.read_table(path) for path in paths]
    parts = [
        part.append_column(DATASET, pyarrow.array([dataset.sha256] * part.num_rows, pyarrow.string()))
        for part, dataset in zip(parts, datasets, strict=True)
    ]
    return pyarrow.concat_tables(parts, promote_options="permissive")


def _told_apart(table: Any, datasets: Sequence[Dataset], missing: Mapping[str, Mapping[str, Sequence[str]]]) -> Any:
    """The table with every data set's own missing codes emptied, column by column, and the clusters and strata of several data sets kept apart.

    An empty answer is missing under either policy. Cluster 1 of one round is not cluster 1 of the next: pooled samples are independent.
    """
    changed: dict[str, Any] = {}
    for dataset in datasets:
        for name, codes in missing.get(dataset.sha256, {}).items():
            if name not in table.columns:
                continue
            is_missing = category(table, name, where="missing codes").isin(list(codes)).fill_null(False)
            if DATASET in table.columns:
                is_missing = is_missing & (table[DATASET] == dataset.sha256)
            changed[name] = is_missing.ifelse(None, changed.get(name, table[name]))
    if DATASET in table.columns:
        for name in {DESIGN_COLUMNS["strata"], DESIGN_COLUMNS["clusters"]} & set(table.columns):
            changed[name] = table[DATASET].left(12) + " " + category(table, name, where="design")
    return table.mutate(**changed) if changed else table


def _check_areas(computation: Computation, opened: Any, part: Slice) -> None:
    """Every area in the data is one that exists on the last day of its slice of the periods (I8)."""
    if opened is None or AREA not in opened.table.columns:
        return
    table = opened.table
    inside = table.filter(table["_start"] <= part.span.end, table["_start"] >= part.span.start)
    present = set(inside.select(AREA).distinct().to_pyarrow()[AREA].to_pylist()) - {None}
    strange = sorted(present - set(computation.inputs["known_areas"][part.key]))
    if strange:
        raise DatasetUnsuitable(
            _("It has rows in areas that are not part of the programme's country on that date."),
            where=", ".join(strange[:5]),
            remedy=_("Check the dates of the areas, or declare what they became."),
        )


def _with_areas(table: Any, computation: Computation, part: Slice) -> Any:
    """The table with the area of each row at every level that is asked for, each in a column of its own, so that all crossings read one table."""
    if AREA not in table.columns:
        return table
    import ibis  # slow to import

    codes: Mapping[str, Mapping[str, str]] = computation.inputs["areas"][part.key]
    nowhere = ibis.literal(None, type="string")  # a row of the whole country lies in none of its counties
    return table.mutate(
        **{
            f"{AREA}_{level}": table[AREA].cases(*known.items(), else_=nowhere) if known else nowhere
            for level, known in codes.items()
        }
    )


def _arguments(computation: Computation, part: Slice) -> dict[str, Any]:
    arguments = {name: value for name, value in computation.arguments.items() if name not in OURS}
    inputs = computation.inputs
    if "population" in inputs:
        population = inputs["population"][part.key]
        arguments |= {
            "population": population["persons"],
            "population_year": str(population["year"]),
            "population_version": population["version"],
        }
    return arguments


def _contents(
    computation: Computation, part: Slice, crossing: Sequence[str], estimates: Sequence[Estimate], hashes: Sequence[str]
) -> list[Content]:
    area_column = next((_column_of(column) for column in crossing if area_level_or_none(column) is not None), "")
    periods = {period_label(period): period for period in part.periods} if computation.every else {"": part.periods[0]}
    contents = []
    for estimate in sorted(estimates, key=lambda each: each.cell):
        categories = dict(estimate.cell.categories)
        area = categories.pop(area_column, "") if area_column else computation.inputs["total_area"]
        period = periods.get(categories.pop(PERIOD, ""))
        if not area or period is None:
            continue  # rows without a place count in the total; the import lists them
        contents.append(
            content_from_estimate(
                estimate, programme=computation.indicator.programme.code, indicator=computation.indicator.code,
                definition_version=computation.definition_version.number, start=period.start, end=period.end,
                period_kind=period.kind.value, area=area, categories=categories, source=computation.source,
                dataset_hashes=hashes, missing_policy=computation.missing_policy, text=str(computation.arguments.get("stage", "")),
            )
        )  # fmt: skip
    return contents
