"""Importing a plain list of areas, without their shapes: all of it or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.evidence.arguments import nearest
from custodes.evidence.errors import ColumnMissing, TableEmpty
from custodes.ledger.actions import record
from custodes.ledger.rules import file_hash
from custodes.places.actions.areas import added_area, check_country
from custodes.places.errors import AreaListInvalid
from custodes.places.models import Area
from custodes.places.permissions import Actor, check_may_change_places
from custodes.places.queries import valid_on
from custodes.places.tables import Row, TableFormat, open_rows


@dataclass(frozen=True, slots=True)
class AreasListed:
    """Codes of the areas that were new, and of those that stood there already."""

    created: tuple[str, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Listed:
    code: str
    name: str
    parent: str
    where: str


def import_area_list(
    file: Path, *, by: Actor, country: str, valid_from: date, source: str, code: str = "code", name: str = "name",
    parent: str = "parent", synthetic: bool = False, layout: TableFormat | None = None,
) -> AreasListed:  # fmt: skip
    """Make the areas of a table. Writes `area.import-list`.

    country             code of the country, or empty where the areas lie in several.
    code, name, parent  names of columns. A row without parent is of level 0, any other one level below its parent, which is another row or an
                        area that is valid on the first day. The rows may stand in any order.
    Raises AreaListInvalid that names row and remedy, AreaConflict, CountryNotSynthetic, PlacesNotAllowed; nothing is then written.
    """
    file = Path(file)
    role = check_may_change_places(by)
    check_country(country, synthetic=synthetic)
    with open_rows(file, layout or TableFormat()) as table:
        places = _positions(table.header, (code, name, parent), file.name)
        rows = [_listed(row, places, file.name) for row in table.rows]
    with file.open("rb") as stream:
        sha256 = file_hash(stream)
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
        known = _known(rows, valid_from)
        for row in _parents_first(rows, known, file.name):
            above = known.get(row.parent)
            if _is_same(known.get(row.code), row, above, valid_from):
                unchanged.append(row.code)
                continue
            known[row.code] = added_area(
                row.code, name=row.name, level=above.level + 1 if above else 0, parent=above, geometry=None, outline=None, **common
            )  # fmt: skip
            created.append(row.code)
        if created:
            entry = record(
                "area.import-list", subject=f"country:{country or '*'}", by=by.reference, role=role, why=source,
                what={"sha256": sha256, "codes": created, "valid_from": valid_from.isoformat()},
            )  # fmt: skip
            Area.objects.filter(code__in=created, valid_from=valid_from).update(entry=entry.seq)
    return AreasListed(tuple(created), tuple(unchanged))


def _positions(header: Sequence[str], columns: tuple[str, str, str], file: str) -> tuple[int, int, int]:
    for column in columns:
        if column not in header:
            raise ColumnMissing(
                _("There is no column “%(name)s”.") % {"name": column}, where=f"{file}, header", remedy=nearest(column, header)
            )  # fmt: skip
    code, name, parent = (list(header).index(column) for column in columns)
    return code, name, parent


def _listed(row: Row, places: tuple[int, int, int], file: str) -> _Listed:
    where = f"{file}, row {row.number}"
    if len(row.cells) <= max(places):
        raise AreaListInvalid(_("The row has too few cells."), where=where, remedy=_("Correct the row."))
    code, name, parent = (row.cells[position].strip() for position in places)
    if not code or not name:
        raise AreaListInvalid(
            _("The area has no code or no name."), where=where, remedy=_("Write both into the row, or remove it.")
        )
    return _Listed(code, name, parent, where)


def _known(rows: Sequence[_Listed], day: date) -> dict[str, Area]:
    """The areas of a day that the rows name, by code."""
    named = {row.code for row in rows} | {row.parent for row in rows}
    areas = Area.objects.filter(valid_on(day), code__in=named).defer("geometry", "outline")
    return {area.code: area for area in areas}


def _parents_first(rows: Sequence[_Listed], known: Mapping[str, Any], file: str) -> list[_Listed]:
    """The rows with every parent before its children. Raises AreaListInvalid for a code that stands twice or a parent that is nowhere."""
    if not rows:
        raise TableEmpty(_("The table has no rows."), where=file, remedy=_("Export it again."))
    by_code: dict[str, _Listed] = {}
    for row in rows:
        if row.code in by_code:
            raise AreaListInvalid(
                _("The code “%(code)s” stands twice.") % {"code": row.code},
                where=row.where, remedy=_("Give each area a code of its own."),
            )  # fmt: skip
        by_code[row.code] = row
    ordered: dict[str, _Listed] = {}
    waiting = list(rows)
    while waiting:
        ready = [
            row for row in waiting
            if not row.parent or row.parent in ordered or (row.parent in known and row.parent not in by_code)
        ]  # fmt: skip
        if not ready:
            row = next((row for row in waiting if row.parent not in by_code), waiting[0])
            raise AreaListInvalid(
                _("“%(code)s” is no area that lies above.") % {"code": row.parent},
                where=row.where, remedy=_("Write the code of another row or of an area that is known on the first day."),
            )  # fmt: skip
        ordered |= {row.code: row for row in ready}
        waiting = [row for row in waiting if row.code not in ordered]
    return list(ordered.values())


def _is_same(area: Area | None, row: _Listed, above: Area | None, valid_from: date) -> bool:
    """Whether that very area stands there already, so that the same list twice changes nothing."""
    if area is None or area.valid_from != valid_from or area.name != row.name:
        return False
    return area.parent_id == (above.pk if above else None)
