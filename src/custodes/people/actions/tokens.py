"""Make and revoke API tokens; a secret is returned once and stored only as its hash."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from custodes.ledger.actions import record
from custodes.people.errors import EntryInvalid, NotAllowed
from custodes.people.models import Account, ApiToken
from custodes.people.permissions import check_role
from custodes.people.rules import ACCOUNT_HOLDER, LONGEST_TOKEN_DAYS, ApiScope, Role, scopes_allowed


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and its secret, which is nowhere kept and can be shown only now."""

    token: ApiToken
    secret: str


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
