"""The description of the API is complete, and its documented addresses answer."""

import re
from pathlib import Path

import pytest
from django.test import Client

from custodes.indicators.models import Reading
from custodes.people.rules import Role
from custodes.site.api import api
from tests.api.conftest import ROOT, Caller

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md"
METHODS = {"get", "post", "put", "patch", "delete"}


def operations() -> list[tuple[str, str, dict]]:
    paths = api.get_openapi_schema(path_prefix="")["paths"]
    return [
        (method, path, each) for path, found in paths.items() for method, each in found.items() if method in METHODS
    ]


def test_description_is_openapi_3_1_and_served_without_a_token():
    answer = Client().get(f"{ROOT}/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    assert answer.json()["info"]["version"] == api.version


@pytest.mark.parametrize(
    ("method", "path", "operation"), operations(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_operation_says_what_it_is_and_declares_its_statuses(method, path, operation):
    assert operation["summary"]
    assert operation["tags"]
    statuses = {int(status) for status in operation["responses"]}
    assert statuses & {200, 201, 202, 204}
    if operation.get("security"):
        assert {401, 403} <= statuses
    if "{" in path:
        assert 404 in statuses
    if operation.get("parameters") or "requestBody" in operation:
        assert 422 in statuses
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            assert response["content"]["application/json"]["schema"]["$ref"].endswith("/ProblemOut")


def test_only_the_public_part_is_open_without_a_token():
    for method, path, operation in operations():
        assert bool(operation.get("security")) == (not path.startswith("/public/")), (method, path)


def test_every_guarded_operation_answers_401_without_a_token():
    guarded = [(method, path) for method, path, operation in operations() if operation.get("security")]
    assert len(guarded) >= 15
    for method, path in guarded:
        answer = getattr(Caller(), "_called")(method, re.sub(r"\{[^}]+\}", "1", path))  # noqa: B009
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer"), path
        assert answer.json()["remedy"]


def test_reference_page_lists_exactly_the_operations():
    listed = set(
        re.findall(r"^\| `(GET|POST|PUT|PATCH|DELETE) (/[^` ]*)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert listed == {(method.upper(), path) for method, path, _ in operations()}


def test_every_reading_address_answers(country, caller):
    officer = caller(Role.ME_OFFICER, Role.PROGRAMME_MANAGER)
    reading = Reading.objects.filter(indicator=country.trust).first()
    values = {"programme": "reform", "reading": reading.pk, "id": reading.pk, "sha256": "0" * 64, "pk": 1, "number": 1}
    answered = {}
    for method, path, operation in operations():
        if method != "get":
            continue
        code = {"/programmes/": "reform", "/public/places/": "XA", "/definitions/": "TRU-01"}
        known = next((word for start, word in code.items() if path.startswith(start)), "TRU-01")
        filled = re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], known)), path)  # noqa: B023
        asking = officer if operation.get("security") else Caller()
        answered[path] = asking.get(filled).status_code
    absent = {"/imports/{pk}", "/datasets/{sha256}", "/computations/{id}", "/forms/uploads/{pk}", "/forms/{pk}"}
    absent |= {"/forms/{pk}/versions/{number}/questions"}
    assert {path for path, status in answered.items() if status != 200} <= absent, answered
    assert len(answered) >= 20


def test_interactive_page_is_not_served():
    assert Client().get(f"{ROOT}/docs").status_code == 404


def test_kept_public_answer_is_the_first_one_again(country):
    first = Caller().get("/public/programmes")
    again = Caller().get("/public/programmes")
    assert again.content == first.content
    assert again["Content-Type"] == first["Content-Type"] == "application/json; charset=utf-8"
    assert again["ETag"] == first["ETag"]
