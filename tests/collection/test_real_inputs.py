"""Real input 1 and 2 of the issue, up to the data set."""

from collections import Counter

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from custodes.collection.models import ImportRun, SourceMapping
from custodes.evidence.tables import read_metadata
from custodes.ledger.actions import checked_dataset_path
from custodes.ledger.models import Dataset

SURVEY = {
    "title": "Afrobarometer round 6",
    "series": "afrobarometer",
    "mapping": {
        "dates": {"from": "2014-03-01", "to": "2015-12-31"},
        "missing": {"trust_police": ["9"]},
        "types": {"COUNTRY": "category"},
    },
}


def _table(run: ImportRun):
    return pq.read_table(checked_dataset_path(run.dataset.sha256))


def test_afrobarometer_survey_keeps_every_row_weight_and_answer(bring_in, reference_data):
    run = bring_in(reference_data / "afrobarometer_r6" / "afrobarometer_r6_ssa29.csv.gz", "survey", **SURVEY)
    table = _table(run)
    assert (run.rows_read, run.rows_rejected, run.dataset.rows, table.num_rows) == (45_541, 0, 45_541, 45_541)
    assert table.schema.field("trust_police").type == "double"
    assert table.schema.field("COUNTRY").type == "string"
    assert table["_weight"].null_count == 0
    assert pc.min(table["_weight"]).as_py() > 0
    assert table["_weight"].equals(table["withinwt"])
    liberia = table.filter(pc.equal(table["country_name_check_codebook"], "Liberia"))
    assert liberia.filter(pc.is_in(liberia["trust_police"], pc.cast([0, 1, 2, 3], "double"))).num_rows == 1188
    assert read_metadata(checked_dataset_path(run.dataset.sha256)).missing == {"trust_police": ("9",)}
    assert (run.dataset.starts.isoformat(), run.dataset.ends.isoformat()) == ("2014-03-01", "2015-12-31")


@pytest.fixture
def events(bring_in, reference_data, prefectures):
    path = reference_data / "ucdp_ged_car" / "ged231_car.csv"
    return lambda: bring_in(path, "ucdp_ged", country="CF", series="ucdp-ged", title="UCDP GED 23.1")


def test_ucdp_events_give_the_known_counts(events):
    table = _table(events())
    deaths = [pc.sum(table[name]).as_py() for name in ("_deaths_best", "_deaths_low", "_deaths_high")]
    assert (table.num_rows, deaths) == (1_848, [14_948, 13_721, 17_760])
    in_2013 = table.filter(pc.equal(pc.year(table["_start"]), 2013))
    assert pc.sum(in_2013["_deaths_best"]).as_py() == 3_396
    assert pc.count_distinct(table["_event"]).as_py() == 1_848


def test_ucdp_events_are_placed_on_17_prefectures_and_42_are_listed_not_dropped(events):
    run = events()
    table = _table(run)
    assert run.rows_unplaced == len(run.preview["unplaced"]) == table["_area"].null_count == 42
    assert table["_area_text"].null_count == 42
    assert pc.count_distinct(table["_area"]).as_py() == 17
    placed = Counter(zip(table["_area_text"].to_pylist(), table["_area"].to_pylist(), strict=True))
    assert placed["Ouham province", "CF.AC"] == 197
    assert placed["Ouham-Pendé province", "CF.OP"] == 182
    assert placed["Mambéré-Kadéi province", "CF.HS"] == 53


def test_ucdp_events_twice_are_the_same_data_set(events):
    first, second = events(), events()
    assert (first.outcome, second.outcome) == (ImportRun.Outcome.NEW, ImportRun.Outcome.SAME)
    assert first.dataset == second.dataset
    assert (Dataset.objects.count(), SourceMapping.objects.count()) == (1, 1)
