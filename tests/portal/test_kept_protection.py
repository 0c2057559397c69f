"""What is kept of protection: never a number, never longer than the readings it follows from, and the same answer as without it (I9, I20)."""

from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from custodes.indicators.models import Reading
from custodes.indicators.queries.readings import public_figures_among
from custodes.ledger.actions import record
from custodes.portal.queries.indicators import public_indicator_or_none
from tests.portal.planting import plant_count

pytestmark = pytest.mark.django_db
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
NUMBERS = 'indicators_reading"."numerator'


@pytest.fixture
def counted(country):
    """Counts by sex of two counties, one of them small, each written by an act."""
    for area, counts in ((country.county_a, (3, 40)), (country.county_b, (300, 337))):
        for sex, count in zip(("female", "male"), counts, strict=True):
            plant_count(country.complaints, count, area=area, period=YEAR, categories={"sex": sex})
        plant_count(country.complaints, sum(counts), area=area, period=YEAR)
    act_on_all()
    return public_indicator_or_none(country.complaints.programme.code, country.complaints.code)


def act_on_all() -> None:
    with transaction.atomic():
        entry = record("reading.publish", subject="computation:1", by="account:2", role="publisher")
        Reading.objects.update(entry=entry.seq)


def figure_of(indicator, area: str, cell_key: str = "") -> Reading:
    return Reading.objects.get(indicator=indicator.pk, area__code=area, cell_key=cell_key, start=YEAR[0])


def shown(indicator, wanted: Q) -> dict[int, float | None]:
    return {each.pk: each.value for each in public_figures_among([indicator], wanted)[indicator.pk]}


def test_kept_protection_gives_the_same_figures(counted):
    whole = Q(indicator=counted.pk)
    fresh = shown(counted, whole)

    assert shown(counted, whole) == fresh
    assert None in fresh.values()  # something is withheld
    assert any(value is not None for value in fresh.values())
    one = figure_of(counted, "XA", "sex=male")
    assert shown(counted, Q(pk=one.pk)) == {one.pk: None}  # withheld for its neighbour, though only it was read


def test_kept_protection_spares_reading_all_figures(counted):
    one = figure_of(counted, "XB")
    shown(counted, Q(pk=one.pk))

    with CaptureQueriesContext(connection) as captured:
        again = shown(counted, Q(pk=one.pk))

    assert set(again) == {one.pk}
    assert sum(NUMBERS in query["sql"] for query in captured) == 1


def test_changed_reading_is_judged_anew(counted):
    small = figure_of(counted, "XA", "sex=female")
    large = figure_of(counted, "XB", "sex=female")
    assert shown(counted, Q(pk=large.pk))[large.pk] == 300

    Reading.objects.filter(pk=small.pk).update(value=30, numerator=30, n=30)
    Reading.objects.filter(pk=large.pk).update(value=2, numerator=2, n=2)
    act_on_all()

    again = shown(counted, Q(indicator=counted.pk))
    assert again[large.pk] is None
    assert again[small.pk] == 30


def test_reading_more_or_less_is_judged_anew(counted, country):
    before = figure_of(counted, "XB", "sex=male")
    assert shown(counted, Q(pk=before.pk))[before.pk] == 337

    added = plant_count(country.complaints, 4, area=country.county_b, period=YEAR, categories={"sex": "other"})

    assert shown(counted, Q(pk=added.pk))[added.pk] is None


def test_stricter_threshold_is_judged_anew(counted, settings):
    from dataclasses import replace

    chosen = settings.CONFIG.disclosure
    middle = figure_of(counted, "XA")
    shown(counted, Q(pk=middle.pk))

    settings.CONFIG = replace(
        settings.CONFIG, disclosure=replace(chosen, min_people=400, min_sensitive=400, min_zero_denominator=400)
    )

    assert shown(counted, Q(indicator=counted.pk))[middle.pk] is None


def test_reading_without_an_act_is_never_kept(counted):
    Reading.objects.filter(cell_key="", area__code="XB").update(entry=None)
    shown(counted, Q(indicator=counted.pk))

    assert not [key for key in cache._cache if "withheld" in key]


def test_kept_protection_holds_no_number_of_a_reading(counted):
    shown(counted, Q(indicator=counted.pk))
    kept = [cache.get(key.split(":", 2)[2]) for key in cache._cache if "withheld" in key]

    assert len(kept) == 1
    assert set(kept[0]) <= set(Reading.objects.values_list("pk", flat=True))
    assert {type(reason) for reason in kept[0].values()} == {str}
