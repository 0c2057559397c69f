"""A parsed form says everything that a renderer, a receiver and an export need to know."""

import pytest

from custodes.collection.errors import FormUnreadable
from custodes.collection.xform.model import Group, QuestionPlace, Repeat, walk_nodes
from custodes.collection.xform.reading import parse_form
from custodes.collection.xform.texts import Output

HEADERS = " | ".join(
    (
        "type",
        "name",
        "label::English (en)",
        "label::French (fr)",
        "hint::English (en)",
        "guidance_hint::English (en)",
        "relevant",
        "required",
        "constraint",
        "constraint_message::English (en)",
        "calculation",
        "appearance",
        "default",
        "parameters",
        "repeat_count",
        "choice_filter",
        "media::image::English (en)",
    )
)
ROWS = (
    "start | start | | | | | | | | | | | | | | |",
    "begin group | g | Group | Groupe | | | 1 = 1 | | | | | field-list | | | | |",
    "integer | age | Age | Âge | In years | Ask twice | | yes | . < 120 | Too old | | | 18 | | | | age.png",
    "select_one region | region | Region | Région | | | | | | | | minimal | | | | |",
    "select_multiple town | town | Towns of ${region} | Villes | | | ${age} > 17 | | | | | | | | | region = ${region} |",
    "end group | | | | | | | | | | | | | | | |",
    "begin repeat | person | Person | Personne | | | | | | | | | | | ${age} | |",
    "text | first | First name | Prénom | | | | | | | | | | | | |",
    "end repeat | | | | | | | | | | | | | | | |",
    "range | score | Score | Note | | | | | | | | | | start=0 end=10 step=2 | | |",
    "image | photo | Photo | Photo | | | | | | | | | | max-pixels=640 | | |",
    "calculate | twice | | | | | | | | | ${age} * 2 | | | | | |",
    "note | thanks | Thank you | Merci | | | | | | | | | | | | |",
)
MORE = """
| choices |
| | list_name | name | label::English (en) | label::French (fr) | region |
| | region | n | North | Nord | |
| | region | s | South | Sud | |
| | town | a | Alpha | Alfa | n |
| | town | b | Beta | Bêta | s |
| settings |
| | form_title | form_id | version | default_language | style | public_key | submission_url |
| | A form | form_1 | 7 | French (fr) | pages | MIIB | https://example.org/s |
"""


@pytest.fixture
def form(small_form):
    return small_form(*ROWS, headers=HEADERS, more=MORE)


def test_form_says_what_it_is(form):
    assert (form.form_id, form.version, form.title, form.root, form.style) == ("form_1", "7", "A form", "data", "pages")
    assert form.languages == ("French (fr)", "English (en)")
    assert (form.is_encrypted, form.encryption_key, form.submission_address) == (True, "MIIB", "https://example.org/s")
    assert form.media_files == ("age.png",)


def test_questions_stand_in_order_with_their_kinds(form):
    assert [(each.path, each.kind) for each in form.questions] == [
        ("/data/start", "metadata"), ("/data/g/age", "integer"), ("/data/g/region", "select_one"), ("/data/g/town", "select_multiple"),
        ("/data/person/first", "text"), ("/data/score", "range"), ("/data/photo", "image"), ("/data/twice", "calculate"),
        ("/data/thanks", "note"), ("/data/meta/instanceID", "metadata"),
    ]  # fmt: skip


def test_question_has_words_conditions_and_media(form):
    age = form.question("/data/g/age")

    assert age.label.plain("English (en)") == "Age"
    assert age.label.plain("French (fr)") == "Âge"
    assert age.label.plain("Klingon") == "Âge"
    assert (age.hint.plain("English (en)"), age.guidance.plain("English (en)")) == ("In years", "Ask twice")
    assert (age.bind.required, age.bind.constraint, age.bind.constraint_message.plain("English (en)")) == (
        "true()",
        ". < 120",
        "Too old",
    )
    assert age.default == "18"
    assert [(each.kind, each.language, each.file_name) for each in age.media] == [("image", "English (en)", "age.png")]


def test_output_stands_in_the_label(form):
    wording = form.question("/data/g/town").label.wording("English (en)")

    assert [part for part in wording.parts if isinstance(part, Output)] == [Output("/data/g/region")]
    assert wording.plain.replace("  ", " ") == "Towns of …"


def test_choices_come_with_every_column(form):
    town = form.question("/data/g/town")

    assert [(each.value, each.label.plain("French (fr)")) for each in town.choices] == [("a", "Alfa"), ("b", "Bêta")]
    assert [(each.name, each.value) for each in town.choices[0].properties] == [("region", "n")]
    assert town.itemset.instance == "town"
    assert "region" in town.itemset.nodeset


def test_groups_and_repeats_nest_as_in_the_body(form):
    group, repeat, *rest = form.nodes

    assert isinstance(group, Group)
    assert (group.path, group.appearance, group.label.plain("French (fr)")) == ("/data/g", "field-list", "Groupe")
    assert isinstance(repeat, Repeat)
    assert (repeat.path, repeat.count, repeat.label.plain("English (en)")) == ("/data/person", "/data/g/age", "Person")
    assert form.question("/data/person/first").repeats == ("/data/person",)
    assert [each.path for each in rest] == ["/data/score", "/data/photo", "/data/thanks"]
    assert [each.path for each in form.group_binds] == ["/data/g"]


def test_parameters_are_kept(form):
    assert [form.question("/data/score").parameter(name) for name in ("start", "end", "step")] == ["0", "10", "2"]
    assert form.question("/data/photo").parameter("max-pixels") == "640"


@pytest.mark.parametrize(
    "text", ["<a/>", "<h:html xmlns:h='http://www.w3.org/1999/xhtml'/>", "no xml", "<!DOCTYPE a><a/>"]
)
def test_what_is_no_form_is_refused(text):
    with pytest.raises(FormUnreadable):
        parse_form(text)


def test_every_real_form_is_read_completely(real_forms):
    forms = {name: parse_form(each.xform) for name, each in real_forms.items() if each.xform is not None}

    assert len(forms) == 21
    for form in forms.values():
        paths = [each.path for each in form.questions]
        places = [each.path for each in walk_nodes(form.nodes) if isinstance(each, QuestionPlace)]
        assert len(paths) == len(set(paths))
        assert set(places) <= set(paths)
        assert [
            each.path
            for each in form.questions
            if each.kind in {"select_one", "select_multiple"} and not each.choices and not each.itemset
        ] == []
    reach = forms["REACH_2024_MSNA-kobo-tool_draft_v11.xlsx"]
    assert (len(reach.questions), len(reach.repeats), reach.languages) == (276, 4, ("english", "french"))
    assert forms["all-question-types-v2024091201-3.xlsx"].version == "2024091201-3"
