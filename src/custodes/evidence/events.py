"""What the event estimators share: events or deaths of each cell, with the source's own low, best and high."""

from dataclasses import dataclass

from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.columns import categories, cell_of, grouped_rows, numeric
from custodes.evidence.estimator import Request
from custodes.evidence.types import Cell

EVENTS, DEATHS = "events", "deaths"
WHAT = Argument(
    "what", "What is counted", "events, or deaths in them.", ArgumentType.CHOICE, False, EVENTS, (EVENTS, DEATHS)
)


@dataclass(frozen=True, slots=True)
class EventCount:
    """best: None where no row gives a number; low and high: None where the source gives no bounds."""

    cell: Cell
    best: float | None
    low: float | None
    high: float | None
    n: int
    missing: int
    notes: tuple[str, ...]


def event_counts(request: Request) -> list[EventCount]:
    """Events (distinct identifiers) or deaths of each cell.

    The total of a list that has rows, none of which falls here, is a true zero; an empty list is refused.
    """
    table = request.table
    identifier = table["_event"].cast("string") if "_event" in table.columns else table["_row"].cast("string")
    columns = {"event": identifier.coalesce("row " + table["_row"].cast("string"))}
    deaths = request.text("what") == DEATHS
    has_bounds = deaths and {"_deaths_low", "_deaths_high"} <= set(table.columns)
    if deaths:
        best = numeric(table, "_deaths_best", where="deaths")
        columns["best"] = best
        columns["low"] = numeric(table, "_deaths_low", where="deaths").coalesce(best) if has_bounds else best
        columns["high"] = numeric(table, "_deaths_high", where="deaths").coalesce(best) if has_bounds else best
    rows = table.select(**columns, **categories(table, request.by))
    aggregates = {"rows": rows.count(), "events": rows.event.nunique()}
    if deaths:
        known = rows.best.notnull()
        # Deaths are whole numbers: their sum as integers does not depend on order.
        aggregates |= {name: rows[name].sum(where=known).cast("int64") for name in ("best", "low", "high")}
        aggregates["known"] = rows.best.count()
    found = [
        _count(cell_of(request.by, row), row, deaths, has_bounds) for row in grouped_rows(rows, request.by, aggregates)
    ]
    return sorted(found, key=lambda each: each.cell)


def _count(cell: Cell, row: dict[str, int | None], deaths: bool, has_bounds: bool) -> EventCount:
    rows, events = int(row["rows"] or 0), int(row["events"] or 0)
    notes = (f"{rows - events} rows repeat an event.",) if rows > events else ()
    if not deaths:
        return EventCount(cell, float(events), None, None, events, 0, notes)
    known = int(row["known"] or 0)
    if known == 0:
        return EventCount(cell, None if rows else 0.0, None, None, rows, rows, notes)
    best, low, high = (float(row[name] or 0) for name in ("best", "low", "high"))
    if rows > known:
        notes = (*notes, f"{rows - known} rows give no number of deaths; the sum is a lower bound.")
    if has_bounds and not low <= best <= high:
        return EventCount(cell, best, None, None, known, rows - known, (*notes, "The source's bounds contradict it."))
    if not has_bounds:
        return EventCount(cell, best, None, None, known, rows - known, notes)
    return EventCount(cell, best, low, high, known, rows - known, notes)
