"""The one printer of the commands on files."""

import json
import math

import pytest

from custodes.evidence.errors import ArgumentInvalid
from custodes.site.commands.answers import FORMATS, check_format, csv_text, print_rows, table_text

KEYS = ("name", "value", "note")
ROWS = [
    {"name": "a", "value": 3687177.532, "note": None},
    {"name": "long", "value": 0.123456789, "note": None},
    {"name": "none", "value": math.nan, "note": None},
]


def test_table_aligns_words_left_and_numbers_right():
    assert table_text(ROWS, ("name", "value")).splitlines() == [
        "name      value",
        "a     3687177.5",
        "long   0.123457",
        "none          –",
    ]


def test_optional_columns_without_a_value_are_left_out_of_the_table_alone(capsys):
    print_rows(ROWS, KEYS, "table", optional=("note",))
    table = capsys.readouterr().out
    print_rows(ROWS, KEYS, "csv", optional=("note",))

    assert table.splitlines()[0].split() == ["name", "value"]
    assert capsys.readouterr().out.splitlines()[0] == "name,value,note"


def test_what_is_no_number_is_null_or_empty(capsys):
    print_rows([*ROWS, {"name": "far", "value": math.inf, "note": "n"}], KEYS, "json")

    found = json.loads(capsys.readouterr().out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert [row["value"] for row in found] == [3687177.532, 0.123456789, None, None]
    assert csv_text(ROWS[2:], KEYS) == "name,value,note\nnone,,\n"


def test_unknown_format_is_refused_and_the_known_are_not():
    for shape in FORMATS:
        check_format(shape)
    with pytest.raises(ArgumentInvalid, match="xml"):
        check_format("xml")
