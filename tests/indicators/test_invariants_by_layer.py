"""Invariants of readings that two layers keep, and what each layer keeps alone: the other is passed by."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from custodes.evidence.errors import ArgumentInvalid
from custodes.indicators.actions import submit_readings, verify_readings
from custodes.indicators.actions.reproduction import reproduce_reading
from custodes.indicators.actions.revisions import content_of
from custodes.indicators.models import Computation, Reading, ReadingRevision
from custodes.indicators.queries.board import programme_board
from custodes.indicators.queries.readings import (
    batch_readings,
    staff_figures,
    visible_indicator_or_none,
    visible_readings,
)
from custodes.indicators.queries.story import indicator_story
from custodes.indicators.rules.comparisons import Speech, bridged_table
from custodes.ledger.actions import dataset_path
from custodes.ledger.models import Dataset
from custodes.people.errors import SeparationOfDuties
from custodes.people.queries import rows_within, view_fingerprint
from custodes.people.rules import Role
from custodes.places.models import Succession
from custodes.places.rules import SharePassed
from custodes.programmes.models import Baseline, DefinitionVersion, Target
from custodes.programmes.queries import definition_is_in_use
from tests.factories import MAKER, make_account, make_area, make_dataset, make_definition_version, make_grant
from tests.indicators.conftest import SURVEY_SCHEMA, published, survey_rows
from tests.indicators.test_protection import figure


def test_i01_revision_is_neither_changed_nor_removed(country):
    country.compute()
    kept = list(ReadingRevision.objects.values())
    assert kept

    with pytest.raises(IntegrityError), transaction.atomic():
        ReadingRevision.objects.update(why="forged")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM indicators_readingrevision")
    assert list(ReadingRevision.objects.values()) == kept


def test_i01_revision_is_numbered_once(country):
    country.compute()
    first = ReadingRevision.objects.first()
    same = {
        field.attname: getattr(first, field.attname) for field in ReadingRevision._meta.fields if field.attname != "id"
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        ReadingRevision.objects.create(**same)
    ReadingRevision.objects.create(**same | {"number": 2})


def test_i02_figure_changed_with_its_hash_is_unknown_to_the_ledger(country):
    country.compute()
    published(country, country.total())
    forged = country.total()
    forged.value += 0.01
    Reading.objects.filter(pk=forged.pk).update(value=forged.value, result_hash=content_of(forged).hash)

    refused = reproduce_reading(forged.pk)

    assert not refused.holds
    assert "ledger" in refused.sentences[0]


def test_i02_question_that_is_not_the_recorded_one_is_refused_though_the_figure_follows(country):
    country.compute()
    reading = published(country, country.total())
    Computation.objects.filter(pk=reading.computation_id).update(crossings=[["sex"]])

    refused = reproduce_reading(reading.pk)

    assert not refused.holds
    assert "ledger" in refused.sentences[0]


def test_i02_figure_forged_before_its_review_does_not_follow_from_its_data(country):
    country.compute()
    forged = country.total()
    forged.value += 0.01
    forged.result_hash = content_of(forged).hash
    forged.save()
    published(country, forged)  # so that row, hash and ledger agree

    refused = reproduce_reading(forged.pk)

    assert not refused.holds
    assert "differs in: value" in refused.sentences[0]


def test_i02_other_bytes_under_the_name_of_a_data_set_reproduce_nothing(country):
    country.compute()
    reading = published(country, country.total())
    other = make_dataset(
        [row | {"remark": "the same answers in another file"} for row in survey_rows()], kind="survey", country="XX"
    )
    dataset_path(country.survey.sha256).write_bytes(dataset_path(other.sha256).read_bytes())

    refused = reproduce_reading(reading.pk)

    assert not refused.holds
    assert "bytes have changed" in refused.sentences[0]


def test_i04_rows_of_deeper_areas_add_up_to_the_area_above_and_those_of_the_country_to_none(country):
    district = make_area("XA1", parent=country.county_a, country="XX")
    places = [
        district.code if number < 60 else "XX" if number >= 180 else row["_area"]
        for number, row in enumerate(survey_rows())
    ]
    rows = [row | {"_area": code, "trust": 1.0} for row, code in zip(survey_rows(), places, strict=True)]
    survey = make_dataset(rows, kind="survey", country="XX", schema=SURVEY_SCHEMA)

    country.compute(datasets=[survey], crossings=[["area:1"], ["area:1", "sex"], ["area:2"]])

    counted = {reading.area.code: reading.n for reading in Reading.objects.filter(cell_key="").select_related("area")}
    assert counted == {"XX": 240, "XA": 120, "XB": 60, "XA1": 60}


def test_i04_country_is_no_split_of_itself(country):
    with pytest.raises(ArgumentInvalid, match="area:0"):
        country.compute(crossings=[["area:0"]])


def test_refused_cell_says_why_without_repeating_its_place(country):
    rows = [row | {"trust": 9.0} if row["_area"] == "XB" else row for row in survey_rows()]
    survey = make_dataset(rows, kind="survey", country="XX", schema=SURVEY_SCHEMA)

    country.compute(datasets=[survey], crossings=[["area:1"]])

    refused = Reading.objects.get(area=country.county_b)
    assert refused.value is None
    assert refused.refusal_text.startswith("Every answer is missing.")


def test_i06_page_compares_no_figures_across_a_break(country):
    earlier = make_dataset(survey_rows(year=2024), kind="survey", country="XX", schema=SURVEY_SCHEMA)
    country.compute(datasets=[earlier], start=date(2024, 11, 1), end=date(2024, 11, 30))
    published(country, country.total())
    make_definition_version(
        "TRU-01", number=2, is_break=True, valid_from=date(2025, 1, 1), break_reason="other wording",
        arguments={"column": "trust", "positive": ["2", "3"]},
    )  # fmt: skip
    country.compute()
    published(country, country.total(start=date(2025, 11, 1)))
    indicator = visible_indicator_or_none(country.officer, country.programme.code, country.indicator.code)

    story = indicator_story(indicator, staff_figures(Reading.objects.all()), language="en", area_url=str)

    (source,) = story.sources
    assert len(source.series) == 2
    assert all("not compared" in sentence for sentence in source.changes)
    assert source.changes
    assert "not comparable" in source.drawing.table.rows[0]


def test_i06_period_within_which_the_definition_changed_is_not_computed(country):
    make_definition_version(
        "TRU-01", number=2, is_break=True, valid_from=date(2025, 11, 15), break_reason="other wording",
        arguments={"column": "trust", "positive": ["3"]},
    )  # fmt: skip

    with pytest.raises(ArgumentInvalid, match="changed on 2025-11-15"):
        country.compute()
    assert not Reading.objects.exists()


def test_i06_period_before_the_break_keeps_the_definition_of_its_time(country):
    make_definition_version(
        "TRU-01", number=2, is_break=True, valid_from=date(2026, 1, 1), break_reason="other wording",
        arguments={"column": "trust", "positive": ["3"]},
    )  # fmt: skip

    country.compute()

    assert country.total().definition_version.number == 1


def test_i06_definition_with_a_published_reading_is_in_use(country):
    country.compute()
    published(country, country.total())

    assert definition_is_in_use(country.indicator.definition)


def test_i07_reading_is_not_verified_by_nobody(country):
    country.compute()
    for status in ("verified", "published"):
        with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
            Reading.objects.update(status=status, verified_by="", published_at="2026-01-01T00:00:00Z")


def test_i07_who_computes_anew_has_entered_the_new_figure(country):
    both = make_account(Role.ME_OFFICER, Role.VERIFIER)
    country.compute()
    better = make_dataset(
        [row | {"trust": 3.0} if row["_row"] == 5 else row for row in survey_rows()],
        kind="survey",
        country="XX",
        schema=SURVEY_SCHEMA,
    )
    country.officer = both

    country.compute(datasets=[better])

    submit_readings(country.total(), by=both)
    with pytest.raises(SeparationOfDuties, match="somebody else"):
        verify_readings(country.total(), by=both)


def test_i08_counts_on_todays_boundaries_are_marked_estimated_on_a_page():
    years = [(date(year, 1, 1), date(year, 12, 31)) for year in (2024, 2025)]
    counts = {"/X/A/": (100, 90), "/X/B/": (50, 60)}
    series = {
        (span[0].isoformat(), span[1].isoformat()): [
            replace(figure(index, each[index], path=path, span=span), method="administrative_count")
            for path, each in counts.items()
        ]
        for index, span in enumerate(years)
    }
    passed = [SharePassed("A", "B", 0.2, date(2025, 1, 1))]

    speech = Speech("persons", "en")
    table = bridged_table(series, passed, names={"A": "Alder", "B": "Birch"}, speech=speech, over_place="sum")

    assert [row[1:] for row in table.rows] == [
        ("100", "80 (estimated)"), ("50", "70 (estimated)"), ("90", "90"), ("60", "60"),
    ]  # fmt: skip


def test_i12_source_that_no_target_speaks_of_has_no_light(country):
    for source in ("survey", "panel"):
        country.compute(source=source)
    country.indicator.source = "survey"
    country.indicator.save()
    for source in ("survey", "panel"):
        published(country, country.total(source=source))
    reading = country.total(source="survey")
    Baseline.objects.create(
        indicator=country.indicator, value=reading.value - 0.4, on=date(2022, 11, 30), source="Survey", created_by=MAKER
    )
    Target.objects.create(
        indicator=country.indicator, value=reading.value - 0.2, on=date(2026, 11, 30), created_by=MAKER
    )

    rows = programme_board(country.programme, country.officer).branches[0].rows

    lights = {row.source: (row.standing.verdict.light, row.standing.verdict.reason) for row in rows}
    assert lights["survey"][0] == "on_track"
    assert lights["panel"] == ("cannot_tell", "no-expected-value")


def test_i18_small_group_is_withheld_as_a_small_whole_is(country):
    rows = [row | {"sex": "female" if row["_row"] % 11 == 2 else "male"} for row in survey_rows()]
    country.compute(
        datasets=[make_dataset(rows, kind="survey", country="XX", schema=SURVEY_SCHEMA)], crossings=[["sex"]]
    )

    shown = {each.cell_key: each.is_shown for each in staff_figures(Reading.objects.all())}

    assert shown == {"": True, "sex=male": True, "sex=female": False}


@pytest.mark.parametrize("over_place", DefinitionVersion.Rollup.values)
def test_i19_persons_are_not_moved_between_areas_by_adding(over_place):
    span = (date(2024, 1, 1), date(2024, 12, 31))
    persons = [figure(0, 2, path=path, span=span) for path in ("/X/A/", "/X/B/")]
    counts = [replace(each, method="administrative_count") for each in persons]
    passed = [SharePassed("A", "B", 1.0, date(2025, 1, 1))]

    def moved(figures, rule):
        series = {(span[0].isoformat(), span[1].isoformat()): figures}
        table = bridged_table(series, passed, names={}, speech=Speech("persons", "en"), over_place=rule)
        return table and table.rows[1][-1]

    is_added = over_place in ("sum", "recompute")
    assert moved(counts, over_place) == ("4 (estimated)" if is_added else None)
    assert moved(persons, over_place) is None


def test_i08_database_keeps_no_share_of_more_than_everything(country):
    for share in (0.0, 1.5):
        with pytest.raises(IntegrityError), transaction.atomic():
            Succession.objects.create(
                predecessor=country.county_a, successor=country.county_b, share=share, on=date(2025, 1, 1), basis="people",
                created_by=MAKER,
            )  # fmt: skip


def test_i09_staff_see_nothing_above_the_sensitivity_of_their_grant(country):
    country.compute()
    Reading.objects.update(sensitivity=2)
    too_low = make_account(Role.ME_OFFICER, sensitivity=1)

    assert visible_readings(country.officer).count() == 1
    assert not visible_readings(too_low).exists()


def test_i25_board_and_batch_show_no_reading_above_the_grant(country):
    computation = country.compute(crossings=[["area:1"]])
    readings = list(Reading.objects.all())
    submit_readings(readings, by=country.officer)
    verify_readings(readings, by=country.verifier)
    Reading.objects.exclude(area=country.county_a).update(sensitivity=2)
    too_low = make_account(Role.ME_OFFICER, sensitivity=1)

    def on_board(account):
        return programme_board(country.programme, account).branches[0].rows[0].latest

    assert on_board(country.officer) is not None
    assert on_board(too_low) is None
    assert [reading.area.code for reading in batch_readings(country.officer, computation)] == ["XX", "XA", "XB"]
    assert [reading.area.code for reading in batch_readings(too_low, computation)] == ["XA"]


def test_i25_part_kept_for_one_reader_is_never_anothers(country):
    alike = make_account(Role.ME_OFFICER)
    marks = {view_fingerprint(account, "board") for account in (country.officer, alike, country.verifier)}
    assert len(marks) == 3
    alone = view_fingerprint(alike, "board")
    make_grant(alike, Role.VERIFIER)
    again = type(alike).objects.get(pk=alike.pk)
    assert view_fingerprint(again, "board") != alone


def test_i25_grant_for_one_county_opens_no_table_without_areas(country):
    county = make_account(Role.ME_OFFICER, area=country.county_a)
    analyst = make_account(Role.ANALYST)
    assert rows_within(Dataset.objects.all(), country.officer, programme="programme").exists()
    assert not rows_within(Dataset.objects.all(), county, programme="programme").exists()
    assert rows_within(Dataset.objects.all(), analyst, programme="programme").exists()
    assert not rows_within(Dataset.objects.all(), analyst, programme="programme", roles=(Role.ME_OFFICER,)).exists()


def test_i18_page_says_an_estimate_with_its_interval(country):
    country.compute()
    published(country, country.total())
    reading = country.total()
    indicator = visible_indicator_or_none(country.officer, country.programme.code, country.indicator.code)
    figures = staff_figures(Reading.objects.all())

    story = indicator_story(indicator, figures, language="en", area_url=str)

    low, high = (f"{100 * bound:.1f}" for bound in (reading.low, reading.high))
    said = story.wording.estimate(figures[0])
    assert low in said
    assert high in said
