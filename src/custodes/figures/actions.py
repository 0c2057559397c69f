"""Writes of the figures: keeping a chart's specification, drawing its picture once.

Both live under `MEDIA_ROOT/figures`, named by the sha256 of the specification: the same chart is drawn once for page,
PDF and Word. The name is the key to the picture, and nobody can guess it who does not know every number in it.
"""

import os
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from django.conf import settings

from custodes.figures.errors import FigureNotFound
from custodes.figures.rules.specification import (
    Specification,
    check_specification_is_self_contained,
    specification_bytes,
    specification_name,
)

NAME_LENGTH = 64


def keep_specification(specification: Specification) -> str:
    """Store a chart's specification unless it is there, and return its name; no picture is drawn."""
    check_specification_is_self_contained(specification)
    name = specification_name(specification)
    path = _folder() / f"{name}.json"
    if not path.exists():
        _write(path, specification_bytes(specification))
    return name


def drawn_figure(name: str) -> bytes:
    """The SVG of a stored specification, drawn on the first call and kept; FigureNotFound for any other name."""
    picture = _figure_path(name, "svg")
    if picture.exists():
        return picture.read_bytes()
    specification = _figure_path(name, "json")
    if not specification.exists():
        raise FigureNotFound(
            "There is no figure of that name.", where=name[:NAME_LENGTH], remedy="Open the page that shows it again."
        )
    drawn = draw_specification(specification.read_text(encoding="utf-8"), with_title=False).encode()
    _write(picture, drawn)
    return drawn


def draw_specification(specification: Specification | str, *, with_title: bool = True) -> str:
    """SVG of a specification, with `<title>` and `<desc>`; reaches no network.

    On a page the finding stands beside the picture as text, so it is drawn into it only for print (`with_title`).
    """
    import json

    import vl_convert  # starts a JavaScript engine: 0.6 s on first use

    chart = json.loads(specification) if isinstance(specification, str) else dict(specification)
    check_specification_is_self_contained(chart)
    title, description = str(chart.get("title", "")), str(chart.get("description", ""))
    if not with_title:
        chart.pop("title", None)
    svg = vl_convert.vegalite_to_svg(chart, allowed_base_urls=[])
    opening, rest = svg.split(">", 1)
    words = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    return f'{opening} role="img">{words}{rest}'


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "figures"


def _figure_path(name: str, kind: str) -> Path:
    # The name becomes a path: nothing but a sha256 in hexadecimal may.
    if len(name) != NAME_LENGTH or not set(name) <= set("0123456789abcdef"):
        raise FigureNotFound("That is not the name of a figure.", where=name[:NAME_LENGTH])
    return _folder() / f"{name}.{kind}"


def _write(path: Path, content: bytes) -> None:
    """Write aside, then rename: a reader sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
