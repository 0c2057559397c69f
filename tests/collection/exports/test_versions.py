"""A form that changes: its export loses no column and mixes none."""

import json

from custodes.collection.exports.records import StableColumn
from tests.collection.exports.conftest import Sent, one_version, sent, version_of
from tests.collection.xform.conftest import form_of

CHOICES = "| choices |\n| | list_name | name | label |\n| | l | 1 | One |\n| | l | 2 | Two |\n"
MORE_CHOICES = "| choices |\n| | list_name | name | label |\n| | l | 2 | The second |\n| | l | 3 | Three |\n"
PHONE, AGE, TOWN, CHILD, TOY = (
    StableColumn(f"q{number}", name) for number, name in enumerate(("phone", "age", "town", "child", "toy"))
)


def three_versions():
    """Phone goes, age is renamed and then retyped, the repeat of children is renamed, town is asked in the middle version only."""
    repeat = (
        "begin repeat | children | C",
        "text | child | Name",
        "begin repeat | toys | T",
        "text | toy | Toy",
        "end repeat | |",
        "end repeat | |",
    )
    renamed = (
        "begin repeat | kids | C",
        "text | child | Name",
        "begin repeat | toys | T",
        "text | toy | Toy",
        "end repeat | |",
        "end repeat | |",
    )
    identities = {"phone": PHONE, "age": AGE, "years": AGE, "town": TOWN, "child": CHILD, "toy": TOY}
    return [
        version_of(1, form_of("text | phone | Phone", "integer | age | Age", *repeat, "select_multiple l | m | M", more=CHOICES), **identities),
        version_of(2, form_of("integer | years | Age", "text | town | Town", *renamed, "select_multiple l | m | M", more=MORE_CHOICES), **identities),
        version_of(3, form_of("text | years | Age, in words", *renamed), **identities),
    ]  # fmt: skip


def three_records():
    toys = "<toys><toy>ball</toy></toys><toys><toy>doll</toy></toys>"
    kids = "<kids><child>Ali</child></kids><kids><child>Eve</child><toys><toy>car</toy></toys></kids>"
    return (
        sent(f"<phone>77</phone><age>30</age><children><child>Awa</child>{toys}</children><m>1 2</m>"),
        sent(f"<years>40</years><town>Bria</town>{kids}<m>3</m>", key="uuid:2", version=2),
        sent("<years>about fifty</years>", key="uuid:3", version=3),
    )


def test_three_versions_keep_every_answer_in_its_column(export):
    found = export(three_versions(), *three_records())

    assert [[row[name] for name in ("key", "record_version", "age_text", "age", "town", "phone")] for row in found.record] == [
        ["uuid:1", "v1", "", "30", "", "77"],
        ["uuid:2", "v2", "", "40", "Bria", ""],
        ["uuid:3", "v3", "about fifty", "", "", ""],
    ]  # fmt: skip
    assert found.columns == ["age_text", "age", "town", "m", "m_2", "m_3", "m_1", "phone"]


def test_renamed_repeat_stays_one_table(export):
    found = export(three_versions(), *three_records())

    assert set(found.tables) == {"record", "children", "toys", "dictionary"}
    assert [(row["key"], row["parent_key"], row["index"], row["child"]) for row in found.tables["children"]] == [
        ("uuid:1/children[1]", "uuid:1", "1", "Awa"),
        ("uuid:2/children[1]", "uuid:2", "1", "Ali"),
        ("uuid:2/children[2]", "uuid:2", "2", "Eve"),
    ]
    assert [(row["key"], row["parent_key"], row["toy"]) for row in found.tables["toys"]] == [
        ("uuid:1/children[1]/toys[1]", "uuid:1/children[1]", "ball"),
        ("uuid:1/children[1]/toys[2]", "uuid:1/children[1]", "doll"),
        ("uuid:2/children[2]/toys[1]", "uuid:2/children[2]", "car"),
    ]


def test_choices_of_all_versions_stand_side_by_side(export):
    found = export(three_versions(), *three_records())

    assert [[row[name] for name in ("m", "m_1", "m_2", "m_3")] for row in found.record] == [
        ["1 2", "1", "1", "0"],
        ["3", "0", "0", "1"],
        ["", "", "", ""],
    ]


def test_dictionary_tells_names_by_version_and_earlier_wordings(export):
    found = export(three_versions(), *three_records())

    assert json.loads(found.described("age")["names_by_version"]) == {"v1": "/data/age", "v2": "/data/years"}
    assert json.loads(found.described("age_text")["names_by_version"]) == {"v3": "/data/years"}
    assert found.described("phone")["versions"] == "v1"
    assert json.loads(found.described("m")["choices"])["2"] == {"": "The second"}
    assert json.loads(found.described("m")["earlier_labels"]) == {"v1": {"2": {"": "Two"}}}
    assert found.described("m_3")["label"] == "M: Three"


def test_version_without_records_adds_no_column_and_changes_no_name(export):
    versions = three_versions()

    alone = export(versions[:1], three_records()[0])
    among_others = export(versions, three_records()[0])

    assert among_others.columns == alone.columns == ["phone", "age", "m", "m_1", "m_2"]


def test_question_named_like_a_column_of_every_record_gets_a_suffix(export):
    versions = one_version("text | key | K", "text | record_state | S", "geopoint | p | P", "text | p_latitude | L")

    found = export(versions, sent("<key>a</key><record_state>b</record_state><p>1 2 3 4</p><p_latitude>c</p_latitude>"))

    row = found.record[0]
    assert (row["key"], row["key_2"], row["record_state_2"]) == ("uuid:1", "a", "b")
    assert (row["p_latitude"], row["p_latitude_2"]) == ("c", "1")


def test_columns_that_differ_by_case_only_are_told_apart(export):
    versions = [
        version_of(1, form_of("text | a | A", "text | b | B"), a=StableColumn("1", "Name"), b=StableColumn("2", "name"))
    ]

    found = export(versions, sent("<a>x</a><b>y</b>"))

    assert (found.record[0]["Name"], found.record[0]["name_2"]) == ("x", "y")


def test_question_that_moves_into_a_repeat_has_a_column_in_both_tables(export):
    name = StableColumn("1", "name")
    versions = [
        version_of(1, form_of("text | name | N"), name=name),
        version_of(2, form_of("begin repeat | r | R", "text | name | N", "end repeat | |"), name=name),
    ]

    found = export(versions, sent("<name>x</name>"), sent("<r><name>y</name></r>", key="uuid:2", version=2))

    assert [row["name"] for row in found.record] == ["x", ""]
    assert [row["name"] for row in found.tables["r"]] == ["y"]


def test_what_no_version_asks_for_is_kept(export):
    versions = one_version("text | a | A", "note | n | N", "begin repeat | r | R", "text | b | B", "end repeat | |")

    found = export(
        versions,
        sent('<a k="1">x</a><a>y</a><n>told</n><z><y>deep</y></z><z/>loose<r><b>1<i>2</i></b><c>3</c></r>'),
    )

    assert found.record[0]["a"] == "x"
    assert found.unmapped() == {
        "/a/@k": ["1"], "/a": ["y"], "/n": ["told"], "/z": ["<z><y>deep</y></z>", ""], "/text()": ["loose"],
    }  # fmt: skip
    assert found.unmapped(table="r") == {"/r/b": ["<b>1<i>2</i></b>"], "/r/c": ["3"]}


def test_record_of_an_unknown_version_is_kept_whole(export):
    found = export(one_version("text | a | A"), sent("<a>x</a>"), sent("<q>y</q>", key="uuid:2", version=None))

    assert [row["record_version"] for row in found.record] == ["v1", ""]
    assert found.unmapped(1)["/q"] == ["y"]


def test_record_that_cannot_be_read_is_kept_as_it_is(export):
    entity = b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><data><a>&e;</a></data>'

    found = export(one_version("text | a | A"), Sent("uuid:1", 1, b"<data><a>cut"), Sent("uuid:2", 1, entity))

    assert [found.unmapped(0), found.unmapped(1)] == [{"/": ["<data><a>cut"]}, {"/": [entity.decode()]}]
    assert [row["a"] for row in found.record] == ["", ""]


def test_what_is_known_of_a_record_stands_beside_its_answers(export):
    known = {"state": "approved", "inbox": "late", "enumerator": "Team 3", "device": "phone 7"}

    found = export(one_version("text | a | A"), sent("<a>x</a>"), known=known)

    assert [found.record[0][f"record_{name}"] for name in ("received", *known)] == [
        "2026-03-01T12:00:00.000000Z",
        *known.values(),
    ]


def test_two_questions_that_were_merged_into_one_and_are_both_asked_keep_both_answers(export):
    one = StableColumn("1", "name")

    found = export([version_of(1, form_of("text | a | A", "text | b | B"), a=one, b=one)], sent("<a>x</a><b>y</b>"))

    assert (found.record[0]["name"], found.record[0]["name_2"]) == ("x", "y")


def test_second_answer_to_a_question_never_replaces_the_first(export):
    versions = one_version("begin group | g | G", "text | a | A", "end group | |")

    found = export(
        versions, sent("<g><a>x</a></g><g><a>y</a></g>"), sent('<g k="1"><a/></g><g><a>y</a></g>', key="uuid:2")
    )

    assert [row["a"] for row in found.record] == ["x", "y"]
    assert [found.unmapped(0), found.unmapped(1)] == [{"/g/a": ["y"]}, {"/g/@k": ["1"]}]
