"""The seed library of definitions, loaded by choice."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.evidence.errors import ArgumentInvalid
from custodes.people.models import Account
from custodes.programmes.actions.definitions import create_definition
from custodes.programmes.models import Definition
from custodes.programmes.permissions import check_may_define
from custodes.programmes.queries import library_sheets


@transaction.atomic
def load_indicator_library(*, by: Account, codes: Sequence[str] | None = None) -> tuple[Definition, ...]:
    """Make definitions of the library's sheets, of all or of some codes; returns those that were new.

    A code that is already defined stays as it is, edited or not. Each new one writes `definition.create` to the ledger.
    """
    check_may_define(by)
    sheets = library_sheets()
    wanted = tuple(sheets) if codes is None else tuple(codes)
    for code in wanted:
        if code not in sheets:
            raise ArgumentInvalid(
                _("The library has no indicator “%(code)s”.") % {"code": code},
                where="codes",
                remedy=_("Choose codes from the library's list."),
            )
    known = set(Definition.objects.filter(code__in=wanted).values_list("code", flat=True))
    return tuple(
        create_definition(code, sheet=sheets[code], by=by, is_from_library=True).definition
        for code in dict.fromkeys(wanted)
        if code not in known
    )
