"""Which days a list of events speaks of: those of its source's releases, or those that a person declared."""

from datetime import date

import pyarrow.parquet
import pytest

from custodes.collection.rules.dates import Span, covered_span
from custodes.ledger.actions import checked_dataset_path

GED = """id,date_start,date_end,low,best,high
1,2013-01-15,2013-01-16,1,2,3
2,2014-11-20,2014-11-20,0,1,1
"""
ACLED = """event_id_cnty,event_date,fatalities
CAF1,15 January 2013,2
CAF2,20 November 2014,1
"""


@pytest.mark.parametrize(
    ("source", "text", "declared", "covered"),
    [
        ("ucdp_ged", GED, None, (date(2013, 1, 1), date(2014, 12, 31))),
        ("acled", ACLED, None, (date(2013, 1, 1), date(2014, 11, 30))),
        ("ucdp_ged", GED, {"from": "1989-01-01", "to": "2014-12-20"}, (date(1989, 1, 1), date(2014, 12, 20))),
        ("acled", ACLED, {"from": "2013-01-10", "to": "2015-03"}, (date(2013, 1, 10), date(2015, 3, 31))),
    ],
)
def test_events_cover_whole_releases_unless_declared(bring_in, tmp_path, source, text, declared, covered):
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")

    run = bring_in(path, source, mapping={"dates": declared} if declared else {})

    assert (run.dataset.starts, run.dataset.ends) == covered
    days = pyarrow.parquet.read_table(checked_dataset_path(run.dataset.sha256))["_start"].to_pylist()
    assert days == [date(2013, 1, 15), date(2014, 11, 20)]  # each event keeps its own day


def test_source_without_releases_covers_its_first_to_its_last_event():
    assert covered_span(date(2024, 2, 3), date(2024, 2, 5), "") == Span(date(2024, 2, 3), date(2024, 2, 5))
    assert covered_span(None, None, "year") is None
