"""What an account may see, as a filter on any table; and who is who."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from custodes.ledger.models import Entry
from custodes.ledger.queries import entries_about, record_fingerprint
from custodes.people.models import Account, Institution, Organisation, RoleGrant
from custodes.people.permissions import Visitor, grant_or_none
from custodes.people.rules import Role

M = TypeVar("M", bound=Model)


def rows_within(
    rows: QuerySet[M],
    account: Visitor,
    *,
    programme: str | None = "programme__code",
    area: str | None = None,
    institution: str | None = None,
    sensitivity: str | None = "sensitivity",
    roles: Sequence[Role] = (),
) -> QuerySet[M]:
    """The rows that one live grant covers as a whole (I25); none at all for an account without a grant.

    programme, area, institution, sensitivity name the lookups on `rows` for the programme's code, the area's path, the institution's path and
    the level; None where the table has no such thing, and then a grant restricted in that respect gives nothing.
    """
    if not account.is_authenticated:
        return rows.none()
    allowed = Q(pk__in=[])
    for grant in account.live_grants:
        if roles and grant.role not in roles:
            continue
        condition = _scope_condition(grant, programme, area, institution, sensitivity)
        if condition is not None:
            allowed |= condition
    return rows.filter(allowed)


def view_fingerprint(account: Account, *parts: str) -> str:
    """One short text that changes whenever what the account may be shown can have changed: an act, its live grants, the day, the language."""
    grants = " ".join(str(grant.pk) for grant in account.live_grants)
    day = timezone.localdate().isoformat()
    return record_fingerprint(account.reference, grants, day, get_language() or "", *parts)


def _scope_condition(grant, programme, area, institution, sensitivity) -> Q | None:  # type: ignore[no-untyped-def]
    condition = Q(**{f"{sensitivity}__lte": grant.sensitivity}) if sensitivity else Q()
    restrictions = (
        (grant.programme, programme, ""),
        (grant.area and grant.area.path, area, "__startswith"),
        (grant.institution and grant.institution.path, institution, "__startswith"),
    )
    for value, lookup, comparison in restrictions:
        if not value:
            continue
        if lookup is None:
            return None
        exact = Q(**{f"{lookup}{comparison}": value})
        condition &= exact | Q(**{lookup: ""}) if lookup == "programme" else exact
    return condition if condition else Q(pk__isnull=False)


def account_name(reference: str) -> str:
    """The name behind `account:7`, for pages of signed-in staff; the reference itself for the system or a removed account."""
    kind, _, pk = reference.partition(":")
    if kind != "account":
        return reference
    account = Account.objects.filter(pk=pk).first()
    return str(account) if account else reference


def account_names(references: Sequence[str]) -> dict[str, str]:
    """The names behind many references, in one query."""
    keys = {reference.partition(":")[2] for reference in references if reference.startswith("account:")}
    found = {account.reference: str(account) for account in Account.objects.filter(pk__in=keys)}
    return {reference: found.get(reference, reference) for reference in references}


def account_called_or_none(typed: str) -> Account | None:
    """The account whose user name or email address was typed, in any case."""
    typed = typed.strip()
    if not typed or "\0" in typed:
        return None
    return Account.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed)).order_by("pk").first()


def is_without_accounts() -> bool:
    """Whether nobody can sign in yet, so that first set-up is open."""
    return not Account.objects.exists()


def accounts_for(account: Visitor, *, text: str = "") -> QuerySet[Account]:
    """The accounts that an administrator may see, with `current_grants` and `has_second_factor`; none for anybody else (I25)."""
    if grant_or_none(account, Role.ADMINISTRATOR) is None:
        return Account.objects.none()
    from allauth.mfa.models import Authenticator  # needs the app registry

    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=["totp", "webauthn"])
    accounts = (
        Account.objects.select_related("organisation")
        .annotate(has_second_factor=Exists(factors))
        .prefetch_related(Prefetch("grants", queryset=grants_in_force(), to_attr="current_grants"))
        .order_by("username")
    )
    if text:
        accounts = accounts.filter(
            Q(username__icontains=text)
            | Q(full_name__icontains=text)
            | Q(email__icontains=text)
            | Q(organisation__name__icontains=text)
        )
    return accounts


def grants_in_force() -> QuerySet[RoleGrant]:
    """Grants of today, with their area and institution."""
    today = timezone.localdate()
    return RoleGrant.objects.filter(starts__lte=today).exclude(ends__lt=today).select_related("area", "institution")


def organisations_for(account: Visitor) -> QuerySet[Organisation]:
    """The register of organisations: no row is of one programme or area, so any live grant opens it; none without one (I25)."""
    if not account.is_authenticated or not account.live_grants:
        return Organisation.objects.none()
    return Organisation.objects.all()


def institutions_for(account: Visitor) -> QuerySet[Institution]:
    """The institutions within one of the account's grants, parents before children (I25)."""
    if not account.is_authenticated:
        return Institution.objects.none()
    allowed = Q(pk__in=[])
    for grant in account.live_grants:
        allowed |= Q(path__startswith=grant.institution.path) if grant.institution else Q(pk__isnull=False)
    return Institution.objects.filter(allowed).order_by("path")


@dataclass(frozen=True, slots=True)
class DemonstrationAccount:
    """An account that the sign-in page offers in demonstration mode, and the role it stands for."""

    pk: int
    name: str
    role: str


def demonstration_accounts() -> tuple[DemonstrationAccount, ...]:
    """One demonstration account per role, in the order of the roles."""
    grants = grants_in_force().filter(account__is_demonstration=True, account__is_active=True)
    first: dict[str, RoleGrant] = {}
    for grant in grants.select_related("account").order_by("account_id", "pk"):
        first.setdefault(grant.role, grant)
    return tuple(
        DemonstrationAccount(first[role].account_id, str(first[role].account), str(role.label))
        for role in Role
        if role in first
    )


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One entry of the ledger, told as a sentence."""

    when: datetime
    sentence: str
    why: str
    seq: int


SENTENCES = {
    "account.create": gettext_noop("%(who)s made the account."),
    "account.create-first": gettext_noop("The first administrator was set up."),
    "account.edit-own": gettext_noop("%(who)s changed name or language."),
    "account.deactivate": gettext_noop("%(who)s deactivated the account."),
    "account.reactivate": gettext_noop("%(who)s reactivated the account."),
    "account.reset-credentials": gettext_noop("%(who)s set a new password and removed the second factor."),
    "account.grant-role": gettext_noop("%(who)s gave the role “%(role)s” (%(scope)s)."),
    "account.end-grant": gettext_noop("%(who)s ended the role “%(role)s” (%(scope)s)."),
    "account.create-token": gettext_noop("%(who)s made an API token."),
    "account.revoke-token": gettext_noop("%(who)s revoked an API token."),
    "account.sign-in": gettext_noop("Signed in."),
    "account.sign-out": gettext_noop("Signed out."),
    "account.sign-in-failed": gettext_noop("A sign-in failed."),
    "account.lock-out": gettext_noop("Sign-in was locked after repeated failures."),
    "account.change-password": gettext_noop("The password was changed."),
    "account.set-password": gettext_noop("The password was set."),
    "account.reset-password": gettext_noop("The password was reset by email."),
    "account.add-email": gettext_noop("An email address was added."),
    "account.change-email": gettext_noop("The email address was changed."),
    "account.remove-email": gettext_noop("An email address was removed."),
    "account.add-second-factor": gettext_noop("A second factor was set up."),
    "account.remove-second-factor": gettext_noop("A second factor was removed."),
    "account.renew-recovery-codes": gettext_noop("New recovery codes were made."),
}


def history_of(account: Account, *, acts: Sequence[str] = (), most: int = 50) -> tuple[HistoryLine, ...]:
    """The latest that happened to an account, newest first, with names looked up in one query."""
    entries = entries_about(account.reference).reverse()
    if acts:
        entries = entries.filter(act__in=acts)
    latest = list(entries[:most])
    names = account_names([entry.actor for entry in latest])
    return tuple(_history_line(entry, names[entry.actor]) for entry in latest)


def _history_line(entry: Entry, who: str) -> HistoryLine:
    role = entry.what.get("role", "")
    facts = {
        "who": who,
        "role": Role(role).label if role in Role.values else role,
        "scope": entry.what.get("programme") or _("all programmes"),
    }
    sentence = _(SENTENCES[entry.act]) % facts if entry.act in SENTENCES else entry.act
    return HistoryLine(datetime.fromisoformat(entry.when), sentence, entry.why, entry.seq)
