"""What can be downloaded, and by which rules it was made."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Min

from custodes.evidence.estimator import Estimator
from custodes.evidence.registry import all_estimators
from custodes.indicators.queries.readings import published_readings
from custodes.ledger.models import Dataset, Sensitivity
from custodes.portal.queries.programmes import public_indicators, with_sheets_loaded
from custodes.programmes.models import Indicator, Programme


@dataclass(frozen=True, slots=True)
class Download:
    """The open data of one indicator: how many cells, from when to when."""

    indicator: Indicator
    cells: int
    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class ProgrammeDownloads:
    programme: Programme
    downloads: tuple[Download, ...]


def downloads() -> tuple[ProgrammeDownloads, ...]:
    """Every indicator with published figures, programme by programme."""
    spans = {
        row["indicator"]: row
        for row in published_readings()
        .order_by()
        .values("indicator")
        .annotate(cells=Count("pk"), starts=Min("start"), ends=Max("end"))
    }
    groups: dict[Programme, list[Download]] = defaultdict(list)
    for indicator in with_sheets_loaded(public_indicators().filter(pk__in=list(spans))):
        span = spans[indicator.pk]
        groups[indicator.programme].append(Download(indicator, span["cells"], span["starts"], span["ends"]))
    return tuple(ProgrammeDownloads(programme, tuple(rows)) for programme, rows in groups.items())


def estimators() -> tuple[Estimator, ...]:
    """Every estimator that an indicator may use."""
    return all_estimators()


def licences_of(hashes: set[str]) -> tuple[str, ...]:
    """The licences of the data sets behind some figures, as far as the data sets are public or internal."""
    rows = Dataset.objects.filter(sha256__in=hashes, sensitivity__lte=Sensitivity.INTERNAL)
    return tuple(sorted(set(rows.values_list("licence", flat=True))))
