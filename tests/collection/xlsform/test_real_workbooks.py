"""The examples of pyxform and three large real forms convert, or are refused with sheet and row where pyxform or ODK Validate refuses them."""

import pytest
from pyxform.xls2xform import convert as pyxform_convert

from custodes.collection.xlsform.conversion import convert_form
from custodes.collection.xlsform.problems import UNKNOWN
from custodes.collection.xlsform.validation import java_or_none

REFUSED = {
    "bad_calc.xlsx": [("EXPRESSION_SYNTAX", "survey", 2, "calculation")],
    "unknown_question_type.xls": [("HEADER_002", "survey", 1, "relevance"), ("TYPE_UNKNOWN", "survey", 52, "type")],
}


def test_every_workbook_converts_or_is_refused_with_its_place(real_forms):
    refused = {name: form.errors for name, form in real_forms.items() if form.xform is None}

    assert len(real_forms) == 23
    assert {
        name: [(each.code, each.sheet, each.row, each.column) for each in found] for name, found in refused.items()
    } == REFUSED
    assert all(each.remedy for found in refused.values() for each in found)
    assert [each for form in real_forms.values() for each in form.problems if each.code == UNKNOWN] == []


def test_xform_is_what_pyxform_makes(real_forms, reference_data):
    examples = tuple((reference_data / "xlsforms" / "pyxform_examples").glob("*.xls*"))
    made = {place.name: real_forms[place.name].xform for place in examples if real_forms[place.name].xform is not None}

    assert len(made) == 18
    assert {
        place.name: pyxform_convert(place, form_name="data").xform for place in examples if place.name in made
    } == made


def test_odk_validate_agrees_on_a_form_that_it_refuses():
    """It refuses what only a client can see: an instance that is not there."""
    if java_or_none() is None:
        pytest.skip("Java is absent: ODK Validate cannot run")
    form = "| survey |\n| | type | name | label | calculation |\n| | calculate | c | | instance('nothing')/root/item/name |"

    result = convert_form(form.encode(), file_name="small.md", validate=True)

    assert result.xform is None
    assert [(each.code, each.sheet, each.row) for each in result.errors] == [("VALIDATE", "survey", 2)]
