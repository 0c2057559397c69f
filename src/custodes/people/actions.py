"""What a person does with accounts, grants, bodies and tokens. Each writes its entry in the ledger, by references only, never by a name."""

import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from custodes.ledger.actions import SYSTEM, record
from custodes.ledger.models import Sensitivity
from custodes.people.errors import EntryInvalid, HandOverRequired, NotAllowed, SeparationOfDuties, SetupClosed
from custodes.people.models import Account, ApiToken, Institution, Organisation, RoleGrant
from custodes.people.permissions import check_role
from custodes.people.rules import (
    ACCOUNT_HOLDER,
    LONGEST_TOKEN_DAYS,
    ApiScope,
    GrantTerms,
    OpenWork,
    Role,
    grants_exclude,
    institution_path,
    scopes_allowed,
)
from custodes.people.signals import open_work_asked
from custodes.places.models import Area


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and its secret, which is nowhere kept and can be shown only now."""

    token: ApiToken
    secret: str


@transaction.atomic
def create_account(
    username: str, *, by: Account, email: str = "", full_name: str = "", organisation: Organisation | None = None,
    language: str = "en", password: str | None = None, is_demonstration: bool = False,
) -> Account:  # fmt: skip
    """Make an account without any grant. Without a password nobody can sign in to it. Writes `account.create`. Raises EntryInvalid."""
    acting = check_role(by, Role.ADMINISTRATOR)
    account = _new_account(
        username, email=email, full_name=full_name, organisation=organisation, language=language, password=password,
        is_demonstration=is_demonstration,
    )  # fmt: skip
    record(
        "account.create", subject=account.reference, by=by.reference, role=acting.role,
        what={"organisation": f"organisation:{organisation.pk}" if organisation else "", "demonstration": is_demonstration},
    )  # fmt: skip
    return account


def _new_account(
    username: str, *, email: str, full_name: str, organisation: Organisation | None, language: str,
    password: str | None, is_demonstration: bool,
) -> Account:  # fmt: skip
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
    account = _new_account(
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
    _check_not_own(account, by)
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


def _check_not_own(account: Account, by: Account) -> None:
    if account.pk == by.pk:
        raise SeparationOfDuties(
            _("Nobody changes their own rights."), where=account.username, remedy=_("Ask another administrator.")
        )


@transaction.atomic
def grant_role(
    account: Account, *, by: Account, role: Role | str, programme: str = "", area: Area | None = None,
    institution: Institution | None = None, sensitivity: int = Sensitivity.INTERNAL, starts: date | None = None,
    ends: date | None = None, why: str = "",
) -> RoleGrant:  # fmt: skip
    """Give an account one role within a scope, from a day on. Writes `account.grant-role`.

    Raises SeparationOfDuties for one's own account, and where another grant of it excludes this role; EntryInvalid.
    """
    acting = check_role(
        by, Role.ADMINISTRATOR, programme=programme, area_path=area.path if area else "",
        institution_path=institution.path if institution else "",
    )  # fmt: skip
    _check_not_own(account, by)
    role, starts = Role(role), starts or timezone.localdate()
    if ends and ends < starts:
        raise EntryInvalid(_("The grant ends before it starts."), where="ends", remedy=_("Choose a later day."))
    Account.objects.select_for_update().get(pk=account.pk)  # two administrators at once see each other's grants
    _check_no_excluding_grant(account, GrantTerms(role, programme, starts, ends))
    grant = RoleGrant.objects.create(
        account=account, role=role, programme=programme, area=area, institution=institution, sensitivity=sensitivity,
        starts=starts, ends=ends, created_by=by.reference,
    )  # fmt: skip
    entry = record(
        "account.grant-role", subject=account.reference, by=by.reference, role=acting.role, why=why,
        what=_grant_facts(grant),
    )  # fmt: skip
    grant.entry = entry.seq
    grant.save(update_fields=["entry"])
    account.forget_grants()
    return grant


def _check_no_excluding_grant(account: Account, wanted: GrantTerms) -> None:
    for held in account.grants.all():
        if grants_exclude(wanted, GrantTerms(held.role, held.programme, held.starts, held.ends)):
            days = date_format(held.starts) + " – " + (date_format(held.ends) if held.ends else "")
            raise SeparationOfDuties(
                _("“%(wanted)s” and “%(held)s” may not be held by one person.")
                % {"wanted": Role(wanted.role).label, "held": held.get_role_display()},
                where=_("grant %(number)s: %(role)s, %(programme)s, %(days)s")
                % {
                    "number": held.pk,
                    "role": held.get_role_display(),
                    "programme": held.programme or _("all programmes"),
                    "days": days.strip(),
                },
                remedy=_("End that grant first, or give the role to somebody else."),
            )


def _grant_facts(grant: RoleGrant) -> dict[str, object]:
    return {
        "grant": f"grant:{grant.pk}",
        "role": str(grant.role),
        "programme": grant.programme,
        "area": f"area:{grant.area_id}" if grant.area_id else "",
        "institution": f"institution:{grant.institution_id}" if grant.institution_id else "",
        "sensitivity": int(grant.sensitivity),
        "starts": grant.starts.isoformat(),
        "ends": grant.ends.isoformat() if grant.ends else "",
    }


@transaction.atomic
def end_grant(grant: RoleGrant, *, by: Account, last_day: date | None = None, why: str = "") -> RoleGrant:
    """Let a grant end. Writes `account.end-grant`. Raises SeparationOfDuties for one's own grant; EntryInvalid.

    last_day defaults to yesterday, so that it ends at once; a grant that began today ends with today.
    """
    acting = check_role(
        by, Role.ADMINISTRATOR, programme=grant.programme, area_path=grant.area.path if grant.area else "",
        institution_path=grant.institution.path if grant.institution else "",
    )  # fmt: skip
    _check_not_own(grant.account, by)
    last_day = last_day or max(grant.starts, timezone.localdate() - timedelta(days=1))
    if last_day < grant.starts or (grant.ends and last_day > grant.ends):
        raise EntryInvalid(
            _("The day lies outside the grant."), where="last_day", remedy=_("Choose a day between its first and last.")
        )
    grant.ends = last_day
    entry = record(
        "account.end-grant", subject=grant.account.reference, by=by.reference, role=acting.role, why=why,
        what=_grant_facts(grant),
    )  # fmt: skip
    grant.entry = entry.seq
    grant.save(update_fields=["ends", "entry"])
    grant.account.forget_grants()
    return grant


@transaction.atomic
def create_organisation(
    name: str, *, by: Account, kind: str, identifier: str = "", is_fictional: bool = False
) -> Organisation:
    """Enter a legal body. Writes `organisation.create`. Raises EntryInvalid where the name is taken."""
    acting = check_role(by, Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER)
    if Organisation.objects.filter(name__iexact=name).exists():
        raise EntryInvalid(_("An organisation has this name already."), where="name", remedy=_("Use that one."))
    organisation = Organisation.objects.create(
        name=name, kind=Organisation.Kind(kind), identifier=identifier, is_fictional=is_fictional,
        created_by=by.reference,
    )  # fmt: skip
    entry = record(
        "organisation.create", subject=f"organisation:{organisation.pk}", by=by.reference, role=acting.role,
        what={"kind": str(organisation.kind), "identifier": identifier, "fictional": is_fictional},
    )  # fmt: skip
    organisation.entry = entry.seq
    organisation.save(update_fields=["entry"])
    return organisation


@transaction.atomic
def create_institution(
    code: str, *, by: Account, name: str, kind: str, country: str, parent: Institution | None = None
) -> Institution:
    """Enter a body that gives or oversees security, under its parent. Writes `institution.create`. Raises EntryInvalid."""
    acting = check_role(by, Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER)
    if Institution.objects.filter(code=code).exists():
        raise EntryInvalid(_("An institution has this code already."), where="code", remedy=_("Choose another code."))
    institution = Institution(
        code=code, name=name, kind=Institution.Kind(kind), parent=parent, country=country, created_by=by.reference,
        path=institution_path(code, parent.path if parent else ""),
    )  # fmt: skip
    try:
        institution.clean_fields()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise EntryInvalid(" ".join(messages), where=field, remedy=_("Correct this field.")) from None
    institution.save()
    entry = record(
        "institution.create", subject=f"institution:{institution.pk}", by=by.reference, role=acting.role,
        what={"code": code, "path": institution.path, "kind": str(institution.kind), "country": country},
    )  # fmt: skip
    institution.entry = entry.seq
    institution.save(update_fields=["entry"])
    return institution


@transaction.atomic
def create_api_token(name: str, *, by: Account, scopes: Sequence[str], expires: date) -> NewToken:
    """Make a token for one's own account; its secret is returned once and stored only as sha256. Writes `account.create-token`.

    Raises NotAllowed for a scope that no role of the account gives; EntryInvalid without scopes, or beyond a year.
    """
    wanted = tuple(sorted(ApiScope(scope) for scope in scopes))
    refused = set(wanted) - set(scopes_allowed(frozenset(grant.role for grant in by.live_grants)))
    if refused:
        raise NotAllowed(
            _("No role of yours allows: %(scopes)s.") % {"scopes": ", ".join(sorted(refused))},
            remedy=_("Choose fewer scopes, or ask an administrator for the role."),
        )
    if not wanted:
        raise EntryInvalid(_("The token would be allowed nothing."), where="scopes", remedy=_("Choose a scope."))
    today = timezone.localdate()
    if not today <= expires <= today + timedelta(days=LONGEST_TOKEN_DAYS):
        raise EntryInvalid(
            _("A token lasts at most a year."), where="expires", remedy=_("Choose a day within the next 365.")
        )
    secret = "custodes_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        account=by, name=name, digest=token_digest(secret), scopes=list(wanted), expires=expires,
        created_by=by.reference,
    )  # fmt: skip
    entry = record(
        "account.create-token", subject=by.reference, by=by.reference, role=ACCOUNT_HOLDER,
        what={"token": f"token:{token.pk}", "scopes": list(wanted), "expires": expires.isoformat()},
    )  # fmt: skip
    token.entry = entry.seq
    token.save(update_fields=["entry"])
    return NewToken(token, secret)


def token_digest(secret: str) -> str:
    """What a token's secret is stored and found by."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def revoke_api_token(token: ApiToken, *, by: Account, why: str = "") -> ApiToken:
    """End a token at once: one's own, or any as administrator. Writes `account.revoke-token`."""
    role = ACCOUNT_HOLDER if token.account_id == by.pk else check_role(by, Role.ADMINISTRATOR).role
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        entry = record(
            "account.revoke-token", subject=token.account.reference, by=by.reference, role=role, why=why,
            what={"token": f"token:{token.pk}"},
        )  # fmt: skip
        token.entry = entry.seq
        token.save(update_fields=["revoked_at", "entry"])
    return token
