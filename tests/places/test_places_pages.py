"""Pages of places."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from custodes.ledger.models import Entry
from custodes.people.rules import Role
from custodes.places.models import Area, Population
from tests.factories import make_account
from tests.places.conftest import square


@pytest.fixture
def two_areas(import_areas, geojson):
    import_areas(geojson(("Z1", "Northern", square(0, 0)), ("Z2", "Southern", square(1, 0))))


def test_area_list_and_detail_show_names_and_outline(client, officer, two_areas):
    client.force_login(officer)
    page = client.get(reverse("area-list"), {"q": "north"}).content.decode()
    assert "Northern" in page
    assert "Southern" not in page
    detail = client.get(reverse("area-detail", args=[Area.objects.get(code="Z1").pk])).content.decode()
    assert "<svg" in detail
    assert "a test" in detail


def test_i25_area_pages_show_nothing_without_a_grant(client, stranger, two_areas):
    client.force_login(stranger)
    assert "Northern" not in client.get(reverse("area-list")).content.decode()
    assert client.get(reverse("area-detail", args=[Area.objects.get(code="Z1").pk])).status_code == 404
    assert client.get(reverse("boundaries-import")).status_code == 403


def test_page_says_that_an_administrator_needs_a_second_factor_first(client, db):
    client.force_login(make_account(Role.ADMINISTRATOR, second_factor=False))
    assert reverse("boundaries-import") in client.get(reverse("area-list")).content.decode()
    for name in ("boundaries-import", "area-list-import", "population-import"):
        answer = client.get(reverse(name))
        assert answer.status_code == 403
        assert "Set up an authenticator app or a security key" in answer.content.decode()


def test_boundaries_and_population_are_imported_by_page(client, officer, geojson):
    client.force_login(officer)
    content = geojson(("Z1", "Northern", square(0, 0)), ("Z2", "Southern", square(1, 0))).read_bytes()
    words = {
        "country": "ZZ", "country_name": "Zedland", "level": "1", "code_field": "code", "name_field": "name",
        "valid_from": "2000-01-01", "source": "a test",
    }  # fmt: skip
    response = client.post(reverse("boundaries-import"), {"file": SimpleUploadedFile("a.geojson", content), **words})
    assert response.status_code == 302
    assert Area.objects.filter(level=1).count() == 2
    people = SimpleUploadedFile("p.csv", b"area,year,value\nZ1,2020,100\n")
    words = {
        "country": "ZZ", "level": "1", "source": "census", "version": "1", "area": "area", "year": "year", "value": "value",
        "encoding": "utf-8", "delimiter": ",",
    }  # fmt: skip
    assert client.post(reverse("population-import"), {"file": people, **words}).status_code == 302
    assert Population.objects.get().value == 100


def test_boundaries_problem_stands_beside_the_form(client, officer, geojson):
    client.force_login(officer)
    content = geojson(("-99", "Northern", square(0, 0))).read_bytes()
    words = {
        "country": "ZZ", "country_name": "Z", "level": "1", "code_field": "code", "name_field": "name",
        "valid_from": "2000-01-01", "source": "a test",
    }  # fmt: skip
    response = client.post(reverse("boundaries-import"), {"file": SimpleUploadedFile("a.geojson", content), **words})
    assert response.status_code == 400
    assert "a.geojson, row 1 (Northern)" in response.content.decode()


def test_area_list_asks_the_same_number_of_queries_for_one_and_three(
    client, officer, import_areas, geojson, django_assert_max_num_queries
):
    import_areas(geojson(("Z1", "One", square(0, 0))))
    client.force_login(officer)
    with django_assert_max_num_queries(15) as one:
        client.get(reverse("area-list"))
    import_areas(geojson(("Z2", "Two", square(1, 0)), ("Z3", "Three", square(2, 0)), name="b.geojson"))
    with django_assert_max_num_queries(15) as three:
        client.get(reverse("area-list"))
    assert len(three) == len(one)


LIST = b"code,name,parent\nA2,Second,R\nA1,First,R\nR,The region,\n"
LIST_WORDS = {
    "country": "", "code": "code", "name": "name", "parent": "parent", "valid_from": "2000-01-01", "source": "a test",
    "encoding": "utf-8", "delimiter": ",",
}  # fmt: skip


def test_list_of_areas_is_imported_by_page_in_any_order_and_twice_changes_nothing(client, officer):
    client.force_login(officer)
    for _time in range(2):
        file = SimpleUploadedFile("areas.csv", LIST)
        assert client.post(reverse("area-list-import"), {"file": file, **LIST_WORDS}).status_code == 302
    found = set(Area.objects.values_list("code", "level", "parent__code", "path", "country"))
    assert found == {("R", 0, None, "/R/", ""), ("A1", 1, "R", "/R/A1/", ""), ("A2", 1, "R", "/R/A2/", "")}
    assert Entry.objects.filter(act="area.import-list").count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"code,name,parent\nA1,First,R\nR,The region,Q\n", "“Q” is no area that lies above."),
        (b"code,name,parent\nR,One,\nR,Two,\n", "The code “R” stands twice."),
        (b"code,name,parent\nR,,\n", "areas.csv, row 1"),
        (b"code,name\nR,One\n", "There is no column “parent”."),
        (b"code,name,parent\n", "The table has no rows."),
        (b"code,name,parent\n-99,One,\n", "“-99” is no code of an area."),
        (b"code,name,parent\nA,One,B\nB,Two,A\n", "“B” is no area that lies above."),
    ],
    ids=["parent", "twice", "name", "column", "empty", "code", "circle"],
)
def test_wrong_list_of_areas_is_refused_whole_with_place_and_remedy(client, officer, content, said):
    client.force_login(officer)
    response = client.post(
        reverse("area-list-import"), {"file": SimpleUploadedFile("areas.csv", content), **LIST_WORDS}
    )
    assert response.status_code == 400
    assert said in response.content.decode()
    assert not Area.objects.exists()


def test_list_of_areas_needs_the_role(client, stranger):
    client.force_login(stranger)
    assert client.get(reverse("area-list-import")).status_code == 403


def test_area_of_a_code_leads_to_the_one_that_bears_it_now(client, officer, two_areas, import_areas, geojson):
    import_areas(geojson(("Z1", "Northern", square(0, 0, 2.0)), name="later.geojson"), valid_from=date(2020, 1, 1))
    client.force_login(officer)
    answer = client.get(reverse("area-of-code", args=["Z1"]))
    newest = Area.objects.get(code="Z1", valid_from=date(2020, 1, 1))
    assert answer.headers["Location"] == reverse("area-detail", args=[newest.pk])
    assert client.get(reverse("area-of-code", args=["Q9"])).status_code == 404
