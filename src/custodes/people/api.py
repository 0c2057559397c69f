"""Bearer tokens for the API, and the account behind one.

Every other app's router takes `TokenAuth()`; its operations call `check_scope(request, ApiScope.…)` and then the actions as `request.auth`.
"""

from datetime import date

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.security import HttpBearer

from custodes.people.actions import token_digest
from custodes.people.errors import ScopeMissing
from custodes.people.models import Account, ApiToken
from custodes.people.rules import ApiScope


class TokenAuth(HttpBearer):
    """`Authorization: Bearer custodes_…`. Sets `request.auth` to the Account and `request.api_token` to the token; else 401."""

    def authenticate(self, request: HttpRequest, token: str) -> Account | None:
        today = timezone.localdate()
        found = (
            ApiToken.objects.select_related("account")
            .filter(digest=token_digest(token), revoked_at__isnull=True, expires__gte=today, account__is_active=True)
            .first()
        )
        if found is None:
            return None
        if found.last_used != today:
            found.last_used = today
            found.save(update_fields=["last_used"])
        request.api_token = found
        return found.account


def check_scope(request: HttpRequest, scope: ApiScope) -> None:
    """Raises ScopeMissing unless the request's token was given this scope."""
    if scope not in request.api_token.scopes:
        raise ScopeMissing(
            _("The token may not “%(scope)s”.") % {"scope": scope.label},
            where=request.api_token.name,
            remedy=_("Make a token with the scope %(scope)s.") % {"scope": scope.value},
        )


class GrantOut(Schema):
    """One role of the account, in force today."""

    role: str
    programme: str
    area: str
    institution: str
    sensitivity: int
    starts: date
    ends: date | None


class AccountOut(Schema):
    """The account that a token acts for."""

    reference: str
    username: str
    full_name: str
    language: str
    scopes: list[str]
    token_expires: date
    grants: list[GrantOut]


class ProblemOut(Schema):
    """What is wrong, where, and what to do next."""

    code: str
    what: str
    where: str
    remedy: str


router = Router(tags=["accounts"], auth=TokenAuth())


@router.get("/accounts/me", response={200: AccountOut, 403: ProblemOut}, summary="The account behind the token")
def own_account(request: HttpRequest) -> AccountOut:
    """Who the token acts for, with its scopes and the roles in force today."""
    check_scope(request, ApiScope.READ)
    account: Account = request.auth
    return AccountOut(
        reference=account.reference,
        username=account.username,
        full_name=account.full_name,
        language=account.language,
        scopes=request.api_token.scopes,
        token_expires=request.api_token.expires,
        grants=[
            GrantOut(
                role=grant.role,
                programme=grant.programme,
                area=grant.area.code if grant.area else "",
                institution=grant.institution.code if grant.institution else "",
                sensitivity=grant.sensitivity,
                starts=grant.starts,
                ends=grant.ends,
            )
            for grant in account.live_grants
        ],
    )
