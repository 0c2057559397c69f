"""The functions of forms give what the ODK XForms specification says."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.collection.errors import ExpressionInvalid
from custodes.collection.xform.evaluator import Circumstances
from custodes.collection.xform.function_table import FUNCTIONS
from custodes.collection.xform.functions import pattern_of
from custodes.collection.xform.model import Form
from custodes.collection.xform.rulebook import names_of
from custodes.collection.xform.session import Session
from custodes.collection.xform.values import number_text, text_number, text_of
from tests.collection.xform.conftest import form_of

ZONE = timezone(timedelta(hours=1))
NOON = datetime(2026, 11, 25, 12, 30, 15, 250_000, tzinfo=ZONE)
MORE = """
| choices |
| | list_name | name | label | tone |
| | l | a | Alpha | x |
| | l | b | Beta | y |
| settings |
| | version |
| | 12 |
"""
# A shape with its area and distance as openrosa-xpath-evaluator, Enketo's engine, gives them in its tests
SHAPE = (
    "7.9377 -11.5845 0 0;7.9324 -11.5902 0 0;7.927 -11.5857 0 0;7.925 -11.578 0 0;7.9267 -11.5722 0 0;7.9325 -11.5708 0 0;"
    "7.9372 -11.5737 0 0;7.9393 -11.579 0 0;7.9377 -11.5845 0 0"
)
ANSWERS = {
    "/data/n": "5",
    "/data/t": "héllo",
    "/data/d": "2026-11-20",
    "/data/s": "a",
    "/data/m": "b a",
    "/data/when": "2026-11-25T08:15:00.000+01:00",
}


@pytest.fixture(scope="module")
def form() -> Form:
    rows = (
        "integer|n|N", "text|t|T", "date|d|D", "datetime|when|W", "select_one l|s|S", "select_multiple l|m|M", "text|empty|E",
        "begin repeat|r|R", "integer|x|X", "text|y|Y", "end repeat||",
    )  # fmt: skip
    return form_of(*rows, more=MORE)


@pytest.fixture(scope="module")
def session(form) -> Session:
    made = Session(form, Circumstances(clock=lambda: NOON, zone=ZONE, seed=1, properties={"deviceid": "d1"}))
    for path, value in ANSWERS.items():
        made.answer(path, value)
    for place, value in enumerate(("2", "", "7"), start=1):
        if place > 1:
            made.add_repeat("/data/r")
        made.answer(f"/data/r[{place}]/x", value)
        made.answer(f"/data/r[{place}]/y", f"y{place}")
    return made


def value(session, text, at="/data/n"):
    """The value of an expression at a question, as text."""
    made = session.record.rulebook.compiled(text, names_of(at)).text
    return text_of(session.record.evaluator.value(made, session.record.element(at)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("concat('a', /data/r/y, 1)", "ay1y2y31"), ("join('-', /data/r/y)", "y1-y2-y3"), ("join(', ', 'a', 'b')", "a, b"),
        ("substr('hello', 1, 3)", "el"), ("substr('hello', 2)", "llo"), ("substr('hello', -3)", "llo"), ("substr('hello', 3, 1)", ""),
        ("ends-with('hello', 'lo')", "true"), ("contains(/data/t, 'éll')", "true"), ("string-length(/data/t)", "5"),
        ("normalize-space('  a   b ')", "a b"), ("translate('abc', 'ab', 'xy')", "xyc"), ("regex('0712', '[0-9]{4}')", "true"),
        ("regex('0712x', '[0-9]{4}')", "false"), (r"regex('é', '\p{L}')", "true"),
        ("digest('abc', 'MD5', 'hex')", "900150983cd24fb0d6963f7d28e17f72"),
        ("digest('abc', 'SHA-1')", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="), ("base64-decode('aGk=')", "hi"), ("string-length(uuid())", "36"),
        ("string-length(uuid(7))", "7"), ("if(/data/n > 4, 'more', 'less')", "more"), ("coalesce(/data/empty, 'b')", "b"),
        ("coalesce('', '')", ""),
        ("once('new')", "5"), ("boolean-from-string('1')", "true"), ("boolean-from-string('yes')", "false"), ("checklist(1, 2, 1, 0, 1)", "true"),
        ("checklist(-1, 1, 1, 1)", "false"), ("weighted-checklist(3, -1, 1, 2, 0, 9, 1, 1)", "true"), ("int(-2.7)", "-2"), ("int('x')", "NaN"),
        ("round(2.5)", "3"), ("round(-2.5)", "-2"), ("round(1.2345, 2)", "1.23"), ("round(1.125, 2)", "1.13"), ("round(1234, -2)", "1200"),
        ("sum(/data/r/x)", "9"), ("max(/data/r/x)", "7"), ("min(/data/r/x, 1)", "1"), ("max(/data/empty)", "NaN"), ("pow(2, 10)", "1024"),
        ("abs(-3)", "3"), ("sqrt(16)", "4"), ("sqrt(-1)", "NaN"), ("log10(1000)", "3"), ("exp10(2)", "100"), ("atan2(0, 1)", "0"),
        ("round(pi(), 4)", "3.1416"), ("7 mod 4", "3"), ("7 div 2", "3.5"), ("number('')", "NaN"), ("number('12abc')", "NaN"),
        ("number(true())", "1"),
        ("count(/data/r)", "3"), ("count-non-empty(/data/r/x)", "2"), ("count(/data/r[x > 3])", "1"), ("string(/data/r[3]/y)", "y3"),
        ("indexed-repeat(/data/r/y, /data/r, 2)", "y2"), ("indexed-repeat(/data/r/y, /data/r, 9)", ""), ("count(randomize(/data/r, 3))", "3"),
        ("instance('l')/root/item[name = /data/s]/label", "Alpha"), ("pulldata('l', 'label', 'name', 'b')", "Beta"),
        ("pulldata('l', 'label', 'name', 'z')", ""),
        ("selected(/data/m, 'a')", "true"), ("selected('ab', 'a')", "false"), ("selected-at(/data/m, 0)", "b"), ("selected-at(/data/m, 5)", ""),
        ("count-selected(/data/m)", "2"), ("count-selected(/data/empty)", "0"), ("jr:choice-name(/data/s, '/data/s')", "Alpha"),
        ("jr:choice-name('b', '/data/m')", "Beta"), ("today()", "2026-11-25"), ("now()", "2026-11-25T12:30:15.250+01:00"),
        ("date('2026-01-05')", "2026-01-05"), ("date(0)", "1970-01-01"), ("date(1.9)", "1970-01-02"), ("date(/data/when)", "2026-11-25"),
        ("number('1970-01-03')", "2"), ("/data/d > '2026-11-19'", "true"), ("/data/d < today()", "true"), ("today() >= /data/d", "true"),
        ("today() - /data/d", "5"), ("date(/data/d + 10)", "2026-11-30"), ("int((today() - date('2000-11-26')) div 365.25)", "25"),
        ("decimal-date-time('1970-01-02T12:00:00.000Z')", "1.5"), ("decimal-date-time('1970-01-02')", "1"), ("decimal-time('18:00')", "0.75"),
        ("format-date(/data/d, '%e %b %Y, %a %d.%m.%y %n')", "20 Nov 2026, Fri 20.11.26 11"),
        ("format-date-time(/data/when, '%H:%M:%S.%3 %h')", "08:15:00.000 8"),
        ("format-date('no date', '%Y')", ""), ("/data/when > '2026-11-25T07:14:59Z'", "true"), ("date('2026-02-30')", ""),
        (f"round(area('{SHAPE}'), 2)", "2333220.77"), (f"round(distance('{SHAPE}'), 2)", "5724.36"), ("area('nowhere')", "NaN"),
        ("property('deviceid')", "d1"), ("version()", "12"), ("'1' = 1", "true"), ("'a' = 'a' and 1 = 1.0", "true"), ("- /data/n", "-5"),
        ("1 - -1", "2"), ("/data/empty = ''", "true"), ("/data/empty > 3", "false"), ("//x[. = 7]", "7"), ("string(3 div 0)", "Infinity"),
    ],
)  # fmt: skip
def test_function_gives_what_the_specification_says(session, text, expected):
    assert value(session, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("position(..)", "3"), ("../y", "y3"), ("/data/r/y", "y3"), ("sum(/data/r/x)", "7"), ("count(/data/r)", "3"), (". + 1", "8"),
        ("indexed-repeat(/data/r/y, /data/r, position(..) - 2)", "y1"), ("/data/r[position() = position(current()/..) - 1]/y", "y2"),
        ("instance('l')/root/item[name = 'a' and /data/r/x = 7]/tone", "x"), ("current()/../y", "y3"), ("../../n", "5"),
    ],
)  # fmt: skip
def test_path_inside_a_repeat_means_the_same_repeat(session, text, expected):
    """ "Absolute paths inside repeats are always evaluated as if they are relative to the current nodeset" (specification, Repeats)."""
    assert value(session, text, at="/data/r[3]/x") == expected


def test_seeded_order_is_the_same_every_time_and_complete(session):
    texts = {value(session, "join(' ', randomize(/data/r/y, 42))") for _ in range(3)}

    assert len(texts) == 1
    assert sorted(texts.pop().split()) == ["y1", "y2", "y3"]


def test_every_function_of_the_table_can_be_called(session):
    native = {"true", "false", "last", "position", "name", "local-name", "namespace-uri", "id", "lang"}
    left_out = {"search", "intersects", "geofence", "extract-signed"}  # of the device alone
    with_names = {
        "jr:choice-name": "jr:choice-name('a', '/data/s')",
        "jr:itext": "jr:itext('x')",
        "digest": "digest('a', 'MD5')",
    }
    for name, count in FUNCTIONS.items():
        if name not in native | left_out:
            arguments = ", ".join(["/data/r"] * count.least)
            value(session, with_names.get(name, f"{name}({arguments})"))


def test_function_of_the_device_alone_is_refused_by_name(session):
    with pytest.raises(ExpressionInvalid, match="cannot be computed"):
        value(session, "intersects('1 1;2 2')")


@pytest.mark.parametrize("pattern", ["[", "(", "*a"])
def test_bad_pattern_is_refused(pattern):
    with pytest.raises(ExpressionInvalid, match="pattern"):
        pattern_of(pattern)


def test_language_chooses_the_label(form):
    headers = "type | name | label::English (en) | label::French (fr)"
    more = (
        "\n| choices |\n| | list_name | name | label::English (en) | label::French (fr) |\n| | l | a | Water | Eau |\n"
    )
    made = Session(
        form_of("select_one l|s|S|S", headers=headers, more=more), Circumstances(language="French (fr)", seed=1)
    )

    assert value(made, "jr:choice-name('a', '/data/s')", at="/data/s") == "Eau"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_number_survives_as_text(number):
    assert math.isclose(text_number(number_text(number), zone=UTC), number, rel_tol=1e-12, abs_tol=1e-19)


@given(st.dates())
def test_date_survives_as_day_number(day):
    number = text_number(day.isoformat(), zone=UTC)

    assert number == day.toordinal() - 719_163
