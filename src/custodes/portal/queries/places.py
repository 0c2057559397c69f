"""Places in public: which have figures, and the figures of one beside those of its country."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from custodes.indicators.queries.readings import public_figures_among, published_readings
from custodes.indicators.rules.displays import state_words
from custodes.indicators.rules.figures import Figure
from custodes.indicators.rules.series import headline_series, in_order
from custodes.places.models import Area
from custodes.portal.queries.programmes import (
    NATIONAL_TOTALS,
    public_indicators,
    with_sheets_loaded,
)
from custodes.portal.rules.sentences import Comparison, comparison
from custodes.programmes.models import Indicator


@dataclass(frozen=True, slots=True)
class PlaceGroup:
    """The areas of one country and level that have public figures."""

    country: str
    level: int
    areas: tuple[Area, ...]


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One figure of an area beside the country's of the same period and source."""

    indicator: Indicator
    figure: Figure
    country: Figure | None
    state: str
    country_state: str
    comparison: Comparison | None


@dataclass(frozen=True, slots=True)
class PlaceAccount:
    """All public figures of one area. `parents` are the areas around it that have public figures too."""

    area: Area
    country: Area
    parents: tuple[Area, ...]
    below: tuple[Area, ...]
    rows: tuple[PlaceRow, ...]

    @property
    def is_country(self) -> bool:
        return self.area.pk == self.country.pk


def _places_with_figures() -> QuerySet[Area]:
    return Area.objects.filter(pk__in=published_readings().values("area")).defer("geometry", "outline")


def places_with_figures() -> tuple[PlaceGroup, ...]:
    """Every area that has a public figure, country by country and level by level, in the order of names."""
    groups: dict[tuple[str, int], dict[str, Area]] = {}
    for area in _places_with_figures().order_by("country", "level", "name", "valid_from"):
        groups.setdefault((area.country, area.level), {})[area.code] = area
    return tuple(PlaceGroup(country, level, tuple(areas.values())) for (country, level), areas in groups.items())


def place_account_or_none(code: str, *, language: str) -> PlaceAccount | None:
    """The account of an area with public figures; where the code was used twice, the area valid last gives the name."""
    area = _places_with_figures().filter(code=code).order_by("-valid_from").first()
    if area is None:
        return None
    codes = [part for part in area.path.split("/") if part]
    above = {
        each.code: each
        for each in Area.objects.filter(code__in=codes).defer("geometry", "outline").order_by("valid_from")
    }
    inside = _places_with_figures().filter(path__startswith=area.path, level=area.level + 1)
    below = {each.code: each for each in inside.order_by("name", "valid_from")}  # once, where its boundary changed
    keys = list(
        published_readings().filter(area__code=code, cell_key="").values_list("indicator", flat=True).distinct()
    )
    indicators = with_sheets_loaded(public_indicators().filter(pk__in=keys))
    figures = public_figures_among(
        indicators,
        Q(cell_key="", area__code=code) | NATIONAL_TOTALS,
    )
    rows = [row for each in indicators for row in _rows(each, figures[each.pk], code, language)]
    with_page = set(_places_with_figures().filter(code__in=codes).values_list("code", flat=True))
    parents = tuple(above[each] for each in codes[:-1] if each in with_page)
    return PlaceAccount(area, above[codes[0]], parents, tuple(below.values()), tuple(rows))


def _rows(indicator: Indicator, figures: tuple[Figure, ...], code: str, language: str) -> list[PlaceRow]:
    """The latest total of the area by source."""
    country_code = indicator.programme.country_area.code
    frequency = indicator.frequency or indicator.sheet.frequency
    own = [each for each in figures if each.is_total and each.area_code == code]
    series = {
        source: headline_series((each for each in own if each.source == source), frequency=frequency)
        for source in {each.source for each in own}
    }
    latest = {source: found[-1] for source, found in series.items()}
    national = in_order(each for each in figures if each.is_total and each.area_code == country_code)
    country = {(each.source, each.start, each.end): each for each in national}
    found = []
    for source in sorted(latest, key=lambda name: (name != indicator.source, name)):
        figure = latest[source]
        beside = None if code == country_code else country.get((source, figure.start, figure.end))
        found.append(
            PlaceRow(
                indicator, figure, beside, _state(figure), _state(beside),
                None if code == country_code else comparison(figure, beside, language=language),
            )
        )  # fmt: skip
    return found


def _state(figure: Figure | None) -> str:
    return "" if figure is None or figure.is_shown else state_words(figure)
