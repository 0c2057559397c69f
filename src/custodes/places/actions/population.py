"""Importing who lives where: a tidy table, all of it or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.evidence.arguments import nearest
from custodes.evidence.errors import ColumnMissing, TableEmpty
from custodes.ledger.actions import record
from custodes.ledger.rules import file_hash
from custodes.places.errors import PopulationInvalid
from custodes.places.models import Area, Population
from custodes.places.permissions import Actor, check_may_change_places
from custodes.places.queries import known_areas, valid_on
from custodes.places.rules import match_places
from custodes.places.tables import Row, TableFormat, open_rows

_TOTALS = frozenset({"", "all", "total", "both", "both sexes", "t", "tous", "todos"})


@dataclass(frozen=True, slots=True)
class PopulationImported:
    """How many figures were new, and how many stood there already."""

    created: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Figure:
    area: str
    year: int
    sex: str
    age_band: str
    value: int
    row: int


def import_population(
    file: Path, *, by: Actor, country: str, level: int, source: str, version: str, area: str = "area", year: str = "year",
    value: str = "value", sex: str = "", age_band: str = "", layout: TableFormat | None = None,
) -> PopulationImported:  # fmt: skip
    """Read a table with one row for each area, year and, where named, sex and age band. Writes `population.import`.

    area, year, value, sex, age_band  names of columns; the area by code or by name. Empty, “all” or “total” in sex or age band is the total.
    Raises PopulationInvalid that names row and remedy for the first wrong row; nothing is then written. A figure that stood there with another
    value needs a new version: published denominators are not overwritten.
    """
    file = Path(file)
    role = check_may_change_places(by)
    columns = {"area": area, "year": year, "value": value, "sex": sex, "age_band": age_band}
    with open_rows(file, layout or TableFormat()) as table:
        places = _positions(table.header, columns, file.name)
        figures = [_figure(row, places, len(table.header), file.name) for row in table.rows]
    if not figures:
        raise TableEmpty(_("The table has no rows."), where=file.name, remedy=_("Export it again."))
    codes = _codes(figures, country, level, file.name)
    with file.open("rb") as stream:
        sha256 = file_hash(stream)
    with transaction.atomic():
        created = _written(figures, codes, by=by, country=country, level=level, source=source, version=version)
        if created:
            record(
                "population.import", subject=f"country:{country}", by=by.reference, role=role, why=source,
                what={"sha256": sha256, "version": version, "rows": created, "level": level},
            )  # fmt: skip
    return PopulationImported(created, len(figures) - created)


def _positions(header: tuple[str, ...], columns: Mapping[str, str], name: str) -> dict[str, int]:
    positions = {}
    for role, column in columns.items():
        if not column:
            continue
        if column not in header:
            raise ColumnMissing(
                _("There is no column “%(name)s”.") % {"name": column}, where=f"{name}, header", remedy=nearest(column, header)
            )  # fmt: skip
        positions[role] = header.index(column)
    return positions


def _figure(row: Row, places: Mapping[str, int], width: int, name: str) -> _Figure:
    where = f"{name}, row {row.number}"
    if len(row.cells) != width:
        raise PopulationInvalid(
            _("The row has %(found)s cells instead of %(expected)s.") % {"found": len(row.cells), "expected": width},
            where=where, remedy=_("Correct the row."),
        )  # fmt: skip
    cells = {role: row.cells[position].strip() for role, position in places.items()}
    return _Figure(
        cells["area"],
        _whole(cells["year"], f"{where}, year"),
        _group(cells.get("sex", "")),
        _group(cells.get("age_band", "")),
        _whole(cells["value"], f"{where}, value"),
        row.number,
    )


def _group(text: str) -> str:
    return "" if text.casefold() in _TOTALS else text.casefold()


def _whole(text: str, where: str) -> int:
    plain = text.removesuffix(".0").replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    if not plain.isdecimal():
        raise PopulationInvalid(
            _("“%(text)s” is no whole number.") % {"text": text},
            where=where,
            remedy=_("Write digits only; leave out the row where the figure is not known."),
        )
    return int(plain)


def _codes(figures: list[_Figure], country: str, level: int, name: str) -> dict[str, str]:
    years = [figure.year for figure in figures]
    areas = known_areas(country, level, starts=date(min(years), 1, 1), ends=date(max(years), 12, 31))
    matches = match_places({figure.area for figure in figures}, areas, {})
    for figure in figures:
        if figure.area not in matches.matched:
            proposed = ", ".join(matches.proposed.get(figure.area, ()))
            raise PopulationInvalid(
                _("“%(text)s” is no area of level %(level)s that we know.") % {"text": figure.area, "level": level},
                where=f"{name}, row {figure.row}",
                remedy=_("Write the area's code. Perhaps: %(codes)s.") % {"codes": proposed}
                if proposed
                else _("Write the area's code, or import its boundaries first."),
            )
    return dict(matches.matched)


def _written(
    figures: list[_Figure], codes: Mapping[str, str], *, by: Actor, country: str, level: int, source: str, version: str
) -> int:
    """New rows; a figure belongs to the area that was valid in the middle of its year."""
    areas: dict[tuple[str, int], int] = {}
    for year in {figure.year for figure in figures}:
        valid = Area.objects.filter(valid_on(date(year, 7, 1)), level=level, country=country)
        areas |= {(code, year): pk for code, pk in valid.values_list("code", "pk")}
    stood = {
        (row.area_id, row.year, row.sex, row.age_band): row.value
        for row in Population.objects.filter(area__in=set(areas.values()), source=source, version=version)
    }
    new: dict[tuple[int, int, str, str], Population] = {}
    for figure in figures:
        code = codes[figure.area]
        area = areas.get((code, figure.year))
        if area is None:
            raise PopulationInvalid(
                _("%(code)s is not an area in %(year)s.") % {"code": code, "year": figure.year},
                where=_("row %(row)s") % {"row": figure.row},
                remedy=_("Import the boundaries of that time, or leave the row out."),
            )
        key = (area, figure.year, figure.sex, figure.age_band)
        value = new[key].value if key in new else stood.get(key)
        if key in new or value not in (None, figure.value):
            raise PopulationInvalid(
                _("There is a figure for %(code)s in %(year)s already: %(value)s.")
                % {"code": code, "year": figure.year, "value": value},
                where=_("row %(row)s") % {"row": figure.row},
                remedy=_("Remove the double row, or import the table under a new version."),
            )
        if value is None:
            new[key] = Population(
                area_id=area, year=figure.year, sex=figure.sex, age_band=figure.age_band, value=figure.value,
                source=source, version=version, created_by=by.reference,
            )  # fmt: skip
    Population.objects.bulk_create(new.values(), batch_size=500)
    return len(new)
