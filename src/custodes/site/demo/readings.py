"""The evidence of Karuna brought in file by file, its readings computed, and taken through four eyes to the public."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from custodes.collection.actions import import_file
from custodes.evidence.types import MissingPolicy, PeriodKind
from custodes.indicators.actions import (
    publish_readings,
    request_computation,
    return_readings,
    submit_readings,
    verify_readings,
)
from custodes.indicators.models import Computation, Reading
from custodes.ledger.models import Dataset, Sensitivity
from custodes.people.models import Account
from custodes.programmes.models import Indicator, Programme
from custodes.site.demo import PROVENANCE
from custodes.site.demo.files import Feed, Upload, uploads
from custodes.site.demo.generate import Demonstration
from custodes.site.demo.survey import LABELS

LICENCE = "CC0-1.0"
LEVELS = {"public": Sensitivity.PUBLIC, "internal": Sensitivity.INTERNAL, "restricted": Sensitivity.RESTRICTED}
RETURN_REASON = "Two of these sessions may have been hearings of another committee: please check the minutes."
WITHOUT_DATASET = frozenset({"panel", "milestones"})
THEFT_IN_SURVEY = Feed(
    "CRM-02",
    "survey_proportion",
    "round",
    {},
    (("county",), ("policing_area",), ("sex",)),
    {},
    "exclude",
    False,
    "survey",
)
INCIDENT_DEATHS = Feed("SAF-03", "event_rate", "year", {}, (("county",),), {}, "exclude", False, "incidents")


@dataclass(frozen=True, slots=True)
class Hands:
    """Those through whom a figure goes."""

    officer: Account
    verifier: Account
    publisher: Account


@dataclass(frozen=True, slots=True)
class Span:
    """One period to compute, cumulative ones beginning with the programme."""

    start: date
    end: date
    kind: PeriodKind


def bring_evidence(
    demonstration: Demonstration, folder: Path, programme: Programme, *, officer: Account, tell: Callable[[str], None]
) -> dict[str, list[Dataset]]:
    """Import every file as an officer would; the data sets by name of their kind of file."""
    found: dict[str, list[Dataset]] = {}
    for upload in uploads():
        for name in upload.names:
            if name in WITHOUT_DATASET or name not in demonstration.tables:
                continue
            tell(f"importing {name}")
            run = import_file(
                folder / f"{name}.csv", by=officer, programme=programme.code, source=upload.source, title=_title(upload, name),
                series=upload.names[0].split("_")[0], country="QR", licence=LICENCE, provenance=PROVENANCE, synthetic=True,
                sensitivity=LEVELS[upload.sensitivity], mapping=mapping_of(upload, name), matches={},
            )  # fmt: skip
            found.setdefault(upload.names[0], []).append(run.dataset)
    return found


def _title(upload: Upload, name: str) -> str:
    return f"{upload.title}, round {name[-1]}" if upload.source == "survey" else upload.title


def mapping_of(upload: Upload, name: str) -> dict[str, Any]:
    """The mapping of a file as the import form would keep it."""
    roles = {
        "area": upload.place, "weight": upload.weight, "strata": upload.strata, "clusters": upload.clusters, "fpc": upload.fpc,
        "unit": upload.unit, "received": upload.received, "person": upload.person,
    }  # fmt: skip
    mapping: dict[str, Any] = {
        "columns": {role: column for role, column in roles.items() if column},
        "types": dict.fromkeys(upload.categories, "category") | dict.fromkeys(upload.numbers, "number"),
        "area_level": 2,
    }
    if upload.source == "survey":
        year = 2021 + int(name[-1])
        mapping["dates"] = {"from": f"{year}-11-01", "to": f"{year}-11-30"}
        mapping["labels"] = {
            column: {"question": question, "values": values} for column, (question, values) in LABELS.items()
        }
        mapping["missing"] = {column: {"9": "Don't know"} for column, (_, values) in LABELS.items() if "9" in values}
    elif upload.source == "administrative":
        mapping["columns"]["period"] = upload.period
        if upload.period_kind in ("month", "half_year"):
            mapping["period_kind"] = upload.period_kind
        mapping["measures"] = list(upload.numbers)
    else:
        mapping = {"area_level": 2}
    return mapping


def make_readings(
    demonstration: Demonstration,
    datasets: dict[str, list[Dataset]],
    programme: Programme,
    hands: Hands,
    *,
    tell: Callable[[str], None],
) -> None:
    """Compute every indicator for every period that the evidence holds, and publish all but what still waits for somebody."""
    rows = Indicator.objects.filter(programme=programme)
    indicators = {row.code: row for row in rows.select_related("programme__country_area", "definition", "institution")}
    for upload in uploads():
        feeds = [*upload.feeds, *_more_feeds(upload)]
        for feed in feeds:
            indicator = indicators.get(feed.indicator)
            if indicator is None:
                continue
            tell(f"computing {feed.indicator}")
            computations = list(
                _computations(demonstration, upload, feed, indicator, datasets.get(upload.names[0], []), hands.officer)
            )
            _review(computations, feed, hands)


def _more_feeds(upload: Upload) -> tuple[Feed, ...]:
    more = {"survey_r1": (THEFT_IN_SURVEY,), "incidents_acled": (INCIDENT_DEATHS,)}
    return more.get(upload.names[0], ())


def _computations(
    demonstration: Demonstration,
    upload: Upload,
    feed: Feed,
    indicator: Indicator,
    datasets: Sequence[Dataset],
    officer: Account,
) -> Iterator[Computation]:
    crossings = [["area:2" if column == "county" else column for column in crossing] for crossing in feed.by]
    for span in spans_of(demonstration, upload, feed, datasets, programme_start=indicator.programme.starts):
        chosen = [
            each
            for each in datasets
            if each.starts is None or (each.starts <= span.end and (each.ends or each.starts) >= span.start)
        ]
        if datasets and not chosen:
            continue
        yield request_computation(
            indicator, by=officer, datasets=chosen, source=feed.series or _source(upload), start=span.start, end=span.end,
            period_kind=span.kind, crossings=crossings, missing_policy=MissingPolicy(feed.missing),
            arguments=_arguments(demonstration, upload, feed, span),
        )  # fmt: skip


def _source(upload: Upload) -> str:
    return "survey" if upload.source == "survey" else upload.owner


def _arguments(demonstration: Demonstration, upload: Upload, feed: Feed, span: Span) -> dict[str, Any]:
    """What only the reading itself can say: the judges' ratings, the stage with its documents."""
    rows = demonstration.tables[upload.names[0]].to_pylist() if upload.names[0] in WITHOUT_DATASET else []
    rows = [row for row in rows if row["date"] == span.end and row.get("indicator", feed.indicator) == feed.indicator]
    if feed.estimator == "judgement":
        return {"ratings": [str(row["score"]) for row in rows]}
    if feed.estimator == "ordinal_milestone":
        stages = list(feed.arguments["stages"])
        return {
            "stages": stages,
            "stage": stages[int(rows[0]["stage"])],
            "documents": [str(row["what"]) for row in rows],
        }
    return {}


def spans_of(
    demonstration: Demonstration, upload: Upload, feed: Feed, datasets: Sequence[Dataset], *, programme_start: date
) -> list[Span]:
    """The whole periods that the files hold up to the day of the demonstration."""
    if feed.every == "round":
        return [Span(each.starts, each.ends, PeriodKind.ROUND) for each in datasets if each.starts and each.ends]
    days = sorted(_days(demonstration, upload, feed))
    whole = {
        "year": _year,
        "half_year": _half_year,
        "day": lambda day: Span(day, day, PeriodKind.DAY),
    }[feed.every]
    spans = sorted({whole(day) for day in days}, key=lambda span: span.end)
    spans = [span for span in spans if span.end <= demonstration.as_of]
    return [Span(programme_start, span.end, PeriodKind.MANDATE) if feed.cumulative else span for span in spans]


def _days(demonstration: Demonstration, upload: Upload, feed: Feed) -> set[date]:
    rows = demonstration.tables[upload.names[0]]
    if "indicator" in feed.where:
        chosen = [row for row in rows.to_pylist() if row["indicator"] == feed.indicator]
        return {row[upload.period] for row in chosen}
    values = set(rows[upload.period].to_pylist())
    return {value if isinstance(value, date) else date(int(value), 1, 1) for value in values}


def _year(day: date) -> Span:
    return Span(date(day.year, 1, 1), date(day.year, 12, 31), PeriodKind.YEAR)


def _half_year(day: date) -> Span:
    if day.month <= 6:
        return Span(date(day.year, 1, 1), date(day.year, 6, 30), PeriodKind.FISCAL_YEAR)
    return Span(date(day.year, 7, 1), date(day.year, 12, 31), PeriodKind.FISCAL_YEAR)


def _review(computations: Sequence[Computation], feed: Feed, hands: Hands) -> None:
    """Everything goes through four eyes; the newest vetting figures wait for the publisher, and one figure was returned on the way."""
    for computation in computations:
        is_newest = computation is computations[-1]
        readings = list(Reading.objects.filter(computation=computation))
        if not readings:
            continue
        submit_readings(readings, by=hands.officer)
        if feed.indicator == "OVR-02" and is_newest:
            return_readings(readings, by=hands.verifier, reason=RETURN_REASON)
            submit_readings(readings, by=hands.officer, note="Checked: the minutes name this Committee.")
        verify_readings(readings, by=hands.verifier)
        if not (feed.indicator == "HUM-03" and is_newest):
            publish_readings(readings, by=hands.publisher)
