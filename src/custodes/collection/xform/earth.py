"""Area and distance on a sphere with the Earth's equatorial radius, as forms compute them from points.

Source: Chamberlain and Duquette (2007), Some algorithms for polygons on a sphere, JPL publication 07-03 (area); the haversine formula (distance).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

RADIUS_METRES = 6_378_100


@dataclass(frozen=True, slots=True)
class Point:
    """A place in degrees."""

    latitude: float
    longitude: float


def point_or_none(text: str) -> Point | None:
    """The place in the first two numbers of a geopoint."""
    try:
        latitude, longitude = (float(part) for part in text.split()[:2])
    except ValueError:
        return None
    return Point(latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def points(texts: Sequence[str]) -> tuple[Point, ...] | None:
    """The places in a trace, a shape, or several geopoints; None where one of them is no place."""
    pieces = [piece for text in texts for piece in text.split(";") if piece.strip()]
    found = tuple(place for piece in pieces if (place := point_or_none(piece)) is not None)
    return found if found and len(found) == len(pieces) else None


def area_square_metres(places: Sequence[Point]) -> float:
    """The area that a line round these places encloses."""
    if len(places) < 3:
        return 0.0
    total = 0.0
    for here, there in zip(places, (*places[1:], places[0]), strict=True):
        turn = math.radians(there.longitude - here.longitude)
        total += turn * (2 + math.sin(math.radians(here.latitude)) + math.sin(math.radians(there.latitude)))
    return abs(total) * RADIUS_METRES**2 / 2


def distance_metres(places: Sequence[Point]) -> float:
    """The length of the line from the first place to the last."""
    return sum(_between(here, there) for here, there in pairwise(places))


def _between(here: Point, there: Point) -> float:
    north, east = math.radians(there.latitude - here.latitude), math.radians(there.longitude - here.longitude)
    scale = math.cos(math.radians(here.latitude)) * math.cos(math.radians(there.latitude))
    part = math.sin(north / 2) ** 2 + scale * math.sin(east / 2) ** 2
    return 2 * RADIUS_METRES * math.asin(math.sqrt(part))
