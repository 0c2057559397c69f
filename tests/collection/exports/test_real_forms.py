"""The three large forms from the field: every answer of generated records is read back from their export."""

from dataclasses import replace

import pytest
from lxml import etree

from custodes.collection.exports.records import ExportVersion
from custodes.collection.xform.generation import generate_record
from custodes.collection.xform.reading import parse_form
from tests.collection.exports.conftest import Sent

FORMS = (
    "REACH_2024_MSNA-kobo-tool_draft_v11.xlsx",
    "all-question-types-v2024091201-3.xlsx",
    "socio-economic-survey-v20240515.xlsx",
)


def _without_required_notes(form):
    """Nobody can answer a note, so that one that is required ends the interview: three of the REACH form's leave 17 answers of 250."""
    questions = tuple(
        replace(each, bind=replace(each.bind, required="")) if each.kind == "note" else each for each in form.questions
    )
    return replace(form, questions=questions)


@pytest.mark.parametrize("name", FORMS)
def test_generated_record_is_read_back(name, real_forms, export):
    form = _without_required_notes(parse_form(real_forms[name].xform))
    made = generate_record(form, seed=1, thorough=True)

    found = export([ExportVersion(1, "1", form)], Sent(made.instance_id, 1, made.xml))

    answers = [
        each.text
        for each in etree.fromstring(made.xml).iter("*")
        if not len(each) and each.text and etree.QName(each).localname != "instanceID"
    ]
    columns = {
        (each["table"], each["column"]) for each in found.tables["dictionary"] if each["question"] and not each["part"]
    }
    read = [
        text
        for table, rows in found.tables.items()
        for row in rows
        for column, text in row.items()
        if (table, column) in columns and text
    ]
    kept = [text for table in found.tables.values() for row in table for text in [row.get("record_unmapped")] if text]
    assert (sorted(read), kept) == (sorted(answers), [])
    assert len(answers) >= 20
