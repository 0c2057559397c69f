"""Importing boundaries: all areas of a file in one transaction, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.ledger.actions import record
from custodes.ledger.rules import file_hash
from custodes.places.actions.areas import added_area, check_country
from custodes.places.boundaries import Shape, outlines, read_shapes
from custodes.places.errors import BoundariesInvalid
from custodes.places.models import Area
from custodes.places.permissions import Actor, check_may_change_places
from custodes.places.queries import valid_on
from custodes.places.rules import is_placeholder_code, same_names


@dataclass(frozen=True, slots=True)
class BoundariesImported:
    """What an import of boundaries did.

    unchanged   codes that stood there already with the same name and shape.
    repaired    names of areas whose shape was invalid and was made valid.
    same_names  names that several rows share, with the rows: written places of that name will be put to a person.
    """

    created: tuple[str, ...]
    unchanged: tuple[str, ...]
    repaired: tuple[str, ...]
    same_names: tuple[tuple[str, tuple[int, ...]], ...]


def import_boundaries(
    file: Path, *, by: Actor, country: str, level: int, code_field: str, name_field: str, valid_from: date, source: str,
    parent_field: str | None = None, level_field: str | None = None, country_name: str = "", synthetic: bool = False,
) -> BoundariesImported:  # fmt: skip
    """Make the areas of a file, valid from a day on; an area whose code stood before ends the day before. Writes `area.import-boundaries`.

    level_field   for a file that holds several levels: the attribute that says which; areas of other levels are left out.
    country_name  where the country itself is not there yet and level is 1: make it, with the whole of the file as its shape.
    Raises        FileUnreadable, ColumnMissing, BoundariesInvalid, AreaConflict, CountryNotSynthetic, PlacesNotAllowed; nothing is then written.
    """
    file = Path(file)
    role = check_may_change_places(by)
    check_country(country, synthetic=synthetic)
    shapes = read_shapes(
        file,
        code_field=code_field,
        name_field=name_field,
        parent_field=parent_field,
        level_field=level_field,
        level=level,
    )
    _check_codes(shapes, file.name)
    with file.open("rb") as stream:
        sha256 = file_hash(stream)
    small = outlines([shape.geometry for shape in shapes])
    common: dict[str, Any] = {
        "by": by,
        "country": country,
        "valid_from": valid_from,
        "source": source,
        "synthetic": synthetic,
    }
    created: list[str] = []
    unchanged: list[str] = []
    with transaction.atomic():
        parents = _parents(shapes, level, common, country_name)
        for shape, outline in zip(shapes, small, strict=True):
            if _is_known(shape, level, valid_from):
                unchanged.append(shape.code)
                continue
            added_area(
                shape.code, name=shape.name, level=level, parent=_parent_of(shape, parents, level, file.name),
                geometry=shape.geometry, outline=outline, **common,
            )  # fmt: skip
            created.append(shape.code)
        if created:
            entry = record(
                "area.import-boundaries", subject=f"country:{country}", by=by.reference, role=role, why=source,
                what={"sha256": sha256, "level": level, "codes": created, "valid_from": valid_from.isoformat()},
            )  # fmt: skip
            Area.objects.filter(code__in=created, valid_from=valid_from).update(entry=entry.seq)
    repaired = tuple(shape.name for shape in shapes if shape.repaired)
    names = same_names((shape.row, shape.name) for shape in shapes)
    return BoundariesImported(tuple(created), tuple(unchanged), repaired, names)


def _check_codes(shapes: Sequence[Shape], file: str) -> None:
    rows: dict[str, Shape] = {}
    for shape in shapes:
        where = f"{file}, row {shape.row} ({shape.name})"
        if is_placeholder_code(shape.code):
            raise BoundariesInvalid(
                _("“%(code)s” is no code of an area.") % {"code": shape.code},
                where=where,
                remedy=_("Choose the attribute that holds each area's own code, or write codes into the file."),
            )
        if not shape.name:
            raise BoundariesInvalid(_("The area has no name."), where=where, remedy=_("Write one into the file."))
        if shape.code in rows:
            other = rows[shape.code]
            raise BoundariesInvalid(
                _("The code “%(code)s” stands twice: in row %(row)s (%(name)s) too.")
                % {"code": shape.code, "row": other.row, "name": other.name},
                where=where,
                remedy=_("Give each area a code of its own in the file, then import it again."),
            )
        rows[shape.code] = shape


def _parents(shapes: Sequence[Shape], level: int, common: dict[str, Any], country_name: str) -> dict[str, Area]:
    """Areas of the level above on the first day, by code."""
    if level == 0:
        return {}
    above = Area.objects.filter(valid_on(common["valid_from"]), country=common["country"], level=level - 1)
    parents = {area.code: area for area in above.defer("geometry", "outline")}
    if not parents and level == 1 and country_name:
        import shapely

        whole = shapely.union_all([shape.geometry for shape in shapes])
        parents[common["country"]] = added_area(
            common["country"], name=country_name, level=0, parent=None, geometry=whole,
            outline=shapely.union_all(outlines([shape.geometry for shape in shapes])), **common,
        )  # fmt: skip
    if not parents:
        raise BoundariesInvalid(
            _("No area of level %(level)s is known for %(country)s on %(day)s.")
            % {"level": level - 1, "country": common["country"], "day": common["valid_from"]},
            where=_("level %(level)s") % {"level": level},
            remedy=_("Import the level above first, or give the country's name to make it."),
        )
    return parents


def _parent_of(shape: Shape, parents: dict[str, Area], level: int, file: str) -> Area | None:
    if level == 0:
        return None
    if shape.parent in parents:
        return parents[shape.parent]
    if not shape.parent and len(parents) == 1:
        return next(iter(parents.values()))
    raise BoundariesInvalid(
        _("“%(code)s” is no area of the level above.") % {"code": shape.parent or "–"},
        where=f"{file}, row {shape.row} ({shape.name})",
        remedy=_("Choose the attribute that holds the code of the area above: %(codes)s.")
        % {"codes": ", ".join(sorted(parents)[:20])},
    )


def _is_known(shape: Shape, level: int, valid_from: date) -> bool:
    """Whether that very area stands there already, so that the same file twice changes nothing."""
    import shapely

    area = Area.objects.filter(code=shape.code, valid_from=valid_from, level=level, name=shape.name).first()
    return area is not None and area.geometry is not None and bytes(area.geometry) == shapely.to_wkb(shape.geometry)
