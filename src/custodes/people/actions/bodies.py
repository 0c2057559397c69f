"""Enter organisations and institutions."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from custodes.ledger.actions import record
from custodes.people.errors import EntryInvalid
from custodes.people.models import Account, Institution, Organisation
from custodes.people.permissions import check_role
from custodes.people.rules import Role, institution_path


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
