"""Small forms in markdown."""

from collections.abc import Callable

import pytest

from custodes.collection.xlsform.conversion import FormConversion, convert_form


@pytest.fixture
def convert() -> Callable[[str], FormConversion]:
    """Convert a form that is written in markdown."""

    def made(text: str) -> FormConversion:
        return convert_form(text.encode(), file_name="small.md")

    return made
