"""What this app asks of the apps above it, and what it writes to the ledger when somebody signs in or out.

`open_work_asked` is sent with `account` before the account is deactivated; a receiver answers with a sequence of `rules.OpenWork`.
"""

from typing import Any

from allauth.account import signals as account_signals
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from custodes.ledger.actions import note_action
from custodes.people.models import Account
from custodes.people.queries import account_called_or_none
from custodes.people.rules import ACCOUNT_HOLDER

open_work_asked = Signal()

UNKNOWN = "account:unknown"
RECOVERY_CODES = "recovery_codes"
CREDENTIAL_ACTS = (
    (account_signals.password_changed, "account.change-password"),
    (account_signals.password_set, "account.set-password"),
    (account_signals.password_reset, "account.reset-password"),
    (account_signals.email_added, "account.add-email"),
    (account_signals.email_changed, "account.change-email"),
    (account_signals.email_removed, "account.remove-email"),
)


@receiver(user_logged_in)
def note_sign_in(sender: Any, user: Account, **_others: Any) -> None:
    _note("account.sign-in", user.reference)


@receiver(user_logged_out)
def note_sign_out(sender: Any, user: Account | None, **_others: Any) -> None:
    if user is not None:
        _note("account.sign-out", user.reference)


@receiver(user_login_failed)
def note_failed_sign_in(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_o: Any
) -> None:
    account = account_called_or_none(credentials.get("username") or credentials.get("email") or "")
    _note("account.sign-in-failed", account.reference if account else UNKNOWN)


@receiver(user_locked_out)
def note_lock_out(sender: Any, username: str | None, **_others: Any) -> None:
    account = account_called_or_none(username or "")
    _note("account.lock-out", account.reference if account else UNKNOWN)


@receiver(post_save, sender="mfa.Authenticator")
def note_new_authenticator(sender: Any, instance: Any, *, created: bool, **_others: Any) -> None:
    """In the transaction that writes the row: allauth's own signal comes after it, and could be lost."""
    if created:
        is_codes = instance.type == RECOVERY_CODES
        act = "account.renew-recovery-codes" if is_codes else "account.add-second-factor"
        _note(act, instance.user.reference)


@receiver(post_delete, sender="mfa.Authenticator")
def note_removed_authenticator(sender: Any, instance: Any, **_others: Any) -> None:
    if instance.type != RECOVERY_CODES and not getattr(instance, "is_recorded", False):
        _note("account.remove-second-factor", instance.user.reference)


def _note(act: str, reference: str) -> None:
    note_action(act, subject=reference, by=reference, role=ACCOUNT_HOLDER)


def _note_credential_act(act: str):  # type: ignore[no-untyped-def]
    def note(sender: Any, user: Account, **_others: Any) -> None:
        _note(act, user.reference)

    return note


for _signal, _act in CREDENTIAL_ACTS:
    _signal.connect(_note_credential_act(_act), weak=False, dispatch_uid=_act)
