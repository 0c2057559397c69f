"""Wrong files get a message with place and remedy, and leave nothing half-written."""

from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from custodes.collection.actions import import_file
from custodes.collection.errors import MappingInvalid, NothingAccepted, QuestionsOpen, SourceUnknown, SyntheticMismatch
from custodes.collection.models import ImportRun, SourceMapping
from custodes.evidence.errors import ColumnMissing, FileUnreadable, TableEmpty
from custodes.jobs.models import JobState
from custodes.ledger.models import Dataset, Entry, Sensitivity
from custodes.people.errors import NotAllowed
from tests.factories import make_dataset

SURVEY = {"dates": {"from": "2024-11-01", "to": "2024-11-30"}, "columns": {"weight": "weight"}}


def assert_nothing_written():
    assert not Dataset.objects.exists()
    assert not SourceMapping.objects.exists()
    for folder in ("datasets", "rejects", "incoming"):
        left = [path for path in (Path(settings.MEDIA_ROOT) / folder).rglob("*") if path.is_file()]
        assert [path for path in left if folder != "incoming" or path.name.startswith(".writing-")] == []


def test_survey_file_without_its_weight_column_names_the_nearest(bring_in, write):
    with pytest.raises(ColumnMissing, match="weight") as caught:
        bring_in(write("id,wait,trust\n1,1.0,2\n"), "survey", mapping=SURVEY)
    assert caught.value.where == "file.csv, header"
    assert "Did you mean “wait”" in caught.value.remedy
    assert_nothing_written()


def test_survey_file_without_any_weight_is_asked_about_and_may_be_declared_unweighted(bring_in, write):
    path = write("id,trust\n1,2\n")
    dates = {"dates": SURVEY["dates"]}
    with pytest.raises(QuestionsOpen, match="weight"):
        bring_in(path, "survey", mapping=dates)
    assert_nothing_written()
    assert bring_in(path, "survey", mapping=dates | {"unweighted": True}).dataset.rows == 1


def test_survey_file_without_a_time_is_asked_about(bring_in, write):
    with pytest.raises(QuestionsOpen, match="first and last day"):
        bring_in(write("weight,trust\n1,2\n"), "survey")


def test_text_in_a_number_column_goes_to_the_reject_file_with_row_column_problem_and_fix(bring_in, write):
    run = bring_in(write("weight,trust\n1,2\nheavy,3\n1.5,1\n"), "survey", mapping=SURVEY)
    assert (run.rows_read, run.rows_rejected, run.dataset.rows) == (3, 1, 2)
    lines = Path(run.rejects.path).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "weight,trust,row,column,problem,fix"
    assert lines[1].startswith("heavy,3,2,weight,“heavy” is not a number.,")
    assert lines[1].split(",")[-1]


def test_decimal_comma_is_rejected_with_the_number_to_write(bring_in, write):
    run = bring_in(write('weight,trust\n1,2\n"1,5",3\n'), "survey", mapping=SURVEY)
    assert "1.5" in Path(run.rejects.path).read_text(encoding="utf-8")


def test_corrected_reject_file_can_be_sent_back_as_it_is(bring_in, write):
    first = bring_in(write("weight,trust\n1,2\nheavy,3\n"), "survey", mapping=SURVEY)
    corrected = Path(first.rejects.path).read_text(encoding="utf-8").replace("heavy,3", "1.1,3")
    again = bring_in(write(corrected, "rejects.csv"), "survey", mapping=SURVEY)
    assert (again.rows_rejected, again.dataset.rows) == (0, 1)
    assert [column["name"] for column in again.dataset.schema["columns"]][-2:] == ["weight", "trust"]


def test_file_in_which_every_row_is_wrong_is_refused(bring_in, write):
    with pytest.raises(NothingAccepted, match="is not a number") as caught:
        bring_in(write("weight,trust\nx,2\ny,3\n"), "survey", mapping=SURVEY)
    assert "row 1, column weight" in caught.value.where
    assert_nothing_written()


def test_latin_1_file_is_named_and_read_once_the_encoding_is_chosen(bring_in, write):
    path = write("weight,place\n1,Kémo\n".encode("latin-1"))
    with pytest.raises(FileUnreadable, match="not UTF-8: byte 0xE9") as caught:
        bring_in(path, "survey", mapping=SURVEY)
    assert caught.value.where == "file.csv, line 2"
    assert "latin-1" in caught.value.remedy
    assert_nothing_written()
    assert bring_in(path, "survey", mapping=SURVEY | {"encoding": "latin-1"}).dataset.rows == 1


def test_utf_16_file_is_named(bring_in, write):
    with pytest.raises(FileUnreadable, match="UTF-16"):
        bring_in(write("weight,place\n1,x\n".encode("utf-16")), "survey", mapping=SURVEY)


def test_empty_file_is_refused_before_anything_is_kept(bring_in, write):
    with pytest.raises(FileUnreadable, match="empty") as caught:
        bring_in(write(b""), "survey")
    assert caught.value.remedy
    assert not ImportRun.objects.exists()
    assert_nothing_written()


def test_file_with_a_header_only_has_no_rows(bring_in, write):
    with pytest.raises(TableEmpty, match="no rows"):
        bring_in(write("weight,trust\n"), "survey", mapping=SURVEY)
    assert_nothing_written()


def test_line_of_100_megabytes_is_refused_by_its_number(bring_in, write, tmp_path):
    path = tmp_path / "long.csv"
    with path.open("wb") as stream:
        stream.write(b"weight,trust\n1,2\n")
        for _ in range(100):
            stream.write(b"9" * 1_000_000)
    with pytest.raises(FileUnreadable, match="longer than") as caught:
        bring_in(path, "survey", mapping=SURVEY)
    assert caught.value.where == "long.csv, line 3"
    assert_nothing_written()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"weight;trust\n1;2\n", "semicolons"),
        (b"weight\ttrust\n1\t2\n", "tabs"),
        (b"weight,weight\n1,2\n", "both called"),
        (b"weight,Weight\n1,2\n", "both called"),
        (b"weight,\n1,2\n", "Column 2 has no name"),
        (b'weight,trust\n1,"2\n3,4\n', "cannot be read"),
        (b"weight,trust\n1,\x002\n", "zero byte"),
        (b"\x1f\x8bdamaged gzip", "damaged"),
        (b"PAR1 not parquet", "damaged"),
        (b"PK\x03\x04 not a workbook", "damaged"),
        (b"$FL2 not spss", "damaged"),
        (b"%PDF-1.7 a report", "PDF"),
    ],
)
def test_unreadable_file_says_what_and_what_to_do(bring_in, write, content, what):
    with pytest.raises(FileUnreadable, match=what) as caught:
        bring_in(write(content), "survey", mapping=SURVEY)
    assert "file.csv" in caught.value.where
    assert caught.value.remedy
    assert_nothing_written()


def test_wrong_delimiter_is_read_once_it_is_chosen(bring_in, write):
    assert bring_in(write("weight;trust\n1;2\n"), "survey", mapping=SURVEY | {"delimiter": ";"}).dataset.rows == 1


def test_ragged_row_is_rejected_and_the_rest_is_kept(bring_in, write):
    run = bring_in(write("weight,trust\n1,2\n1\n1,2,3\n2,1\n"), "survey", mapping=SURVEY)
    assert (run.rows_rejected, run.dataset.rows) == (2, 2)
    assert "1 cells instead of 2" in Path(run.rejects.path).read_text(encoding="utf-8")


def test_event_outside_every_area_is_kept_and_listed(bring_in, write, two_areas):
    header = "id,date_start,date_end,low,best,high,lon,lat,adm_1\n"
    rows = "1,2020-01-01,2020-01-01,0,1,2,0.5,0.5,Northern province\n2,2020-01-02,2020-01-02,0,1,2,50,50,\n"
    run = bring_in(write(header + rows), "ucdp_ged", country="ZZ", mapping={"place_by_position": True})
    assert (run.dataset.rows, run.rows_unplaced) == (2, 1)
    assert run.preview["unplaced"] == [[2, "2", "", "2020-01-02"]]
    assert run.preview["notes"]["outside"] == 1


def test_day_that_can_be_read_two_ways_is_asked_not_guessed(bring_in, write):
    path = write("date,value\n03/04/2024,5\n")
    with pytest.raises(QuestionsOpen, match="two ways"):
        bring_in(path, "administrative")
    run = bring_in(path, "administrative", mapping={"date_order": "dmy"})
    assert run.dataset.starts.isoformat() == "2024-04-03"


def test_failed_import_keeps_its_problem_for_the_page(bring_in, write):
    with pytest.raises(ColumnMissing):
        bring_in(write("a,b\n1,2\n"), "survey", mapping=SURVEY)
    run = ImportRun.objects.get()
    assert run.state == JobState.FAILED
    assert set(run.problem) == {"code", "what", "where", "remedy"}


@pytest.mark.parametrize(
    "mapping",
    [
        {"colums": {}},
        {"columns": ["weight"]},
        {"types": {"weight": "integer"}},
        {"dates": {"from": "soon", "to": "later"}},
        {"not_reported": [{"unit": "A"}]},
        {"date_order": "ydm"},
        {"area_level": "1"},
        {"columns": {"wheight": "weight"}},
        {"columns": {"weight": "weight"}, "encoding": 5},
    ],
)
def test_wrong_mapping_is_refused(bring_in, write, mapping):
    with pytest.raises(MappingInvalid) as caught:
        bring_in(write("weight,trust\n1,2\n"), "survey", mapping=mapping)
    assert caught.value.remedy


def test_unknown_source_names_the_nearest(bring_in, write):
    with pytest.raises(SourceUnknown, match="survey"):
        bring_in(write("a\n1\n"), "surveys")


@pytest.mark.parametrize(("country", "synthetic"), [("QR", False), ("CF", True), ("", True)])
def test_i27_import_invented_rows_stand_under_qr_only(bring_in, write, country, synthetic):
    with pytest.raises(SyntheticMismatch):
        bring_in(write("weight\n1\n"), "survey", country=country, synthetic=synthetic)
    assert not ImportRun.objects.exists()


def test_import_without_a_grant_or_above_its_sensitivity_is_refused(officer, stranger, bring_in, write):
    with pytest.raises(NotAllowed):
        bring_in(write("weight\n1\n"), "survey", by=stranger)
    with pytest.raises(NotAllowed):
        bring_in(write("weight\n1\n"), "survey", sensitivity=Sensitivity.CONFIDENTIAL)
    assert not ImportRun.objects.exists()


def test_import_without_provenance_or_licence_is_refused(officer, write):
    with pytest.raises(MappingInvalid, match="licence"):
        import_file(
            write("weight\n1\n"), by=officer, source="survey", title="x", series="x", licence=" ", provenance="y"
        )


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"country": "QR", "synthetic": False}, "dataset_karuna_is_synthetic"),
        ({"country": "CF", "synthetic": True}, "dataset_synthetic_only_in_karuna"),
        ({"country": "", "synthetic": True}, "dataset_synthetic_only_in_karuna"),
        ({"provenance": ""}, "dataset_has_provenance"),
    ],
)
def test_i27_database_holds_invented_data_sets_under_qr_only(db, changes, rule):
    row = Dataset.objects.values().get(pk=make_dataset().pk) | {"id": None, "sha256": "0" * 64}
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Dataset.objects.create(**row | changes)


def test_i16_import_stores_who_did_it_in_which_role(officer, bring_in, write):
    run = bring_in(write("weight,trust\n1,2\n"), "survey", mapping=SURVEY)
    told = Entry.objects.filter(subject=f"import:{run.pk}").values_list("act", "actor", "role")
    assert list(told) == [
        ("import.start", officer.reference, "me_officer"),
        ("import.end", officer.reference, "me_officer"),
    ]
