"""Expressions are read into parts, written out again with the same meaning, and refused at the right character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from custodes.collection.errors import ExpressionInvalid
from custodes.collection.xform.expression import Call, Path, walk, written
from custodes.collection.xform.function_table import FUNCTIONS, check_functions
from custodes.collection.xform.parsing import parsed

GOOD = (
    "1 + 2 * 3", "-(1 - 2) - -3", "(1 + 2) * 3", "7 mod 4 div 2", "1 < 2 = true()", "count(//b) > 1 and not(a) or b", "/a/b[1]/c", "a-1", "'it''s'",
    "* * 2", "..", ".", "/", "//b[@x = 'y']", "(a | b)[2]", "a/b/text()", "b[position() = last()]", "../a[c/d = 'e' and f]/g", "string(b[2])",
    "child::b[1]", "sum(b) div count(b)", "b[. > 1][1]", "1 = 1 = 1", "10 - 2 - 3", "8 div 4 div 2", "'<' < \"'\"", "- b",
)  # fmt: skip
TREE = etree.fromstring("<a><b x='y'>1</b><b>2<c><d>e</d></c></b><c/></a>")
VALUES = st.sampled_from(["1", "2.5", "'x'", "b", "../a", "/a/b[1]", "true()", "."])


@st.composite
def expressions(draw, depth=3):
    """Any expression of operators over a few values."""
    if depth == 0 or draw(st.booleans()):
        return draw(VALUES)
    operator = draw(st.sampled_from(["+", "-", "*", "div", "mod", "=", "!=", "<", "<=", ">", ">=", "and", "or"]))
    left, right = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    return draw(st.sampled_from([f"{left} {operator} {right}", f"({left} {operator} {right})", f"- {left}"]))


def value(text):
    """What lxml makes of it, with nodes as their places in the tree."""
    found = etree.XPath(text)(TREE)
    if isinstance(found, list):
        return [TREE.getroottree().getpath(each) if isinstance(each, etree._Element) else str(each) for each in found]
    return str(found)  # as text, because nan is not equal to itself


@pytest.mark.parametrize("text", [each for each in GOOD if "''" not in each])
def test_expression_keeps_its_meaning_when_written_out(text):
    assert value(written(parsed(text))) == value(text)


@given(expressions())
def test_any_expression_keeps_its_meaning_when_written_out(text):
    assert value(written(parsed(text))) == value(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1 +", 3), ("${a", 0), ("a[", 2), ("'abc", 0), ("a b", 2), ("not(", 4), ("a = = b", 4), ("1.5.2", 3), ("f(1,)", 4), ("(1", 2), ("1)", 1),
        ("/a/[1]", 3), ("a::", 3), ("“a”", 0), ("", 0), ("$", 0), ("f(1 2)", 4),
    ],
)  # fmt: skip
def test_unreadable_expression_is_refused_at_its_character(text, at):
    with pytest.raises(ExpressionInvalid) as refused:
        parsed(text)

    assert refused.value.at == at


@given(st.text(alphabet="ab1 .,()[]'/*+-=<>${}|@:", max_size=25))
def test_what_we_read_lxml_reads_too(text):
    try:
        whole = parsed(text)
    except ExpressionInvalid:
        return
    if "$" not in text and ":" not in text:
        etree.XPath(written(whole))


def test_deep_nest_is_refused_and_does_not_exhaust_the_stack():
    with pytest.raises(ExpressionInvalid, match="deeply"):
        parsed("(" * 5_000 + "1" + ")" * 5_000)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("foo()", "no function foo()"), ("if(1, 2)", "takes 3"), ("selected(.)", "takes 2"), ("indexed-repeat(a, b, 1, c)", "3 or 5 or 7"),
        ("today(1)", "takes 0"), ("1 + count(if(1))", "if() takes 3"), ("a[selectd(., 'x')]", "no function selectd()"), ("concat()", "1 or more"),
    ],
)  # fmt: skip
def test_wrong_call_is_refused(text, what):
    with pytest.raises(ExpressionInvalid) as refused:
        check_functions(parsed(text))

    assert what in refused.value.what


def test_parts_of_an_expression_are_found():
    whole = parsed("if(/a/b > 1, instance('l')/root/item[name = current()/../b]/label, ${c})")

    assert [each.name for each in walk(whole) if isinstance(each, Call)] == ["if", "instance", "current"]
    assert [each.names for each in walk(whole) if isinstance(each, Path) and each.names] == [("a", "b")]


def test_every_function_takes_a_number_of_arguments_that_can_be_said():
    assert all(count.words for count in FUNCTIONS.values())
    assert [name for name, count in FUNCTIONS.items() if not any(count.takes(number) for number in range(9))] == []
