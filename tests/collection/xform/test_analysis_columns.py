"""Columns of analysis have names that stay, differ without regard to case, and cover every answer."""

from hypothesis import given
from hypothesis import strategies as st

from custodes.collection.xform.analysis_columns import KeptName, analysis_columns, slug, table_names
from custodes.collection.xform.reading import parse_form

MORE = "\n| choices |\n| | list_name | name | label |\n| | l | a | A |\n| | l | b-c | B |\n"


def named(columns):
    return [(each.table, each.name, each.part) for each in columns]


def test_answers_and_their_parts_have_columns(small_form):
    form = small_form(
        "geopoint|where|W",
        "select_multiple l|which|W",
        "note|n|N",
        "begin repeat|r|R",
        "text|a|A",
        "end repeat||",
        more=MORE,
    )

    assert named(analysis_columns(form)) == [
        ("", "where", ""), ("", "where_latitude", "latitude"), ("", "where_longitude", "longitude"), ("", "where_altitude", "altitude"),
        ("", "where_accuracy", "accuracy"), ("", "which", ""), ("", "which_a", "choice:a"), ("", "which_b_c", "choice:b-c"), ("/data/r", "a", ""),
    ]  # fmt: skip


def test_clash_without_regard_to_case_gets_a_suffix(small_form):
    form = small_form(
        "begin group|g|G", "text|Age|A", "end group||", "begin group|h|H", "text|age|A", "end group||", "text|key|K"
    )

    assert [each.name for each in analysis_columns(form)] == ["age", "age_2", "key_2"]


def test_kept_name_stays_with_its_question_and_is_given_to_no_other(small_form):
    form = small_form("text|age|A", "text|b|B")
    kept = (KeptName("", "id-7", "", "b_old"), KeptName("", "id-gone", "", "age"))

    assert [each.name for each in analysis_columns(form, ids={"/data/b": "id-7"}, kept=kept)] == ["age_2", "b_old"]


def test_names_survive_a_new_order(small_form):
    rows = ("begin group|g|G", "text|Age|A", "end group||", "text|age|A", "text|c|C")
    first = analysis_columns(small_form(*rows))
    kept = tuple(KeptName(each.table, each.question, each.part, each.name) for each in first)

    second = analysis_columns(small_form(rows[4], rows[3], *rows[:3]), kept=kept)

    assert {each.path: each.name for each in second} == {each.path: each.name for each in first}


def test_repeats_are_tables_of_their_own(small_form):
    form = small_form("begin repeat|record|R", "text|a|A", "end repeat||")

    assert table_names(form) == {"": "record", "/data/record": "record_2"}


@given(st.text(min_size=1, max_size=90))
def test_slug_is_a_name(text):
    made = slug(text)

    assert made == made.lower()
    assert made.replace("_", "a").isidentifier() or not made.isascii()
    assert len(made) <= 62


def test_real_forms_have_no_two_columns_of_one_name(real_forms):
    for each in real_forms.values():
        if each.xform is not None:
            columns = analysis_columns(parse_form(each.xform))
            names = [(column.table, column.name.casefold()) for column in columns]
            assert len(names) == len(set(names))
