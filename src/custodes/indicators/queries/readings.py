"""Which readings an audience may see, and each of them as the figure it may be shown as."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Max, Q, QuerySet

from custodes.evidence.disclosure import DisclosurePolicy
from custodes.evidence.types import PeriodKind, Uncertainty
from custodes.indicators.models import Computation, DataQualityCheck, Reading, ReadingRevision
from custodes.indicators.rules.figures import Figure, FigureState, reliable, without_numbers
from custodes.indicators.rules.protection import Protection, protected, withheld_among
from custodes.ledger.queries import hashes_of_entries
from custodes.people.permissions import Visitor
from custodes.people.queries import rows_within
from custodes.places.models import Area, Dimension
from custodes.programmes.models import DefinitionVersion, Indicator
from custodes.programmes.queries import public_programmes, visible_indicators

KEPT_SECONDS = 24 * 3600
NEWEST = 12  # a year of months
SETTLED = (Reading.Status.VERIFIED, Reading.Status.PUBLISHED)
READING_FIELDS = tuple(
    field for field in Figure.__dataclass_fields__ if field in {f.name for f in Reading._meta.concrete_fields}
)


def disclosure_policy() -> DisclosurePolicy:
    """The installation's thresholds."""
    chosen = settings.CONFIG.disclosure
    return DisclosurePolicy(
        min_survey_n=chosen.min_survey_n, max_rse=chosen.max_relative_standard_error, min_people=chosen.min_people,
        min_sensitive=chosen.min_sensitive, min_zero_denominator=chosen.min_zero_denominator,
    )  # fmt: skip


def visible_readings(account: Visitor) -> QuerySet[Reading]:
    """The readings that a live grant of the account covers (I25)."""
    return rows_within(
        Reading.objects.all(), account, programme="indicator__programme__code", area="area__path",
        institution="indicator__institution__path",
    )  # fmt: skip


def published_readings() -> QuerySet[Reading]:
    """What the public may see, before protection: published readings, and places of those under revision, of public indicators."""
    return Reading.objects.filter(
        Q(status=Reading.Status.PUBLISHED) | Q(published_at__isnull=False),
        indicator__is_public=True, indicator__sensitivity=0, indicator__programme__in=public_programmes(), sensitivity=0,
    )  # fmt: skip


def figures_from(readings: QuerySet[Reading]) -> tuple[Figure, ...]:
    """The readings as figures with nothing withheld yet, in one query; those once published and now under revision have no number."""
    return tuple(_figure(row) for row in _figure_rows(readings))


def totals_from(readings: QuerySet[Reading]) -> tuple[Figure, ...]:
    """Totals as figures without notes and data sets, which a series does not show: reading those took most of its time."""
    totals = readings.filter(cell_key="")
    return tuple(_figure(row | NOT_READ) for row in _figure_rows(totals, without=frozenset(NOT_READ)))


NOT_READ: dict[str, Any] = {"categories": {}, "notes": (), "dataset_hashes": ()}


def _figure_rows(readings: QuerySet[Reading], *, without: frozenset[str] = frozenset()) -> Iterable[dict[str, Any]]:
    return readings.values(
        "pk", *(name for name in READING_FIELDS if name not in without), "indicator__code", "definition_version__number",
        "definition_version__unit", "area__code", "area__name", "area__level", "area__path", "published_at", "refusal",
    ).order_by("start", "end", "area__code", "cell_key", "source")  # fmt: skip


def _figure(row: dict[str, Any]) -> Figure:
    known = {name: row[name] for name in READING_FIELDS}
    known |= {
        "pk": row["pk"], "uncertainty": Uncertainty(row["uncertainty"]),
        "indicator": row["indicator__code"], "definition_version": row["definition_version__number"],
        "unit": row["definition_version__unit"], "area_code": row["area__code"], "area_name": row["area__name"],
        "area_level": row["area__level"], "area_path": row["area__path"], "categories": tuple(sorted(row["categories"].items())),
        "notes": tuple(row["notes"]), "dataset_hashes": tuple(row["dataset_hashes"]),
        "state": FigureState.REFUSED if row["value"] is None else FigureState.SHOWN, "reason": row["refusal"],
        "published_on": row["published_at"].date() if row["published_at"] else None,
    }  # fmt: skip
    return Figure(**known)


def staff_figures(readings: QuerySet[Reading]) -> tuple[Figure, ...]:
    """Figures for those whose grant covers them: unreliable survey figures are withheld even so (I18)."""
    return reliable(figures_from(readings), disclosure_policy())


def staff_totals(readings: QuerySet[Reading]) -> tuple[Figure, ...]:
    """The totals among them, for series."""
    return reliable(totals_from(readings), disclosure_policy())


@dataclass(frozen=True, slots=True)
class StoryFigures:
    """What the staff page of an indicator is made of: figures that a second person has verified, and the newest totals in whatever state."""

    settled: tuple[Figure, ...]
    newest: tuple[Figure, ...]


def staff_story_figures(readings: QuerySet[Reading], country: Area, *, breaks: Sequence[date]) -> StoryFigures:
    """Of one indicator's readings those that its page tells, in two queries.

    The national series; every cell of each source's latest national period; the national groups of the first period since the last break;
    and the yearly totals of areas, for those whose boundaries changed.
    """
    totals = staff_totals(readings.filter(area=country))
    series = tuple(each for each in totals if each.status in SETTLED)
    told = Q(period_kind=PeriodKind.YEAR, cell_key="") & ~Q(area=country)
    for source in {each.source for each in series}:
        own = [each for each in series if each.source == source]
        latest = max(own, key=lambda each: (each.end, each.definition_version))
        since = max((day for day in breaks if day <= latest.start), default=date.min)
        first = min((each for each in own if each.start >= since), key=lambda each: each.end, default=latest)
        told |= Q(source=source, start=latest.start, end=latest.end)
        told |= Q(source=source, start=first.start, end=first.end, area=country)
    others = readings.filter(told, status__in=SETTLED).exclude(area=country, cell_key="")
    newest = sorted(totals, key=lambda each: each.end, reverse=True)[:NEWEST]
    return StoryFigures((*series, *staff_figures(others)), tuple(newest))


def public_figures_among(indicators: Sequence[Indicator], wanted: Q) -> dict[int, tuple[Figure, ...]]:
    """The protected figures of indicators with `.sheet`, by their keys, at least the wanted ones: the only ones that the public gets (I9, I20).

    Of an indicator that counts people every published figure is judged, whatever a page shows of it: any of them may stand in a sum that tells
    another, so what one page withholds no other shows. What was found is kept until one of its readings changes; then all are read again. Of any
    other indicator, whose figures are judged one by one, only what is wanted is read.
    """
    overlapping = overlapping_dimensions()
    protections = {each.pk: _protection(each.sheet, overlapping) for each in indicators}
    readings = published_readings().filter(indicator__in=protections)
    marks = _marks_of_readings(
        readings.filter(indicator__in=[pk for pk, each in protections.items() if each.is_of_people])
    )
    keys = {pk: _withheld_key(pk, mark, protections[pk]) for pk, mark in marks.items()}
    known = {pk: cache.get(key) for pk, key in keys.items() if key}
    unknown = [pk for pk in marks if known.get(pk) is None]
    found: dict[int, list[Figure]] = {each.pk: [] for each in indicators}
    for row in _figure_rows(readings.filter(Q(indicator__in=unknown) | wanted)):
        found[row["indicator"]].append(_figure(row))
    for pk in unknown:
        known[pk] = withheld_among(reliable(found[pk], protections[pk].policy), protections[pk])
        if keys[pk]:
            cache.set(keys[pk], known[pk], KEPT_SECONDS)
    return {pk: _as_public(found[pk], protections[pk], withheld=known.get(pk)) for pk in found}


def _marks_of_readings(readings: QuerySet[Reading]) -> dict[int, str]:
    """Of each indicator a text that changes with any of its readings: how many there are, and the hash of the newest act on one of them.

    Empty where a reading stands without an act: nothing can then be kept of it.
    """
    rows = readings.order_by().values("indicator").annotate(count=Count("pk"), acts=Count("entry"), newest=Max("entry"))
    counts = {row["indicator"]: row for row in rows}
    hashes = hashes_of_entries(row["newest"] for row in counts.values() if row["count"] == row["acts"])
    return {
        pk: f"{row['count']} {hashes[row['newest']]}" if row["newest"] in hashes else "" for pk, row in counts.items()
    }


def _withheld_key(indicator: int, mark: str, protection: Protection) -> str:
    """Under which name it is kept which figures are withheld; what is kept holds no number but the readings' own keys (I9)."""
    if not mark:
        return ""
    text = "\n".join(
        (settings.VERSION, mark, repr(protection.policy), str(protection.threshold), *sorted(protection.overlapping))
    )
    return f"withheld:{indicator}:{sha256(text.encode()).hexdigest()[:32]}"


def _as_public(
    figures: Iterable[Figure], protection: Protection, *, withheld: Mapping[int, str] | None = None
) -> tuple[Figure, ...]:
    """Protected; one that was published and is now under revision keeps its place and its part in the sums, and loses its number."""
    return tuple(
        figure
        if figure.status == Reading.Status.PUBLISHED
        else without_numbers(figure, FigureState.REVISION_PENDING, "revision-pending")
        for figure in protected(figures, protection, withheld=withheld)
    )


def overlapping_dimensions() -> frozenset[str]:
    """Dimensions declared to count somebody twice or not at all; whatever is not declared covers everybody once."""
    return frozenset(Dimension.objects.filter(exhaustive=False).values_list("code", flat=True))


def _protection(version: DefinitionVersion, overlapping: frozenset[str]) -> Protection:
    """What decides whether a small cell under this definition is withheld."""
    return Protection(disclosure_policy(), version.counts_people, version.is_sensitive, overlapping)


def visible_indicator_or_none(account: Visitor, programme: str, code: str) -> Indicator | None:
    """One indicator of a programme, with its sheet, if the account may see it."""
    return _with_sheet(visible_indicators(account).filter(programme__code=programme, code=code))


def _with_sheet(rows: QuerySet[Indicator]) -> Indicator | None:
    """The indicator with `.sheet`, and with every version of its definition loaded for whoever asks for breaks."""
    found = rows.select_related("programme__country_area", "result", "definition", "institution", "baseline")
    found = found.defer("programme__country_area__geometry", "programme__country_area__outline")
    indicator = found.prefetch_related("definition__versions").first()
    if indicator is not None:
        indicator.sheet = newest_of(indicator.definition.versions.all())
    return indicator


def newest_of(versions: Iterable[DefinitionVersion]) -> DefinitionVersion:
    """The version in force."""
    return max(versions, key=lambda version: version.number)


def revisions_of(reading: Reading) -> QuerySet[ReadingRevision]:
    """Everything that happened to a reading, oldest first."""
    return ReadingRevision.objects.filter(reading=reading).order_by("number")


def quality_checks_of(indicator: Indicator) -> QuerySet[DataQualityCheck]:
    """The dated checks of an indicator's sources, newest first."""
    return DataQualityCheck.objects.filter(indicator=indicator)


def batch_readings(account: Visitor, computation: Computation) -> QuerySet[Reading]:
    """The readings of one computation that the account may see, total first, each with its area's name; the rest is the computation's."""
    rows = visible_readings(account).filter(computation=computation).select_related("area")
    return rows.defer("area__geometry", "area__outline").order_by("area__level", "area__code", "cell_key")


def area_levels(country: Area) -> tuple[int, ...]:
    """The levels of area below a country."""
    rows = Area.objects.filter(path__startswith=country.path, level__gt=country.level)
    return tuple(rows.order_by("level").values_list("level", flat=True).distinct())
