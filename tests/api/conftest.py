"""Callers of the API, each answer held against the description of the API itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from custodes.people import actions
from custodes.people.models import Account
from custodes.people.rules import Role
from custodes.site.api import api
from tests.factories import make_account
from tests.portal.planting import PublicCountry, plant_country

ROOT = "/api/v1"


@pytest.fixture
def country(db) -> PublicCountry:
    return plant_country()


def declared_statuses(method: str, path: str) -> set[int]:
    """The statuses that the description declares for an address."""
    for template, operations in api.get_openapi_schema(path_prefix="")["paths"].items():
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if re.fullmatch(pattern, path.split("?")[0]) and method in operations:
            return set(operations[method]["responses"])
    return set()


@dataclass
class Caller:
    """Somebody who calls with a token, or without one; an answer whose status is not declared fails the test."""

    secret: str = ""
    account: Account | None = None

    def get(self, path: str) -> Any:
        return self._called("get", path)

    def post(self, path: str, body: Any) -> Any:
        return self._called("post", path, data=body, content_type="application/json")

    def _called(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        answer = getattr(Client(), method)(f"{ROOT}{path}", headers=headers, **options)
        assert answer.status_code in declared_statuses(method, path), (method, path, answer.status_code, answer.content)
        if answer.status_code >= 400:
            assert set(answer.json()) == {"code", "what", "where", "remedy"}, answer.content
        return answer


@pytest.fixture
def caller() -> Callable[..., Caller]:
    """`caller(Role.VERIFIER, programme="reform")`; without a role, an account that has lost its grants."""

    def make(*roles: Role, scopes: tuple[str, ...] = ("read",), **scope: Any) -> Caller:
        account = make_account(*(roles or (Role.ME_OFFICER,)), **scope)
        until = timezone.localdate() + timedelta(days=5)
        new = actions.create_api_token("Test", by=account, scopes=scopes, expires=until)
        if not roles:
            account.grants.all().delete()
        return Caller(new.secret, account)

    return make
