"""Ends, successions, populations and remembered matches are recorded actions."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from custodes.ledger.models import Entry
from custodes.people.rules import Role
from custodes.places.actions import (
    create_area,
    declare_succession,
    end_area,
    import_population,
    remember_match,
)
from custodes.places.errors import (
    AreaConflict,
    AreaNotFound,
    CountryNotSynthetic,
    PlacesNotAllowed,
    PopulationInvalid,
    SuccessionInvalid,
)
from custodes.places.models import Area, PlaceMatch, Population
from custodes.places.queries import (
    area_at,
    areas_for,
    areas_in,
    descendants,
    known_areas,
    populations_for,
    remembered_matches,
    successions_between,
)
from tests.factories import add_second_factor, make_account
from tests.places.conftest import square


@pytest.fixture
def two_areas(import_areas, geojson):
    import_areas(geojson(("Z1", "Northern", square(0, 0)), ("Z2", "Southern", square(1, 0))))
    return Area.objects.get(code="Z1"), Area.objects.get(code="Z2")


def test_create_area_writes_name_path_and_ledger(officer):
    country = create_area(
        "ZZ", by=officer, name="Zedland", country="ZZ", level=0, valid_from=date(2000, 1, 1), source="decree"
    )
    area = create_area(
        "Z9", by=officer, name="Nine", country="ZZ", level=1, valid_from=date(2000, 1, 1), source="decree", parent=country,
        other_names=("Neuf",),
    )  # fmt: skip
    assert area.path == "/ZZ/Z9/"
    assert set(area.names.values_list("folded", flat=True)) == {"nine", "neuf"}
    assert Entry.objects.get(seq=area.entry).act == "area.create"


def test_create_area_without_parent_is_refused(officer):
    with pytest.raises(AreaConflict):
        create_area("Z9", by=officer, name="Nine", country="ZZ", level=1, valid_from=date(2000, 1, 1), source="decree")


def test_i27_create_area_real_area_under_qr_is_refused(officer):
    with pytest.raises(CountryNotSynthetic):
        create_area("QR", by=officer, name="X", country="QR", level=0, valid_from=date(2000, 1, 1), source="decree")


def test_end_area_then_it_is_not_found_after(officer, two_areas):
    end_area(two_areas[0], by=officer, on=date(2024, 12, 31), why="Law 31")
    assert area_at("Z1", date(2024, 12, 31)).name == "Northern"
    with pytest.raises(AreaNotFound):
        area_at("Z1", date(2025, 1, 1))
    assert [area.code for area in areas_in("ZZ", 1, date(2025, 1, 1))] == ["Z2"]


def test_descendants_are_below_and_not_the_area_itself(two_areas):
    country = Area.objects.get(level=0)
    assert [area.code for area in descendants(country, date(2020, 1, 1))] == ["Z1", "Z2"]


def test_i08_declared_shares_above_one_are_refused(officer, two_areas):
    first, second = two_areas
    other = create_area(
        "Z3",
        by=officer,
        name="Third",
        country="ZZ",
        level=1,
        valid_from=date(2000, 1, 1),
        source="x",
        parent=first.parent,
    )
    declare_succession(first, by=officer, successor=second, share=0.7, on=date(2025, 1, 1), basis="population")
    with pytest.raises(SuccessionInvalid):
        declare_succession(first, by=officer, successor=other, share=0.4, on=date(2025, 1, 1), basis="population")
    found = successions_between(date(2024, 1, 1), date(2025, 1, 1), country="ZZ")
    assert [(row.predecessor, row.successor, row.share) for row in found] == [("Z1", "Z2", 0.7)]


def _population(tmp_path, text):
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _import_population(path, officer, **changes):
    arguments = {"by": officer, "country": "ZZ", "level": 1, "source": "census", "version": "2020", "sex": "sex"}
    return import_population(path, **(arguments | changes))


def test_import_population_by_code_and_name_then_twice_changes_nothing(officer, two_areas, tmp_path):
    path = _population(
        tmp_path, "area,year,sex,value\nZ1,2020,total,100\nSouthern province,2020,,200\nZ1,2020,female,51\n"
    )
    assert _import_population(path, officer).created == 3
    again = _import_population(path, officer)
    assert (again.created, again.unchanged) == (0, 3)
    found = populations_for(two_areas, 2020)
    assert found is not None
    assert (found.persons, found.year, found.version, found.missing) == ({"Z1": 100, "Z2": 200}, 2020, "2020", ())


def test_populations_for_missing_year_is_none_unless_told_to_use_the_earlier(officer, two_areas, tmp_path):
    _import_population(_population(tmp_path, "area,year,sex,value\nZ1,2020,,100\n"), officer)
    assert populations_for(two_areas, 2022) is None
    found = populations_for(two_areas, 2022, use_earlier=True)
    assert found is not None
    assert (found.year, found.persons, found.missing) == (2020, {"Z1": 100}, ("Z2",))


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("Z1,2020,,many", "row 2, value"),
        ("Z1,2020,,", "row 2, value"),
        ("Z1,2020,", "row 2"),
        ("Nowhere,2020,,5", "row 2"),
        ("Z1,2020,,7", "row 2"),
        ("Z1,1980,,7", "row 2"),
    ],
)
def test_import_population_wrong_row_is_named_and_nothing_is_written(officer, two_areas, tmp_path, row, where):
    with pytest.raises(PopulationInvalid) as caught:
        _import_population(_population(tmp_path, f"area,year,sex,value\nZ1,2020,,5\n{row}\n"), officer)
    assert where in caught.value.where
    assert caught.value.remedy
    assert not Population.objects.exists()


def test_import_population_other_value_under_the_same_version_is_refused(officer, two_areas, tmp_path):
    _import_population(_population(tmp_path, "area,year,sex,value\nZ1,2020,,100\n"), officer)
    with pytest.raises(PopulationInvalid, match="100"):
        _import_population(_population(tmp_path, "area,year,sex,value\nZ1,2020,,101\n"), officer)
    assert Population.objects.get().value == 100


def test_officer_of_one_programme_changes_no_denominator_that_others_divide_by(officer, two_areas, tmp_path):
    _import_population(_population(tmp_path, "area,year,sex,value\nZ1,2020,,100\n"), officer)
    bound = make_account(Role.ME_OFFICER, programme="other")
    file = _population(tmp_path, "area,year,sex,value\nZ1,2020,,1\n")
    with pytest.raises(PlacesNotAllowed):
        _import_population(file, bound, version="2021")
    with pytest.raises(PlacesNotAllowed):
        end_area(two_areas[0], by=bound, on=date(2024, 12, 31), why="Law 31")
    assert Population.objects.get().value == 100
    remember_match("Nothern", by=bound, country="ZZ", level=1, area_code="Z1")  # the answer of one import


def test_administrator_changes_places_only_after_setting_up_a_second_factor(two_areas, tmp_path):
    administrator = make_account(Role.ADMINISTRATOR, second_factor=False)
    file = _population(tmp_path, "area,year,sex,value\nZ1,2020,,100\n")
    with pytest.raises(PlacesNotAllowed, match="second factor"):
        _import_population(file, administrator)
    assert not Population.objects.exists()
    add_second_factor(administrator)
    assert _import_population(file, administrator).created == 1


def test_demonstration_administrator_is_excused_in_demonstration_mode_only(two_areas, tmp_path, settings):
    excused = make_account(Role.ADMINISTRATOR, second_factor=False, is_demonstration=True)
    file = _population(tmp_path, "area,year,sex,value\nZ1,2020,,100\n")
    settings.DEMONSTRATION = False
    with pytest.raises(PlacesNotAllowed, match="second factor"):
        _import_population(file, excused)
    settings.DEMONSTRATION = True
    assert _import_population(file, excused).created == 1


def test_remember_match_is_kept_and_recorded_once(officer, two_areas):
    remember_match("Nothern", by=officer, country="ZZ", level=1, area_code="Z1")
    entries = Entry.objects.count()
    remember_match("Nothern", by=officer, country="ZZ", level=1, area_code="Z1")
    assert remembered_matches("ZZ", 1) == {"nothern": "Z1"}
    assert Entry.objects.count() == entries


def test_remember_match_of_another_country_or_without_role_is_refused(officer, stranger, two_areas):
    with pytest.raises(AreaNotFound):
        remember_match("X", by=officer, country="CF", level=1, area_code="Z1")
    with pytest.raises(PlacesNotAllowed):
        remember_match("X", by=stranger, country="ZZ", level=1, area_code="Z1")
    assert not PlaceMatch.objects.exists()


def test_known_areas_of_a_time_leave_out_those_that_ended_before(officer, two_areas):
    end_area(two_areas[0], by=officer, on=date(2010, 12, 31), why="Law")
    assert [area.code for area in known_areas("ZZ", 1, starts=date(2011, 1, 1))] == ["Z2"]
    assert [area.code for area in known_areas("ZZ", 1, starts=date(2010, 1, 1))] == ["Z1", "Z2"]


def test_i25_areas_for_an_account_without_a_grant_is_empty(officer, stranger, two_areas):
    assert areas_for(officer).count() == 3
    assert areas_for(stranger).count() == 0


def test_areas_for_finds_by_folded_name_and_code(officer, two_areas):
    assert [area.code for area in areas_for(officer, text="NORTHÉRN")] == ["Z1"]
    assert [area.code for area in areas_for(officer, text="z2")] == ["Z2"]


def test_i16_end_and_succession_of_an_area_store_who_in_which_role_and_why(officer, two_areas):
    end_area(two_areas[0], by=officer, on=date(2024, 12, 31), why="Law 31")
    declare_succession(
        two_areas[0], by=officer, successor=two_areas[1], share=1.0, on=date(2025, 1, 1), basis="Law 31, article 2"
    )
    told = Entry.objects.filter(act__in=["area.end", "area.succeed"]).values_list("act", "actor", "role", "why")
    assert list(told) == [
        ("area.end", officer.reference, "me_officer", "Law 31"),
        ("area.succeed", officer.reference, "me_officer", "Law 31, article 2"),
    ]


@pytest.mark.parametrize(("country", "synthetic"), [("QR", False), ("CF", True)])
def test_i27_database_holds_invented_areas_under_qr_only(officer, two_areas, country, synthetic):
    with pytest.raises(IntegrityError, match="area_synthetic_only_in_karuna"), transaction.atomic():
        Area.objects.update(country=country, synthetic=synthetic)
