"""Choropleth maps made on the server: SVG from geometries, in few classes that print and need no colour sense.

An equirectangular projection at the mean latitude is true enough for one country. Shared borders are simplified
together, so that neighbours keep touching: a corner goes when its triangle is smaller than 0.9 px × 0.9 px, which moves a
line by about 0.6 px at a width of 600.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext

from custodes.figures.rules.numbers import is_percent, value_words

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

MAP_WIDTH, MAP_MAX_HEIGHT, CORNER_PX, MAP_MARGIN = 600, 640, 0.9, 3
# One hue from light to dark: order survives grey printing and every colour blindness.
CLASS_FILLS = ("#e4efee", "#9cc7c4", "#3f8f96", "#0b3c46")


@dataclass(frozen=True, slots=True)
class MapArea:
    """One area: its shape, its value, and what to say of it; `value` None is no figure or a withheld one."""

    code: str
    name: str
    geometry: "BaseGeometry | Mapping[str, Any]"
    value: float | None
    words: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One class of the map: a swatch and the span of values it stands for."""

    swatch: str
    words: str


@dataclass(frozen=True, slots=True)
class AreaMap:
    """The finished map with its legend, as SVG and words."""

    svg: str
    legend: tuple[LegendEntry, ...]


def choropleth(
    areas: Sequence[MapArea],
    *,
    title: str,
    unit: str,
    language: str,
    description: str = "",
    thresholds: Sequence[float] | None = None,
    decimals: int | None = None,
) -> AreaMap:
    """A map of areas in up to four classes; areas without a figure are hatched, never given a class."""
    cuts = tuple(thresholds) if thresholds is not None else class_thresholds([each.value for each in areas])
    fills = _fills(len(cuts) + 1)
    shapes, height = _placed([_shape(each.geometry) for each in areas])
    pattern = "h" + sha256(title.encode()).hexdigest()[:8]
    with translation.override(language):
        no_figure = gettext("no figure, or withheld")
    bodies = []
    for area, shape in zip(areas, shapes, strict=True):
        fill = f"url(#{pattern})" if area.value is None else fills[_class_of(area.value, cuts)]
        words = area.words or (
            no_figure
            if area.value is None
            else value_words(area.value, unit=unit, language=language, decimals=decimals)
        )
        path = f'<path fill="{fill}" d="{_path(shape)}"><title>{escape(area.name)}: {escape(words)}</title></path>'
        bodies.append(f'<a href="{escape(area.url)}">{path}</a>' if area.url else path)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {MAP_WIDTH} {height}" role="{"group" if _linked(areas) else "img"}" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title><desc>{escape(description or title)}</desc>'
        f"{_hatching(pattern)}"
        f'<g stroke="#33474f" stroke-width=".7" stroke-linejoin="round">{"".join(bodies)}</g></svg>'
    )
    legend = _legend([each.value for each in areas], cuts, fills, unit=unit, language=language, decimals=decimals)
    if any(each.value is None for each in areas):
        legend = (*legend, LegendEntry(_hatched_swatch(pattern), no_figure))
    return AreaMap(svg=svg, legend=legend)


def class_thresholds(values: Sequence[float | None], *, classes: int = 4) -> tuple[float, ...]:
    """Where classes meet: quartiles of the known values, each once; fewer classes where values repeat."""
    known = sorted(each for each in values if each is not None)
    distinct = sorted(set(known))
    if len(distinct) < 2:
        return ()
    wanted = min(classes, len(distinct))
    cuts = []
    for step in range(1, wanted):
        cut = known[min(len(known) - 1, math.ceil(step * len(known) / wanted))]
        if cut > distinct[0] and cut not in cuts:
            cuts.append(cut)
    return tuple(cuts)


def _class_of(value: float, cuts: Sequence[float]) -> int:
    return sum(1 for cut in cuts if value >= cut)


def _fills(classes: int) -> tuple[str, ...]:
    return {
        1: (CLASS_FILLS[1],),
        2: (CLASS_FILLS[0], CLASS_FILLS[2]),
        3: (CLASS_FILLS[0], CLASS_FILLS[1], CLASS_FILLS[3]),
    }.get(classes, CLASS_FILLS)


def _legend(
    values: Sequence[float | None],
    cuts: Sequence[float],
    fills: Sequence[str],
    *,
    unit: str,
    language: str,
    decimals: int | None,
) -> tuple[LegendEntry, ...]:
    """The lowest and highest value seen in each class: spans that touch no value in between are not claimed."""
    entries = []
    for index, fill in enumerate(fills[: len(cuts) + 1]):
        members = [each for each in values if each is not None and _class_of(each, cuts) == index]
        if not members:
            continue
        ends = [
            value_words(end, unit=unit, language=language, decimals=decimals) for end in (min(members), max(members))
        ]
        if is_percent(unit):
            ends[0] = ends[0].removesuffix(" %") if ends[0] != ends[1] else ends[0]
        with translation.override(language):
            words = (
                ends[0] if ends[0] == ends[1] else gettext("%(low)s to %(high)s") % {"low": ends[0], "high": ends[1]}
            )
        entries.append(LegendEntry(_swatch(fill), words))
    return tuple(entries)


def _swatch(fill: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 14" width="22" height="14" aria-hidden="true">'
        f'<rect x=".5" y=".5" width="21" height="13" fill="{fill}" stroke="#33474f"/></svg>'
    )


def _hatched_swatch(pattern: str) -> str:
    inner = f"{pattern}s"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 14" width="22" height="14" aria-hidden="true">'
        f'{_hatching(inner)}<rect x=".5" y=".5" width="21" height="13" fill="url(#{inner})" stroke="#33474f"/></svg>'
    )


def _hatching(pattern: str) -> str:
    return (
        f'<pattern id="{pattern}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="7" height="7" fill="#fff"/><path d="M0 0V7" stroke="#6d7c83" stroke-width="2.4"/></pattern>'
    )


def _linked(areas: Sequence[MapArea]) -> bool:
    return any(each.url for each in areas)


def _shape(geometry: "BaseGeometry | Mapping[str, Any]") -> "BaseGeometry":
    from shapely.geometry import shape  # a map is drawn in few requests

    return shape(geometry) if isinstance(geometry, Mapping) else geometry


def _placed(shapes: Sequence["BaseGeometry"]) -> tuple[list["BaseGeometry"], int]:
    """Shapes in pixels, simplified together, and the height of the map."""
    import shapely

    west, south, east, north = shapely.total_bounds(shapes)
    narrow = math.cos(math.radians((south + north) / 2))
    across, upward = (east - west) * narrow or 1e-9, north - south or 1e-9
    inner = MAP_WIDTH - 2 * MAP_MARGIN
    scale = min(inner / across, (MAP_MAX_HEIGHT - 2 * MAP_MARGIN) / upward)
    indent = MAP_MARGIN + (inner - across * scale) / 2

    def pixels(points: Any) -> Any:
        placed = points.copy()
        placed[:, 0] = indent + (points[:, 0] - west) * narrow * scale
        placed[:, 1] = MAP_MARGIN + (north - points[:, 1]) * scale
        return placed

    placed = [shapely.transform(each, pixels) for each in shapes]
    simplified = list(shapely.coverage_simplify(shapely.make_valid(placed), CORNER_PX, simplify_boundary=True))
    return simplified, math.ceil(upward * scale + 2 * MAP_MARGIN)


def _path(shape: "BaseGeometry") -> str:
    """Path data with one decimal, relative steps: absolute pixel coordinates would double the size."""
    rings = []
    for polygon in getattr(shape, "geoms", [shape]):
        if polygon.geom_type != "Polygon" or polygon.is_empty:
            continue
        for ring in (polygon.exterior, *polygon.interiors):
            data = _ring(list(ring.coords)[:-1])
            if data:
                rings.append(data)
    return "".join(rings)


def _ring(points: Sequence[tuple[float, ...]]) -> str:
    tenths = [(round(point[0] * 10), round(point[1] * 10)) for point in points]
    steps = []
    last = tenths[0]
    for here in tenths[1:]:
        if here != last:
            steps.append(_tenth(here[0] - last[0]) + _joined(_tenth(here[1] - last[1])))
            last = here
    if len(steps) < 2:
        return ""
    return (
        f"M{_tenth(tenths[0][0])}{_joined(_tenth(tenths[0][1]))}l"
        + "".join(step if index == 0 else _joined(step) for index, step in enumerate(steps))
        + "z"
    )


def _tenth(tenths: int) -> str:
    words = f"{tenths / 10:.1f}".removesuffix(".0")
    return words.replace("0.", ".", 1) if words.startswith(("0.", "-0.")) else words


def _joined(number: str) -> str:
    """A minus separates by itself; anything else needs a space."""
    return number if number.startswith("-") else f" {number}"
