"""Give a role and end it, so that no person holds two duties that exclude each other."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from custodes.ledger.actions import record
from custodes.ledger.models import Sensitivity
from custodes.people.errors import EntryInvalid, SeparationOfDuties
from custodes.people.models import Account, Institution, RoleGrant
from custodes.people.permissions import check_role
from custodes.people.rules import GrantTerms, Role, grants_exclude
from custodes.places.models import Area


def check_not_own(account: Account, by: Account) -> None:
    """Raises SeparationOfDuties where somebody would change their own rights."""
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
    check_not_own(account, by)
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
    check_not_own(grant.account, by)
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
