"""Invariants of readings, each in a test of its name with data that could break it."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q

from custodes.evidence.types import PeriodKind
from custodes.indicators.actions import (
    publish_readings,
    return_readings,
    submit_readings,
    verify_readings,
    withdraw_readings,
)
from custodes.indicators.actions.reproduction import reproduce_reading
from custodes.indicators.errors import DatasetUnsuitable, ReasonMissing, TransitionNotAllowed
from custodes.indicators.models import Reading, ReadingRevision
from custodes.indicators.queries.board import programme_board
from custodes.indicators.queries.readings import (
    public_figures_among,
    published_readings,
    staff_figures,
    visible_indicator_or_none,
    visible_readings,
)
from custodes.indicators.queries.story import indicator_story
from custodes.ledger.models import Entry
from custodes.ledger.queries import checked_chain
from custodes.people.errors import NotAllowed, SecondFactorRequired, SeparationOfDuties
from custodes.people.rules import Role
from custodes.places.models import Area
from custodes.portal.queries.indicators import public_indicator_or_none
from tests.factories import (
    make_account,
    make_area,
    make_dataset,
    make_definition_version,
    make_indicator,
    make_programme,
)
from tests.indicators.conftest import SURVEY_SCHEMA, published, survey_rows


def test_i01_reading_is_unique_and_a_correction_adds_a_revision(country):
    country.compute()
    first = country.total()
    published(country, first)
    better = make_dataset(
        [row | {"trust": 3.0} if row["_row"] == 5 else row for row in survey_rows()],
        kind="survey",
        country="XX",
        schema=SURVEY_SCHEMA,
    )

    country.compute(datasets=[better])

    corrected = country.total()
    assert corrected.pk == first.pk
    assert corrected.value > first.value
    assert corrected.status == "draft"
    snapshots = [revision.snapshot for revision in ReadingRevision.objects.filter(reading=corrected).order_by("number")]
    assert [snapshot["status"] for snapshot in snapshots] == ["draft", "submitted", "verified", "published", "draft"]
    assert snapshots[3]["value"] == repr(first.value)
    assert snapshots[4]["value"] == repr(corrected.value)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reading.objects.create(
            **{name: value for name, value in Reading.objects.values().get().items() if name != "id"}
        )


def test_i02_published_figure_is_recomputed_to_the_same_value_and_hash(country):
    country.compute(crossings=[["sex"], ["area:1"]])
    for reading in Reading.objects.all():
        published(country, reading)

    for reading in Reading.objects.all():
        assert reproduce_reading(reading.pk).holds, reading

    Reading.objects.filter(cell_key="sex=male").update(n=7)
    assert not reproduce_reading(Reading.objects.get(cell_key="sex=male").pk).holds


def test_i04_crossed_categories_add_up_to_the_total(country):
    rows = [
        {"_row": number, "_area": area, "_start": date(2025, 1, 1), "_end": date(2025, 12, 31), "sex": sex, "_value": value}
        for number, (area, sex, value) in enumerate([("XA", "f", 40.0), ("XA", "m", 60.0), ("XB", "f", 11.0), ("XB", "m", None), ("XB", None, 9.0)])
    ]  # fmt: skip
    version = make_definition_version("CNT-01", estimator="administrative_count", unit="count", arguments={})
    indicator = make_indicator(country.programme, definition=version.definition)
    register = make_dataset(rows, country="XX", starts=date(2025, 1, 1), ends=date(2025, 12, 31))

    country.compute(
        indicator=indicator, datasets=[register], start=date(2025, 1, 1), end=date(2025, 12, 31), kind=PeriodKind.YEAR,
        crossings=[["sex"], ["area:1"]], source="register",
    )  # fmt: skip

    total = country.total(indicator).value
    by_sex = Reading.objects.filter(indicator=indicator, area=country.area).exclude(cell_key="")
    assert total == 120
    assert sum(reading.value for reading in by_sex if reading.value is not None) == total
    assert {reading.cell_key for reading in by_sex} == {
        "sex=",
        "sex=f",
        "sex=m",
    }  # whoever stated no sex is not left out
    assert sum(reading.value for reading in Reading.objects.filter(indicator=indicator, area__level=1)) == total


def test_i07_nobody_verifies_what_they_entered(country):
    both = make_account(Role.ME_OFFICER, Role.VERIFIER)
    country.officer = both
    country.compute()
    reading = country.total()
    submit_readings(reading, by=both)

    with pytest.raises(SeparationOfDuties, match="somebody else"):
        verify_readings(reading, by=both)
    with pytest.raises(SeparationOfDuties):
        return_readings(reading, by=both, reason="I changed my mind")
    with pytest.raises(IntegrityError), transaction.atomic():
        Reading.objects.filter(pk=reading.pk).update(status="verified", verified_by=both.reference)

    verify_readings(reading, by=country.verifier)
    assert country.total().status == "verified"


def test_i08_area_of_a_reading_is_valid_on_its_dates(country):
    Area.objects.filter(code="XB").update(valid_to=date(2024, 12, 31))

    computation = country.compute(crossings=[["area:1"]])

    assert computation.state == "failed"
    assert computation.problem["code"] == DatasetUnsuitable.code
    assert "XB" in computation.problem["where"]
    assert not Reading.objects.exists()


def test_i12_light_cannot_tell_when_the_interval_spans_a_threshold(country):
    from custodes.programmes.models import Baseline, Target

    country.compute()
    reading = country.total()
    published(country, reading)
    Baseline.objects.create(
        indicator=country.indicator,
        value=reading.value - 0.02,
        on=date(2022, 11, 30),
        source="Survey",
        created_by="system",
    )
    Target.objects.create(
        indicator=country.indicator, value=reading.value + 0.02, on=date(2026, 11, 30), created_by="system"
    )

    row = programme_board(country.programme, country.officer).branches[0].rows[0]

    assert row.standing.verdict.light == "cannot_tell"
    assert len(row.standing.verdict.possible) > 1


def test_i12_direction_none_has_no_light(country):
    country.compute()
    published(country, country.total())
    country.indicator.definition.versions.update(direction="none")

    assert programme_board(country.programme, country.officer).branches[0].rows[0].standing.verdict.light == "no_light"


def test_i16_every_change_of_state_is_in_the_ledger_with_who_when_and_why(country):
    country.compute()
    reading = country.total()
    submit_readings(reading, by=country.officer, note="fieldwork complete")
    return_readings(reading, by=country.verifier, reason="weights of Oreva?")

    acts = list(Entry.objects.filter(act__startswith="reading.").values_list("act", "actor", "role", "why"))

    assert acts == [
        ("reading.submit", country.officer.reference, "me_officer", "fieldwork complete"),
        ("reading.return", country.verifier.reference, "verifier", "weights of Oreva?"),
    ]
    assert all(Entry.objects.values_list("when", flat=True))
    assert [revision.entry for revision in reading.revisions.order_by("number")] == list(
        Entry.objects.filter(act__in=["computation.finish", "reading.submit", "reading.return"]).values_list(
            "seq", flat=True
        )
    )
    checked_chain()
    with pytest.raises(ReasonMissing):
        return_readings(submit_readings(reading, by=country.officer), by=country.verifier, reason="  ")


def test_i18_small_or_imprecise_survey_estimate_is_withheld_even_from_staff(country):
    rows = [row for row in survey_rows() if row["_area"] == "XA" or row["_row"] % 6 == 1]
    survey = make_dataset(rows, kind="survey", country="XX", schema=SURVEY_SCHEMA)
    country.compute(datasets=[survey], crossings=[["area:1"]])

    figures = {figure.area_code: figure for figure in staff_figures(Reading.objects.all())}

    assert Reading.objects.get(area=country.county_b).value is not None  # it was computed, so it could leak
    assert figures["XB"].value is None
    assert figures["XB"].low is None
    assert figures["XB"].reason == "small-sample"
    assert figures["XA"].value is not None
    assert figures["XA"].n >= 30


def test_i19_persons_are_recounted_and_never_summed(country):
    rows = [
        {"_row": number, "_person": person, "_area": area, "_start": day, "_end": day}
        for number, (person, area, day) in enumerate(
            [
                ("p1", "XA", date(2025, 1, 5)), ("p1", "XB", date(2025, 6, 5)), ("p2", "XA", date(2025, 2, 1)),
                ("p2", "XA", date(2025, 8, 1)), ("p3", "XB", date(2025, 9, 1)),
            ]
        )
    ]  # fmt: skip
    version = make_definition_version("CAP-01", estimator="distinct_persons", unit="persons", arguments={})
    indicator = make_indicator(country.programme, definition=version.definition)
    register = make_dataset(rows, country="XX")
    halves = [
        (date(2025, 1, 1), date(2025, 6, 30)),
        (date(2025, 7, 1), date(2025, 12, 31)),
        (date(2025, 1, 1), date(2025, 12, 31)),
    ]
    for start, end in halves:
        country.compute(
            indicator=indicator,
            datasets=[register],
            start=start,
            end=end,
            kind=PeriodKind.FISCAL_YEAR,
            crossings=[["area:1"]],
            source="register",
        )

    values = [country.total(indicator, start=start, end=end).value for start, end in halves]
    assert values == [2, 2, 3]  # not 2 + 2
    areas = Reading.objects.filter(indicator=indicator, area__level=1, start=date(2025, 1, 1), end=date(2025, 12, 31))
    assert sum(reading.value for reading in areas) == 4  # p1 was seen in both, and the total does not add them up


def test_i21_missing_is_never_zero_and_a_true_zero_is_shown(country):
    rows = [
        {"_row": 1, "_area": "XA", "_start": date(2025, 1, 1), "_end": date(2025, 12, 31), "_value": 0.0},
        {"_row": 2, "_area": "XB", "_start": date(2025, 1, 1), "_end": date(2025, 12, 31), "_value": None},
    ]
    version = make_definition_version("CNT-02", estimator="administrative_count", unit="count", arguments={})
    indicator = make_indicator(country.programme, definition=version.definition)
    register = make_dataset(rows, country="XX")
    country.compute(
        indicator=indicator, datasets=[register], start=date(2025, 1, 1), end=date(2025, 12, 31), kind=PeriodKind.YEAR,
        crossings=[["area:1"]], source="register",
    )  # fmt: skip

    zero = Reading.objects.get(indicator=indicator, area=country.county_a)
    missing = Reading.objects.get(indicator=indicator, area=country.county_b)
    assert (zero.value, zero.refusal) == (0.0, "")
    assert missing.value is None
    assert missing.refusal
    with pytest.raises(IntegrityError), transaction.atomic():
        Reading.objects.filter(pk=missing.pk).update(value=0.0)


def test_i22_two_sources_stand_side_by_side_and_are_never_averaged(country):
    country.compute(source="survey")
    rows = [row | {"trust": 0.0} if row["_row"] % 2 else row for row in survey_rows()]
    other = make_dataset(rows, kind="survey", country="XX", schema=SURVEY_SCHEMA)
    country.compute(datasets=[other], source="panel")
    for reading in Reading.objects.all():
        published(country, reading)

    rows = programme_board(country.programme, country.officer).branches[0].rows

    values = {row.source: row.latest.value for row in rows}
    assert set(values) == {"survey", "panel"}
    assert values["survey"] != values["panel"]
    assert [row.is_main_source for row in rows].count(True) == 1
    stored = set(Reading.objects.values_list("value", flat=True))
    assert stored == set(values.values())


@pytest.mark.parametrize("other", [{"series": "panel"}, {"source": "ucdp"}])
def test_i22_one_computation_pools_no_two_sources(country, other):
    rows = [row | {"trust": 0.0} for row in survey_rows()]
    foreign = make_dataset(rows, kind="survey", country="XX", schema=SURVEY_SCHEMA, **other)

    with pytest.raises(DatasetUnsuitable, match="different sources"):
        country.compute(datasets=[country.survey, foreign])

    assert Reading.objects.count() == 0


def test_i25_account_without_grant_sees_no_reading(country):
    country.compute(crossings=[["area:1"]])
    stranger = make_account()
    elsewhere = make_account(Role.ME_OFFICER, programme="another")
    abroad = make_account(Role.ME_OFFICER, area=make_area("YY", country="YY"))
    county = make_account(Role.ME_OFFICER, area=country.county_a)
    too_low = make_account(Role.ME_OFFICER, sensitivity=0)
    Reading.objects.filter(area=country.county_b).update(sensitivity=2)

    assert visible_readings(country.officer).count() == 3
    for account in (stranger, elsewhere, abroad):
        assert not visible_readings(account).exists()
    assert [reading.area.code for reading in visible_readings(county)] == ["XA"]
    assert visible_readings(too_low).count() == 2


def test_only_published_readings_leave_for_the_public(country):
    from django.utils import timezone

    from custodes.programmes.models import PlanVersion

    PlanVersion.objects.create(
        programme=country.programme, number=1, snapshot={"indicators": []}, sha256="0" * 64, reason="first",
        approved_by="system", approved_at=timezone.now(), created_by="system",
    )  # fmt: skip
    country.compute(crossings=[["area:1"]])
    published(country, country.total())

    indicator = public_indicator_or_none(country.programme.code, country.indicator.code)
    figures = public_figures_among([indicator], Q(indicator=indicator.pk))[indicator.pk]

    assert [figure.area_code for figure in figures] == ["XX"]
    country.programme.is_public = False
    country.programme.save()
    assert not published_readings().exists()


def test_roles_of_the_acts_are_checked(country):
    country.compute()
    reading = country.total()
    with pytest.raises(NotAllowed):
        submit_readings(reading, by=country.publisher)
    submit_readings(reading, by=country.officer)
    with pytest.raises(NotAllowed):
        verify_readings(reading, by=country.publisher)
    with pytest.raises(SecondFactorRequired):
        verify_readings(reading, by=make_account(Role.VERIFIER, second_factor=False))
    with pytest.raises(TransitionNotAllowed):
        publish_readings(reading, by=country.publisher)
    with pytest.raises(NotAllowed):
        verify_readings(reading, by=make_account(Role.VERIFIER, programme="another"))
    assert make_programme("another").code == "another"


def test_i06_definition_with_a_verified_reading_is_in_use(country):
    from custodes.programmes.queries import definition_is_in_use

    definition = country.indicator.definition
    assert not definition_is_in_use(definition)
    country.compute()
    submit_readings(country.total(), by=country.officer)
    assert not definition_is_in_use(definition)
    verify_readings(country.total(), by=country.verifier)
    assert definition_is_in_use(definition)


def test_leaver_with_unverified_readings_is_held_back(country):
    from custodes.people.actions import deactivate_account
    from custodes.people.errors import HandOverRequired

    administrator = make_account(Role.ADMINISTRATOR)
    country.compute()
    with pytest.raises(HandOverRequired):
        deactivate_account(country.officer, by=administrator, why="leaves the office")

    published(country, country.total())
    deactivate_account(country.officer, by=administrator, why="leaves the office")


def board_row(country):
    return programme_board(country.programme, country.officer).branches[0].rows[0]


def test_i12_board_cannot_tell_when_few_reports_came_or_the_series_broke(country):
    from custodes.programmes.models import Baseline, Target

    country.compute()
    reading = country.total()
    published(country, reading)
    for model, value, day in ((Baseline, -0.4, date(2022, 11, 30)), (Target, -0.2, date(2026, 11, 30))):
        fields = {"source": "Survey"} if model is Baseline else {}
        model.objects.create(
            indicator=country.indicator, value=reading.value + value, on=day, created_by="system", **fields
        )
    assert board_row(country).standing.verdict.light == "on_track"

    Reading.objects.update(completeness=0.79)
    assert board_row(country).standing.verdict.light == "cannot_tell"

    Reading.objects.update(completeness=None)
    make_definition_version(
        "TRU-01", number=2, is_break=True, break_reason="Asked in other words", valid_from=date(2024, 1, 1)
    )
    assert board_row(country).standing.verdict.light == "cannot_tell"


def test_i16_return_and_withdrawal_without_a_reason_are_refused_by_action_and_database(country):
    country.compute()
    reading = country.total()
    published(country, reading)

    with pytest.raises(ReasonMissing):
        withdraw_readings(reading, by=country.publisher, reason="  ")
    with pytest.raises(IntegrityError, match="reading_returned_with_reason"), transaction.atomic():
        Reading.objects.update(status="returned", return_reason="")


def test_i18_small_survey_estimate_is_withheld_on_the_board_too(country):
    few = [row for row in survey_rows() if row["_row"] % 11 == 2]
    country.compute(datasets=[make_dataset(few, kind="survey", country="XX", schema=SURVEY_SCHEMA)])
    published(country, country.total())

    assert country.total().value is not None  # it was computed, so it could leak
    latest = board_row(country).latest
    assert (latest.value, latest.low, latest.reason) == (None, None, "small-sample")


def test_i18_thresholds_of_the_installation_hold_for_staff(country, settings):
    country.compute()
    assert staff_figures(Reading.objects.all())[0].value is not None

    disclosure = replace(settings.CONFIG.disclosure, min_survey_n=1000)
    settings.CONFIG = replace(settings.CONFIG, disclosure=disclosure)
    assert staff_figures(Reading.objects.all())[0].value is None


def test_i22_page_of_an_indicator_tells_each_source_by_itself(country):
    country.compute(source="survey")
    country.compute(source="panel")
    indicator = visible_indicator_or_none(country.officer, country.programme.code, "TRU-01")

    story = indicator_story(indicator, staff_figures(Reading.objects.all()), language="en", area_url=str)

    assert {told.source: [each.source for each in told.series] for told in story.sources} == {
        "panel": ["panel"],
        "survey": ["survey"],
    }
