"""The shape of an area and its neighbours as a small map without figures; maps of figures are drawn by `figures`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

WIDTH = 360


@dataclass(frozen=True, slots=True)
class OutlinedArea:
    """One shape, whether it is the one that the page speaks of, and where it leads."""

    name: str
    geometry: "BaseGeometry"
    is_subject: bool
    url: str = ""


def svg_outline(areas: Sequence[OutlinedArea], *, title: str) -> str:
    """An SVG with the subject filled; equirectangular at the mean latitude."""
    import shapely

    west, south, east, north = shapely.total_bounds([area.geometry for area in areas])
    across = max((east - west) * math.cos(math.radians((south + north) / 2)), 1e-9)
    scale = WIDTH / across
    height = max(1, round((north - south) * scale))
    shapes = []
    for area in areas:
        rings = [
            ring
            for part in shapely.get_parts(area.geometry)
            for ring in (part.exterior, *part.interiors)
        ]  # fmt: skip
        path = "".join(
            "M"
            + "L".join(
                f"{(x - west) / (east - west or 1) * WIDTH:.1f} {(north - y) * scale:.1f}" for x, y in ring.coords
            )
            + "Z"
            for ring in rings
        )
        fill = "#3f8f96" if area.is_subject else "#e4efee"
        shape = f'<path fill="{fill}" fill-rule="evenodd" d="{path}"><title>{escape(area.name)}</title></path>'
        shapes.append(f'<a href="{escape(area.url)}">{shape}</a>' if area.url else shape)
    role = "group" if any(area.url for area in areas) else "img"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="{role}" '
        f'aria-label="{escape(title)}"><g stroke="#33474f" stroke-width=".7">{"".join(shapes)}</g></svg>'
    )
