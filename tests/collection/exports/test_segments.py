"""Only what is new or revised is read again, and the same records make the same bytes."""

import shutil
import zipfile

import pytest

from custodes.collection.exports import segments
from custodes.collection.exports.making import make_export
from custodes.collection.exports.records import ExportFormat, StableColumn
from tests.collection.exports.conftest import one_version, sent, source_of, version_of
from tests.collection.xform.conftest import form_of

SIZE = 8


def many(count: int = 60):
    return [sent(f"<a>{number}</a>", key=f"uuid:{number}") for number in range(count)]


def test_second_export_reads_nothing(export):
    versions, records = one_version("text | a | A"), many()

    first = export(versions, *records, segment_size=SIZE)
    again = export(versions, *records, segment_size=SIZE)

    assert (len(first.asked_for), again.asked_for) == (60, ())
    assert again.record == first.record


def test_new_record_and_revised_record_are_read_with_their_segments_only(export):
    versions, records = one_version("text | a | A"), many()
    export(versions, *records, segment_size=SIZE)

    added = export(versions, *records, sent("<a>new</a>", key="uuid:new"), segment_size=SIZE)
    revised = export(versions, sent("<a>revised</a>", key="uuid:0"), *records[1:], segment_size=SIZE)
    gone = export(versions, *records[1:], segment_size=SIZE)

    assert "uuid:new" in added.asked_for
    assert "uuid:0" in revised.asked_for
    assert max(len(added.asked_for), len(revised.asked_for), len(gone.asked_for)) <= 4 * SIZE
    assert [row["a"] for row in revised.record] == ["revised", *map(str, range(1, 60))]
    assert [row["a"] for row in gone.record] == [str(number) for number in range(1, 60)]


def test_state_of_review_changes_without_reading(export):
    versions = one_version("text | a | A")
    export(versions, *many(3), known={"state": "received"})

    found = export(versions, *many(3), known={"state": "approved"})

    assert found.asked_for == ()
    assert {row["record_state"] for row in found.record} == {"approved"}


def test_question_with_another_identity_is_read_again(export):
    form = form_of("text | a | A")
    export([version_of(1, form, a=StableColumn("1", "a"))], *many(3))

    found = export([version_of(1, form, a=StableColumn("2", "b"))], *many(3))

    assert (len(found.asked_for), [row["b"] for row in found.record]) == (3, ["0", "1", "2"])


def test_damaged_segment_is_made_again(export):
    versions = one_version("text | a | A")
    whole = export(versions, *many(3))
    (file,) = (export.folder / "segments").glob("*/*/0.parquet")
    file.write_bytes(file.read_bytes()[:-1])

    found = export(versions, *many(3))

    assert (len(found.asked_for), found.record) == (3, whole.record)


def test_killed_export_leaves_nothing_that_counts(export, monkeypatch):
    class Killed(BaseException):
        pass

    def dies(*_args, **_more):
        raise Killed

    versions = one_version("text | a | A")
    with monkeypatch.context() as patched:
        patched.setattr(segments.os, "replace", dies)
        with pytest.raises(Killed):
            export(versions, *many(3))

    found = export(versions, *many(3))

    assert [row["a"] for row in found.record] == ["0", "1", "2"]
    assert [each.name for each in (export.folder / "segments").glob("*/draft-*")] == []


def test_same_records_make_the_same_bytes_whether_read_or_kept(export):
    versions, records = one_version("text | a | A", "geopoint | p | P"), many(20)
    for kind in ExportFormat:
        made = []
        for keep in (False, True, False):
            if not keep:
                shutil.rmtree(export.folder / "segments", ignore_errors=True)
            made.append(export(versions, *records, kind=kind, segment_size=SIZE).made.file.read_bytes())

        assert made[0] == made[1] == made[2], kind


def test_times_in_archives_are_fixed(export):
    found = export(one_version("text | a | A"), *many(1))

    with zipfile.ZipFile(found.made.file) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_progress_goes_from_reading_to_written(tmp_path):
    told = []

    make_export(
        one_version("text | a | A"), records=source_of(many(20)), to=tmp_path / "export.zip", kind=ExportFormat.CSV,
        segments=tmp_path / "segments", segment_size=SIZE, progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip

    assert told == sorted(told)
    assert told[-1] == (40, 40)


def test_two_processes_make_what_one_makes(tmp_path):
    versions, records = one_version("text | a | A"), many(40)
    files = []
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        folder.mkdir()
        make_export(
            versions, records=source_of(records), to=folder / "export.zip", kind=ExportFormat.CSV, segments=folder / "segments",
            segment_size=SIZE, processes=processes,
        )  # fmt: skip
        files.append((folder / "export.zip").read_bytes())

    assert files[0] == files[1]


def test_export_without_records_has_its_dictionary(export):
    found = export(one_version("text | a | A"))

    assert found.record == []
    assert found.tables["dictionary"][0]["column"] == "key"
