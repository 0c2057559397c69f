"""Where allauth and axes ask us: sign-up is closed, and who tried to sign in."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator, never by a visitor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def attempted_name(request: HttpRequest, credentials: dict[str, str] | None = None) -> str:
    """The user name or email as typed, folded, so that a lock-out counts them together."""
    given = credentials or {}
    typed = given.get("username") or given.get("email") or request.POST.get("login", "")
    return typed.strip().lower()[:255]
