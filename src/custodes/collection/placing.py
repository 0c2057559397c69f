"""Which area a row belongs to: by what it says, as people decided; by its position only where the mapping allows it and nothing is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class AreaShape:
    """The shape of an area and the days it holds for."""

    code: str
    geometry: Any
    valid_from: date
    valid_to: date | None

    def is_valid_on(self, day: date | None) -> bool:
        return day is None or (self.valid_from <= day and (self.valid_to is None or day <= self.valid_to))


@dataclass(slots=True)
class PlacingNotes:
    """What was seen on the way, for the person to read: nothing of it changes a row."""

    outside: int = 0  # positions in no area at all
    differing: int = 0  # positions in another area than the one named
    first_differing: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Placing:
    """Texts to codes, and shapes for positions."""

    matched: Mapping[str, str]
    shapes: Sequence[AreaShape] = ()
    by_position: bool = False
    notes: PlacingNotes = field(default_factory=PlacingNotes)
    _tree: Any = None

    def codes(
        self, texts: Sequence[str | None], lon: Sequence[float | None], lat: Sequence[float | None], days: Sequence[date | None]
    ) -> list[str | None]:  # fmt: skip
        """The area of each row, or None where it is left unplaced."""
        found = [(self.matched.get(text) or None) if text else None for text in texts]
        if not self.shapes:
            return found
        held = self._holding(lon, lat, days)
        for index, text in enumerate(texts):
            if lon[index] is None or lat[index] is None:
                continue
            areas = held.get(index, ())
            if not areas:
                self.notes.outside += 1
            if not text and self.by_position and areas:
                found[index] = areas[0]
            elif found[index] and areas and found[index] not in areas:
                self.notes.differing += 1
                if len(self.notes.first_differing) < MOST_LISTED:
                    self.notes.first_differing.append(f"{text}: {lon[index]:g}, {lat[index]:g} → {areas[0]}")
        return found

    def _holding(
        self, lon: Sequence[float | None], lat: Sequence[float | None], days: Sequence[date | None]
    ) -> dict[int, list[str]]:
        """Row to the codes of the areas that hold its position on its day, in order of code."""
        import numpy as np
        import shapely

        if self._tree is None:
            self._tree = shapely.STRtree([shape.geometry for shape in self.shapes])
        placed = [index for index in range(len(lon)) if lon[index] is not None and lat[index] is not None]
        if not placed:
            return {}
        points = shapely.points([lon[index] for index in placed], [lat[index] for index in placed])
        pairs = self._tree.query(points, predicate="intersects")
        held: dict[int, list[str]] = {}
        for point, shape in zip(*np.asarray(pairs), strict=True):
            row, area = placed[int(point)], self.shapes[int(shape)]
            if area.is_valid_on(days[row]):
                held.setdefault(row, []).append(area.code)
        return {row: sorted(set(codes)) for row, codes in held.items()}
