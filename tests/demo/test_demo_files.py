"""Each file's declared columns exist, and the library's own estimators give the plan's latest values from them."""

from datetime import date

import pytest

from custodes.evidence.registry import estimator
from custodes.evidence.tables import Filter, open_dataset, select_rows
from custodes.evidence.types import Design, LonelyPolicy, MissingPolicy
from custodes.site.demo.country import reform_plan
from custodes.site.demo.files import Feed, Upload, uploads
from custodes.site.demo.generate import generate
from custodes.site.demo.write import INTERNAL

FEEDS = [(upload, feed) for upload in uploads() for feed in upload.feeds]
NUMERIC = [(upload, feed) for upload, feed in FEEDS if feed.estimator not in {"judgement", "ordinal_milestone"}]
HEALTH_2025 = 11.3


def test_every_written_table_is_declared_and_every_indicator_fed(karuna_made):
    declared = {name for upload in uploads() for name in upload.names}
    assert set(karuna_made.tables) - INTERNAL <= declared
    assert declared <= set(generate(as_of=date(2026, 12, 31)).tables)
    assert {feed.indicator for _, feed in FEEDS} == {entry.code for entry in reform_plan().indicators}
    assert {upload.owner for upload in uploads()} <= {body.slug for body in reform_plan().institutions}


@pytest.mark.parametrize("upload", uploads(), ids=lambda upload: upload.names[0])
def test_declared_columns_are_in_the_file(karuna_made, upload: Upload):
    columns = set(karuna_made.tables[upload.names[0]].column_names)
    single = (
        upload.period,
        upload.place,
        upload.code_column,
        upload.weight,
        upload.strata,
        upload.clusters,
        upload.fpc,
    )
    named = {*single, upload.unit, upload.received, upload.person, *upload.categories, *upload.numbers} - {""}
    assert named <= columns
    for feed in upload.feeds:
        assert {*feed.where, *(name for crossing in feed.by for name in crossing)} <= columns
        named_in_arguments = {
            value for name, value in feed.arguments.items() if name in {"column", "numerator", "denominator"}
        }
        assert named_in_arguments | set(feed.arguments.get("columns", ())) <= columns


def rows_of_latest(table, upload: Upload, feed: Feed, latest: date):
    """The rows of the reading that the plan calls latest."""
    import pyarrow as pa

    def inside(value) -> bool:
        if upload.period_kind == "round":
            return True
        if upload.period_kind == "year":
            return value == latest.year
        if feed.cumulative:
            return value <= latest
        if feed.every == "year":
            return value.year == latest.year
        if feed.every == "half_year":
            return date(latest.year, 1 if latest.month <= 6 else 7, 1) <= value <= latest
        return value == latest

    chosen = table.filter(pa.array([inside(value) for value in table[upload.period].to_pylist()]))
    return chosen.append_column("_person", chosen[upload.person]) if upload.person else chosen


@pytest.mark.parametrize(
    ("upload", "feed"), NUMERIC, ids=lambda item: getattr(item, "indicator", "") + getattr(item, "series", "")
)
def test_latest_value_of_each_indicator_is_the_plans(karuna_made, upload: Upload, feed: Feed):
    plan = reform_plan().indicator(feed.indicator)
    name = "survey_r4" if upload.source == "survey" else upload.names[0]
    rows = rows_of_latest(karuna_made.tables[name], upload, feed, plan.latest_on)
    design = (
        Design(upload.weight, upload.strata, upload.clusters, upload.fpc, LonelyPolicy.REFUSE)
        if upload.weight
        else None
    )
    with open_dataset(rows) as dataset:
        filters = [Filter(column, (value,)) for column, value in feed.where.items()]
        kind = "survey" if upload.source == "survey" else "administrative"
        chosen = select_rows(dataset.table, kind=kind, filters=filters)
        found = estimator(feed.estimator).estimate(
            chosen, arguments=feed.arguments, design=design, missing=MissingPolicy(feed.missing)
        )
    assert [estimate.refusal for estimate in found] == [""]
    value = found[0].value * (100 if plan.unit == "percent" else 1)
    wanted = HEALTH_2025 if feed.series == "health" else plan.latest
    assert value == pytest.approx(wanted, abs=0.5 if plan.unit == "percent" else 0.05)


def test_panel_and_milestones_hold_the_plans_latest(karuna_made):
    plan = reform_plan()
    panel = [row["score"] for row in karuna_made.tables["panel"].to_pylist() if row["date"] == date(2026, 6, 30)]
    assert (sorted(panel)[len(panel) // 2], min(panel), max(panel)) == (plan.indicator("POL-01").latest, 2, 4)
    for code in ("CAP-04", "OVR-01"):
        stages = [row["stage"] for row in karuna_made.tables["milestones"].to_pylist() if row["indicator"] == code]
        assert stages[-1] == plan.indicator(code).latest
        assert stages == sorted(stages)
        ladder = next(feed.arguments["stages"] for _, feed in FEEDS if feed.indicator == code)
        assert stages[-1] < len(ladder)
