"""Reading boundary files: GeoJSON, TopoJSON, GeoPackage, zipped Shapefile, decided by content, as valid polygons in WGS 84."""

import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from custodes.evidence.arguments import nearest
from custodes.evidence.errors import ColumnMissing, FileUnreadable, TableEmpty
from custodes.places.errors import BoundariesInvalid

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

LARGEST_SHAPEFILE = 500_000_000  # bytes unpacked: a small archive may hold a huge one
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_WGS84_BY_DEFINITION = ("geojson", "topojson")


@dataclass(frozen=True, slots=True)
class Shape:
    """One area of a file: its row (1 is the first), code, name, the parent's code, and its shape; `repaired` says that it was invalid."""

    row: int
    code: str
    name: str
    parent: str
    geometry: "BaseGeometry"
    repaired: bool


def fields_of(file: Path) -> tuple[str, ...]:
    """The attribute names that a boundary file offers."""
    with _opened(file) as (path, _kind):
        import pyogrio

        return tuple(str(name) for name in pyogrio.read_info(path)["fields"])


def read_shapes(
    file: Path, *, code_field: str, name_field: str, parent_field: str | None = None, level_field: str | None = None,
    level: int = 0,
) -> tuple[Shape, ...]:  # fmt: skip
    """All areas of a file, or those of one level where `level_field` says each area's level.

    Refuses FileUnreadable, ColumnMissing, TableEmpty, BoundariesInvalid; each names row and remedy.
    """
    with _opened(file) as (path, kind):
        meta, wkb, columns = _read(path, file.name)
        fields = [str(name) for name in meta["fields"]]
        chosen = [_column(fields, columns, wanted, file.name) for wanted in (code_field, name_field)]
        parents = _column(fields, columns, parent_field, file.name) if parent_field else [""] * len(wkb)
        levels = _column(fields, columns, level_field, file.name) if level_field else [str(level)] * len(wkb)
        geometries = _in_wgs84(_geometries(wkb), meta["crs"], kind, file.name)
    shapes = []
    rows = zip(levels, *chosen, parents, geometries, strict=True)
    for row, (found, code, name, parent, geometry) in enumerate(rows, start=1):
        if found.removesuffix(".0") == str(level):
            valid, repaired = _valid_polygon(geometry, where=f"{file.name}, row {row} ({name})")
            shapes.append(Shape(row, code.strip(), name.strip(), parent.strip(), valid, repaired))
    if not shapes:
        raise TableEmpty(
            _("The file holds no area of that level."),
            where=file.name,
            remedy=_("Check the level, or export it again."),
        )
    return tuple(shapes)


@contextmanager
def _opened(file: Path) -> Iterator[tuple[Path, str]]:
    """A path that GDAL reads as what the content is, never as what the name says: a name could make it open other files."""
    if file.stat().st_size == 0:
        raise FileUnreadable(_("The file is empty."), where=file.name, remedy=_("Export it again."))
    with file.open("rb") as stream:
        start = stream.read(512)
    with tempfile.TemporaryDirectory(prefix="boundaries-") as folder:
        target = Path(folder)
        if start.startswith(b"SQLite format 3\0"):
            yield _linked(file, target / "boundaries.gpkg"), "geopackage"
        elif start.startswith(b"PK\x03\x04"):
            yield _unpacked_shapefile(file, target), "shapefile"
        elif start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            kind = _json_kind(file)
            yield _linked(file, target / f"boundaries.{kind}"), kind
        else:
            raise FileUnreadable(
                _("This is no boundary file that we read."),
                where=file.name,
                remedy=_("Give GeoJSON, TopoJSON, GeoPackage, or a Shapefile with all its parts in one zip archive."),
            )


def _linked(file: Path, target: Path) -> Path:
    target.symlink_to(file.resolve())
    return target


def _json_kind(file: Path) -> str:
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise FileUnreadable(
            _("The file is not valid JSON."), where=f"{file.name}, {error}"[:200], remedy=_("Export it again.")
        ) from error
    kinds = {"FeatureCollection": "geojson", "Feature": "geojson", "Topology": "topojson"}
    if content.get("type") not in kinds:
        raise FileUnreadable(
            _("The file is JSON, but neither GeoJSON nor TopoJSON."), where=file.name, remedy=_("Export it as GeoJSON.")
        )
    return kinds[content["type"]]


def _unpacked_shapefile(file: Path, target: Path) -> Path:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = [part for part in archive.infolist() if Path(part.filename).suffix.lower() in _SHAPEFILE_PARTS]
            shapes = [part for part in parts if part.filename.lower().endswith(".shp")]
            if len(shapes) != 1:
                raise FileUnreadable(
                    _("The archive holds %(count)s Shapefiles instead of one.") % {"count": len(shapes)},
                    where=file.name,
                    remedy=_("Put the .shp, .shx, .dbf and .prj of one layer into one zip archive."),
                )
            if sum(part.file_size for part in parts) > LARGEST_SHAPEFILE:
                raise FileUnreadable(
                    _("The archive is too large once unpacked."),
                    where=file.name,
                    remedy=_("Simplify the shapes first."),
                )
            stem = shapes[0].filename[:-4]
            for part in parts:
                if part.filename[:-4] == stem:
                    suffix = Path(part.filename).suffix.lower()
                    (target / f"boundaries{suffix}").write_bytes(archive.read(part))
    except zipfile.BadZipFile as error:
        raise FileUnreadable(_("The archive is damaged."), where=file.name, remedy=_("Pack it again.")) from error
    missing = [suffix for suffix in (".shx", ".dbf") if not (target / f"boundaries{suffix}").exists()]
    if missing:
        raise FileUnreadable(
            _("The Shapefile lacks its part %(parts)s.") % {"parts": ", ".join(missing)},
            where=file.name,
            remedy=_("Put the .shp, .shx, .dbf and .prj of one layer into one zip archive."),
        )
    return target / "boundaries.shp"


def _read(path: Path, name: str) -> tuple[dict[str, Any], Any, Any]:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        meta, _ids, geometry, columns = pyogrio.raw.read(path, force_2d=True)
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise FileUnreadable(
            _("The boundary file cannot be read: %(problem)s") % {"problem": str(error).replace(str(path), name)[:200]},
            where=name,
            remedy=_("Export it again, or as GeoJSON."),
        ) from error
    return meta, geometry, columns


def _column(fields: Sequence[str], columns: Any, wanted: str, name: str) -> list[str]:
    if wanted not in fields:
        raise ColumnMissing(
            _("There is no attribute “%(name)s”.") % {"name": wanted}, where=name, remedy=nearest(wanted, fields)
        )
    return ["" if value is None else str(value) for value in columns[fields.index(wanted)]]


def _geometries(wkb: Any) -> Any:
    import shapely

    return shapely.from_wkb(wkb)


def _in_wgs84(geometries: Any, crs: str | None, kind: str, name: str) -> Any:
    """The same shapes by longitude and latitude; a file that does not say how its coordinates are meant is refused, not guessed."""
    import shapely
    from pyproj import CRS, Transformer

    if crs is None and kind not in _WGS84_BY_DEFINITION:
        raise BoundariesInvalid(
            _("The file does not say which coordinate system it uses."),
            where=name,
            remedy=_("Add the .prj file, or export it in WGS 84 as GeoJSON."),
        )
    if crs is not None and not CRS.from_user_input(crs).equals(CRS.from_epsg(4326), ignore_axis_order=True):
        transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        geometries = shapely.transform(geometries, lambda xy: _stacked(transformer.transform(xy[:, 0], xy[:, 1])))
    west, south, east, north = shapely.total_bounds(geometries) if len(geometries) else (0, 0, 0, 0)
    if not (west >= -180.001 and east <= 180.001 and south >= -90.001 and north <= 90.001):
        raise BoundariesInvalid(
            _("The coordinates lie outside the globe: they are no longitudes and latitudes."),
            where=name,
            remedy=_("Export the file in WGS 84 (EPSG:4326), or with its coordinate system declared."),
        )
    return geometries


def _stacked(parts: Any) -> Any:
    import numpy as np

    return np.column_stack(parts)


def _valid_polygon(geometry: Any, *, where: str) -> "tuple[BaseGeometry, bool]":
    import shapely

    if geometry is None or geometry.is_empty:
        raise BoundariesInvalid(
            _("The area has no shape."), where=where, remedy=_("Draw it, or remove the row from the file.")
        )
    repaired = not geometry.is_valid
    fixed = shapely.make_valid(geometry) if repaired else geometry
    polygons = [
        part for part in shapely.get_parts(shapely.get_parts(fixed)) if part.geom_type in ("Polygon", "MultiPolygon")
    ]
    if not polygons:
        raise BoundariesInvalid(
            _("The shape is a %(kind)s, not a surface.") % {"kind": geometry.geom_type},
            where=where,
            remedy=_("Give the layer of areas, not of points or lines."),
        )
    whole = polygons[0] if len(polygons) == 1 else shapely.union_all(polygons)
    return shapely.normalize(whole), repaired


def outlines(geometries: Sequence["BaseGeometry"]) -> list["BaseGeometry"]:
    """The shapes simplified for maps, neighbours together so that they keep touching; about a 2,000th of the whole width."""
    import shapely

    west, south, east, north = shapely.total_bounds(list(geometries))
    tolerance = max(east - west, north - south) / 2000
    simplified = shapely.coverage_simplify(list(geometries), tolerance)
    return [
        small if small.is_valid and not small.is_empty else whole
        for small, whole in zip(simplified, geometries, strict=True)
    ]
