"""Lists that are attached to a form as files, as the XML that expressions look into."""

import csv
import json
from collections.abc import Iterable, Mapping
from io import StringIO

from lxml import etree

from custodes.collection.errors import FormUnreadable
from custodes.collection.xform.safety import safe_xml

EXTERNAL_CHOICES = "itemsets.csv"  # where pyxform writes the sheet external_choices


def list_from_file(name: str, content: bytes) -> etree._Element:
    """The root of a list in a .csv, .geojson or .xml file.

    Refuses  FormUnreadable where the file is not what its name says.
    """
    if name.lower().endswith(".xml"):
        return safe_xml(content)
    try:
        text = content.decode("utf-8-sig")
        rows = _features(json.loads(text)) if name.lower().endswith(".geojson") else _rows(text)
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, csv.Error) as error:
        remedy = "Save it in UTF-8, with one row for each choice."
        raise FormUnreadable("The list cannot be read.", where=name, remedy=remedy) from error
    return _root(rows)


def external_choice_lists(content: bytes) -> dict[str, etree._Element]:
    """The lists of an `itemsets.csv`, by name."""
    lists: dict[str, list[Mapping[str, str]]] = {}
    for row in _rows(content.decode("utf-8-sig")):
        lists.setdefault(row.get("list_name", row.get("list name", "")), []).append(row)
    return {name: _root(rows) for name, rows in lists.items() if name}


def _rows(text: str) -> list[dict[str, str]]:
    return [
        {key: value or "" for key, value in row.items() if key} for row in csv.DictReader(StringIO(text, newline=""))
    ]


def _features(found: Mapping[str, object]) -> list[dict[str, str]]:
    """The features of a GeoJSON: properties, id, and the geometry as a geopoint, trace or shape."""
    rows = []
    features = found["features"]
    if not isinstance(features, list):
        raise TypeError("features is no list")
    for feature in features:
        row = {str(key): str(value) for key, value in (feature.get("properties") or {}).items() if value is not None}
        if "id" in feature:
            row["id"] = str(feature["id"])
        rows.append(row | {"geometry": _places(feature["geometry"])})
    return rows


def _places(geometry: Mapping[str, object]) -> str:
    coordinates = geometry["coordinates"]
    if not isinstance(coordinates, list):
        raise TypeError("coordinates are no list")
    kind = str(geometry["type"])
    pairs = [coordinates] if kind == "Point" else coordinates if kind == "LineString" else coordinates[0]
    return ";".join(f"{pair[1]} {pair[0]} 0 0" for pair in pairs)


def _root(rows: Iterable[Mapping[str, str]]) -> etree._Element:
    root = etree.Element("root")
    for row in rows:
        item = etree.SubElement(root, "item")
        for key, value in row.items():
            try:
                etree.SubElement(item, key.strip()).text = value
            except ValueError:
                continue  # a header that is no name cannot be asked for by any expression
    return root
