"""Where allauth and axes ask us: sign-up is closed, where a sign-in leads, and who tried to sign in."""

import time
from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from custodes.people.models import Account
from custodes.people.permissions import lacks_second_factor
from custodes.people.queries import account_called_or_none


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator, never by a visitor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """The primary address can be replaced, not removed: an account's email is either empty or its own."""
        return not email_address.primary

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Axes counts failures and shows the lock-out page; allauth's own count would hide it behind another message.

        allauth's limits on second-factor codes and on requests per address stay in force.
        """
        self._login_failed_rl_usage = None

    def _rollback_login_failed_rl_usage(self) -> None:
        """Nothing was counted, see pre_authenticate."""

    def is_reauthentication_required(self, *, app: str, **others: Any) -> bool:
        """Who proved who they are within the last minutes, by signing in, is not asked again at once."""
        since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
        request = context.request
        if any(proof["at"] >= since for proof in get_authentication_records(request, request.user)):
            return False
        return super().is_reauthentication_required(app=app, **others)

    def post_login(self, request: HttpRequest, user: Account, **others: Any) -> HttpResponse:
        """Lead an account that lacks the second factor its role needs to the page that explains it."""
        if lacks_second_factor(user):
            asked_for = others.get("redirect_url")
            others["redirect_url"] = reverse("second-factor-needed") + (
                f"?{urlencode({'next': asked_for})}" if asked_for else ""
            )
        return super().post_login(request, user, **others)


def attempted_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Whose sign-in is tried: the account's user name where one is called so, else the text as typed, folded.

    User name and email of one account are so counted together.
    """
    given = credentials or {}
    typed = given.get("username") or given.get("email") or request.POST.get("login", "")
    account = account_called_or_none(typed)
    return (account.username if account else typed.strip()).lower()[:255]
