"""Estimates of a computation, from checked bytes and kept look-ups alone: run twice, it says the same."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from custodes.evidence.errors import Refusal
from custodes.evidence.estimator import Crossing as EstimatedCrossing
from custodes.evidence.estimator import Estimator
from custodes.evidence.gaps import equity_gap
from custodes.evidence.registry import estimator as estimator_named
from custodes.evidence.types import Design, Direction, Estimate, MissingPolicy, Period, PeriodKind
from custodes.indicators.errors import DatasetUnsuitable
from custodes.indicators.models import Computation
from custodes.indicators.rules.content import Content, content_from_estimate
from custodes.indicators.rules.crossings import area_level_or_none
from custodes.ledger.actions import checked_dataset_path
from custodes.ledger.models import Dataset
from custodes.ledger.rules import decimal_text

AREA = "_area"
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
    contents: list[Content] = []
    gaps = {}
    with _open_table(computation, item, datasets) as table:
        crossings = [(), *(tuple(crossing) for crossing in computation.crossings)]
        for number, crossing in enumerate(crossings):
            if on_progress:
                on_progress(number, len(crossings))
            found = item.crossing(
                _with_areas(table, computation, crossing),
                arguments=_arguments(computation, item),
                design=Design(**computation.inputs.get("design", {})),
                by=tuple(AREA if area_level_or_none(column) is not None else column for column in crossing),
                missing=MissingPolicy(computation.missing_policy),
            )
            contents += _contents(computation, crossing, found.estimates, hashes)
            if len(crossing) == 1:
                gaps[crossing[0]] = _gap_row(found, Direction(computation.definition_version.direction))
    return Estimation(tuple(contents), {name: row for name, row in gaps.items() if row})


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
def _open_table(computation: Computation, item: Estimator, datasets: Sequence[Dataset]) -> Iterator[Any]:
    """The rows of the period and the definition's filter, as members; the sample design keeps the other rows."""
    if not item.kinds:
        yield None
        return
    from custodes.evidence import tables  # brings DuckDB, which a page never needs

    filters = [
        tables.Filter(column, tuple(str(value) for value in values))
        for column, values in computation.arguments.get("where", {}).items()
    ]
    period = Period(computation.start, computation.end, PeriodKind(computation.period_kind))
    with tables.open_dataset(_source(datasets)) as opened:
        _check_areas(computation, opened.table)
        yield tables.select_rows(opened.table, kind=datasets[0].kind, filters=filters, period=period)


def _source(datasets: Sequence[Dataset]) -> Any:
    """The one file, or the rows of several under each other, columns that one lacks being empty."""
    paths = [checked_dataset_path(dataset.sha256) for dataset in datasets]
    if len(paths) == 1:
        return paths[0]
    import pyarrow  # slow to import
    import pyarrow.parquet

    return pyarrow.concat_tables([pyarrow.parquet.read_table(path) for path in paths], promote_options="permissive")


def _check_areas(computation: Computation, table: Any) -> None:
    """Every area in the data is one that exists on the last day of the period (I8)."""
    if AREA not in table.columns:
        return
    present = set(table.select(AREA).distinct().to_pyarrow()[AREA].to_pylist()) - {None}
    strange = sorted(present - set(computation.inputs["known_areas"]))
    if strange:
        raise DatasetUnsuitable(
            _("It has rows in areas that are not part of the programme's country on that date."),
            where=", ".join(strange[:5]),
            remedy=_("Check the dates of the areas, or declare what they became."),
        )


def _with_areas(table: Any, computation: Computation, crossing: Sequence[str]) -> Any:
    levels = [level for level in map(area_level_or_none, crossing) if level is not None]
    if table is None or not levels:
        return table
    codes: Mapping[str, str] = computation.inputs["areas"][str(levels[0])]
    if AREA not in table.columns:
        raise DatasetUnsuitable(_("Its rows have no area."), remedy=_("Map the column of the place when importing."))
    return table.mutate(**{AREA: table[AREA].substitute(dict(codes), else_=None)})


def _arguments(computation: Computation, item: Estimator) -> dict[str, Any]:
    arguments = {name: value for name, value in computation.arguments.items() if name not in OURS}
    inputs = computation.inputs
    if "missing_codes" in inputs:
        arguments["missing_codes"] = inputs["missing_codes"]
    if "population" in inputs:
        population = inputs["population"]
        arguments |= {
            "population": population["persons"],
            "population_year": str(population["year"]),
            "population_version": population["version"],
        }
    return arguments


def _contents(
    computation: Computation, crossing: Sequence[str], estimates: Sequence[Estimate], hashes: Sequence[str]
) -> list[Content]:
    has_area = any(area_level_or_none(column) is not None for column in crossing)
    contents = []
    for estimate in estimates:
        categories = dict(estimate.cell.categories)
        area = categories.pop(AREA, "") if has_area else computation.inputs["total_area"]
        if not area:
            continue  # rows without a place count in the total; the import lists them
        contents.append(
            content_from_estimate(
                estimate,
                programme=computation.indicator.programme.code,
                indicator=computation.indicator.code,
                definition_version=computation.definition_version.number,
                start=computation.start,
                end=computation.end,
                period_kind=computation.period_kind,
                area=area,
                categories=categories,
                source=computation.source,
                dataset_hashes=hashes,
                text=str(computation.arguments.get("stage", "")),
            )
        )
    return contents
