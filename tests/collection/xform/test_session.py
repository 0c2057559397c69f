"""A record being filled in stays true to its form: what is asked, what is calculated, what is wrong, what is sent."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from custodes.collection.errors import AnswerInvalid, ExpressionInvalid
from custodes.collection.xform.evaluator import Circumstances
from custodes.collection.xform.reading import parse_form
from custodes.collection.xform.session import Fault, Session
from tests.collection.xform.conftest import form_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
AROUND = Circumstances(clock=lambda: NOW, seed=7, properties={"username": "awa"})
LISTS = """
| choices |
| | list_name | name | label | region |
| | region | n | North | |
| | region | s | South | |
| | town | a | Alpha | n |
| | town | b | Beta | s |
"""
COLUMNS = (
    "type", "name", "label", "relevant", "calculation", "constraint", "required", "choice_filter", "repeat_count", "default", "trigger",
    "constraint_message",
)  # fmt: skip
HEADERS = " | ".join(COLUMNS)


def session(*rows, more="", around=AROUND):
    """A session over these rows, written as `type name key=value …`."""
    lines = []
    for row in rows:
        first, *rest = row.split(" ; ")
        kind, _, name = first.rpartition(" ") if not first.startswith("end ") else (first, "", "")
        cells = {"type": kind, "name": name, "label": "" if kind == "calculate" else name}
        cells |= dict(each.split("=", 1) for each in rest)
        lines.append(" | ".join(cells.get(key, "").replace("|", r"\|") for key in COLUMNS))
    return Session(form_of(*lines, headers=HEADERS, more=more), around)


def sent(made):
    return etree.fromstring(made.finish())


def asked(made):
    return [place.path for place in made.places()]


def test_question_opens_and_closes_with_its_condition_and_keeps_its_answer():
    made = session("integer age", "text school ; relevant=${age} < 18", "calculate twice ; calculation=${school}")
    made.answer("/data/age", "12")
    made.answer("/data/school", "Lycée")

    made.answer("/data/age", "40")
    closed = (asked(made), made.value("/data/school"), made.value("/data/twice"))
    made.answer("/data/age", "12")

    assert closed == (["/data/age"], "", "")
    assert (made.value("/data/school"), made.value("/data/twice")) == ("Lycée", "Lycée")


def test_closed_group_closes_everything_in_it_and_is_not_sent():
    made = session(
        "select_one region where",
        "begin group g ; relevant=${where} = 'n'",
        "text a",
        "text b ; relevant=1 = 1",
        "end group",
        more=LISTS,
    )
    made.answer("/data/where", "n")
    made.answer("/data/g/a", "x")
    made.answer("/data/where", "s")

    assert asked(made) == ["/data/where"]
    assert [each.tag for each in sent(made)] == ["where", "meta"]


def test_calculations_follow_each_other_in_any_order():
    made = session(
        "calculate c ; calculation=${b} + 1",
        "calculate b ; calculation=${a} * 2",
        "integer a",
        "calculate d ; calculation=if(${c} > 10, 'many', 'few')",
    )
    made.answer("/data/a", "3")
    first = [made.value(f"/data/{name}") for name in "bcd"]
    made.answer("/data/a", "5")

    assert first == ["6", "7", "few"]
    assert [made.value(f"/data/{name}") for name in "bcd"] == ["10", "11", "many"]


def test_circle_of_calculations_is_refused_by_name():
    with pytest.raises(ExpressionInvalid) as refused:
        session("calculate a ; calculation=coalesce(${b}, 0) + 1", "calculate b ; calculation=${a} + 1")

    assert refused.value.where in {"/data/a", "/data/b"}


def test_once_keeps_its_first_value():
    made = session("integer a", "calculate c ; calculation=once(${a})")
    made.answer("/data/a", "3")
    made.answer("/data/a", "4")

    assert made.value("/data/c") == "3"


def test_random_is_drawn_once_and_again_the_same_for_the_same_seed():
    made, again = (session("text a", "calculate c ; calculation=once(random())") for _ in range(2))
    first = made.value("/data/c")
    made.answer("/data/a", "x")

    assert first == made.value("/data/c") == again.value("/data/c")


def test_faults_are_told_with_their_kind_and_the_words_of_the_form():
    made = session(
        "integer age ; constraint=. < 120 ; constraint_message=Too old ; required=yes", "date day",
        "text free ; required=${age} > 5", "select_one region r", more=LISTS,
    )  # fmt: skip
    first = [(each.path, each.fault) for each in made.faults()]
    made.answer("/data/age", "130")
    made.answer("/data/day", "2026-02-30")
    made.answer("/data/r", "x")

    assert first == [("/data/age", Fault.REQUIRED)]
    assert [(each.path, each.fault, each.message) for each in made.faults()] == [
        ("/data/age", Fault.CONSTRAINT, "Too old"), ("/data/day", Fault.TYPE, "This is not a date such as 2024-01-31."),
        ("/data/free", Fault.REQUIRED, ""), ("/data/r", Fault.CHOICE, "This is not among the choices."),
    ]  # fmt: skip


def test_choices_follow_the_answer_before():
    made = session("select_one region where", "select_one town town ; choice_filter=region = ${where}", more=LISTS)
    none = made.choices("/data/town")
    made.answer("/data/where", "s")

    assert none == ()
    assert [(each.value, each.label.plain()) for each in made.choices("/data/town")] == [("b", "Beta")]


def test_choices_come_from_an_attached_file():
    files = {"towns.csv": "name,label,region\na,Alpha,n\nb,Bêta,s\n".encode()}
    made = session(
        "text where", "select_one_from_file towns.csv town ; choice_filter=region = ${where}",
        "calculate label ; calculation=pulldata('towns', 'label', 'name', 'b')", around=Circumstances(files=files, seed=1),
    )  # fmt: skip
    made.answer("/data/where", "s")

    assert [(each.value, each.label.plain()) for each in made.choices("/data/town")] == [("b", "Bêta")]
    assert made.value("/data/label") == "Bêta"


def test_choices_come_from_the_answers_of_a_repeat():
    made = session("begin repeat person", "text name", "end repeat", "select_one ${name} head")
    made.answer("/data/person/name", "Awa")
    made.answer(f"{made.add_repeat('/data/person')}/name", "Bo")

    assert [each.value for each in made.choices("/data/head")] == ["Awa", "Bo"]


def test_repeats_are_added_numbered_and_removed():
    made = session(
        "begin repeat p",
        "text name",
        "calculate place ; calculation=position(..)",
        "end repeat",
        "calculate n ; calculation=count(${p})",
    )
    path = made.add_repeat("/data/p")
    made.answer("/data/p[1]/name", "one")
    made.answer(f"{path}/name", "two")
    before = (made.value("/data/n"), made.value("/data/p[2]/place"), asked(made))
    made.remove_repeat("/data/p[1]")

    assert path == "/data/p[2]"
    assert before == ("2", "2", ["/data/p[1]/name", "/data/p[2]/name"])
    assert (made.value("/data/n"), made.value("/data/p[1]/name"), made.value("/data/p[1]/place")) == ("1", "two", "1")
    made.remove_repeat("/data/p")
    assert (made.repeat_count("/data/p"), [each.tag for each in sent(made)]) == (0, ["n", "meta"])


def test_counted_repeat_follows_its_number_and_loses_no_answer():
    made = session("integer n", "begin repeat p ; repeat_count=${n}", "text name", "end repeat")
    empty = made.repeat_count("/data/p")
    made.answer("/data/n", "12")
    made.answer("/data/p[11]/name", "eleven")
    made.answer("/data/n", "1")
    one = made.repeat_count("/data/p")
    made.answer("/data/n", "12")

    assert (empty, one, made.repeat_count("/data/p")) == (0, 1, 12)
    assert made.value("/data/p[11]/name") == "eleven"


def test_counted_repeat_in_a_group_that_closes_and_opens_again_is_as_before():
    made = session(
        "select_one region where", "begin group g ; relevant=${where} = 'n'", "integer n", "begin repeat p ; repeat_count=${n}", "text name",
        "calculate label ; calculation=concat(position(..), ${name})", "end repeat", "end group", "calculate all ; calculation=join(' ', ${label})",
        more=LISTS,
    )  # fmt: skip
    made.answer("/data/where", "n")
    made.answer("/data/g/n", "2")
    for place, name in enumerate(("Awa", "Bo"), start=1):
        made.answer(f"/data/g/p[{place}]/name", name)
    made.answer("/data/where", "s")
    closed = (made.value("/data/all"), made.repeat_count("/data/g/p"))
    made.answer("/data/where", "n")

    assert closed == ("", 0)
    assert made.value("/data/all") == "1Awa 2Bo"
    assert [each.findtext("label") for each in sent(made).findall("g/p")] == ["1Awa", "2Bo"]


def test_repeat_in_a_repeat_counts_by_its_own_number():
    made = session(
        "begin repeat house", "integer n", "begin repeat person ; repeat_count=${n}", "text name",
        "calculate label ; calculation=concat(${n}, ${name})", "end repeat", "end repeat",
    )  # fmt: skip
    made.add_repeat("/data/house")
    made.answer("/data/house[1]/n", "2")
    made.answer("/data/house[2]/n", "1")
    made.answer("/data/house[2]/person[1]/name", "Bo")

    assert (made.repeat_count("/data/house[1]/person"), made.repeat_count("/data/house[2]/person")) == (2, 1)
    assert made.value("/data/house[2]/person[1]/label") == "1Bo"
    assert len(sent(made).findall("house/person")) == 3


def test_endless_count_is_bounded():
    made = session("integer n", "begin repeat p ; repeat_count=${n}", "text name", "end repeat")
    made.answer("/data/n", "-3")

    assert made.repeat_count("/data/p") == 0


def test_defaults_are_there_from_the_start():
    made = session(
        "integer a ; default=4", "date b ; default=today()", "begin repeat r", "text c ; default=${a} + 1", "end repeat"
    )
    made.add_repeat("/data/r")

    assert [made.value(path) for path in ("/data/a", "/data/b", "/data/r[1]/c", "/data/r[2]/c")] == [
        "4",
        "2026-11-25",
        "5",
        "5",
    ]


def test_trigger_runs_when_its_question_is_answered():
    made = session("text a", "integer c", "calculate when ; calculation=concat(${a}, ${c}) ; trigger=${a}")
    made.answer("/data/c", "1")
    before = made.value("/data/when")
    made.answer("/data/a", "x")
    made.answer("/data/c", "2")

    assert (before, made.value("/data/when")) == ("", "x1")


def test_text_shows_answers_in_the_language():
    form = form_of(
        "text|a|A|A",
        "note|n|Hello ${a}!|Bonjour ${a} !",
        headers="type | name | label::English (en) | label::French (fr)",
    )
    made = Session(form, Circumstances(language="French (fr)", seed=1))
    made.answer("/data/a", "Awa")

    assert made.shown(form.question("/data/n").label, "/data/n").split() == ["Bonjour", "Awa", "!"]


def test_sent_record_has_identity_version_and_metadata():
    form = form_of(
        "start|start|",
        "end|end|",
        "today|today|",
        "username|username|",
        "text|a|A",
        more="| settings |\n| | form_id | version |\n| | f | 3 |",
    )
    made = Session(form, AROUND)
    made.answer("/data/a", "<&>")
    root = sent(made)

    assert (root.tag, root.get("id"), root.get("version")) == ("data", "f", "3")
    assert root.findtext("meta/instanceID") == made.instance_id
    assert made.instance_id.startswith("uuid:")
    assert [root.findtext(name) for name in ("today", "username", "a")] == ["2026-11-25", "awa", "<&>"]
    assert root.findtext("start") == root.findtext("end") == "2026-11-25T12:00:00.000Z"


def test_namespace_of_a_form_is_kept_in_its_records():
    text = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:orx="http://openrosa.org/xforms">
    <h:head><h:title>T</h:title><model><instance><d xmlns="http://example.org/f" id="f"><a/><orx:meta><orx:instanceID/></orx:meta></d></instance>
    <bind nodeset="/d/a" relevant="/d/orx:meta/orx:instanceID = ''"/></model></h:head><h:body><input ref="/d/a"><label>A</label></input></h:body>
    </h:html>"""
    made = Session(parse_form(text), AROUND)
    made.answer("/d/a", "x")
    before = made.value("/d/a")
    root = sent(made)

    assert before == "x"
    assert root.tag == "{http://example.org/f}d"
    assert root.findtext("{http://openrosa.org/xforms}meta/{http://openrosa.org/xforms}instanceID") == made.instance_id


@pytest.mark.parametrize("path", ["/data/nothing", "/data/c", "/data", "/data/r[2]/x", "/data/r[x]/x", "/other/a"])
def test_answer_where_nothing_is_asked_is_refused(path):
    made = session("text a", "calculate c ; calculation=1", "begin repeat r", "text x", "end repeat")

    with pytest.raises(AnswerInvalid):
        made.answer(path, "x")


@settings(max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(["n", "a", "b"]), st.sampled_from(["", "0", "1", "2", "3"])), max_size=8))
def test_order_of_answers_does_not_matter(steps):
    """Whatever was answered on the way, the record is that of its last answers."""
    rows = (
        "integer n", "integer a ; relevant=${n} > 0", "integer b ; relevant=${a} > 1",
        "calculate s ; calculation=coalesce(${a}, 0) + coalesce(${b}, 0)",
        "begin group g ; relevant=${s} > 2", "calculate t ; calculation=${s} * 2", "end group", "calculate u ; calculation=concat(${t}, '-', ${n})",
    )  # fmt: skip
    form = FORMS.setdefault("order", session(*rows).form)
    made, direct = Session(form, AROUND), Session(form, AROUND)
    for name, answer in steps:
        made.answer(f"/data/{name}", answer)
    for name, answer in sorted(dict(steps).items()):
        direct.answer(f"/data/{name}", answer)

    assert made.finish() == direct.finish()


FORMS = {}
