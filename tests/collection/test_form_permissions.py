"""Who may make, change and see forms, and the states of a form."""

from datetime import date

import pytest

from custodes.collection.actions import (
    publish_form_version,
    set_form_state,
    start_form_upload,
    withdraw_form_upload,
)
from custodes.collection.errors import (
    FormDetailsInvalid,
    FormNotFound,
    FormStateNotAllowed,
    FormUploadNotFound,
    MappingInvalid,
)
from custodes.collection.models import Form
from custodes.collection.queries import (
    form_for,
    form_history,
    form_upload_for,
    form_uploads_for,
    forms_for,
    questions_of,
    versions_of,
)
from custodes.collection.rules.form_states import FORM_STATES, check_form_state, states_after
from custodes.ledger.models import Sensitivity
from custodes.people.errors import NotAllowed
from custodes.people.models import Account, RoleGrant
from custodes.people.rules import Role
from tests.collection.conftest import FORM_WORDS
from tests.factories import make_account, make_programme

NAME, AGE, SATISFIED = (
    "text|name|What is your name?",
    "integer|age|How old are you?",
    "select_one yn|satisfied|Satisfied?",
)


def test_states_follow_the_table():
    assert {state: states_after(state) for state in FORM_STATES} == {
        "draft": (), "open": ("closing", "closed"), "closing": ("open", "closed"), "closed": ("open",),
    }  # fmt: skip
    assert set(FORM_STATES) == set(Form.State.values)
    for state in Form.State.values:
        for following in Form.State.values:
            if following not in states_after(state):
                with pytest.raises(FormStateNotAllowed):
                    check_form_state(state, following)


def test_i16_state_is_set_with_reason_and_says_who_when_and_why(officer, publish):
    form = publish(NAME).form
    with pytest.raises(FormDetailsInvalid):
        set_form_state(form, by=officer, state="closed", reason=" ")
    with pytest.raises(FormDetailsInvalid):
        set_form_state(form, by=officer, state="closed", reason="x", late="perhaps")

    set_form_state(form, by=officer, state="closing", reason="The round ends on Friday.")
    closed = set_form_state(form, by=officer, state="closed", reason="All clusters are in.")

    assert (closed.state, closed.late) == (Form.State.CLOSED, Form.Late.KEEP)
    assert [(event.who, event.act, event.why) for event in form_history(form)] == [
        ("officer", "form.state", "All clusters are in."), ("officer", "form.state", "The round ends on Friday."),
        ("officer", "form.publish", ""), ("officer", "form.draft", ""),
    ]  # fmt: skip


def test_new_version_of_a_closed_form_leaves_it_closed(officer, publish):
    form = publish(NAME).form
    set_form_state(form, by=officer, state="closed", reason="Over.")

    publish(NAME, AGE, version="2")

    form.refresh_from_db()
    assert (form.state, form.current.number) == (Form.State.CLOSED, 2)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ME_OFFICER])
def test_role_other_than_officer_changes_no_form(role, db, write):
    with pytest.raises(NotAllowed):
        start_form_upload(write("x", "form.md"), by=make_account(role))


def test_officer_of_another_programme_or_lower_level_changes_nothing(officer, send_form, publish):
    make_programme("a")
    make_programme("b")
    upload = send_form(NAME, programme="a")
    form = upload.form
    other = make_account(Role.ME_OFFICER, programme="b")
    lower = make_account(Role.ME_OFFICER, sensitivity=Sensitivity.INTERNAL)
    for account in (other, lower):
        for act in (
            lambda account=account: publish_form_version(upload, by=account, **FORM_WORDS),
            lambda account=account: withdraw_form_upload(upload, by=account),
            lambda account=account: set_form_state(form, by=account, state="closed", reason="x"),
            lambda account=account: start_form_upload(upload.file.path, by=account, form=form),
        ):
            with pytest.raises(NotAllowed):
                act()
        assert not forms_for(account).exists()
        assert not form_uploads_for(account).exists()
        with pytest.raises(FormNotFound):
            form_for(account, form.pk)
        with pytest.raises(FormUploadNotFound):
            form_upload_for(account, upload.pk)
    assert form_for(officer, form.pk) == form


def test_programme_that_is_not_there_is_refused(officer, write):
    with pytest.raises(MappingInvalid):
        start_form_upload(write("x", "form.md"), by=officer, programme="nowhere")


def test_i25_account_without_a_grant_sees_no_form(stranger, publish):
    form = publish(NAME).form

    assert not forms_for(stranger).exists()
    with pytest.raises(FormNotFound):
        form_for(stranger, form.pk)


def test_queries_of_a_form_do_not_grow_with_its_questions(publish, django_assert_num_queries):
    form = publish(NAME).form
    version = publish(NAME, AGE, SATISFIED, "text|more|More", version="2")

    with django_assert_num_queries(2):
        rows = [(row.path, [each.name for each in row.question.columns.all()]) for row in questions_of(version)]
    with django_assert_num_queries(2):
        found = [(each.number, each.question_count, list(each.upload.media.all())) for each in versions_of(form)]
    assert rows[0] == ("/data/name", ["name"])
    assert [each[0] for each in found] == [2, 1]


def test_account_with_two_grants_sees_the_forms_of_both(publish, send_form):
    make_programme("a")
    account = Account.objects.create(username="both")
    for programme in ("a", "b"):
        RoleGrant.objects.create(
            account=account, role=Role.ME_OFFICER, programme=programme, starts=date(2020, 1, 1), sensitivity=2, created_by="system"
        )  # fmt: skip
    inside, everywhere = send_form(NAME, programme="a").form, send_form(NAME, form_id="other").form

    assert set(forms_for(account)) == {inside, everywhere}
