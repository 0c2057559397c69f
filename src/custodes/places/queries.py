"""Questions about places: which areas, who lives there, what became of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from custodes.places.errors import AreaNotFound
from custodes.places.models import Area, AreaName, PlaceMatch, Population, Succession
from custodes.places.permissions import can_see_places
from custodes.places.rules import KnownArea, SharePassed, folded_name


def valid_on(on: date) -> Q:
    """The condition that an area's dates hold a day."""
    return Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gte=on))


def area_at(code: str, on: date) -> Area:
    """The area with that code on that day, or AreaNotFound."""
    area = Area.objects.filter(valid_on(on), code=code).first()
    if area is None:
        raise AreaNotFound(
            _("There is no area “%(code)s” on %(day)s.") % {"code": code, "day": on},
            where=_("places"),
            remedy=_("Look up the code under Places, or import the boundaries of that time."),
        )
    return area


def areas_in(country: str, level: int, on: date) -> QuerySet[Area]:
    """Areas of one level that are valid on a day, without their geometry; the empty country is every country."""
    rows = Area.objects.filter(valid_on(on), level=level)
    return (rows.filter(country=country) if country else rows).defer("geometry", "outline").order_by("code")


def descendants(area: Area, on: date, *, level: int | None = None) -> QuerySet[Area]:
    """Areas below one, valid on a day; of one level where given."""
    rows = Area.objects.filter(valid_on(on), path__startswith=area.path).exclude(code=area.code)
    return (rows if level is None else rows.filter(level=level)).defer("geometry", "outline").order_by("level", "code")


def known_areas(country: str, level: int, *, starts: date | None = None, ends: date | None = None) -> list[KnownArea]:
    """What written places of a time may mean: areas of that level whose dates touch it, one for each code with all its names."""
    rows = Area.objects.filter(level=level).defer("geometry", "outline")
    if country:
        rows = rows.filter(country=country)
    if ends is not None:
        rows = rows.filter(valid_from__lte=ends)
    if starts is not None:
        rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=starts))
    found: dict[str, KnownArea] = {}
    for area in rows.order_by("valid_from").prefetch_related(
        Prefetch("names", AreaName.objects.only("area", "folded"))
    ):
        earlier = found[area.code].folded if area.code in found else frozenset()
        found[area.code] = KnownArea(area.code, area.name, earlier | {name.folded for name in area.names.all()})
    return [found[code] for code in sorted(found)]


def remembered_matches(country: str, level: int) -> dict[str, str]:
    """Folded text to code, as people decided; the empty code is "none of ours"."""
    return dict(PlaceMatch.objects.filter(country=country, level=level).values_list("folded", "area_code"))


@dataclass(frozen=True, slots=True)
class PopulationFound:
    """Persons by area code with the year and version they belong to; `missing` lists areas without a figure."""

    persons: dict[str, int]
    year: int
    source: str
    version: str
    missing: tuple[str, ...] = field(default=())


def populations_for(
    areas: Iterable[Area], year: int, *, sex: str = "", age_band: str = "", version: str = "", use_earlier: bool = False
) -> PopulationFound | None:
    """The denominators of one year from one source and version, or None where that year has none; never a guess.

    version      the declared one; empty: the newest that holds the year.
    use_earlier  take the latest year before where `year` has none; the answer says which.
    """
    codes = {area.pk: area.code for area in areas}
    rows = Population.objects.filter(area__in=codes, sex=sex, age_band=age_band)
    rows = rows.filter(year__lte=year) if use_earlier else rows.filter(year=year)
    if version:
        rows = rows.filter(version=version)
    newest = rows.order_by("-year", "-version", "source").first()
    if newest is None:
        return None
    chosen = rows.filter(year=newest.year, version=newest.version, source=newest.source)
    persons = {codes[area]: value for area, value in chosen.values_list("area_id", "value")}
    missing = tuple(sorted(set(codes.values()) - set(persons)))
    return PopulationFound(persons, newest.year, newest.source, newest.version, missing)


def successions_between(starts: date, ends: date, *, country: str = "") -> tuple[SharePassed, ...]:
    """Shares of areas that passed to others after the first day and up to the last."""
    rows = Succession.objects.filter(on__gt=starts, on__lte=ends).select_related("predecessor", "successor")
    if country:
        rows = rows.filter(predecessor__country=country)
    return tuple(
        SharePassed(row.predecessor.code, row.successor.code, row.share, row.on)
        for row in rows.order_by("on", "predecessor__code", "successor__code")
    )


def areas_for(account: Any, *, text: str = "", country: str = "", level: int | None = None) -> QuerySet[Area]:
    """The areas that an account may list, parents before children; none without a grant (I25)."""
    if not can_see_places(account):
        return Area.objects.none()
    heavy = ("geometry", "outline", "parent__geometry", "parent__outline")
    rows = Area.objects.defer(*heavy).select_related("parent").order_by("country", "path", "valid_from")
    if country:
        rows = rows.filter(country=country)
    if level is not None:
        rows = rows.filter(level=level)
    if text:
        rows = rows.filter(
            Q(code__iexact=text) | Q(name__icontains=text) | Q(names__folded__contains=folded_name(text))
        )
    return rows.distinct()


def populations_of(area: Area) -> Sequence[Population]:
    """All population rows of an area, newest year first."""
    return list(area.populations.order_by("-year", "source", "version", "sex", "age_band")[:200])


def countries_for(account: Any) -> list[str]:
    """Codes of the countries that an account may list."""
    return sorted(set(areas_for(account).order_by().values_list("country", flat=True)))


def neighbours_of(area: Area) -> Sequence[Area]:
    """The area and those of its level and parent that overlap its dates, with outlines only."""
    rows = Area.objects.filter(level=area.level, country=area.country, outline__isnull=False).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=area.valid_from), valid_from__lte=area.valid_to or area.valid_from
    )
    return list(rows.exclude(~Q(pk=area.pk), code=area.code).defer("geometry").order_by("code")[:300])


def successions_of(area: Area) -> Sequence[Succession]:
    """Shares that an area passed on or took over."""
    rows = Succession.objects.filter(Q(predecessor__code=area.code) | Q(successor__code=area.code))
    return list(rows.select_related("predecessor", "successor").defer(
        "predecessor__geometry", "predecessor__outline", "successor__geometry", "successor__outline"
    ).order_by("on"))  # fmt: skip
