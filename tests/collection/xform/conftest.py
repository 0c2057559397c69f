"""Small forms in markdown, parsed."""

from collections.abc import Callable

import pytest

from custodes.collection.xform.model import Form
from custodes.collection.xform.reading import parse_form
from custodes.collection.xlsform.conversion import convert_form


def form_of(*rows: str, headers: str = "type | name | label", more: str = "") -> Form:
    """The form of these survey rows, with other sheets after them."""
    text = "\n".join(["| survey |", f"| | {headers} |", *(f"| | {row} |" for row in rows)]) + "\n" + more
    made = convert_form(text.encode(), file_name="small.md")
    assert made.xform is not None, [str(each) for each in made.errors]
    return parse_form(made.xform, stable_ids={each.path: each.id for each in made.stable_names})


@pytest.fixture
def small_form() -> Callable[..., Form]:
    """The maker of small forms."""
    return form_of
