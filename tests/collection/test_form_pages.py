"""The journey of a form through the pages, without scripts; and who sees nothing of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from custodes.collection.actions import set_form_state
from custodes.collection.models import Form, FormUpload
from custodes.jobs.actions import work_on
from custodes.people.rules import Role
from tests.collection.conftest import FORM_WORDS, form_text
from tests.factories import make_account

NAME, AGE = "text|name|What is your name?", "integer|age|How old are you?"


def _post_file(client, address: str, content: str, name: str = "form.md", **words):
    return client.post(address, {"file": SimpleUploadedFile(name, content.encode()), **words})


def _page(client, name: str, *arguments) -> str:
    answer = client.get(reverse(name, args=arguments))
    assert answer.status_code == 200
    return answer.content.decode()


def test_form_goes_from_file_to_published_version_by_page(client, officer, converted_here):
    client.force_login(officer)
    sent = _post_file(client, reverse("form-upload-new"), form_text(NAME, AGE), sensitivity="2")
    upload = FormUpload.objects.get()
    assert sent.headers["Location"] == reverse("form-upload-detail", args=[upload.pk])
    assert 'http-equiv="refresh" content="1"' in _page(client, "form-upload-detail", upload.pk)

    work_on("collection.formupload", upload.pk)
    preview = _page(client, "form-upload-detail", upload.pk)
    assert "http-equiv" not in preview
    for part in ("Station visits", "How old are you?", "Publish this version"):
        assert part in preview
    lacking = client.post(reverse("form-upload-detail", args=[upload.pk]), {"series": "visits"})
    assert (lacking.status_code, set(lacking.context["form"].errors)) == (400, {"licence", "provenance"})
    done = client.post(reverse("form-upload-detail", args=[upload.pk]), FORM_WORDS)

    form = Form.objects.get()
    assert done.headers["Location"] == reverse("form-detail", args=[form.pk])
    assert "Devices are offered this form" in _page(client, "form-detail", form.pk)
    assert "How old are you?" in _page(client, "form-version", form.pk, 1)
    xform = client.get(reverse("form-xform", args=[form.pk, 1]))
    assert b"".join(xform.streaming_content).startswith(b"<?xml")
    assert xform.headers["Content-Disposition"] == 'attachment; filename="visits-1.xml"'


def test_faults_stand_in_a_table_with_sheet_row_column_and_what_to_do(client, officer, send_form):
    upload = send_form(NAME, "calculate|sum||${name", headers="type|name|label|calculation")
    client.force_login(officer)

    page = _page(client, "form-upload-detail", upload.pk)

    faults = [each for each in upload.problems if each["severity"] == "error"]
    assert faults
    for each in faults:
        assert f"<bdi>{each['sheet']}</bdi>" in page
        assert f'govuk-table__cell--numeric">{each["row"]}</td>' in page
    assert "<mark>" in page
    assert "Send the corrected file" in page
    assert "Publish this version" not in page


def test_further_version_shows_what_changes_and_asks_about_renames(client, officer, publish, send_form):
    form = publish(NAME, AGE).form
    upload = send_form("text|full_name|What is your name?", "text|age|Age?", version="2")
    client.force_login(officer)

    page = _page(client, "form-upload-detail", upload.pk)
    for part in ("full_name is the former name", "same label", "another type", "reworded"):
        assert part in page
    client.post(reverse("form-upload-detail", args=[upload.pk]), {"same-0": "on"})

    form.refresh_from_db()
    assert form.current.number == 2
    assert form.questions.filter(versions__path="/data/name").get() == form.questions.get(
        versions__path="/data/full_name"
    )


def test_file_of_a_further_version_is_sent_from_the_form_page(client, officer, publish):
    form = publish(NAME).form
    client.force_login(officer)
    assert reverse("form-version-new", args=[form.pk]) in _page(client, "form-detail", form.pk)

    _post_file(client, reverse("form-version-new", args=[form.pk]), form_text(NAME, version="2"))

    assert FormUpload.objects.order_by("-pk").first().form == form


def test_empty_file_is_an_error_beside_the_form(client, officer):
    client.force_login(officer)

    answer = _post_file(client, reverse("form-upload-new"), "", sensitivity="2")

    assert answer.status_code == 400
    assert not FormUpload.objects.exists()


def test_file_that_the_form_asks_for_is_added_by_page(client, officer, send_form):
    upload = send_form("select_one_from_file towns.csv|town|Which town?")
    client.force_login(officer)
    address = reverse("form-upload-media", args=[upload.pk])
    refused = _post_file(client, address, "name,label\n", "cities.csv")
    assert refused.status_code == 400
    assert "Did you mean" in refused.content.decode()
    blocked = client.post(reverse("form-upload-detail", args=[upload.pk]), FORM_WORDS)
    assert "towns.csv" in str(blocked.context["form"].non_field_errors())

    assert _post_file(client, address, "name,label\na,A\n", "towns.csv").status_code == 302
    client.post(reverse("form-upload-detail", args=[upload.pk]), FORM_WORDS)

    media = client.get(reverse("form-media", args=[upload.form.pk, 1, "towns.csv"]))
    assert b"".join(media.streaming_content) == b"name,label\na,A\n"
    assert media.headers["Content-Disposition"] == 'attachment; filename="towns.csv"'
    assert client.get(reverse("form-media", args=[upload.form.pk, 1, "other.csv"])).status_code == 404


def test_state_is_changed_by_page_with_a_reason(client, officer, publish):
    form = publish(NAME).form
    client.force_login(officer)
    address = reverse("form-state", args=[form.pk, "closed"])
    assert client.post(address, {"reason": "", "late": "keep"}).status_code == 400

    client.post(address, {"reason": "The round is over.", "late": "refuse"})

    page = _page(client, "form-detail", form.pk)
    assert "what still arrives is refused" in page
    assert "Open became Closed" in page
    assert "The round is over." in page
    assert client.get(reverse("form-state", args=[form.pk, "closing"])).status_code == 404


def test_upload_is_withdrawn_by_page(client, officer, send_form):
    upload = send_form(NAME)
    client.force_login(officer)

    client.post(reverse("form-upload-withdraw", args=[upload.pk]))

    assert "Withdrawn" in _page(client, "form-upload-detail", upload.pk)
    assert "No form yet" in _page(client, "form-list")


def test_upload_of_a_sender_without_grant_fails_with_what_to_do(client, officer, write, converted_here):
    from custodes.collection.actions import start_form_upload
    from custodes.people.models import RoleGrant

    upload = start_form_upload(write(form_text(NAME), "form.md"), by=officer)
    RoleGrant.objects.all().delete()
    work_on("collection.formupload", upload.pk)
    client.force_login(make_account(Role.ANALYST))

    page = _page(client, "form-upload-detail", upload.pk)

    assert "Failed" in page
    assert "Ask an administrator" in page


def test_analyst_sees_forms_and_may_change_none(client, publish, send_form):
    form = publish(NAME).form
    waiting = send_form(NAME, AGE, version="2")
    client.force_login(make_account(Role.ANALYST))
    for name, arguments in (("form-detail", [form.pk]), ("form-upload-detail", [waiting.pk]), ("form-list", [])):
        page = _page(client, name, *arguments)
        assert not [text for text in ("Publish this", "Withdraw<", "Send a new", "New form", "Close<") if text in page]
    for name, arguments in (
        ("form-upload-new", []), ("form-version-new", [form.pk]), ("form-state", [form.pk, "closed"]),
    ):  # fmt: skip
        assert client.get(reverse(name, args=arguments)).status_code == 403
    assert client.post(reverse("form-upload-withdraw", args=[waiting.pk])).status_code == 403
    waiting.refresh_from_db()
    assert waiting.stage == FormUpload.Stage.READY


def test_i25_pages_of_a_form_are_not_found_without_a_grant(client, stranger, officer, publish, send_form):
    form = publish(NAME).form
    waiting = send_form(NAME, AGE, version="2")
    pages = [
        ("form-detail", [form.pk]), ("form-version", [form.pk, 1]), ("form-xform", [form.pk, 1]), ("form-version-new", [form.pk]),
        ("form-media", [form.pk, 1, "x"]), ("form-upload-detail", [waiting.pk]), ("form-state", [form.pk, "closed"]),
    ]  # fmt: skip
    client.force_login(stranger)
    for name, arguments in pages:
        assert client.get(reverse(name, args=arguments)).status_code == 404, name
    assert form.title not in client.get(reverse("form-list")).content.decode()
    client.force_login(officer)
    assert form.title in client.get(reverse("form-list")).content.decode()


@pytest.mark.parametrize("name", ["form-list", "form-upload-new"])
def test_page_asks_visitors_to_sign_in(client, db, name):
    assert client.get(reverse(name)).status_code == 302


def test_lists_ask_the_same_number_of_queries_for_one_and_three(
    client, officer, publish, send_form, django_assert_max_num_queries
):
    client.force_login(officer)
    form = publish(NAME).form
    send_form(NAME, version="x")
    counts = []
    for number in range(2):
        for name, arguments in (("form-list", []), ("form-detail", [form.pk])):
            with django_assert_max_num_queries(22) as asked:
                client.get(reverse(name, args=arguments))
            counts.append(len(asked))
        if number == 0:
            for each in (2, 3):
                publish(NAME, form_id=f"form-{each}")
                publish(NAME, version=str(each))
                send_form(NAME, version=f"x{each}")
            set_form_state(form, by=officer, state="closing", reason="x")
    assert counts[:2] == counts[2:]
