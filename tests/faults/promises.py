"""What must hold after every kill, read from a database and a folder as the killed process left them."""

from collections import Counter
from pathlib import Path

from django.conf import settings
from django.db.models import Count, F

from custodes.collection.models import ImportRun
from custodes.indicators.models import Computation, Reading, ReadingRevision
from custodes.jobs.models import JobState
from custodes.ledger.actions import checked_dataset_path
from custodes.ledger.models import Dataset, Entry
from custodes.ledger.queries import ChainHead, checked_chain
from custodes.ledger.rules import file_hash
from tests.faults.office import SURVEY_ROWS


def check_promises(head: ChainHead | None, expected: dict[str, int]) -> ChainHead:
    """Every promise; returns the chain's head, which the next check must find again.

    expected  how many readings a computation makes, by its `every`.
    """
    found = checked_chain(expected_head=head)
    entries = Counter(Entry.objects.values_list("act", "subject"))
    _check_computations(entries, expected)
    _check_readings()
    _check_imports(entries)
    _check_datasets(entries)
    return found


def _check_computations(entries: Counter, expected: dict[str, int]) -> None:
    """No computation with some of its readings, none done without its one entry, none with an entry before it is done."""
    readings = dict(Reading.objects.order_by().values_list("computation").annotate(Count("pk")))
    for job in Computation.objects.all():
        where = f"computation {job.pk}, {job.state}, attempt {job.attempts}"
        is_done = job.state == JobState.DONE
        assert job.state != JobState.FAILED, f"{where}: {job.problem}"
        assert readings.get(job.pk, 0) == (expected[job.every] if is_done else 0), (
            f"{where}: {readings.get(job.pk)} readings"
        )
        assert entries["computation.request", f"computation:{job.pk}"] == 1, (
            f"{where}: the request is not in the ledger"
        )
        assert entries["computation.finish", f"computation:{job.pk}"] == is_done, f"{where}: entries of its end"


def _check_readings() -> None:
    """No reading without the ledger entry and the revision of the act that made it."""
    made = Reading.objects.filter(
        revisions__number=1, revisions__entry=F("entry"), revisions__content_hash=F("result_hash")
    )
    assert made.count() == Reading.objects.count() == ReadingRevision.objects.count()
    numbers = set(Reading.objects.order_by().values_list("entry", flat=True).distinct())
    assert numbers == set(Entry.objects.filter(act="computation.finish").values_list("seq", flat=True))


def _check_imports(entries: Counter) -> None:
    """No import without the file that was sent, none ended without its data set and its one entry."""
    for run in ImportRun.objects.select_related("dataset"):
        where = f"import {run.pk}, {run.state}, attempt {run.attempts}"
        is_done = run.state == JobState.DONE
        assert run.state != JobState.FAILED, f"{where}: {run.problem}"
        assert (run.stage == ImportRun.Stage.ENDED) == (run.dataset is not None) == is_done, f"{where}: {run.stage}"
        assert entries["import.start", f"import:{run.pk}"] == 1, f"{where}: the start is not in the ledger"
        assert entries["import.end", f"import:{run.pk}"] == is_done, f"{where}: entries of its end"
        with Path(run.file.path).open("rb") as stream:
            assert file_hash(stream) == run.file_sha256, f"{where}: the file that was sent is not whole"


def _check_datasets(entries: Counter) -> None:
    """Every data set has its whole file and one entry; every file that bears a name is whole; temporary ones bear none."""
    datasets = list(Dataset.objects.all())
    registered = sum(count for (act, _subject), count in entries.items() if act == "dataset.register")
    assert registered == len(datasets)
    for dataset in datasets:
        assert entries["dataset.register", f"dataset:{dataset.sha256}"] == 1
        assert checked_dataset_path(dataset.sha256).stat().st_size == dataset.bytes
    alone = Dataset.objects.filter(source="survey", import_runs=None)
    assert not alone.exists(), f"{alone.count()} data sets stand without the end of the import that made them"
    assert not ImportRun.objects.filter(outcome=ImportRun.Outcome.SAME).exists(), (
        "a second attempt found half a first one"
    )
    for file in Path(settings.MEDIA_ROOT, "datasets").glob("*/*"):
        with file.open("rb") as stream:
            assert file_hash(stream) == file.stem, f"{file.name} does not hold the bytes that it is named by"


def check_everything_done() -> None:
    """Every job has ended, and every data set has as many rows as its file."""
    import pyarrow.parquet  # after the last fork: it starts threads

    for model in (Computation, ImportRun):
        assert not model.objects.exclude(state=JobState.DONE).exists()
    for run in ImportRun.objects.select_related("dataset"):
        rows = pyarrow.parquet.read_metadata(checked_dataset_path(run.dataset.sha256)).num_rows
        assert rows == run.dataset.rows == run.rows_read == SURVEY_ROWS
