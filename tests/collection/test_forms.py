"""Forms from file to published version: who may, what is refused, and questions that keep who they are."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from custodes.collection.actions import (
    add_form_media,
    form_uploads,
    publish_form_version,
    start_form_upload,
    upload_form,
    withdraw_form_upload,
)
from custodes.collection.actions.keeping import FORMS, place_by_hash
from custodes.collection.errors import (
    FormChanged,
    FormMediaInvalid,
    FormMediaMissing,
    FormUnreadable,
    FormVersionTaken,
    MappingInvalid,
    MatchInvalid,
    SyntheticMismatch,
    UploadNotReady,
)
from custodes.collection.models import Form, FormUpload, Question, QuestionColumn, QuestionVersion
from custodes.collection.queries import (
    forms_for,
)
from custodes.jobs.actions import work_on
from custodes.ledger.models import Entry
from custodes.people.rules import Role
from tests.collection.conftest import FORM_WORDS, form_text
from tests.factories import make_account, make_programme

NAME, AGE, SATISFIED = (
    "text|name|What is your name?",
    "integer|age|How old are you?",
    "select_one yn|satisfied|Satisfied?",
)


def numbers(version) -> dict[str, int]:
    """The number of each question by its path."""
    return {
        row.path.removeprefix("/data/"): row.question_id for row in version.questions.all() if "meta/" not in row.path
    }


def columns(form) -> dict[str, tuple[str, str]]:
    """Table and type of each column by its name."""
    return {row.name: (row.table, row.type) for row in form.columns.exclude(type="metadata")}


def test_upload_with_faults_names_sheet_row_column_and_remedy(send_form):
    upload = send_form("text|name|Name", "select_one nowhere|which|Which?", "txt|other|Other")

    assert (upload.stage, upload.form, upload.xform_sha256) == (FormUpload.Stage.PROBLEMS, None, "")
    errors = [each for each in upload.problems if each["severity"] == "error"]
    assert {(each["sheet"], each["row"], each["column"]) for each in errors} == {
        ("survey", 3, "type"),
        ("survey", 4, "type"),
    }
    assert all(each["problem"] and each["remedy"] for each in errors)
    assert not Form.objects.exists()


def test_upload_of_a_good_form_makes_a_draft_with_a_preview(send_form):
    upload = send_form(NAME, AGE, SATISFIED)

    assert (upload.stage, upload.form.state, upload.form.current) == (FormUpload.Stage.READY, Form.State.DRAFT, None)
    assert [(each["name"], each["type"], each["choices"]) for each in upload.summary["questions"]] == [
        ("name", "text", 0), ("age", "integer", 0), ("satisfied", "select_one", 2),
    ]  # fmt: skip
    assert place_by_hash(FORMS, upload.xform_sha256, ".xml").read_bytes().startswith(b"<?xml")


def test_first_publication_opens_the_form_and_keeps_questions_and_columns(publish):
    version = publish(NAME, AGE, SATISFIED)

    form = version.form
    form.refresh_from_db()
    assert (form.state, form.current, form.series, version.number, version.version) == (
        Form.State.OPEN, version, "station-visits", 1, "1",
    )  # fmt: skip
    assert columns(form) == {"name": ("", "text"), "age": ("", "integer"), "satisfied": ("", "select_one")}
    asked = version.questions.get(path="/data/satisfied")
    assert [each["name"] for each in asked.choices] == ["yes", "no"]
    assert Entry.objects.filter(act="form.publish", subject=f"form:{form.pk}").count() == 1


def test_three_versions_keep_identities_and_columns(publish):
    """Renamed, moved, deleted, retyped, brought back: no column is lost and none changes hands."""
    first = publish(NAME, AGE, SATISFIED, "text|place|Where was it?", "text|extra|Anything else?")
    second = publish(
        "text|full_name|What is your name?", "begin group|where|Where", "text|place|Where was it?", "end group||",
        "text|age|How old are you?", "text|extra|Anything else?",
        version="2", confirmed={"/data/full_name": "/data/name", "/data/where/place": "/data/place"},
    )  # fmt: skip
    third = publish(
        "text|full_name|What is your name?", SATISFIED, "integer|age|How old are you?", "text|name|Name of the station",
        version="3",
    )  # fmt: skip

    one, two, three = numbers(first), numbers(second), numbers(third)
    assert two["full_name"] == one["name"]
    assert two["where/place"] == one["place"]
    assert two["age"] == one["age"]
    assert three["satisfied"] == one["satisfied"], "asked again after a version without it"
    assert three["name"] not in one.values(), "a new question under a name that another one had"
    assert columns(first.form) == {
        "name": ("", "text"), "age": ("", "integer"), "satisfied": ("", "select_one"), "place": ("", "text"),
        "extra": ("", "text"), "age_2": ("", "text"), "name_2": ("", "text"),
    }  # fmt: skip
    owner = {row.name: row.question_id for row in first.form.columns.all()}
    assert (owner["name"], owner["age_2"], owner["name_2"]) == (one["name"], one["age"], three["name"])


def test_rename_that_nobody_confirms_is_a_new_question(publish):
    first = publish(NAME)
    second = publish("text|full_name|What is your name?", version="2")

    assert numbers(second)["full_name"] not in numbers(first).values()
    assert sorted(columns(first.form)) == ["full_name", "name"]


def test_stable_id_of_the_author_needs_no_confirmation(publish):
    headers = "type|name|label|custodes::id"
    first = publish("text|name|Name|q-name", "text|town|Town|q-town", headers=headers)
    second = publish("text|a|Quite different|q-name", "text|name|Name|q-other", headers=headers, version="2")

    assert numbers(second)["a"] == numbers(first)["name"]
    assert numbers(second)["name"] not in numbers(first).values()
    assert set(first.form.questions.exclude(stable_id="").values_list("stable_id", flat=True)) == {
        "q-name",
        "q-town",
        "q-other",
    }


def test_columns_that_differ_in_case_only_are_told_apart(publish):
    version = publish(
        "text|Name|One",
        "begin group|g|G",
        "text|name|Two",
        "end group||",
        "begin repeat|r|R",
        "text|name|Three",
        "end repeat||",
    )

    assert {(row.table, row.name) for row in version.form.columns.exclude(type="metadata")} == {
        ("", "name"), ("", "name_2"), ("/data/r", "name"),
    }  # fmt: skip


def test_summary_tells_what_differs(publish, send_form):
    publish(NAME, AGE, SATISFIED, "text|gone|This one goes")
    upload = send_form(
        "text|full_name|What is your name?", "text|age|How old are you?", "select_one yn|satisfied|Are you satisfied?", version="2",
        more="\n| choices |\n| | list_name | name | label |\n| | yn | yes | Yes |\n| | yn | maybe | Maybe |\n",
    )  # fmt: skip

    told = upload.summary
    assert [(each["before"], each["after"]) for each in told["proposals"]] == [("/data/name", "/data/full_name")]
    assert [each["path"] for each in told["removed"]] == ["/data/name", "/data/gone"]
    assert told["retyped"] == [{"path": "/data/age", "before": "integer", "after": "text"}]
    assert [(each["before"], each["after"]) for each in told["relabelled"]] == [("Satisfied?", "Are you satisfied?")]
    assert told["choices"] == [{"path": "/data/satisfied", "added": ["maybe"], "removed": ["no"]}]


def test_confirmed_match_must_be_of_a_new_question_and_one_that_is_gone(officer, publish, send_form):
    known = numbers(publish(NAME, AGE))
    upload = send_form("text|full_name|What is your name?", AGE, "text|more|More", version="2")
    for confirmed in (
        {"/data/full_name": known["age"]},
        {"/data/age": known["name"]},
        {"/data/full_name": known["name"], "/data/more": known["name"]},
    ):
        with pytest.raises(MatchInvalid):
            publish_form_version(upload, by=officer, confirmed=confirmed)
    assert upload.form.versions.count() == 1


def test_version_name_is_published_once(officer, publish, send_form):
    publish(NAME)
    upload = send_form(NAME, AGE)

    with pytest.raises(FormVersionTaken) as refused:
        publish_form_version(upload, by=officer)

    assert "version" in refused.value.where


def test_upload_is_compared_again_when_another_version_came_first(officer, publish, send_form):
    publish(NAME)
    waiting, overtaking = send_form(NAME, AGE, version="2"), send_form(NAME, SATISFIED, version="3")
    publish_form_version(overtaking, by=officer)
    with pytest.raises(UploadNotReady):
        publish_form_version(waiting, by=officer)

    work_on("collection.formupload", waiting.pk)
    waiting.refresh_from_db()

    assert [each["path"] for each in waiting.summary["removed"]] == ["/data/satisfied"]
    assert publish_form_version(waiting, by=officer).number == 3


def test_difference_to_a_version_that_is_no_longer_current_is_refused(officer, publish, send_form):
    publish(NAME)
    waiting = send_form(NAME, AGE, version="2")
    FormUpload.objects.filter(pk=waiting.pk).update(summary=waiting.summary | {"against": None})

    with pytest.raises(FormChanged):
        publish_form_version(waiting, by=officer)


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ({"licence": ""}, MappingInvalid), ({"provenance": " "}, MappingInvalid), ({"series": "no short name"}, MappingInvalid),
        ({"country": "QR"}, SyntheticMismatch), ({"synthetic": True}, SyntheticMismatch), ({"country": "France"}, MappingInvalid),
    ],
)  # fmt: skip
def test_first_publication_asks_what_data_sets_will_say(officer, send_form, words, refused):
    upload = send_form(NAME)

    with pytest.raises(refused):
        publish_form_version(upload, by=officer, **(FORM_WORDS | words))

    assert not upload.form.versions.exists()
    assert Form.objects.get().state == Form.State.DRAFT


def test_upload_is_published_once_and_not_after_it_was_withdrawn(officer, publish, send_form):
    published = publish(NAME).upload
    withdrawn = withdraw_form_upload(send_form(NAME, AGE, version="2"), by=officer)
    faulty = send_form("text||No name", version="3")

    for upload in (published, withdrawn, faulty):
        with pytest.raises(UploadNotReady):
            publish_form_version(upload, by=officer)
    with pytest.raises(UploadNotReady):
        withdraw_form_upload(published, by=officer)


def test_draft_whose_upload_was_withdrawn_is_no_longer_listed(officer, send_form):
    upload = send_form(NAME)
    assert forms_for(officer).count() == 1

    withdraw_form_upload(upload, by=officer)

    assert forms_for(officer).count() == 0
    assert send_form(NAME).form == upload.form


def test_id_of_the_file_must_be_that_of_the_form_it_is_sent_for(publish, send_form):
    form = publish(NAME).form
    upload = send_form(NAME, form_id="another", form=form)

    assert upload.stage == FormUpload.Stage.PROBLEMS
    assert [each["code"] for each in upload.problems if each["severity"] == "error"] == ["FORM_ID_DIFFERS"]


def test_id_of_a_form_of_another_programme_is_taken(publish, send_form):
    make_programme("ours")
    theirs = publish(NAME).form
    assert theirs.programme == ""
    stranger_here = make_account(Role.ME_OFFICER, programme="ours")
    upload = send_form(NAME, AGE, version="2", by=stranger_here, programme="ours")

    assert [each["code"] for each in upload.problems if each["severity"] == "error"] == ["FORM_ID_TAKEN"]
    assert upload.form is None


def test_stable_id_twice_is_a_fault(send_form):
    upload = send_form("text|a|A|x", "text|b|B|x", headers="type|name|label|custodes::id")

    assert [each["code"] for each in upload.problems if each["severity"] == "error"] == ["STABLE_ID_TWICE"]


def test_list_that_the_form_reads_must_be_there_and_is_carried_over(officer, publish, send_form, write):
    asks = ("select_one_from_file towns.csv|town|Which town?",)
    upload = send_form(*asks)
    with pytest.raises(FormMediaMissing):
        publish_form_version(upload, by=officer, **FORM_WORDS)
    with pytest.raises(FormMediaInvalid):
        add_form_media(upload, write("name,label\na,A\n", "cities.csv"), by=officer)
    add_form_media(upload, write("name,label\na,A\n", "towns.csv"), by=officer)
    media = add_form_media(upload, write("name,label\na,A\nb,B\n", "towns.csv"), by=officer)
    publish_form_version(upload, by=officer, **FORM_WORDS)

    following = send_form(*asks, NAME, version="2")

    assert [(each.name, each.sha256, each.md5) for each in following.media.all()] == [
        ("towns.csv", media.sha256, media.md5)
    ]
    assert publish_form_version(following, by=officer).number == 2
    with pytest.raises(UploadNotReady):
        add_form_media(upload, write("name,label\na,A\n", "towns.csv"), by=officer)


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        ("code,label\na,A\n", FormMediaInvalid), ("name,label\n", FormMediaInvalid), (b"name,label\n\xe9,A\n", FormUnreadable),
    ],
)  # fmt: skip
def test_list_that_the_form_cannot_read_is_refused(officer, send_form, write, content, refused):
    upload = send_form("select_one_from_file towns.csv|town|Which town?")

    with pytest.raises(refused):
        add_form_media(upload, write(content, "towns.csv"), by=officer)

    assert not upload.media.exists()


def test_list_of_fifty_thousand_rows_is_taken(officer, send_form, write):
    upload = send_form("select_one_from_file towns.csv|town|Which town?")
    rows = "".join(f"t{number},Town {number}\n" for number in range(50_000))

    media = add_form_media(upload, write("name,label\n" + rows, "towns.csv"), by=officer)

    assert media.bytes > 800_000


def test_conversion_that_ends_in_the_middle_leaves_nothing_and_is_done_once(
    officer, write, converted_here, monkeypatch
):
    upload = start_form_upload(write(form_text(NAME), "form.md"), by=officer)
    with monkeypatch.context() as patch:
        patch.setattr(form_uploads, "form_summary", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            work_on("collection.formupload", upload.pk)
    assert not Form.objects.exists()
    FormUpload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    for _ in range(2):
        work_on("collection.formupload", upload.pk)

    upload.refresh_from_db()
    assert (upload.stage, upload.attempts, Form.objects.count()) == (FormUpload.Stage.READY, 2, 1)
    assert Entry.objects.filter(act="form.convert").count() == 1


def a_list(name: str, columns: list[str]) -> str:
    """A list of one row for a file of that name."""
    if name.endswith(".geojson"):
        point = {"type": "Point", "coordinates": [0, 0]}
        feature = {"type": "Feature", "id": "a", "properties": {"title": "A"}, "geometry": point}
        return json.dumps({"type": "FeatureCollection", "features": [feature]})
    if name.endswith(".xml"):
        return f"<root><item>{''.join(f'<{each}>a</{each}>' for each in columns)}</item></root>"
    return f"{','.join(columns)},more\n{','.join('a' for _ in columns)},b\n"


def test_every_real_workbook_is_published_or_refused_with_sheet_and_row(
    officer, write, real_forms, monkeypatch, reference_data
):
    """The conversion of each was made once for the session; here it goes all the way to a version."""
    from custodes.collection.form_conversion import ConvertedForm

    def converted(_file, *, file_name, tick):
        made = real_forms[file_name]
        return ConvertedForm(
            made.problems, made.xform, made.itemsets, {each.path: each.id for each in made.stable_names}
        )

    monkeypatch.setattr(form_uploads, "convert_apart", converted)
    folder = reference_data / "xlsforms"
    published, refused = 0, []
    for place in (*folder.glob("*.xls*"), *folder.glob("pyxform_examples/*.xls*")):
        upload = upload_form(place, by=officer)
        if upload.stage == FormUpload.Stage.PROBLEMS:
            errors = [each for each in upload.problems if each["severity"] == "error"]
            refused.append((place.name, [(each["sheet"], each["row"]) for each in errors]))
            continue
        for name, columns in upload.summary["lists"].items():
            add_form_media(upload, write(a_list(name, columns), name), by=officer)
        version = publish_form_version(upload, by=officer, **({} if upload.form.current_id else FORM_WORDS))
        assert version.questions.count() >= len(upload.summary["questions"])
        published += 1

    assert published == 21
    assert dict(refused) == {
        "bad_calc.xlsx": [("survey", 2)],
        "unknown_question_type.xls": [("survey", 1), ("survey", 52)],
    }
    assert QuestionVersion.objects.count() == Question.objects.count() > 400
    assert QuestionColumn.objects.count() > Question.objects.count()
