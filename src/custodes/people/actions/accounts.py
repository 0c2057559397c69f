"""Make, change, stop and let in again an account."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from custodes.ledger.actions import record
from custodes.people.actions.grants import check_not_own
from custodes.people.errors import EntryInvalid, HandOverRequired
from custodes.people.models import Account, Organisation
from custodes.people.permissions import check_role
from custodes.people.rules import ACCOUNT_HOLDER, OpenWork, Role
from custodes.people.signals import open_work_asked


@transaction.atomic
def create_account(
    username: str, *, by: Account, email: str = "", full_name: str = "", organisation: Organisation | None = None,
    language: str = "en", password: str | None = None, is_demonstration: bool = False,
) -> Account:  # fmt: skip
    """Make an account without any grant. Without a password nobody can sign in to it. Writes `account.create`. Raises EntryInvalid."""
    acting = check_role(by, Role.ADMINISTRATOR)
    account = new_account(
        username, email=email, full_name=full_name, organisation=organisation, language=language, password=password,
        is_demonstration=is_demonstration,
    )  # fmt: skip
    record(
        "account.create", subject=account.reference, by=by.reference, role=acting.role,
        what={"organisation": f"organisation:{organisation.pk}" if organisation else "", "demonstration": is_demonstration},
    )  # fmt: skip
    return account


def new_account(
    username: str, *, email: str, full_name: str, organisation: Organisation | None, language: str,
    password: str | None, is_demonstration: bool,
) -> Account:  # fmt: skip
    """A saved account that no entry records yet: the calling action does. Raises EntryInvalid."""
    if Account.objects.filter(username__iexact=username).exists():
        raise EntryInvalid(_("Another account has this user name."), where="username", remedy=_("Choose another one."))
    if email and Account.objects.filter(email__iexact=email).exists():
        raise EntryInvalid(_("Another account has this email address."), where="email", remedy=_("Leave it empty."))
    account = Account(
        username=username, email=Account.objects.normalize_email(email) or None, full_name=full_name,
        organisation=organisation, language=language, is_demonstration=is_demonstration,
    )  # fmt: skip
    _check_fields(account)
    if password is not None:
        _check_password(password, account)
    account.set_password(password)
    account.save()
    return account


def _check_fields(account: Account) -> None:
    try:
        account.clean_fields(exclude=["password"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise EntryInvalid(" ".join(messages), where=field, remedy=_("Correct this field.")) from None


def _check_password(password: str, account: Account) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise EntryInvalid(
            " ".join(error.messages), where="password", remedy=_("Choose a longer one that nobody guesses.")
        ) from None


@transaction.atomic
def edit_own_account(full_name: str, *, by: Account, language: str) -> Account:
    """Change one's own name and language. Writes `account.edit-own`."""
    by.full_name, by.language = full_name, language
    _check_fields(by)
    by.save(update_fields=["full_name", "language"])
    record("account.edit-own", subject=by.reference, by=by.reference, role=ACCOUNT_HOLDER, what={"language": language})
    return by


@transaction.atomic
def deactivate_account(account: Account, *, by: Account, why: str) -> Account:
    """Stop an account from signing in, at once; its grants stay for the day it comes back. Writes `account.deactivate`.

    Raises HandOverRequired while another app counts open work of it; SeparationOfDuties for one's own account.
    """
    acting = check_role(by, Role.ADMINISTRATOR)
    check_not_own(account, by)
    _check_handed_over(account)
    account.is_active = False
    account.save(update_fields=["is_active"])
    account.forget_grants()
    record("account.deactivate", subject=account.reference, by=by.reference, role=acting.role, why=why)
    return account


def _check_handed_over(account: Account) -> None:
    answers = open_work_asked.send(sender=Account, account=account)
    open_work: list[OpenWork] = [work for _receiver, answer in answers for work in answer if work.count]
    if open_work:
        counts = ", ".join(f"{work.what}: {work.count}" for work in open_work)
        raise HandOverRequired(
            _("The account has open work: %(counts)s.") % {"counts": counts},
            where=account.username,
            remedy=_("Have it finished or handed over first."),
        )


@transaction.atomic
def reactivate_account(account: Account, *, by: Account, why: str) -> Account:
    """Let a deactivated account sign in again, with the grants that are still in force. Writes `account.reactivate`."""
    acting = check_role(by, Role.ADMINISTRATOR)
    account.is_active = True
    account.save(update_fields=["is_active"])
    account.forget_grants()
    record("account.reactivate", subject=account.reference, by=by.reference, role=acting.role, why=why)
    return account


@transaction.atomic
def reset_credentials(account: Account, *, by: Account, password: str, why: str) -> Account:
    """Let somebody in again who lost password or device: a new password, no second factor, every session ended.

    Writes `account.reset-credentials`. Raises SeparationOfDuties for one's own account; EntryInvalid for a weak password.
    """
    from allauth.mfa.models import Authenticator  # needs the app registry

    acting = check_role(by, Role.ADMINISTRATOR)
    check_not_own(account, by)
    _check_password(password, account)
    account.set_password(password)
    account.save(update_fields=["password"])
    for authenticator in Authenticator.objects.filter(user=account):
        authenticator.is_recorded = True  # by the entry below, in the administrator's name
        authenticator.delete()
    record("account.reset-credentials", subject=account.reference, by=by.reference, role=acting.role, why=why)
    return account
