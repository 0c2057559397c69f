"""Formats with types of their own, administrative tables, silence that is asked about, persons, and work that is killed."""

import gzip
from datetime import timedelta

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyreadstat
import pytest
from django.utils import timezone

from custodes.collection.actions import start_import
from custodes.collection.actions.work import sweep_abandoned_files
from custodes.collection.errors import QuestionsOpen
from custodes.collection.models import ImportRun
from custodes.collection.rules.dates import Span, span_or_none
from custodes.collection.rules.silence import UnitRecord, silent_candidates
from custodes.evidence.errors import ColumnMissing, FileUnreadable
from custodes.evidence.tables import read_metadata
from custodes.jobs.actions import take_up_abandoned_jobs, work_on
from custodes.jobs.models import JobState
from custodes.ledger.actions import dataset_path, temporary_dataset_file
from custodes.ledger.models import Dataset
from tests.collection.conftest import WORDS

DATES = {"dates": {"from": "2024-11-01", "to": "2024-11-30"}}


def _table(run: ImportRun):
    return pq.read_table(dataset_path(run.dataset.sha256))


def test_spss_file_brings_labels_and_missing_codes(bring_in, tmp_path):
    import pandas

    frame = pandas.DataFrame({"weight": [1.0, 2.0, 0.5], "trust": [2.0, 9.0, None], "place": ["A", "B", ""]})
    path = tmp_path / "survey.sav"
    pyreadstat.write_sav(
        frame, path, column_labels=["Weight", "Do you trust the police?", "Place"],
        variable_value_labels={"trust": {2.0: "Somewhat", 9.0: "Don't know"}}, missing_ranges={"trust": [9.0]},
    )  # fmt: skip
    run = bring_in(path, "survey", mapping=DATES)
    table, metadata = _table(run), read_metadata(dataset_path(run.dataset.sha256))
    assert table["trust"].to_pylist() == [2.0, 9.0, None]
    assert table["_weight"].to_pylist() == [1.0, 2.0, 0.5]
    assert metadata.labels["trust"] == {"2": "Somewhat", "9": "Don't know"}
    assert metadata.questions["trust"] == "Do you trust the police?"
    assert metadata.missing == {"trust": ("9",)}


def test_parquet_file_keeps_numbers_texts_and_empty_cells(bring_in, tmp_path):
    path = tmp_path / "survey.bin"
    pq.write_table(
        pa.table({"weight": [1.5, 2.0], "urban": ["u", None], "age": pa.array([30, None], pa.int64())}), path
    )
    table = _table(bring_in(path, "survey", mapping=DATES))
    assert table["urban"].to_pylist() == ["u", None]
    assert table["age"].to_pylist() == [30.0, None]


def test_gzip_and_plain_csv_give_the_same_rows(bring_in, write):
    text = b"weight,trust\n1,2\n2,3\n"
    plain = bring_in(write(text), "survey", mapping=DATES)
    packed = bring_in(write(gzip.compress(text), "file.csv.gz"), "survey", mapping=DATES)
    assert _table(plain).replace_schema_metadata(None).equals(_table(packed).replace_schema_metadata(None))


def _workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Figures")
    for row in (
        ["Report of the office"],
        ["month", "received", "solved"],
        [timezone.datetime(2024, 1, 1), 10, 4],
        ["2024-02", None, 0],
    ):
        sheet.append(row)
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


def test_workbook_sheet_and_header_row_are_chosen(bring_in, tmp_path):
    mapping = {
        "sheet": "Figures",
        "header_row": 2,
        "columns": {"period": "month", "numerator": "solved", "denominator": "received"},
    }
    table = _table(bring_in(_workbook(tmp_path), "administrative", mapping=mapping))
    assert table["_numerator"].to_pylist() == [4.0, 0.0]
    assert table["_denominator"].to_pylist() == [10.0, None]
    assert [day.isoformat() for day in table["_end"].to_pylist()] == ["2024-01-01", "2024-02-29"]


def test_workbook_sheet_that_is_not_there_lists_those_that_are(bring_in, tmp_path):
    with pytest.raises(FileUnreadable, match="no sheet") as caught:
        bring_in(_workbook(tmp_path), "administrative", mapping={"sheet": "Figuers"})
    assert "Figures" in caught.value.remedy


STATIONS = "month,station,theft,robbery\n" + "".join(
    f"2025-{month:02d},{station},{0 if station == 'S1' and 3 <= month <= 8 else 9},{0 if station == 'S1' and 3 <= month <= 8 else 4}\n"
    for month in range(1, 13)
    for station in ("S1", "S2")
)


def test_i21_silent_unit_is_asked_about_never_taken_as_zero(bring_in, write):
    path = write(STATIONS)
    with pytest.raises(QuestionsOpen, match="“S1” says zero for everything from 2025-03-01 to 2025-08-31"):
        bring_in(path, "administrative")
    assert not Dataset.objects.exists()


def test_i21_unit_confirmed_as_silent_is_missing_and_not_received(bring_in, write):
    silent = [{"unit": "S1", "from": "2025-03", "to": "2025-08"}]
    table = _table(bring_in(write(STATIONS), "administrative", mapping={"not_reported": silent}))
    quiet = table.filter(pc.invert(table["_received"]))
    assert (quiet.num_rows, table.num_rows) == (6, 24)
    assert quiet["theft"].null_count == quiet["robbery"].null_count == 6
    assert table["theft"].null_count == 6
    assert pc.sum(table["theft"]).as_py() == 18 * 9


def test_i21_true_zero_stays_zero_once_a_person_confirmed_it(bring_in, write):
    counted = [{"unit": "S1", "from": "2025-03", "to": "2025-08"}]
    table = _table(bring_in(write(STATIONS), "administrative", mapping={"reported_zero": counted}))
    assert table["theft"].null_count == 0
    assert table["theft"].to_pylist().count(0.0) == 6


def test_i21_report_that_did_not_come_is_missing_without_a_question(bring_in, write):
    header, *lines = STATIONS.splitlines()
    rows = "\n".join(f"{line},{'no' if line.endswith(',0,0') else 'yes'}" for line in lines)
    table = _table(bring_in(write(f"{header},received\n{rows}\n"), "administrative"))
    assert table["theft"].null_count == 6
    with pytest.raises(QuestionsOpen, match="S1"):
        bring_in(write(f"{header},received\n{rows.replace('no', 'yes')}\n"), "administrative")


def test_silent_candidates_leave_out_small_units_and_single_months():
    def spans(*totals):
        return UnitRecord({span_or_none(f"2024-{i:02d}"): total for i, total in enumerate(totals, start=1)})

    assert silent_candidates({"small": spans(1, 0, 0, 2), "once": spans(9, 0, 9)}, ()) == ()
    assert [each.unit for each in silent_candidates({"big": spans(9, 0, 0, 9)}, ())] == ["big"]


def test_i19_person_is_a_pseudonym_by_which_persons_are_recounted(bring_in, write):
    text = "date,course,person_id,name\n2024-01-05,A,NID-1,x\n2024-02-05,B,NID-1,x\n2024-02-05,B,NID-2,y\n2024-02-06,B,,z\n"
    first = bring_in(write(text), "administrative")
    table = _table(first)
    assert "person_id" not in table.schema.names
    assert "_value" not in table.schema.names
    assert pc.count_distinct(table["_person"]).as_py() == 2
    assert table["_person"].null_count == 1
    later = _table(bring_in(write("date,course,person_id,name\n2024-03-05,C,NID-2,y\n"), "administrative"))
    assert later["_person"].to_pylist()[0] == table["_person"].to_pylist()[2]


def test_not_reported_without_a_unit_column_is_refused(bring_in, write):
    silent = [{"unit": "S1", "from": "2025-03", "to": "2025-08"}]
    with pytest.raises(Exception, match="no column says who reports"):
        bring_in(write("month,value\n2025-01,3\n"), "administrative", mapping={"not_reported": silent})


@pytest.mark.parametrize(
    ("text", "order", "start", "end"),
    [
        ("2024", "", "2024-01-01", "2024-12-31"),
        ("2024-02", "", "2024-02-01", "2024-02-29"),
        ("2024-Q2", "", "2024-04-01", "2024-06-30"),
        ("2024-H2", "", "2024-07-01", "2024-12-31"),
        ("2009-02-20T00:00:00", "", "2009-02-20", "2009-02-20"),
        ("07 May 2022", "", "2022-05-07", "2022-05-07"),
        ("13/04/2024", "", "2024-04-13", "2024-04-13"),
        ("03/04/2024", "mdy", "2024-03-04", "2024-03-04"),
    ],
)
def test_span_or_none_reads_what_offices_write(text, order, start, end):
    span = span_or_none(text, order)
    assert isinstance(span, Span)
    assert (span.start.isoformat(), span.end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        ("month", "2024-05-01", "2024-05-31"),
        ("quarter", "2024-04-01", "2024-06-30"),
        ("half_year", "2024-01-01", "2024-06-30"),
        ("year", "2024-01-01", "2024-12-31"),
        ("day", "2024-05-01", "2024-05-01"),
    ],
)
def test_span_or_none_widens_a_day_to_the_declared_period(kind, start, end):
    span = span_or_none("2024-05-01", "", kind)
    assert (span.start.isoformat(), span.end.isoformat()) == (start, end)


@pytest.mark.parametrize("text", ["", "soon", "2024-13", "31/02/2024", "03/04/2024", "20244"])
def test_span_or_none_guesses_nothing(text):
    assert span_or_none(text) is None


def test_acled_export_has_one_figure_and_so_no_low_or_high(bring_in, write):
    header = "event_id_cnty,event_date,fatalities,latitude,longitude,geo_precision,event_type\n"
    table = _table(bring_in(write(header + "CAF1,07 May 2022,3,5.4,26.4,1,Battles\n"), "acled"))
    assert table["_deaths_best"].to_pylist() == [3]
    assert {"_deaths_low", "_deaths_high"}.isdisjoint(table.schema.names)


def test_written_place_wins_over_position_and_the_difference_is_noted(bring_in, write, two_areas):
    header = "id,date_start,date_end,low,best,high,lon,lat,adm_1\n"
    rows = "1,2020-01-01,2020-01-01,0,1,2,0.5,0.5,Southern\n2,2020-01-01,2020-01-01,0,1,2,0.5,0.5,\n"
    run = bring_in(write(header + rows), "ucdp_ged", country="ZZ", mapping={"place_by_position": True})
    assert _table(run)["_area"].to_pylist() == ["Z2", "Z1"]
    assert run.preview["notes"]["differing"] == 1
    unplaced = bring_in(
        write(header + rows), "ucdp_ged", country="ZZ", series="other", mapping={"place_by_position": False}
    )
    assert _table(unplaced)["_area"].to_pylist() == ["Z2", None]


def test_mixed_column_rows_go_to_the_reject_file(bring_in, write):
    rows = "".join(f"1,{number % 4}\n" for number in range(30))
    run = bring_in(write(f"weight,trust\n{rows}1,unsure\n"), "survey", mapping=DATES)
    assert (run.dataset.rows, run.rows_rejected) == (30, 1)
    assert any(each["code"] == "mixed-column" for each in run.preview["questions"])
    kept = bring_in(
        write(f"weight,trust\n{rows}1,unsure\n"), "survey", series="b", mapping=DATES | {"empty": ["unsure"]}
    )
    assert (kept.dataset.rows, kept.rows_rejected) == (31, 0)


def test_other_header_of_a_series_is_not_taken_for_the_remembered_one(bring_in, write):
    mapping = DATES | {"columns": {"weight": "w"}}
    bring_in(write("w,trust\n1,2\n"), "survey", mapping=mapping)
    with pytest.raises(ColumnMissing):
        bring_in(write("v,trust\n1,2\n"), "survey", mapping=mapping)


def test_import_of_a_killed_worker_is_taken_up_and_ends_once(officer, write):
    mapping = DATES | {"columns": {"weight": "weight"}}
    run = start_import(write("weight,trust\n1,2\n"), by=officer, source="survey", mapping=mapping, **WORDS)
    ImportRun.objects.filter(pk=run.pk).update(
        state=JobState.RUNNING, holder="dead", lease_until=timezone.now() - timedelta(seconds=1), attempts=1,
        stage=ImportRun.Stage.IMPORT,
    )  # fmt: skip
    half_written = temporary_dataset_file()
    assert take_up_abandoned_jobs() == 1
    for _ in range(2):
        work_on("collection.importrun", run.pk)
    run.refresh_from_db()
    assert (run.state, run.outcome) == (JobState.DONE, ImportRun.Outcome.NEW)
    assert Dataset.objects.count() == 1
    assert half_written.exists()
    import os

    os.utime(half_written, (0, 0))
    assert sweep_abandoned_files() == 1
    assert not half_written.exists()


def _damaged(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(255 - byte for byte in content[middle : middle + 40]) + content[middle + 40 :]


def test_file_damaged_in_the_middle_is_refused_not_tried_again(bring_in, write, tmp_path):
    lines = "".join(f"1,{number * 7919 % 10007}\n" for number in range(20_000))
    packed = gzip.compress(f"weight,trust\n{lines}".encode())
    path = tmp_path / "file.parquet"
    numbers = [float(number * 7919 % 10007) for number in range(20_000)]
    pq.write_table(pa.table({"weight": numbers, "trust": numbers}), path, use_dictionary=False)
    for content in (packed[: len(packed) // 2], _damaged(packed), _damaged(path.read_bytes())):
        with pytest.raises(FileUnreadable, match="damaged"):
            bring_in(write(content, "damaged.bin"), "survey", mapping=DATES)
    assert not Dataset.objects.exists()
