"""Programmes and their partners."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.evidence.errors import ArgumentInvalid
from custodes.ledger.models import Sensitivity
from custodes.people.models import Account, Institution, Organisation
from custodes.people.permissions import check_role
from custodes.places.models import Area
from custodes.programmes.actions.changes import note_change, open_plan
from custodes.programmes.errors import CodeTaken
from custodes.programmes.models import PartnerRole, Programme
from custodes.programmes.permissions import PLANNERS


@transaction.atomic
def create_programme(
    code: str,
    *,
    title: str,
    starts: date,
    ends: date,
    country_area: Area,
    by: Account,
    summary: str = "",
    lead_institution: Institution | None = None,
    parent: Programme | None = None,
    is_public: bool = False,
    sensitivity: int = Sensitivity.PUBLIC,
) -> Programme:
    """Begin a programme as a draft. Writes `programme.create` to the ledger."""
    grant = check_role(
        by,
        *PLANNERS,
        programme=code,
        area_path=country_area.path,
        institution_path=lead_institution.path if lead_institution else "",
        sensitivity=sensitivity,
    )
    _check_dates(starts, ends)
    if Programme.objects.filter(code=code).exists():
        raise CodeTaken(
            _("There is a programme with the code “%(code)s”.") % {"code": code},
            where="code",
            remedy=_("Choose another code."),
        )
    programme = Programme.objects.create(
        code=code, title=title, summary=summary, parent=parent, starts=starts, ends=ends, country_area=country_area,
        lead_institution=lead_institution, is_public=is_public, sensitivity=sensitivity, created_by=by.reference,
    )  # fmt: skip
    note_change(
        programme, act="programme.create", subject=f"programme:{code}", row=None, by=by, grant=grant, reason="",
        what={"title": title, "starts": starts.isoformat(), "ends": ends.isoformat(), "country": country_area.code},
    )  # fmt: skip
    return programme


@transaction.atomic
def edit_programme(
    programme: Programme,
    *,
    title: str,
    summary: str,
    starts: date,
    ends: date,
    lead_institution: Institution | None,
    is_public: bool,
    by: Account,
    reason: str = "",
) -> Programme:
    """Change what a programme says of itself. Writes `programme.edit` to the ledger."""
    grant = open_plan(programme, by=by, reason=reason)
    _check_dates(starts, ends)
    programme.title, programme.summary = title, summary
    programme.starts, programme.ends = starts, ends
    programme.lead_institution, programme.is_public = lead_institution, is_public
    programme.save(update_fields=["title", "summary", "starts", "ends", "lead_institution", "is_public"])
    note_change(
        programme, act="programme.edit", subject=f"programme:{programme.code}", row=None, by=by, grant=grant,
        reason=reason,
        what={
            "title": title, "starts": starts.isoformat(), "ends": ends.isoformat(), "is_public": is_public,
            "lead": lead_institution.code if lead_institution else "",
        },
    )  # fmt: skip
    return programme


def _check_dates(starts: date, ends: date) -> None:
    if ends < starts:
        raise ArgumentInvalid(
            _("The programme ends before it starts."), where="ends", remedy=_("Give a later end or an earlier start.")
        )


@transaction.atomic
def add_partner(
    programme: Programme,
    *,
    organisation: Organisation,
    role: str,
    by: Account,
    amount: Decimal | None = None,
    currency: str = "",
    reason: str = "",
) -> PartnerRole:
    """Say what an organisation is to a programme, and with how much money. Writes `partner.add` to the ledger."""
    grant = open_plan(programme, by=by, reason=reason)
    if amount is not None and not currency:
        raise ArgumentInvalid(
            _("An amount without a currency means nothing."), where="currency", remedy=_("Give its ISO 4217 code.")
        )
    if PartnerRole.objects.filter(programme=programme, organisation=organisation, role=role).exists():
        raise CodeTaken(
            _("%(organisation)s has this role already.") % {"organisation": organisation},
            where="role",
            remedy=_("Remove the role first, or choose another one."),
        )
    partner = PartnerRole.objects.create(
        programme=programme, organisation=organisation, role=role, amount=amount, currency=currency,
        created_by=by.reference,
    )  # fmt: skip
    note_change(
        programme, act="partner.add", subject=f"partner:{partner.pk}", row=partner, by=by, grant=grant, reason=reason,
        what={
            "organisation": organisation.pk, "role": role, "currency": currency,
            "amount": "" if amount is None else f"{amount:.2f}",
        },
    )  # fmt: skip
    return partner


@transaction.atomic
def remove_partner(partner: PartnerRole, *, by: Account, reason: str = "") -> None:
    """Take a role from a partner. Writes `partner.remove` to the ledger."""
    programme = partner.programme
    grant = open_plan(programme, by=by, reason=reason)
    subject, organisation, role = f"partner:{partner.pk}", partner.organisation_id, partner.role
    partner.delete()
    note_change(
        programme, act="partner.remove", subject=subject, row=None, by=by, grant=grant, reason=reason,
        what={"organisation": organisation, "role": role},
    )  # fmt: skip
