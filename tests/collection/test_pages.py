"""The journey of a file through the pages, without scripts; and who sees nothing of it."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from custodes.collection.actions import answer_import, import_file, start_import
from custodes.collection.errors import AnswerNotExpected
from custodes.collection.models import ImportRun, SourceMapping
from custodes.collection.queries import datasets_for, imports_for, programme_choices
from custodes.jobs.actions import work_on
from custodes.jobs.models import JobState
from custodes.ledger.models import Dataset, Sensitivity
from custodes.people.errors import NotAllowed
from custodes.people.models import Account, RoleGrant
from custodes.places.actions import import_area_list
from custodes.places.models import PlaceMatch
from tests.collection.conftest import WORDS
from tests.factories import make_programme

COLUMNS = {"period": "month", "area": "place", "unit": "station"}
TABLE = (
    "month,place,station,theft\n2024-01,Nothern,A,7\n2024-01,Southern,B,9\n2024-02,Nothern,A,\n2024-02,Nowhere,B,0\n"
)


def _work(run: ImportRun) -> ImportRun:
    work_on("collection.importrun", run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def waiting(officer, write, two_areas) -> ImportRun:
    """An import that asks what two written places mean."""
    run = start_import(
        write(TABLE), by=officer, source="administrative", country="ZZ", mapping={"columns": COLUMNS}, **WORDS
    )  # fmt: skip
    return _work(run)


def _answers(client, run: ImportRun, **places: str) -> dict[str, str]:
    form = client.get(reverse("import-detail", args=[run.pk])).context["form"]
    answers = {}
    for name, field in form.fields.items():
        if field.initial not in (None, "", False, []):
            answers[name] = field.initial
    return answers | places


def test_import_asks_once_and_remembers_mapping_and_places(client, officer, waiting, write):
    assert (waiting.stage, waiting.state) == (ImportRun.Stage.QUESTIONS, JobState.DONE)
    assert waiting.preview["places"]["proposed"] == {"Nothern": ["Z1", "Z2"]}
    assert waiting.preview["places"]["unmatched"] == ["Nowhere"]
    client.force_login(officer)
    answers = _answers(client, waiting, **{"place-0": "Z1", "place-1": "-"})
    response = client.post(reverse("import-detail", args=[waiting.pk]), answers)
    assert response.status_code == 302
    run = _work(waiting)
    assert (run.stage, run.outcome, run.rows_unplaced) == (ImportRun.Stage.ENDED, ImportRun.Outcome.NEW, 1)
    assert dict(PlaceMatch.objects.values_list("text", "area_code")) == {"Nothern": "Z1", "Nowhere": ""}
    again = _work(
        start_import(
            write(TABLE + "2024-03,Nothern,A,8\n", "next.csv"),
            by=officer,
            source="administrative",
            country="ZZ",
            **WORDS,
        )
    )
    assert (again.stage, again.dataset.rows) == (ImportRun.Stage.ENDED, 5)
    assert SourceMapping.objects.count() == 1


def test_place_of_a_lower_level_may_be_answered_when_the_file_is_seen_first(
    client, officer, two_areas, write, tmp_path
):
    districts = tmp_path / "districts.csv"
    districts.write_text("code,name,parent\nZ11,Harbour,Z1\nZ12,Market,Z1\n", encoding="utf-8")
    import_area_list(districts, by=officer, country="ZZ", valid_from=date(2000, 1, 1), source="a test")
    mapping = {"columns": COLUMNS, "area_level": 2}
    table = write("month,place,station,theft\n2024-01,Harbor,A,7\n")
    known = write("month,place,station,theft\n2024-01,Harbour,A,7\n", "known.csv")
    assert import_file(known, by=officer, source="administrative", country="ZZ", mapping=mapping, **WORDS).dataset
    run = _work(start_import(table, by=officer, source="administrative", country="ZZ", **WORDS))
    client.force_login(officer)
    response = client.post(reverse("import-detail", args=[run.pk]), _answers(client, run, **{"place-0": "Z11"}))
    assert response.status_code == 302
    assert PlaceMatch.objects.values_list("level", "area_code").get() == (2, "Z11")


def test_import_without_a_choice_for_each_place_stays_and_says_so(client, officer, waiting):
    client.force_login(officer)
    response = client.post(reverse("import-detail", args=[waiting.pk]), _answers(client, waiting))
    assert response.status_code == 400
    assert "place-0" in response.context["form"].errors
    assert not Dataset.objects.exists()


def test_upload_by_page_starts_an_import(client, officer):
    client.force_login(officer)
    file = SimpleUploadedFile("people.csv", b"weight,trust\n1,2\n")
    words = {"source": "survey", "sensitivity": "2", **WORDS}
    response = client.post(reverse("import-new"), {"file": file, **words})
    run = ImportRun.objects.get()
    assert response.headers["Location"] == reverse("import-detail", args=[run.pk])
    assert (run.file_name, run.state) == ("people.csv", JobState.WAITING)
    moving = client.get(reverse("import-detail", args=[run.pk]))
    assert 'http-equiv="refresh" content="1"' in moving.content.decode()


def test_upload_of_an_empty_file_is_an_error_beside_the_form(client, officer):
    client.force_login(officer)
    response = client.post(
        reverse("import-new"),
        {"file": SimpleUploadedFile("x.csv", b""), "source": "survey", "sensitivity": "2", **WORDS},
    )
    assert response.status_code == 400
    assert not ImportRun.objects.exists()


def test_result_pages_show_rejects_data_set_and_download(client, officer, bring_in, write):
    run = bring_in(
        write("weight,trust\n1,2\nx,1\n"), "survey", mapping={"dates": {"from": "2024-01-01", "to": "2024-01-31"}}
    )
    client.force_login(officer)
    page = client.get(reverse("import-detail", args=[run.pk])).content.decode()
    assert reverse("import-rejects", args=[run.pk]) in page
    assert reverse("dataset-detail", args=[run.dataset.sha256]) in page
    download = client.get(reverse("import-rejects", args=[run.pk]))
    assert b"is not a number" in b"".join(download.streaming_content)
    data = client.get(reverse("dataset-detail", args=[run.dataset.sha256])).content.decode()
    assert run.dataset.sha256 in data
    assert run.provenance in data


def test_failed_import_page_says_what_where_and_what_to_do(client, officer, write):
    run = _work(start_import(write("weight\n1\né\n".encode("latin-1")), by=officer, source="survey", **WORDS))
    assert run.state == JobState.FAILED
    client.force_login(officer)
    page = client.get(reverse("import-detail", args=[run.pk])).content.decode()
    for part in (run.problem["where"], "latin-1"):
        assert part in page


def test_answer_to_an_ended_import_is_refused(officer, stranger, bring_in, write):
    run = bring_in(
        write("weight,trust\n1,2\n"), "survey", mapping={"dates": {"from": "2024-01-01", "to": "2024-01-31"}}
    )
    with pytest.raises(AnswerNotExpected):
        answer_import(run, by=officer, mapping={})
    with pytest.raises(NotAllowed):
        answer_import(run, by=stranger, mapping={})


def test_i25_imports_and_data_sets_of_an_account_without_a_grant_are_none(client, stranger, bring_in, write):
    run = bring_in(
        write("weight,trust\nx,1\n1,2\n"), "survey", mapping={"dates": {"from": "2024-01-01", "to": "2024-01-31"}}
    )
    assert imports_for(stranger).count() == datasets_for(stranger).count() == 0
    client.force_login(stranger)
    for name, argument in (
        ("import-detail", run.pk),
        ("import-rejects", run.pk),
        ("dataset-detail", run.dataset.sha256),
    ):
        assert client.get(reverse(name, args=[argument])).status_code == 404
    for name in ("import-list", "dataset-list"):
        assert run.title not in client.get(reverse(name)).content.decode()


def test_i25_grant_of_lower_sensitivity_or_other_programme_sees_nothing(db, bring_in, write):
    run = bring_in(
        write("weight,trust\n1,2\n"), "survey", mapping={"dates": {"from": "2024-01-01", "to": "2024-01-31"}}
    )
    account = Account.objects.create(username="donor")
    RoleGrant.objects.create(
        account=account, role="analyst", starts=date(2020, 1, 1), sensitivity=Sensitivity.INTERNAL, created_by="system"
    )
    assert not datasets_for(account).filter(pk=run.dataset.pk).exists()
    assert not imports_for(account).exists()


@pytest.mark.parametrize("name", ["import-list", "import-new", "dataset-list"])
def test_page_asks_visitors_to_sign_in(client, db, name):
    assert client.get(reverse(name)).status_code == 302


@pytest.mark.parametrize("name", ["import-list", "dataset-list"])
def test_list_asks_the_same_number_of_queries_for_one_and_three(
    client, officer, bring_in, write, name, django_assert_max_num_queries
):
    dates = {"mapping": {"dates": {"from": "2024-01-01", "to": "2024-01-31"}}}
    bring_in(write("weight,trust\n1,2\n"), "survey", **dates)
    client.force_login(officer)
    with django_assert_max_num_queries(15) as one:
        client.get(reverse(name))
    for number in (3, 4):
        bring_in(write(f"weight,trust\n1,{number}\n"), "survey", **dates)
    with django_assert_max_num_queries(15) as three:
        client.get(reverse(name))
    assert len(three) == len(one)


def test_i25_programmes_to_choose_from_are_those_within_the_grant(officer, stranger):
    make_programme("could-leak")
    assert [code for code, _title in programme_choices(officer)] == ["could-leak"]
    assert programme_choices(stranger) == []
