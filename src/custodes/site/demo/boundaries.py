"""The map of Karuna: Voronoi cells around fifteen county seats, cut by an invented coast in the open Atlantic.

Nothing is drawn at random: the coast is a sum of waves, so that the map is the same on every machine and for every seed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, pi, sin
from typing import Any

import shapely
from shapely.geometry import MultiPoint, Polygon, mapping
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from custodes.site.demo import PROVENANCE
from custodes.site.demo.country import Country

BEGINNING = date(2021, 1, 1)
_CENTRE_LON, _CENTRE_LAT = -20.0, -3.45
_HALF_WIDTH, _HALF_HEIGHT = 1.32, 0.88
_COAST_POINTS = 900
# Waves around the island: how many, how high (of the distance from the middle), where they start; finer ones are lower, as on a real coast.
_WAVES = (
    (3, 0.020, 0.7),
    (5, 0.022, 2.9),
    (8, 0.018, 1.1),
    (13, 0.015, 4.4),
    (21, 0.012, 0.2),
    (34, 0.009, 5.6),
    (55, 0.006, 3.3),
    (89, 0.004, 1.8),
    (144, 0.0025, 2.5),
)
_GRID = 0.0001  # about 11 metres: every shared vertex rounds to the same point


@dataclass(frozen=True, slots=True)
class AreaShape:
    """An area with its level (0 country, 1 region, 2 county) and the days for which this shape holds."""

    code: str
    name: str
    level: int
    parent: str
    valid_from: date
    valid_to: date | None
    geometry: BaseGeometry


def area_shapes(country: Country, *, on: date) -> tuple[AreaShape, ...]:
    """The country, its regions and its counties as they stand on a day; from 2025 Velda lies in Pelwen."""
    moved = on >= country.transfer.on
    counties = _counties(country, moved=moved)
    start, end = (country.transfer.on, None) if moved else (BEGINNING, country.transfer.on - timedelta(days=1))
    shapes = [AreaShape(country.code, country.name, 0, "", BEGINNING, None, _whole(tuple(counties.values())))]
    for region in country.regions:
        members = tuple(counties[county.code] for county in country.counties if county.region == region.code)
        shapes.append(AreaShape(region.code, region.name, 1, country.code, BEGINNING, None, _whole(members)))
    touched = {country.transfer.origin, country.transfer.destination}
    for county in country.counties:
        valid_from, valid_to = (start, end) if county.code in touched else (BEGINNING, None)
        shapes.append(
            AreaShape(county.code, county.name, 2, county.region, valid_from, valid_to, counties[county.code])
        )
    return tuple(shapes)


def feature_collection(country: Country, *, on: date) -> dict[str, Any]:
    """The same as GeoJSON; every feature says that it is fictional."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "code": shape.code,
                "name": shape.name,
                "level": shape.level,
                "parent": shape.parent,
                "valid_from": shape.valid_from.isoformat(),
                "valid_to": shape.valid_to.isoformat() if shape.valid_to else "",
                "synthetic": True,
            },
            "geometry": mapping(shape.geometry),
        }
        for shape in area_shapes(country, on=on)
    ]
    return {"type": "FeatureCollection", "name": "karuna", "description": PROVENANCE, "features": features}


def velda(country: Country) -> BaseGeometry:
    """The strip of Quessane that went to Pelwen: the part of its cell nearest to Pelwen's seat, with the share of its surface."""
    cell = _cells(country)[country.transfer.origin]
    origin, destination = country.county(country.transfer.origin), country.county(country.transfer.destination)
    east, north = destination.lon - origin.lon, destination.lat - origin.lat
    near, far = -3.0, 3.0
    for _ in range(40):
        middle = (near + far) / 2
        strip = cell.intersection(_half_plane(origin.lon, origin.lat, east, north, middle))
        near, far = (middle, far) if strip.area > country.transfer.share * cell.area else (near, middle)
    return shapely.set_precision(strip, _GRID)


def _counties(country: Country, *, moved: bool) -> dict[str, BaseGeometry]:
    cells = _cells(country)
    if not moved:
        return cells
    strip = velda(country)
    origin, destination = country.transfer.origin, country.transfer.destination
    rest = shapely.difference(cells[origin], strip, grid_size=_GRID)
    grown = shapely.union(cells[destination], strip, grid_size=_GRID)
    return cells | {origin: rest, destination: grown}


def _cells(country: Country) -> dict[str, BaseGeometry]:
    land = _land()
    seats = MultiPoint([(county.lon, county.lat) for county in country.counties])
    raw = shapely.voronoi_polygons(seats, extend_to=land)
    cells = [shapely.intersection(cell, land, grid_size=_GRID) for cell in raw.geoms]
    return {
        county.code: next(cell for cell in cells if cell.contains(shapely.Point(county.lon, county.lat)))
        for county in country.counties
    }


def _land() -> Polygon:
    """An island, blunt in the west where bays and heads are many, drawn as a distance from its middle in each direction."""
    points = []
    for step in range(_COAST_POINTS):
        turn = 2 * pi * step / _COAST_POINTS
        x, y = cos(turn), sin(turn)
        blunt = (abs(x / _HALF_WIDTH) ** 3.4 + abs(y / _HALF_HEIGHT) ** 3.4) ** (-1 / 3.4)
        waves = sum(size * sin(count * turn + phase) for count, size, phase in _WAVES)
        reach = blunt * (1 + waves * (1.1 - 0.45 * x))
        points.append((_CENTRE_LON + x * reach, _CENTRE_LAT + y * reach))
    return shapely.set_precision(Polygon(points).buffer(0), _GRID)


def _half_plane(lon: float, lat: float, east: float, north: float, offset: float) -> Polygon:
    """The side of a line, at right angles to a direction, that lies beyond an offset along it."""
    length = (east**2 + north**2) ** 0.5
    ux, uy = east / length, north / length
    base_x, base_y = lon + ux * offset, lat + uy * offset
    wide = 10.0
    return Polygon(
        [
            (base_x - uy * wide, base_y + ux * wide),
            (base_x + uy * wide, base_y - ux * wide),
            (base_x + uy * wide + ux * wide, base_y - ux * wide + uy * wide),
            (base_x - uy * wide + ux * wide, base_y + ux * wide + uy * wide),
        ]
    )


def _whole(parts: tuple[BaseGeometry, ...]) -> BaseGeometry:
    return shapely.set_precision(unary_union(parts), _GRID)
