"""A valid record can be made of any form, the same for the same seed."""

import random
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from custodes.collection.errors import NoValidRecord
from custodes.collection.xform.evaluator import Circumstances
from custodes.collection.xform.generation import generate_record
from custodes.collection.xform.invented_answers import text_for_pattern
from custodes.collection.xform.reading import parse_form
from tests.collection.xform.conftest import form_of

AROUND = Circumstances(clock=lambda: datetime(2026, 11, 25, 12, tzinfo=UTC))
CONSTRAINED = "type | name | label | constraint | required"


def test_every_real_form_gets_a_valid_record(real_forms):
    made = {}
    for name, each in real_forms.items():
        if each.xform is not None:
            files = {"itemsets.csv": each.itemsets.encode()} if each.itemsets else {}
            around = Circumstances(clock=AROUND.clock, files=files)
            made[name] = (
                parse_form(each.xform),
                generate_record(parse_form(each.xform), seed=1, around=around, thorough="MSNA" not in name),
            )

    assert len(made) == 21
    for form, record in made.values():
        root = etree.fromstring(record.xml)
        assert (root.get("id"), root.get("version") or "") == (form.form_id, form.version)
        assert root.findtext("meta/instanceID") == record.instance_id
        named = {each.text for each in root.iter() if each.text}
        assert {each.name for each in record.attachments} <= named
    form, record = made["all-question-types-v2024091201-3.xlsx"]
    assert len(record.attachments) == 14


def test_same_seed_gives_the_same_record_and_another_seed_another():
    form = form_of("text|a|A", "integer|b|B", "geopoint|c|C")

    first, again, other = (generate_record(form, seed=seed, around=AROUND) for seed in (1, 1, 2))

    assert first == again
    assert first.xml != other.xml
    assert first.instance_id != other.instance_id


@pytest.mark.parametrize(
    "row",
    [
        "integer|a|A|. > 17 and . < 20|yes", "decimal|a|A|. > 0.25 and . < 0.5|yes", "text|a|A|regex(., '0[67][0-9]{8}')|yes",
        "text|a|A|string-length(.) = 13|yes",
        "date|a|A|. > today()|yes", "date|a|A|. < date('1999-12-31') and . > '1999-12-29'|yes", "select_multiple l|a|A|count-selected(.) = 3|yes",
        "select_multiple l|a|A|selected(., 'c') and not(selected(., 'b'))|yes", "select_one l|a|A|. != 'a'|yes", "time|a|A|. != '09:00'|yes",
        "integer|a|A|. = 0 - 1|yes", "text|a|A|. = 'exactly this'|yes", "rank l|a|A||yes", "barcode|a|A||yes", "geoshape|a|A||yes", "audio|a|A||yes",
    ],
)  # fmt: skip
def test_constraint_is_fulfilled(row):
    choices = "\n| choices |\n| | list_name | name | label |\n| | l | a | A |\n| | l | b | B |\n| | l | c | C |\n| | l | d | D |\n"
    record = generate_record(form_of(row, headers=CONSTRAINED, more=choices), seed=4, around=AROUND)

    assert etree.fromstring(record.xml).findtext("a")


def test_note_that_stops_the_interview_is_got_round_by_changing_what_it_rests_on():
    rows = (
        "integer|a|A||yes|",
        "integer|b|B||yes|",
        "calculate|same||||if(${a} = ${b}, 1, 0)",
        "note|stop|Not the same|${same} = 0|yes|",
    )
    form = form_of(*rows, headers="type | name | label | relevant | required | calculation")

    for seed in range(6):
        root = etree.fromstring(generate_record(form, seed=seed, around=AROUND).xml)
        assert root.findtext("a") == root.findtext("b")
        assert root.find("stop") is None


def test_form_that_nobody_can_fill_in_is_refused_by_its_question():
    with pytest.raises(NoValidRecord) as refused:
        generate_record(form_of("integer|a|A|. > 5 and . < 5|yes", headers=CONSTRAINED), seed=1, around=AROUND)

    assert refused.value.where == "/data/a"


def test_thorough_record_takes_the_answer_that_opens_most():
    choices = "\n| choices |\n| | list_name | name | label |\n| | l | no | No |\n| | l | yes | Yes |\n"
    form = form_of(
        "select_one l|c|C|",
        "text|a|A|${c} = 'yes'",
        "text|b|B|${c} = 'yes'",
        headers="type | name | label | relevant",
        more=choices,
    )

    for seed in range(4):
        root = etree.fromstring(generate_record(form, seed=seed, around=AROUND, thorough=True).xml)
        assert root.findtext("c") == "yes"


@given(
    st.sampled_from(
        ["[A-Z]{2}-\\d{3,5}", "(07|08)[0-9]{8}", "a?b*c+", "[^0-9]{3}", "x{2}|y{3}", "\\w+@\\w+\\.org", "(?:ab){2}."]
    ),
    st.integers(),
)
def test_text_fits_its_pattern(pattern, seed):
    assert re.fullmatch(pattern, text_for_pattern(pattern, random.Random(seed)))
