"""The first administrator, made with the printed code while no account exists."""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from custodes.ledger.actions import SYSTEM, record
from custodes.ledger.models import Sensitivity
from custodes.people.actions.accounts import new_account
from custodes.people.errors import SetupClosed
from custodes.people.models import Account, Organisation, RoleGrant
from custodes.people.rules import Role


@transaction.atomic
def create_first_administrator(
    username: str, *, password: str, organisation_name: str, organisation_kind: str = Organisation.Kind.GOVERNMENT,
    email: str = "", full_name: str = "", language: str = "en", is_demonstration: bool = False,
) -> Account:  # fmt: skip
    """Make the office and its first administrator, while no account exists. Writes `account.create-first`. Raises SetupClosed, EntryInvalid."""
    if Account.objects.exists():
        raise SetupClosed(_("An account exists already."), remedy=_("Sign in, or ask an administrator for an account."))
    organisation = Organisation.objects.create(
        name=organisation_name, kind=organisation_kind, is_fictional=is_demonstration, created_by=SYSTEM
    )
    account = new_account(
        username, email=email, full_name=full_name, organisation=organisation, language=language, password=password,
        is_demonstration=is_demonstration,
    )  # fmt: skip
    grant = RoleGrant.objects.create(
        account=account, role=Role.ADMINISTRATOR, sensitivity=Sensitivity.INTERNAL, starts=timezone.localdate(),
        created_by=SYSTEM,
    )  # fmt: skip
    entry = record(
        "account.create-first", subject=account.reference, by=SYSTEM, role=SYSTEM,
        what={"organisation": f"organisation:{organisation.pk}", "grant": f"grant:{grant.pk}", "role": Role.ADMINISTRATOR.value},
    )  # fmt: skip
    for row in (organisation, grant):
        row.entry = entry.seq
        row.save(update_fields=["entry"])
    transaction.on_commit(lambda: _setup_code_file().unlink(missing_ok=True))
    return account


def setup_code() -> str:
    """The code that first set-up asks for, made once and kept in the data folder with mode 0600; `custodes run --empty` prints it."""
    place = _setup_code_file()
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return place.read_text(encoding="ascii")
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(12))
    return place.read_text(encoding="ascii")


def check_setup_code(typed: str) -> None:
    """Raises SetupClosed unless this is the printed code and no account exists yet."""
    if Account.objects.exists() or not secrets.compare_digest(typed.strip().encode(), setup_code().encode()):
        raise SetupClosed(
            _("This is not the set-up code."), where="code", remedy=_("Copy it from where the site was started.")
        )


def _setup_code_file() -> Path:
    return Path(settings.DATA_DIR) / "setup_code"
